using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Headroom.Core;
using Headroom.Sql;

namespace Headroom.Store.Sql;

/// <summary>
/// The relations that a user's statement reads, and the views that make them of a project's files.
///
/// A property's column has its plain name where that is unambiguous: no column of another meaning may have it, which
/// DuckDB compares without case. Otherwise, and for each kind of a property that came in several, there is a column under
/// the name that it has in segments (<see cref="PropertyColumnKey.ColumnName"/>). A property of several kinds is text
/// under its plain name, as it is everywhere in the product.
/// </summary>
internal static class SqlRelations
{
    public const string Events = "events";
    public const string Persons = "persons";
    public const string Sessions = "sessions";
    public const string PersonKey = "person_key";

    public static readonly ImmutableArray<string> Names = [Events, Persons, Sessions];

    private static readonly ImmutableArray<(string Name, string Type, string Description)> Fixed =
    [
        ("uuid", "UUID", "The event's own id."),
        ("event", "VARCHAR", "Its name."),
        ("distinct_id", "VARCHAR", "Who did it, as sent."),
        (PersonKey, "BIGINT", "The person as known now, merges applied; 0 is nobody (a group event)."),
        ("session_id", "VARCHAR", "Its session."),
        ("timestamp", "TIMESTAMP", "When it happened, UTC."),
        ("received_at", "TIMESTAMP", "When it arrived, UTC."),
    ];

    private static readonly ImmutableArray<(string Name, string Type, string Description)> PersonFixed =
    [
        (PersonKey, "BIGINT", "As in events and sessions."),
        ("uuid", "UUID", "The person's own id."),
        ("created_at", "TIMESTAMP", "The first event known, UTC."),
        ("is_identified", "BOOLEAN", "Whether it has been identified, or aliased."),
    ];

    private static readonly ImmutableArray<(string Name, string Type, string Description, string Expression)> SessionColumns =
    [
        ("session_id", "VARCHAR", "The session.", "session_id"),
        (PersonKey, "BIGINT", "The person of its first event, as known now.", "arg_min(person_key, \"timestamp\")"),
        ("distinct_id", "VARCHAR", "Of its first event.", "arg_min(distinct_id, \"timestamp\")"),
        ("started_at", "TIMESTAMP", "Its first event, UTC.", "min(\"timestamp\")"),
        ("ended_at", "TIMESTAMP", "Its last event, UTC.", "max(\"timestamp\")"),
        ("duration", "DOUBLE", "Seconds from the first to the last event.", "(epoch_us(max(\"timestamp\")) - epoch_us(min(\"timestamp\"))) / 1e6"),
        ("events", "BIGINT", "Events.", "count(*)"),
        ("views", "BIGINT", "Page and screen views.", "count(*) FILTER (WHERE event IN ('$pageview', '$screen'))"),
        ("entry_page", "VARCHAR", "Path of the first page view.", First("$pathname", "event = '$pageview'")),
        ("exit_page", "VARCHAR", "Path of the last page view.", Last("$pathname", "event = '$pageview'")),
        ("referring_domain", "VARCHAR", "The first that was sent.", First("$referring_domain")),
        ("channel", "VARCHAR", "The first that was found.", First("$channel")),
        ("utm_source", "VARCHAR", "The first that was sent.", First("utm_source")),
        ("utm_medium", "VARCHAR", "The first that was sent.", First("utm_medium")),
        ("utm_campaign", "VARCHAR", "The first that was sent.", First("utm_campaign")),
        ("country", "VARCHAR", "Code of the first country found.", First("$geoip_country_code")),
        ("browser", "VARCHAR", "The first that was found.", First("$browser")),
        ("os", "VARCHAR", "The first that was found.", First("$os")),
        ("device_type", "VARCHAR", "The first that was found.", First("$device_type")),
    ];

    /// <summary>Properties that sessions are made of, as text.</summary>
    private static readonly ImmutableArray<string> SessionProperties =
    [
        "$pathname", "$referring_domain", "$channel", "utm_source", "utm_medium", "utm_campaign", "$geoip_country_code", "$browser", "$os", "$device_type",
    ];

    public static IReadOnlyList<SqlRelation> Describe(ProjectState state) =>
    [
        new SqlRelation(Events, "Every event once, one row each; person_key has merges applied.",
        [
            .. Fixed.Select(f => new SqlColumn(f.Name, f.Type, null, [], f.Description)),
            .. Properties(state.ColumnKeys, Fixed).Select(p => p.Column),
        ]),
        new SqlRelation(Persons, "Every person as known now; who is personless has no row.",
        [
            .. PersonFixed.Select(f => new SqlColumn(f.Name, f.Type, null, [], f.Description)),
            .. Properties(state.PersonColumnKeys, PersonFixed).Select(p => p.Column),
        ]),
        new SqlRelation(Sessions, "Events put together by session_id; those without one are left out.",
            [.. SessionColumns.Select(c => new SqlColumn(c.Name, c.Type, null, [], c.Description))]),
    ];

