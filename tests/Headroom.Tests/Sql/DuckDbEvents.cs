using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DuckDB.NET.Data;
using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Sql;
using Headroom.Store;

namespace Headroom.Tests.Sql;

/// <summary>A real DuckDB with tables in memory in place of the store's segments.</summary>
public sealed partial class DuckDbEvents : ITestEvents
{
    private readonly DuckDBConnection _connection = new("DataSource=:memory:;threads=1");
    private readonly DuckDbScan _scans;
    private readonly Lock _gate = new();
    private readonly ProjectSchema _schema;

    /// <param name="overflow">Properties that have no column but are in the overflow column.</param>
    /// <param name="persons">Those who are known now: none that was merged away.</param>
    public DuckDbEvents(
        IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges, IReadOnlySet<string>? overflow = null, IReadOnlyList<TestPerson>? persons = null)
    {
        persons ??= [];
        overflow ??= new HashSet<string>();
        _connection.Open();
        _scans = new DuckDbScan(_connection.NativeConnection);
        var columns = events.SelectMany(e => e.Properties).Where(p => !overflow.Contains(p.Key))
            .Select(p => new PropertyColumnKey(p.Key, TestEvent.KindOf(p.Value))).ToHashSet();
        if (overflow.Count > 0)
        {
            columns.Add(ProjectSchema.OverflowColumn);
        }

        PropertyColumnKey[] ordered = [.. columns];
        Execute("CREATE TABLE the_events (uuid UUID, event VARCHAR, distinct_id VARCHAR, person_key BIGINT, session_id VARCHAR, \"timestamp\" TIMESTAMP, received_at TIMESTAMP" +
            string.Concat(ordered.Select(c => $", {Quote(c.ColumnName)} {TypeOf(c.Kind)}")) + ")");
        Execute("CREATE TABLE the_overrides (from_key BIGINT, to_key BIGINT)");
        Append("the_overrides", merges.Select(static m => new object?[] { m.From, m.To }));
        Append("the_events", events.Select(e => (IEnumerable<object?>)
        [
            e.Uuid, e.Event, e.Person, e.PersonKey, e.SessionId, Instant(e.Timestamp), Instant(e.Timestamp),
            .. ordered.Select(c => c == ProjectSchema.OverflowColumn ? Overflow(e, overflow) : ValueOf(e.Properties, c)),
        ]));

        PropertyColumnKey[] ofPersons = [.. persons.SelectMany(p => p.Properties).Select(p => new PropertyColumnKey(p.Key, TestEvent.KindOf(p.Value))).Distinct()];
        Execute("CREATE TABLE the_persons (person_key BIGINT, uuid UUID, created_at TIMESTAMP, is_identified BOOLEAN" +
            string.Concat(ofPersons.Select(c => $", {Quote(c.ColumnName)} {TypeOf(c.Kind)}")) + ")");
        Append("the_persons", persons.Select(p => (IEnumerable<object?>)
            [p.Key, p.Row.Uuid, Instant(p.Row.CreatedAt), p.Row.IsIdentified, .. ofPersons.Select(c => ValueOf(p.Properties, c))]));

        _schema = new ProjectSchema(
            1, events.Count, 0, events.Count == 0 ? 0 : events.Min(e => e.Timestamp), events.Count == 0 ? 0 : events.Max(e => e.Timestamp), overflow.Count > 0, columns)
        {
            PersonColumns = ofPersons.ToHashSet(),
        };
    }

    public SqlDialect Dialect => DuckDbDialect.Instance;

    public int Queries { get; private set; }

    public StoreQuery? Last { get; private set; }

    public Person? KnownPerson { get; init; }

    public Exception? Refusal { get; set; }

    public Func<int, CohortSource?> Cohorts { get; set; } = static _ => null;

    public ProjectSchema Schema(ProjectId project) => _schema with { Cohorts = Cohorts };

    public Person? FindPerson(ProjectId project, string distinctId) => KnownPerson;

    public ValueTask<QueryRows> QueryAsync(StoreQuery query, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Refusal is not null)
        {
            throw Refusal;
        }

