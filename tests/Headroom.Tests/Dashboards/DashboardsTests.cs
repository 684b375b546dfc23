using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Headroom.Tests.Projects;
using Xunit;
using static Headroom.Tests.Dashboards.DashboardHost;

namespace Headroom.Tests.Dashboards;

/// <summary>Dashboards over HTTP: kept, changed by one at a time, walled off from other projects.</summary>
public sealed class DashboardsTests
{
    [Fact]
    public async Task A_dashboard_is_kept_as_it_was_made()
    {
        await using var host = await StartAsync();
        var made = await host.SendAsync(HttpMethod.Post, "", $$"""
            {"name":" Team ","description":"What we look at","range":{"last":30,"unit":"day"},"refreshSeconds":60,
             "filters":[{"property":"$browser","values":["Chrome"]}],
             "tiles":[{{Tile()}},{{Tile(6, more: ""","display":"number" """)}}]}
            """);
        Assert.True(made.Status == 201, made.Body.ToString());
        var id = made.Body.GetProperty("id").GetInt32();
        var (status, body, tag) = await host.SendAsync(HttpMethod.Get, $"/{id}");
        Assert.Equal(200, status);
        Assert.Equal("\"1\"", tag);
        Assert.Equal(made.Body.ToString(), body.ToString());
        Assert.Equal(("Team", "What we look at", 60, "Ada"), (body.GetProperty("name").GetString(), body.GetProperty("description").GetString(), body.GetProperty("refreshSeconds").GetInt32(), body.GetProperty("createdBy").GetString()));
        Assert.Equal([1, 2], body.GetProperty("tiles").EnumerateArray().Select(static t => t.GetProperty("id").GetInt32()));
        Assert.Equal(["line", "number"], body.GetProperty("tiles").EnumerateArray().Select(static t => t.GetProperty("display").GetString()));
        Assert.Equal("$pageview", body.GetProperty("tiles")[0].GetProperty("query").GetProperty("series")[0].GetProperty("event").GetString());

        await host.ShareAsync(id);
        var listed = Assert.Single((await host.SendAsync(HttpMethod.Get, "")).Body.EnumerateArray());
        Assert.Equal((id, "Team", 2, 1, "Ada"), (listed.GetProperty("id").GetInt32(), listed.GetProperty("name").GetString(), listed.GetProperty("tiles").GetInt32(), listed.GetProperty("shares").GetInt32(), listed.GetProperty("createdBy").GetString()));
    }

    [Fact]
    public async Task A_change_is_made_to_what_its_author_saw_or_not_at_all()
    {
        await using var host = await StartAsync();
        var id = await host.CreateAsync(tiles: Tile());
        Assert.Equal(428, (await host.SendAsync(HttpMethod.Patch, $"/{id}", """{"name":"Mine"}""")).Status);

        var mine = await host.SendAsync(HttpMethod.Patch, $"/{id}", """{"name":"Mine"}""", ifMatch: "\"1\"");
        Assert.Equal((200, "\"2\"", "Mine"), (mine.Status, mine.Tag, mine.Body.GetProperty("name").GetString()));
        foreach (var old in (string[])["\"1\"", "W/\"2\"", "\"x\"", "*"])
        {
            Assert.Equal(412, (await host.SendAsync(HttpMethod.Patch, $"/{id}", """{"name":"Theirs"}""", ifMatch: old)).Status);
        }

        Assert.Equal("Mine", (await host.SendAsync(HttpMethod.Get, $"/{id}")).Body.GetProperty("name").GetString());
    }

    [Fact]
    public async Task What_is_left_out_of_a_change_stays_and_numbers_of_tiles_are_never_used_again()
    {
        await using var host = await StartAsync();
        var id = await host.CreateAsync(tiles: $"{Tile()},{Tile(6)}");
        var moved = await host.SendAsync(HttpMethod.Patch, $"/{id}", $$"""{"tiles":[{{Tile(0, 4, more: ""","id":1""")}},{{Tile()}}],"range":{"last":7,"unit":"day"} }""", ifMatch: "\"1\"");
        Assert.True(moved.Status == 200, moved.Body.ToString());
        Assert.Equal([(1, 4), (3, 0)], moved.Body.GetProperty("tiles").EnumerateArray().Select(static t => (t.GetProperty("id").GetInt32(), t.GetProperty("y").GetInt32())));
        Assert.Equal("Team", moved.Body.GetProperty("name").GetString());

        var own = await host.SendAsync(HttpMethod.Patch, $"/{id}", """{"range":{}}""", ifMatch: "\"2\"");
        Assert.Equal(JsonValueKind.Null, own.Body.GetProperty("range").ValueKind);
        Assert.Equal(2, own.Body.GetProperty("tiles").GetArrayLength());
    }

