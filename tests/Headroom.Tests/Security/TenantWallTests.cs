using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Headroom.App.Shared;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Headroom.Tests.Security;

/// <summary>
/// What belongs to one project is out of reach by way of another, also for the operator, who may see both: it is the address of the
/// project that decides, not luck with roles. Every address that names a part of a project is tried with a part of another one.
/// </summary>
public sealed class TenantWallTests
{
    private const string Mine = "/api/projects/1";
    private const string Theirs = "/api/projects/2";

    [Fact]
    public async Task No_part_of_a_project_is_read_changed_or_removed_through_another()
    {
        await using var server = await SecuredServer.StartAsync();
        await server.SetUpAsync();
        await server.DoAsync(HttpMethod.Post, "/api/projects", new { name = "Mine" });
        var parts = await MakePartsAsync(server);
        var before = await StateAsync(server);

        var routes = server.App.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.RoutePattern.RawText!.StartsWith("/api/projects/{project}/", StringComparison.Ordinal) && endpoint.RoutePattern.Parameters.Count > 1)
            .Select(endpoint => (Method: endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods[0], Route: endpoint.RoutePattern.RawText!["/api/projects/{project}".Length..].TrimEnd('/')))
            .ToList();
        var wrong = new List<string>();
        foreach (var (method, route) in routes)
        {
            var part = parts[route.Split('/')[1]];
            var path = part.Aggregate(route, static (path, value) => path.Replace(value.Key, value.Value, StringComparison.Ordinal));
            Assert.DoesNotContain("{", path, StringComparison.Ordinal);

            // The same address in its own project is there, or the test would prove nothing.
            if (method == "GET" && (await server.SendAsync(HttpMethod.Get, Theirs + path)).Status != 200)
            {
                wrong.Add($"{method} {path} is not there in its own project");
            }

            var body = method is not ("PATCH" or "POST") ? null
                : route.StartsWith("/members", StringComparison.Ordinal) ? """{"role":"viewer"}"""
                : route.StartsWith("/annotations", StringComparison.Ordinal) ? """{"text":"taken"}"""
                : """{"name":"taken"}""";
            var (status, answer) = await server.SendAsync(new HttpMethod(method), Mine + path, body);
            if (status != 404)
            {
                wrong.Add($"{method} {path}: {status} {answer?.ToJsonString()}");
            }
        }

