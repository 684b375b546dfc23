using System.Diagnostics;
using System.Globalization;
using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Sql;
using Headroom.Store;
using Headroom.Store.ClickHouse;
using Headroom.Tests.Sql;
using Headroom.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Headroom.Tests.Store.ClickHouse;

/// <summary>The real store with ClickHouse beside it: segments, compactions, removals, and insights from ClickHouse.</summary>
[Collection(ClickHouseProcess.Collection)]
public sealed class TrendsOverStoreAndClickHouseTests : TrendsAgreement
{
    public TrendsOverStoreAndClickHouseTests() => ClickHouseProcess.Require();

    protected override long Cases => ClickHouseProcess.Cases(10);

    protected override IEventReader Store(
        IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges, IReadOnlySet<string> overflow, IReadOnlyList<TestPerson> persons) =>
        StoreOverClickHouseTests.AnswersFromClickHouse(TrendsOverSegmentsTests.Fill(events, merges, overflow, persons, StoreOverClickHouseTests.Fixture()), events.Count);
}

[Collection(ClickHouseProcess.Collection)]
public sealed class FunnelsAfterRemovalOverStoreAndClickHouseTests : FunnelAgreement
{
    public FunnelsAfterRemovalOverStoreAndClickHouseTests() => ClickHouseProcess.Require();

    protected override long Cases => ClickHouseProcess.Cases(10);

    protected override IEventReader Store(IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges, IReadOnlyList<TestPerson> persons) =>
        StoreOverClickHouseTests.AnswersFromClickHouse(
            TrendsOverSegmentsTests.FillAndRemove(events, merges, new HashSet<string>(), persons, StoreOverClickHouseTests.Fixture()), events.Count);
}

[Collection(ClickHouseProcess.Collection)]
public sealed class StoreOverClickHouseTests
{
    private static readonly ProjectId Project = new(1);
    private static int _databases;

    public StoreOverClickHouseTests() => ClickHouseProcess.Require();

    internal static StoreFixture Fixture(int? port = null)
    {
        var place = NewPlace();
        return new StoreFixture(static o => (o.QueryThreads, o.KeepReplaced) = (1, TimeSpan.Zero)) { ClickHouse = options => Copies(options, place, port) };
    }

    /// <summary>That the agreement is about ClickHouse; where there is no event, the segments answer.</summary>
    internal static IEventReader AnswersFromClickHouse(IEventReader store, int events)
    {
        Assert.Equal(events > 0 ? StoreEngine.ClickHouse : StoreEngine.Segments, store.Schema(Project).Engine);
        return store;
    }

    [Theory]
    [InlineData((int)StoreStep.BeforeCatalog)]
    [InlineData((int)StoreStep.InCatalog)]
    public async Task What_is_inserted_and_not_committed_is_never_seen_and_goes_at_the_next_start(int step)
    {
        await using var fixture = Fixture();
        await fixture.CommitAsync(1, TestRow.Simple(1, 1));
        fixture.Probe = (at, _) =>
        {
            if (at == (StoreStep)step)
            {
                throw new IOException("as in a crash");
            }
        };
        await Assert.ThrowsAsync<StoreUnavailableException>(() => fixture.CommitAsync(2, TestRow.Simple(1, 2), TestRow.Simple(1, 3)));
        Assert.Equal(1, await CountAsync(fixture));
        await fixture.MoveToAsync(fixture.Crash());
        fixture.Probe = null;
        Assert.True(fixture.Store.Committed.Sum is 1 or 2);
        await fixture.Copies!.ReadyAsync(TestContext.Current.CancellationToken);
        await fixture.CommitAsync(2, TestRow.Simple(1, 2), TestRow.Simple(1, 3), TestRow.Simple(1, 4));
        Assert.Equal(4, await CountAsync(fixture));
        Assert.Equal(4, await RowsAsync(fixture));
    }

