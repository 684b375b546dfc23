using System.Globalization;
using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.Sql;

/// <summary>Which events the explorer lists. From and To are unix microseconds, half-open.</summary>
public sealed record EventsRequest(
    string? Event, IReadOnlyList<PropertyFilter> Filters, long From, long To, EventPosition? After, int Limit)
{
    /// <summary>Only of the person with this key now, also what came under others that were merged into it.</summary>
    public long? PersonKey { get; init; }
}

/// <summary>An event's place in the list: newest first, and by descending uuid within one instant.</summary>
public readonly record struct EventPosition(long Timestamp, Guid Uuid);

/// <summary>
/// The events explorer in two steps: <see cref="Find"/> reads only what decides which events are on the page,
/// <see cref="Load"/> reads every column of those few.
/// </summary>
public static class EventsCompiler
{
    /// <summary>The fixed columns in front of the properties in a loaded row.</summary>
    public const int FixedColumns = 7;

    /// <summary>Fails where the store cannot read one of the regular expressions; reads no event.</summary>
    public static StoreQuery Try(IEnumerable<string> patterns, ProjectId project, SqlDialect dialect)
    {
        string[] all = [.. patterns];
        return new StoreQuery
        {
            Project = project,
            Sql = "SELECT " + string.Join(", ", all.Select((_, i) => dialect.Matches("''", string.Create(CultureInfo.InvariantCulture, $"${i + 1}")))),
            Parameters = all,
            From = 0,
            To = 0,
            MaxRows = 1,
        };
    }

    /// <summary>Rows of uuid and timestamp, newest first.</summary>
    public static StoreQuery Find(EventsRequest request, ProjectId project, ProjectSchema schema, SqlDialect dialect)
    {
        var statement = new Statement(dialect, project, schema);
        var conditions = new List<string> { statement.Within(request.From, request.To) };
        if (request.Event is not null)
        {
            conditions.Add($"e.event = {statement.Parameter(request.Event)}");
        }

        if (request.PersonKey is { } person)
        {
            // Keys as stored, so that the store can prune.
            conditions.Add($"(e.person_key = {statement.Parameter(person)} OR e.person_key IN (SELECT from_key FROM {{overrides}} WHERE to_key = {statement.Parameter(person)}))");
        }

        if (request.Filters.Count > 0)
        {
            conditions.Add(FilterSql.All(statement, request.Filters));
        }

        if (request.After is { } after)
        {
            conditions.Add(Beyond(statement, after, "<"));
        }

        return statement.Finish(
            string.Create(CultureInfo.InvariantCulture,
                $"SELECT e.uuid, e.\"timestamp\" FROM {{events}} AS e WHERE {string.Join(" AND ", conditions)} ORDER BY e.\"timestamp\" DESC, {dialect.UuidOrder("e.uuid")} DESC LIMIT {request.Limit}"),
            request.From, request.To, request.Limit);
    }

    /// <summary>Rows as of <see cref="Load"/>, oldest first and by ascending uuid within one instant, from the one after After on.</summary>
    public static StoreQuery Export(EventsRequest request, ProjectId project, ProjectSchema schema, SqlDialect dialect)
    {
        var statement = new Statement(dialect, project, schema);
        var conditions = new List<string> { statement.Within(request.From, request.To) };
        if (request.Event is not null)
        {
            conditions.Add($"e.event = {statement.Parameter(request.Event)}");
        }

        if (request.After is { } after)
        {
            conditions.Add(Beyond(statement, after, ">"));
        }

        return Whole(
            statement, schema, string.Join(" AND ", conditions),
            string.Create(CultureInfo.InvariantCulture, $"e.\"timestamp\", {dialect.UuidOrder("e.uuid")} LIMIT {request.Limit}"), request.From, request.To, request.Limit);
    }

    /// <summary>
    /// Events whole: uuid, event, distinct_id, person key as of now, session_id, timestamp, received_at, then the value of
    /// each of the statement's Columns. From and To bound where they are looked for.
    /// </summary>
    public static StoreQuery Load(IReadOnlyList<Guid> uuids, long from, long to, ProjectId project, ProjectSchema schema, SqlDialect dialect)
    {
        var statement = new Statement(dialect, project, schema);
        var found = string.Join(", ", uuids.Select(u => statement.Parameter(u)));
        return Whole(statement, schema, $"{statement.Within(from, to)} AND e.uuid IN ({found})", $"e.\"timestamp\" DESC, {dialect.UuidOrder("e.uuid")} DESC", from, to, uuids.Count);
    }

    private static string Beyond(Statement statement, EventPosition position, string sign)
    {
        var instant = statement.Instant(position.Timestamp);
        return $"(e.\"timestamp\" {sign} {instant} OR (e.\"timestamp\" = {instant} AND {statement.Dialect.UuidOrder("e.uuid")} {sign} {statement.Dialect.UuidOrder(statement.Parameter(position.Uuid))}))";
    }

    private static StoreQuery Whole(Statement statement, ProjectSchema schema, string condition, string order, long from, long to, int maxRows)
    {
        var columns = schema.Columns.Select(statement.Use).ToList();
        var sql = $"SELECT e.uuid, e.event, e.distinct_id, {{person_key}} AS person_key, e.session_id, e.\"timestamp\", e.received_at{(columns.Count > 0 ? ", " : "")}{string.Join(", ", columns)} FROM {{events}} AS e WHERE {condition} ORDER BY {order}";
        return statement.Finish(sql, from, to, maxRows) with { Columns = [.. schema.Columns] };
    }
}
