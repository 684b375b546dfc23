using CsCheck;
using Headroom.App.Capacity;
using Headroom.App.Capacity.Ceilings;
using Headroom.App.Capacity.Measuring;
using Xunit;

namespace Headroom.Tests.Capacity.Ceilings;

/// <summary>Whether commits are told to lose by reads of the catalog exactly where they do.</summary>
public sealed class CatalogContentionTests
{
    private const double Seconds = 10;
    private static readonly MeasuredProcess Writer = new("writer", "w", "w", new ProcessRoles(false, true, false));

    /// <summary>Seconds of a commit, of a row of it, and what each read under way adds to a commit.</summary>
    private sealed record Costs(double Commit, double Row, double Read);

    [Fact]
    public void What_reads_take_is_found_where_they_come_and_go() => Gen.Select(Gen.Double[0.01, 0.1], Gen.Double[0, 1e-6], Gen.Double[0.5, 2], Gen.Int[1, 5], Gen.Int[0, 1_000_000])
        .Sample((commit, row, more, readers, seed) =>
        {
            var costs = new Costs(commit, row, commit * more);
            var found = CatalogContention.Of(Rounds(60, seed, readers, costs, static random => 2 * random.NextDouble(), last: 1.5))!;
            var alone = (costs.Commit + (Rows * costs.Row)) / (costs.Commit + (Rows * costs.Row) + (1.5 * costs.Read));
            return found.Readers == readers && Math.Abs(found.Reading - 1.5) < 1e-6 && Math.Abs(found.CommitAlone / found.Commit - alone) < 0.1 && Math.Abs(found.CommitShare - 0.9) < 1e-6;
        });

    [Fact]
    public void Reads_that_take_nothing_are_not_told_however_many_and_slow_they_are() => Gen.Select(Gen.Double[0.01, 0.5], Gen.Double[0.1, 20], Gen.Int[0, 1_000_000])
        .Sample((commit, reading, seed) => CatalogContention.Of(Rounds(60, seed, 3, new Costs(commit, 1e-7, 0), random => reading * random.NextDouble(), last: reading)) is null);

    [Fact]
    public void Where_about_as_much_is_read_all_the_time_it_is_not_known_what_a_commit_would_take_without() => Gen.Select(Gen.Double[0.1, 5], Gen.Double[0, 0.1], Gen.Int[0, 1_000_000])
        .Sample((reading, more, seed) =>
            CatalogContention.Of(Rounds(60, seed, 3, new Costs(0.05, 1e-7, 0.05), random => reading * (1 + (more * (random.NextDouble() - 0.5))), last: reading)) is null);

    [Fact]
    public void Too_few_rounds_no_reads_and_reads_of_the_process_that_writes_say_nothing()
    {
        var costs = new Costs(0.05, 0, 0.1);
        Assert.Null(CatalogContention.Of(Rounds(20, 1, 2, costs, static random => random.NextDouble(), last: 1)));
        Assert.Null(CatalogContention.Of(Rounds(60, 1, 2, costs, static _ => 0, last: 0)));
        Assert.Null(CatalogContention.Of([]));
        var rounds = Rounds(60, 1, 1, costs, static random => random.NextDouble(), last: 1);
        Assert.NotNull(CatalogContention.Of(rounds));
        Assert.Null(CatalogContention.Of([.. rounds.Select(static round => round with { Processes = [.. round.Processes.Select(static one => one with { Process = one.Process with { Roles = ProcessRoles.Whole } })] })]));
    }

    /// <summary>Of a commit, in the mean.</summary>
    private const double Rows = 5_000;

    /// <param name="reading">Reads under way in a round; in the last ten there are <paramref name="last"/>.</param>
    private static List<Round> Rounds(int count, int seed, int readers, Costs costs, Func<Random, double> reading, double last)
    {
        var random = new Random(seed);
        var rounds = new List<Round>();
        for (var i = 0; i < count; i++)
        {
            var commits = i < count - 10 ? 1 + (3 * random.NextDouble()) : 3;
            var rows = i < count - 10 ? commits * Rows * (0.5 + random.NextDouble()) : commits * Rows;
            var under = i < count - 10 ? reading(random) : last;
            var inCatalog = (commits * (costs.Commit + (costs.Read * under))) + (rows * costs.Row);
            var noisy = i < count - 10 ? 0.97 + (0.06 * random.NextDouble()) : 1;
            var at = DateTimeOffset.UnixEpoch.AddSeconds(i * Seconds);
            rounds.Add(new Round(at, [
                new ProcessSample(Writer, Sample(at, (Quantity.CatalogCommits, commits), (Quantity.WriterRows, rows), (Quantity.CatalogSeconds, inCatalog * noisy), (Quantity.CommitSeconds, inCatalog * noisy / 0.9))),
                .. Enumerable.Range(1, readers).Select(reader => new ProcessSample(
                    new MeasuredProcess($"query-{reader}", "q", $"q{reader}", new ProcessRoles(false, false, true)), Sample(at, (Quantity.CatalogReadSeconds, under / readers)))),
            ]));
        }

        return rounds;
    }

    private static Sample Sample(DateTimeOffset at, params (Quantity Quantity, double Rate)[] rates)
    {
        var values = new double[Enum.GetValues<Quantity>().Length];
        foreach (var (quantity, rate) in rates)
        {
            values[(int)quantity] = rate * Seconds;
        }

        return new Sample(Reading(at, 0, new double[values.Length]), Reading(at, Seconds, values));

        static Reading Reading(DateTimeOffset at, double clock, double[] values) => new(at, clock, values, new MachineReading(0, 0, 2, 200 << 20, 4L << 30, 0, 0, 50L << 30, 0));
    }
}
