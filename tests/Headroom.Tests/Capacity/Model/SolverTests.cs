using System.Diagnostics;
using System.Globalization;
using CsCheck;
using Headroom.App.Capacity.Model;
using Xunit;

namespace Headroom.Tests.Capacity.Model;

/// <summary>The formulas against the same network played through: utilisation within 5 %, P99 within 25 %.</summary>
public sealed class SolverTests(ITestOutputHelper output)
{
    private const double UtilisationTolerance = 0.05;
    private const double TailTolerance = 0.25;

    public static TheoryData<double> Utilisations => [0.1, 0.3, 0.5, 0.7, 0.85];

    [Theory]
    [MemberData(nameof(Utilisations))]
    public void Processors_agree(double utilisation)
    {
        foreach (var count in (int[])[1, 2, 4, 8])
        {
            foreach (var variability in (double[])[0, 1, 3])
            {
                Compare(One(new Processors($"processors {count}, {variability}", count), utilisation * count / 0.01, new Visit(0, 0.01, variability)));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Utilisations))]
    public void Processors_with_short_and_long_jobs_agree(double utilisation)
    {
        foreach (var count in (int[])[1, 2, 4])
        {
            var network = new Network(
                [new Processors($"processors {count}", count)], [],
                [
                    new JobClass("short", utilisation * count * 0.5 / 0.001, [new Visit(0, 0.001, 0.5)]),
                    new JobClass("long", utilisation * count * 0.5 / 0.02, [new Visit(0, 0.02, 1)]),
                ]);
            Compare(network);
        }
    }

    [Theory]
    [MemberData(nameof(Utilisations))]
    public void Servers_agree(double utilisation)
    {
        foreach (var count in (int[])[1, 2, 4, 8])
        {
            foreach (var variability in (double[])[0, 1, 3])
            {
                Compare(One(new Servers($"servers {count}, {variability}", count), utilisation * count / 0.01, new Visit(0, 0.01, variability)));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Utilisations))]
    public void A_log_that_commits_groups_agrees(double utilisation)
    {
        foreach (var variability in (double[])[0, 0.5, 1])
        {
            // Work of jobs up to the utilisation; the time for each group is on top of it.
            Compare(One(new Batches($"log {variability}", 0.002, variability), utilisation / 0.0004, new Visit(0, 0.0004, 0)));
            Compare(One(new Batches($"quick log {variability}", 0.002, variability), utilisation / 0.002, new Visit(0, 0.00001, 0)));
        }
    }

    [Theory]
    [MemberData(nameof(Utilisations))]
    public void A_writer_that_gathers_agrees(double utilisation)
    {
        Compare(One(new Batches("writer", 0.03, 0.3, 0.4), utilisation / 0.002, new Visit(0, 0.002, 0)));
        Compare(One(new Batches("idle writer", 0.03, 0.3, 0.4), utilisation * 10, new Visit(0, 0.00001, 0)));
    }

    [Theory]
    [MemberData(nameof(Utilisations))]
    public void Places_for_queries_agree(double utilisation)
    {
        foreach (var (count, places) in (ReadOnlySpan<(int, int)>)[(2, 4), (2, 2), (4, 8), (8, 4)])
        {
            var at = Math.Min(count, places);
            Compare(new Network(
                [new Processors($"processors {count} of {places} places", count)], [new Pool("slots", places)],
                [new JobClass("queries", utilisation * at / 0.05, [new Visit(0, 0.05, 1, 0)])]));
        }
    }

    [Fact]
    public void Random_networks_of_an_installation_agree() =>
        Gen.Select(Gen.Int[1, 8], Gen.Double[0.1, 0.85], Gen.Double[0.2, 0.7], Gen.Double[0.2, 2], Gen.Double[0.05, 0.8], Gen.Double[0.01, 0.8], Gen.Double[0.02, 0.15]).Sample(
            (cores, utilisation, share, variability, sync, writing, queryDemand) =>
            {
                // Of the processors' load a share is requests of 10 ms, the rest is queries; enough of both for a 99th percentile.
                const double Request = 0.01;
                var requests = utilisation * cores * share / Request;
                var queries = utilisation * cores * (1 - share) / queryDemand;
                Compare(
                    new Network(
                        [new Processors("cpu", cores), new Batches("fsync", sync * 0.01, 0.5), new Batches("writer", 0.02, 0.2, 0.25)],
                        [new Pool("slots", cores * 2)],
                        [
                            new JobClass("requests", requests, [new Visit(0, Request, variability), new Visit(1, sync * 0.2 / requests, 0), new Visit(2, writing / requests, 0)]),
                            new JobClass("queries", queries, [new Visit(0, queryDemand, variability, 0)]),
                        ]),
                    jobs: (long)(15_000 * (1 + (requests / queries))));
            },
            iter: 20, threads: 1);

