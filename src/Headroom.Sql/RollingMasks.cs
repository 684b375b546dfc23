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
        dialect.ShiftLeft(Number(dialect, 1), BucketSql.Last(dialect, micros, Slots), IsWide);

    /// <summary>Whether a person's slots are any of a point's.</summary>
    public string Meets(SqlDialect dialect, string slots, BigInteger point) => dialect.Meets(slots, Number(dialect, point));

    /// <summary>Whether they are of any point: between the last days of two months lie some that are not.</summary>
    public string MeetsAny(SqlDialect dialect, string slots) => Meets(dialect, slots, Points.Aggregate(BigInteger.Zero, static (all, point) => all | point));

    private bool IsWide => Slots.Count > 62;

    private string Number(SqlDialect dialect, BigInteger number) => dialect.Bits(number.ToString(CultureInfo.InvariantCulture), IsWide);
}
