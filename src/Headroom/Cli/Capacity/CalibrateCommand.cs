using System.Buffers;
using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Headroom.App.Capacity;
using Headroom.App.Capacity.Planning;
using Headroom.Cli.Demo;
using Headroom.Cli.Importing;
using Spectre.Console;

namespace Headroom.Cli.Capacity;

/// <summary><c>headroom calibrate</c>: what this machine takes, measured with synthetic load in a scratch project, in about a minute.</summary>
internal static class CalibrateCommand
{
    private const int BatchEvents = 100;
    private const int Batches = 40;
    private const int StoredForQueries = 200_000;
    private static readonly int[] Senders = [1, 2, 4, 8, 16, 32];
    private static readonly int[] Askers = [1, 2, 4, 8];
    private const int LevelSeconds = 4;
    private const int MostLevelSeconds = 60;

    public static Command Build(Terminal terminal, TimeProvider time)
    {
        var data = CommandLine.DataOption();
        var seconds = new Option<int>("--seconds") { Description = "For how long each number of senders is measured; all of it takes some twelve times as long.", HelpName = "N", DefaultValueFactory = static _ => LevelSeconds };
        seconds.Validators.Add(static result =>
        {
            if (result.Tokens.Count > 0 && int.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out var value) && value is not (>= 1 and <= MostLevelSeconds))
            {
                result.AddError($"--seconds must be from 1 to {MostLevelSeconds}.");
            }
        });
        var json = CommandLine.JsonOption();
        var command = new Command("calibrate", """
            Measure what this machine takes, with synthetic events and queries in a second server beside the data directory.

            It takes about a minute and all processors, so choose a quiet time where a server runs on this machine.
            What it finds is kept in the data directory, where the running server reads it, and holds for this machine.
            σ and κ are those of the Universal Scalability Law over the number of senders: what only one can do at a
            time, and what more of them cost each other.
            """)
        { data, seconds, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var directory = parsed.GetValue(data)!;
            var level = TimeSpan.FromSeconds(parsed.GetValue(seconds));
            DataDirectory.RequireWhole(directory);
            Directory.CreateDirectory(directory);
            var report = await terminal.Ansi.Progress().Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn())
                .StartAsync(progress => RunAsync(directory, level, progress.AddTask("Calibrating", maxValue: Senders.Length + Askers.Length + 3), time, cancellationToken));
            CapacityReportFile.WriteCalibration(directory, report);
            if (parsed.GetValue(json))
            {
                terminal.WriteJson(report, PlanJson.Default.CalibrationReport);
            }
            else
            {
                Write(terminal.Out, report);
            }

