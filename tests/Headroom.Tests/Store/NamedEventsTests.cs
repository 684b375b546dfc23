using CsCheck;
using Headroom.Core;
using Headroom.Store;
using Xunit;

namespace Headroom.Tests.Store;

/// <summary>The events of a name by where they lie in the files, and by their names and times where the files do not tell.</summary>
public sealed class NamedEventsTests
{
    private const long Quarter = 15L * 60 * 1_000_000;
    private static readonly string[] Names = ["", "buy", "view", "view2"];

    private static readonly Gen<(int Name, long At, int Group)[]> Rows =
        Gen.Select(Gen.Int[0, 3], Gen.OneOf(Gen.Long[-3 * Quarter, 9 * Quarter], Gen.Long[-3, 9].Select(q => q * Quarter)), Gen.Int[0, 2]).Array[1, 50];

    [Fact]
    public void Random_rows_are_found_by_name_and_bucket_before_and_after_merges() =>
        Gen.Select(Rows.Array[1, 4], Gen.Long[-6, 14].Select(q => q * Quarter).Array[2, 6].Select(b => b.Distinct().Order().ToArray()).Where(b => b.Length > 1)).Sample(
            (batches, bounds) =>
            {
                var fixture = new StoreFixture();
                try
                {
                    for (var i = 0; i < batches.Length; i++)
                    {
                        fixture.CommitAsync(i + 1, [.. batches[i].Select((r, n) => Row((i * 1_000) + n, r))]).GetAwaiter().GetResult();
                    }

                    var expected = batches.SelectMany(static b => b).Where(r => r.Name is 1 or 2 && r.At >= bounds[0] && r.At < bounds[^1] && (r.Name == 1 || r.Group > 0))
                        .Select(r => $"{Names[r.Name]}|{bounds.Last(b => b <= r.At)}|{r.Group}").Order(StringComparer.Ordinal);
                    var all = batches.SelectMany(static b => b).Where(r => r.At >= bounds[0] && r.At < bounds[^1])
                        .Select(r => $"{Names[r.Name]}|{bounds.Last(b => b <= r.At)}|{r.Group}").Order(StringComparer.Ordinal);
                    Assert.Equal(expected, Find(fixture, bounds));
                    Assert.Equal(all, FindAll(fixture, bounds));
                    fixture.Compact();
                    Assert.Equal(expected, Find(fixture, bounds));
                    Assert.Equal(all, FindAll(fixture, bounds));
                }
                finally
                {
                    fixture.DisposeAsync().AsTask().GetAwaiter().GetResult();
                }
            },
            iter: 30,
            threads: 1);

    [Theory]
    [InlineData(Quarter, true)]
    [InlineData(Quarter + 1, false)]
    public async Task Times_are_read_only_where_a_bucket_ends_within_a_quarter_of_an_hour(long end, bool byPlace)
    {
        await using var fixture = new StoreFixture();
        await fixture.CommitAsync(1, Row(1, (2, 7, 1)), Row(2, (2, Quarter - 1, 1)), Row(3, (2, Quarter + 1, 2)));
        string[] found = ["view|0|1", "view|0|1"];
        string[] read = ["view|7|1", $"view|{Quarter - 1}|1"];
        Assert.Equal(byPlace ? found : read, Find(fixture, [0, end]));
    }

    [Fact]
    public async Task A_name_that_nobody_sent_has_no_events()
    {
        await using var fixture = new StoreFixture();
        await fixture.CommitAsync(1, Row(1, (0, 7, 1)));
        Assert.Empty(Find(fixture, [0, Quarter]));
    }

    [Fact]
    public void Stretches_of_rows_are_read_once_each_and_what_lies_between_them_only_by_its_time() =>
        Gen.Select(Gen.Long[1, 400_000], Gen.Long[1, 400_000]).Array[1, 12].Sample(steps =>
        {
            var stretches = new List<(long From, long To)>();
            foreach (var (gap, rows) in steps)
            {
                var from = (stretches.Count == 0 ? 0 : stretches[^1].To) + gap;
                stretches.Add((from, from + rows));
            }

            var pieces = NamedEvents.Pieces(stretches);
            Assert.InRange(pieces.Count, 1, NamedEvents.MostStretches);
            Assert.Equal(pieces.OrderBy(static p => p.From), pieces);
            Assert.All(pieces.Zip(pieces.Skip(1)), static p => Assert.True(p.First.To <= p.Second.From));
            Assert.All(stretches, s => Assert.Single(pieces, p => p.From <= s.From && s.To <= p.To));
            Assert.All(pieces, p => Assert.Equal(!p.ByTime, stretches.Contains((p.From, p.To))));
        });

    private static TestRow Row(int uuid, (int Name, long At, int Group) row) =>
        new(1, uuid, Names[row.Name], "u", 1, null, row.At) { Properties = row.Group == 0 ? [] : [("group", (double)row.Group)] };

    private static List<string> FindAll(StoreFixture fixture, long[] bounds) =>
        Find(fixture, bounds, """SELECT e.event, epoch_us({bucket}), coalesce(e."n:group", 0) FROM {named_events:*} AS e""");

    /// <summary>Name, instant of the bucket and group, of all that were bought and of those viewed with a group.</summary>
    private static List<string> Find(StoreFixture fixture, long[] bounds) => Find(
        fixture, bounds,
        """
        SELECT 'buy', epoch_us({bucket}), coalesce(e."n:group", 0) FROM {named_events:$2} AS e
        UNION ALL SELECT 'view', epoch_us({bucket}), e."n:group" FROM {named_events:$1} AS e WHERE e."n:group" > $3
        """,
        "view", "buy", 0.0);

    private static List<string> Find(StoreFixture fixture, long[] bounds, string sql, params object[] parameters)
    {
        var group = new PropertyColumnKey("group", PropertyKind.Number);
        var query = new StoreQuery
        {
            Project = new ProjectId(1),
            Sql = sql,
            Parameters = parameters,
            Columns = [group],
            Buckets = bounds,
            From = bounds[0],
            To = bounds[^1],
        };
        return [.. fixture.Store.QueryAsync(query, CancellationToken.None).AsTask().GetAwaiter().GetResult().Rows
            .Select(static r => $"{r[0]}|{r[1]}|{r[2]}").Order(StringComparer.Ordinal)];
    }
}
