using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Headroom.Bench.Faults;

/// <summary>
/// Capture requests for one project, by the clock and not by the server's answers, as independent visitors send them. What was refused or never
/// answered is sent again with the same uuids until it is acknowledged, as SDKs do; whether it was stored the first time only the server knows.
/// </summary>
internal sealed class Load : IDisposable
{
    public const string EventName = "counted";

    /// <summary>Requests without an answer past which new ones wait with those to be sent again: a visitor's browser is as patient.</summary>
    private const int MostUnderWay = 300;
    private const int MostInBatch = 10;
    private const int DistinctIds = 200;
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_retryAfter = TimeSpan.FromSeconds(1);
    private readonly HttpClient _http;
    private readonly BenchProject _project;
    private readonly double _perSecond;
    private readonly Random _random;
    private readonly Lock _gate = new();
    private readonly HashSet<Guid> _sent = [];
    private readonly HashSet<Guid> _acknowledged = [];
    private readonly Queue<(Guid[] Batch, long Due)> _again = new();
    private readonly SortedDictionary<string, int> _answers = new(StringComparer.Ordinal);
    private int _underWay;

    public Load(LabServer server, BenchProject project, double requestsPerSecond, Random random)
    {
        _http = server.NewClient(TimeSpan.FromSeconds(10));
        (_project, _perSecond, _random) = (project, requestsPerSecond, random);
    }

    /// <summary>While true no new requests are sent.</summary>
    public bool IsResting { get; set; }

    /// <summary>Whether anything was sent that is not acknowledged yet.</summary>
    public bool IsUnderWay
    {
        get
        {
            lock (_gate)
            {
                return _underWay > 0 || _again.Count > 0;
            }
        }
    }

    /// <summary>When a request was last acknowledged.</summary>
    public long LastAcknowledged { get; private set; } = Stopwatch.GetTimestamp();

    /// <summary>The longest that an acknowledged request took.</summary>
    public TimeSpan Slowest { get; private set; }

    /// <summary>Answers that no correct server gives to these requests, each once.</summary>
    public IReadOnlyCollection<string> Wrong
    {
        get
        {
            lock (_gate)
            {
                return [.. _answers.Keys.Where(static a => a is not ("200" or "503" or "none"))];
            }
        }
    }

    /// <summary>Requests that were not acknowledged the first time.</summary>
    public int Unacknowledged
    {
        get
        {
            lock (_gate)
            {
                return _answers.Where(static a => a.Key != "200").Sum(static a => a.Value);
            }
        }
    }

    /// <summary>How often each answer came.</summary>
    public string Answers
    {
        get
        {
            lock (_gate)
            {
                return string.Join(", ", _answers.Select(static a => string.Create(CultureInfo.InvariantCulture, $"{a.Key} × {a.Value}")));
            }
        }
    }

    public (HashSet<Guid> Sent, HashSet<Guid> Acknowledged) Events
    {
        get
        {
            lock (_gate)
            {
                return ([.. _sent], [.. _acknowledged]);
            }
        }
    }

    /// <summary>Sends until cancelled; returns when no request is under way.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var start = Stopwatch.GetTimestamp();
        var planned = 0L;
        using var timer = new PeriodicTimer(s_tick);
        while (!stop.IsCancellationRequested)
        {
            for (; planned < Stopwatch.GetElapsedTime(start).TotalSeconds * _perSecond; planned++)
            {
                if (!IsResting)
                {
                    Offer(NewBatch());
                }
            }

            SendDue();
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }

        while (Volatile.Read(ref _underWay) > 0)
        {
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    /// <summary>Sends again what was not acknowledged, until all of it is.</summary>
    /// <returns>Whether that was so by the deadline.</returns>
    public async Task<bool> FinishAsync(TimeSpan deadline)
    {
        var start = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(s_tick);
        while (Stopwatch.GetElapsedTime(start) < deadline)
        {
            SendDue();
            if (!IsUnderWay)
            {
                return true;
            }

            await timer.WaitForNextTickAsync();
        }

        return false;
    }

    public void Dispose() => _http.Dispose();

    private Guid[] NewBatch()
    {
        var batch = new Guid[_random.Next(1, MostInBatch + 1)];
        for (var i = 0; i < batch.Length; i++)
        {
            batch[i] = Guid.CreateVersion7();
        }

        lock (_gate)
        {
            _sent.UnionWith(batch);
        }

        return batch;
    }

    private void Offer(Guid[] batch)
    {
        if (Volatile.Read(ref _underWay) >= MostUnderWay)
        {
            Again(batch, TimeSpan.Zero);
            return;
        }

        Interlocked.Increment(ref _underWay);
        _ = SendAsync(batch);
    }

    private void SendDue()
    {
        while (Volatile.Read(ref _underWay) < MostUnderWay)
        {
            Guid[] batch;
            lock (_gate)
            {
                if (!_again.TryPeek(out var first) || first.Due > Stopwatch.GetTimestamp())
                {
                    return;
                }

                batch = _again.Dequeue().Batch;
            }

            Offer(batch);
        }
    }

    private async Task SendAsync(Guid[] batch)
    {
        var began = Stopwatch.GetTimestamp();
        var said = "none";
        try
        {
            using var content = new StringContent(Body(batch), Encoding.UTF8, "application/json");
            using var answer = await _http.PostAsync(new Uri("/batch/", UriKind.Relative), content);
            said = answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable
                ? ((int)answer.StatusCode).ToString(CultureInfo.InvariantCulture)
                : $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}";
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            // No answer is an answer too: sent again.
        }

        lock (_gate)
        {
            _answers[said] = _answers.GetValueOrDefault(said) + 1;
            if (said == "200")
            {
                _acknowledged.UnionWith(batch);
                LastAcknowledged = Stopwatch.GetTimestamp();
                var took = Stopwatch.GetElapsedTime(began);
                Slowest = took > Slowest ? took : Slowest;
            }
        }

        if (said != "200")
        {
            Again(batch, s_retryAfter);
        }

        Interlocked.Decrement(ref _underWay);
    }

    private void Again(Guid[] batch, TimeSpan after)
    {
        lock (_gate)
        {
            _again.Enqueue((batch, Stopwatch.GetTimestamp() + (long)(after.TotalSeconds * Stopwatch.Frequency)));
        }
    }

    private string Body(Guid[] batch)
    {
        var events = new JsonArray();
        foreach (var uuid in batch)
        {
            var number = (uint)uuid.GetHashCode();
            events.Add(new JsonObject
            {
                ["uuid"] = uuid.ToString(),
                ["event"] = EventName,
                ["distinct_id"] = string.Create(CultureInfo.InvariantCulture, $"user-{number % DistinctIds}"),
                ["properties"] = new JsonObject { ["plan"] = number % 3 == 0 ? "pro" : "free", ["amount"] = number % 1000, ["$set"] = new JsonObject { ["seen"] = number % 100 } },
            });
        }

        return new JsonObject { ["api_key"] = _project.WriteKey, ["batch"] = events }.ToJsonString();
    }
}
