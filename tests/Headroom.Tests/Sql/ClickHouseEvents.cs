using System.Text.Json;
using System.Text.Json.Nodes;
using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Sql;
using Headroom.Store;
using Headroom.Store.ClickHouse;
using Headroom.Tests.Support;

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
        _server = new ClickHouseServer(ClickHouseProcess.SharedAsync().GetAwaiter().GetResult().ConnectionString);
        var buffer = new RowBinaryBuffer();
        var rows = Rows(events, overflow);
        var known = rows.Properties.Where(static c => c.Count > 0).Select(static c => c.Key).ToHashSet();
        var values = new PersonValues(2_000);
        PersonRow[] people = [.. persons.Select(static p => new PersonRow(p.Key, p.Row))];
        values.Read(people, new HashSet<PropertyColumnKey>());
        var knownOfPersons = values.Columns.Properties.Where(static c => c.Count > 0).Select(static c => c.Key).ToHashSet();
        foreach (var sql in ClickHouseTables.Create(Place, _project)
            .Concat(ClickHouseTables.AddColumns(Place, _project, false, known)).Concat(ClickHouseTables.AddColumns(Place, _project, true, knownOfPersons)))
        {
            Wait(_server.ExecuteAsync(sql, CancellationToken.None));
        }

        // Some rows are of batches that do not count: of one to come, and of one that never will. None of them may be seen.
        Insert(ClickHouseTables.Events(Place, _project), batch => ClickHouseRows.Events(buffer, rows, batch), rows.Count);
        Insert(ClickHouseTables.Persons(Place, _project), batch => ClickHouseRows.Persons(buffer, people, values, batch), people.Length);
        Insert(ClickHouseTables.Overrides(Place, _project), batch => ClickHouseRows.Overrides(buffer, batch == Batch ? merges : [.. merges.Select(static m => (m.From, m.To + 1))], batch), merges.Count);
        _view = new ClickHouseView(Place, _project, new ClickHouseBatches(Batch + 1, [2, Batch + 1]), known, knownOfPersons, merges.Count > 0);
        _schema = new ProjectSchema(
            1, events.Count, 0, events.Count == 0 ? 0 : events.Min(e => e.Timestamp), events.Count == 0 ? 0 : events.Max(e => e.Timestamp), overflow.Count > 0,
            overflow.Count > 0 ? known.Append(ProjectSchema.OverflowColumn).ToHashSet() : known)
        {
            PersonColumns = knownOfPersons,
        };

        void Insert(string table, Func<long, string> write, int count)
        {
            foreach (var batch in count == 0 ? [] : (long[])[Batch, Batch + 1, Batch + 2])
            {
                var columns = write(batch);
                Wait(_server.InsertAsync(table, columns, buffer.Bytes, $"{table} {batch}", CancellationToken.None));
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
