using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Headroom.Core;
using Headroom.Sql;

namespace Headroom.Store.ClickHouse;

/// <summary>The files whose rows count for one reading, of those that have rows in the tables; see <see cref="ClickHouseFile.Batch"/>.</summary>
internal sealed record ClickHouseBatches(IReadOnlyList<long> Events, IReadOnlyList<long> Persons, IReadOnlyList<long> Overrides)
{
    /// <summary>A condition on the rows of a table.</summary>
    public static string Condition(IReadOnlyList<long> batches) =>
        batches.Count == 0 ? "false" : $"batch IN ({string.Join(", ", batches.Select(static b => b.ToString(CultureInfo.InvariantCulture)))})";
}

/// <summary>
/// A project as one reading sees it. Properties have the names of <see cref="ClickHouseDialect"/>. Its statements name this project's tables and no other's, and only rows of files that count:
/// that is the wall between tenants, and what makes a batch count as a whole.
/// </summary>
/// <param name="Columns">Property columns that the table of events has.</param>
/// <param name="PersonColumns">Property columns that the table of persons has.</param>
/// <param name="Merged">Whether any person was merged into another.</param>
internal sealed partial record ClickHouseView(
    ClickHousePlace Place, ProjectId Project, ClickHouseBatches Batches, IReadOnlySet<PropertyColumnKey> Columns, IReadOnlySet<PropertyColumnKey> PersonColumns, bool Merged)
{
    private const string PersonPlace = "{person_key}";

    private string Overrides =>
        $"(SELECT from_key, argMax(to_key, version) AS to_key FROM {ClickHouseTables.Overrides(Place, Project)} WHERE {ClickHouseBatches.Condition(Batches.Overrides)} GROUP BY from_key)";

    /// <summary>The statement as ClickHouse reads it. Its parameters are p1, p2 …, see <see cref="Parameter"/>.</summary>
    public string Text(StoreQuery query)
    {
        var events = Events(query);
        var sql = NamedPlace().Replace(query.Sql, place =>
            $"(SELECT * FROM {events} WHERE {(place.Groups[1].ValueSpan is "*" ? "" : $"event = {place.Groups[1]} AND ")}\"timestamp\" >= {Instant(query.Buckets[0])} AND \"timestamp\" < {Instant(query.Buckets[^1])})");
        sql = sql.Replace("{events}", events, StringComparison.Ordinal).Replace("{overrides}", Overrides, StringComparison.Ordinal)
            .Replace("{persons}", Persons(query), StringComparison.Ordinal)
            .Replace(PersonPlace, Merged ? "e.now_key" : "e.person_key", StringComparison.Ordinal)
            // Texts come as they are, and the one who takes them numbers them.
            .Replace("{text_code}", "", StringComparison.Ordinal)
            .Replace("{bucket}", "e.\"timestamp\"", StringComparison.Ordinal);
        return ParameterPlace().Replace(sql, place => Typed(query.Parameters[int.Parse(place.Groups[1].ValueSpan, CultureInfo.InvariantCulture) - 1], place.Groups[1].Value));
    }

    /// <summary>A parameter's value as its type in the statement wants it.</summary>
    public static object Parameter(object value) => value is DateTime instant ? UnixMicros.From(new DateTimeOffset(instant)) : value;

    private static string Typed(object value, string number) => value switch
    {
        string => $"{{p{number}:String}}",
        long => $"{{p{number}:Int64}}",
        double => $"{{p{number}:Float64}}",
        bool => $"{{p{number}:Bool}}",
        Guid => $"{{p{number}:UUID}}",
        // As text its years would have bounds.
        DateTime => $"fromUnixTimestamp64Micro({{p{number}:Int64}}, 'UTC')",
        _ => throw new ArgumentException($"A statement has no parameters of {value.GetType().Name}.", nameof(value)),
    };

    private static string Instant(long micros) => string.Create(CultureInfo.InvariantCulture, $"fromUnixTimestamp64Micro(toInt64({micros}), 'UTC')");

    private string Events(StoreQuery query)
    {
        var sql = new StringBuilder("(SELECT uuid, event, distinct_id, person_key, session_id, \"timestamp\", received_at");
        Append(sql, query.Columns, Columns);
        sql.Append(CultureInfo.InvariantCulture, $" FROM {ClickHouseTables.Events(Place, Project)} WHERE {ClickHouseBatches.Condition(Batches.Events)})");
        return Merged && query.Sql.Contains(PersonPlace, StringComparison.Ordinal)
            // A column of the same name anywhere in the statement would be meant instead of these relations.
            ? $"(SELECT hr_events.*, coalesce(hr_overrides.to_key, hr_events.person_key) AS now_key FROM {sql} AS hr_events LEFT JOIN {Overrides} AS hr_overrides ON hr_overrides.from_key = hr_events.person_key)"
            : sql.ToString();
    }

    private string Persons(StoreQuery query)
    {
        var sql = new StringBuilder("(SELECT person_key, uuid, created_at, is_identified");
        Append(sql, query.PersonColumns, PersonColumns);
        return sql.Append(CultureInfo.InvariantCulture,
            $" FROM (SELECT * FROM {ClickHouseTables.Persons(Place, Project)} WHERE {ClickHouseBatches.Condition(Batches.Persons)} ORDER BY version DESC LIMIT 1 BY person_key) WHERE NOT is_gone)").ToString();
    }

    private static void Append(StringBuilder sql, IReadOnlyList<PropertyColumnKey> asked, IReadOnlySet<PropertyColumnKey> known)
    {
        foreach (var column in asked)
        {
            var name = ClickHouseDialect.Instance.Column(column);
            sql.Append(", ").Append(known.Contains(column) ? name : $"CAST(NULL AS Nullable({ClickHouseTables.Type(column.Kind)})) AS {name}");
        }
    }

    [GeneratedRegex(@"\{named_events:(\$\d+|\*)\}")]
    private static partial Regex NamedPlace();

    [GeneratedRegex(@"\$(\d+)")]
    private static partial Regex ParameterPlace();
}
