using Headroom.Core;
using Headroom.Sql;
using Headroom.Store;
using Headroom.Store.ClickHouse;
using Headroom.Tests.Support;
using Xunit;

namespace Headroom.Tests.Store.ClickHouse;

[Collection(ClickHouseProcess.Collection)]
public sealed class ClickHouseServerTests
{
    private static readonly ClickHousePlace Place = new("headroom");
    private static readonly ClickHouseBounds Bounds = new(1L << 30);

    public ClickHouseServerTests() => ClickHouseProcess.Require();

    [Fact]
    public async Task Parameters_of_every_type_come_back_as_they_were_sent()
    {
        await using var store = await TestTables.MadeAsync();
        object[] values =
        [
            "it's \"q\" \\ \t \n \r \0 {x} $1 ü😀", new string('x', 1_000_000), "", long.MinValue, long.MaxValue, 0.1, -1e300, true, false,
            new Guid("61f0c404-5cb3-11e7-907b-a6006ad3dba0"), new DateTime(2026, 3, 4, 5, 6, 7, DateTimeKind.Utc).AddTicks(10), new DateTime(1, 2, 3, 0, 0, 0, DateTimeKind.Utc), new DateTime(9999, 1, 1, 0, 0, 0, DateTimeKind.Utc),
        ];
        var rows = await store.Server.QueryAsync(
            new StoreQuery { Project = store.Project, Sql = "SELECT " + string.Join(", ", values.Select(static (_, i) => $"${i + 1}")), Parameters = values }, store.View(), Bounds, 3, TestContext.Current.CancellationToken);
        Assert.Equal(values, Assert.Single(rows.Rows));
        Assert.Equal(3, rows.DataVersion);
    }

    [Fact]
    public async Task Rows_that_are_sent_again_with_their_token_are_stored_once()
    {
        await using var store = await TestTables.MadeAsync();
        await store.InsertAsync(5, "a", 1, "same");
        await store.InsertAsync(5, "a", 1, "same");
        await store.InsertAsync(5, "a", 1, "other");
        Assert.Equal(2L, await store.CountAsync(5));
    }

    [Fact]
    public async Task Only_rows_of_files_that_count_are_seen_and_only_of_the_project()
    {
        await using var store = await TestTables.MadeAsync();
        await using var another = await TestTables.MadeAsync();
        await store.InsertAsync(1, "a", 3, "1");
        await store.InsertAsync(2, "a", 5, "2");
        await store.InsertAsync(3, "a", 7, "3");
        await another.InsertAsync(1, "a", 100, "1");
        Assert.Equal(0L, await store.CountAsync());
        Assert.Equal(3L, await store.CountAsync(1));
        Assert.Equal(10L, await store.CountAsync(1, 3));
        Assert.Equal(100L, await another.CountAsync(1, 3));
    }

