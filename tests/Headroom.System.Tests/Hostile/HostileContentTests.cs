using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Headroom.System.Tests.Support;
using Xunit;

namespace Headroom.System.Tests.Hostile;

/// <summary>Whatever strangers send and colleagues write is text in every view of the app, in Chromium, and nothing else.</summary>
public sealed class HostileContentTests
{
    /// <summary>In every payload, so that the views are known to have shown them.</summary>
    private const string Mark = "h0st1le";

    private static readonly string[] s_payloads =
    [
        $"{Mark}<img src=x onerror=window.__ran=1>",
        $"{Mark}\"'><script>window.__ran=1;alert(1)</script>",
        $"{Mark}<svg onload=window.__ran=1><script href=https://evil.example/x.js></script></svg>",
        $"{Mark}</title></style></textarea><iframe srcdoc='<script>parent.__ran=1</script>'></iframe>",
        $"javascript:window.__ran=1//{Mark}",
        $"{Mark}<a href=\"javascript:window.__ran=1\" style=background:url(https://evil.example/x)>x</a><base href=https://evil.example/>",
        $"{Mark}\u202e\u2066gnp.exe\u0000\u0007 ${{7*7}}{{{{constructor.constructor('window.__ran=1')()}}}}__proto__",
        $"{Mark}<meta http-equiv=refresh content='0;url=https://evil.example/'><form action=https://evil.example/>" + new string('W', 180),
    ];

