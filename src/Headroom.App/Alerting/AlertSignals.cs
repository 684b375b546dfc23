using System.Diagnostics.Metrics;
using Headroom.Core;

namespace Headroom.App.Alerting;

/// <summary>
/// Numbers of other parts that only their metrics have, by name (docs/metrics.md). Two of them are asked at each look, four counters tell
/// of themselves, which is rare; nothing else of the meter is turned on. Asked by one at a time.
/// </summary>
internal sealed class AlertSignals : IDisposable
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);
    private static readonly HashSet<string> Overloads = ["overload", "too_many_requests", "too_many_bytes", "log_unavailable", "error"];
    private readonly MeterListener _listener = new();
    private readonly TimeProvider _time;
    private readonly Queue<(long At, Totals Totals)> _looks = new();
    private Dictionary<string, long> _capture = [];
    private Dictionary<string, long> _lag = [];
    private long _queries;
    private long _failedQueries;
    private long _writerFailures;
    private long _poisonRecords;
    private long _ownWriterFailures;
    private long _writerFailuresBefore;

    public AlertSignals(TimeProvider time)
    {
        _time = time;
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name == Telemetry.Name && Kind(instrument.Name) is { } kind)
            {
                listener.EnableMeasurementEvents(instrument, kind);
            }
        };
        _listener.SetMeasurementEventCallback<long>(Take);
        _listener.Start();
    }

    private enum Signal
    {
        CaptureRequests,
        Lag,
        Queries,
        WriterFailures,
        PoisonRecords,
    }

    /// <summary>By consumer, as of the last <see cref="Look"/>.</summary>
    public IReadOnlyDictionary<string, long> LagBytes => _lag;

    /// <summary>What happened within the last minute, or since the first look.</summary>
    /// <param name="writerIsWell">Failures that last are the Writer's own health to tell.</param>
    public ErrorCounts Look(bool writerIsWell)
    {
        _capture = [];
        _lag = [];
        _listener.RecordObservableInstruments();
        var failures = Interlocked.Read(ref _writerFailures);
        if (writerIsWell)
        {
            _ownWriterFailures += failures - _writerFailuresBefore;
        }

        _writerFailuresBefore = failures;
        var now = new Totals(_capture, Interlocked.Read(ref _queries), Interlocked.Read(ref _failedQueries), _ownWriterFailures, Interlocked.Read(ref _poisonRecords));
        var at = _time.GetTimestamp();
        _looks.Enqueue((at, now));

        // The youngest that is a whole window old stays, to compare with.
        while (_looks.Count > 1 && _time.GetElapsedTime(_looks.ElementAt(1).At, at) >= Window)
        {
            _looks.Dequeue();
        }

        var then = _looks.Peek().Totals;
        return new ErrorCounts(
            now.Capture.Values.Sum() - then.Capture.Values.Sum(),
            now.Capture.Where(static one => Overloads.Contains(one.Key)).ToDictionary(static one => one.Key, one => one.Value - then.Capture.GetValueOrDefault(one.Key)),
            now.Queries - then.Queries,
            now.FailedQueries - then.FailedQueries,
            now.WriterFailures - then.WriterFailures,
            now.PoisonRecords - then.PoisonRecords);
    }

    public void Dispose() => _listener.Dispose();

    private static object? Kind(string instrument) => instrument switch
    {
        "headroom_capture_requests_total" => Signal.CaptureRequests,
        "headroom_log_consumer_lag_bytes" => Signal.Lag,
        "headroom_insights_queries_total" => Signal.Queries,
        "headroom_writer_failures_total" => Signal.WriterFailures,
        "headroom_writer_poison_records_total" => Signal.PoisonRecords,
        _ => null,
    };

    private static string? Tag(ReadOnlySpan<KeyValuePair<string, object?>> tags, string name)
    {
        foreach (var (key, value) in tags)
        {
            if (key == name)
            {
                return value as string;
            }
        }

        return null;
    }

    private void Take(Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        switch (state)
        {
            case Signal.CaptureRequests when Tag(tags, "outcome") is { } outcome:
                _capture[outcome] = _capture.GetValueOrDefault(outcome) + value;
                break;
            case Signal.Lag when Tag(tags, "consumer") is { } consumer:
                _lag[consumer] = Math.Max(_lag.GetValueOrDefault(consumer), value);
                break;
            case Signal.Queries:
                Interlocked.Add(ref _queries, value);
                if (Tag(tags, "outcome") == "failed")
                {
                    Interlocked.Add(ref _failedQueries, value);
                }

                break;
            case Signal.WriterFailures:
                Interlocked.Add(ref _writerFailures, value);
                break;
            case Signal.PoisonRecords:
                Interlocked.Add(ref _poisonRecords, value);
                break;
            default:
                break;
        }
    }

    private sealed record Totals(Dictionary<string, long> Capture, long Queries, long FailedQueries, long WriterFailures, long PoisonRecords);
}