    [Fact]
    public async Task A_deleted_dashboard_is_nowhere_and_can_be_brought_back_with_its_links()
    {
        await using var host = await StartAsync();
        var id = await host.CreateAsync(tiles: Tile());
        var token = await host.ShareAsync(id);
        Assert.Equal(204, (await host.SendAsync(HttpMethod.Delete, $"/{id}")).Status);
        Assert.Equal(404, (await host.SendAsync(HttpMethod.Get, $"/{id}")).Status);
        Assert.Equal(404, (await host.SendAsync(HttpMethod.Patch, $"/{id}", """{"name":"x"}""", ifMatch: "\"1\"")).Status);
        Assert.Equal(404, (await host.SendAsync(HttpMethod.Delete, $"/{id}")).Status);
        Assert.Equal(404, (await host.SendAsync(HttpMethod.Get, $"/{id}/shares")).Status);
        Assert.Equal(404, (await host.AskAsync($"/api/shared/{token}")).Status);
        Assert.Equal(0, (await host.SendAsync(HttpMethod.Get, "")).Body.GetArrayLength());

        Assert.Equal(200, (await host.SendAsync(HttpMethod.Post, $"/{id}/restore")).Status);
        Assert.Equal(200, (await host.AskAsync($"/api/shared/{token}")).Status);
        Assert.Equal(404, (await host.SendAsync(HttpMethod.Post, $"/{id}/restore")).Status);
    }

