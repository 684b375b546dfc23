using Headroom.Core.Queries;

namespace Headroom.Sql;

/// <summary>The numbers of one series and, with a breakdown, one value, while an answer is put together.</summary>
/// <param name="Rank">Of the value among those shown; <see cref="long.MaxValue"/> for the rest.</param>
internal sealed record TrendsLine(int Series, long Rank, string? Breakdown, double?[] Values, double?[]? Previous)
{
    public double? Total { get; set; }

    public double? PreviousTotal { get; set; }

    /// <summary>The answer that lines make.</summary>
    /// <param name="lines">As in <see cref="Finish"/>.</param>
    public static TrendsResult Answer(TrendsQuery query, TrendsTime time, List<TrendsLine> lines, long dataVersion, DateTimeOffset computedAt, TimeSpan elapsed)
    {
        var label = time.Calendar.Label;
        return new TrendsResult
        {
            TimeZone = time.Calendar.Zone.Id,
            Interval = query.Interval,
            Buckets = [.. time.Current.Starts.Select(label)],
            CompareBuckets = time.Previous is { } previous ? [.. previous.Starts.Select(label)] : null,
            Series = Finish(query, time, lines),
            DataVersion = dataVersion,
            ComputedAt = computedAt,
            ElapsedMs = Math.Round(elapsed.TotalMilliseconds, 3),
        };
    }

    /// <summary>
    /// What is computed from points and totals, whoever made them: moving averages, then formulas, which are put after the
    /// series, then what is hidden goes.
    /// </summary>
    /// <param name="lines">Ordered by series and rank. Where the query has formulas, ranks mean the same in all series.</param>
    private static List<TrendsSeriesResult> Finish(TrendsQuery query, TrendsTime time, List<TrendsLine> lines)
    {
        if (query.Smoothing is { } smoothing)
        {
            lines = lines.ConvertAll(l => l with { Values = Smooth(l.Values, smoothing), Previous = l.Previous is { } p ? Smooth(p, smoothing) : null });
        }

        var results = lines.Where(l => !query.Series[l.Series].Hidden).Select(l => l.ToResult(query, NameOf(query.Series[l.Series]))).ToList();
        for (var i = 0; i < query.Formulas.Count; i++)
        {
            var (expression, name) = (query.Formulas[i].Expression, query.Formulas[i].Name);
            var formula = Formula.Parse(expression, query.Series.Count, out _)!;
            foreach (var value in lines.GroupBy(l => l.Rank).OrderBy(g => g.Key))
            {
                results.Add(Compute(formula, query, time, query.Series.Count + i, [.. value]).ToResult(query, name ?? expression));
            }
        }

        return results;
    }

    private static string NameOf(TrendsSeries series) => series.Name ?? series.Event ?? "Any event";

    /// <summary>The average of the last so many points, itself included; of those that have a number, and at the beginning of those there are.</summary>
    private static double?[] Smooth(double?[] values, int points)
    {
        var smooth = new double?[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var (sum, count) = (0d, 0);
            for (var j = Math.Max(0, i - points + 1); j <= i; j++)
            {
                if (values[j] is { } value)
                {
                    (sum, count) = (sum + value, count + 1);
                }
            }

            smooth[i] = count == 0 || !double.IsFinite(sum) ? null : sum / count;
        }

        return smooth;
    }

    private static TrendsLine Compute(Formula formula, TrendsQuery query, TrendsTime time, int index, List<TrendsLine> lines)
    {
        var operands = new double?[query.Series.Count];
        return new TrendsLine(
            index, lines[0].Rank, lines[0].Breakdown, Points(time.Current.Count, static (line, i) => line.Values[i]),
            time.Previous is { } previous ? Points(previous.Count, static (line, i) => line.Previous![i]) : null)
        {
            Total = Of(static (line, _) => line.Total, 0),
            PreviousTotal = Of(static (line, _) => line.PreviousTotal, 0),
        };

        double?[] Points(int count, Func<TrendsLine, int, double?> operand)
        {
            var values = new double?[count];
            for (var i = 0; i < count; i++)
            {
                values[i] = Of(operand, i);
            }

            return values;
        }

        double? Of(Func<TrendsLine, int, double?> operand, int point)
        {
            for (var s = 0; s < operands.Length; s++)
            {
                operands[s] = query.Series[s].Math.OfNothing;
            }

            foreach (var line in lines)
            {
                operands[line.Series] = operand(line, point);
            }

            return formula.Of(operands);
        }
    }

    private TrendsSeriesResult ToResult(TrendsQuery query, string name) => new()
    {
        Series = Series,
        Name = name,
        Breakdown = Breakdown,
        HasBreakdown = query.Breakdown is not null,
        Values = Values,
        Total = Total,
        Compare = Previous is null ? null : new TrendsComparison { Values = Previous, Total = PreviousTotal },
    };
}
