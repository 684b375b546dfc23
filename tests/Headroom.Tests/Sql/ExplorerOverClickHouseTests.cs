using System.Globalization;
using CsCheck;
using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Sql;
using Headroom.Tests.Support;
using Xunit;

namespace Headroom.Tests.Sql;

/// <summary>What is read as rows, and has no reference of its own: DuckDB and ClickHouse give the same of random events.</summary>
[Collection(ClickHouseProcess.Collection)]
public sealed class ExplorerOverClickHouseTests
{
    private static readonly ProjectId Project = new(1);

    public ExplorerOverClickHouseTests() => ClickHouseProcess.Require();

    [Fact]
    public async Task Lists_of_events_names_values_and_persons_are_the_same_in_both_stores()
    {
        Gen.Select(TrendsAgreement.AnyEvent.Array[1, 40], Gen.Bool, TrendsAgreement.AnyQuery.Array[2, 2], Gen.OneOfConst("plan", "mixed", "a\"b; DROP TABLE x --", "$browser")).Sample(
            (events, merged, queries, overflowing) =>
            {
                (long, long)[] merges = merged ? [(2, 1), (3, 1)] : [];
                TestPerson[] persons =
                    [new(1, new Dictionary<string, object> { ["plan"] = "Chrome", ["mixed"] = 12d }), new(4, new Dictionary<string, object> { ["mixed"] = true }), new(5, new Dictionary<string, object>())];
                var overflow = new HashSet<string> { overflowing };
                using var one = new DuckDbEvents(events, merges, overflow, persons);
                using var other = new ClickHouseEvents(events, merges, overflow, persons);
                foreach (var ask in Questions(events, [.. queries.SelectMany(static q => q.Filters)]))
                {
                    var (expected, asked) = Answer(one, ask);
                    var (actual, sql) = Answer(other, ask);
                    Assert.True(expected == actual, $"{expected}\n--\n{actual}\n--\n{asked}\n--\n{sql}");
                }
            },
            iter: ClickHouseProcess.Cases(15), threads: 1);
    }

    private static IEnumerable<Func<ITestEvents, StoreQuery>> Questions(TestEvent[] events, PropertyFilter[] filters)
    {
        var (from, to) = (events.Min(static e => e.Timestamp), events.Max(static e => e.Timestamp) + 1);
        var middle = events[events.Length / 2];
        foreach (var position in (EventPosition?[])[null, new EventPosition(middle.Timestamp, middle.Uuid)])
        {
            var request = new EventsRequest(null, filters, from, to, position, 10);
            yield return s => EventsCompiler.Find(request, Project, s.Schema(Project), s.Dialect);
            yield return s => EventsCompiler.Find(request with { Event = middle.Event, PersonKey = 1 }, Project, s.Schema(Project), s.Dialect);
            yield return s => EventsCompiler.Export(request with { Filters = [] }, Project, Ordered(s), s.Dialect);
        }

        yield return s => EventsCompiler.Load([.. events.Take(5).Select(static e => e.Uuid)], from, to, Project, Ordered(s), s.Dialect);
        yield return s => DefinitionsCompiler.Events(null, 100, Project, s.Schema(Project), s.Dialect);
        yield return s => DefinitionsCompiler.Events("EW", 100, Project, s.Schema(Project), s.Dialect);
        yield return s => DefinitionsCompiler.Activity([from, from + ((to - from) / 2), to], 100, Project, s.Schema(Project), s.Dialect);
        yield return s => DefinitionsCompiler.Usage(middle.Event, [.. s.Schema(Project).Columns.OrderBy(static c => c.ColumnName, StringComparer.Ordinal)], from, to, Project, s.Schema(Project), s.Dialect);
        yield return s => DefinitionsCompiler.Overflowed(null, 100, Project, s.Schema(Project), s.Dialect);
        foreach (var property in (string[])["plan", "mixed", "$browser", "amount", "event", "person.mixed"])
        {
            yield return s => DefinitionsCompiler.Values(property, null, null, 100, 200, Project, s.Schema(Project), s.Dialect);
            yield return s => DefinitionsCompiler.Values(property, middle.Event, "1", 100, 200, Project, s.Schema(Project), s.Dialect);
        }

        if (events.Any(static e => e.Properties.ContainsKey("$group_set")))
        {
            yield return s => DefinitionsCompiler.OfGroups(100, Project, s.Schema(Project), s.Dialect)!;
        }

        yield return s => OnlineCompiler.Compile(middle.Timestamp, Project, s.Schema(Project), s.Dialect);
        yield return s => PersonsCompiler.LastSeen("1,4,6", 10, Project, s.Schema(Project), s.Dialect) is var seen ? seen with { Sql = $"SELECT * FROM ({seen.Sql}) ORDER BY 1" } : null!;
        yield return s => PersonsCompiler.List("chrome", ["plan", "mixed"], 5, null, 1_000, 10, Project, s.Schema(Project), s.Dialect);
        yield return s => PersonsCompiler.List(null, [], null, null, 5, 10, Project, s.Schema(Project), s.Dialect);
        yield return s => CohortCompiler.ByUuid($"{new TestPerson(4, new Dictionary<string, object>()).Row.Uuid},{Guid.Empty}", 10, Project, s.Schema(Project), s.Dialect);
    }

    private static ProjectSchema Ordered(ITestEvents store) => store.Schema(Project) with
    {
        Columns = new SortedSet<PropertyColumnKey>(store.Schema(Project).Columns, Comparer<PropertyColumnKey>.Create(static (a, b) => string.CompareOrdinal(a.ColumnName, b.ColumnName))),
    };

    private static (string Rows, string Sql) Answer(ITestEvents store, Func<ITestEvents, StoreQuery> ask)
    {
        var query = ask(store);
        var rows = store.QueryAsync(query, CancellationToken.None).AsTask().GetAwaiter().GetResult().Rows;
        // Of grouping sets no order is promised.
        var lines = rows.Select(static r => string.Join(" | ", r.Select(Text)));
        return (string.Join('\n', query.Sql.Contains("GROUPING SETS", StringComparison.Ordinal) ? lines.Order(StringComparer.Ordinal) : lines), query.Sql);
    }

    private static string Text(object? value) => value switch
    {
        null => "∅",
        DateTime instant => UnixMicros.From(new DateTimeOffset(DateTime.SpecifyKind(instant, DateTimeKind.Utc))).ToString(CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