    [Fact]
    public async Task While_it_is_away_nothing_is_committed_segments_answer_and_afterwards_each_event_counts_once()
    {
        await using var proxy = new CuttingProxy((await ClickHouseProcess.SharedAsync()).Port);
        await using var fixture = Fixture(proxy.Port);
        await fixture.CommitAsync(1, TestRow.Simple(1, 1));
        Assert.Equal(StoreEngine.ClickHouse, fixture.Store.Schema(Project).Engine);
        proxy.Close();
        var away = await Assert.ThrowsAsync<StoreUnavailableException>(() => fixture.CommitAsync(2, TestRow.Simple(1, 2)));
        Assert.Contains("ClickHouse", away.Message, StringComparison.Ordinal);
        Assert.Contains("ClickHouse", fixture.Store.Health.Problem!, StringComparison.Ordinal);
        Assert.Equal(StoreEngine.Segments, fixture.Store.Schema(Project).Engine);
        Assert.Equal(1, await CountAsync(fixture));
        proxy.Open();
        await fixture.CommitAsync(2, TestRow.Simple(1, 2));
        Assert.Null(fixture.Store.Health.Problem);
        Assert.Equal(StoreEngine.ClickHouse, fixture.Store.Schema(Project).Engine);
        Assert.Equal(2, await CountAsync(fixture));
    }

    [Fact]
    public async Task What_a_question_follows_here_is_bounded_as_over_segments_and_given_back()
    {
        await using var fixture = new StoreFixture(static o => (o.QueryThreads, o.KeepReplaced, o.QueryMemoryMegabytes) = (1, TimeSpan.Zero, 64))
        {
            ClickHouse = static options => Copies(options, NewPlace(), null),
        };
        await fixture.CommitAsync(1, TestRow.Simple(1, 1));
        foreach (var (rows, isRefused) in new[] { (2_000_000, true), (100_000, false) })
        {
            using (var sink = new ActorEvents(withTexts: false))
            {
                var scan = fixture.Store.ScanAsync(Rows(rows), sink, CancellationToken.None).AsTask();
                if (isRefused)
                {
                    Assert.Equal(QueryBound.Memory, (await Assert.ThrowsAsync<QueryRefusedException>(() => scan)).Bound);
                }
                else
                {
                    Assert.Equal(rows, (await scan).Rows);
                }

                Assert.InRange(fixture.Store.Engine.GrantedBytes, 1, 24L << 20);
            }

            Assert.Equal((0, 0), (fixture.Store.Engine.HeldBytes, fixture.Store.Engine.GrantedBytes));
        }

        static StoreQuery Rows(int rows) => new()
        {
            Project = Project,
            Engine = StoreEngine.ClickHouse,
            Sql = string.Create(CultureInfo.InvariantCulture, $"SELECT toInt64(1 + number % 5000), toInt64(number), toInt64(1) FROM numbers({rows})"),
            MaxRows = int.MaxValue,
        };
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_insert_whose_answer_is_lost_counts_once(bool delivered)
    {
        await using var proxy = new CuttingProxy((await ClickHouseProcess.SharedAsync()).Port);
        await using var fixture = Fixture(proxy.Port);
        await fixture.CommitAsync(1, TestRow.Simple(1, 1));
        proxy.CutAt("Parquet", delivered);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => fixture.CommitAsync(2, TestRow.Simple(1, 2)));
        Assert.Equal(1, proxy.Cuts);
        await fixture.CommitAsync(2, TestRow.Simple(1, 2), TestRow.Simple(1, 3));
        Assert.Equal(3, await CountAsync(fixture));
        await fixture.Copies!.DeleteDroppedAsync(TestContext.Current.CancellationToken);
        Assert.Equal(3, await RowsAsync(fixture));
    }

    [Fact]
    public async Task What_was_stored_before_is_copied_and_until_then_segments_answer()
    {
        var place = NewPlace();
        await using var fixture = new StoreFixture();
        for (var i = 1; i <= 5; i++)
        {
            await fixture.CommitAsync(i, TestRow.Simple(1, i), TestRow.Simple(2, i));
        }

        fixture.ClickHouse = options => Copies(options, place);
        await fixture.ReopenAsync();
        Assert.Equal(StoreEngine.Segments, fixture.Store.Schema(Project).Engine);
        Assert.Equal(5, await CountAsync(fixture));
        await CopyAsync(fixture);
        Assert.Equal(5, await CountAsync(fixture));
        Assert.Equal(0, fixture.Copies!.Missing);

        // The next start finds them there.
        await fixture.ReopenAsync();
        await fixture.Copies!.ReadyAsync(TestContext.Current.CancellationToken);
        Assert.Equal(StoreEngine.ClickHouse, fixture.Store.Schema(Project).Engine);
        Assert.Equal(5, await RowsAsync(fixture));
    }

