using System.Globalization;
using System.Text;
using System.Text.Json;
using Headroom.App.Insights;
using Headroom.App.Shared;
using Headroom.App.Shared.Control;
using Headroom.Core;
using Headroom.Tests.Sql;
using Headroom.Tests.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Headroom.Tests.Insights;

/// <summary>
/// What the app copies as SQL answers as the insight does that it was copied from: each statement of a list that the app's
/// own tests keep (web/src/insights/sql.test.ts) over events that were made at random.
/// </summary>
public sealed class CopiedSqlTests(CopiedSqlHost host) : IClassFixture<CopiedSqlHost>
{
    public static TheoryData<string> Names => [.. Copies.Keys];

    private static Dictionary<string, (JsonElement Query, string Sql)> Copies { get; } = JsonElement.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Insights", "copied-sql.json")))
        .EnumerateArray().ToDictionary(
            static one => one.GetProperty("name").GetString()!,
            static one => (one.GetProperty("query"), string.Join('\n', one.GetProperty("sql").EnumerateArray().Select(static line => line.GetString()))));

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_copied_statement_answers_as_its_insight(string name)
    {
        var (query, sql) = Copies[name];
        var answer = await host.PostAsync("query", query.GetRawText());
        var rows = (await host.PostAsync("sql", JsonSerializer.Serialize(new { sql, limit = 5_000 }))).GetProperty("rows").EnumerateArray()
            .Select(static row => row.EnumerateArray().Select(Cell).ToArray()).ToList();
        var split = query.TryGetProperty("breakdown", out var breakdown) && breakdown.ValueKind is JsonValueKind.Object;
        var (expected, keys) = query.GetProperty("kind").GetString() switch
        {
            "trends" => (Trends(answer, split), split ? 2 : 1),
            "funnel" when query.GetProperty("view").GetString() == "over_time" => (FunnelOverTime(answer), 1),
            "funnel" => (Funnel(answer, split), split ? 1 : 0),
            "retention" => (Retention(answer, split), split ? 2 : 1),
            "lifecycle" => (Lifecycle(answer, split), split ? 2 : 1),
            "stickiness" => (Stickiness(answer, split), split ? 3 : 2),
            "sessions" => (Sessions(answer, split), split ? 2 : 1),
            _ => (Paths(answer, split), split ? 4 : 3),
        };
        var found = rows.ToDictionary(row => Key(row[..keys]), row => row[keys..].Select(Number).ToArray());
        Assert.True(expected.Values.Any(static numbers => numbers.Any(static number => number is not null and not 0)), "there is something to compare");
        Assert.Equal([], found.Keys.Except(expected.Keys));
        foreach (var (key, numbers) in expected)
        {
            // What has no row has no event.
            var told = found.GetValueOrDefault(key) ?? new double?[numbers.Length];
            Assert.True(
                numbers.Length == told.Length && numbers.Zip(told).All(static pair => Math.Abs((pair.First ?? 0) - (pair.Second ?? 0)) <= 0.0051 + (1e-9 * Math.Abs(pair.First ?? 0))),
                $"{key}: the insight says {string.Join(", ", numbers)}, SQL {string.Join(", ", told)}.");
        }
    }

    private static Dictionary<string, double?[]> Trends(JsonElement answer, bool split)
    {
        var series = answer.GetProperty("series").EnumerateArray().ToList();
        return Points(answer, [.. series.Select(s => split ? Text(s, "breakdown") : "").Distinct()], (bucket, value) =>
            series.GroupBy(static s => s.GetProperty("series").GetInt32()).OrderBy(static s => s.Key)
                .Select(s => s.FirstOrDefault(line => !split || Text(line, "breakdown") == value) is { ValueKind: JsonValueKind.Object } line ? Number(line.GetProperty("values")[bucket]) : null));
    }

    private static Dictionary<string, double?[]> Sessions(JsonElement answer, bool split)
    {
        string[] figures = ["sessions", "views", "viewsPerSession", "bounceRate", "meanSeconds", "medianSeconds"];
        var series = answer.GetProperty("series").EnumerateArray().ToList();
        return Points(answer, [.. series.Select(s => split ? Text(s, "breakdown") : "")], (bucket, value) =>
            figures.Select(figure => Number(series.First(s => !split || Text(s, "breakdown") == value).GetProperty("values")[bucket].GetProperty(figure))));
    }

    private static Dictionary<string, double?[]> Points(JsonElement answer, IReadOnlyList<string> values, Func<int, string, IEnumerable<double?>> numbers) =>
        Buckets(answer).SelectMany((bucket, index) => values.Select(value => (Key: value.Length == 0 ? Key([bucket]) : Key([bucket, value]), Numbers: numbers(index, value).ToArray())))
            .ToDictionary(static point => point.Key, static point => point.Numbers);