    [Fact]
    public async Task Each_bound_refuses_and_is_named()
    {
        await using var store = await TestTables.MadeAsync();
        await store.InsertAsync(1, "a", 20_000, "1");
        var query = new StoreQuery { Project = store.Project, Sql = "SELECT e.uuid FROM {events} AS e", MaxRows = 19_999 };
        Assert.Equal(QueryBound.Rows, (await Assert.ThrowsAsync<QueryRefusedException>(async () => await RunAsync(query))).Bound);
        Assert.Equal(20_000, (await RunAsync(query with { MaxRows = 20_000 })).Rows.Count);

        var slow = query with { Sql = "SELECT sleep(2)", Timeout = TimeSpan.FromMilliseconds(300) };
        Assert.Equal(QueryBound.Time, (await Assert.ThrowsAsync<QueryRefusedException>(async () => await RunAsync(slow))).Bound);

        var large = query with { Sql = "SELECT uniqExact(cityHash64(number), number, toString(number)) FROM numbers(3000000)" };
        var refused = await Assert.ThrowsAsync<QueryRefusedException>(async () =>
            await store.Server.QueryAsync(large, store.View(), new ClickHouseBounds(16 << 20), 1, TestContext.Current.CancellationToken));
        Assert.Equal(QueryBound.Memory, refused.Bound);
        Assert.Contains("16 MiB", refused.Message);

        async Task<QueryRows> RunAsync(StoreQuery asked) => await store.Server.QueryAsync(asked, store.View(), Bounds, 1, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Who_gives_up_waits_no_longer()
    {
        await using var store = await TestTables.MadeAsync();
        using var source = new CancellationTokenSource();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.Server.QueryAsync(
            new StoreQuery { Project = store.Project, Sql = "SELECT 1" }, store.View(), Bounds, 1, source.Token));
    }

    [Fact]
    public async Task A_server_that_is_away_is_told_as_what_may_pass()
    {
        using var server = new ClickHouseServer("Host=127.0.0.1;Port=1;Protocol=http");
        var view = new ClickHouseView(Place, new ProjectId(1), new ClickHouseBatches([], [], []), new HashSet<PropertyColumnKey>(), new HashSet<PropertyColumnKey>(), false);
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await server.QueryAsync(new StoreQuery { Project = new ProjectId(1), Sql = "SELECT 1" }, view, Bounds, 1, TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => server.InsertAsync("INSERT INTO t (a) FORMAT Parquet", typeof(ClickHouseServerTests).Assembly.Location, "x", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task What_the_server_says_of_a_pattern_is_an_error_of_the_one_who_asked()
    {
        await using var store = await TestTables.MadeAsync();
        var query = EventsCompiler.Try(["(unclosed"], store.Project, ClickHouseDialect.Instance);
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(async () => await store.Server.QueryAsync(query, store.View(), Bounds, 1, TestContext.Current.CancellationToken));
    }

    /// <summary>The tables of a project that no other test has.</summary>
    private sealed class TestTables(ClickHouseServer server) : IAsyncDisposable
    {
        public ClickHouseServer Server => server;

        public ProjectId Project { get; } = new(ClickHouseProcess.NextProject());

        public static async Task<TestTables> MadeAsync()
        {
            var tables = new TestTables(new ClickHouseServer((await ClickHouseProcess.SharedAsync()).ConnectionString));
            foreach (var sql in ClickHouseTables.CreateCopies(Place).Concat(ClickHouseTables.Create(Place, tables.Project)))
            {
                await tables.Server.ExecuteAsync(sql, TestContext.Current.CancellationToken);
            }

            return tables;
        }

        public ClickHouseView View(params IReadOnlyList<long> batches) => new(
            Place, Project, new ClickHouseBatches(batches.Count > 0 ? batches : [1], [], []), new HashSet<PropertyColumnKey>(), new HashSet<PropertyColumnKey>(), false);

        public async Task InsertAsync(long batch, string name, int count, string token)
        {
            var rows = new EventColumns(Project);
            for (var i = 0; i < count; i++)
            {
                rows.AddRow(Guid.CreateVersion7(), rows.Store(System.Text.Encoding.UTF8.GetBytes(name)), rows.Store("u"u8), 1, TextSlice.Null, 1_000_000 + i, 1_000_000);
            }

            var path = Path.GetTempFileName();
            new SegmentWriter().Write(path, rows);
            var insert = ClickHouseInsert.Of(new ClickHouseFile(ClickHouseTable.Events, Project, batch), path);
            await server.InsertAsync(insert.Into(ClickHouseTables.Events(Place, Project), batch), path, token, TestContext.Current.CancellationToken);
            File.Delete(path);
        }

        public async Task<object?> CountAsync(params IReadOnlyList<long> batches) =>
            (await server.QueryAsync(
                new StoreQuery { Project = Project, Sql = "SELECT count(*) FROM {events} AS e" }, View(batches) with { Batches = new ClickHouseBatches(batches, [], []) }, Bounds, 1,
                TestContext.Current.CancellationToken)).Rows[0][0];

        public async ValueTask DisposeAsync()
        {
            foreach (var sql in ClickHouseTables.Drop(Place, Project))
            {
                await server.ExecuteAsync(sql, TestContext.Current.CancellationToken);
            }

            server.Dispose();
        }
    }
}
