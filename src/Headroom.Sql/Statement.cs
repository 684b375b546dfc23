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
    private readonly List<PropertyColumnKey> _ofPersons = [];
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

        property = PropertyNames.OfPerson(name) is { } ofPerson ? PersonProperty(ofPerson) : PropertyNames.Canonical(name) switch
        {
            PropertyNames.Event => new PropertySql("e.event", null, null, null),
            PropertyNames.DistinctId => new PropertySql("e.distinct_id", null, null, null),
            PropertyNames.SessionId => new PropertySql("e.session_id", null, null, null),
            _ => new PropertySql(
                Column(name, PropertyKind.Text), Column(name, PropertyKind.Number), Column(name, PropertyKind.Boolean), Column(name, PropertyKind.Json)),
        };
        if (PropertyNames.OfPerson(name) is null && !PropertyNames.IsFixed(name) && schema.Columns.Contains(ProjectSchema.OverflowColumn))
        {
            property = WithOverflow(property, Use(ProjectSchema.OverflowColumn), name);
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
        Sql = _misleading.Count + _ofPersons.Count == 0 ? sql : sql.Replace("{events} AS e", Source(), StringComparison.Ordinal),
        Parameters = _parameters,
        Columns = [.. _columns],
        PersonColumns = [.. _ofPersons],
        From = from,
        To = to,
        MaxRows = maxRows,
    };

    /// <summary>A column that the project has, as an expression.</summary>
    public string Use(PropertyColumnKey key)
    {
        _columns.Add(key);
        if (!IsMisleading(key))
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

    /// <summary>
    /// In place of the events: with the properties of the person that each is of now, where any is asked for. A property
    /// may be called like a placeholder; such columns get plain names before anything reads them.
    /// </summary>
    private string Source()
    {
        var events = _misleading.Count == 0 ? "{events}"
            : $"(SELECT *, {string.Join(", ", _misleading.Select((key, i) => $"{dialect.ColumnByValue(key)} AS {Renamed(i)[2..]}"))} FROM {{events}})";
        return _ofPersons.Count == 0 ? events + " AS e"
            : $"(SELECT a.*, {string.Join(", ", _ofPersons.Select((_, i) => OfPerson(i)[2..]))} FROM {events} AS a LEFT JOIN {{overrides}} AS m ON m.from_key = a.person_key LEFT JOIN {Persons()} AS i ON i.person_key = coalesce(m.to_key, a.person_key)) AS e";
    }

    /// <summary>Persons with the properties that were asked for so far; under the alias e the expressions for these hold here too.</summary>
    public string Persons() =>
        $"(SELECT person_key{string.Concat(_ofPersons.Select((key, i) => $", {(IsMisleading(key) ? dialect.ColumnByValue(key) : dialect.Column(key))} AS {OfPerson(i)[2..]}"))} FROM {{persons}})";

    /// <summary>A column of persons that the project has, as an expression.</summary>
    public string UseOfPerson(PropertyColumnKey key)
    {
        var index = _ofPersons.IndexOf(key);
        if (index < 0)
        {
            index = _ofPersons.Count;
            _ofPersons.Add(key);
        }

        return OfPerson(index);
    }

    private static bool IsMisleading(PropertyColumnKey key) => key.Name.Contains('{', StringComparison.Ordinal);

    private static string Renamed(int index) => "e.h" + index.ToString(CultureInfo.InvariantCulture);

    private static string OfPerson(int index) => "e.q" + index.ToString(CultureInfo.InvariantCulture);

    private PropertySql PersonProperty(string name)
    {
        var property = new PropertySql(Column(PropertyKind.Text), Column(PropertyKind.Number), Column(PropertyKind.Boolean), Column(PropertyKind.Json));
        return schema.PersonColumns.Contains(ProjectSchema.OverflowColumn) ? WithOverflow(property, UseOfPerson(ProjectSchema.OverflowColumn), name) : property;

        string? Column(PropertyKind kind) => schema.PersonColumns.Contains(new PropertyColumnKey(name, kind)) ? UseOfPerson(new PropertyColumnKey(name, kind)) : null;
    }

    private PropertySql WithOverflow(PropertySql property, string column, string name)
    {
        var member = dialect.JsonMember(column, Parameter(dialect.JsonMemberPath(name)));
        return new PropertySql(
            Either(property.Text, member.Text), Either(property.Number, member.Number),
            Either(property.Boolean, member.Boolean), Either(property.Json, member.Json));
    }

    private string? Column(string name, PropertyKind kind)
    {
        var key = new PropertyColumnKey(name, kind);
        return schema.Columns.Contains(key) ? Use(key) : null;
    }

    private static string? Either(string? first, string? second) => first is null ? second : $"coalesce({first}, {second})";
}
