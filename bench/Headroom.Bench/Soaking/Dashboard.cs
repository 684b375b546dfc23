using System.Diagnostics;
using System.Text.Json.Nodes;
using HdrHistogram;

namespace Headroom.Bench.Soaking;

/// <summary>Somebody who keeps looking at dashboards and at the newest events, as often as is said, until cancelled.</summary>
internal sealed class Dashboard(ServerProcess server, BenchProject project)
{
    private static readonly TimeSpan s_every = TimeSpan.FromMilliseconds(200);

    /// <summary>As the app's dashboards ask.</summary>
    private static readonly TimeSpan s_accepted = TimeSpan.FromSeconds(10);

    // The funnel walks each event of its range, so that a day's would become more to do from minute to minute: it looks at as long a time at the end as at the beginning.
    private static readonly string[] s_tiles =
    [
        """{"kind":"trends","series":[{}],"range":{"last":1,"unit":"day"},"interval":"hour"}""",
        """{"kind":"trends","series":[{"math":"unique_persons"}],"range":{"last":7,"unit":"day"},"interval":"day"}""",
        """{"kind":"trends","series":[{"event":"order placed"}],"range":{"last":30,"unit":"day"},"interval":"day","breakdown":{"property":"country","limit":10}}""",
        """{"kind":"trends","series":[{"event":"order placed","math":"sum","property":"amount"}],"range":{"last":7,"unit":"day"},"interval":"day"}""",
        """{"kind":"trends","series":[{"event":"search done"}],"range":{"last":1,"unit":"day"},"interval":"hour","breakdown":{"property":"endpoint","limit":10}}""",
        """{"kind":"funnel","steps":[{"event":"item viewed"},{"event":"cart updated"},{"event":"order placed"}],"range":{"last":1,"unit":"minute"}}""",
    ];

    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, long> _failures = new(StringComparer.Ordinal);
    private LongHistogram _latency = NewHistogram();
    private long _failed;

    /// <summary>Which question was answered with what instead, and how often, of the whole run.</summary>
    public string Failures
    {
        get
        {
            lock (_gate)
            {
                return string.Join(", ", _failures.Select(static failure => $"{failure.Key} {failure.Value} times"));
            }
        }
    }

    public async Task LookAsync(CancellationToken done)
    {
        using var timer = new PeriodicTimer(s_every);
        try
        {
            for (var i = 0; ; i++)
            {
                await timer.WaitForNextTickAsync(done);
                var start = Stopwatch.GetTimestamp();
                var failure = await AskAsync(i % (s_tiles.Length + 1));
                lock (_gate)
                {
                    if (failure is not null)
                    {
                        _failed++;
                        _failures[failure] = _failures.GetValueOrDefault(failure) + 1;
                    }

                    _latency.RecordValue(Math.Max(1, (long)Stopwatch.GetElapsedTime(start).TotalMicroseconds));
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The run is over.
        }
    }

    /// <summary>What was seen since the last call: microseconds, and how many were not answered.</summary>
    public (LongHistogram Latency, long Failed) Take()
    {
        lock (_gate)
        {
            var taken = (_latency, _failed);
            (_latency, _failed) = (NewHistogram(), 0);
            return taken;
        }
    }

    /// <summary>Null where it was answered.</summary>
    private async Task<string?> AskAsync(int which)
    {
        try
        {
            _ = which < s_tiles.Length
                ? await server.QueryAsync(project, JsonNode.Parse(s_tiles[which])!, s_accepted)
                : await server.GetAsync(project, "events?limit=50");
            return null;
        }
        catch (HttpRequestException e)
        {
            return $"question {which + 1}: {(int?)e.StatusCode ?? 0}";
        }
    }

    private static LongHistogram NewHistogram() => new(1, 3_600_000_000, 3);
}
