using System.Globalization;
using System.Text.Json.Nodes;

namespace Headroom.Bench.Queries;

/// <summary>
/// One question in four languages. The statements of the others read a relation events of ts (UTC), event, person (merges
/// applied), country, path, session and created (when the person was first seen); what they answer is put into the same rows of text as Headroom's own answer, so that the
/// answers can be compared.
/// </summary>
/// <param name="Aim">Milliseconds on two cores with ten million events.</param>
/// <param name="Rows">Of Headroom's answer.</param>
/// <param name="OtherRows">Of the others' rows, which are columns as text.</param>
internal sealed partial record Question(
    string Name, double? Aim, JsonObject Query, string DuckDb, string ClickHouse, string Postgres,
    Func<JsonNode, List<string>> Rows, Func<List<string[]>, List<string>> OtherRows)
{
    private const string Other = "$other";
    private const int Shown = 10;
    private const int Weeks = 8;
    private const long WindowMicros = 14L * 86_400 * 1_000_000;

    /// <summary>Below the project, where <see cref="Query"/> is posted.</summary>
    public string Path { get; init; } = "query";

    /// <summary>Whether it is part of the comparison that has aims, and of dashboards.</summary>
    public bool HasAims { get; init; } = true;

    /// <param name="last">The last whole day of the events.</param>
    public static List<Question> All(DateOnly last)
    {
        var month = new JsonObject { ["from"] = Date(last.AddDays(-29)), ["to"] = Date(last) };
        var week = new JsonObject { ["from"] = Date(last.AddDays(-6)), ["to"] = Date(last) };
        var inMonth = Within(last.AddDays(-29), last);
        var inWeek = Within(last.AddDays(-6), last);
        var monday = last.AddDays(-(((int)last.DayOfWeek + 6) % 7) - (7 * (Weeks - 1)));
        var inWeeks = Within(monday, last);
        const string View = $"event = '{GeneratedEvents.PageView}'";
        return
        [
            new Question(
                "events by day", null, Trend("""[{}]""", month),
                $"SELECT date_trunc('day', ts), count(*) FROM events WHERE {inMonth} GROUP BY 1",
                $"SELECT toDate(ts) AS d, count() FROM events WHERE {inMonth} GROUP BY d",
                $"SELECT date_trunc('day', ts), count(*) FROM events WHERE {inMonth} GROUP BY 1",
                Points, rows => Sorted(rows.Select(r => $"{Day(r[0])} {r[1]}"))),
            new Question(
                "page views by day and country", 50, Trend($$"""[{"event":"{{GeneratedEvents.PageView}}"}]""", month, breakdown: "$geoip_country_code"),
                $"SELECT date_trunc('day', ts), count(*), country FROM events WHERE {View} AND {inMonth} GROUP BY 1, 3",
                $"SELECT toDate(ts) AS d, count(), country FROM events WHERE {View} AND {inMonth} GROUP BY d, country",
                $"SELECT date_trunc('day', ts), count(*), country FROM events WHERE {View} AND {inMonth} GROUP BY 1, 3",
                Points, TopByDay),
            new Question(
                "page views by hour, 7 days", 28, Trend($$"""[{"event":"{{GeneratedEvents.PageView}}"}]""", week, "hour"),
                $"SELECT date_trunc('hour', ts), count(*) FROM events WHERE {View} AND {inWeek} GROUP BY 1",
                $"SELECT toStartOfHour(ts) AS h, count() FROM events WHERE {View} AND {inWeek} GROUP BY h",
                $"SELECT date_trunc('hour', ts), count(*) FROM events WHERE {View} AND {inWeek} GROUP BY 1",
                Points, rows => Sorted(rows.Select(r => $"{r[0][..13].Replace(' ', 'T')} {r[1]}"))),
            new Question(
                "top pages", 50, Trend($$"""[{"event":"{{GeneratedEvents.PageView}}"}]""", month, "month", "$pathname"),
                $"SELECT path, count(*) AS n FROM events WHERE {View} AND {inMonth} GROUP BY path ORDER BY n DESC, path LIMIT {Shown}",
                $"SELECT path, count() AS n FROM events WHERE {View} AND {inMonth} GROUP BY path ORDER BY n DESC, path LIMIT {Shown}",
                $"SELECT path, count(*) AS n FROM events WHERE {View} AND {inMonth} GROUP BY path ORDER BY n DESC, path LIMIT {Shown}",
                answer => Sorted(Series(answer).Where(s => (string?)s["breakdown"] != Other).Select(s => $"{s["breakdown"]} {Whole(s["total"])}")),
                rows => Sorted(rows.Select(r => $"{r[0]} {r[1]}"))),
            new Question(
                "unique persons by day", 250, Trend("""[{"math":"unique_persons"}]""", month),
                $"SELECT date_trunc('day', ts), count(DISTINCT person) FROM events WHERE {inMonth} GROUP BY 1",
                $"SELECT toDate(ts) AS d, uniqExact(person) FROM events WHERE {inMonth} GROUP BY d",
                $"SELECT date_trunc('day', ts), count(DISTINCT person) FROM events WHERE {inMonth} GROUP BY 1",
                Points, rows => Sorted(rows.Select(r => $"{Day(r[0])} {r[1]}"))),
            new Question(
                "funnel of three steps", 300,
                new JsonObject
                {
                    ["kind"] = "funnel",
                    ["steps"] = new JsonArray(Step(GeneratedEvents.PageView), Step(GeneratedEvents.CartAdd), Step(GeneratedEvents.Purchase)),
                    ["range"] = month.DeepClone(),
                },
                Funnel(inMonth, "CAST(epoch_us(ts) AS BIGINT)"),
                $"""
                SELECT countIf(level >= 1), countIf(level >= 2), countIf(level >= 3) FROM (
                    SELECT person, windowFunnel({WindowMicros})(toUInt64(toUnixTimestamp64Micro(ts)), event = '{GeneratedEvents.PageView}', event = '{GeneratedEvents.CartAdd}', event = '{GeneratedEvents.Purchase}') AS level
                    FROM events WHERE {inMonth} AND event IN ('{GeneratedEvents.PageView}', '{GeneratedEvents.CartAdd}', '{GeneratedEvents.Purchase}') GROUP BY person)
                """,
                Funnel(inMonth, "CAST(extract(epoch FROM ts) * 1000000 AS BIGINT)"),
                answer => [.. answer["series"]![0]!["steps"]!.AsArray().Select(s => Whole(s!["persons"]))],
                rows => [.. rows[0]]),
            new Question(
                "paths", 800, new JsonObject { ["kind"] = "paths", ["range"] = month.DeepClone() },
                Paths(inMonth, "CAST(epoch_us(ts) AS BIGINT)", "lag(t)", "lag(path)", "lead(path)"),
                Paths(inMonth, "toUnixTimestamp64Micro(ts)", "lagInFrame(toNullable(t))", "lagInFrame(toNullable(path))", "leadInFrame(toNullable(path))"),
                Paths(inMonth, "CAST(extract(epoch FROM ts) * 1000000 AS BIGINT)", "lag(t)", "lag(path)", "lead(path)"),
                answer => [.. answer["edges"]!.AsArray().Select(e => $"{e!["step"]} {e["from"]} {e["to"]} {e["count"]}")],
                rows => [.. rows.Select(r => string.Join(' ', r))]),
            new Question(
                "retention, eight weeks", 400,
                new JsonObject
                {
                    ["kind"] = "retention",
                    ["start"] = Step(GeneratedEvents.PageView),
                    ["return"] = Step(GeneratedEvents.PageView),
                    ["range"] = new JsonObject { ["from"] = Date(monday), ["to"] = Date(last) },
                    ["interval"] = "week",
                },
                Retention(
                    $"bit_or(1 << CAST((CAST(ts AS DATE) - DATE '{Date(monday)}') // 7 AS INTEGER))", $"{View} AND {inWeeks}",
                    "unnest(range({0}))", "((w >> {0}) & 1) = 1"),
                Retention(
                    $"groupBitOr(bitShiftLeft(toUInt64(1), intDiv(toUInt32(toDate(ts)) - toUInt32(toDate('{Date(monday)}')), 7)))", $"{View} AND {inWeeks}",
                    "toInt64(arrayJoin(range({0})))", "bitTest(w, {0})"),
                Retention(
                    $"bit_or(1 << ((CAST(ts AS DATE) - DATE '{Date(monday)}') / 7))", $"{View} AND {inWeeks}", "generate_series(0, {0} - 1)", "((w >> {0}) & 1) = 1"),
                answer => Sorted(answer["series"]![0]!["cohorts"]!.AsArray().SelectMany((cohort, c) => cohort!["cells"]!.AsArray()
                    .Select(cell => Whole(cell!["returned"])).Prepend(Whole(cohort["size"]))
                    .Select((count, n) => (count, n)).Where(p => p.count != "0").Select(p => $"{c} {p.n} {p.count}"))),
                rows => Sorted(rows.Select(r => string.Join(' ', r)))),
            new Question(
                "stickiness", null,
                new JsonObject { ["kind"] = "stickiness", ["series"] = new JsonArray(Step(GeneratedEvents.PageView)), ["range"] = month.DeepClone() },
                Stickiness("date_trunc('day', ts)", $"{View} AND {inMonth}"), Stickiness("toDate(ts)", $"{View} AND {inMonth}"),
                Stickiness("date_trunc('day', ts)", $"{View} AND {inMonth}"),
                answer => Sorted(answer["series"]![0]!["values"]!.AsArray().Select((n, i) => (Count: Whole(n), Days: i + 1)).Where(p => p.Count != "0").Select(p => $"{p.Days} {p.Count}")),
                rows => Sorted(rows.Select(r => string.Join(' ', r)))),
        ];
    }

    private static JsonObject Trend(string series, JsonObject range, string interval = "day", string? breakdown = null)
    {
        var query = new JsonObject { ["kind"] = "trends", ["series"] = JsonNode.Parse(series), ["range"] = range.DeepClone(), ["interval"] = interval };
        if (breakdown is not null)
        {
            query["breakdown"] = new JsonObject { ["property"] = breakdown, ["limit"] = Shown };
        }

        return query;
    }

    private static JsonObject Step(string name) => new JsonObject { ["event"] = name };

    /// <summary>
    /// Each cart with the last view before it, each purchase with the latest view that a cart in time came after: what an
    /// ordered funnel means, in two window functions.
    /// </summary>
    private static string Funnel(string within, string micros) =>
        $"""
        WITH e AS (SELECT person, event, {micros} AS t FROM events WHERE {within} AND event IN ('{GeneratedEvents.PageView}', '{GeneratedEvents.CartAdd}', '{GeneratedEvents.Purchase}')),
        a AS (SELECT person, event, t, max(CASE WHEN event = '{GeneratedEvents.PageView}' THEN t END) OVER (PARTITION BY person ORDER BY t ROWS UNBOUNDED PRECEDING) AS v FROM e),
        b AS (SELECT person, event, t, v, max(CASE WHEN event = '{GeneratedEvents.CartAdd}' AND t - v <= {WindowMicros} THEN v END) OVER (PARTITION BY person ORDER BY t ROWS UNBOUNDED PRECEDING) AS c FROM a)
        SELECT count(DISTINCT person) FILTER (WHERE event = '{GeneratedEvents.PageView}'),
            count(DISTINCT person) FILTER (WHERE event = '{GeneratedEvents.CartAdd}' AND t - v <= {WindowMicros}),
            count(DISTINCT person) FILTER (WHERE event = '{GeneratedEvents.Purchase}' AND t - c <= {WindowMicros}) FROM b
        """;

    private static string Paths(string within, string micros, string lastTime, string lastPath, string nextPath) =>
        $"""
        WITH e AS (SELECT person, path, {micros} AS t FROM events WHERE {within} AND event = '{GeneratedEvents.PageView}'),
        a AS (SELECT person, path, t, t - {lastTime} OVER (PARTITION BY person ORDER BY t, path ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS gap,
            {lastPath} OVER (PARTITION BY person ORDER BY t, path ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS before FROM e),
        b AS (SELECT person, path, t, gap IS NULL OR gap >= 1800000000 OR path <> before AS new,
            sum(CASE WHEN gap IS NULL OR gap >= 1800000000 THEN 1 ELSE 0 END) OVER (PARTITION BY person ORDER BY t, path ROWS UNBOUNDED PRECEDING) AS way FROM a),
        c AS (SELECT person, way, path, row_number() OVER (PARTITION BY person, way ORDER BY t, path) AS n FROM b WHERE new),
        d AS (SELECT n, path, {nextPath} OVER (PARTITION BY person, way ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS next FROM c WHERE n <= 5)
        SELECT n, path, next, count(*) AS times FROM d WHERE next IS NOT NULL GROUP BY n, path, next ORDER BY times DESC, n, path, next LIMIT 50
        """;

    /// <summary>The weeks of each person as bits, the persons of each set of bits counted, and those counts added up for each cohort and week after it.</summary>
    private static string Retention(string weeks, string within, string numbers, string bit) =>
        $"""
        SELECT c, n, sum(persons) FROM (SELECT w, count(*) AS persons FROM (SELECT person, {weeks} AS w FROM events WHERE {within} GROUP BY person) AS p GROUP BY w) AS s
        CROSS JOIN (SELECT {Text(numbers, Weeks)} AS c) AS a CROSS JOIN (SELECT {Text(numbers, Weeks)} AS n) AS b
        WHERE c + n < {Weeks} AND {Text(bit, "c")} AND {Text(bit, "(c + n)")} GROUP BY c, n
        """;

    private static string Stickiness(string day, string within) =>
        $"SELECT days, count(*) FROM (SELECT person, count(DISTINCT {day}) AS days FROM events WHERE {within} GROUP BY person) AS p GROUP BY days";

    private static string Text(string format, params object[] values) => string.Format(CultureInfo.InvariantCulture, format, values);

    private static string Within(DateOnly first, DateOnly last, string instant = "ts") => $"{instant} >= '{Date(first)} 00:00:00' AND {instant} < '{Date(last.AddDays(1))} 00:00:00'";

    private static string Date(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Day(string text) => text[..10];

    private static IEnumerable<JsonNode> Series(JsonNode answer) => answer["series"]!.AsArray().OfType<JsonNode>();

    private static string Whole(JsonNode? number) => ((long)(double)number!).ToString(CultureInfo.InvariantCulture);

    private static List<string> Sorted(IEnumerable<string> rows) => [.. rows.Order(StringComparer.Ordinal)];

    /// <summary>Each number of a trend that is not zero, with its bucket and value.</summary>
    private static List<string> Points(JsonNode answer)
    {
        var length = (string?)answer["interval"] == "hour" ? 13 : 10;
        var buckets = answer["buckets"]!.AsArray().Select(b => ((string)b!)[..length]).ToList();
        return Sorted(Series(answer).SelectMany(s => s["values"]!.AsArray()
            .Select((v, i) => (Bucket: buckets[i], Count: Whole(v)))
            .Where(p => p.Count != "0")
            .Select(p => s["breakdown"] is { } value ? $"{p.Bucket} {p.Count} {value}" : $"{p.Bucket} {p.Count}")));
    }

    /// <summary>Every value's points as those of the largest ten and of the rest, which the others leave to who reads them.</summary>
    private static List<string> TopByDay(List<string[]> rows)
    {
        var top = rows.GroupBy(r => r[2]).OrderByDescending(g => g.Sum(r => long.Parse(r[1], CultureInfo.InvariantCulture)))
            .ThenBy(g => g.Key, StringComparer.Ordinal).Take(Shown).Select(g => g.Key).ToHashSet();
        return Sorted(rows.GroupBy(r => (Day: Day(r[0]), Value: top.Contains(r[2]) ? r[2] : Other))
            .Select(g => $"{g.Key.Day} {g.Sum(r => long.Parse(r[1], CultureInfo.InvariantCulture))} {g.Key.Value}"));
    }
}
