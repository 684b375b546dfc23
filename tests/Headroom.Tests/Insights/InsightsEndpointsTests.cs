using System.IO.Compression;
using System.Text.Json;
using Headroom.Core;
using Headroom.Tests.Sql;
using Xunit;

namespace Headroom.Tests.Insights;

public sealed class InsightsEndpointsTests
{
    private const string Days = "\"range\":{\"from\":\"2026-11-20\",\"to\":\"2026-11-22\"}";

    private static readonly IReadOnlyList<TestEvent> Events =
    [
        TestEvent.At("2026-11-18T12:00:00Z", "view", 1, ("browser", "Chrome")),
        TestEvent.At("2026-11-19T23:00:00Z", "view", 1, ("browser", "Chrome"), ("amount", 1.5)),
        TestEvent.At("2026-11-20T22:59:59.999999Z", "view", 2, ("browser", "Firefox"), ("amount", 2d)),
        TestEvent.At("2026-11-20T23:00:00Z", "view", 9, ("browser", 12d), ("Browser", "other property")),
        TestEvent.At("2026-11-22T22:59:59Z", "view", 0, ("tags", new JsonText("[1,{\"a\":null}]"))),
        TestEvent.At("2026-11-22T23:00:00Z", "buy", 2, ("browser", true)),
    ];

    [Fact]
    public async Task Whole_days_are_included_at_both_ends_and_persons_counted_once()
    {
        await using var host = await InsightsHost.StartAsync(Events);
        var (status, body) = await host.QueryAsync(
            $$"""{"kind":"trends","series":[{"event":"view","name":"Views"},{"event":"view","math":"unique_persons"},{"event":"view","math":"average","property":"amount"}],{{Days}},"compare":true}""");
        Assert.Equal(200, status);
        Assert.Equal("trends", body.GetProperty("kind").GetString());
        Assert.Equal("""["2026-11-20T00:00:00+01:00","2026-11-21T00:00:00+01:00","2026-11-22T00:00:00+01:00"]""", body.GetProperty("buckets").GetRawText().Replace("\\u002B", "+", StringComparison.Ordinal));
        var series = body.GetProperty("series");
        Assert.Equal("[2,1,1]", series[0].GetProperty("values").GetRawText());
        Assert.Equal("""{"values":[0,1,0],"total":1}""", series[0].GetProperty("compare").GetRawText());
        Assert.False(series[0].TryGetProperty("breakdown", out _));
        Assert.Equal("[2,1,0]", series[1].GetProperty("values").GetRawText());
        Assert.Equal(2, series[1].GetProperty("total").GetInt64());
        Assert.Equal("[1.75,null,null]", series[2].GetProperty("values").GetRawText());
        Assert.Equal("Europe/Berlin", body.GetProperty("timeZone").GetString());
        Assert.Equal("day", body.GetProperty("interval").GetString());
        Assert.Equal(3, body.GetProperty("compareBuckets").GetArrayLength());
    }

    [Fact]
    public async Task A_breakdown_says_the_value_as_text_and_null_where_there_is_none()
    {
        await using var host = await InsightsHost.StartAsync(Events);
        var (_, body) = await host.QueryAsync($$"""{"kind":"trends","series":[{"event":"view"}],{{Days}},"breakdown":{"property":"browser","limit":3} }""");
        Assert.Equal(["\"12\"", "\"Chrome\"", "\"Firefox\"", "\"$other\""], body.GetProperty("series").EnumerateArray().Select(s => s.GetProperty("breakdown").GetRawText()));
        (_, body) = await host.QueryAsync($$"""{"kind":"trends","series":[{"event":"view"}],{{Days}},"breakdown":{"property":"browser"} }""");
        Assert.Equal(["\"12\"", "\"Chrome\"", "\"Firefox\"", "null"], body.GetProperty("series").EnumerateArray().Select(s => s.GetProperty("breakdown").GetRawText()));
    }

