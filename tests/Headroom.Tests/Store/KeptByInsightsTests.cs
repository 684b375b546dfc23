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

/// <summary>What insights keep of persons and sessions on the managed heap is counted as their query's, bounded and given back.</summary>
public sealed class KeptByInsightsTests
{
    private const string Actors = "SELECT 1000 * (1 + range), range, 1::BIGINT FROM range(2000000000)";
    private const string Sessions = "SELECT uuid()::VARCHAR, range, '$pageview', 1 + range, 1 + range FROM range(2000000000)";
    private const string SessionsWithoutUuids = "SELECT 's' || range, range, '$pageview', 1 + range, 1 + range FROM range(2000000000)";
    private const string Pages = "SELECT 's' || range // 1000, range, '$pageview', 1 + range, 1 + range, '/' || range, range FROM range(2000000000)";
    private const string FilteredSessions = "SELECT uuid()::VARCHAR, range, '$pageview', 1 + range, 1 + range, 'Direct', range, 23::BIGINT FROM range(2000000000)";
    private const string GroupedSessions = "SELECT 1 + range, range, range + 5, 1::BIGINT, 1::BIGINT, 1::BIGINT, 1::BIGINT FROM range(2000000000)";
    private static readonly ProjectInfo Info = new(new ProjectId(1), "One", TimeZoneInfo.Utc, false, false, []);
    private static readonly QueryRange Range = new() { From = "2026-11-20", To = "2026-11-20" };

    /// <summary>With far more rows than the store has, of the columns that the question's scan takes.</summary>
    private static readonly (InsightQuery Query, string Rows, StoreEngine CompiledFor)[] Kinds =
    [
        (new StickinessQuery([new EventSelector { Event = "view" }], Range), Actors, StoreEngine.Segments),
        (new LifecycleQuery(Range), Actors, StoreEngine.Segments),
        (new RetentionQuery(new EventSelector { Event = "view" }, new EventSelector { Event = "view" }, Range), Actors, StoreEngine.Segments),
        (new SessionsQuery(Range), Sessions, StoreEngine.Segments),
        (new WebQuery(Range) { Parts = [WebPart.Totals] }, SessionsWithoutUuids, StoreEngine.Segments),
        (new WebQuery(Range) { Parts = [], Lists = [new WebListQuery(SessionProperty.Page)] }, Pages, StoreEngine.Segments),
        (new SessionsQuery(Range) { Filters = [new PropertyFilter { Property = "$channel", Operator = FilterOperator.IsNotSet, Values = [] }] }, FilteredSessions, StoreEngine.Segments),
        (new SessionsQuery(Range) { Breakdown = new SessionsBreakdown(EventProperty: "person.plan") }, Sessions, StoreEngine.Segments),
        (new SessionsQuery(Range), GroupedSessions, StoreEngine.ClickHouse),
    ];

