namespace Headroom.App.Capacity.Measuring;

/// <summary>What was asked of the process since it started: how long it took to answer, and which queries took the time.</summary>
/// <param name="CaptureTimes">As <see cref="ResponseTimes.Read"/> gives them, of requests with events.</param>
/// <param name="QueryTimes">Of queries in the store, what they waited for their turn included.</param>
internal sealed record Workload(IReadOnlyList<uint> CaptureTimes, IReadOnlyList<uint> QueryTimes, IReadOnlyDictionary<QueryKind, QueryWork> Queries)
{
    public static readonly Workload None = new([], [], new Dictionary<QueryKind, QueryWork>());

    /// <summary>Rounds over which a percentile is taken: ten minutes at the default.</summary>
    private const int Recent = 60;

    /// <summary>Seconds within which 99 of a hundred were answered lately, by whichever process; null for storage, and where too few were asked.</summary>
    public static double? P99(IReadOnlyList<Round> rounds, Flow flow)
    {
        if (flow == Flow.Storage)
        {
            return null;
        }

        // Sample by sample: in between a process may have begun to count anew.
        var samples = Round.Samples([.. rounds.Skip(rounds.Count - Recent)]);
        return ResponseTimes.Percentile(
            flow == Flow.Ingest
                ? samples.Select(static s => (s.WorkBefore.CaptureTimes, s.WorkAfter.CaptureTimes))
                : samples.Select(static s => (s.WorkBefore.QueryTimes, s.WorkAfter.QueryTimes)),
            0.99);
    }

    /// <summary>What each kind of query did within the rounds, in all processes.</summary>
    public static IReadOnlyDictionary<QueryKind, QueryWork> QueriesOf(IReadOnlyList<Round> rounds)
    {
        var sums = new Dictionary<QueryKind, QueryWork>();
        foreach (var sample in Round.Samples(rounds))
        {
            foreach (var (kind, after) in sample.WorkAfter.Queries)
            {
                sums[kind] = sums.GetValueOrDefault(kind) + (after - sample.WorkBefore.Queries.GetValueOrDefault(kind));
            }
        }

        return sums.Where(static pair => pair.Value.Count > 0).ToDictionary();
    }
}