    private static Dictionary<string, double?[]> Funnel(JsonElement answer, bool split) => answer.GetProperty("series").EnumerateArray()
        .ToDictionary(
            series => split ? Key([Text(series, "breakdown")]) : "",
            static series => series.GetProperty("steps").EnumerateArray().Select(static step => Number(step.GetProperty("persons"))).ToArray());

    private static Dictionary<string, double?[]> FunnelOverTime(JsonElement answer)
    {
        var points = answer.GetProperty("series")[0].GetProperty("overTime");
        return Buckets(answer).Select((bucket, index) => (bucket, points[index])).ToDictionary(
            static one => Key([one.bucket]), static one => new[] { Number(one.Item2.GetProperty("entered")), Number(one.Item2.GetProperty("converted")) });
    }

    private static Dictionary<string, double?[]> Retention(JsonElement answer, bool split) => answer.GetProperty("series").EnumerateArray()
        .SelectMany(series => series.GetProperty("cohorts").EnumerateArray().Select(cohort => (
            Key: split ? Key([Clock(cohort.GetProperty("start")), Text(series, "breakdown")]) : Key([Clock(cohort.GetProperty("start"))]),
            Numbers: cohort.GetProperty("cells").EnumerateArray().Select(static cell => Number(cell.GetProperty("returned"))).Prepend(Number(cohort.GetProperty("size"))).ToArray())))
        .ToDictionary(static row => row.Key, static row => row.Numbers);

    private static Dictionary<string, double?[]> Lifecycle(JsonElement answer, bool split) => (split ? answer.GetProperty("series").EnumerateArray().ToArray() : [answer])
        .SelectMany(line => Buckets(answer).Select((bucket, index) => (
            Key: split ? Key([bucket, Text(line, "breakdown")]) : Key([bucket]),
            Numbers: ((string[])["new", "returning", "resurrecting", "dormant"]).Select(status => Number(line.GetProperty(status)[index])).ToArray())))
        .ToDictionary(static row => row.Key, static row => row.Numbers);

    private static Dictionary<string, double?[]> Stickiness(JsonElement answer, bool split) => answer.GetProperty("series").EnumerateArray()
        .SelectMany(series => series.GetProperty("values").EnumerateArray().Select((count, intervals) => (
            Key: Key([series.GetProperty("series").GetInt32() == 0 ? "a" : "Any event", .. split ? [Text(series, "breakdown")] : Array.Empty<string>(), Convert.ToString(intervals + 1, CultureInfo.InvariantCulture)]),
            Numbers: new[] { Number(count) })))
        .ToDictionary(static row => row.Key, static row => row.Numbers);

    private static Dictionary<string, double?[]> Paths(JsonElement answer, bool split) => (split ? answer.GetProperty("series").EnumerateArray().ToArray() : [answer])
        .SelectMany(line => line.GetProperty("edges").EnumerateArray().Select(edge => (
            Key: Key([.. split ? [Text(line, "breakdown")] : Array.Empty<string>(), edge.GetProperty("step").GetRawText(), Text(edge, "from"), Text(edge, "to")]),
            Numbers: new[] { Number(edge.GetProperty("count")), Number(edge.GetProperty("meanSeconds")) })))
        .ToDictionary(static row => row.Key, static row => row.Numbers);

    private static IEnumerable<string> Buckets(JsonElement answer) => answer.GetProperty("buckets").EnumerateArray().Select(Clock);

    /// <summary>A time of the project's clock, as statements tell it.</summary>
    private static string Clock(JsonElement time) => time.GetString()![..19];

    private static string Text(JsonElement one, string member) => one.GetProperty(member) is { ValueKind: JsonValueKind.String } text ? text.GetString()! : "∅";

    private static string Key(IEnumerable<string?> parts) => string.Join(" | ", parts);

    private static double? Number(string text) => text == "∅" ? null : double.Parse(text, CultureInfo.InvariantCulture);

    private static double? Number(JsonElement number) => number.ValueKind is JsonValueKind.Null ? null : number.GetDouble();

    private static string Cell(JsonElement cell) => cell.ValueKind switch
    {
        JsonValueKind.Null => "∅",
        JsonValueKind.String => cell.GetString()!,
        _ => cell.GetRawText(),
    };
}

/// <summary>Questions and SQL over HTTP on a real store with some hundred sessions of ten persons, one of whom has become another.</summary>
public sealed class CopiedSqlHost : IAsyncDisposable
{
    private readonly StoreFixture _fixture = new(static o => (o.QueryMemoryMegabytes, o.QuerySpillMegabytes) = (512, 64));
    private readonly WebApplication _app;
    private readonly HttpClient _client;

