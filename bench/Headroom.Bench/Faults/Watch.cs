using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;

namespace Headroom.Bench.Faults;

internal enum Readiness
{
    Ready,
    NotReady,

    /// <summary>No answer: to a load balancer the same as not ready.</summary>
    Silent,
}

/// <param name="Said">The parts that are not well, in their own words; what kept the answer away where there was none.</param>
internal sealed record Sample(long At, Readiness Readiness, string Said);

/// <summary>Asks /health/ready all the time, as a load balancer does, and remembers what it said.</summary>
internal sealed class Watch : IDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(100);
    private readonly HttpClient _http;
    private readonly Func<long> _lastAcknowledged;
    private readonly Lock _gate = new();
    private readonly List<Sample> _samples = [];
    private long _lieBegan;

    /// <param name="lastAcknowledged">When a capture request was acknowledged last.</param>
    public Watch(LabServer server, Func<long> lastAcknowledged) =>
        (_http, _lastAcknowledged) = (server.NewClient(TimeSpan.FromSeconds(2)), lastAcknowledged);

    /// <summary>The longest that it was called ready, all that time, while no capture request at all was acknowledged.</summary>
    public TimeSpan LongestLie { get; private set; }

    /// <summary>What was said of parts that were not well, each once.</summary>
    public IReadOnlyList<string> Said
    {
        get
        {
            lock (_gate)
            {
                return [.. _samples.Where(static s => s.Readiness == Readiness.NotReady).Select(static s => s.Said).Distinct()];
            }
        }
    }

    public async Task RunAsync(CancellationToken stop)
    {
        _lieBegan = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(s_interval);
        while (!stop.IsCancellationRequested)
        {
            var sample = await AskAsync();
            lock (_gate)
            {
                _samples.Add(sample);
            }

            // A lie begins with the later of the last acknowledgement and the last time that it was not called ready.
            _lieBegan = sample.Readiness == Readiness.Ready ? Math.Max(_lieBegan, _lastAcknowledged()) : sample.At;
            var lie = Stopwatch.GetElapsedTime(_lieBegan);
            LongestLie = sample.Readiness == Readiness.Ready && lie > LongestLie ? lie : LongestLie;
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    /// <summary>How long after a moment it was first so; null where it was not by the deadline.</summary>
    public async Task<TimeSpan?> UntilAsync(long since, TimeSpan deadline, Func<Sample, bool> so)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (true)
        {
            lock (_gate)
            {
                if (_samples.Find(s => s.At >= since && so(s)) is { } found)
                {
                    var after = Stopwatch.GetElapsedTime(since, found.At);
                    return after <= deadline ? after : null;
                }
            }

            // An answer that was asked for in time may still be on its way.
            if (Stopwatch.GetElapsedTime(since) > deadline + TimeSpan.FromSeconds(2))
            {
                return null;
            }

            await timer.WaitForNextTickAsync();
        }
    }

    /// <summary>When it was not called ready from a moment on; null where it always was.</summary>
    public Sample? NotReadySince(long since)
    {
        lock (_gate)
        {
            return _samples.Find(s => s.At >= since && s.Readiness != Readiness.Ready);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<Sample> AskAsync()
    {
        var at = Stopwatch.GetTimestamp();
        try
        {
            using var answer = await _http.GetAsync(new Uri("/health/ready", UriKind.Relative));
            var text = await answer.Content.ReadAsStringAsync();
            return answer.StatusCode == HttpStatusCode.OK
                ? new Sample(at, Readiness.Ready, "")
                : new Sample(at, Readiness.NotReady, Failing(text, answer.StatusCode));
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return new Sample(at, Readiness.Silent, e.Message);
        }
    }

    private static string Failing(string text, HttpStatusCode status)
    {
        try
        {
            var parts = JsonNode.Parse(text)?["parts"]?.AsArray() ?? [];
            return string.Join(" | ", parts.Where(static p => (string?)p?["status"] != "ok").Select(static p => $"{p!["name"]}: {p["detail"]}"));
        }
        catch (Exception e) when (e is System.Text.Json.JsonException or InvalidOperationException)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{(int)status} {text}");
        }
    }
}