    [Fact]
    public async Task Nothing_is_held_after_an_answer_a_refusal_and_a_cancelled_query()
    {
        await using var fixture = new StoreFixture();
        await fixture.CommitAsync(1, [.. Enumerable.Range(0, 200).Select(i => TestRow.Simple(1, i, i % 3 == 0 ? "$pageview" : "view", i))]);
        var reader = new Watched(fixture.Store);
        foreach (var (query, rows, compiledFor) in Kinds)
        {
            // No ClickHouse answers here.
            (reader.CompiledFor, reader.Instead) = (compiledFor, compiledFor is StoreEngine.ClickHouse ? $"SELECT * FROM ({rows}) LIMIT 100" : null);
            Assert.NotNull(await AskAsync(reader, query));
            Nothing(fixture);

            // The rows' bound is met while others of them are taken.
            (reader.Instead, reader.MaxRows, reader.MostGranted) = (rows, 100_000, 0);
            Assert.Equal(QueryBound.Rows, (await Assert.ThrowsAsync<QueryRefusedException>(async () => await AskAsync(reader, query))).Bound);
            Assert.True(reader.MostGranted > 0, query.GetType().Name);
            Nothing(fixture);

            using var source = new CancellationTokenSource();
            (reader.MaxRows, reader.Given) = (int.MaxValue, source.Cancel);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await AskAsync(reader, query, source.Token));
            Nothing(fixture);
            (reader.Instead, reader.Given) = (null, null);
        }
    }

    [Fact]
    public async Task Past_the_memory_of_one_query_it_is_refused_and_told_what_to_do()
    {
        await using var fixture = new StoreFixture(static o => o.QueryMemoryMegabytes = 64);
        var reader = new Watched(fixture.Store);
        foreach (var (query, rows, compiledFor) in Kinds)
        {
            (reader.CompiledFor, reader.Instead, reader.MostGranted) = (compiledFor, rows, 0);
            var refusal = await Assert.ThrowsAsync<QueryRefusedException>(async () => await AskAsync(reader, query));
            Assert.Equal(QueryBound.Memory, refusal.Bound);
            Assert.Contains("events, persons or sessions than there is room for in the 24 MiB that one query may hold", refusal.Message);
            Assert.Contains("Headroom:Store:QueryMemoryMegabytes", refusal.Message);
            Assert.InRange(reader.MostGranted, 8L << 20, 24L << 20);
            Nothing(fixture);
        }
    }

    [Fact]
    public async Task What_the_persons_of_sessions_have_is_counted_with_the_sessions()
    {
        await using var fixture = new StoreFixture(static o => o.QueryMemoryMegabytes = 64);
        var at = UnixMicros.From(new DateTimeOffset(2026, 11, 20, 1, 0, 0, TimeSpan.Zero));
        var reader = new Watched(fixture.Store)
        {
            Instead = $"SELECT 's' || range, {at} + range, '$pageview', 1 + range, 1 + range FROM range(40000)",
            OfPersons = "SELECT 1 + range, range || repeat('x', 1000) FROM range(2000000000)",
        };
        var query = new SessionsQuery(Range) { Breakdown = new SessionsBreakdown(EventProperty: "person.plan") };
        Assert.Equal(QueryBound.Memory, (await Assert.ThrowsAsync<QueryRefusedException>(async () => await AskAsync(reader, query))).Bound);
        Nothing(fixture);

        // Nothing is kept of persons without sessions.
        reader.OfPersons = "SELECT 1 + range, CASE WHEN range = 7 OR range >= 40000 THEN range || repeat('x', 1000) END FROM range(200000)";
        Assert.Equal([39_999, 1], ((SessionsResult)(await AskAsync(reader, query))!).Series.Select(static s => s.Total.Sessions));
        Nothing(fixture);
    }

    [Fact]
    public async Task Unique_persons_that_are_too_many_to_be_held_are_counted_by_the_store()
    {
        await using var fixture = new StoreFixture(static o => o.QueryMemoryMegabytes = 64);
        await fixture.CommitAsync(1, [.. Enumerable.Range(0, 200).Select(static i => TestRow.Simple(1, i, "view", i))]);
        var reader = new Watched(fixture.Store);
        var query = new TrendsQuery([new TrendsSeries { Event = "view", Math = TrendsMath.UniquePersons }], new QueryRange { From = "2026-01-01", To = "2026-12-31" }, Interval.Month);
        var answer = (TrendsResult)(await AskAsync(reader, query))!;
        Assert.True(answer.Series[0].Total > 0);
        Nothing(fixture);

        var at = UnixMicros.From(new DateTimeOffset(2026, 6, 1, 0, 0, 0, TimeSpan.Zero));
        (reader.Instead, reader.MostGranted) = ($"SELECT {at} + 0 * range, 100 * (1 + range) FROM range(4000000)", 0);
        Assert.Equal(answer.Series[0].Values, ((TrendsResult)(await AskAsync(reader, query))!).Series[0].Values);
        Assert.InRange(reader.MostGranted, 1, 24L << 20);
        Nothing(fixture);

        // As many as can be held are counted from the scan.
        reader.Instead = $"SELECT {at} + 0 * range, 100 * (1 + range) FROM range(100000)";
        Assert.Equal(100_000, ((TrendsResult)(await AskAsync(reader, query))!).Series[0].Total);
        Nothing(fixture);
    }

    private static ValueTask<InsightResult?> AskAsync(IEventReader reader, InsightQuery query, CancellationToken? cancellationToken = null) =>
        new InsightsService(reader, DuckDbDialect.Instance, new FakeTimeProvider(StoreFixture.Start), Options.Create(new InsightsOptions()), NullLogger<InsightsService>.Instance)
            .RunAsync(query, Info, new QueryErrors(), cancellationToken ?? TestContext.Current.CancellationToken);

    private static void Nothing(StoreFixture fixture) => Assert.Equal((0, 0), (fixture.Store.Engine.HeldBytes, fixture.Store.Engine.GrantedBytes));

    /// <summary>The store, which scans other rows where that is asked for.</summary>
    private sealed class Watched(SegmentStore store) : IEventReader
    {
        /// <summary>A statement in place of that of a scan.</summary>
        public string? Instead { get; set; }

        /// <summary>As above, of a scan of persons.</summary>
        public string? OfPersons { get; set; }

        /// <summary>What questions are put into words for.</summary>
        public StoreEngine CompiledFor { get; set; }

        public int MaxRows { get; set; } = int.MaxValue;

        public long MostGranted { get; set; }

        /// <summary>Called with each batch of a scan.</summary>
        public Action? Given { get; set; }

        public ProjectSchema Schema(ProjectId project) => store.Schema(project) with { Engine = CompiledFor };

        public ValueTask<QueryRows> QueryAsync(StoreQuery query, CancellationToken cancellationToken) => store.QueryAsync(query, cancellationToken);

        public ValueTask<ScanSummary> ScanAsync(StoreQuery query, IColumnSink sink, CancellationToken cancellationToken) => store.ScanAsync(
            (sink is SessionPersons ? OfPersons : Instead) is { } sql ? new StoreQuery { Project = query.Project, Sql = sql, MaxRows = MaxRows } : query,
            sink is IHoldingSink holding ? new Through(this, holding) : sink, cancellationToken);

        public ValueTask<EventTally?> CountAsync(ProjectId project, IReadOnlyList<string?> names, long[] bounds, CancellationToken cancellationToken) =>
            store.CountAsync(project, names, bounds, cancellationToken);

        public Person? FindPerson(ProjectId project, string distinctId) => store.FindPerson(project, distinctId);

        private void Look()
        {
            MostGranted = Math.Max(MostGranted, store.Engine.GrantedBytes);
            Given?.Invoke();
        }

        /// <summary>Looks at what is granted after each batch.</summary>
        private sealed class Through(Watched owner, IHoldingSink sink) : IHoldingSink
        {
            TextCodes? IColumnSink.Texts => sink.Texts;

            public long BytesFor(long rows) => sink.BytesFor(rows);

            public void Hold(HeldMemory memory) => sink.Hold(memory);

            public void Take(ColumnBatch batch)
            {
                try
                {
                    sink.Take(batch);
                }
                finally
                {
                    owner.Look();
                }
            }
        }
    }
}
