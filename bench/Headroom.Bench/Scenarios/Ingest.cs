using System.Text.Json.Nodes;

namespace Headroom.Bench.Scenarios;

/// <summary>From the SDK's request to the query result, as long as wanted: rate, lag, bytes on disk, and what growth costs.</summary>
internal static class Ingest
{
    // A server that lasts is measured: by then the compiler has seen the paths that are hot.
    private const long WarmUp = 100_000;

    // Compaction keeps up where queries open tens of files, however long the load has been.
    private const int MostFiles = 64;
    private static readonly TimeSpan s_quiet = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_settle = TimeSpan.FromMinutes(10);

    public static async Task RunAsync(Settings settings, Report report)
    {
        var events = settings.Events ?? (settings.Quick ? 300_000 : 2_000_000);
        await ShapeAsync(EventShape.Server(), events, 120_000, 60);
        await ShapeAsync(EventShape.Browser(), settings.Quick ? events / 3 : events, 50_000, 150);

        await Wide.RunAsync(settings, report);
        report.Note("Every rate is from the first request until the last event is in query results, with at most 100,000 events waiting.");

        async Task ShapeAsync(EventShape shape, long count, double rateAim, double sizeAim)
        {
            await using var server = await ServerProcess.StartAsync();
            var project = await server.AddProjectAsync("bench");
            await Feeding.RunAsync(server, project, shape, WarmUp);
            var processor = server.ProcessorTime;
            var fed = await Feeding.RunAsync(server, project, shape, count);
            processor = server.ProcessorTime - processor;
            report.AddAtLeast($"{shape.Name}: acknowledged until queryable", fed.EventsPerSecond, "events/s", rateAim);
            report.Add($"{shape.Name}: lag p50", Feeding.Percentile(fed.Lag, 50), "s");
            report.Add($"{shape.Name}: lag p99", Feeding.Percentile(fed.Lag, 99), "s");
            report.Add($"{shape.Name}: processor", processor.TotalMicroseconds / fed.Events, "µs/event");
            report.Add($"{shape.Name}: memory", server.ResidentBytes / 1e6, "MB");

            // Growth: the same number of events with little stored, and at the end with all of it.
            var part = Math.Min(500_000, fed.Events / 4);
            var first = Math.Min(100_000, part);
            var early = fed.Between(first, first + part);
            var late = fed.Between(fed.Events - part, fed.Events);
            report.AddAtLeast($"{shape.Name}: rate with {fed.Events + WarmUp:#,0} stored over rate with {first + WarmUp:#,0}", late / early, "", 0.9);

            await CheckAsync(server, project, fed.Events + WarmUp);
            var atEnd = server.Segments();
            var settled = await server.SettleAsync(settings.Quick ? TimeSpan.FromSeconds(3) : s_quiet, s_settle);
            report.AddAtMost($"{shape.Name}: segment files at the end", atEnd.Files, "files", MostFiles);
            report.Add($"{shape.Name}: segment files when quiet", settled.Files, "files");
            report.AddAtMost($"{shape.Name}: on disk, segments", settled.Bytes / (double)(fed.Events + WarmUp), "MB/million", sizeAim);
            report.Add($"{shape.Name}: on disk, with uuids of 48 h and the catalog", server.StoreBytes() / (double)(fed.Events + WarmUp), "MB/million");
        }
    }

    // The ledger says that all are stored; a query must count the same.
    private static async Task CheckAsync(ServerProcess server, BenchProject project, long expected)
    {
        var query = new JsonObject
        {
            ["kind"] = "trends",
            ["series"] = new JsonArray(new JsonObject { ["event"] = null, ["math"] = "total" }),
            ["range"] = new JsonObject { ["last"] = 2, ["unit"] = "day" },
            ["interval"] = "day",
        };
        var result = await server.QueryAsync(project, query);
        var counted = (long)(double)result["series"]![0]!["total"]!;
        if (counted != expected)
        {
            throw new InvalidOperationException($"The ledger says {expected} events, a query counts {counted}.");
        }
    }
}