    public CopiedSqlHost()
    {
        FillAsync().GetAwaiter().GetResult();
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseTestServer();
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection([KeyValuePair.Create("Headroom:DataDirectory", (string?)_fixture.Options.DataDirectory)]);
        builder.Services.AddSingleton<IEventReader>(_fixture.Store);
        builder.Services.AddSingleton<ISqlReader>(_fixture.Store);
        builder.Services.AddControl(builder.Configuration);
        builder.Services.AddSingleton<IProjectDirectory, InsightsHost.OneProject>();
        builder.Services.AddProblemDetails();
        builder.Services.AddInsights(builder.Configuration);
        _app = builder.Build();
        var project = _app.MapGroup("/api/projects/{project}");
        project.MapInsights();
        project.MapSql();
        _app.StartAsync().GetAwaiter().GetResult();
        _client = _app.GetTestClient();
    }

    public async Task<JsonElement> PostAsync(string path, string json)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        using var response = await _client.PostAsync(new Uri("/api/projects/1/" + path, UriKind.Relative), content);
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, body);
        return JsonElement.Parse(body);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        await _fixture.DisposeAsync();
    }

    private async Task FillAsync()
    {
        var random = new Random(25);
        T Any<T>(params T[] of) => of[random.Next(of.Length)];
        var first = TestEvent.Micros("2026-10-01T00:00:00Z");
        var days = (TestEvent.Micros("2026-11-24T00:00:00Z") - first) / 86_400_000_000;
        var rows = new List<TestRow>();
        for (var session = 0; session < 420; session++)
        {
            var person = random.Next(10);
            var at = session < 40 ? TestEvent.Micros("2026-03-27T20:00:00Z") + random.NextInt64(3 * 86_400_000_000) : first + random.NextInt64(days * 86_400_000_000);
            if (session >= 380)
            {
                // Some come late.
                (person, at) = (11 + (session % 8), TestEvent.Micros("2026-11-03T00:00:00Z") + random.NextInt64(12 * 86_400_000_000));
            }

            var id = random.Next(8) == 0 ? Any(null, "") : $"s{session}";
            (string, object)? personless = person > 6 || random.Next(10) == 0 ? ("$process_person_profile", false) : null;
            for (var left = random.Next(1, 9); left > 0; left--)
            {
                var name = Any("a", "a", "b", "b", "c", "$pageview", "$pageview", "$screen", "$autocapture");
                var properties = new List<(string, object)>();
                void Some(int of, string property, params object[] values)
                {
                    if (random.Next(of) == 0)
                    {
                        properties.Add((property, Any(values)));
                    }
                }

                Some(1, "plan", "pro", "free", "team");
                Some(2, "amount", 10.0, 20.0, 50.0, 75.5, 100.0);
                Some(3, "$browser", "Chrome", "Safari");
                Some(2, "$channel", "Direct", "Email", "");
                Some(2, "$groups.company", "c1", "c2", "c3", "");
                Some(4, "utm_source", "news");
                Some(2, "$referring_domain", "$direct", "example.com", "www.example.com", "search.example");
                Some(2, "$host", "example.com", "www.example.com");
                Some(5, "$geoip_country_code", "DE", "FR");
                if (random.Next(5) == 0)
                {
                    properties.RemoveAll(static p => p.Item1 == "plan");
                }

                if (name == "$pageview")
                {
                    properties.Add((Any("$pathname", "$pathname", "$current_url"), Any("/", "/p/1", "/p/2/", "/q", "/q/")));
                }
                else if (name == "$screen")
                {
                    properties.Add(("$screen_name", Any("Start", "Basket")));
                }

                rows.Add(new TestRow(1, rows.Count + 1, name, "u" + person, person, id, at) { Properties = [.. properties, .. personless is { } one ? [one] : (IEnumerable<(string, object)>)[]] });
                at += Any(3_000_000, 40_000_000, 700_000_000, 1_700_000_000, 2_400_000_000L) + random.Next(1_000_000);
            }
        }

        // Several at one microsecond, in no session.
        for (var i = 0; i < 60; i++)
        {
            rows.Add(rows[random.Next(rows.Count)] with { Uuid = rows.Count + 1, Event = Any("b", "c"), Session = null, Properties = [("plan", "free")] });
        }

        var offset = 1L;
        foreach (var part in rows.Chunk(700))
        {
            await _fixture.CommitAsync(offset++, part);
        }

        using var batch = _fixture.Store.BeginBatch();
        batch.Identities.Merges.Add((new ProjectId(1), 5, 1));
        foreach (var person in (long[])[1, 2, 3, 4, 6, 11, 12, 13, 14])
        {
            var seen = rows.Where(r => r.PersonKey == person || (person == 1 && r.PersonKey == 5)).Min(static r => r.Timestamp);
            batch.Identities.Persons.Add((new ProjectId(1), new Person(person, StoreFixture.Uuid(900 + (int)person), seen + (person > 10 ? 0 : person * 86_400_000_000), true, person % 2 == 0 ? """{"tier":"gold"}""" : """{"tier":"tin"}""")));
        }

        await batch.CommitAsync(offset, CancellationToken.None);
    }
}
