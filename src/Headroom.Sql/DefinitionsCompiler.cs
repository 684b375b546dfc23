using System.Globalization;
using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.Sql;

/// <summary>What a project's events are called, what they carry, and which values occur.</summary>
public static class DefinitionsCompiler
{
    /// <summary>Rows of name, count and the last timestamp, most frequent first.</summary>
    public static StoreQuery Events(string? search, int limit, ProjectId project, ProjectSchema schema, SqlDialect dialect)
    {
        var statement = new Statement(dialect, project, schema);
        var where = search is null ? "" : $" WHERE {dialect.ContainsFolded("e.event", statement.Parameter(search))}";
        return statement.Finish(
            string.Create(CultureInfo.InvariantCulture,
                $"SELECT e.event, count(*) AS c, max(e.\"timestamp\") FROM {{events}} AS e{where} GROUP BY e.event ORDER BY c DESC, e.event LIMIT {limit}"),
            long.MinValue, long.MaxValue, limit);
    }

    /// <summary>Rows of name, count, the first and the last timestamp, and the count in each bucket, most frequent first.</summary>
    /// <param name="bounds">Where each bucket begins, ascending, and the end of the last; unix microseconds.</param>
    public static StoreQuery Activity(long[] bounds, int limit, ProjectId project, ProjectSchema schema, SqlDialect dialect)
    {
        var statement = new Statement(dialect, project, schema);
        var buckets = string.Concat(bounds.SkipLast(1).Select((from, i) => $", count(*) FILTER (WHERE {statement.Within(from, bounds[i + 1])})"));
        return statement.Finish(
            string.Create(CultureInfo.InvariantCulture,
                $"SELECT e.event, count(*) AS c, min(e.\"timestamp\"), max(e.\"timestamp\"){buckets} FROM {{events}} AS e GROUP BY e.event ORDER BY c DESC, e.event LIMIT {limit}"),
            long.MinValue, long.MaxValue, limit);
    }

    /// <summary>One row: how many events there are, of a name where one is given, and for each of <paramref name="columns"/> how many have a value.</summary>
    public static StoreQuery Usage(
        string? eventName, IReadOnlyList<PropertyColumnKey> columns, long from, long to, ProjectId project, ProjectSchema schema, SqlDialect dialect)
    {
        var statement = new Statement(dialect, project, schema);
        var counts = string.Concat(columns.Select(c => $", count({statement.Use(c)})"));
        List<string> conditions = [];
        if (eventName is not null)
        {
            conditions.Add($"e.event = {statement.Parameter(eventName)}");
        }

        if (from != long.MinValue || to != long.MaxValue)
        {
            conditions.Add(statement.Within(from, to));
        }

        var where = conditions.Count == 0 ? "" : " WHERE " + string.Join(" AND ", conditions);
        return statement.Finish($"SELECT count(*){counts} FROM {{events}} AS e{where}", from, to, 1);
    }

    /// <summary>Rows of name: the properties in the overflow column.</summary>
    public static StoreQuery Overflowed(string? eventName, int limit, ProjectId project, ProjectSchema schema, SqlDialect dialect)
    {
        var statement = new Statement(dialect, project, schema);
        var column = statement.Use(ProjectSchema.OverflowColumn);
        var where = eventName is null ? "" : $" AND e.event = {statement.Parameter(eventName)}";
        return statement.Finish(
            string.Create(CultureInfo.InvariantCulture,
                $"SELECT DISTINCT {dialect.Unnest(dialect.JsonNames(column))} AS name FROM {{events}} AS e WHERE {column} IS NOT NULL{where} ORDER BY name LIMIT {limit}"),
            long.MinValue, long.MaxValue, limit);
    }

    /// <summary>Rows of name: the properties in the overflow column of persons.</summary>
    public static StoreQuery OverflowedOfPersons(int limit, ProjectId project, ProjectSchema schema, SqlDialect dialect)
    {
        var statement = new Statement(dialect, project, schema);
        var column = statement.UseOfPerson(ProjectSchema.OverflowColumn);
        return statement.Finish(
            string.Create(CultureInfo.InvariantCulture,
                $"SELECT DISTINCT {dialect.Unnest(dialect.JsonNames(column))} AS name FROM {statement.Persons()} AS e WHERE {column} IS NOT NULL ORDER BY name LIMIT {limit}"),
            0, 0, limit);
    }

    /// <summary>
    /// Rows of type and name, and of each kind (text, number, boolean, JSON) how often it came: the properties that groups were told.
    /// Null where none was told any.
    /// </summary>
    public static StoreQuery? OfGroups(int limit, ProjectId project, ProjectSchema schema, SqlDialect dialect)
    {
        var statement = new Statement(dialect, project, schema);
        if (statement.Property("$group_set").Json is not { } told)
        {
            return null;
        }

        var (type, key) = (statement.AsText("$group_type"), statement.AsText("$group_key"));
        var member = dialect.JsonMember("s", dialect.JsonMemberPathOf("m"));
        return statement.Finish(
            string.Create(CultureInfo.InvariantCulture,
                $"SELECT g, m, count({member.Text}), count({member.Number}), count({member.Boolean}), count({member.Json}) FROM (SELECT {type} AS g, {told} AS s, {dialect.Unnest(dialect.JsonNames(told))} AS m FROM {{events}} AS e WHERE e.event = {statement.Parameter("$groupidentify")} AND {told} IS NOT NULL AND {type} <> '' AND {key} <> '') GROUP BY g, m ORDER BY g, m LIMIT {limit}"),
            long.MinValue, long.MaxValue, limit);
    }

    /// <summary>Rows of value as text and count, most frequent first. A property of persons without an event's name is counted by persons, all others by events.</summary>
    public static StoreQuery Values(
        string property, string? eventName, string? search, int limit, int cut, ProjectId project, ProjectSchema schema, SqlDialect dialect)
    {
        var statement = new Statement(dialect, project, schema);
        var value = dialect.Left(statement.AsText(property), cut);
        var ofPersons = PropertyNames.OfPerson(property) is not null && eventName is null;
        var source = ofPersons ? statement.Persons() : "{events}";
        var where = eventName is null ? "" : $" WHERE e.event = {statement.Parameter(eventName)}";
        var found = search is null ? "" : $" AND {dialect.ContainsFolded("v", statement.Parameter(search))}";
        return statement.Finish(
            string.Create(CultureInfo.InvariantCulture,
                $"SELECT v, count(*) AS c FROM (SELECT {value} AS v FROM {source} AS e{where}) WHERE v IS NOT NULL{found} GROUP BY v ORDER BY c DESC, v LIMIT {limit}"),
            ofPersons ? 0 : long.MinValue, ofPersons ? 0 : long.MaxValue, limit);
    }
}
