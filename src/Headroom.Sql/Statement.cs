using System.Globalization;
using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.Sql;

/// <summary>
/// A property as up to four expressions, by kind; null where no event has the kind. An event has a property in
/// one kind (only a member repeated in its JSON could make it two), so the first that is there is its value.
/// </summary>
public sealed record PropertySql(string? Text, string? Number, string? Boolean, string? Json);

/// <summary>
/// A statement in the making: its parameters and the property columns that it reads. What a user wrote goes into
/// parameters; only names of columns that the project's schema has go into the text, quoted by the dialect.
/// </summary>
internal sealed class Statement(SqlDialect dialect, ProjectId project, ProjectSchema schema)
{
    private readonly List<object> _parameters = [];
    private readonly Dictionary<object, string> _names = [];
    private readonly HashSet<PropertyColumnKey> _columns = [];
    private readonly List<PropertyColumnKey> _misleading = [];
    private readonly Dictionary<string, PropertySql> _properties = new(StringComparer.Ordinal);

    public SqlDialect Dialect => dialect;

    public ProjectSchema Schema => schema;

    public string Parameter(object value)
    {
        if (!_names.TryGetValue(value, out var name))
        {
            _parameters.Add(value);
            name = "$" + _parameters.Count.ToString(CultureInfo.InvariantCulture);
            _names.Add(value, name);
        }

        return name;
    }

    public string Instant(long micros) => Parameter(UnixMicros.ToInstant(micros).UtcDateTime);

    /// <summary>A condition on <c>e."timestamp"</c>: half-open.</summary>
    public string Within(long from, long to) => $"e.\"timestamp\" >= {Instant(from)} AND e.\"timestamp\" < {Instant(to)}";

    public PropertySql Property(string name)
    {
        if (_properties.TryGetValue(name, out var property))
        {
            return property;
        }

        property = PropertyNames.Canonical(name) switch
        {
            PropertyNames.Event => new PropertySql("e.event", null, null, null),
            PropertyNames.DistinctId => new PropertySql("e.distinct_id", null, null, null),
            PropertyNames.SessionId => new PropertySql("e.session_id", null, null, null),
            _ => new PropertySql(
                Column(name, PropertyKind.Text), Column(name, PropertyKind.Number), Column(name, PropertyKind.Boolean), Column(name, PropertyKind.Json)),
        };
        if (!PropertyNames.IsFixed(name) && schema.Columns.Contains(ProjectSchema.OverflowColumn))
        {
            var member = dialect.JsonMember(Use(ProjectSchema.OverflowColumn), Parameter(dialect.JsonMemberPath(name)));
            property = new PropertySql(
                Either(property.Text, member.Text), Either(property.Number, member.Number),
                Either(property.Boolean, member.Boolean), Either(property.Json, member.Json));
        }

        _properties.Add(name, property);
        return property;
    }

    /// <summary>The property's value of any kind as text; NULL where the event has none.</summary>
    public string AsText(string name)
    {
        var property = Property(name);
        var parts = new List<string>(4);
        if (property.Text is not null)
        {
            parts.Add(property.Text);
        }

        if (property.Number is not null)
        {
            parts.Add(dialect.NumberText(property.Number));
        }

        if (property.Boolean is not null)
        {
            parts.Add(dialect.BooleanText(property.Boolean));
        }

        if (property.Json is not null)
        {
            parts.Add(property.Json);
        }

        return parts.Count switch
        {
            0 => "CAST(NULL AS VARCHAR)",
            1 => parts[0],
            _ => "coalesce(" + string.Join(", ", parts) + ")",
        };
    }

    public string AsNumber(string name) => Property(name).Number ?? "CAST(NULL AS DOUBLE)";

    public StoreQuery Finish(string sql, long from, long to, int maxRows) => new()
    {
        Project = project,
        Sql = _misleading.Count == 0 ? sql : sql.Replace("{events} AS e", RenamingMisleading(), StringComparison.Ordinal),
        Parameters = _parameters,
        Columns = [.. _columns],
        From = from,
        To = to,
        MaxRows = maxRows,
    };

    /// <summary>A column that the project has, as an expression.</summary>
    public string Use(PropertyColumnKey key)
    {
        _columns.Add(key);
        var name = key.ColumnName;
        if (!name.Contains("{events}", StringComparison.Ordinal) && !name.Contains("{overrides}", StringComparison.Ordinal) &&
            !name.Contains("{person_key}", StringComparison.Ordinal))
        {
            return "e." + dialect.Column(key);
        }

        var index = _misleading.IndexOf(key);
        if (index < 0)
        {
            index = _misleading.Count;
            _misleading.Add(key);
        }

        return Renamed(index);
    }

    /// <summary>A property may be called like a placeholder; such columns get plain names before anything reads them.</summary>
    private string RenamingMisleading()
    {
        var columns = _misleading.Select((key, i) => $"{dialect.ColumnByValue(key)} AS {Renamed(i)[2..]}");
        return $"(SELECT *, {string.Join(", ", columns)} FROM {{events}}) AS e";
    }

    private static string Renamed(int index) => "e.h" + index.ToString(CultureInfo.InvariantCulture);

    private string? Column(string name, PropertyKind kind)
    {
        var key = new PropertyColumnKey(name, kind);
        return schema.Columns.Contains(key) ? Use(key) : null;
    }

    private static string? Either(string? first, string? second) => first is null ? second : $"coalesce({first}, {second})";
}