    [Fact]
    public async Task A_tile_keeps_which_figure_is_drawn_and_tells_who_has_a_link()
    {
        await using var host = await StartAsync();
        const string Sessions = """{"kind":"sessions","range":{"last":7,"unit":"day"}}""";
        const string Web = """{"kind":"web","range":{"last":7,"unit":"day"},"lists":[{"by":"entry_page"}]}""";
        var id = await host.CreateAsync(tiles: $"{Tile(query: Sessions, more: ""","figure":"medianSeconds" """)},{Tile(6, query: Web, more: ""","figure":"bounceRate" """)},{Tile(0, 4)}");
        var figures = (JsonElement tiles) => tiles.GetProperty("tiles").EnumerateArray().Select(static t => t.TryGetProperty("figure", out var figure) ? figure.GetString() : null);
        Assert.Equal(["medianSeconds", "bounceRate", null], figures((await host.SendAsync(HttpMethod.Get, $"/{id}")).Body));

        var link = await host.AskAsync($"/api/shared/{await host.ShareAsync(id)}");
        Assert.Equal(["medianSeconds", "bounceRate", null], figures(link.Body));
    }

    [Fact]
    public async Task A_copy_has_the_tiles_and_not_the_links()
    {
        await using var host = await StartAsync();
        var id = await host.CreateAsync(tiles: Tile());
        await host.ShareAsync(id);
        var copy = await host.SendAsync(HttpMethod.Post, $"/{id}/duplicate");
        Assert.Equal((201, "Team (copy)", 1), (copy.Status, copy.Body.GetProperty("name").GetString(), copy.Body.GetProperty("tiles").GetArrayLength()));
        Assert.Equal(0, (await host.SendAsync(HttpMethod.Get, $"/{copy.Body.GetProperty("id").GetInt32()}/shares")).Body.GetArrayLength());
    }

    [Fact]
    public async Task Another_project_reaches_none_of_it()
    {
        await using var host = await StartAsync();
        var id = await host.CreateAsync(tiles: Tile());
        await host.ShareAsync(id);
        (HttpMethod Method, string Path, string? Body)[] calls =
        [
            (HttpMethod.Get, "", null), (HttpMethod.Patch, "", """{"name":"Taken"}"""), (HttpMethod.Delete, "", null), (HttpMethod.Post, "/restore", null),
            (HttpMethod.Post, "/duplicate", null), (HttpMethod.Get, "/tiles/1", null), (HttpMethod.Get, "/shares", null),
            (HttpMethod.Post, "/shares", """{"name":"Mine"}"""), (HttpMethod.Delete, "/shares/1", null),
        ];
        foreach (var (method, path, body) in calls)
        {
            Assert.Equal((path, 404), (path, (await host.SendAsync(method, $"/{id}{path}", body, project: 2, ifMatch: "\"1\"")).Status));
        }

        Assert.Equal(403, (await host.AskAsync($"/api/projects/1/dashboards/{id}", host.OtherKey)).Status);
        Assert.Equal(403, (await host.AskAsync($"/api/projects/1/dashboards/{id}/tiles/1", host.OtherKey)).Status);
        Assert.Equal("Team", (await host.SendAsync(HttpMethod.Get, $"/{id}")).Body.GetProperty("name").GetString());
        Assert.Equal(1, (await host.SendAsync(HttpMethod.Get, $"/{id}/shares")).Body.GetArrayLength());
    }

    [Fact]
    public async Task A_read_key_reads_and_changes_nothing_and_sees_no_links()
    {
        await using var host = await StartAsync();
        var id = await host.CreateAsync(tiles: Tile());
        var path = $"/api/projects/1/dashboards/{id}";
        Assert.Equal(200, (await host.AskAsync(path, host.ReadKey)).Status);
        Assert.Equal(200, (await host.AskAsync($"{path}/tiles/1", host.ReadKey)).Status);
        Assert.Equal(403, (await host.AskAsync(path, host.ReadKey, HttpMethod.Delete)).Status);
        Assert.Equal(403, (await host.AskAsync($"{path}/duplicate", host.ReadKey, HttpMethod.Post)).Status);
        Assert.Equal(403, (await host.AskAsync($"{path}/shares", host.ReadKey)).Status);
        Assert.Equal(401, (await host.AskAsync(path)).Status);
    }

    [Fact]
    public async Task A_tile_answers_as_its_query_does_with_the_range_and_filters_of_the_dashboard()
    {
        await using var host = await StartAsync();
        const string Query = """{"kind":"trends","series":[{"event":"$pageview"}],"range":{"last":2,"unit":"day"}}""";
        var id = await host.CreateAsync(tiles: Tile(query: Query));
        Assert.Equal((5, 2), await TotalAsync(""));
        Assert.Equal((5, 24), await TotalAsync("?last=24&unit=hour"));
        Assert.Equal((4, 2), await TotalAsync("?filters=" + Uri.EscapeDataString("""[{"property":"$browser","values":["Chrome"]}]""")));

        var changed = await host.SendAsync(HttpMethod.Patch, $"/{id}", """{"range":{"last":3,"unit":"day"},"filters":[{"property":"$browser","values":["Firefox"]}]}""", ifMatch: "\"1\"");
        Assert.True(changed.Status == 200, changed.Body.ToString());
        Assert.Equal((1, 3), await TotalAsync(""));
        Assert.Equal((1, 2), await TotalAsync("?own=true"));

        Assert.Equal(404, (await host.SendAsync(HttpMethod.Get, $"/{id}/tiles/2")).Status);
        foreach (var (wrong, field) in ((string, string)[])[("?last=x", "last"), ("?last=1&unit=year", "unit"), ("?last=9999&unit=day", "range.last"), ("?from=2026-11-01", "range.to"), ("?filters=7", "filters"), ("?own=yes", "own")])
        {
            var refused = await host.SendAsync(HttpMethod.Get, $"/{id}/tiles/1{wrong}");
            Assert.Equal((400, field), (refused.Status, refused.Body.GetProperty("errors").EnumerateObject().First().Name));
        }

        async Task<(double Total, int Buckets)> TotalAsync(string search)
        {
            var tile = await host.SendAsync(HttpMethod.Get, $"/{id}/tiles/1{search}");
            Assert.True(tile.Status == 200, tile.Body.ToString());
            var asked = await host.AskAsync("/api/projects/1/query", host.ReadKey, HttpMethod.Post, tile.Body.GetProperty("query").GetRawText());
            Assert.False(asked.Body.GetProperty("series")[0].TryGetProperty("breakdown", out _));
            Assert.Equal(asked.Body.GetProperty("series").GetRawText(), tile.Body.GetProperty("result").GetProperty("series").GetRawText());
            return (asked.Body.GetProperty("series")[0].GetProperty("total").GetDouble(), asked.Body.GetProperty("buckets").GetArrayLength());
        }
    }

    [Fact]
    public async Task A_tile_comes_as_a_stream_for_those_who_want_to_know_where_it_is()
    {
        await using var host = await StartAsync();
        var id = await host.CreateAsync(tiles: Tile());
        var plain = (await host.SendAsync(HttpMethod.Get, $"/{id}/tiles/1")).Body;
        var result = JsonElement.Parse(await EndAsync("", "result"));
        Assert.Equal(plain.GetProperty("query").GetRawText(), result.GetProperty("query").GetRawText());
        Assert.Equal(plain.GetProperty("result").GetProperty("series").GetRawText(), result.GetProperty("result").GetProperty("series").GetRawText());
        var problem = JsonElement.Parse(await EndAsync("?last=9999&unit=day", "error"));
        Assert.Equal(400, problem.GetProperty("status").GetInt32());
        Assert.True(problem.GetProperty("errors").TryGetProperty("range.last", out _));

        async Task<string> EndAsync(string search, string name)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"/api/projects/1/dashboards/{id}/tiles/1{search}", UriKind.Relative));
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", host.ReadKey);
            request.Headers.Accept.ParseAdd("text/event-stream, application/json");
            using var answer = await host.Http.SendAsync(request, ControlHost.Cancel);
            Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
            var last = (await answer.Content.ReadAsStringAsync(ControlHost.Cancel)).Split("\n\n", StringSplitOptions.RemoveEmptyEntries)[^1].Split('\n');
            Assert.Equal(["event: " + name, "data: "], [last[0], last[1][..6]]);
            return last[1][6..];
        }
    }

    [Theory]
    [InlineData("""{"tiles":[]}""", "name")]
    [InlineData("""{"name":" "}""", "name")]
    [InlineData("""{"name":"a\u0007b"}""", "name")]
    [InlineData("""{"name":"x","refreshSeconds":1}""", "refreshSeconds")]
    [InlineData("""{"name":"x","refreshSeconds":"1"}""", "refreshSeconds")]
    [InlineData("""{"name":"x","range":{"last":0,"unit":"day"}}""", "range.last")]
    [InlineData("""{"name":"x","filters":[{"property":"","operator":"is_set"}]}""", "filters[0].property")]
    [InlineData("""{"name":"x","colour":"red"}""", "colour")]
    [InlineData("""{"name":"x","tiles":[{"title":"t","query":{"kind":"trends","series":[],"range":{"last":7,"unit":"day"}},"x":0,"y":0,"width":6,"height":4}]}""", "tiles[0].query.series")]
    [InlineData("""{"name":"x","tiles":[{"title":"t","query":{"kind":"trends","series":[{}],"range":{"last":7,"unit":"day"},"breakdown":{"property":"cohort.9"}},"x":0,"y":0,"width":6,"height":4}]}""", "tiles[0].query.breakdown.property")]
    [InlineData("""{"name":"x","tiles":[{"title":"t","query":{"kind":"trends","series":[{}],"range":{"last":7,"unit":"day"}},"x":7,"y":0,"width":6,"height":4}]}""", "tiles[0].x")]
    [InlineData("""{"name":"x","tiles":[{"title":"t","query":{"kind":"trends","series":[{}],"range":{"last":7,"unit":"day"}},"x":0,"y":0,"width":13,"height":0}]}""", "tiles[0].width,tiles[0].height")]
    [InlineData("""{"name":"x","tiles":[{"id":4,"title":"t","query":{"kind":"trends","series":[{}],"range":{"last":7,"unit":"day"}},"x":0,"y":0,"width":6,"height":4}]}""", "tiles[0].id")]
    [InlineData("""{"name":"x","tiles":[{"title":"t","query":{"kind":"trends","series":[{}],"range":{"last":7,"unit":"day"}},"x":0,"y":0,"width":6,"height":4},{"title":"t","query":{"kind":"trends","series":[{}],"range":{"last":7,"unit":"day"}},"x":5,"y":3,"width":6,"height":4}]}""", "tiles[1]")]
    [InlineData("""{"name":"x","tiles":[{"title":"t","query":{"kind":"web","range":{"last":7,"unit":"day"}},"figure":"sessions","x":0,"y":0,"width":6,"height":4}]}""", "tiles[0].figure")]
    [InlineData("""{"name":"x","tiles":[{"title":"t","query":{"kind":"trends","series":[{}],"range":{"last":7,"unit":"day"}},"figure":"visits","x":0,"y":0,"width":6,"height":4}]}""", "tiles[0].figure")]
    public async Task What_is_wrong_with_a_dashboard_is_named(string json, string fields)
    {
        await using var host = await StartAsync();
        var refused = await host.SendAsync(HttpMethod.Post, "", json);
        Assert.True(refused.Status == 400, refused.Body.ToString());
        Assert.Equal(fields, string.Join(',', refused.Body.GetProperty("errors").EnumerateObject().Select(static e => e.Name)));
    }

    [Fact]
    public async Task Dashboards_tiles_and_bytes_are_bounded()
    {
        await using var host = await StartAsync("--Headroom:Dashboards:MaxDashboards=1", "--Headroom:Dashboards:MaxShares=1", "--Headroom:Dashboards:MaxDashboardBytes=20000");
        var id = await host.CreateAsync();
        Assert.Contains("MaxDashboards", (await host.SendAsync(HttpMethod.Post, "", """{"name":"More"}""")).Body.ToString(), StringComparison.Ordinal);
        Assert.Equal(400, (await host.SendAsync(HttpMethod.Post, $"/{id}/duplicate")).Status);
        await host.SendAsync(HttpMethod.Delete, $"/{id}");
        id = await host.CreateAsync("In the place of the deleted one");
        await host.ShareAsync(id);
        Assert.Contains("MaxShares", (await host.SendAsync(HttpMethod.Post, $"/{id}/shares", """{"name":"More"}""")).Body.ToString(), StringComparison.Ordinal);
        const string Small = """{"kind":"paths","range":{"last":7,"unit":"day"}}""";
        var many = string.Join(',', Enumerable.Range(0, 51).Select(i => Tile(0, i * 4, Small)));
        Assert.Equal("tiles", (await host.SendAsync(HttpMethod.Patch, $"/{id}", $$"""{"tiles":[{{many}}]}""", ifMatch: "\"1\"")).Body.GetProperty("errors").EnumerateObject().Single().Name);
        var large = new string('x', 20_000);
        Assert.Equal(413, (await host.SendAsync(HttpMethod.Patch, $"/{id}", $$"""{"description":"{{large}}"}""", ifMatch: "\"1\"")).Status);
    }

    [Fact]
    public async Task A_link_opens_its_dashboards_tiles_and_nothing_else()
    {
        await using var host = await StartAsync();
        var id = await host.CreateAsync(tiles: Tile());
        var fixedRange = await host.ShareAsync(id);
        var choice = await host.ShareAsync(id, ""","chooseRange":true""");
        var opened = await host.AskAsync($"/api/shared/{fixedRange}");
        Assert.Equal((200, "Team", 0, 1), (opened.Status, opened.Body.GetProperty("name").GetString(), opened.Body.GetProperty("ranges").GetArrayLength(), opened.Body.GetProperty("tiles").GetArrayLength()));
        Assert.DoesNotContain("query", opened.Body.GetRawText(), StringComparison.Ordinal);

        var tile = await host.AskAsync($"/api/shared/{fixedRange}/tiles/1");
        var known = await host.SendAsync(HttpMethod.Get, $"/{id}/tiles/1");

        // Not sent again to who has it; the question is part of it.
        foreach (var (path, key, tag) in new[] { ($"/api/shared/{fixedRange}/tiles/1", null, tile.Tag), ($"/api/projects/1/dashboards/{id}/tiles/1", host.ReadKey, known.Tag) })
        {
            Assert.StartsWith("W/", tag, StringComparison.Ordinal);
            var again = await host.AskAsync(path, key, ifNoneMatch: tag);
            Assert.Equal((304, tag), (again.Status, again.Tag));
            Assert.Equal(200, (await host.AskAsync(path + (key is null ? "" : "?last=3&unit=day"), key, ifNoneMatch: key is null ? "W/\"other\"" : tag)).Status);
        }

        Assert.Equal(200, tile.Status);
        Assert.Equal(known.Body.GetProperty("result").GetProperty("series").GetRawText(), tile.Body.GetProperty("result").GetProperty("series").GetRawText());
        Assert.Contains("boss@example.com", known.Body.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain("boss@example.com", tile.Body.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain("secret-plan", tile.Body.GetRawText(), StringComparison.Ordinal);

        Assert.Equal(404, (await host.AskAsync($"/api/shared/{fixedRange}/tiles/2")).Status);
        Assert.Equal(400, (await host.AskAsync($"/api/shared/{fixedRange}/tiles/1?last=7&unit=day")).Status);
        Assert.Equal(200, (await host.AskAsync($"/api/shared/{choice}/tiles/1?last=7&unit=day")).Status);
        Assert.Equal(400, (await host.AskAsync($"/api/shared/{choice}/tiles/1?last=8&unit=day")).Status);
        foreach (var ignored in (string[])["?filters=[]", "?from=2020-01-01&to=2026-12-31"])
        {
            Assert.Equal(tile.Body.GetProperty("query").GetRawText(), (await host.AskAsync($"/api/shared/{fixedRange}/tiles/1{ignored}")).Body.GetProperty("query").GetRawText());
        }

        // The token is no key to anything else.
        Assert.Equal(401, (await host.AskAsync($"/api/projects/1/dashboards/{id}", fixedRange)).Status);
        Assert.Equal(401, (await host.AskAsync("/api/projects/1/query", fixedRange, HttpMethod.Post, Views)).Status);
    }

    [Fact]
    public async Task A_link_is_shown_once_and_ends_when_it_is_revoked()
    {
        await using var host = await StartAsync();
        var id = await host.CreateAsync(tiles: Tile());
        var token = await host.ShareAsync(id);
        var listed = (await host.SendAsync(HttpMethod.Get, $"/{id}/shares")).Body;
        Assert.DoesNotContain(token, listed.GetRawText(), StringComparison.Ordinal);
        Assert.StartsWith(listed[0].GetProperty("prefix").GetString()!, token, StringComparison.Ordinal);
        Assert.Equal(204, (await host.SendAsync(HttpMethod.Delete, $"/{id}/shares/{listed[0].GetProperty("id").GetInt32()}")).Status);
        Assert.Equal(404, (await host.AskAsync($"/api/shared/{token}")).Status);
        Assert.Equal(404, (await host.AskAsync($"/api/shared/{token}/tiles/1")).Status);
        foreach (var wrong in (string[])["x", "hrs_" + new string('a', 40), token.ToUpperInvariant()])
        {
            Assert.Equal(404, (await host.AskAsync($"/api/shared/{wrong}")).Status);
        }
    }

    [Fact]
    public async Task A_link_that_has_a_time_ends_as_though_it_had_never_been()
    {
        await using var host = await StartAsync();
        var id = await host.CreateAsync(tiles: Tile());
        var unknown = (await host.AskAsync("/api/shared/hrs_" + new string('a', 40))).Body.GetProperty("detail").GetString();
        var token = await host.ShareAsync(id, ""","days":7,"embedOrigins":["https://intranet.example"]""");
        await host.ShareAsync(id);
        var listed = (await host.SendAsync(HttpMethod.Get, $"/{id}/shares")).Body;
        Assert.Equal(listed[0].GetProperty("createdAt").GetDateTimeOffset().AddDays(7), listed[0].GetProperty("expiresAt").GetDateTimeOffset());
        Assert.Equal(JsonValueKind.Null, listed[1].GetProperty("expiresAt").ValueKind);
        Assert.Equal(200, (await host.AskAsync($"/api/shared/{token}")).Status);

        await host.ExpireAsync(listed[0].GetProperty("id").GetInt32());

        foreach (var path in (string[])[$"/api/shared/{token}", $"/api/shared/{token}/tiles/1"])
        {
            var answer = await host.AskAsync(path);
            Assert.Equal((404, unknown), (answer.Status, answer.Body.GetProperty("detail").GetString()));
        }

        Assert.Equal(2, (await host.SendAsync(HttpMethod.Get, $"/{id}/shares")).Body.GetArrayLength());
    }

    [Theory]
    [InlineData("""{"embedOrigins":["https://a.example"]}""", "name")]
    [InlineData("""{"name":"x","embedOrigins":["https://a.example; script-src *"]}""", "embedOrigins[0]")]
    [InlineData("""{"name":"x","embedOrigins":["https://a.example","*"]}""", "embedOrigins[1]")]
    [InlineData("""{"name":"x","embedOrigins":["https://*.com"]}""", "embedOrigins[0]")]
    [InlineData("""{"name":"x","embedOrigins":["https://a.example/page"]}""", "embedOrigins[0]")]
    [InlineData("""{"name":"x","embedOrigins":["javascript://a.example"]}""", "embedOrigins[0]")]
    [InlineData("""{"name":"x","chooseRange":1}""", "chooseRange")]
    [InlineData("""{"name":"x","days":0}""", "days")]
    [InlineData("""{"name":"x","days":3651}""", "days")]
    [InlineData("""{"name":"x","days":1.5}""", "days")]
    public async Task What_is_wrong_with_a_link_is_named(string json, string field)
    {
        await using var host = await StartAsync();
        var id = await host.CreateAsync();
        var refused = await host.SendAsync(HttpMethod.Post, $"/{id}/shares", json);
        Assert.Equal((400, field), (refused.Status, refused.Body.GetProperty("errors").EnumerateObject().Single().Name));
    }

    [Fact]
    public async Task Only_the_page_of_a_link_is_framed_and_only_by_the_sites_that_it_names()
    {
        await using var host = await StartAsync();
        var id = await host.CreateAsync();
        var open = await host.ShareAsync(id, ""","embedOrigins":["https://intranet.example","https://*.example.com:8443"]""");
        var closed = await host.ShareAsync(id);
        Assert.Equal("frame-ancestors https://intranet.example https://*.example.com:8443", await FrameAncestorsAsync($"/embed/{open}"));
        foreach (var path in (string[])[$"/shared/{open}", $"/embed/{closed}", "/embed/hrs_unknown", "/", "/projects/1/dashboards", $"/embed/{open}/more", $"/api/shared/{open}"])
        {
            Assert.Equal((path, "frame-ancestors 'none'"), (path, await FrameAncestorsAsync(path)));
        }

        async Task<string> FrameAncestorsAsync(string path)
        {
            using var answer = await host.Http.GetAsync(new Uri(path, UriKind.Relative), ControlHost.Cancel);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            if (path.StartsWith("/embed/", StringComparison.Ordinal) && !path.EndsWith("more", StringComparison.Ordinal))
            {
                Assert.Equal("no-referrer", answer.Headers.GetValues("Referrer-Policy").Single());
            }

            return answer.Headers.GetValues("Content-Security-Policy").Single().Split(';', StringSplitOptions.TrimEntries).Single(static p => p.StartsWith("frame-ancestors", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Who_tries_links_is_soon_told_to_wait()
    {
        await using var host = await StartAsync("--Headroom:RateLimits:SharedRequestsPerSecond=1", "--Headroom:RateLimits:SharedBurst=3");
        var statuses = new List<int>();
        for (var i = 0; i < 6; i++)
        {
            statuses.Add((await host.AskAsync($"/api/shared/hrs_{new string((char)('a' + i), 40)}")).Status);
        }

        Assert.Equal([404, 404, 404], statuses.Take(3));
        Assert.Contains(429, statuses);
    }
}
