using System.Globalization;
using System.Text.Json.Nodes;

namespace Headroom.Bench.Queries;

internal sealed partial record Question
{
    private const int CohortTimes = 2;

    private const string Acts = "event IN ('$pageview', '$screen', '$autocapture') OR (substr(event, 1, 1) <> '$' AND event <> 'engagement')";

    /// <summary>Who bought twice in the month that <see cref="Further"/> asks for.</summary>
    public static JsonObject Cohort(DateOnly last) => new()
    {
        ["name"] = "Bought twice",
        ["condition"] = new JsonObject
        {
            ["kind"] = "did", ["event"] = GeneratedEvents.Purchase, ["comparison"] = "at_least", ["times"] = CohortTimes,
            ["range"] = new JsonObject { ["from"] = Date(last.AddDays(-29)), ["to"] = Date(last) },
        },
    };

    /// <summary>Without aims: of persons' first days, of sessions, of visits, of a cohort, and a statement of the user's own.</summary>
    /// <param name="last">The last whole day of the events.</param>
    /// <param name="cohort">The number of <see cref="Cohort"/>.</param>
    public static List<Question> Further(DateOnly last, int cohort)
    {
        var first = last.AddDays(-29);
        var month = new JsonObject { ["from"] = Date(first), ["to"] = Date(last) };
        var inMonth = Within(first, last);
        const string View = $"event = '{GeneratedEvents.PageView}'";
        var statement = $"SELECT n, count(*) FROM (SELECT {{0}}, count(*) AS n FROM events WHERE {View} AND {{1}} GROUP BY {{0}}) AS s GROUP BY n";
        var ofCohort = $"SELECT {{0}} AS d, count(*) FROM events WHERE {View} AND {inMonth} AND person IN (SELECT person FROM events WHERE event = '{GeneratedEvents.Purchase}' AND {inMonth} GROUP BY person HAVING count(*) >= {CohortTimes}) GROUP BY d";
        return
        [
            new Question(
                "lifecycle by day", null, new JsonObject { ["kind"] = "lifecycle", ["range"] = month.DeepClone() },
                Lifecycle(first, last, $"CAST({{0}} AS DATE) - DATE '{Date(first)}'", "lag(day)", "lead(day)"),
                Lifecycle(first, last, $"toInt32(toDate({{0}})) - toInt32(toDate('{Date(first)}'))", "lagInFrame(toNullable(day))", "leadInFrame(toNullable(day))"),
                Lifecycle(first, last, $"CAST({{0}} AS DATE) - DATE '{Date(first)}'", "lag(day)", "lead(day)"),
                answer => Sorted(((string[])["new", "returning", "resurrecting", "dormant"]).SelectMany(status =>
                    answer[status]!.AsArray().Select((n, day) => (Count: Whole(n), Day: day)).Where(static p => p.Count != "0").Select(p => $"{p.Day} {status} {p.Count}"))),
                rows => Sorted(rows.Select(r => string.Join(' ', r)))) { HasAims = false },
            new Question(
                "sessions by day", null, new JsonObject { ["kind"] = "sessions", ["range"] = month.DeepClone() },
                Sessions(first, last, "date_trunc('day', a)", "CAST(epoch_us(max(ts)) - epoch_us(min(ts)) AS BIGINT)"),
                Sessions(first, last, "toDate(a)", "toUnixTimestamp64Micro(max(ts)) - toUnixTimestamp64Micro(min(ts))"),
                Sessions(first, last, "date_trunc('day', a)", "CAST(extract(epoch FROM max(ts) - min(ts)) * 1000000 AS BIGINT)"),
                answer => Sorted(Series(answer).Single()["values"]!.AsArray().Select((v, i) => (Day: Day((string)answer["buckets"]![i]!), Value: v!)).Where(static p => Whole(p.Value["sessions"]) != "0")
                    .Select(static p => $"{p.Day} {Whole(p.Value["sessions"])} {Whole(p.Value["views"])} {Rate(p.Value["bounceRate"] is { } rate ? (double)rate : null)}")),
                rows => Sorted(rows.Select(static r => $"{Day(r[0])} {r[1]} {r[2]} {Rate(Part(r[4], r[3]))}"))) { HasAims = false },
            new Question(
                "web view, totals", null, new JsonObject { ["kind"] = "web", ["range"] = month.DeepClone(), ["parts"] = new JsonArray("totals") },
                Visits(first, last), Visits(first, last), Visits(first, last),
                static answer => [$"{Whole(answer["totals"]!["visitors"])} {Whole(answer["totals"]!["visits"])} {Whole(answer["totals"]!["pageViews"])} {Rate((double)answer["totals"]!["bounceRate"]!)}"],
                static rows => [$"{rows[0][0]} {rows[0][1]} {rows[0][2]} {Rate(Part(rows[0][3], rows[0][1]))}"]) { HasAims = false },
            new Question(
                "web view, pages", null,
                new JsonObject
                {
                    ["kind"] = "web", ["range"] = month.DeepClone(), ["parts"] = new JsonArray(), ["lists"] = new JsonArray(new JsonObject { ["by"] = "page", ["limit"] = Shown }),
                },
                Pages(first, last), Pages(first, last), Pages(first, last),
                static answer => [.. answer["lists"]![0]!["rows"]!.AsArray().Select(static r => $"{r!["value"]} {Whole(r["visitors"])} {Whole(r["visits"])} {Whole(r["pageViews"])}")],
                static rows => [.. rows.Select(static r => string.Join(' ', r))]) { HasAims = false },
            new Question(
                "page views by day of a cohort", null,
                Trend($$"""[{"event":"{{GeneratedEvents.PageView}}","filters":[{"property":"cohort.{{cohort.ToString(CultureInfo.InvariantCulture)}}","values":[true]}]}]""", month),
                Text(ofCohort, "date_trunc('day', ts)"), Text(ofCohort, "toDate(ts)"), Text(ofCohort, "date_trunc('day', ts)"),
                Points, rows => Sorted(rows.Select(static r => $"{Day(r[0])} {r[1]}"))) { HasAims = false },
            new Question(
                "SQL, page views of a session", null,
                new JsonObject { ["sql"] = Text(statement, "session_id", Within(first, last, "timestamp")) },
                Text(statement, "session", inMonth), Text(statement, "session", inMonth), Text(statement, "session", inMonth),
                static answer => Sorted(answer["rows"]!.AsArray().Select(static r => $"{Whole(r![0])} {Whole(r[1])}")),
                rows => Sorted(rows.Select(static r => string.Join(' ', r)))) { HasAims = false, Path = "sql" },
        ];
    }