    [Fact]
    public async Task No_view_runs_or_fetches_what_hostile_texts_ask_for()
    {
        await using var journey = await Journey.BeginAsync();
        var (server, added, owner) = (journey.Server, journey.Project, journey.Owner);
        var visible = new string([.. s_payloads[0].Where(static c => !char.IsControl(c))]);
        await owner.SendAsync(HttpMethod.Patch, "", new { name = visible });

        JsonArray events = [];
        for (var i = 0; i < 40; i++)
        {
            var one = s_payloads[i % s_payloads.Length];
            var next = s_payloads[(i + 1) % s_payloads.Length];
            events.Add(ProjectClient.Event(
                Guid.CreateVersion7(), i % 3 == 0 ? "$pageview" : one, $"{next} {i % 5}",
                new JsonObject
                {
                    [one] = next, ["hostile"] = one, ["number"] = i,
                    ["$current_url"] = i % 2 == 0 ? "javascript:window.__ran=1" : $"https://evil.example/{one}?utm_source={next}",
                    ["$pathname"] = "/" + one, ["$referrer"] = $"https://evil.example/{next}", ["$referring_domain"] = one, ["utm_source"] = next,
                    ["$browser"] = one, ["$os"] = next, ["$device_type"] = one, ["$geoip_country_code"] = "<b>", ["$session_id"] = $"{one}{i % 7}", ["$lib"] = one,
                    ["$set"] = new JsonObject { ["email"] = one, ["name"] = next, [one] = one, ["avatar"] = "https://evil.example/a.png" },
                },
                TimeProvider.System.GetUtcNow().AddMinutes(-i)));
        }

        Assert.Equal(HttpStatusCode.OK, await added.SendAsync(events, TestContext.Current.CancellationToken));
        using (var refused = await server.Http.PostAsJsonAsync(
            new Uri("/batch/", UriKind.Relative),
            new { api_key = added.WriteKey, batch = new[] { new { @event = s_payloads[0], properties = new Dictionary<string, string> { ["$lib"] = s_payloads[1], [s_payloads[2]] = s_payloads[3] } } } },
            TestContext.Current.CancellationToken))
        {
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        }

        await added.StoredAsync(40);
        await owner.SendAsync(HttpMethod.Post, "annotations", new { at = TimeProvider.System.GetUtcNow().AddMinutes(-10), text = s_payloads[1] });
        var condition = JsonNode.Parse("""{"kind":"person","filters":[{"property":"person.email","operator":"is_set","values":[]}]}""")!;
        await owner.SendAsync(HttpMethod.Post, "cohorts", new JsonObject { ["name"] = visible, ["condition"] = condition });
        await owner.SendAsync(HttpMethod.Patch, "definitions", new { kind = "event", names = new[] { s_payloads[1] }, description = s_payloads[2] });
        var dashboard = await owner.SendAsync(HttpMethod.Post, "dashboards", Dashboard(visible));
        var share = await owner.SendAsync(HttpMethod.Post, $"dashboards/{dashboard["id"]}/shares", new { name = visible });
        var invitation = await owner.SendAsync(HttpMethod.Post, "invitations", new { email = "<script>@evil.example", role = "viewer" });
        var persons = await added.GetAsync("persons");

        var answer = await Node.RunAsync("hostile.mjs", new JsonObject
        {
            ["host"] = server.Address,
            ["email"] = SignedIn.Email,
            ["password"] = SignedIn.Password,
            ["project"] = added.Id,
            ["mark"] = Mark,
            ["person"] = (string)persons["persons"]![0]!["uuid"]!,
            ["dashboard"] = dashboard["id"]!.DeepClone(),
            ["share"] = (string)share["token"]!,
            ["invitation"] = (string)invitation["token"]!,
            ["sql"] = $"SELECT event, distinct_id, hostile AS \"{s_payloads[0].Replace("\"", "\"\"", StringComparison.Ordinal)}\" FROM events",
        });

        Assert.Equal([], answer["problems"]!.AsArray().Select(static one => (string?)one));
        var shown = answer["found"]!.AsObject();
        foreach (var view in (string[])["home", "live", "persons", "cohorts", "data", "data?tab=properties", "settings", "dashboards", "events", "event", "person", "rows", "tiles", "trends", "funnel", "paths", "retention", "stickiness", "sessions", "shared", "invite"])
        {
            Assert.True((int?)shown[view.Split('?')[0]] > 0, $"{view} shows none of the hostile texts: {shown.ToJsonString()}");
        }

        Assert.Equal(8, (int)answer["ways"]!);

        // Put into the page as markup, it is noticed, and the policy keeps it from running.
        var control = string.Join('\n', answer["control"]!.AsArray().Select(static one => (string)one!));
        Assert.Contains("the policy stopped script-src-attr", control, StringComparison.Ordinal);
        Assert.Contains("IMG onerror=", control, StringComparison.Ordinal);
        Assert.Contains("A href=javascript:", control, StringComparison.Ordinal);
        Assert.DoesNotContain("a script set its flag", control, StringComparison.Ordinal);
    }

    private static JsonObject Dashboard(string name)
    {
        JsonArray tiles = [];
        Add("line", """{"kind":"trends","series":[{"math":"total"}],"breakdown":{"property":"hostile","limit":10},"interval":"hour"}""");
        Add("bar", """{"kind":"trends","series":[{"math":"total"}],"breakdown":{"property":"$browser","limit":10},"interval":"day"}""");
        Add("table", """{"kind":"trends","series":[{"math":"total"}],"breakdown":{"property":"hostile","limit":10},"interval":"day"}""");
        Add(null, $$$"""{"kind":"funnel","steps":[{"event":{{{Text(0)}}} },{"event":{{{Text(1)}}} }],"breakdown":{"property":"hostile","limit":5}}""");
        Add(null, """{"kind":"paths","include":["pages","events"],"steps":4,"edges":30}""");
        Add(null, $$$"""{"kind":"retention","start":{"event":{{{Text(0)}}} },"return":{"event":{{{Text(1)}}} },"interval":"day","intervals":3}""");
        Add(null, $$$"""{"kind":"stickiness","series":[{"event":{{{Text(2)}}} }],"interval":"day"}""");
        Add(null, """{"kind":"sessions","breakdown":{"property":"entry_page","limit":5},"interval":"day"}""");
        return new JsonObject { ["name"] = name, ["description"] = s_payloads[1], ["tiles"] = tiles };

        static string Text(int payload) => JsonValue.Create(s_payloads[payload]).ToJsonString();

        void Add(string? display, string query)
        {
            var asked = JsonNode.Parse(query)!.AsObject();
            asked["range"] = new JsonObject { ["last"] = 2, ["unit"] = "day" };
            var tile = new JsonObject { ["title"] = name, ["query"] = asked, ["x"] = tiles.Count % 2 * 6, ["y"] = tiles.Count / 2 * 4, ["width"] = 6, ["height"] = 4 };
            if (display is not null)
            {
                tile["display"] = display;
            }

            tiles.Add(tile);
        }
    }
}
