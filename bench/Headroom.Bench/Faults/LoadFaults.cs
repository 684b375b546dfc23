using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Headroom.Bench.Faults;

/// <summary>Events of one project that a store could choke on. Other projects must not notice.</summary>
internal abstract class FloodFault : Fault
{
    private const string EventName = "flood";
    private long _acknowledged;

    public override Telling While => Telling.Either;

    public override bool StrikesAll => false;

    /// <summary>It is over when all of it is acknowledged, which another fault may not let happen before that one is lifted.</summary>
    public override bool Pairs => false;

    public override TimeSpan Lasts(Random random) => TimeSpan.FromMilliseconds(500);

    /// <summary>Requests to be sent, and the events in each.</summary>
    protected abstract (int Requests, int Events) Size(bool quick);

    protected abstract string Event(int request, int number, Guid uuid);

    public override async Task InjectAsync(Trial trial)
    {
        var (requests, events) = Size(trial.IsQuick);
        using var http = trial.Server.NewClient(TimeSpan.FromSeconds(60));
        for (var i = 0; i < requests; i++)
        {
            var body = new StringBuilder($$"""{"api_key":"{{trial.Project.WriteKey}}","batch":[""");
            for (var j = 0; j < events; j++)
            {
                body.Append(j == 0 ? "" : ",").Append(Event(i, j, Guid.CreateVersion7()));
            }

            await SendAsync(http, body.Append("]}").ToString());
            _acknowledged += events;
        }

        trial.Note(string.Create(CultureInfo.InvariantCulture, $"{_acknowledged:#,0} events"));
    }

    public override async Task JudgeAsync(Trial trial)
    {
        var row = (await trial.Server.SqlAsync(trial.Project, $"SELECT count(*), count(DISTINCT uuid) FROM events WHERE event = '{EventName}'"))[0]!;
        if ((long)row[0]! != _acknowledged || (long)row[1]! != _acknowledged)
        {
            trial.Find(Question.Events, $"of {_acknowledged} events there are {row[0]}, {row[1]} of them different");
        }
    }

    protected static string Event(string distinctId, string properties, Guid uuid) =>
        $$$"""{"event":"{{{EventName}}}","uuid":"{{{uuid}}}","distinct_id":"{{{distinctId}}}","properties":{ {{{properties}}} }}""";

    /// <summary>Until it is acknowledged, as an SDK does.</summary>
    private static async Task SendAsync(HttpClient http, string body)
    {
        while (true)
        {
            using var content = new StringContent(body, Encoding.UTF8, "application/json");
            try
            {
                using var answer = await http.PostAsync(new Uri("/batch/", UriKind.Relative), content);
                if (answer.StatusCode == HttpStatusCode.OK)
                {
                    return;
                }

                if (answer.StatusCode != HttpStatusCode.ServiceUnavailable)
                {
                    throw new InvalidOperationException($"A flood was answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
                }
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
            {
                // Sent again below.
            }

            await Task.Delay(500);
        }
    }
}

internal sealed class PropertyFloodFault : FloodFault
{
    private const int PropertiesEach = 500;

    public override string Name => "100,000 property names";

    public override string Does => "one project sends events with 100,000 distinct property names";

    protected override (int Requests, int Events) Size(bool quick) => (quick ? 2 : 20, 10);

    protected override string Event(int request, int number, Guid uuid) => Event(
        "flooder",
        string.Join(',', Enumerable.Range(0, PropertiesEach).Select(p => string.Create(CultureInfo.InvariantCulture, $"\"property {((request * 10) + number) * PropertiesEach + p}\":{p}"))),
        uuid);
}

internal sealed class EventFloodFault : FloodFault
{
    public override string Name => "one event a million times";

    public override string Does => "one project sends a million events of one name, of 250,000 persons, as fast as it can";

    protected override (int Requests, int Events) Size(bool quick) => (quick ? 50 : 500, 2000);

    protected override string Event(int request, int number, Guid uuid) =>
        Event(string.Create(CultureInfo.InvariantCulture, $"flooder {((request * 2000) + number) % 250_000}"), "", uuid);
}

internal sealed class PersonFloodFault : FloodFault
{
    public override string Name => "one person with a million events";

    public override string Does => "one project sends a million events of one person, each setting a property of the person, as fast as it can";

    protected override (int Requests, int Events) Size(bool quick) => (quick ? 50 : 500, 2000);

    protected override string Event(int request, int number, Guid uuid) =>
        Event("flooder", string.Create(CultureInfo.InvariantCulture, $"\"amount\":{number},\"$set\":{{\"last\":{number}}}"), uuid);
}

/// <summary>Queries that need more memory than they are given: a readable refusal each, and nobody else waits for long.</summary>
internal sealed class HungryQueriesFault : Fault
{
    private static readonly string[] s_statements =
    [
        "SELECT list(a.uuid || b.uuid) FROM events a, events b, events c",
        "SELECT a.uuid, b.uuid, c.uuid FROM events a, events b, events c ORDER BY md5(a.uuid::text || b.uuid::text || c.uuid::text) LIMIT 100000",
        "SELECT count(DISTINCT a.uuid::text || b.uuid::text || c.i) FROM events a, events b, range(1000) c(i)",
        "SELECT string_agg(repeat(event, 1000000), '') FROM events",
    ];

    public override string Name => "queries larger than memory";

    public override string Does => "one project asks, again and again and several at once, for what needs more memory than queries may take (128 MiB)";

    public override Telling While => Telling.Ready;

    public override bool StrikesAll => false;

    public override IEnumerable<(string Name, string Value)> Environment(Means means) =>
        [("Headroom__Store__QueryMemoryMegabytes", "128"), ("Headroom__Store__QuerySpillMegabytes", "256"), ("Headroom__Insights__TimeoutSeconds", "8")];

    public override async Task InjectAsync(Trial trial)
    {
        var asking = Enumerable.Range(0, trial.IsQuick ? 4 : 12).Select(i => AskAsync(trial, s_statements[i % s_statements.Length]));
        var said = await Task.WhenAll(asking);
        trial.Note(string.Join(", ", said.GroupBy(static s => s).Select(static g => string.Create(CultureInfo.InvariantCulture, $"{g.Key} × {g.Count()}"))));
    }

    private static async Task<string> AskAsync(Trial trial, string sql)
    {
        using var request = LabServer.Request(trial.Project, HttpMethod.Post, "sql", new JsonObject { ["sql"] = sql });
        using var answer = await trial.Server.Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        if (answer.IsSuccessStatusCode || (int)answer.StatusCode is 422 or 503 or 400)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{(int)answer.StatusCode} {JsonNode.Parse(text)?["bound"]}").Trim();
        }

        trial.Find(Question.Others, $"a query for too much was answered {(int)answer.StatusCode}: {text}");
        return "another answer";
    }
}
