using Headroom.App.Capacity.Measuring;

namespace Headroom.App.Capacity.Advising;

/// <summary>Which of Headroom's own queries could read less, as measured.</summary>
internal static class SlowQueries
{
    /// <summary>Queries of a kind below which their mean says nothing.</summary>
    private const int Least = 10;

    /// <summary>
    /// Kinds that read properties inside of JSON, beside queries of the same kind that do not: what a row takes in both. A kind of which only one was
    /// asked is left out, as nobody knows what it would take.
    /// </summary>
    public static IReadOnlyList<QueryKindFacts> Of(IReadOnlyDictionary<QueryKind, QueryWork> work)
    {
        var all = work.Values.Sum(static one => one.Seconds);
        var found = new List<QueryKindFacts>();
        foreach (var (kind, json) in work)
        {
            if (kind.ReadsJson && work.TryGetValue(kind with { ReadsJson = false }, out var columns) &&
                json is { Count: >= Least, Rows: > 0, Seconds: > 0 } && columns is { Count: >= Least, Rows: > 0, Seconds: > 0 })
            {
                found.Add(new QueryKindFacts($"{kind.Kind} that read properties inside of JSON", json.Seconds / all, (double)json.Rows / json.Count, (double)json.Rows / json.Count)
                {
                    RowSeconds = json.Seconds / json.Rows,
                    ColumnRowSeconds = columns.Seconds / columns.Rows,
                });
            }
        }

        return [.. found.OrderByDescending(static one => one.ShareOfTime)];
    }
}
