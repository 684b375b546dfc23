using Headroom.Core;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headroom.Tests.Store;

/// <summary>When the databases of queries are opened and closed.</summary>
public sealed class IdleEnginesTests
{
    private readonly FakeTimeProvider _time = new(StoreFixture.Start);

    [Fact]
    public async Task An_engine_is_opened_by_a_query_closed_after_a_minute_without_one_and_opened_again()
    {
        await using var fixture = new StoreFixture { Time = _time };
        await fixture.CommitAsync(1, TestRow.Simple(1, 1));
        Assert.Equal(0, fixture.Store.Engine.Opened);
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(["1"], await fixture.QueryAsync(1, "SELECT count(*) FROM {events}"));
            Assert.Equal(1, fixture.Store.Engine.Opened);
            _time.Advance(TimeSpan.FromSeconds(59));
            Assert.Equal(1, fixture.Store.Engine.Opened);
            _time.Advance(TimeSpan.FromSeconds(31));
            Assert.Equal(0, fixture.Store.Engine.Opened);
        }
    }

    [Fact]
    public async Task An_engine_that_is_asked_again_and_again_stays_open()
    {
        await using var fixture = new StoreFixture { Time = _time };
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(["1"], await fixture.QueryAsync(1, "SELECT 1"));
            _time.Advance(TimeSpan.FromSeconds(45));
            Assert.Equal(1, fixture.Store.Engine.Opened);
        }
    }

    [Fact]
    public async Task A_query_that_takes_long_keeps_its_engine()
    {
        await using var fixture = new StoreFixture { Time = _time };
        var sink = new SlowSink(_time, fixture.Store.Engine);
        var query = new StoreQuery { Project = StoreFixture.Project(1), Sql = "SELECT 1::BIGINT", Timeout = TimeSpan.FromHours(1) };
        Assert.Equal(1, (await fixture.Store.ScanAsync(query, sink, CancellationToken.None)).Rows);
        Assert.Equal(1, sink.Opened);
    }

    /// <summary>Takes ten minutes for what it is given.</summary>
    private sealed class SlowSink(FakeTimeProvider time, Headroom.Store.QueryEngine engine) : IColumnSink
    {
        public int Opened { get; private set; }

        public void Take(ColumnBatch batch)
        {
            time.Advance(TimeSpan.FromMinutes(10));
            Opened = engine.Opened;
        }
    }
}
