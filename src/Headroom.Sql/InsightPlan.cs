using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.Sql;

/// <summary>
/// A question compiled: what is to be scanned, and how the answer, or the persons behind one of its points, come out of
/// what the scans gave. For one use: either <see cref="Read"/> or <see cref="Persons"/>, once, after the scans. What was scanned is kept until it is disposed.
/// </summary>
public abstract class InsightPlan : IDisposable
{
    /// <summary>To be run in order.</summary>
    public abstract IReadOnlyList<(StoreQuery Statement, IColumnSink Sink)> Scans { get; }

    /// <param name="dataVersion">Of the oldest scan.</param>
    /// <param name="elapsed">Asked when the answer is ready.</param>
    public abstract InsightResult Read(
        long dataVersion, LocalCalendar calendar, DateTimeOffset computedAt, Func<TimeSpan> elapsed, CancellationToken cancellationToken);

    /// <summary>Checks what of a point depends on the query's range; the rest is <see cref="InsightPointValidator"/>'s.</summary>
    public abstract void CheckPoint(InsightPoint point, string path, QueryErrors errors);

    /// <summary>The keys of the persons behind a point, ascending, each once.</summary>
    /// <param name="point">Checked.</param>
    /// <param name="computedAt">Says which intervals are over.</param>
    public abstract IReadOnlyList<long> Persons(InsightPoint point, DateTimeOffset computedAt, CancellationToken cancellationToken);

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }

    protected static void CheckBucket(int? bucket, TimeBuckets buckets, string path, QueryErrors errors)
    {
        if (bucket is not null)
        {
            InsightPointValidator.Number(bucket, 0, buckets.Count - 1, path + ".bucket", errors);
        }
    }
}
