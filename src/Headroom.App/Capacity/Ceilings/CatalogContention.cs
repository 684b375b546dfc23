using Headroom.App.Capacity.Measuring;

namespace Headroom.App.Capacity.Ceilings;

/// <summary>
/// What commits lose by the reads of processes that only query, in the database that the catalog is in and where both go. How busy that server is nobody
/// here sees; but where reads take something from commits, commits take longer while more is read.
/// </summary>
/// <param name="Readers">Processes that query and do not write, whose reads go to the server that is written to.</param>
/// <param name="Reading">Their reads under way there, in the mean of the last minute.</param>
/// <param name="CommitShare">0 to 1: of the time of commits, the part inside the catalog.</param>
/// <param name="Commit">Seconds of a commit inside the catalog in the last minute.</param>
/// <param name="CommitAlone">The same without those reads; less, by <see cref="LeastTaken"/> of it at least.</param>
internal sealed record CatalogContention(int Readers, double Reading, double CommitShare, double Commit, double CommitAlone)
{
    /// <summary>Of the catalog's part of a commit, what the reads have to take to be told: less may be anything.</summary>
    public const double LeastTaken = 0.2;

    /// <summary>Rounds of the Writer's process below which nothing can be said.</summary>
    private const int LeastRounds = 30;

    /// <summary>Of the sum of squares, what the coefficient of the reads is held back by: where the rounds do not tell them from the load they get nothing.</summary>
    private const double Ridge = 0.01;

    /// <summary>0 to 1: of the time of commits, what would be spared.</summary>
    public double Spared => CommitShare * (1 - (CommitAlone / Commit));

    /// <summary>Null where the rounds do not show it: all of them, and each half of them by itself.</summary>
    public static CatalogContention? Of(IReadOnlyList<Round> rounds)
    {
        Round[] committing = [.. rounds.Where(static round => round.Own.Sample.Rate(Quantity.CatalogCommits) > 0)];
        if (committing.Length < LeastRounds)
        {
            return null;
        }

        var now = committing[^Math.Min(committing.Length, ResourceCeilings.PresentSamples)..];
        var readers = now[^1].Processes.Count(static one => Reads(one) && one.Sample.Rate(Quantity.CatalogReadSeconds) > 0);
        var (commits, inCatalog, inCommits) = (Mean(now, Quantity.CatalogCommits), Mean(now, Quantity.CatalogSeconds), Mean(now, Quantity.CommitSeconds));
        var (taken, half) = (Taken(committing, now), committing.Length / 2);
        if (readers == 0 || inCommits <= 0 || ((double[])[taken, Taken(committing[..half], now), Taken(committing[half..], now)]).Min() < LeastTaken)
        {
            return null;
        }

        return new CatalogContention(readers, now.Average(ReadsUnderWay), Math.Min(1, inCatalog / inCommits), inCatalog / commits, inCatalog / commits * (1 - taken));
    }

    /// <summary>
    /// Of the time inside the catalog, what goes with the reads: it is fitted as a·commits + b·rows + c·commits·reads under way, so that neither more
    /// commits nor larger ones are taken for more reads.
    /// </summary>
    private static double Taken(Round[] rounds, Round[] now)
    {
        double[] present = [Mean(now, Quantity.CatalogCommits), Mean(now, Quantity.WriterRows), now.Average(static round => round.Own.Sample.Rate(Quantity.CatalogCommits) * ReadsUnderWay(round))];
        if (present.Any(static value => value <= 0))
        {
            return 0;
        }

        var rows = rounds.Select(round => (
            (double[])[
                round.Own.Sample.Rate(Quantity.CatalogCommits) / present[0], round.Own.Sample.Rate(Quantity.WriterRows) / present[1],
                round.Own.Sample.Rate(Quantity.CatalogCommits) * ReadsUnderWay(round) / present[2], round.Own.Sample.Rate(Quantity.CatalogSeconds),
            ], round.Own.Sample.Seconds)).ToList();
        return NonNegativeFit.Solve(rows, [0, 0, Ridge * rows.Sum(static row => row.Seconds * row.Item1[2] * row.Item1[2])]) is { } fit && fit.Sum() > 0 ? fit[2] / fit.Sum() : 0;
    }

    private static double Mean(Round[] rounds, Quantity quantity) => rounds.Average(round => round.Own.Sample.Rate(quantity));

    private static double ReadsUnderWay(Round round) => round.Processes.Where(Reads).Sum(static one => one.Sample.Rate(Quantity.CatalogReadSeconds));

    private static bool Reads(ProcessSample one) => one.Process.Roles is { Writes: false, Queries: true };
}
