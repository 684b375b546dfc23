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
    private const string Events = "{events} AS e";

    // The relations that the source of events is made of. A column of such a name anywhere in the statement, as sessions have an a, would be meant instead to ClickHouse.
    private const string OwnEvents = "hr_event";
    private const string Merge = "hr_merge";
    private const string KnownPerson = "hr_person";

    /// <summary>The key of an event's person as of now, where the source of events is made.</summary>
    private const string NowKey = $"coalesce({Merge}.to_key, {OwnEvents}.person_key)";

    private readonly List<object> _parameters = [];
    private readonly Dictionary<object, string> _names = [];
    private readonly HashSet<PropertyColumnKey> _columns = [];
    private readonly List<PropertyColumnKey> _misleading = [];
    private readonly List<PropertyColumnKey> _ofPersons = [];
    private readonly List<(int Id, string Condition)> _cohorts = [];
    private readonly List<KeySet> _sets = [];
    private (long From, long To) _alsoRead = (long.MaxValue, long.MinValue);
    private readonly Dictionary<string, PropertySql> _properties = new(StringComparer.Ordinal);
    private readonly List<string> _joins = [];

    /// <summary>Whether events are asked for what their persons have, and not only persons themselves.</summary>
    private bool _eventsHavePersons;

    public SqlDialect Dialect => dialect;

    public ProjectSchema Schema => schema;

    /// <summary>Whether what was asked for so far is in the events themselves: no persons, cohorts or groups are joined to each scan of them.</summary>
    public bool ReadsEventsOnly => _ofPersons.Count + _cohorts.Count + _joins.Count == 0;

    /// <summary>Whether the events of a name, or of all, can be asked for by <c>{named_events:…}</c>, over which nothing is put.</summary>
    public bool ReadsNamedEvents => ReadsEventsOnly && _misleading.Count == 0;

    /// <summary>Whether sets of persons are found before the statement; else its rows are compared with statements within it.</summary>
    public bool HasSets => dialect.Engine is StoreEngine.Segments;

    /// <summary>Another one over the same data.</summary>
    public Statement Another() => new(dialect, project, schema);

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
        _eventsHavePersons |= PropertyNames.OfPerson(name) is not null;
        if (_properties.TryGetValue(name, out var property))
        {
            return property;
        }

        if (PropertyNames.OfGroup(name) is var (type, ofGroup))
        {
            property = GroupProperty(type, ofGroup);
            _properties.Add(name, property);
            return property;
        }

        property = PropertyNames.Cohort(name) is { } cohort ? new PropertySql(null, null, Cohort(cohort), null)
            : PropertyNames.OfPerson(name) is { } ofPerson ? PersonProperty(ofPerson) : PropertyNames.Canonical(name) switch
        {
            PropertyNames.Event => new PropertySql("e.event", null, null, null),
            PropertyNames.DistinctId => new PropertySql("e.distinct_id", null, null, null),
            PropertyNames.SessionId => new PropertySql("e.session_id", null, null, null),
            _ => new PropertySql(
                Column(name, PropertyKind.Text), Column(name, PropertyKind.Number), Column(name, PropertyKind.Boolean), Column(name, PropertyKind.Json)),
        };
        if (PropertyNames.OfPerson(name) is null && PropertyNames.Cohort(name) is null && !PropertyNames.IsFixed(name) && schema.Columns.Contains(ProjectSchema.OverflowColumn))
        {
            property = WithOverflow(property, Use(ProjectSchema.OverflowColumn), name);
        }

        _properties.Add(name, property);
        return property;
    }

    /// <summary>The property's value of any kind as text; NULL where the event has none.</summary>
    public string AsText(string name) => AsText(Property(name));

    /// <summary>A person's property as text, at a level of the statement where <c>{persons} AS e</c> is joined; NULL where the person has none.</summary>
    public string AsTextOfPerson(string name) => AsText(PersonProperty(name));

    /// <summary>As <see cref="AsText(string)"/>, as a scan hands it over, to be read with <see cref="ColumnBatch.Number"/>.</summary>
    /// <param name="cut">Characters from the beginning; all where null.</param>
    public string AsTextCode(string name, int? cut = null) =>
        // Each kind is numbered apart: what is put together of several has no dictionary any more.
        First(Texts(Property(name)).ConvertAll(t => TextCode(cut is { } most ? dialect.Left(t, most) : t)), TextCode("CAST(NULL AS VARCHAR)"));

    /// <summary>A text as a scan hands it over.</summary>
    public static string TextCode(string text) => $"{{text_code}}({text})";

    private static string First(List<string> values, string none) => values switch
    {
        [] => none,
        [var only] => only,
        _ => "coalesce(" + string.Join(", ", values) + ")",
    };

    private string AsText(PropertySql property) => First(Texts(property), "CAST(NULL AS VARCHAR)");

    private List<string> Texts(PropertySql property)
    {
        var texts = new List<string>(4);
        if (property.Text is not null)
        {
            texts.Add(property.Text);
        }

        if (property.Number is not null)
        {
            texts.Add(dialect.NumberText(property.Number));
        }

        if (property.Boolean is not null)
        {
            texts.Add(dialect.BooleanText(property.Boolean));
        }

        if (property.Json is not null)
        {
            texts.Add(property.Json);
        }

        return texts;
    }

    public string AsNumber(string name) => Property(name).Number ?? "CAST(NULL AS DOUBLE)";

    /// <summary>From here on the name stands for this text: for levels of a statement above that of the events.</summary>
    public void Define(string name, string text) => _properties[name] = new PropertySql(text, null, null, null);

    public StoreQuery Finish(string sql, long from, long to, int maxRows) => new()
    {
        Project = project,
        Engine = dialect.Engine,
        Sql = _misleading.Count + _ofPersons.Count + _cohorts.Count + _joins.Count == 0 && !sql.Contains("{persons} AS e", StringComparison.Ordinal)
            ? sql : Over(sql, Source(_cohorts)),
        Parameters = _parameters,
        Columns = [.. _columns],
        Sets = _sets,
        PersonColumns = [.. _ofPersons],
        From = from < to ? Math.Min(from, _alsoRead.From) : _alsoRead.From < _alsoRead.To ? _alsoRead.From : from,
        To = from < to ? Math.Max(to, _alsoRead.To) : _alsoRead.From < _alsoRead.To ? _alsoRead.To : to,
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
    /// A property of the event's group of a type: the newest value that the group was told, whenever that was, joined to
    /// every scan of the events. Few events tell groups what they are, so their JSON is read here and not for each event.
    /// </summary>
    private PropertySql GroupProperty(string type, string name)
    {
        var all = Property("$group_set").Json;
        if (all is null)
        {
            return new PropertySql(null, null, null, null);
        }

        var member = Parameter(dialect.JsonMemberPath(name));
        var (told, newest) = (dialect.JsonMember(all, member), dialect.JsonMember("s", member));
        var (own, key) = (AsText(PropertyNames.Group(type)), AsText("$group_key"));
        var condition = $"e.event = {Parameter("$groupidentify")} AND {AsText("$group_type")} = {Parameter(type)} AND {key} <> '' AND coalesce({told.Text}, CAST({told.Number} AS VARCHAR), CAST({told.Boolean} AS VARCHAR), {told.Json}) IS NOT NULL";
        // What a group was told to be counts from then on, also before the range and after it.
        AlsoRead(long.MinValue, long.MaxValue);
        var alias = "g" + _joins.Count.ToString(CultureInfo.InvariantCulture);
        _joins.Add($" LEFT JOIN (SELECT k, {newest.Text} AS t, {newest.Number} AS n, {newest.Boolean} AS b, {newest.Json} AS j FROM (SELECT {key} AS k, {dialect.Newest(all, "e.\"timestamp\"", "e.received_at", all)} AS s FROM {Events} WHERE {condition} GROUP BY {key})) AS {alias} ON {alias}.k = {own}");
        return new PropertySql(alias + ".t", alias + ".n", alias + ".b", alias + ".j");
    }

    /// <summary>
    /// In place of the events: with the properties of the person that each is of now, where any is asked for. A property
    /// may be called like a placeholder; such columns get plain names before anything reads them.
    /// </summary>
    private string Source(List<(int Id, string Condition)> cohorts)
    {
        var events = _misleading.Count == 0 ? "{events}"
            : $"(SELECT *, {string.Join(", ", _misleading.Select((key, i) => $"{dialect.ColumnByValue(key)} AS {Renamed(i)[2..]}"))} FROM {{events}})";
        var joins = string.Concat(_joins);
        var ofPersons = _eventsHavePersons ? _ofPersons : [];
        if (ofPersons.Count + cohorts.Count == 0)
        {
            return events + " AS e" + joins;
        }

        // A cohort reads events and persons too, and is not made of cohorts.
        var columns = string.Concat(ofPersons.Select((_, i) => $", {KnownPerson}.{OfPerson(i)[2..]}")) +
            string.Concat(cohorts.Select((c, i) => $", {Over(c.Condition, Source([]))} AS {InCohort(i)[2..]}"));
        var persons = ofPersons.Count == 0 ? "" : $" LEFT JOIN {Persons()} AS {KnownPerson} ON {KnownPerson}.person_key = {NowKey}";
        return $"(SELECT {dialect.AllOf(OwnEvents, "person_key")}{columns} FROM {events} AS {OwnEvents} LEFT JOIN {{overrides}} AS {Merge} ON {Merge}.from_key = {OwnEvents}.person_key{persons}) AS e{joins}";
    }

    private string Over(string sql, string events) =>
        sql.Replace("{persons} AS e", Persons() + " AS e", StringComparison.Ordinal).Replace(Events, events, StringComparison.Ordinal);

    /// <summary>Whether a person's key, never NULL, is among those that the rows of another statement have at least so many times, as an expression. 0 never is.</summary>
    /// <param name="range">Of the events that it reads; empty for none.</param>
    /// <param name="keys">The other statement's text, of one column, with the words and parameters of the one given.</param>
    public string InSet(string key, int times, (long From, long To) range, Func<Statement, string> keys)
    {
        if (!HasSets)
        {
            var grouped = "";
            if (range.From < range.To)
            {
                AlsoRead(range.From, range.To);

                // Grouped by its place: a name may be one of a column outside.
                grouped = $" AND {{person_key}} <> 0 GROUP BY 1{(times > 1 ? " HAVING count(*) >= " + Parameter((long)times) : "")}";
            }

            return $"coalesce({key} IN ({keys(this)}{grouped}), false)";
        }

        var other = Another();
        var query = other.Finish(keys(other), range.From, range.To, int.MaxValue) with { Buckets = range.From < range.To ? [range.From, range.To] : [] };
        if (query.From < query.To)
        {
            AlsoRead(query.From, query.To);
        }

        _sets.Add(new KeySet(query, times));
        return string.Create(CultureInfo.InvariantCulture, $"{{in_set}}({_sets.Count - 1}, {key})");
    }

    /// <summary>Says that events of [from, to) are read beside the statement's own.</summary>
    public void AlsoRead(long from, long to) => _alsoRead = (Math.Min(_alsoRead.From, from), Math.Max(_alsoRead.To, to));

    /// <summary>Whether the event's person is in a cohort, as an expression; null where there is none with this number.</summary>
    private string? Cohort(int id)
    {
        if (HasSets)
        {
            return schema.Cohorts(id) is { } known ? CohortSql.Holds(this, known, "{person_key}") : null;
        }

        var index = _cohorts.FindIndex(c => c.Id == id);
        if (index < 0)
        {
            if (schema.Cohorts(id) is not { } source)
            {
                return null;
            }

            var condition = CohortSql.Holds(this, source, NowKey);
            index = _cohorts.Count;
            _cohorts.Add((id, condition));
        }

        return InCohort(index);
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

    private static string InCohort(int index) => "e.c" + index.ToString(CultureInfo.InvariantCulture);

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
