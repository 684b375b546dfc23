using System.Diagnostics.Metrics;
using Headroom.Core;

namespace Headroom.App.Capacity.Measuring;

/// <summary>Queries of one kind that read the same way.</summary>
/// <param name="Kind">As in the metrics: trends, funnel, sql ….</param>
/// <param name="ReadsJson">Whether they read properties that have no column of their own.</param>
internal readonly record struct QueryKind(string Kind, bool ReadsJson);

/// <summary>What they did since the process started.</summary>
/// <param name="Seconds">In which they ran, without what they waited for their turn.</param>
/// <param name="Rows">That they went over.</param>
internal readonly record struct QueryWork(long Count, double Seconds, long Rows)
{
    public static QueryWork operator +(QueryWork one, QueryWork other) => new(one.Count + other.Count, one.Seconds + other.Seconds, one.Rows + other.Rows);

    public static QueryWork operator -(QueryWork after, QueryWork before) => new(after.Count - before.Count, after.Seconds - before.Seconds, after.Rows - before.Rows);
}

/// <summary>Sums of what each kind of query does, from the counters in docs/metrics.md. Safe for concurrent use.</summary>
internal sealed class QueryKinds : IDisposable
{
    private const string Seconds = "headroom_insights_query_run_seconds_total";
    private const string Rows = "headroom_insights_query_scanned_rows_total";

    /// <summary>Kinds are those of the query model, so that there are few.</summary>
    private const int MostKinds = 64;

    private readonly MeterListener _listener = new();
    private readonly Dictionary<QueryKind, QueryWork> _work = [];
    private readonly Lock _gate = new();

    public QueryKinds()
    {
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name == Telemetry.Name && instrument.Name is Seconds or Rows)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<double>((_, value, tags, _) => Add(tags, new QueryWork(1, value, 0)));
        _listener.SetMeasurementEventCallback<long>((_, value, tags, _) => Add(tags, new QueryWork(0, 0, value)));
        _listener.Start();
    }

    public IReadOnlyDictionary<QueryKind, QueryWork> Read()
    {
        lock (_gate)
        {
            return new Dictionary<QueryKind, QueryWork>(_work);
        }
    }

    public void Dispose() => _listener.Dispose();

    private void Add(ReadOnlySpan<KeyValuePair<string, object?>> tags, QueryWork work)
    {
        var (kind, json) = ("", false);
        foreach (var tag in tags)
        {
            kind = tag.Key == "kind" ? tag.Value as string ?? "" : kind;
            json |= tag.Key == "reads" && tag.Value is "json";
        }

        lock (_gate)
        {
            var key = new QueryKind(kind, json);
            if (_work.TryGetValue(key, out var before) || _work.Count < MostKinds)
            {
                _work[key] = before + work;
            }
        }
    }
}
