using Headroom.Core;
using Xunit;

namespace Headroom.Tests.Store;

/// <summary>How many files a query opens, whatever ages the batches mix.</summary>
public sealed class FilesPerQueryTests
{
    private const int Flushes = 200;
    private const int FanIn = 8;
    private const double Month = 30 * 86_400;

    [Fact]
    public async Task Many_flushes_of_mixed_age_are_few_files()
    {
        await using var fixture = new StoreFixture(o => o.CompactionFanIn = FanIn);
        for (var i = 0; i < Flushes; i++)
        {
            // As an import does: each batch reaches over most of the month, so that time keeps no file out.
            await fixture.CommitAsync(i + 1, [.. Enumerable.Range(0, 4).Select(n => TestRow.Simple(1, (i * 4) + n, seconds: -Month * ((n * 0.25) + (i / 1_000d))))]);
            if (i % 20 == 0)
            {
                fixture.Compact();
            }
        }

        fixture.Compact();
        // Fewer than the fan-in at each level is left, and 200 flushes are three levels.
        Assert.InRange((await Ask(long.MinValue, long.MaxValue)).Segments, 1, 3 * (FanIn - 1));
        Assert.InRange((await Ask(StoreFixture.Micros(-Month / 2), StoreFixture.Micros(-Month / 3))).Segments, 1, 3 * (FanIn - 1));
        Assert.Equal(4L * Flushes, (await Ask(long.MinValue, long.MaxValue)).Rows[0][0]);

        async Task<QueryRows> Ask(long from, long to) => await fixture.Store.QueryAsync(
            new StoreQuery { Project = StoreFixture.Project(1), Sql = "SELECT count(*) FROM {events}", From = from, To = to }, CancellationToken.None);
    }

    [Fact]
    public async Task A_file_wholly_outside_the_range_is_not_opened()
    {
        await using var fixture = new StoreFixture();
        for (var day = 0; day < 10; day++)
        {
            await fixture.CommitAsync(day + 1, TestRow.Simple(1, day, seconds: day * 86_400));
        }

        var rows = await fixture.Store.QueryAsync(
            new StoreQuery { Project = StoreFixture.Project(1), Sql = "SELECT count(*) FROM {events}", From = StoreFixture.Micros(3 * 86_400), To = StoreFixture.Micros(5 * 86_400) },
            CancellationToken.None);
        Assert.Equal(2, rows.Segments);
        Assert.Equal(2L, rows.Rows[0][0]);
    }
}
