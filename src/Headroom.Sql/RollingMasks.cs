using System.Globalization;
using System.Numerics;
using Headroom.Core.Queries;

namespace Headroom.Sql;

/// <summary>
/// Points that look back over days, as bits: where their spans begin and end cuts a period into slots, a person's slots are the
/// bits of one number, and the person is in a point where that has a bit in common with the point's. One number for
/// each person is far less than a row for each of the person's days.
/// </summary>
/// <param name="Slots">Where each slot begins; the last one ends with the period.</param>
/// <param name="Points">The slots of each point.</param>
internal sealed record RollingMasks(IReadOnlyList<long> Slots, IReadOnlyList<BigInteger> Points)
{
    /// <summary>Bits of the largest number that a store has, without its sign.</summary>
    private const int MaxSlots = 126;

    /// <summary>Null where there are too many slots.</summary>
    /// <param name="starts">Where each bucket's span begins; it ends with the bucket.</param>
    public static RollingMasks? Of(TimeBuckets buckets, IReadOnlyList<long> starts)
    {
        long[] slots = [.. starts.Concat(buckets.Starts.Skip(1)).Distinct().Order()];
        if (slots.Length > MaxSlots)
        {
            return null;
        }

        var points = new BigInteger[buckets.Count];
        for (var i = 0; i < points.Length; i++)
        {
            var end = i + 1 < points.Length ? buckets.Starts[i + 1] : buckets.To;
            for (var s = 0; s < slots.Length; s++)
            {
                if (slots[s] >= starts[i] && slots[s] < end)
                {
                    points[i] |= BigInteger.One << s;
                }
            }
        }

        return new RollingMasks(slots, points);
    }

    /// <summary>The slot of an instant as a number with its bit.</summary>
    public string Bit(SqlDialect dialect, string micros) =>
        string.Create(CultureInfo.InvariantCulture, $"{Number(1)} << CAST({BucketSql.Last(dialect, micros, Slots)} AS {Type})");

    /// <summary>Whether a person's slots are any of a point's.</summary>
    public string Meets(string slots, BigInteger point) => $"{slots} & {Number(point)} <> 0";

    /// <summary>Whether they are of any point: between the last days of two months lie some that are not.</summary>
    public string MeetsAny(string slots) => Meets(slots, Points.Aggregate(BigInteger.Zero, static (all, point) => all | point));

    private string Type => Slots.Count <= 62 ? "BIGINT" : "HUGEINT";

    private string Number(BigInteger number) => string.Create(CultureInfo.InvariantCulture, $"CAST({number} AS {Type})");
}
