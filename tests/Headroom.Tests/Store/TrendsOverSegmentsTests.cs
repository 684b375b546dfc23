using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Sql;
using Headroom.Store;
using Headroom.Tests.Sql;
using Headroom.Tests.Support;

namespace Headroom.Tests.Store;

/// <summary>
/// The real store: the events in several segments, the merges of persons in batches of their own, and for some of the
/// cases a compaction in between, so that merged and fresh segments answer together.
/// </summary>
public sealed class TrendsOverSegmentsTests : TrendsAgreement
{
    private static readonly ProjectId Project = new(1);

    protected override long Cases => ChosenStore.Cases(25);

    protected override IEventReader Store(
        IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges, IReadOnlySet<string> overflow, IReadOnlyList<TestPerson> persons) =>
        Fill(events, merges, overflow, persons);

    internal static Reader Fill(
        IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges, IReadOnlySet<string> overflow, IReadOnlyList<TestPerson>? persons = null, StoreFixture? fixture = null)
    {
        var store = new Reader(fixture);
        foreach (var person in persons ?? [])
        {
            store.Put(person.Row);
        }

        // The store is told of merges as they come, one after the other, and keeps whom each counts for in the end.
        merges = TestMerges.Chained(merges);

        // How the events are cut follows from them, so that a failing case fails again.
        var cut = 1 + (events.Count % 7);
        var parts = events.Select((e, i) => (e, i)).GroupBy(p => p.i % cut, p => p.e).Select(g => g.ToList()).ToList();
        for (var i = 0; i < parts.Count; i++)
        {
            store.Add(parts[i], i < merges.Count ? [merges[i]] : [], overflow);
            if (i == 3)
            {
                store.Compact();
            }
        }

        if (merges.Count > parts.Count)
        {
            store.Add([], [.. merges.Skip(parts.Count)], overflow);
        }

        return store;
    }

    /// <summary>
    /// As <see cref="Fill"/>, after others were there among them and were removed: a person with every event as well, and
    /// events of ten years before.
    /// </summary>
    internal static IEventReader FillAndRemove(
        IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges, IReadOnlySet<string> overflow, IReadOnlyList<TestPerson>? persons = null, StoreFixture? fixture = null)
    {
        const long Other = 60;
        const long Years = 10 * 365L * 24 * 3600 * 1_000_000;
        var others = events.Select(e => e with { Uuid = Guid.CreateVersion7(), Person = "other", PersonKey = Other });
        var old = events.Where((_, i) => i % 3 == 0).Select(e => e with { Uuid = Guid.CreateVersion7(), Timestamp = e.Timestamp - Years });
        var store = Fill(
            [.. events, .. others, .. old], merges, overflow,
            [.. persons ?? [], new TestPerson(Other, new Dictionary<string, object> { ["plan"] = "x", ["team"] = true })], fixture);
        store.Remove(Other, events.Count == 0 ? 0 : events.Min(static e => e.Timestamp));
        return store;
    }

    internal sealed class Reader(StoreFixture? fixture = null) : ITestEvents
    {
        private readonly StoreFixture _fixture = fixture ?? new(o => o.QueryThreads = 1);
        private long _offset;

        public void Add(IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges, IReadOnlySet<string> overflow)
        {
            using var batch = _fixture.Store.BeginBatch();
            var rows = batch.Rows(Project);
            foreach (var e in events)
            {
                batch.TryAddUuid(Project, e.Uuid, e.Timestamp);
                batch.Count(Project, 1, 0, 0);
                AddRow(rows, e, overflow);
            }

            batch.Identities.Merges.AddRange(merges.Select(m => (Project, m.From, m.To)));
            batch.CommitAsync(++_offset, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        }

        public void Put(Person person)
        {
            using var batch = _fixture.Store.BeginBatch();
            batch.Identities.Persons.Add((Project, person));
            batch.CommitAsync(++_offset, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        }

        public void Compact() => _fixture.Compact();

        public void Remove(long person, long before)
        {
            _fixture.Store.Forget(Guid.NewGuid(), Project, person);
            RemoveBefore(before);
        }

        public void RemoveBefore(long before)
        {
            _fixture.Store.RemoveBefore(Project, before);
            _fixture.Compact();
        }

        public DataChanges ChangedSince(ProjectId project, long version) => _fixture.Store.ChangedSince(project, version);

        public Task ReopenAsync() => _fixture.ReopenAsync();

        public SqlDialect Dialect => SqlDialect.Of(_fixture.Store.Schema(Project));

        public Func<int, CohortSource?> Cohorts { get; set; } = static _ => null;

        public ProjectSchema Schema(ProjectId project) => _fixture.Store.Schema(project) with { Cohorts = Cohorts };

        public ValueTask<QueryRows> QueryAsync(StoreQuery query, CancellationToken cancellationToken) => _fixture.Store.QueryAsync(query, cancellationToken);

        public ValueTask<EventTally?> CountAsync(ProjectId project, IReadOnlyList<string?> names, long[] bounds, CancellationToken cancellationToken) =>
            _fixture.Store.CountAsync(project, names, bounds, cancellationToken);

        public ValueTask<TextTally?> CountTextsAsync(StoreQuery query, string name, PropertyColumnKey text, int mostCells, CancellationToken cancellationToken) =>
            _fixture.Store.CountTextsAsync(query, name, text, mostCells, cancellationToken);

        public ValueTask<ScanSummary> ScanAsync(StoreQuery query, IColumnSink sink, CancellationToken cancellationToken) =>
            _fixture.Store.ScanAsync(query, sink, cancellationToken);

        public Person? FindPerson(ProjectId project, string distinctId) => _fixture.Store.FindPerson(project, distinctId);

        public void Dispose() => _fixture.DisposeAsync().AsTask().GetAwaiter().GetResult();

        private static void AddRow(EventColumns rows, TestEvent e, IReadOnlySet<string> overflow)
        {
            TextSlice Text(string text) => rows.Store(Encoding.UTF8.GetBytes(text));
            var row = rows.AddRow(
                e.Uuid, Text(e.Event), Text(e.Person), e.PersonKey, e.SessionId is null ? TextSlice.Null : Text(e.SessionId), e.Timestamp, e.Timestamp);
            JsonObject? rest = null;
            foreach (var (name, value) in e.Properties)
            {
                if (overflow.Contains(name))
                {
                    (rest ??= [])[name] = value is JsonText json ? JsonNode.Parse(json.Text) : JsonSerializer.SerializeToNode(value);
                    continue;
                }

                var column = rows.Column(Encoding.UTF8.GetBytes(name), TestEvent.KindOf(value));
                switch (value)
                {
                    case double number:
                        column.AddNumber(row, number);
                        break;
                    case bool boolean:
                        column.AddBoolean(row, boolean);
                        break;
                    default:
                        column.AddText(row, Text(value is JsonText json ? json.Text : (string)value));
                        break;
                }
            }

            if (rest is not null)
            {
                rows.Column(Encoding.UTF8.GetBytes(ProjectSchema.OverflowColumn.Name), ProjectSchema.OverflowColumn.Kind).AddText(row, Text(rest.ToJsonString()));
            }
        }
    }
}