    [Fact]
    public async Task Retention_says_what_is_over_and_counts_who_was_merged_as_one()
    {
        await using var host = await InsightsHost.StartAsync(Events);
        var (status, body) = await host.QueryAsync($$"""{"kind":"retention","start":{"event":"view"},"return":{},{{Days}},"intervals":2}""");
        Assert.Equal(200, status);
        Assert.Equal("calendar recurring", $"{body.GetProperty("mode").GetString()} {body.GetProperty("cohortBy").GetString()}");
        Assert.Equal("""[{"from":1,"to":1},{"from":2,"to":2}]""", body.GetProperty("columns").GetRawText());
        var series = body.GetProperty("series")[0];
        Assert.False(series.TryGetProperty("breakdown", out _));
        Assert.Equal([2, 1, 0], series.GetProperty("cohorts").EnumerateArray().Select(c => c.GetProperty("size").GetInt32()));
        Assert.Equal(
            """[{"returned":1,"rate":0.5,"state":"over"},{"returned":0,"rate":0,"state":"over"}]""", series.GetProperty("cohorts")[0].GetProperty("cells").GetRawText());
        Assert.Equal("""{"returned":0,"rate":null,"state":"going_on"}""", series.GetProperty("cohorts")[2].GetProperty("cells")[1].GetRawText());
        Assert.Equal("""{"size":3,"cells":[{"size":3,"returned":1,"rate":0.3333333333333333},{"size":3,"returned":0,"rate":0}]}""", series.GetProperty("overall").GetRawText());
        (_, body) = await host.QueryAsync($$"""{"kind":"retention","start":{"event":"view"},"return":{},{{Days}},"breakdown":{"property":"browser","limit":2} }""");
        Assert.Equal(["\"12\"", "\"Chrome\"", "\"$other\""], body.GetProperty("series").EnumerateArray().Select(s => s.GetProperty("breakdown").GetRawText()));
    }

    [Fact]
    public async Task Stickiness_counts_days_and_lifecycle_only_those_with_a_profile()
    {
        await using var host = await InsightsHost.StartAsync(Events);
        var (_, body) = await host.QueryAsync($$"""{"kind":"stickiness","series":[{"event":"view"}],{{Days}} }""");
        Assert.Equal("""[{"series":0,"name":"view","persons":2,"values":[1,1,0]}]""", body.GetProperty("series").GetRawText());
        (_, body) = await host.QueryAsync($$"""{"kind":"lifecycle",{{Days}} }""");
        Assert.Equal(
            "[0,0,0] [0,1,0] [1,0,0] [0,0,1]",
            string.Join(' ', new[] { "new", "returning", "resurrecting", "dormant" }.Select(s => body.GetProperty(s).GetRawText())));
        Assert.Equal("""["over","over","over"]""", body.GetProperty("states").GetRawText());
    }

    [Fact]
    public async Task A_breakdown_is_said_where_it_was_asked_for_and_null_is_a_value_of_it()
    {
        await using var host = await InsightsHost.StartAsync(Events);
        var (_, body) = await host.QueryAsync($$"""{"kind":"stickiness","series":[{}],"breakdown":{"property":"browser","limit":1},{{Days}} }""");
        Assert.Equal(["breakdown"], body.GetProperty("series")[0].EnumerateObject().Select(static p => p.Name).Except(["series", "name", "persons", "values"]));
        Assert.Equal(2, body.GetProperty("series").GetArrayLength());
        foreach (var kind in new[] { "lifecycle", "paths" })
        {
            (_, body) = await host.QueryAsync($$"""{"kind":"{{kind}}","breakdown":{"property":"nothing"},{{Days}} }""");
            Assert.All(body.GetProperty("series").EnumerateArray(), static s => Assert.Equal(JsonValueKind.Null, s.GetProperty("breakdown").ValueKind));
            (_, body) = await host.QueryAsync($$"""{"kind":"{{kind}}",{{Days}} }""");
            Assert.False(body.TryGetProperty("series", out _));
        }
    }

    [Theory]
    [InlineData("2026-03-29", 23)]
    [InlineData("2026-10-25", 25)]
    public async Task A_day_on_which_the_clocks_change_counts_the_events_of_each_of_its_hours(string day, int hours)
    {
        // One event in the first and the last microsecond of each hour, and one on either side of the day.
        var start = TestEvent.Micros(day + "T00:00:00" + (hours == 23 ? "+01:00" : "+02:00"));
        const long Hour = 3_600_000_000;
        var events = Enumerable.Range(0, hours).SelectMany(h => new[] { start + (h * Hour), start + ((h + 1) * Hour) - 1 })
            .Concat([start - 1, start + (hours * Hour)]).Select(t => TestEvent.At("2026-01-01T00:00:00Z") with { Timestamp = t }).ToList();
        await using var host = await InsightsHost.StartAsync(events);
        foreach (var (interval, values) in new[] { ("hour", Enumerable.Repeat(2d, hours)), ("day", [2d * hours]) })
        {
            var (status, body) = await host.QueryAsync($$"""{"kind":"trends","series":[{}],"range":{"from":"{{day}}","to":"{{day}}"},"interval":"{{interval}}"}""");
            Assert.Equal(200, status);
            Assert.Equal(values, body.GetProperty("series")[0].GetProperty("values").EnumerateArray().Select(v => v.GetDouble()));
            Assert.Equal(2d * hours, body.GetProperty("series")[0].GetProperty("total").GetDouble());
        }
    }