            return CommandLine.Done;
        });
        return command;
    }

    /// <param name="level">For how long each number of senders is measured; the rest in proportion.</param>
    private static async Task<CalibrationReport> RunAsync(string directory, TimeSpan level, ProgressTask progress, TimeProvider time, CancellationToken cancellationToken)
    {
        await using var server = await ScratchServer.StartAsync(directory, time, cancellationToken);
        var client = new ImportClient(server.Http, new ImportTarget(server.Http.BaseAddress!, server.WriteKey, server.Project, server.ReadKey), time);
        var bodies = Bodies(server.WriteKey, time.GetUtcNow());
        progress.Increment(1);
        await SendAsync(Senders[^1], level * 1.5);
        progress.Increment(1);
        var ingest = new List<Measured>();
        foreach (var senders in Senders)
        {
            ingest.Add(await SendAsync(senders, level));
            progress.Increment(1);
        }

        var stored = ingest.Sum(static m => m.Count);
        while (stored < StoredForQueries)
        {
            stored += (await SendAsync(Senders[^1], level / 2)).Count;
        }

        await AskAsync(1, level / 2);
        progress.Increment(1);
        var queries = new List<Measured>();
        foreach (var askers in Askers)
        {
            queries.Add(await AskAsync(askers, level * 0.75));
            progress.Increment(1);
        }

        return Calibration.Of(time.GetUtcNow(), Environment.ProcessorCount, ingest, queries);

        async Task<Measured> SendAsync(int senders, TimeSpan duration)
        {
            var (begun, spent, own) = (time.GetTimestamp(), server.ProcessorTime, Environment.CpuUsage.TotalTime);
            var sent = await Task.WhenAll(Enumerable.Range(0, senders).Select(async sender =>
            {
                long events = 0;
                for (var i = sender; time.GetElapsedTime(begun) < duration; i++)
                {
                    if (await client.SendAsync(bodies[i % bodies.Length], cancellationToken) is { } refused)
                    {
                        throw new CommandFailedException($"The scratch server refused synthetic events: {refused}");
                    }

                    events += BatchEvents;
                }

                return events;
            }));

            // What is acknowledged and not stored yet is work that is still to be done.
            await LedgerIsSettledAsync();
            return new Measured(senders, sent.Sum(), time.GetElapsedTime(begun), server.ProcessorTime - spent, Environment.CpuUsage.TotalTime - own);
        }

        async Task<Measured> AskAsync(int askers, TimeSpan duration)
        {
            var (begun, spent, own) = (time.GetTimestamp(), server.ProcessorTime, Environment.CpuUsage.TotalTime);
            var number = 0;
            var answered = await Task.WhenAll(Enumerable.Range(0, askers).Select(async _ =>
            {
                var answers = 0;
                while (time.GetElapsedTime(begun) < duration)
                {
                    using var query = new StringContent(Query(Interlocked.Increment(ref number), time.GetUtcNow()), Encoding.UTF8, "application/json");
                    using var answer = await server.Http.PostAsync(new Uri($"/api/projects/{server.Project}/query", UriKind.Relative), query, cancellationToken);
                    if (!answer.IsSuccessStatusCode)
                    {
                        throw new CommandFailedException($"The scratch server refused a query: {await answer.Content.ReadAsStringAsync(cancellationToken)}");
                    }

                    answers++;
                }

                return (long)answers;
            }));
            return new Measured(askers, answered.Sum(), time.GetElapsedTime(begun), server.ProcessorTime - spent, Environment.CpuUsage.TotalTime - own);
        }

        async Task LedgerIsSettledAsync()
        {
            while (await client.LedgerAsync(cancellationToken) is { Waiting: > 0 })
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10), time, cancellationToken);
            }
        }
    }

    /// <summary>The demo's events of the last days, without uuids: the server gives each its own, so that no batch is a retry.</summary>
    private static ReadOnlyMemory<byte>[] Bodies(string writeKey, DateTimeOffset now)
    {
        var bodies = new List<ReadOnlyMemory<byte>>();
        for (var day = DateOnly.FromDateTime(now.UtcDateTime).AddDays(-1); bodies.Count < Batches; day = day.AddDays(-1))
        {
            foreach (var batch in DemoStory.Day(day).Chunk(BatchEvents).Where(static b => b.Length == BatchEvents).Take(Batches - bodies.Count))
            {
                var buffer = new ArrayBufferWriter<byte>();
                using var json = new Utf8JsonWriter(buffer);
                json.WriteStartObject();
                json.WriteString("api_key", writeKey);
                json.WriteBoolean("historical_migration", true);
                json.WriteStartArray("batch");
                foreach (var e in batch)
                {
                    e.Write(json, withUuid: false);
                }

                json.WriteEndArray();
                json.WriteEndObject();
                json.Flush();
                bodies.Add(buffer.WrittenMemory.ToArray());
            }
        }

        return [.. bodies];
    }

    /// <summary>A dashboard's tile: a trend over a month by a property, each a little different so that no cache answers it.</summary>
    private static string Query(int number, DateTimeOffset now) => string.Create(CultureInfo.InvariantCulture, $$"""
        {"kind":"trends","series":[{"event":"$pageview","math":"unique_persons"}],"range":{"from":"{{now.AddDays(-30):yyyy-MM-dd}}","to":"{{now:yyyy-MM-dd}}"},"interval":"day",
        "breakdown":{"property":"$browser"},"filters":[{"property":"$current_url","operator":"is_not","values":["{{number}}"]}]}
        """);

    private static void Write(TextWriter to, CalibrationReport report)
    {
        to.WriteLine(Text($"This machine takes {report.EventsPerSecond:0} events a second, stored, and {report.QueriesPerSecond:0.#} queries a second that no cache answers."));
        to.WriteLine(Text($"Contention σ = {report.Sigma:0.0000}, coherency κ = {report.Kappa:0.000000}."));
        to.WriteLine();
        to.WriteLine("  senders   events/s    by the law");
        foreach (var point in report.Points)
        {
            to.WriteLine(Text($"  {point.Concurrency,7} {point.EventsPerSecond,10:0} {point.Fitted,13:0}"));
        }
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
