using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Headroom.Bench.Scenarios;

/// <summary>
/// How long questions over a month of events take through the HTTP API, one at a time. The hours of the month are
/// imported in a shuffled order, as files of many sources are, so that every segment spans most of the month.
/// </summary>
internal static class Query
{
    private const int Days = 30;
    private const double LookupAim = 200;
    private static readonly TimeSpan s_quiet = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_settle = TimeSpan.FromMinutes(3);

    public static async Task RunAsync(Settings settings, Report report)
    {
        var events = (int)(settings.Events ?? (settings.Quick ? 200_000 : 2_000_000));
        var times = settings.Quick ? 5 : 20;
        var directory = ServerProcess.NewDirectory();
        try
        {
            var project = await ServerProcess.AddProjectAsync("bench", directory);
            await using var server = await ServerProcess.StartAsync(directory);
            await ImportAsync(server, project, events);
            await server.DrainAsync(project, s_settle);
            var settled = await server.SettleAsync(s_quiet, s_settle);
            report.Add("events", (await server.LedgerAsync(project)).Stored, "");
            report.AddAtMost("segment files when quiet", settled.Files, "files", 50);
            report.Add("on disk", settled.Bytes / 1e6, "MB");

            await AskAsync("count by day", """{"series":[{}]}""");
            await AskAsync("count by hour, one event", """{"series":[{"event":"order placed"}],"interval":"hour"}""");
            await AskAsync("unique persons by day", """{"series":[{"math":"unique_persons"}]}""");
            await AskAsync("sum and p95 of numbers by day", """{"series":[{"math":"sum","property":"amount"},{"math":"p95","property":"duration_ms"}]}""");
            await AskAsync("count by day, broken down", """{"series":[{}],"breakdown":{"property":"country","limit":10}}""");
            await AskAsync("unique persons by day, broken down", """{"series":[{"math":"unique_persons"}],"breakdown":{"property":"country","limit":10}}""");
            await AskAsync("p95 by day, broken down", """{"series":[{"math":"p95","property":"duration_ms"}],"breakdown":{"property":"endpoint","limit":10}}""");
            await AskAsync("count by day, broken down by one value for each event", """{"series":[{}],"breakdown":{"property":"order_id","limit":10}}""");
            await AskAsync("count by day, filtered", """{"series":[{}],"filters":[{"property":"plan","operator":"is","values":["pro"]},{"property":"amount","operator":"greater_than","values":[500]}]}""");
            await AskAsync("count by day, filtered by a pattern", """{"series":[{}],"filters":[{"property":"endpoint","operator":"matches","values":["^/api/(cart|orders)$"]}]}""");

            var newest = await server.GetAsync(project, "events?limit=50") ?? throw new InvalidOperationException("The events are not there.");
            var cursor = (string)newest["next"]!;
            await GetAsync("newest 50 events", "events?limit=50", LookupAim);
            await GetAsync("the next 50 events", "events?limit=50&cursor=" + cursor, LookupAim);
            await GetAsync("newest 50 events of one name", "events?limit=50&event=signed%20in", LookupAim);
            await GetAsync("newest 50 events, filtered to none", "events?limit=50&filters=" + Uri.EscapeDataString("""[{"property":"plan","operator":"is","values":["none"]}]"""), null);
            var old = await server.GetAsync(project, string.Create(CultureInfo.InvariantCulture, $"events?limit=1&to={TimeProvider.System.GetUtcNow().AddDays(-Days / 2):yyyy-MM-dd}"));
            await GetAsync("one new event by uuid", "events/" + (string)newest["events"]![0]!["uuid"]!, LookupAim);
            await GetAsync("one event of the middle by uuid", "events/" + (string)old!["events"]![0]!["uuid"]!, LookupAim);
            await GetAsync("a uuid that is not there", "events/00000000-0000-4000-8000-000000000000", LookupAim);
            await GetAsync("names of events", "definitions/events", null);
            await GetAsync("values of a property", "definitions/properties/values?property=country", null);
            report.Note("Names and values are kept by the server for a while; their slowest is the first.");

            Task AskAsync(string name, string query)
            {
                var full = JsonNode.Parse(query)!.AsObject();
                full["kind"] = "trends";
                full["interval"] ??= "day";
                full["range"] = new JsonObject { ["last"] = Days, ["unit"] = "day" };
                return MeasureAsync(name, null, () => server.QueryAsync(project, full));
            }

            Task GetAsync(string name, string path, double? aim) => MeasureAsync(name, aim, async () => await server.GetAsync(project, path));

            async Task MeasureAsync(string name, double? aim, Func<Task> ask)
            {
                var took = new List<double>(times);
                for (var i = 0; i < times; i++)
                {
                    var start = Stopwatch.GetTimestamp();
                    await ask();
                    took.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                }

                if (aim is { } most)
                {
                    report.AddAtMost($"{name}: p50", Feeding.Percentile(took, 50), "ms", most);
                }
                else
                {
                    report.Add($"{name}: p50", Feeding.Percentile(took, 50), "ms");
                }

                report.Add($"{name}: slowest", took.Max(), "ms");
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task ImportAsync(ServerProcess server, BenchProject project, int events)
    {
        var hours = Enumerable.Range(0, Days * 24).ToArray();
        var random = new Randomness(11);
        for (var i = hours.Length - 1; i > 0; i--)
        {
            var other = random.Next(i + 1);
            (hours[i], hours[other]) = (hours[other], hours[i]);
        }

        var lines = Path.Combine(server.Directory, "events.ndjson");
        var now = TimeProvider.System.GetUtcNow();
        var shape = EventShape.Server();
        await using (var file = File.Create(lines))
        {
            foreach (var hour in hours)
            {
                shape.WriteLines(file, Math.Max(1, events / hours.Length), now.AddHours(-hour));
            }
        }

        var (exitCode, output) = await ServerProcess.RunAsync(["import", lines, "--project", project.Id, "--data", server.Directory, "--url", server.Address, "--no-checkpoint"]);
        if (exitCode != 0)
        {
            throw new InvalidOperationException($"import ended with {exitCode}:\n{output}");
        }

        File.Delete(lines);
    }
}