    [Fact]
    public async Task A_project_without_events_answers_nothing_without_failing()
    {
        await using var host = await InsightsHost.StartAsync([]);
        var (status, body) = await host.QueryAsync($$"""{"kind":"trends","series":[{},{"math":"p95","property":"x"}],{{Days}}}""");
        Assert.Equal(200, status);
        Assert.Equal("[0,0,0]", body.GetProperty("series")[0].GetProperty("values").GetRawText());
        Assert.Equal("[null,null,null]", body.GetProperty("series")[1].GetProperty("values").GetRawText());
        Assert.Equal("""{"events":[],"next":null}""", (await host.GetAsync("/events")).Body.GetRawText());
        Assert.Equal("[]", (await host.GetAsync("/definitions/events")).Body.GetRawText());
        Assert.Equal("[]", (await host.GetAsync("/definitions/properties?event=a")).Body.GetRawText());
        Assert.Equal("[]", (await host.GetAsync("/definitions/properties/values?property=x")).Body.GetRawText());
        Assert.Equal(404, (await host.GetAsync($"/events/{Guid.NewGuid()}")).Status);
    }

    [Fact]
    public async Task Errors_are_problem_details_by_field()
    {
        await using var host = await InsightsHost.StartAsync(Events);
        var (status, body) = await host.QueryAsync($$"""{"kind":"trends","series":[{"math":"sum"}],{{Days}},"breakdown":{"property":""} }""");
        Assert.Equal(400, status);
        Assert.Equal(["breakdown.property", "series[0].property"], body.GetProperty("errors").EnumerateObject().Select(e => e.Name).Order(StringComparer.Ordinal));
        Assert.Equal(400, (await host.GetAsync("/events?limit=0&cursor=x&filters={&from=never")).Status);
        Assert.Equal(
            ["cursor", "filters", "from", "limit"],
            (await host.GetAsync("/events?limit=0&cursor=x&filters={&from=never")).Body.GetProperty("errors").EnumerateObject().Select(e => e.Name).Order(StringComparer.Ordinal));
        Assert.Equal(400, (await host.GetAsync("/definitions/properties/values")).Status);
    }

    [Theory]
    [InlineData("/export?gzip=maybe", "gzip", "Must be true or false.")]
    [InlineData("/export?gzip=false&gzip=true", "gzip", "Must be true or false.")]
    [InlineData("/events?limit=1.5&from=never", "limit", "Must be a whole number.")]
    [InlineData("/definitions/events/activity?days=x&limit=3", "days", "Must be a whole number.")]
    [InlineData("/definitions/events/activity?Days=x&limit=", "days", "Must be a whole number.")]
    [InlineData("/definitions/properties?days=1&limit=99999999999", "limit", "Must be a whole number.")]
    [InlineData("/definitions/properties?days=x&limit=x", "days,limit", "Must be a whole number.")]
    [InlineData("/persons?limit=x", "limit", "Must be a whole number.")]
    [InlineData("/live?events=no", "events", "Must be true or false.")]
    public async Task A_parameter_that_is_no_number_and_neither_true_nor_false_is_named(string path, string fields, string problem)
    {
        await using var host = await InsightsHost.StartAsync(Events);
        var (status, body) = await host.GetAsync(path);
        Assert.Equal(400, status);
        var errors = body.GetProperty("errors").EnumerateObject().ToList();
        Assert.Equal(fields, string.Join(',', errors.Select(static e => e.Name).Order(StringComparer.Ordinal)));
        Assert.All(errors, e => Assert.Equal(problem, Assert.Single(e.Value.EnumerateArray()).GetString()));
    }

