using System.Buffers;
using System.CommandLine;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Headroom.App.Capacity;
using Headroom.Cli.Importing;
using Spectre.Console;

namespace Headroom.Cli.Capacity;

/// <summary>What a replay did in a time.</summary>
/// <param name="Offered">Events a second that were due.</param>
/// <param name="Acknowledged">Events a second that were acknowledged.</param>
/// <param name="P95Milliseconds">From when a batch was due until its acknowledgement.</param>
[JsonNumberHandling(JsonNumberHandling.Strict)]
internal sealed record ReplayWindow(DateTimeOffset RecordedAt, double Offered, double Acknowledged, double P95Milliseconds);

/// <summary>How a recorded time went at another speed.</summary>
/// <param name="BentAt">Events a second at which answers became slow or late; null where they did not.</param>
/// <param name="Binding">The resource that the scratch server named then; null likewise.</param>
[JsonNumberHandling(JsonNumberHandling.Strict)]
internal sealed record ReplayReport(
    double Speed, long Events, double Seconds, double PeakOffered, double PeakAcknowledged, double? BentAt, DateTimeOffset? BentWhen, string? Binding, IReadOnlyList<ReplayWindow> Windows);

[JsonSerializable(typeof(ReplayReport))]
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
internal sealed partial class ReplayJson : JsonSerializerContext;

/// <summary><c>headroom replay</c>: a recorded time again, at another speed, into a scratch project.</summary>
internal static class ReplayCommand
{
    private const int MostInBatch = 500;

    /// <summary>Batches under way, at most: more wait, and are late, as they would be in the queues of senders.</summary>
    private const int MostUnderWay = 256;