    /// <summary>Statements that make what a checked statement reads.</summary>
    public static IReadOnlyList<string> Views(CheckedSql read, ProjectState state, IReadOnlyList<Segment> segments)
    {
        var views = new List<string>();
        if (read.Relations.Contains(Events))
        {
            views.Add(EventsView(state, segments, read.Reads(PersonKey)));
        }

        if (read.Relations.Contains(Persons))
        {
            views.Add(PersonsView(state));
        }

        if (read.Relations.Contains(Sessions))
        {
            views.Add(SessionsView(state, segments, read.Reads(PersonKey)));
        }

        return views;
    }

    /// <summary>For what it costs: the columns that a checked statement reads of events.</summary>
    public static (IReadOnlyList<string> Fixed, IReadOnlyList<PropertyColumnKey> Properties) Read(CheckedSql read, IReadOnlyCollection<PropertyColumnKey> columns)
    {
        if (!ReadsEvents(read))
        {
            return ([], []);
        }

        var sessions = read.Relations.Contains(Sessions);
        var names = Fixed.Where(f => sessions || read.Reads(f.Name)).Select(f => f.Name);
        var properties = Properties(columns, Fixed).Where(p => read.Reads(p.Column.Name)).SelectMany(p => p.Keys)
            .Concat(sessions ? columns.Where(c => SessionProperties.Contains(c.Name)) : []).Distinct();
        return ([.. names], [.. properties]);
    }

    /// <summary>Whether it needs segments at all.</summary>
    public static bool ReadsEvents(CheckedSql read) => read.Relations.Contains(Events) || read.Relations.Contains(Sessions);

    private static List<PropertyRead> Properties(IEnumerable<PropertyColumnKey> columns, ImmutableArray<(string Name, string Type, string Description)> others)
    {
        var groups = columns.GroupBy(c => c.Name, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => (Name: g.Key, Keys: g.OrderBy(k => k.Kind).ToArray())).ToList();
        var taken = groups.CountBy(g => g.Name, SqlNames.Comparer).ToDictionary(SqlNames.Comparer);
        var reads = new List<PropertyRead>();
        foreach (var (name, keys) in groups)
        {
            PropertyKind[] kinds = [.. keys.Select(k => k.Kind)];
            var plain = name.Length > 0 && taken[name] == 1 && !others.Any(f => SqlNames.Comparer.Equals(f.Name, name)) && !PropertyColumnKey.TryParse(name, out _);
            if (plain)
            {
                reads.Add(keys.Length == 1
                    ? new PropertyRead(new SqlColumn(name, Type(keys[0].Kind), name, kinds, SingleNote(keys[0])), keys, static (_, _) => null)
                    : new PropertyRead(
                        new SqlColumn(name, "VARCHAR", name, kinds, $"Came in several kinds, read as text here; each as itself in {string.Join(", ", keys.Select(k => k.ColumnName))}."),
                        keys, static (keys, has) => AsText([.. keys.Where(has)])));
            }

            if (!plain || keys.Length > 1)
            {
                var why = plain ? "Of this kind only." : "The plain name would be ambiguous.";
                reads.AddRange(keys.Select(k => new PropertyRead(new SqlColumn(k.ColumnName, Type(k.Kind), name, [k.Kind], why), [k], static (_, _) => null)));
            }
        }

        return reads;
    }

    private static string? SingleNote(PropertyColumnKey key) =>
        key == ProjectSchema.OverflowColumn ? "A JSON object of the properties past the bound on columns (Headroom:Store:MaxPropertyColumns)."
        : key.Kind is PropertyKind.Json ? "JSON as text; take it apart with json_extract and ->>."
        : null;

    private static string EventsView(ProjectState state, IReadOnlyList<Segment> segments, bool withPerson)
    {
        var sql = new StringBuilder("CREATE VIEW events AS SELECT ");
        sql.AppendJoin(", ", Fixed.Where(f => withPerson || f.Name != PersonKey).Select(f => Own(f.Name, f.Type, segments.Count > 0)));
        foreach (var property in Properties(state.ColumnKeys, Fixed))
        {
            sql.Append(", ").Append(property.Expression(k => Has(state, segments, k))).Append(" AS ").Append(Identifier(property.Column.Name));
        }

        return sql.Append(From(state, segments, withPerson)).ToString();
    }

    private static string PersonsView(ProjectState state)
    {
        var sql = new StringBuilder("CREATE VIEW persons AS SELECT ");
        sql.AppendJoin(", ", PersonFixed.Select(f => "e." + f.Name));
        foreach (var property in Properties(state.PersonColumnKeys, PersonFixed))
        {
            sql.Append(", ").Append(property.Expression(static _ => true)).Append(" AS ").Append(Identifier(property.Column.Name));
        }

        return sql.Append(" FROM ").Append(PersonFiles.Relation(state.Persons, [.. state.PersonColumns.Select(c => (c.Key, (int?)c.Value))])).Append(" AS e").ToString();
    }

