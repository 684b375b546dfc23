using CsCheck;
using Headroom.Core.Queries;
using Headroom.Sql;
using Xunit;

namespace Headroom.Tests.Sql;

public sealed class NumberCountsTests
{
    private static readonly Gen<double> AnyNumber =
        Gen.OneOf(Gen.Int[-3, 3].Select(static i => (double)i), Gen.Double[-1e6, 1e6], Gen.OneOfConst(0d, -0d, double.MaxValue, double.MinValue, 1e-300, -1e15));

    [Fact]
    public void A_percentile_of_parts_is_that_of_all_their_numbers() =>
        Gen.Select(AnyNumber.Array[0, 12].Array[0, 6], Gen.OneOfConst(TrendsMath.Median, TrendsMath.P90, TrendsMath.P95, TrendsMath.P99)).Sample((parts, math) =>
        {
            double[] all = [.. parts.SelectMany(static p => p).Order()];
            var expected = NumberCounts.Percentile(math, all);
            var found = NumberCounts.Percentile(math, [.. parts.Select(Of)]);
            Assert.Equal(expected, found);
            Assert.Equal(all.Length == 0, found is null);
            if (math is TrendsMath.Median && all.Length > 0)
            {
                var (low, high) = (all[(all.Length - 1) / 2], all[all.Length / 2]);
                Assert.Equal((low / 2) + (high / 2), found!.Value, Math.Abs(found.Value) * 1e-12);
            }
        });

    [Fact]
    public void A_number_that_is_not_finite_is_not_kept() => Assert.Null(NumberCounts.Of(new[] { 1d, double.PositiveInfinity }, new[] { 1L, 1L }));

    private static NumberCounts Of(double[] numbers)
    {
        var groups = numbers.GroupBy(static n => n).OrderBy(static g => g.Key).ToList();
        return NumberCounts.Of(groups.ConvertAll(static g => g.Key), groups.ConvertAll(static g => g.LongCount()))!;
    }
}