        Assert.Empty(wrong);
        Assert.True(routes.Count > 20);
        Assert.Equal(before, await StateAsync(server));
    }

    [Fact]
    public async Task Questions_to_one_project_are_answered_from_its_own_data()
    {
        await using var server = await SecuredServer.StartAsync();
        await server.SetUpAsync();
        var mine = await server.DoAsync(HttpMethod.Post, "/api/projects", new { name = "Mine" });
        var parts = await MakePartsAsync(server);

        foreach (var path in (string[])["/events", "/persons?search=hidden", "/definitions/events", "/definitions/properties/values?property=secret", "/problems"])
        {
            var (status, answer) = await server.SendAsync(HttpMethod.Get, Mine + path);
            Assert.Equal(200, status);
            Assert.DoesNotContain("hidden", answer!.ToJsonString(), StringComparison.Ordinal);
        }

        Assert.Single((await server.DoAsync(HttpMethod.Get, Theirs + "/persons/events?distinctId=hidden-1"))["events"]!.AsArray());
        Assert.Equal(404, (await server.SendAsync(HttpMethod.Get, Mine + "/persons/events?distinctId=hidden-1")).Status);

        var cohort = parts["cohorts"]["{id:int}"];
        var asked = $$$"""{"kind":"trends","series":[{"math":"total"}],"filters":[{"property":"cohort.{{{cohort}}}","operator":"is","values":[true]}],"range":{"last":2,"unit":"day"},"interval":"day"}""";
        Assert.Equal(200, (await server.SendAsync(HttpMethod.Post, Theirs + "/query", asked)).Status);
        Assert.Equal(400, (await server.SendAsync(HttpMethod.Post, Mine + "/query", asked)).Status);

        var sql = await server.DoAsync(HttpMethod.Post, Mine + "/sql", new { sql = "SELECT count(*) FROM events" });
        Assert.Equal("[[0]]", sql["rows"]!.ToJsonString());

        // A write key writes to its own project, whatever else the request names.
        await server.DoAsync(HttpMethod.Post, "/batch/", $$$"""{"api_key":"{{{(string)mine["writeKey"]!}}}","project":2,"project_id":2,"batch":[{"event":"mine","distinct_id":"u","properties":{"project_id":2} }]}""");
        await server.UntilAsync(Mine + "/ledger", ledger => (int)ledger["stored"]! == 1);
        Assert.Equal(2, (int)(await server.DoAsync(HttpMethod.Get, Theirs + "/ledger"))["stored"]!);
    }

    /// <summary>Makes the second project with one of everything; what stands in addresses for each kind of part.</summary>
    private static async Task<Dictionary<string, Dictionary<string, string>>> MakePartsAsync(SecuredServer server)
    {
        var made = await server.DoAsync(HttpMethod.Post, "/api/projects", new { name = "Theirs" });
        await server.DoAsync(HttpMethod.Post, "/batch/", $$$"""
            {"api_key":"{{{(string)made["writeKey"]!}}}","batch":[
              {"event":"hidden","distinct_id":"hidden-1","properties":{"secret":"hidden","$set":{"email":"hidden@example.com"} } },
              {"event":"hidden","distinct_id":"hidden-2","properties":{"$set":{"email":"gone@example.com"} } }]}
            """);
        await server.UntilAsync(Theirs + "/ledger", ledger => (int)ledger["stored"]! == 2);
        var persons = (await server.DoAsync(HttpMethod.Get, Theirs + "/persons"))["persons"]!.AsArray();
        var gone = persons.Single(one => one!.ToJsonString().Contains("hidden-2", StringComparison.Ordinal))!;
        var stays = persons.Single(one => one!.ToJsonString().Contains("hidden-1", StringComparison.Ordinal))!;
        var events = (await server.DoAsync(HttpMethod.Get, Theirs + "/events"))["events"]!.AsArray();
        var receipt = await server.DoAsync(HttpMethod.Delete, $"{Theirs}/persons/{gone["uuid"]}");
        await server.UntilAsync($"{Theirs}/deletions/{receipt["id"]}", static one => (string)one["state"]! == "done");
        var key = await server.DoAsync(HttpMethod.Post, Theirs + "/keys", new { kind = "read", name = "Theirs" });
        var member = await server.DoAsync(HttpMethod.Post, Theirs + "/invitations", new { email = "grace@example.com", role = "editor" });
        using var accepted = await server.Http.PostAsJsonAsync(
            new Uri($"/api/invitations/{member["token"]}", UriKind.Relative), new { name = "Grace", password = "long enough" }, SecuredServer.Cancel);
        Assert.Equal(200, (int)accepted.StatusCode);
        var grace = (await server.DoAsync(HttpMethod.Get, Theirs + "/members")).AsArray().Single(one => !(bool)one!["operator"]!)!;
        var invitation = await server.DoAsync(HttpMethod.Post, Theirs + "/invitations", new { email = "eve@example.com", role = "editor" });
        var cohort = await server.DoAsync(HttpMethod.Post, Theirs + "/cohorts", """{"name":"Theirs","condition":{"kind":"person","filters":[{"property":"person.email","operator":"is","values":["hidden@example.com"]}]}}""");
        var note = await server.DoAsync(HttpMethod.Post, Theirs + "/annotations", new { at = "2026-11-20T10:00:00Z", text = "Theirs" });
        var dashboard = await server.DoAsync(HttpMethod.Post, Theirs + "/dashboards", """
            {"name":"Theirs","tiles":[{"title":"All","x":0,"y":0,"width":6,"height":4,
              "query":{"kind":"trends","series":[{"math":"total"}],"range":{"last":2,"unit":"day"},"interval":"day"}}]}
            """);
        var share = await server.DoAsync(HttpMethod.Post, $"{Theirs}/dashboards/{dashboard["id"]}/shares", new { name = "Theirs" });
        var import = await server.DoAsync(HttpMethod.Post, Theirs + "/imports?name=a.ndjson&format=ndjson", "{\"event\":\"refused\"}");
        var imported = await server.DoAsync(HttpMethod.Get, Theirs + "/imports");

        return new()
        {
            ["events"] = new() { ["{uuid:guid}"] = (string)events.Single(one => (string)one!["distinctId"]! == "hidden-1")!["uuid"]! },
            ["persons"] = new() { ["{uuid:guid}"] = (string)stays["uuid"]! },
            ["deletions"] = new() { ["{id:guid}"] = (string)receipt["id"]! },
            ["keys"] = new() { ["{id:int}"] = key["id"]!.ToString() },
            ["members"] = new() { ["{id:int}"] = grace["id"]!.ToString() },
            ["invitations"] = new() { ["{id:int}"] = invitation["invitation"]!["id"]!.ToString() },
            ["cohorts"] = new() { ["{id:int}"] = cohort["id"]!.ToString() },
            ["annotations"] = new() { ["{id:int}"] = note["id"]!.ToString() },
            ["dashboards"] = new()
            {
                ["{id:int}"] = dashboard["id"]!.ToString(),
                ["{tile:int}"] = dashboard["tiles"]![0]!["id"]!.ToString(),
                ["{share:int}"] = (share["share"]?["id"] ?? share["id"])!.ToString(),
            },
            ["imports"] = new() { ["{id:guid}"] = (string)(import["id"] ?? imported["imports"]![0]!["id"])! },
        };
    }

    private static async Task<string> StateAsync(SecuredServer server)
    {
        var state = new JsonObject();
        foreach (var path in (string[])["", "/keys", "/members", "/invitations", "/annotations", "/dashboards", "/deletions", "/ledger", "/events"])
        {
            state[path] = await server.DoAsync(HttpMethod.Get, Theirs + path);
        }

        var cohorts = (await server.DoAsync(HttpMethod.Get, Theirs + "/cohorts")).AsArray();
        state["/cohorts"] = new JsonArray([.. cohorts.Select(one => (JsonNode)(string)one!["name"]!)]);
        return state.ToJsonString();
    }
}
