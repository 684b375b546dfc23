using DuckDB.NET.Data;
using Headroom.Core;
using Xunit;

namespace Headroom.Tests.Store;

public sealed class QueryBoundsTests
{
    private const string Endless = "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b";

    [Fact]
    public async Task A_query_past_its_time_is_refused_and_the_next_one_runs()
    {
        await using var fixture = new StoreFixture(static o => o.MaxConcurrentQueries = 1);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(QueryBound.Time, await RefusedAsync(fixture, Endless, q => q with { Timeout = TimeSpan.FromMilliseconds(100) }));
            Assert.Equal(["1"], await fixture.QueryAsync(1, "SELECT 1"));
        }
    }

    [Fact]
    public async Task A_cancelled_query_ends()
    {
        await using var fixture = new StoreFixture();
        using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            await fixture.Store.QueryAsync(new StoreQuery { Project = new ProjectId(1), Sql = Endless }, source.Token));
    }

    [Fact]
    public async Task More_rows_than_asked_for_are_refused()
    {
        await using var fixture = new StoreFixture();
        Assert.Equal(QueryBound.Rows, await RefusedAsync(fixture, "SELECT * FROM range(11)", static q => q with { MaxRows = 10 }));
        var rows = await fixture.Store.QueryAsync(
            new StoreQuery { Project = new ProjectId(1), Sql = "SELECT * FROM range(10)", MaxRows = 10 }, CancellationToken.None);
        Assert.Equal(10, rows.Rows.Count);
    }

    [Fact]
    public async Task A_query_past_its_memory_is_refused()
    {
        await using var fixture = new StoreFixture(static o => (o.QueryMemoryMegabytes, o.QuerySpillMegabytes) = (64, 0));
        Assert.Equal(QueryBound.Memory, await RefusedAsync(fixture, "SELECT len(list(range)) FROM range(50000000)", static q => q));
        Assert.Equal(["1"], await fixture.QueryAsync(1, "SELECT 1"));
    }

    [Fact]
    public async Task A_query_that_looked_small_gets_the_memory_of_a_large_one()
    {
        await using var fixture = new StoreFixture(static o => (o.QueryMemoryMegabytes, o.QuerySpillMegabytes) = (256, 0));
        // 24 MB of distinct numbers and their table: more than a small slot's 32 MiB, less than a large one's 96.
        Assert.Equal(["1500000"], await fixture.QueryAsync(1, "SELECT count(DISTINCT range) FROM range(1500000)"));
    }

    [Fact]
    public async Task A_query_that_outgrows_its_memory_is_answered_from_disk_where_it_may_be()
    {
        // 8 million groups are more than a large slot's 96 MiB.
        const string Groups = "SELECT count(*), sum(n) FROM (SELECT range AS k, count(*) AS n FROM range(8000000) GROUP BY k)";
        await using (var without = new StoreFixture(static o => (o.QueryMemoryMegabytes, o.QuerySpillMegabytes) = (256, 0)))
        {
            Assert.Equal(QueryBound.Memory, await RefusedAsync(without, Groups, static q => q));
        }

        await using var fixture = new StoreFixture(static o => (o.QueryMemoryMegabytes, o.QuerySpillMegabytes) = (256, 4_096));
        Assert.Equal(["8000000|8000000"], await fixture.QueryAsync(1, Groups));

        // What it left there is gone with it, and the next one has the same room.
        Assert.Equal(["8000000|8000000"], await fixture.QueryAsync(1, Groups));
    }

    [Fact]
    public async Task The_memory_of_one_query_is_not_taken_from_another()
    {
        await using var fixture = new StoreFixture(static o => (o.QueryMemoryMegabytes, o.QuerySpillMegabytes) = (256, 0));
        var greedy = Enumerable.Range(0, 2).Select(_ => RefusedAsync(fixture, "SELECT len(list(range)) FROM range(50000000)", static q => q)).ToList();
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(["10000"], await fixture.QueryAsync(2, "SELECT count(DISTINCT range) FROM range(10000)"));
        }

        Assert.Equal([QueryBound.Memory, QueryBound.Memory], await Task.WhenAll(greedy));
    }

    [Fact]
    public async Task More_queries_than_may_wait_are_refused()
    {
        await using var fixture = new StoreFixture(static o => (o.MaxConcurrentQueries, o.MaxQueuedQueries) = (1, 1));
        using var source = new CancellationTokenSource();
        var query = new StoreQuery { Project = new ProjectId(1), Sql = Endless };
        var running = fixture.Store.QueryAsync(query, source.Token).AsTask();
        var waiting = fixture.Store.QueryAsync(query, source.Token).AsTask();
        var refused = await Assert.ThrowsAsync<QueryRefusedException>(() => Task.WhenAny(
            fixture.Store.QueryAsync(query with { Timeout = TimeSpan.FromMilliseconds(50) }, CancellationToken.None).AsTask(), Never()).Unwrap());
        Assert.Equal(QueryBound.Busy, refused.Bound);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);

        static Task<QueryRows> Never() => new TaskCompletionSource<QueryRows>().Task;
    }

    [Theory]
    [InlineData("SELECT * FROM read_csv('/etc/passwd')")]
    [InlineData("SELECT * FROM read_text('/etc/hostname')")]
    [InlineData("COPY (SELECT 1) TO '/tmp/headroom-escape.csv'")]
    [InlineData("ATTACH '/tmp/headroom-escape.db'")]
    [InlineData("SET memory_limit = '100GB'")]
    [InlineData("INSTALL httpfs")]
    public async Task Nothing_but_segments_is_reachable_and_settings_are_locked(string sql)
    {
        await using var fixture = new StoreFixture();
        await Assert.ThrowsAnyAsync<DuckDBException>(() => fixture.QueryAsync(1, sql));
    }

    [Fact]
    public async Task Values_come_as_the_contract_says()
    {
        await using var fixture = new StoreFixture();
        var rows = await fixture.Store.QueryAsync(
            new StoreQuery
            {
                Project = new ProjectId(1),
                Sql = """
                    SELECT $1, $2, $3, $4, $5::UUID, $6, 1::TINYINT, 1::HUGEINT, 1.5::DECIMAL(9,2), 2.5::FLOAT, NULL, [1, 2],
                           DATE '2026-11-20', sum(x), 18446744073709551615::UBIGINT FROM (VALUES (1), (2)) t(x)
                    """,
                Parameters = ["text", 1L, 0.5, true, StoreFixture.Uuid(1), StoreFixture.Start.UtcDateTime],
            },
            CancellationToken.None);
        Assert.Equal(
            ["text", 1L, 0.5, true, StoreFixture.Uuid(1), StoreFixture.Start.UtcDateTime, 1L, 1L, 1.5, 2.5, null, new List<object?> { 1L, 2L },
             StoreFixture.Start.UtcDateTime.Date, 3L, 18446744073709551615.0],
            rows.Rows[0]);
        Assert.Equal(DateTimeKind.Utc, ((DateTime)rows.Rows[0][5]!).Kind);
    }

    private static async Task<QueryBound> RefusedAsync(StoreFixture fixture, string sql, Func<StoreQuery, StoreQuery> with)
    {
        var refused = await Assert.ThrowsAsync<QueryRefusedException>(async () =>
            await fixture.Store.QueryAsync(with(new StoreQuery { Project = new ProjectId(1), Sql = sql }), CancellationToken.None));
        return refused.Bound;
    }
}