    /// <summary>Days count from the first one; the one before says who comes back.</summary>
    /// <param name="day">Of an instant.</param>
    private static string Lifecycle(DateOnly first, DateOnly last, string day, string before, string next)
    {
        const string Frame = "OVER (PARTITION BY person ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)";
        var days = last.DayNumber - first.DayNumber;
        return $"""
            WITH d AS (SELECT DISTINCT person, {Text(day, "ts")} AS day, {Text(day, "created")} AS made FROM events WHERE {Within(first.AddDays(-1), last)}),
            b AS (SELECT day, made, {before} {Frame} AS before, {next} {Frame} AS after FROM d)
            SELECT day, CASE WHEN day = made THEN 'new' WHEN before = day - 1 THEN 'returning' ELSE 'resurrecting' END AS status, count(*) FROM b WHERE day >= 0 GROUP BY day, status
            UNION ALL SELECT day + 1 AS later, 'dormant' AS status, count(*) FROM b WHERE day < {days} AND (after IS NULL OR after > day + 1) GROUP BY day
            """;
    }

    /// <summary>Followed a day past both ends, as sessions are that belong where they begin: sessions, views, those with a view, and those of them that bounced.</summary>
    private static string Sessions(DateOnly first, DateOnly last, string day, string length) =>
        $"""
        SELECT {day} AS d, count(*), sum(n), sum(CASE WHEN n > 0 THEN 1 ELSE 0 END), sum(CASE WHEN n = 1 AND i = 0 AND length < 10000000 THEN 1 ELSE 0 END)
        FROM (SELECT session, min(ts) AS a, {length} AS length, sum(CASE WHEN event IN ('$pageview', '$screen') THEN 1 ELSE 0 END) AS n, sum(CASE WHEN event = '$autocapture' THEN 1 ELSE 0 END) AS i
            FROM events WHERE {Within(first.AddDays(-1), last.AddDays(1))} GROUP BY session) AS s
        WHERE {Within(first, last, "a")} GROUP BY d
        """;

    /// <summary>Visitors, visits, page views and bounces.</summary>
    private static string Visits(DateOnly first, DateOnly last) =>
        $"SELECT count(DISTINCT p), count(*), sum(n), sum(CASE WHEN acts < 2 THEN 1 ELSE 0 END) FROM ({OfVisits(first, last)}) AS v WHERE n > 0 AND {Within(first, last, "a")}";

    /// <summary>The pages with the most visitors: those, visits and views.</summary>
    private static string Pages(DateOnly first, DateOnly last) =>
        $"""
        SELECT path, count(DISTINCT p) AS visitors, count(*) AS visits, sum(views) FROM ({OfVisits(first, last)}) AS v
        JOIN (SELECT session, path, count(*) AS views FROM events WHERE event = '{GeneratedEvents.PageView}' AND {Within(first.AddDays(-1), last.AddDays(1))} GROUP BY session, path) AS y ON y.session = v.session
        WHERE n > 0 AND {Within(first, last, "a")} GROUP BY path ORDER BY visitors DESC, visits DESC, path LIMIT {Shown}
        """;

    private static string OfVisits(DateOnly first, DateOnly last) =>
        $"""
        SELECT session, min(person) AS p, min(ts) AS a, sum(CASE WHEN event = '{GeneratedEvents.PageView}' THEN 1 ELSE 0 END) AS n, sum(CASE WHEN {Acts} THEN 1 ELSE 0 END) AS acts
        FROM events WHERE {Within(first.AddDays(-1), last.AddDays(1))} GROUP BY session
        """;

    private static double? Part(string part, string whole) =>
        long.Parse(whole, CultureInfo.InvariantCulture) is > 0 and var all ? (double)long.Parse(part, CultureInfo.InvariantCulture) / all : null;

    private static string Rate(double? rate) => rate is { } number ? number.ToString("0.000000", CultureInfo.InvariantCulture) : "none";
}
