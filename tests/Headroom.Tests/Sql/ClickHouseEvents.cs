using System.Text.Json;
using System.Text.Json.Nodes;
using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Sql;
using Headroom.Store;
using Headroom.Store.ClickHouse;
using Headroom.Tests.Support;
using Xunit;

namespace Headroom.Tests.Sql;

/// <summary>A real ClickHouse with the tables, rows and statements of the store in it.</summary>
internal sealed class ClickHouseEvents : ITestEvents
{
    private const long Batch = 7;
    private static readonly ClickHousePlace Place = new("headroom");
    private readonly ClickHouseServer _server;
    private readonly ProjectId _project = new(ClickHouseProcess.NextProject());
    private readonly ClickHouseView _view;
    private readonly ProjectSchema _schema;

    /// <inheritdoc cref="DuckDbEvents(IReadOnlyList{TestEvent}, IReadOnlyList{ValueTuple{long, long}}, IReadOnlySet{string}?, IReadOnlyList{TestPerson}?)"/>
    public ClickHouseEvents(
        IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges, IReadOnlySet<string>? overflow = null, IReadOnlyList<TestPerson>? persons = null)
    {
        persons ??= [];
        overflow ??= new HashSet<string>();
        _server = new ClickHouseServer(ClickHouseProcess.Take().ConnectionString);
        var rows = Rows(events, overflow);
        var known = rows.Properties.Where(static c => c.Count > 0).Select(static c => c.Key).ToHashSet();
        PersonRow[] people = [.. persons.OrderBy(static p => p.Key).Select(static p => new PersonRow(p.Key, p.Row))];
        var knownOfPersons = new HashSet<PropertyColumnKey>();
        foreach (var sql in ClickHouseTables.CreateCopies(Place).Concat(ClickHouseTables.Create(Place, _project)))
        {
            Wait(_server.ExecuteAsync(sql, CancellationToken.None));
        }

        var directory = Directory.CreateTempSubdirectory("headroom-clickhouse-rows-").FullName;
        var path = Path.Combine(directory, "file.parquet");
        if (rows.Count > 0)
        {
            new SegmentWriter().Write(path, rows);
            Insert(ClickHouseTable.Events, rows.Count);
        }

        if (people.Length > 0)
        {
            var writer = new PersonFileWriter(2_000);
            writer.Write(path, Batch, people, new HashSet<PropertyColumnKey>());
            knownOfPersons.UnionWith(writer.Columns.Select(static c => c.Key));
            Insert(ClickHouseTable.Persons, people.Length);
        }

        if (merges.Count > 0)
        {
            OverrideFiles.Write(path, [.. merges.Select(static m => m.From)], [.. merges.Select(static m => m.To)], [.. merges.Select(static _ => Batch)]);
            Insert(ClickHouseTable.Overrides, merges.Count);
        }

        Directory.Delete(directory, recursive: true);
        long[] counts = [Batch];
        _view = new ClickHouseView(Place, _project, new ClickHouseBatches(counts, counts, counts), known, knownOfPersons, merges.Count > 0);
        _schema = new ProjectSchema(
            1, events.Count, 0, events.Count == 0 ? 0 : events.Min(e => e.Timestamp), events.Count == 0 ? 0 : events.Max(e => e.Timestamp), overflow.Count > 0,
            overflow.Count > 0 ? known.Append(ProjectSchema.OverflowColumn).ToHashSet() : known)
        {
            PersonColumns = knownOfPersons,
        };

        // Some rows are of files that do not count: one to come, and one that never will. None of them may be seen.
        void Insert(ClickHouseTable table, int count)
        {
            var insert = ClickHouseInsert.Of(new ClickHouseFile(table, _project, Batch), path);
            Assert.Equal(count, insert.Rows);
            foreach (var sql in ClickHouseTables.AddColumns(Place, _project, table is ClickHouseTable.Persons, insert.Properties))
            {
                Wait(_server.ExecuteAsync(sql, CancellationToken.None));
            }

            foreach (var batch in (long[])[Batch, Batch - 1, Batch + 1])
            {
                Wait(_server.InsertAsync(insert.Into(ClickHouseTables.Of(Place, _project, table), batch), path, $"{table} {_project} {batch}", CancellationToken.None));
            }
        }
    }

    public SqlDialect Dialect => ClickHouseDialect.Instance;

    public Func<int, CohortSource?> Cohorts { get; set; } = static _ => null;

    public ProjectSchema Schema(ProjectId project) => _schema with { Cohorts = Cohorts };

    public Person? FindPerson(ProjectId project, string distinctId) => null;

    public ValueTask<EventTally?> CountAsync(ProjectId project, IReadOnlyList<string?> names, long[] bounds, CancellationToken cancellationToken) => ValueTask.FromResult<EventTally?>(null);

    public ValueTask<QueryRows> QueryAsync(StoreQuery query, CancellationToken cancellationToken) =>
        _server.QueryAsync(Patient(query), _view, new ClickHouseBounds(1L << 30), 1, cancellationToken);

    public ValueTask<ScanSummary> ScanAsync(StoreQuery query, IColumnSink sink, CancellationToken cancellationToken) =>
        _server.ScanAsync(Patient(query), _view, new ClickHouseBounds(1L << 30), sink, 1, cancellationToken);

    public void Dispose()
    {
        foreach (var sql in ClickHouseTables.Drop(Place, _project))
        {
            Wait(_server.ExecuteAsync(sql, CancellationToken.None));
        }

        _server.Dispose();
    }

    /// <summary>The library is made for many processors, and tests share few.</summary>
    private static StoreQuery Patient(StoreQuery query) => query with { Timeout = TimeSpan.FromMinutes(3) };

    private static void Wait(Task task) => task.GetAwaiter().GetResult();

    private EventColumns Rows(IReadOnlyList<TestEvent> events, IReadOnlySet<string> overflow)
    {
        var rows = new EventColumns(_project);
        foreach (var e in events)
        {
            var row = rows.AddRow(e.Uuid, Text(e.Event), Text(e.Person), e.PersonKey, e.SessionId is null ? TextSlice.Null : Text(e.SessionId), e.Timestamp, e.Timestamp);
            var json = new JsonObject();
            foreach (var (name, value) in e.Properties)
            {
                if (overflow.Contains(name))
                {
                    json[name] = value is JsonText text ? JsonNode.Parse(text.Text) : JsonSerializer.SerializeToNode(value);
                    continue;
                }

                var column = rows.Column(System.Text.Encoding.UTF8.GetBytes(name), TestEvent.KindOf(value));
                switch (value)
                {
                    case double number:
                        column.AddNumber(row, number);
                        break;
                    case bool truth:
                        column.AddBoolean(row, truth);
                        break;
                    default:
                        column.AddText(row, Text(value is JsonText of ? of.Text : (string)value));
                        break;
                }
            }

            if (overflow.Count > 0)
            {
                rows.Column("$overflow"u8, PropertyKind.Json).AddText(row, Text(json.ToJsonString()));
            }
        }

        return rows;

        TextSlice Text(string text) => rows.Store(System.Text.Encoding.UTF8.GetBytes(text));
    }
}
