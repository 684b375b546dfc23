using Headroom.Core.Queries;

namespace Headroom.Sql;

/// <summary>Where in time a session is.</summary>
internal static class SessionTally
{
    /// <summary>The bucket of an instant; −1 outside the period.</summary>
    public static int Bucket(TimeBuckets time, long at)
    {
        if (at < time.From || at >= time.To)
        {
            return -1;
        }

        var (low, high) = (0, time.Count);
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            (low, high) = time.Starts[middle] <= at ? (middle, high) : (low, middle);
        }

        return low;
    }

    /// <param name="bucket">Null for the whole period.</param>
    public static bool Has(TimeBuckets time, int? bucket, long at) => Bucket(time, at) is >= 0 and var found && (bucket is null || found == bucket);
}