    private static string SessionsView(ProjectState state, IReadOnlyList<Segment> segments, bool withPerson)
    {
        var sql = new StringBuilder("CREATE VIEW sessions AS SELECT ");
        sql.AppendJoin(", ", SessionColumns.Where(c => withPerson || c.Name != PersonKey).Select(c => $"{c.Expression} AS {c.Name}"));
        sql.Append(" FROM (SELECT ");
        sql.AppendJoin(", ", Fixed.Where(f => withPerson || f.Name != PersonKey).Select(f => Own(f.Name, f.Type, segments.Count > 0)));
        foreach (var name in SessionProperties)
        {
            PropertyColumnKey[] keys = [.. Enum.GetValues<PropertyKind>().Select(k => new PropertyColumnKey(name, k)).Where(k => Has(state, segments, k))];
            sql.Append(", ").Append(AsText(keys)).Append(" AS ").Append(Identifier(name));
        }

        return sql.Append(From(state, segments, withPerson)).Append(") WHERE session_id IS NOT NULL GROUP BY session_id").ToString();
    }

    private static string Own(string name, string type, bool any) =>
        !any ? $"CAST(NULL AS {type}) AS {Identifier(name)}"
        : name == PersonKey ? "coalesce(o.to_key, e.person_key) AS person_key"
        : "e." + Identifier(name);

    private static string From(ProjectState state, IReadOnlyList<Segment> segments, bool withPerson)
    {
        if (segments.Count == 0)
        {
            return " WHERE false";
        }

        var sql = new StringBuilder(" FROM read_parquet(").Append(Files(segments.Select(s => s.File.Path))).Append(", union_by_name = true) AS e");
        if (withPerson)
        {
            sql.Append(" LEFT JOIN ").Append(state.Overrides.IsEmpty
                    ? "(SELECT NULL::BIGINT AS from_key, NULL::BIGINT AS to_key WHERE false)"
                    : $"(SELECT from_key, arg_max(to_key, version) AS to_key FROM read_parquet({Files(state.Overrides.Select(o => o.File.Path))}) GROUP BY from_key)")
                .Append(" AS o ON o.from_key = e.person_key");
        }

        return sql.ToString();
    }

    private static string Files(IEnumerable<string> paths) =>
        "[" + string.Join(", ", paths.Select(SqlProcess.Literal)) + "]";

    private static bool Has(ProjectState state, IReadOnlyList<Segment> segments, PropertyColumnKey key) =>
        state.Columns.TryGetValue(key, out var id) && segments.Any(s => s.Has(id));

    private static string Type(PropertyKind kind) => kind switch
    {
        PropertyKind.Number => "DOUBLE",
        PropertyKind.Boolean => "BOOLEAN",
        _ => "VARCHAR",
    };

    /// <summary>As Headroom.Sql's Statement reads a property as text.</summary>
    private static string AsText(IReadOnlyList<PropertyColumnKey> keys)
    {
        var parts = keys.Select(k => k.Kind switch
        {
            PropertyKind.Number => DuckDbDialect.Instance.NumberText(Column(k)),
            PropertyKind.Boolean => DuckDbDialect.Instance.BooleanText(Column(k)),
            _ => Column(k),
        }).ToList();
        return parts.Count == 0 ? "CAST(NULL AS VARCHAR)" : parts.Count == 1 ? parts[0] : $"coalesce({string.Join(", ", parts)})";
    }

    private static string Column(PropertyColumnKey key) => "e." + DuckDbDialect.Instance.Column(key);

    private static string First(string property, string? condition = null) => Edge("arg_min", property, condition);

    private static string Last(string property, string? condition = null) => Edge("arg_max", property, condition);

    private static string Edge(string function, string property, string? condition) => string.Create(CultureInfo.InvariantCulture,
        $"{function}({Identifier(property)}, \"timestamp\") FILTER (WHERE {Identifier(property)} IS NOT NULL{(condition is null ? "" : $" AND {condition}")})");

    private static string Identifier(string name) => "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";

    /// <param name="Text">The expression over those of the keys that a segment has, or null for the one key itself.</param>
    private sealed record PropertyRead(SqlColumn Column, PropertyColumnKey[] Keys, Func<PropertyColumnKey[], Func<PropertyColumnKey, bool>, string?> Text)
    {
        public string Expression(Func<PropertyColumnKey, bool> has) =>
            Text(Keys, has) ?? (has(Keys[0]) ? SqlRelations.Column(Keys[0]) : $"CAST(NULL AS {Type(Keys[0].Kind)})");
    }
}
