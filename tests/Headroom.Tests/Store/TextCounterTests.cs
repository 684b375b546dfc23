using System.Text;
using CsCheck;
using Headroom.Core;
using Xunit;

namespace Headroom.Tests.Store;

/// <summary>How many events of a name there are by bucket and text, which the store reads from the column of texts alone.</summary>
public sealed class TextCounterTests
{
    private const long Quarter = 15L * 60 * 1_000_000;
    private static readonly ProjectId Project = new(1);
    private static readonly PropertyColumnKey Page = new("page", PropertyKind.Text);
    private static readonly string[] Names = ["", "buy", "view", "view2"];
    private static readonly string?[] Pages = [null, "", "/", "/prix", "/ä", new string('x', 3_000)];

    [Fact]
    public void Random_rows_are_counted_by_bucket_and_text_before_and_after_merges() =>
        Gen.Select(
            Gen.Select(Gen.Int[0, 3], Gen.OneOf(Gen.Long[-3 * Quarter, 9 * Quarter], Gen.Long[-3, 9].Select(q => q * Quarter)), Gen.Int[0, Pages.Length - 1]).Array[1, 50].Array[1, 4],
            Gen.Long[-6, 14].Select(q => q * Quarter).Array[2, 6].Select(b => b.Distinct().Order().ToArray()).Where(b => b.Length > 1)).Sample(
            (batches, bounds) =>
            {
                var fixture = new StoreFixture();
                try
                {
                    for (var i = 0; i < batches.Length; i++)
                    {
                        fixture.CommitAsync(i + 1, [.. batches[i].Select((r, n) => Row((i * 1_000) + n, r.Item1, r.Item2, Pages[r.Item3]))]).GetAwaiter().GetResult();
                    }

                    var expected = Expected(batches.SelectMany(static b => b).Where(static r => r.Item1 == 2).Select(static r => (r.Item2, Pages[r.Item3])), bounds);
                    Assert.Equal(expected, CountAsync(fixture, bounds).GetAwaiter().GetResult());
                    fixture.Compact();
                    Assert.Equal(expected, CountAsync(fixture, bounds).GetAwaiter().GetResult());
                }
                finally
                {
                    fixture.DisposeAsync().AsTask().GetAwaiter().GetResult();
                }
            },
            iter: 30,
            threads: 1);

    [Theory]
    [InlineData(1, false)]
    [InlineData(4, false)]
    [InlineData(4, true)]
    public async Task Rows_of_several_row_groups_are_counted_once_however_many_threads_read(int threads, bool someWithout)
    {
        // More than four row groups, the name from the middle of one on, and texts past the size of a dictionary.
        const int Before = 70_000;
        const int Rows = 450_000;
        await using var fixture = new StoreFixture(o => o.QueryThreads = threads);
        using (var batch = fixture.Store.BeginBatch())
        {
            var rows = batch.Rows(Project);
            Assert.True(batch.MayUseColumn(Project, "page"u8, PropertyKind.Text));
            for (var i = 0; i < Before + Rows; i++)
            {
                var uuid = StoreFixture.Uuid(i);
                batch.TryAddUuid(Project, uuid, i);
                var row = rows.AddRow(uuid, i < Before ? rows.Store("buy"u8) : rows.Store("view"u8), rows.Store("u"u8), 1, TextSlice.Null, At(i), i);
                if (Text(i) is { } text)
                {
                    rows.Column("page"u8, PropertyKind.Text).AddText(row, rows.Store(Encoding.UTF8.GetBytes(text)));
                }
            }

            batch.Count(Project, Before + Rows, 0, 0);
            await batch.CommitAsync(1, TestContext.Current.CancellationToken);
        }

        long[] bounds = [.. Enumerable.Range(1, 8).Select(static b => b * Quarter)];
        Assert.Equal(Expected(Enumerable.Range(Before, Rows).Select(i => (At(i), Text(i))), bounds), await CountAsync(fixture, bounds));

        static long At(int i) => i * 9L * Quarter / (Before + Rows);

        string? Text(int i) => someWithout && i % 11 == 0 ? null : i < Before + (Rows / 2) ? $"/{i % 97}" : $"/a/page/that/is/asked/for/once/{i}";
    }

    [Fact]
    public async Task Nothing_is_told_where_a_bucket_ends_within_a_quarter_of_an_hour_or_there_are_too_many_texts()
    {
        await using var fixture = new StoreFixture();
        await fixture.CommitAsync(1, Row(1, 2, 7, "/"), Row(2, 2, Quarter + 1, "/prix"), Row(3, 2, Quarter + 3, null));
        Assert.Null(await CountAsync(fixture, [0, Quarter + 2]));
        Assert.Null(await CountAsync(fixture, [0, Quarter, 2 * Quarter], mostCells: 5));
        Assert.Equal(
            [(0L, "/", 1L), (Quarter, null, 1L), (Quarter, "/prix", 1L)], await CountAsync(fixture, [0, Quarter, 2 * Quarter], mostCells: 6));
    }