    public static Command Build(Terminal terminal, TimeProvider time)
    {
        var url = new Option<string>("--url") { Description = "The running server that has the events.", HelpName = "URL", DefaultValueFactory = static _ => "http://localhost:8080" };
        var project = new Option<string>("--project") { Description = "The project's id, or its name with --data.", HelpName = "PROJECT", Required = true };
        var key = new Option<string?>("--key") { Description = "A read key. Without it one is lent from --data for as long as the replay runs.", HelpName = "hrr_…" };
        var data = CommandLine.DataOption();
        var last = new Option<string>("--last") { Description = "How much of the past, as in 24h, 90m or 7d.", HelpName = "TIME", DefaultValueFactory = static _ => "24h" };
        last.Validators.Add(static result =>
        {
            if (result.Tokens.Count > 0 && !TryParse(result.Tokens[0].Value, out _))
            {
                result.AddError($"--last must be a time such as 24h, 90m or 7d; it is \"{result.Tokens[0].Value}\".");
            }
        });
        var speed = new Option<double>("--speed") { Description = "How many times as fast, above 0.", HelpName = "N", DefaultValueFactory = static _ => 1 };
        speed.Validators.Add(static result =>
        {
            if (result.Tokens.Count > 0 && double.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out var value) && !(value is > 0 and <= 1_000_000))
            {
                result.AddError("--speed must be above 0 and at most 1000000.");
            }
        });
        var json = CommandLine.JsonOption();
        var command = new Command("replay", """
            Send a project's recorded events again, at another speed, and say where it bends.

            They go into a second server beside the data directory, which is removed at the end: nobody's numbers change.
            It shares this machine with whatever else runs here. A day at three times the speed takes eight hours.

            Examples:
              headroom replay --project Shop --last 24h --speed 3
              headroom replay --project 1 --key hrr_… --last 1h --speed 60 --json
            """)
        { url, project, key, data, last, speed, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var directory = parsed.GetValue(data)!;
            var report = await terminal.Ansi.Status().StartAsync("Replaying …", async status =>
            {
                await using var server = await ScratchServer.StartAsync(directory, time, cancellationToken);
                using var source = new HttpClient { BaseAddress = new Uri(parsed.GetValue(url)!), Timeout = Timeout.InfiniteTimeSpan };
                _ = TryParse(parsed.GetValue(last)!, out var length);
                var from = time.GetUtcNow() - length;
                if (parsed.GetValue(key) is { } readKey)
                {
                    return await RunAsync(source, parsed.GetValue(project)!, readKey, from, parsed.GetValue(speed), server, time, status, cancellationToken);
                }

                await using var control = ControlData.Open(directory);
                var found = await control.FindProjectAsync(parsed.GetValue(project)!, cancellationToken);
                var lent = await control.LendReadKeyAsync(found, "headroom replay (temporary)", cancellationToken);
                try
                {
                    return await RunAsync(source, found.Id, lent.Key, from, parsed.GetValue(speed), server, time, status, cancellationToken);
                }
                finally
                {
                    await control.ReturnKeyAsync(found, lent);
                }
            });
            if (parsed.GetValue(json))
            {
                terminal.WriteJson(report, ReplayJson.Default.ReplayReport);
            }
            else
            {
                Write(terminal.Out, report);
            }

            return CommandLine.Done;
        });
        return command;
    }

    /// <summary>A whole number and one of s, m, h, d.</summary>
    internal static bool TryParse(string text, out TimeSpan length)
    {
        length = default;
        if (text.Length < 2 || !int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0)
        {
            return false;
        }

        double? seconds = text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86_400, _ => null };
        length = TimeSpan.FromSeconds((seconds ?? 0) * number);
        return seconds is not null;
    }

    private static async Task<ReplayReport> RunAsync(
        HttpClient source, string project, string key, DateTimeOffset from, double speed, ScratchServer server, TimeProvider time, StatusContext status, CancellationToken cancellationToken)
    {
        source.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        var path = FormattableString.Invariant($"/api/projects/{Uri.EscapeDataString(project)}/export?gzip=false&from={Uri.EscapeDataString(from.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture))}");
        using var answer = await source.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (!answer.IsSuccessStatusCode)
        {
            throw new CommandFailedException(FormattableString.Invariant($"The events of project {project} cannot be read ({(int)answer.StatusCode}): {await answer.Content.ReadAsStringAsync(cancellationToken)}"));
        }

        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellationToken));
        using var run = new Replay(new ImportClient(server.Http, new ImportTarget(server.Http.BaseAddress!, server.WriteKey, null, null), time), server, speed, time, status);
        while (await lines.ReadLineAsync(cancellationToken) is { } line)
        {
            await run.AddAsync(line, cancellationToken);
        }

        return await run.EndAsync(cancellationToken);
    }

    private static void Write(TextWriter to, ReplayReport report)
    {
        to.WriteLine(FormattableString.Invariant($"{report.Events} events at {report.Speed:0.##} times their speed in {report.Seconds:0.0} s."));
        to.WriteLine(FormattableString.Invariant($"The busiest second wanted {report.PeakOffered:0} events/s; {report.PeakAcknowledged:0} events/s were acknowledged at most."));
        to.WriteLine(report.BentAt is { } bent
            ? FormattableString.Invariant($"It bends at {bent:0} events/s, at what was recorded {report.BentWhen:yyyy-MM-dd HH:mm:ss} UTC{(report.Binding is { } binding ? $"; first breaks {CapacityReportFile.Words(binding)}" : "")}.")
            : "It does not bend: answers were as quick at the end as at the beginning.");
    }

    /// <summary>One replay under way.</summary>
    private sealed class Replay(ImportClient client, ScratchServer server, double speed, TimeProvider time, StatusContext status)
        : IDisposable
    {
        private const double SlowMilliseconds = 250;
        private const double SlowTimes = 5;
        private static readonly TimeSpan Slot = TimeSpan.FromMilliseconds(50);
        private readonly SemaphoreSlim _free = new(MostUnderWay, MostUnderWay);
        private readonly List<ReplayWindow> _windows = [];
        private readonly Lock _gate = new();
        private readonly List<double> _latencies = [];
        private readonly List<string> _batch = [];
        private DateTimeOffset? _first;
        private DateTimeOffset _batchAt;
        private DateTimeOffset _windowRecorded;
        private long _begun;
        private long _window;
        private long _offered;
        private long _acknowledged;
        private long _events;
        private string? _binding;

        public async Task AddAsync(string line, CancellationToken cancellationToken)
        {
            using var parsed = JsonDocument.Parse(line);
            var at = parsed.RootElement.GetProperty("timestamp").GetDateTimeOffset();
            if (_first is null)
            {
                (_first, _batchAt, _windowRecorded) = (at, at, at);
                _begun = _window = time.GetTimestamp();
            }

            if (_batch.Count == MostInBatch || (at - _batchAt) / speed > Slot)
            {
                await SendAsync(cancellationToken);
                _batchAt = at;
            }

            _batch.Add(line);
        }

        public async Task<ReplayReport> EndAsync(CancellationToken cancellationToken)
        {
            if (_first is null)
            {
                throw new CommandFailedException("There are no events in that time.");
            }

            await SendAsync(cancellationToken);
            for (var i = 0; i < MostUnderWay; i++)
            {
                await _free.WaitAsync(cancellationToken);
            }

            EndWindow(_batchAt);
            var bent = Bend();
            return new ReplayReport(
                speed, _events, time.GetElapsedTime(_begun).TotalSeconds, _windows.Max(static w => w.Offered), _windows.Max(static w => w.Acknowledged), bent?.Acknowledged, bent?.RecordedAt,
                bent is null ? null : _binding, _windows);
        }

        public void Dispose() => _free.Dispose();

        /// <summary>The first second whose answers are slow: much slower than in the median of all, and than anybody likes.</summary>
        private ReplayWindow? Bend()
        {
            var normal = _windows.Select(static w => w.P95Milliseconds).Order().ElementAt(_windows.Count / 4);
            return _windows.Find(w => w.P95Milliseconds > Math.Max(SlowMilliseconds, SlowTimes * normal));
        }

        private async Task SendAsync(CancellationToken cancellationToken)
        {
            if (_batch.Count == 0)
            {
                return;
            }

            var due = (_batchAt - _first!.Value) / speed;
            var ahead = due - time.GetElapsedTime(_begun);
            if (ahead > TimeSpan.Zero)
            {
                await Task.Delay(ahead, time, cancellationToken);
            }

            if (time.GetElapsedTime(_window) > TimeSpan.FromSeconds(1))
            {
                EndWindow(_batchAt);
                status.Status(FormattableString.Invariant($"Replaying … {_events} events, now at {_windowRecorded:yyyy-MM-dd HH:mm:ss} UTC"));
            }

            var (body, count) = (Body(), _batch.Count);
            _batch.Clear();
            _offered += count;
            _events += count;
            await _free.WaitAsync(cancellationToken);
            _ = DeliverAsync(body, count, due, cancellationToken);
        }

        private async Task DeliverAsync(byte[] body, int count, TimeSpan due, CancellationToken cancellationToken)
        {
            try
            {
                await client.SendAsync(body, cancellationToken);
            }
            catch (Exception e) when (e is CommandFailedException or OperationCanceledException)
            {
                // It took so long that nobody waits any more: the time below says so.
            }

            lock (_gate)
            {
                _latencies.Add((time.GetElapsedTime(_begun) - due).TotalMilliseconds);
                _acknowledged += count;
            }

            _free.Release();
        }

        private void EndWindow(DateTimeOffset recorded)
        {
            var seconds = time.GetElapsedTime(_window).TotalSeconds;
            lock (_gate)
            {
                _latencies.Sort();
                var p95 = _latencies.Count == 0 ? 0 : _latencies[Math.Min(_latencies.Count - 1, (int)(_latencies.Count * 0.95))];
                _windows.Add(new ReplayWindow(_windowRecorded, _offered / seconds, _acknowledged / seconds, p95));
                _latencies.Clear();
                (_offered, _acknowledged) = (0, 0);
            }

            if (Bend() is not null && _binding is null)
            {
                _binding = server.Report?.Flows.FirstOrDefault(static f => f.Flow == Flow.Ingest)?.Binding;
            }

            (_window, _windowRecorded) = (time.GetTimestamp(), recorded);
        }

        private byte[] Body()
        {
            var buffer = new ArrayBufferWriter<byte>();
            buffer.Write(ImportClient.Begin(server.WriteKey));
            for (var i = 0; i < _batch.Count; i++)
            {
                if (i > 0)
                {
                    buffer.Write(","u8);
                }

                Encoding.UTF8.GetBytes(_batch[i], buffer);
            }

            buffer.Write(ImportClient.End);
            return buffer.WrittenMemory.ToArray();
        }
    }
}