    [Fact]
    public async Task A_body_that_is_too_large_or_not_json_is_refused()
    {
        await using var host = await InsightsHost.StartAsync(Events, ("Headroom:Insights:MaxQueryBytes", "2000"));
        Assert.Equal(413, (await host.QueryAsync(new string(' ', 2001))).Status);
        using var content = new StringContent("{}", System.Text.Encoding.UTF8, "text/plain");
        using var response = await host.Client.PostAsync(new Uri("/api/projects/1/query", UriKind.Relative), content, TestContext.Current.CancellationToken);
        Assert.Equal(415, (int)response.StatusCode);
    }

    [Theory]
    [InlineData(QueryBound.Busy, 503, "1")]
    [InlineData(QueryBound.Time, 422, null)]
    [InlineData(QueryBound.Memory, 422, null)]
    public async Task A_refused_query_names_its_bound(QueryBound bound, int status, string? retryAfter)
    {
        await using var host = await InsightsHost.StartAsync(Events);
        host.Store.Refusal = new QueryRefusedException(bound, "The bound and the way out.");
        using var response = await host.Client.GetAsync(new Uri("/api/projects/1/definitions/events", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(retryAfter, response.Headers.RetryAfter?.ToString());
        var body = JsonElement.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal("The bound and the way out.", body.GetProperty("detail").GetString());
        Assert.Equal(bound.ToString().ToLowerInvariant(), body.GetProperty("bound").GetString());
    }

    [Theory]
    [InlineData("2")]
    [InlineData("0")]
    [InlineData("x")]
    public async Task An_unknown_project_is_not_found(string project)
    {
        await using var host = await InsightsHost.StartAsync(Events);
        foreach (var path in new[] { "events", $"events/{Guid.NewGuid()}", "definitions/events", "definitions/properties", "definitions/properties/values?property=a", "live" })
        {
            using var response = await host.Client.GetAsync(new Uri($"/api/projects/{project}/{path}", UriKind.Relative), TestContext.Current.CancellationToken);
            Assert.Equal(404, (int)response.StatusCode);
        }
    }

    [Fact]
    public async Task Pages_go_through_all_events_newest_first_without_gap_or_repeat()
    {
        var random = new Random(1);
        // Many at one instant, so that the cursor has to tell them apart by uuid.
        var events = Enumerable.Range(0, 137).Select(i => TestEvent.At("2026-11-01T00:00:00Z") with
        {
            Timestamp = TestEvent.Micros("2026-01-01T00:00:00Z") + (random.Next(20) * 40_000_000_000L),
            Uuid = Guid.NewGuid(),
            Event = i % 3 == 0 ? "buy" : "view",
        }).ToList();
        await using var host = await InsightsHost.StartAsync(events);
        foreach (var name in new[] { null, "buy" })
        {
            var seen = new List<string>();
            string? cursor = null;
            do
            {
                var (_, page) = await host.GetAsync($"/events?limit=10&event={name}&cursor={cursor}");
                Assert.InRange(page.GetProperty("events").GetArrayLength(), 1, 10);
                seen.AddRange(page.GetProperty("events").EnumerateArray().Select(e => e.GetProperty("uuid").GetString()!));
                cursor = page.GetProperty("next").GetString();
            }
            while (cursor is not null);
            Assert.Equal(
                events.Where(e => name is null || e.Event == name).OrderByDescending(e => e.Timestamp).ThenByDescending(e => e.Uuid.ToString(), StringComparer.Ordinal).Select(e => e.Uuid.ToString()),
                seen);
        }
    }

    [Fact]
    public async Task An_export_has_every_event_once_oldest_first_as_lines_that_an_import_takes()
    {
        var random = new Random(1);
        // More than two pages, of which one is of a single instant and others are far apart.
        var start = TestEvent.Micros("2024-01-01T00:00:00Z");
        var events = Enumerable.Range(0, 13_000).Select(i => TestEvent.At("2026-11-01T00:00:00Z", i % 3 == 0 ? "buy" : "view", 1, ("n", (double)i), ("tags", new JsonText("[1]"))) with
        {
            Timestamp = start + (i < 6_000 ? 86_400_000_000 : random.NextInt64(60_000_000_000_000)),
        }).ToList();
        await using var host = await InsightsHost.StartAsync(events);
        Guid[] Expected(Func<TestEvent, bool> given) =>
            [.. events.Where(given).OrderBy(e => e.Timestamp).ThenBy(e => e.Uuid.ToString(), StringComparer.Ordinal).Select(e => e.Uuid)];

        var all = await LinesAsync("", zipped: true);
        Assert.Equal(Expected(_ => true), all.Select(e => e.GetProperty("uuid").GetGuid()));
        var first = events.Single(e => e.Uuid == all[0].GetProperty("uuid").GetGuid());
        Assert.Equal(["uuid", "event", "distinct_id", "timestamp", "properties"], all[0].EnumerateObject().Select(m => m.Name));
        Assert.Equal(first.Timestamp, UnixMicros.From(all[0].GetProperty("timestamp").GetDateTimeOffset()));
        Assert.True(JsonElement.DeepEquals(
            JsonSerializer.SerializeToElement(new { n = first.Properties["n"], tags = new[] { 1 } }), all[0].GetProperty("properties")));

        var day = TestEvent.Micros("2024-01-02T00:00:00Z");
        var some = await LinesAsync("?event=buy&from=2024-01-02T00:00:00Z&to=2024-01-02T00:00:01Z&gzip=false", zipped: false);
        Assert.Equal(Expected(e => e.Event == "buy" && e.Timestamp >= day && e.Timestamp < day + 1_000_000), some.Select(e => e.GetProperty("uuid").GetGuid()));
        Assert.Empty(await LinesAsync("?from=2020-01-01&to=2020-01-02&gzip=false", zipped: false));
        Assert.Equal(400, (await host.GetAsync("/export?from=never")).Status);

        async Task<JsonElement[]> LinesAsync(string query, bool zipped)
        {
            using var answer = await host.Client.GetAsync(new Uri("/api/projects/1/export" + query, UriKind.Relative), TestContext.Current.CancellationToken);
            Assert.Equal(zipped ? "application/gzip" : "application/x-ndjson", answer.Content.Headers.ContentType?.MediaType);
            Assert.Equal(zipped ? "headroom-1.ndjson.gz" : "headroom-1.ndjson", answer.Content.Headers.ContentDisposition?.FileName);
            var body = await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
            using var reader = new StreamReader(zipped ? new GZipStream(body, CompressionMode.Decompress) : body);
            var text = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
            return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line))];
        }
    }

    [Fact]
    public async Task Events_of_a_project_with_many_properties_are_read_in_parts_and_are_whole_in_lists_exports_and_alone()
    {
        var events = Enumerable.Range(0, 700).Select(i => TestEvent.At("2026-11-01T00:00:00Z", "view", 1, ($"first {i}", (double)i), ($"second {i % 350}", $"value {i}")) with
        {
            Timestamp = TestEvent.Micros("2026-11-01T00:00:00Z") + (i / 2),
        }).ToList();
        await using var host = await InsightsHost.StartAsync(events);
        using var answer = await host.Client.GetAsync(new Uri("/api/projects/1/export?gzip=false", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(System.Net.HttpStatusCode.OK, answer.StatusCode);
        var lines = (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line)).ToList();
        var expected = events.OrderBy(e => e.Timestamp).ThenBy(e => e.Uuid.ToString(), StringComparer.Ordinal).ToList();
        Assert.Equal(expected.Select(e => e.Uuid), lines.Select(e => e.GetProperty("uuid").GetGuid()));
        Assert.All(expected.Zip(lines), pair => AssertWhole(pair.First, pair.Second));

        var listed = (await host.GetAsync("/events?limit=20")).Body.GetProperty("events").EnumerateArray().ToList();
        Assert.All(Enumerable.Reverse(expected).Take(20).Zip(listed), pair => AssertWhole(pair.First, pair.Second));
        AssertWhole(expected[5], (await host.GetAsync($"/events/{expected[5].Uuid}")).Body);

        static void AssertWhole(TestEvent e, JsonElement told) =>
            Assert.True(JsonElement.DeepEquals(JsonSerializer.SerializeToElement(e.Properties), told.GetProperty("properties")), told.GetRawText());
    }

    [Fact]
    public async Task One_event_is_whole_with_the_properties_of_every_kind_and_its_person()
    {
        var whole = TestEvent.At(
            "2026-11-20T22:59:59.999999Z", "view", 9, ("text", "x"), ("whole", 12d), ("part", 0.5), ("yes", true), ("list", new JsonText("[1,{\"a\":null}]")), ("{events}", "\"';--"));
        await using var host = await InsightsHost.StartAsync([.. Events, whole]);
        var (status, body) = await host.GetAsync($"/events/{whole.Uuid}");
        Assert.Equal(200, status);
        Assert.Equal("2026-11-20T22:59:59.999999+00:00", body.GetProperty("timestamp").GetString());
        Assert.Equal(1, body.GetProperty("personKey").GetInt64());
        Assert.Equal("u9", body.GetProperty("distinctId").GetString());
        Assert.Equal(JsonValueKind.Null, body.GetProperty("sessionId").ValueKind);
        Assert.True(JsonElement.DeepEquals(
            JsonElement.Parse("""{"list":[1,{"a":null}],"part":0.5,"text":"x","whole":12,"yes":true,"{events}":"\"';--"}"""), body.GetProperty("properties")));
        Assert.Equal("12", body.GetProperty("properties").GetProperty("whole").GetRawText());
        Assert.Equal("a@b.c", body.GetProperty("person").GetProperty("properties").GetProperty("email").GetString());
    }

    [Fact]
    public async Task The_explorer_filters()
    {
        await using var host = await InsightsHost.StartAsync(Events);
        async Task<int> Count(string query) => (await host.GetAsync("/events?" + query)).Body.GetProperty("events").GetArrayLength();
        Assert.Equal(6, await Count(""));
        Assert.Equal(1, await Count("event=buy"));
        Assert.Equal(2, await Count("filters=" + Uri.EscapeDataString("""[{"property":"browser","operator":"is","values":["Chrome"]}]""")));
        Assert.Equal(1, await Count("filters=" + Uri.EscapeDataString("""[{"property":"browser","operator":"is","values":[12]}]""")));
        Assert.Equal(4, await Count("from=2026-11-20&to=2026-11-22"));
        Assert.Equal(2, await Count("from=2026-11-22T22:59:59Z"));
    }

    [Fact]
    public async Task Definitions_list_names_kinds_and_values()
    {
        await using var host = await InsightsHost.StartAsync(Events);
        var (_, events) = await host.GetAsync("/definitions/events");
        Assert.Equal("""[{"name":"view","count":5,"lastSeen":"2026-11-22T22:59:59+00:00","description":null,"hidden":false},{"name":"buy","count":1,"lastSeen":"2026-11-22T23:00:00+00:00","description":null,"hidden":false}]""", events.GetRawText());
        Assert.Equal(1, (await host.GetAsync("/definitions/events?search=BU")).Body.GetArrayLength());
        Assert.Equal(
            """[{"name":"amount","kinds":["number"],"description":null,"hidden":false},{"name":"Browser","kinds":["text"],"description":null,"hidden":false},{"name":"browser","kinds":["text","number","boolean"],"description":null,"hidden":false},{"name":"tags","kinds":["json"],"description":null,"hidden":false}]""",
            (await host.GetAsync("/definitions/properties")).Body.GetRawText());
        Assert.Equal("""[{"name":"browser","kinds":["boolean"],"description":null,"hidden":false}]""", (await host.GetAsync("/definitions/properties?event=buy")).Body.GetRawText());
        Assert.Equal(
            """[{"value":"Chrome","count":2},{"value":"12","count":1},{"value":"Firefox","count":1},{"value":"true","count":1}]""",
            (await host.GetAsync("/definitions/properties/values?property=browser")).Body.GetRawText());
        Assert.Equal("""[{"value":"Firefox","count":1}]""", (await host.GetAsync("/definitions/properties/values?property=browser&search=fire&event=view")).Body.GetRawText());
    }

    [Fact]
    public async Task The_same_definitions_are_asked_for_once()
    {
        await using var host = await InsightsHost.StartAsync(Events);
        await host.GetAsync("/definitions/events");
        await host.GetAsync("/definitions/events");
        Assert.Equal(1, host.Store.Queries);
    }

    [Fact]
    public async Task The_document_describes_queries_and_answers_with_strict_numbers()
    {
        await using var host = await InsightsHost.StartAsync([]);
        var text = await host.Client.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative), TestContext.Current.CancellationToken);
        var schemas = JsonElement.Parse(text).GetProperty("components").GetProperty("schemas");
        var total = schemas.GetProperty("TrendsSeriesResult").GetProperty("properties").GetProperty("total");
        Assert.DoesNotContain("string", total.GetRawText(), StringComparison.Ordinal);
        Assert.Contains("unique_persons", schemas.GetProperty("TrendsMath").GetRawText(), StringComparison.Ordinal);
        Assert.Contains("\"query\"", JsonElement.Parse(text).GetProperty("paths").GetProperty("/api/projects/{project}/query").GetRawText().ToLowerInvariant(), StringComparison.Ordinal);
    }
}
