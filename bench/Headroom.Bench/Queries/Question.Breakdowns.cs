using System.Text.Json.Nodes;

namespace Headroom.Bench.Queries;

internal sealed partial record Question
{
    /// <summary>Without aims: what persons did, once for each of the ten countries with the most persons and once for all others.</summary>
    /// <param name="last">The last whole day of the events.</param>
    public static List<Question> Broken(DateOnly last)
    {
        var first = last.AddDays(-29);
        var month = new JsonObject { ["from"] = Date(first), ["to"] = Date(last) };
        var breakdown = new JsonObject { ["property"] = "$geoip_country_code", ["limit"] = Shown };
        var inMonth = Within(first, last);
        return
        [
            new Question(
                "stickiness by country", null,
                new JsonObject { ["kind"] = "stickiness", ["series"] = new JsonArray(Step(GeneratedEvents.PageView)), ["range"] = month.DeepClone(), ["breakdown"] = breakdown.DeepClone() },
                StickinessByCountry("date_trunc('day', ts)", inMonth), StickinessByCountry("toDate(ts)", inMonth), StickinessByCountry("date_trunc('day', ts)", inMonth),
                answer => Sorted(Series(answer).SelectMany(s => s["values"]!.AsArray()
                    .Select((n, i) => (Count: Whole(n), Days: i + 1)).Where(p => p.Count != "0").Select(p => $"{s["breakdown"]} {p.Days} {p.Count}"))),
                rows => Sorted(rows.Select(r => string.Join(' ', r)))) { HasAims = false },
            new Question(
                "lifecycle by day and country", null, new JsonObject { ["kind"] = "lifecycle", ["range"] = month.DeepClone(), ["breakdown"] = breakdown.DeepClone() },
                LifecycleByCountry(first, last, $"CAST({{0}} AS DATE) - DATE '{Date(first)}'", "lag(day)", "lead(day)"),
                LifecycleByCountry(first, last, $"toInt32(toDate({{0}})) - toInt32(toDate('{Date(first)}'))", "lagInFrame(toNullable(day))", "leadInFrame(toNullable(day))"),
                LifecycleByCountry(first, last, $"CAST({{0}} AS DATE) - DATE '{Date(first)}'", "lag(day)", "lead(day)"),
                answer => Sorted(Series(answer).SelectMany(s => ((string[])["new", "returning", "resurrecting", "dormant"]).SelectMany(status =>
                    s[status]!.AsArray().Select((n, day) => (Count: Whole(n), Day: day)).Where(static p => p.Count != "0").Select(p => $"{s["breakdown"]} {p.Day} {status} {p.Count}")))),
                rows => Sorted(rows.Select(r => string.Join(' ', r)))) { HasAims = false },
            new Question(
                "paths by country", null, new JsonObject { ["kind"] = "paths", ["range"] = month.DeepClone(), ["breakdown"] = breakdown.DeepClone() },
                PathsByCountry(inMonth, "CAST(epoch_us(ts) AS BIGINT)", "lag(t)", "lag(path)", "lead(path)"),
                PathsByCountry(inMonth, "toUnixTimestamp64Micro(ts)", "lagInFrame(toNullable(t))", "lagInFrame(toNullable(path))", "leadInFrame(toNullable(path))"),
                PathsByCountry(inMonth, "CAST(extract(epoch FROM ts) * 1000000 AS BIGINT)", "lag(t)", "lag(path)", "lead(path)"),
                answer => Sorted(Series(answer).SelectMany(s => s["edges"]!.AsArray().Select(e => $"{s["breakdown"]} {e!["step"]} {e["from"]} {e["to"]} {e["count"]}"))),
                rows => Sorted(rows.Select(r => string.Join(' ', r)))) { HasAims = false },
        ];
    }

    /// <summary>The countries with lines of their own, of a relation e with a row of each event, or of each of what counts as one.</summary>
    private static string Countries => $"SELECT country FROM (SELECT country, count(DISTINCT person) AS n FROM e GROUP BY country ORDER BY n DESC, country LIMIT {Shown}) AS s";

    private static string Line => $"CASE WHEN country IN (SELECT country FROM ten) THEN country ELSE '{Other}' END";

    private static string StickinessByCountry(string day, string within) =>
        $"""
        WITH e AS (SELECT DISTINCT person, country, {day} AS day FROM events WHERE event = '{GeneratedEvents.PageView}' AND {within}), ten AS ({Countries})
        SELECT v, days, count(*) FROM (SELECT person, {Line} AS v, count(DISTINCT day) AS days FROM e GROUP BY person, v) AS p GROUP BY v, days
        """;

    /// <summary>As without a line, for each by itself.</summary>
    private static string LifecycleByCountry(DateOnly first, DateOnly last, string day, string before, string next)
    {
        const string Frame = "OVER (PARTITION BY v, person ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)";
        var days = last.DayNumber - first.DayNumber;
        return $"""
            WITH e AS (SELECT DISTINCT person, country, {Text(day, "ts")} AS day, {Text(day, "created")} AS made FROM events WHERE {Within(first.AddDays(-1), last)}), ten AS ({Countries}),
            d AS (SELECT DISTINCT person, {Line} AS v, day, made FROM e),
            b AS (SELECT v, day, made, {before} {Frame} AS before, {next} {Frame} AS after FROM d)
            SELECT v, day, CASE WHEN day = made THEN 'new' WHEN before = day - 1 THEN 'returning' ELSE 'resurrecting' END AS status, count(*) FROM b WHERE day >= 0 GROUP BY v, day, status
            UNION ALL SELECT v, day + 1 AS later, 'dormant' AS status, count(*) FROM b WHERE day < {days} AND (after IS NULL OR after > day + 1) GROUP BY v, day
            """;
    }

    /// <summary>As without a line, for each by itself, and of each its most frequent steps.</summary>
    private static string PathsByCountry(string within, string micros, string lastTime, string lastPath, string nextPath) =>
        $"""
        WITH e AS (SELECT person, country, path, {micros} AS t FROM events WHERE {within} AND event = '{GeneratedEvents.PageView}'), ten AS ({Countries}),
        l AS (SELECT person, {Line} AS v, path, t FROM e),
        a AS (SELECT person, v, path, t, t - {lastTime} OVER (PARTITION BY v, person ORDER BY t, path ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS gap,
            {lastPath} OVER (PARTITION BY v, person ORDER BY t, path ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS before FROM l),
        b AS (SELECT person, v, path, t, gap IS NULL OR gap >= 1800000000 OR path <> before AS new,
            sum(CASE WHEN gap IS NULL OR gap >= 1800000000 THEN 1 ELSE 0 END) OVER (PARTITION BY v, person ORDER BY t, path ROWS UNBOUNDED PRECEDING) AS way FROM a),
        c AS (SELECT person, v, way, path, row_number() OVER (PARTITION BY v, person, way ORDER BY t, path) AS n FROM b WHERE new),
        d AS (SELECT v, n, path, {nextPath} OVER (PARTITION BY v, person, way ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS next FROM c WHERE n <= 5),
        f AS (SELECT v, n, path, next, count(*) AS times FROM d WHERE next IS NOT NULL GROUP BY v, n, path, next),
        g AS (SELECT v, n, path, next, times, row_number() OVER (PARTITION BY v ORDER BY times DESC, n, path, next) AS place FROM f)
        SELECT v, n, path, next, times FROM g WHERE place <= 50
        """;
}