    [Fact]
    public async Task A_name_that_nobody_sent_has_no_events_and_a_text_that_no_file_has_is_none()
    {
        await using var fixture = new StoreFixture();
        await fixture.CommitAsync(1, Row(1, 0, 7, null));
        Assert.Empty((await CountAsync(fixture, [0, Quarter]))!);
        await fixture.CommitAsync(2, Row(2, 2, 7, null));
        Assert.Equal([(0L, null, 1L)], await CountAsync(fixture, [0, Quarter]));
    }

    [Fact]
    public async Task It_keeps_the_bounds_of_a_statement_and_ends_with_who_asked()
    {
        await using var fixture = new StoreFixture();
        await fixture.CommitAsync(1, Row(1, 2, 7, "/"), Row(2, 2, 8, "/prix"));
        var query = Query([0, Quarter]);
        Assert.Equal(QueryBound.Rows, await RefusedAsync(query with { MaxRows = 1 }));
        Assert.Equal(QueryBound.Time, await RefusedAsync(query with { Timeout = TimeSpan.FromTicks(1) }));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await fixture.Store.CountTextsAsync(query, "view", Page, 100, new CancellationToken(canceled: true)));
        Assert.Equal(2, (await CountAsync(fixture, [0, Quarter]))!.Count);

        async Task<QueryBound> RefusedAsync(StoreQuery asked) =>
            (await Assert.ThrowsAsync<QueryRefusedException>(async () => await fixture.Store.CountTextsAsync(asked, "view", Page, 100, CancellationToken.None))).Bound;
    }

    [Fact]
    public async Task A_damaged_segment_is_named()
    {
        await using var fixture = new StoreFixture();
        await fixture.CommitAsync(1, Row(1, 2, 7, "/"));
        await fixture.ReopenAsync();
        var file = Directory.GetFiles(fixture.Options.DataDirectory, "*.parquet", SearchOption.AllDirectories).Single(static f => f.Contains("segments", StringComparison.Ordinal));
        var bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        const int Ending = 8;
        bytes.AsSpan(4, bytes.Length - 4 - Ending - BitConverter.ToInt32(bytes, bytes.Length - Ending)).Clear();
        await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);
        var damage = await Assert.ThrowsAsync<DataDamagedException>(async () => await CountAsync(fixture, [0, Quarter]));
        Assert.Contains(Path.GetFileName(file), damage.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_that_were_opened_serve_the_next_and_are_closed_when_nobody_asks()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(StoreFixture.Start);
        await using var fixture = new StoreFixture { Time = time };
        await fixture.CommitAsync(1, Row(1, 2, 7, "/"));
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal([(0L, "/", 1L)], await CountAsync(fixture, [0, Quarter]));
            Assert.Equal(1, Open());
        }

        time.Advance(TimeSpan.FromSeconds(61));
        time.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(0, Open());
        Assert.Equal([(0L, "/", 1L)], await CountAsync(fixture, [0, Quarter]));

        int Open() => Directory.GetFiles("/proc/self/fd").Count(f => Target(f) is { } target &&
            target.StartsWith(fixture.Options.DataDirectory, StringComparison.Ordinal) && target.EndsWith(".parquet", StringComparison.Ordinal));

        // Other tests open and close theirs meanwhile.
        static string? Target(string descriptor)
        {
            try
            {
                return File.ResolveLinkTarget(descriptor, returnFinalTarget: false)?.FullName;
            }
            catch (IOException)
            {
                return null;
            }
        }
    }

    private static TestRow Row(int uuid, int name, long at, string? page) =>
        new(1, uuid, Names[name], "u", 1, null, at) { Properties = page is null ? [] : [("page", page)] };

    /// <summary>With a statement that the store would refuse, were it run.</summary>
    private static StoreQuery Query(long[] bounds) =>
        new() { Project = Project, Sql = "no statement", Columns = [Page], Buckets = bounds, From = bounds[0], To = bounds[^1], MaxRows = int.MaxValue };

    /// <summary>Where each bucket begins, a text in it, and how often.</summary>
    private static async Task<List<(long Bucket, string? Text, long Events)>?> CountAsync(StoreFixture fixture, long[] bounds, int mostCells = 100_000_000)
    {
        if (await fixture.Store.CountTextsAsync(Query(bounds), "view", Page, mostCells, CancellationToken.None) is not { } tally)
        {
            return null;
        }

        var buckets = bounds.Length - 1;
        Assert.Equal((tally.Texts.Count + 1) * buckets, tally.Counts.Length);
        return [.. tally.Counts.Index().Where(static c => c.Item > 0)
            .Select(c => (bounds[c.Index % buckets], c.Index < buckets ? null : tally.Texts.Text((c.Index / buckets) - 1), c.Item)).Order()];
    }

    private static List<(long Bucket, string? Text, long Events)> Expected(IEnumerable<(long At, string? Text)> events, long[] bounds) =>
        [.. events.Where(e => e.At >= bounds[0] && e.At < bounds[^1]).GroupBy(e => (Bucket: bounds.Last(b => b <= e.At), e.Text))
            .Select(static g => (g.Key.Bucket, g.Key.Text, (long)g.Count())).Order()];
}
