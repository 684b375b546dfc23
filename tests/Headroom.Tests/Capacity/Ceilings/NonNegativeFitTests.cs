using CsCheck;
using Headroom.App.Capacity.Ceilings;
using Xunit;

namespace Headroom.Tests.Capacity.Ceilings;

public sealed class NonNegativeFitTests
{
    [Fact]
    public void Coefficients_that_are_not_negative_are_found_from_exact_data() =>
        Gen.Select(Gen.Double[0, 10], Gen.Double[0, 10], Gen.Double[0.1, 10], Gen.Int[1, 1000]).Sample((a, b, c, seed) =>
        {
            var random = new Random(seed);
            var rows = Enumerable.Range(0, 20).Select(_ =>
            {
                var (x, y) = (random.NextDouble(), 1000 * random.NextDouble());
                return (new[] { 1, x, y, a + (b * x) + (c * y) }, 1.0);
            }).ToList();
            var found = NonNegativeFit.Solve(rows, [0, 0, 0])!;
            return Near(a, found[0]) && Near(b, found[1]) && Near(c, found[2]);
        });

    [Fact]
    public void None_is_below_zero_and_no_other_choice_is_better()
    {
        // Falls with x, so the best line that may not fall is flat.
        List<(double[], double)> rows = [([1, 1, 10], 1), ([1, 2, 8], 1), ([1, 3, 6], 1)];

        var found = NonNegativeFit.Solve(rows, [0, 0])!;

        Assert.Equal(8, found[0], 9);
        Assert.Equal(0, found[1]);
    }

    [Fact]
    public void Where_columns_cannot_be_told_apart_the_one_without_a_ridge_has_it_all()
    {
        List<(double[], double)> rows = [([1, 5, 10], 1), ([1, 5, 10], 1)];

        var found = NonNegativeFit.Solve(rows, [0.02, 0])!;

        Assert.InRange(found[1], 1.9, 2.0);
    }

    [Fact]
    public void Nothing_is_found_where_nothing_was_measured() => Assert.Null(NonNegativeFit.Solve([([1, 0, 0], 1)], [0, 0]));

    private static bool Near(double truth, double found) => Math.Abs(truth - found) < 1e-2 * Math.Max(1, truth);
}
