using CsCheck;
using Headroom.App.Capacity.Model;
using Xunit;

namespace Headroom.Tests.Capacity.Model;

public sealed class ScalabilityLawTests
{
    private static readonly double[] Concurrencies = [1, 2, 4, 8, 16, 32, 64];

    private static readonly Gen<ScalabilityLaw> Laws =
        Gen.Select(Gen.Double[10, 100_000], Gen.Double[0, 0.5], Gen.Double[0, 0.01]).Select(static (lambda, sigma, kappa) => new ScalabilityLaw(lambda, sigma, kappa));

    [Fact]
    public void The_law_that_made_the_points_is_found_again() => Laws.Sample(
        static law =>
        {
            var found = ScalabilityLaw.Fit([.. Concurrencies.Select(n => (n, law.Throughput(n)))])!;
            Assert.Equal(1, found.Lambda / law.Lambda, 1e-4);
            Assert.Equal(law.Sigma, found.Sigma, 1e-4);
            Assert.Equal(law.Kappa, found.Kappa, 1e-5);
        },
        iter: 300, threads: 1);

    [Fact]
    public void With_noise_no_law_nearby_fits_better_and_the_bounds_hold() => Gen.Select(Laws, Gen.Double[0.9, 1.1].Array[Concurrencies.Length]).Sample(
        static (law, noise) =>
        {
            var points = Concurrencies.Select((n, i) => (n, law.Throughput(n) * noise[i])).ToArray();
            var found = ScalabilityLaw.Fit(points)!;
            Assert.True(found is { Lambda: > 0, Sigma: >= 0, Kappa: >= 0 });
            // Less what numbers are rounded by, where the points are the law's own.
            var error = Error(found, points) - (1e-12 * points.Sum(static p => p.Item2 * p.Item2));
            foreach (var factor in (double[])[0.98, 1.02])
            {
                Assert.True(error <= Error(found with { Lambda = found.Lambda * factor }, points) * (1 + 1e-9));
                Assert.True(error <= Error(found with { Sigma = (found.Sigma * factor) + (factor > 1 ? 1e-4 : 0) }, points) * (1 + 1e-9));
                Assert.True(error <= Error(found with { Kappa = (found.Kappa * factor) + (factor > 1 ? 1e-6 : 0) }, points) * (1 + 1e-9));
            }

            Assert.True(error <= Error(law, points) * (1 + 1e-9));
        },
        iter: 300, threads: 1);

    [Fact]
    public void Points_that_grow_in_proportion_have_neither_contention_nor_a_peak()
    {
        var found = ScalabilityLaw.Fit([(1, 100), (2, 200), (4, 400), (8, 800)])!;
        Assert.Equal(100, found.Lambda, 1e-6);
        Assert.Equal(0, found.Sigma, 1e-9);
        Assert.Equal(0, found.Kappa, 1e-9);
        Assert.True(found.PeakConcurrency is null or > 1e4);
    }

    [Fact]
    public void The_peak_is_where_throughput_turns()
    {
        var law = new ScalabilityLaw(1000, 0.05, 0.002);
        var peak = law.PeakConcurrency!.Value;
        Assert.Equal(Math.Sqrt(0.95 / 0.002), peak, 1e-9);
        Assert.True(law.Throughput(peak) > law.Throughput(peak * 0.9));
        Assert.True(law.Throughput(peak) > law.Throughput(peak * 1.1));
        Assert.Equal(law.Throughput(peak), law.PeakThroughput);
        Assert.Equal(1000 / 0.1, new ScalabilityLaw(1000, 0.1, 0).PeakThroughput!.Value, 1e-9);
        Assert.Null(new ScalabilityLaw(1000, 0, 0).PeakThroughput);
    }

    [Fact]
    public void Too_few_or_senseless_points_give_no_law()
    {
        Assert.Null(ScalabilityLaw.Fit([]));
        Assert.Null(ScalabilityLaw.Fit([(1, 10), (2, 19)]));
        Assert.Null(ScalabilityLaw.Fit([(1, 10), (2, 19), (2, 20), (2, 21)]));
        Assert.Null(ScalabilityLaw.Fit([(1, 0), (2, double.NaN), (3, -4)]));
    }

    private static double Error(ScalabilityLaw law, IEnumerable<(double N, double X)> points) => points.Sum(p => Math.Pow(p.X - law.Throughput(p.N), 2));
}
