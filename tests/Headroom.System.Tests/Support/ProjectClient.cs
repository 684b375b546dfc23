using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace Headroom.System.Tests.Support;

internal sealed record Ledger(long Received, long Stored, long Duplicates, long Rejected, long Waiting);

/// <summary>One project as its owner sees it: through the HTTP API with the read key.</summary>
internal sealed class ProjectClient(HttpClient http, string id, string writeKey, string readKey)
{
    public string Id => id;

    public string WriteKey => writeKey;

    public string ReadKey => readKey;

    /// <summary>Sends events in PostHog's batch form; the status.</summary>
    public async Task<HttpStatusCode> SendAsync(JsonArray events, CancellationToken cancellationToken)
    {
        var body = new JsonObject { ["api_key"] = writeKey, ["batch"] = events };
        using var content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync(new Uri("/batch/", UriKind.Relative), content, cancellationToken);
        return answer.StatusCode;
    }

    public static JsonObject Event(Guid uuid, string name, string distinctId, JsonObject? properties = null, DateTimeOffset? timestamp = null)
    {
        var e = new JsonObject { ["uuid"] = uuid.ToString(), ["event"] = name, ["distinct_id"] = distinctId };
        if (properties is not null)
        {
            e["properties"] = properties;
        }

        if (timestamp is { } at)
        {
            e["timestamp"] = at.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
        }

        return e;
    }

    public async Task<Ledger> LedgerAsync()
    {
        var json = await GetAsync("ledger");
        return new Ledger((long)json["received"]!, (long)json["stored"]!, (long)json["duplicates"]!, (long)json["rejected"]!, (long)json["waiting"]!);
    }

    /// <summary>Waits until nothing waits; the ledger then, which must add up.</summary>
    public async Task<Ledger> DrainAsync(TimeSpan? deadline = null)
    {
        Ledger ledger = new(0, 0, 0, 0, 0);
        await Until.TrueAsync("nothing waits", async () => (ledger = await LedgerAsync()).Waiting == 0, deadline);
        Assert.Equal(ledger.Received, ledger.Stored + ledger.Duplicates + ledger.Rejected + ledger.Waiting);
        return ledger;
    }

    /// <summary>Waits until so many events are stored, or fails with those that are; then all of them, newest first.</summary>
    public async Task<IReadOnlyList<JsonNode>> StoredAsync(long expected, TimeSpan? deadline = null)
    {
        await Until.TrueAsync($"{expected} events are stored", async () => (await LedgerAsync()).Stored >= expected, deadline, async () =>
            $"There are: {string.Join(", ", (await EventsAsync()).GroupBy(e => (string)e["event"]!).Select(group => $"{group.Key} × {group.Count()}"))}.");
        await DrainAsync(deadline);
        return await EventsAsync();
    }

    /// <summary>All events, page by page, newest first.</summary>
    public async Task<IReadOnlyList<JsonNode>> EventsAsync(int pageSize = 200)
    {
        var events = new List<JsonNode>();
        string? cursor = null;
        do
        {
            var page = await GetAsync($"events?limit={pageSize}{(cursor is null ? "" : "&cursor=" + Uri.EscapeDataString(cursor))}");
            events.AddRange(page["events"]!.AsArray().Select(e => e!));
            cursor = (string?)page["next"];
        }
        while (cursor is not null);
        return events;
    }

    /// <summary>One event whole, or null.</summary>
    public async Task<JsonNode?> EventAsync(string uuid)
    {
        using var request = Request(HttpMethod.Get, $"events/{uuid}");
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.StatusCode == HttpStatusCode.NotFound ? null : await ReadAsync(answer);
    }

    /// <summary>One number of the last 30 days: a series' total.</summary>
    public async Task<double> TotalAsync(string? name, string math = "total", string? property = null)
    {
        var result = await QueryAsync(Trends(name, math, property));
        return (double)result["series"]![0]!["total"]!;
    }

    public async Task<IReadOnlyDictionary<string, double>> TotalsByAsync(string property, string? name)
    {
        var query = Trends(name, "total", null);
        query["breakdown"] = new JsonObject { ["property"] = property, ["limit"] = 25 };
        var result = await QueryAsync(query);
        return result["series"]!.AsArray().ToDictionary(one => (string?)one!["breakdown"] ?? "", one => (double)one!["total"]!);
    }

    public Task<JsonNode> QueryAsync(JsonObject query) => PostAsync("query", query);

    /// <summary>The rows of a statement.</summary>
    public async Task<JsonArray> SqlAsync(string sql) => (await PostAsync("sql", new JsonObject { ["sql"] = sql }))["rows"]!.AsArray();

    private async Task<JsonNode> PostAsync(string path, JsonObject body)
    {
        using var request = Request(HttpMethod.Post, path);
        request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return await ReadAsync(answer);
    }

    public async Task<JsonNode> GetAsync(string path)
    {
        using var request = Request(HttpMethod.Get, path);
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return await ReadAsync(answer);
    }

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => http.SendAsync(request, cancellationToken);

    public HttpRequestMessage Request(HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, $"/api/projects/{id}/{path}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", readKey);
        return request;
    }

    private static JsonObject Trends(string? name, string math, string? property) => new()
    {
        ["kind"] = "trends",
        ["series"] = new JsonArray(new JsonObject { ["event"] = name, ["math"] = math, ["property"] = property }),
        ["range"] = new JsonObject { ["last"] = 30, ["unit"] = "day" },
        ["interval"] = "day",
    };

    private static async Task<JsonNode> ReadAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, $"{answer.RequestMessage!.RequestUri} answered {(int)answer.StatusCode}: {text}");
        return JsonNode.Parse(text)!;
    }
}
