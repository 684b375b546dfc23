using CsCheck;
using Headroom.Core;
using Headroom.Store;
using Xunit;

namespace Headroom.Tests.Store;

/// <summary>What the footers of segments tell of events is what counting their rows tells.</summary>
public sealed class EventCountsTests
{
    private const long Quarter = 15L * 60 * 1_000_000;
    private static readonly string[] Names = ["", "buy", "größe", "view", "view2"];

    private static readonly Gen<(int Name, long At)[]> Rows =
        Gen.Select(Gen.Int[0, Names.Length - 1], Gen.OneOf(Gen.Long[-3 * Quarter, 9 * Quarter], Gen.Long[-3, 9].Select(q => q * Quarter), Gen.Long[-20_000, 60_000].Select(q => q * Quarter / 2)))
            .Array[1, 60];

    private static readonly Gen<long[]> Bounds = Gen.Long[-6, 14].Select(q => q * Quarter).Array[2, 8].Select(b => b.Order().ToArray());

    [Fact]
    public void Counts_of_random_rows_are_those_of_their_rows_before_and_after_merges() =>
        Gen.Select(Rows.Array[1, 4], Bounds).Sample(
            (batches, bounds) =>
            {
                using var fixture = new Fixture(batches);
                fixture.Same(bounds);
                fixture.Store.Compact();
                fixture.Same(bounds);
            },
            iter: 40,
            threads: 1);

    [Fact]
    public async Task A_bound_within_a_quarter_of_a_segment_is_not_told_and_one_outside_all_segments_is()
    {
        await using var fixture = new StoreFixture();
        await AddAsync(fixture, 1, [(3, Quarter + 5), (3, Quarter + 9), (1, (2 * Quarter) + 1)]);
        Assert.Null(await CountAsync(fixture, ["view"], [0, Quarter + 6, 4 * Quarter]));
        Assert.Equal(["0 2"], (await CountAsync(fixture, ["view"], [0, Quarter + 5, 4 * Quarter]))!);
        Assert.Equal(["3 0"], (await CountAsync(fixture, [null], [7, (2 * Quarter) + 2, 4 * Quarter]))!);
        Assert.Equal(["0"], (await CountAsync(fixture, ["nothing"], [0, 4 * Quarter]))!);
    }

    [Fact]
    public void Damaged_counts_are_none_so_that_rows_are_counted()
    {
        // Two events of "a" in quarter 1 and three in quarter 2.
        byte[] whole = [1, 1, (byte)'a', 2, 2, 3, 2, 0];
        Assert.NotNull(EventCounts.Parse(whole, rows: 5));
        Assert.Null(EventCounts.Parse(whole, rows: 6));
        Assert.Null(EventCounts.Parse([2, .. whole[1..]], rows: 5));
        for (var length = 0; length < whole.Length; length++)
        {
            Assert.Null(EventCounts.Parse(whole[..length], rows: 5));
        }

        byte[] endless = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01];
        byte[] most = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01];
        foreach (byte[] damaged in new byte[][] { [1, .. endless], [1, .. most], [1, 1, (byte)'a', .. most, 2, 0], [1, 1, (byte)'a', 5, .. most, 0], [1, 1, (byte)'a', 2, 2, 3, 1, 0], [1, 1, (byte)'a', 2, 2, 3, 0, 0] })
        {
            Assert.Null(EventCounts.Parse(damaged, rows: 5));
        }
    }

    [Fact]
    public async Task What_has_too_many_names_and_quarters_is_left_to_who_counts_rows()
    {
        await using var fixture = new StoreFixture();
        await AddAsync(fixture, 1, [.. Enumerable.Range(0, 4_096).Select(static i => (3, i * Quarter))]);
        Assert.Equal(["4096"], (await CountAsync(fixture, [null], [0, 5_000 * Quarter]))!);
        await AddAsync(fixture, 2, [.. Enumerable.Range(0, 4_097).Select(static i => (3, i * Quarter))]);
        Assert.Null(await CountAsync(fixture, [null], [0, 5_000 * Quarter]));
    }

    [Fact]
    public async Task A_project_without_events_has_none_of_them()
    {
        await using var fixture = new StoreFixture();
        Assert.Equal(["0 0"], (await CountAsync(fixture, [null], [0, 1, 2]))!);
    }

    [Fact]
    public async Task More_names_than_are_wanted_are_not_told()
    {
        await using var fixture = new StoreFixture();
        await AddAsync(fixture, 1, [(1, 5), (3, 6)]);
        Assert.Equal(2, (await fixture.Store.CountNamesAsync(new ProjectId(1), [0, Quarter], 2, TestContext.Current.CancellationToken))!.Count);
        Assert.Null(await fixture.Store.CountNamesAsync(new ProjectId(1), [0, Quarter], 1, TestContext.Current.CancellationToken));
        Assert.Empty((await fixture.Store.CountNamesAsync(new ProjectId(2), [0, Quarter], 1, TestContext.Current.CancellationToken))!);
    }

    private static async Task<string[]?> CountAsync(StoreFixture fixture, string?[] names, long[] bounds) =>
        (await fixture.Store.CountAsync(new ProjectId(1), names, bounds, CancellationToken.None))?.Counts.Select(static c => string.Join(' ', c)).ToArray();

    private static Task AddAsync(StoreFixture fixture, int offset, (int Name, long At)[] rows) =>
        fixture.CommitAsync(offset, [.. rows.Select((r, i) => new TestRow(1, (offset * 10_000) + i, Names[r.Name], "u", 1, null, r.At))]);

    private sealed class Fixture : IDisposable
    {
        private readonly (int Name, long At)[] _rows;

        public Fixture((int Name, long At)[][] batches)
        {
            _rows = [.. batches.SelectMany(static b => b)];
            for (var i = 0; i < batches.Length; i++)
            {
                AddAsync(Store, i + 1, batches[i]).GetAwaiter().GetResult();
            }
        }

        public StoreFixture Store { get; } = new();

        public void Same(long[] bounds)
        {
            string?[] names = [null, .. Names];
            var counts = CountAsync(Store, names, bounds).GetAwaiter().GetResult();
            for (var i = 0; i < names.Length; i++)
            {
                var rows = _rows.Where(r => names[i] is null || Names[r.Name] == names[i]);
                Assert.Equal(string.Join(' ', bounds.Skip(1).Select((to, b) => rows.Count(r => r.At >= bounds[b] && r.At < to))), counts![i]);
            }

            // Of all time, so that every segment is asked.
            long[] always = [UnixMicros.Min, .. bounds, UnixMicros.Max];
            var tallies = Store.Store.CountNamesAsync(new ProjectId(1), always, Names.Length, CancellationToken.None).AsTask().GetAwaiter().GetResult();
            Assert.Equal(_rows.Select(r => Names[r.Name]).Distinct().Order(StringComparer.Ordinal), tallies!.Select(static t => t.Name).Order(StringComparer.Ordinal));
            foreach (var tally in tallies!)
            {
                var times = _rows.Where(r => Names[r.Name] == tally.Name).Select(static r => r.At).ToList();
                Assert.Equal(always.Skip(1).Select((to, b) => (long)times.Count(t => t >= always[b] && t < to)), tally.Counts);
                Assert.InRange(tally.Seen.First, times.Min() - Quarter + 1, times.Min());
                Assert.InRange(tally.Seen.Last, times.Max(), times.Max() + Quarter - 1);
            }
        }

        public void Dispose() => Store.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