    [Fact]
    public void Little_s_law_and_the_utilisation_law_hold()
    {
        var network = One(new Servers("thread", 1), 50, new Visit(0, 0.01, 1));
        var solved = Solver.Solve(network).Stations[0];
        Assert.Equal(0.5, solved.Utilisation, 1e-12);
        Assert.Equal(50 * solved.Response!.Mean, solved.Busy!.Value, 1e-12);

        // M/M/1: the response is exponential with mean 1/(μ − λ).
        Assert.Equal(0.02, solved.Response.Mean, 1e-4);
        Assert.Equal(0.02 * Math.Log(100), solved.Response.P99, 0.002);
    }

    [Fact]
    public void Past_its_ceiling_a_station_has_no_response_and_says_by_how_much()
    {
        foreach (var station in (Station[])[new Servers("thread", 1), new Processors("cpu", 1), new Batches("log", 0.001, 0, 0, 1)])
        {
            var solved = Solver.Solve(One(station, 200, new Visit(0, 0.01, 0.5)));
            Assert.True(solved.Stations[0].Utilisation >= 2);
            Assert.Null(solved.Stations[0].Response);
            Assert.Null(solved.Classes[0].Response);
        }
    }

    [Fact]
    public void Erlang_s_table_is_met()
    {
        // Two servers at 0.5: 1/3; ten at 0.8: 0.4092 (Erlang's tables).
        Assert.Equal(1.0 / 3, Solver.ErlangC(2, 1), 1e-12);
        Assert.Equal(0.4092, Solver.ErlangC(10, 8), 1e-4);
    }

    [Fact]
    public void The_simulation_is_the_same_for_the_same_seed_and_plays_jobs_quickly()
    {
        var network = One(new Servers("thread", 1), 50, new Visit(0, 0.01, 1));
        var watch = Stopwatch.StartNew();
        Assert.Equal(Simulation.Run(network, 300_000, 7).Stations[0], Simulation.Run(network, 300_000, 7).Stations[0]);
        output.WriteLine($"{600_000 / watch.Elapsed.TotalSeconds:N0} jobs/s");
    }

    [Fact]
    public void Gamma_s_quantiles_are_those_of_its_distribution() => Gen.Select(Gen.Double[0.05, 80], Gen.Double[0.01, 0.999]).Sample(
        static (shape, share) => Assert.Equal(share, GammaLaw.Share(shape, GammaLaw.Quantile(shape, share), GammaLaw.LogGamma(shape + 1)), 2e-3),
        iter: 1000, threads: 1);

    private static Network One(Station station, double rate, Visit visit) => new([station], [], [new JobClass("jobs", rate, [visit])]);

    /// <summary>Judged by a run that is long enough: where a short one is off, by one eight times as long.</summary>
    private void Compare(Network network, long jobs = 80_000)
    {
        var plan = Solver.Solve(network);
        var wrong = Differences(plan, Simulation.Run(network, jobs, 1));
        if (wrong.Count > 0)
        {
            wrong = Differences(plan, Simulation.Run(network, jobs * 8, 2));
        }

        Assert.True(
            wrong.Count == 0,
            $"{string.Join('\n', wrong)}\n{string.Join(", ", plan.Stations.Select(static s => string.Create(CultureInfo.InvariantCulture, $"{s.Name} at {s.Utilisation:0.00}")))}\n{network.Classes[0]} {network.Classes[^1].Rate} {string.Join(' ', network.Classes.SelectMany(static c => c.Visits))}");
    }

    private List<string> Differences(NetworkResult plan, NetworkResult played)
    {
        var wrong = new List<string>();
        foreach (var (a, b) in plan.Stations.Zip(played.Stations))
        {
            Check(a.Name + " utilisation", a.Utilisation, b.Utilisation, UtilisationTolerance);
            Check(a.Name + " p99", a.Response?.P99, b.Response?.P99, TailTolerance);
        }

        foreach (var (a, b) in plan.Classes.Zip(played.Classes))
        {
            for (var step = 0; step < a.Totals.Count; step++)
            {
                Check($"{a.Name} p99 of step {step}", a.Steps[step]?.P99, b.Steps[step]?.P99, TailTolerance);
                Check($"{a.Name} p99 to step {step}", a.Totals[step]?.P99, b.Totals[step]?.P99, TailTolerance);
            }
        }

        return wrong;

        void Check(string what, double? solved, double? simulated, double tolerance)
        {
            var off = (solved / simulated) - 1;
            var line = string.Create(CultureInfo.InvariantCulture, $"{off,7:P1} {what}: {solved:G4} for {simulated:G4}");
            output.WriteLine(line);
            if (!(Math.Abs(off ?? double.NaN) <= tolerance))
            {
                wrong.Add(line);
            }
        }
    }
}