    [Fact]
    public async Task Rows_that_were_lost_there_are_copied_again_at_the_next_start()
    {
        var place = NewPlace();
        await using var fixture = new StoreFixture { ClickHouse = options => Copies(options, place) };
        await fixture.CommitAsync(1, TestRow.Simple(1, 1), TestRow.Simple(1, 2));
        await fixture.CommitAsync(2, TestRow.Simple(1, 3));
        await fixture.CommitAsync(3, TestRow.Simple(1, 4));
        using var server = new ClickHouseServer((await ClickHouseProcess.SharedAsync()).ConnectionString);
        await server.ExecuteAsync(
            $"ALTER TABLE {ClickHouseTables.Events(place, Project)} DELETE WHERE distinct_id IN ('u1', 'u3') SETTINGS mutations_sync = 2", TestContext.Current.CancellationToken);
        await fixture.ReopenAsync();
        await CopyAsync(fixture);
        Assert.Equal(4, await CountAsync(fixture));
        Assert.Equal(4, await RowsAsync(fixture));
    }

    [Fact]
    public async Task Rows_of_files_that_were_merged_away_are_deleted()
    {
        await using var fixture = Fixture();
        for (var i = 1; i <= 9; i++)
        {
            await fixture.CommitAsync(i, TestRow.Simple(1, i));
        }

        fixture.Compact();
        Assert.Equal(9, await CountAsync(fixture));
        await fixture.Copies!.DeleteDroppedAsync(TestContext.Current.CancellationToken);
        Assert.Equal(9, await RowsAsync(fixture));
        Assert.Equal(9, await CountAsync(fixture));
    }

    [Fact]
    public async Task The_tables_of_another_installation_are_left_alone()
    {
        var place = NewPlace();
        await using var one = new StoreFixture { ClickHouse = options => Copies(options, place) };
        await one.CommitAsync(1, TestRow.Simple(1, 1));
        await using var other = new StoreFixture { ClickHouse = options => Copies(options, place) };
        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => other.CommitAsync(1, TestRow.Simple(1, 1)));
        Assert.Contains("another installation", refused.Message, StringComparison.Ordinal);
        Assert.Equal(1, await CountAsync(one));
    }

    private static ClickHousePlace NewPlace() => new(string.Create(CultureInfo.InvariantCulture, $"store_{Interlocked.Increment(ref _databases)}"));

    private static ClickHouseCopies Copies(StoreOptions options, ClickHousePlace place, int? port = null)
    {
        var process = ClickHouseProcess.Take();
        var connection = port is null ? process.ConnectionString : string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={port};Protocol=http;Compression=false");
        return new ClickHouseCopies(new ClickHouseServer(connection), place, new ClickHouseOptions().Bounds, options, writes: true, TimeProvider.System, NullLogger<ClickHouseCopies>.Instance);
    }

    private static async Task CopyAsync(StoreFixture fixture)
    {
        using var copier = new ClickHouseCopier(fixture.Store, fixture.Copies!, TimeProvider.System, NullLogger<ClickHouseCopier>.Instance);
        await copier.StartAsync(TestContext.Current.CancellationToken);
        var started = Stopwatch.GetTimestamp();
        while (fixture.Copies!.Missing > 0)
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromMinutes(1), $"{fixture.Copies.Missing} files are not copied: {fixture.Copies.Outage?.Text ?? "no outage"}");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        await copier.StopAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Of the project's events, by what answers insights now.</summary>
    private static async Task<int> CountAsync(StoreFixture fixture)
    {
        var schema = fixture.Store.Schema(Project);
        var statement = DefinitionsCompiler.Activity([UnixMicros.Min, StoreFixture.Micros(1e6)], 100, Project, schema, SqlDialect.Of(schema));
        Assert.Equal(schema.Engine, statement.Engine);
        var rows = await fixture.Store.QueryAsync(statement with { Sql = "SELECT count(*) FROM {events} AS e", Parameters = [] }, TestContext.Current.CancellationToken);
        return Convert.ToInt32(rows.Rows[0][0], CultureInfo.InvariantCulture);
    }

    /// <summary>That lie in the table, whether they count or not.</summary>
    private static async Task<long> RowsAsync(StoreFixture fixture)
    {
        using var server = new ClickHouseServer((await ClickHouseProcess.SharedAsync()).ConnectionString);
        return await server.NumberAsync($"SELECT toInt64(count()) FROM {ClickHouseTables.Events(fixture.Copies!.Place, Project)}", TestContext.Current.CancellationToken);
    }
}
