namespace Headroom.App.Capacity.Measuring;

/// <summary>What was asked of the process since it started: how long it took to answer, and which queries took the time.</summary>
/// <param name="CaptureTimes">As <see cref="ResponseTimes.Read"/> gives them, of requests with events.</param>
/// <param name="QueryTimes">Of queries in the store, what they waited for their turn included.</param>
internal sealed record Workload(IReadOnlyList<uint> CaptureTimes, IReadOnlyList<uint> QueryTimes, IReadOnlyDictionary<QueryKind, QueryWork> Queries)
{
    public static readonly Workload None = new([], [], new Dictionary<QueryKind, QueryWork>());

    /// <summary>Samples over which a percentile is taken: ten minutes at the default.</summary>
    private const int Recent = 60;

    /// <summary>Seconds within which 99 of a hundred were answered lately; null for storage, and where too few were asked.</summary>
    public static double? P99(IReadOnlyList<Sample> samples, Flow flow)
    {
        if (samples.Count == 0 || flow == Flow.Storage)
        {
            return null;
        }

        var (before, after) = (samples[Math.Max(0, samples.Count - Recent)].WorkBefore, samples[^1].WorkAfter);
        return flow == Flow.Ingest
            ? ResponseTimes.Percentile(before.CaptureTimes, after.CaptureTimes, 0.99)
            : ResponseTimes.Percentile(before.QueryTimes, after.QueryTimes, 0.99);
    }

    /// <summary>What each kind of query did within the samples.</summary>
    public static IReadOnlyDictionary<QueryKind, QueryWork> QueriesOf(IReadOnlyList<Sample> samples) =>
        samples.Count == 0
            ? None.Queries
            : samples[^1].WorkAfter.Queries
                .Select(pair => (pair.Key, Work: pair.Value - samples[0].WorkBefore.Queries.GetValueOrDefault(pair.Key)))
                .Where(static pair => pair.Work.Count > 0)
                .ToDictionary(static pair => pair.Key, static pair => pair.Work);
}
