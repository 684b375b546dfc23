using System.Globalization;
using System.Text;
using Headroom.Core.Queries;

namespace Headroom.Sql;

/// <summary>
/// The index of an instant's bucket: a balanced tree of comparisons over the runs of equal buckets, then a division.
/// Exact in any zone, because the boundaries are those of <see cref="LocalCalendar"/> and the store knows only instants.
/// </summary>
internal static class BucketSql
{
    /// <param name="micros">The instant as unix microseconds.</param>
    /// <param name="ranges">In order of time, each continuing the one before; indexes run through.</param>
    public static string Index(SqlDialect dialect, string micros, params IReadOnlyList<TimeBuckets> ranges)
    {
        var leaves = new List<(long From, string Sql)>();
        var offset = 0;
        foreach (var range in ranges)
        {
            foreach (var run in range.Runs)
            {
                var sql = string.Create(CultureInfo.InvariantCulture,
                    $"{offset + run.Index} + {dialect.Divide(string.Create(CultureInfo.InvariantCulture, $"({micros} - ({run.Start}))"), run.Width)}");
                leaves.Add((Math.Max(range.From, range.Starts[run.Index]), sql));
            }

            offset += range.Count;
        }

        var text = new StringBuilder();
        Append(text, micros, leaves, 0, leaves.Count);
        return text.ToString();
    }

    /// <summary>The index of the last of some instants at or before another; they never descend, and the first is not after it.</summary>
    public static string Last(SqlDialect dialect, string micros, IReadOnlyList<long> starts)
    {
        var leaves = new List<(long From, string Sql)>();
        var width = 0L;
        for (var i = 0; i < starts.Count; i++)
        {
            var next = i + 1 < starts.Count ? starts[i + 1] - starts[i] : -1;
            if (next < 0)
            {
                leaves.Add((starts[i], i.ToString(CultureInfo.InvariantCulture)));
            }
            else if (next != 0 && next != width)
            {
                leaves.Add((starts[i], string.Create(CultureInfo.InvariantCulture,
                    $"{i} + {dialect.Divide(string.Create(CultureInfo.InvariantCulture, $"({micros} - ({starts[i]}))"), next)}")));
            }

            width = next;
        }

        var text = new StringBuilder();
        Append(text, micros, leaves, 0, leaves.Count);
        return text.ToString();
    }

    private static void Append(StringBuilder text, string micros, List<(long From, string Sql)> leaves, int from, int to)
    {
        if (to - from == 1)
        {
            text.Append(leaves[from].Sql);
            return;
        }

        var middle = (from + to) / 2;
        text.Append(CultureInfo.InvariantCulture, $"CASE WHEN {micros} < {leaves[middle].From} THEN ");
        Append(text, micros, leaves, from, middle);
        text.Append(" ELSE ");
        Append(text, micros, leaves, middle, to);
        text.Append(" END");
    }
}