        lock (_gate)
        {
            Queries++;
            Last = query;
            FindSets(query);
            using var command = Command(OverTables(query), [.. query.Parameters]);
            using var reader = command.ExecuteReader();
            var rows = new List<object?[]>();
            while (reader.Read())
            {
                var row = new object?[reader.FieldCount];
                for (var i = 0; i < row.Length; i++)
                {
                    row[i] = reader.IsDBNull(i) ? null : reader.GetValue(i) switch
                    {
                        int number => (long)number,
                        var value => value,
                    };
                }

                rows.Add(row);
            }

            if (rows.Count > query.MaxRows)
            {
                throw new QueryRefusedException(QueryBound.Rows, $"{rows.Count} rows of at most {query.MaxRows}.");
            }

            return ValueTask.FromResult(new QueryRows([], rows, 1, TimeSpan.Zero, 1));
        }
    }

    public ValueTask<EventTally?> CountAsync(ProjectId project, IReadOnlyList<string?> names, long[] bounds, CancellationToken cancellationToken) => ValueTask.FromResult<EventTally?>(null);

    public ValueTask<ScanSummary> ScanAsync(StoreQuery query, IColumnSink sink, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Refusal is not null)
        {
            throw Refusal;
        }

        lock (_gate)
        {
            Queries++;
            Last = query;
            FindSets(query);
            var rows = _scans.Run(OverTables(query), query.Parameters, sink, rows =>
            {
                if (rows > query.MaxRows)
                {
                    throw new QueryRefusedException(QueryBound.Rows, $"{rows} rows of at most {query.MaxRows}.");
                }
            });
            return ValueTask.FromResult(new ScanSummary(rows, 1, TimeSpan.Zero, 1));
        }
    }

    public void Dispose()
    {
        _connection.Dispose();
        _scans.Dispose();
    }

    private void FindSets(StoreQuery query) => _scans.Sets = KeyMembers.Of(
        query, (i, before, behind, sink) => _scans.Run(before + OverTables(query.Sets[i].Query) + behind, query.Sets[i].Query.Parameters, sink, static _ => { }));

    private static string OverTables(StoreQuery query)
    {
        var named = NamedPlace().Replace(
            query.Sql, place => $"(SELECT * FROM the_events WHERE {(place.Groups[1].ValueSpan is "*" ? "" : $"event = {place.Groups[1]} AND ")}\"timestamp\" >= make_timestamp({query.Buckets[0]}) AND \"timestamp\" < make_timestamp({query.Buckets[^1]}))");
        return named.Replace("{events}", "the_events", StringComparison.Ordinal).Replace("{overrides}", "the_overrides", StringComparison.Ordinal).Replace("{persons}", "the_persons", StringComparison.Ordinal)
            .Replace("{person_key}", "coalesce((SELECT o.to_key FROM the_overrides AS o WHERE o.from_key = e.person_key), e.person_key)", StringComparison.Ordinal)
            .Replace("{text_code}", DuckDbScan.TextFunction, StringComparison.Ordinal).Replace("{in_set}", DuckDbScan.SetFunction, StringComparison.Ordinal)
            .Replace("{bucket}", BucketStart(query), StringComparison.Ordinal);
    }

    /// <summary>Of all instants of a bucket the one that is farthest from most of its events.</summary>
    private static string BucketStart(StoreQuery query) =>
        $"make_timestamp(list_max(list_filter([{string.Join(", ", query.Buckets.Select(b => b + "::BIGINT"))}], lambda b: b <= epoch_us(e.\"timestamp\"))))";

    [GeneratedRegex(@"\{named_events:(\$\d+|\*)\}")]
    private static partial Regex NamedPlace();

    private static string Overflow(TestEvent e, IReadOnlySet<string> names)
    {
        var json = new JsonObject();
        foreach (var (name, value) in e.Properties.Where(p => names.Contains(p.Key)))
        {
            json[name] = value is JsonText text ? JsonNode.Parse(text.Text) : JsonSerializer.SerializeToNode(value);
        }

        return json.ToJsonString();
    }

    private static DateTime Instant(long micros) => UnixMicros.ToInstant(micros).UtcDateTime;

    private static string Quote(string name) => "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";

    private static string TypeOf(PropertyKind kind) => kind switch
    {
        PropertyKind.Number => "DOUBLE",
        PropertyKind.Boolean => "BOOLEAN",
        _ => "VARCHAR",
    };

    private static object? ValueOf(IReadOnlyDictionary<string, object> properties, PropertyColumnKey column) =>
        properties.TryGetValue(column.Name, out var value) && TestEvent.KindOf(value) == column.Kind ? value is JsonText json ? json.Text : value : null;

    private DuckDBCommand Command(string sql, params object?[] values)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        foreach (var value in values)
        {
            command.Parameters.Add(new DuckDBParameter(value ?? DBNull.Value));
        }

        return command;
    }

    private void Execute(string sql)
    {
        using var command = Command(sql);
        command.ExecuteNonQuery();
    }

    private void Append(string table, IEnumerable<IEnumerable<object?>> rows)
    {
        using var appender = _connection.CreateAppender(table);
        foreach (var values in rows)
        {
            var row = appender.CreateRow();
            foreach (var value in values)
            {
                _ = value switch
                {
                    null => row.AppendNullValue(),
                    Guid uuid => row.AppendValue(uuid),
                    long whole => row.AppendValue(whole),
                    double number => row.AppendValue(number),
                    bool yes => row.AppendValue(yes),
                    DateTime instant => row.AppendValue(instant),
                    string text => row.AppendValue(text),
                    _ => throw new ArgumentException($"{value.GetType()} is of no column."),
                };
            }

            row.EndRow();
        }
    }
}
