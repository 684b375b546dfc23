using Headroom.App.Insights;
using Headroom.App.Shared;
using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Sql;
using Headroom.Store;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headroom.Tests.Store;

/// <summary>Events that a query follows are held in memory of their own, which is counted, bounded and given back.</summary>
public sealed class FollowedEventsTests
{
    private static readonly ProjectInfo Info = new(new ProjectId(1), "One", TimeZoneInfo.Utc, false, false, []);
    private static readonly QueryRange Range = new() { From = "2026-11-20", To = "2026-11-20" };

    private static readonly InsightQuery[] Queries =
    [
        new FunnelQuery([new FunnelStep { Event = "view" }, new FunnelStep { Event = "buy" }], Range),
        new PathsQuery(Range),
        new RetentionQuery(new EventSelector { Event = "view" }, new EventSelector { Event = "view" }, Range, MinimumReturns: 2),
    ];

    [Fact]
    public async Task Nothing_is_held_after_an_answer_a_refusal_and_a_cancelled_query()
    {
        await using var fixture = new StoreFixture();
        await fixture.CommitAsync(1, [.. Enumerable.Range(0, 200).Select(i => TestRow.Simple(1, i, i % 3 == 0 ? "buy" : "view", i))]);
        var reader = new Watched(fixture.Store);
        var service = Service(reader);
        foreach (var query in Queries)
        {
            Assert.NotNull(await service.RunAsync(query, Info, new QueryErrors(), CancellationToken.None));
            Nothing(fixture);
            Assert.True(reader.MostHeld > 0);

            reader.Endless = true;
            reader.MostHeld = 0;
            using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await service.RunAsync(query, Info, new QueryErrors(), source.Token));
            Nothing(fixture);

            // The rows' bound is met while others of them are taken.
            reader.MaxRows = 100_000;
            Assert.Equal(QueryBound.Rows, (await Assert.ThrowsAsync<QueryRefusedException>(async () => await service.RunAsync(query, Info, new QueryErrors(), CancellationToken.None))).Bound);
            Nothing(fixture);
            (reader.Endless, reader.MaxRows) = (false, null);
        }

        var point = new InsightPoint { Step = 1 };
        Assert.NotNull(await service.BehindAsync(Queries[0], point, "", 0, 10, Info, () => throw new InvalidOperationException(), new QueryErrors(), CancellationToken.None));
        Nothing(fixture);
    }

    [Fact]
    public async Task Past_the_memory_of_one_query_it_is_refused_and_told_what_to_do()
    {
        await using var fixture = new StoreFixture(static o => o.QueryMemoryMegabytes = 64);
        var reader = new Watched(fixture.Store) { Endless = true };
        foreach (var query in Queries)
        {
            var refusal = await Assert.ThrowsAsync<QueryRefusedException>(async () => await Service(reader).RunAsync(query, Info, new QueryErrors(), CancellationToken.None));
            Assert.Equal(QueryBound.Memory, refusal.Bound);
            Assert.Contains("24 MiB that one query may hold", refusal.Message);
            Assert.Contains("Headroom:Store:QueryMemoryMegabytes", refusal.Message);
            Nothing(fixture);
            Assert.InRange(reader.MostHeld, 20L << 20, 24L << 20);
        }
    }

    [Fact]
    public async Task Many_at_once_stay_within_the_memory_of_all()
    {
        await using var fixture = new StoreFixture(static o => (o.QueryMemoryMegabytes, o.MaxConcurrentQueries) = (64, 4));
        var all = (long)fixture.Options.AllMegabytes << 20;
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => AskAsync(1 + (i % 3))));
        Assert.All(outcomes, o => Assert.Contains(o, new[] { "answered", nameof(QueryBound.Busy) }));
        Nothing(fixture);

        // Those that run at the same pace may all be too much; after them there is room again.
        Assert.Equal("answered", await AskAsync(1));
        Nothing(fixture);

        async Task<string> AskAsync(int project)
        {
            using var sink = new ActorEvents(withTexts: false);
            try
            {
                await fixture.Store.ScanAsync(Rows(800_000) with { Project = new ProjectId(project) }, sink, CancellationToken.None);

                // It is held on while others run, as it is while an answer is made of it.
                var held = fixture.Store.Engine.HeldBytes;
                Assert.True(held <= all, $"{held} bytes are held.");
                sink.Arrange(CancellationToken.None);
                Assert.Equal(800_000, Enumerable.Range(0, sink.Count).Sum(a => sink.Of(a).Length));
                return "answered";
            }
            catch (QueryRefusedException e)
            {
                return e.Bound.ToString();
            }
        }
    }

    private static InsightsService Service(IEventReader reader) => new(
        reader, DuckDbDialect.Instance, new FakeTimeProvider(StoreFixture.Start), Options.Create(new InsightsOptions()), NullLogger<InsightsService>.Instance);

    private static StoreQuery Rows(long rows) => new()
    {
        Project = new ProjectId(1),
        Sql = $"SELECT 1 + range % 5000, range * 1000000, 1::BIGINT FROM range({rows})",
        MaxRows = int.MaxValue,
    };

    private static void Nothing(StoreFixture fixture) => Assert.Equal((0, 0), (fixture.Store.Engine.HeldBytes, fixture.Store.Engine.GrantedBytes));

    /// <summary>The store, with far more rows than it has where that is asked for.</summary>
    private sealed class Watched(SegmentStore store) : IEventReader
    {
        public bool Endless { get; set; }

        public int? MaxRows { get; set; }

        public long MostHeld { get; set; }

        public ProjectSchema Schema(ProjectId project) => store.Schema(project);

        public ValueTask<QueryRows> QueryAsync(StoreQuery query, CancellationToken cancellationToken) => store.QueryAsync(query, cancellationToken);

        public async ValueTask<ScanSummary> ScanAsync(StoreQuery query, IColumnSink sink, CancellationToken cancellationToken)
        {
            try
            {
                return await store.ScanAsync(
                    Endless ? Rows(2_000_000_000) with { Sql = Rows(2_000_000_000).Sql.Replace("1::BIGINT", "1::BIGINT, {text_code}('x')", StringComparison.Ordinal), MaxRows = MaxRows ?? int.MaxValue } : query,
                    Endless && sink.Texts is null ? new WithTexts((IHoldingSink)sink) : sink, cancellationToken);
            }
            finally
            {
                MostHeld = Math.Max(MostHeld, store.Engine.HeldBytes);
            }
        }

        public ValueTask<EventTally?> CountAsync(ProjectId project, IReadOnlyList<string?> names, long[] bounds, CancellationToken cancellationToken) =>
            store.CountAsync(project, names, bounds, cancellationToken);

        public Person? FindPerson(ProjectId project, string distinctId) => store.FindPerson(project, distinctId);
    }

    /// <summary>A sink that takes no texts, of rows with one.</summary>
    private sealed class WithTexts(IHoldingSink sink) : IHoldingSink
    {
        public TextCodes? Texts { get; } = new();

        public long BytesFor(long rows) => sink.BytesFor(rows);

        public void Hold(HeldMemory memory) => sink.Hold(memory);

        public void Take(ColumnBatch batch) => sink.Take(batch);
    }
}
