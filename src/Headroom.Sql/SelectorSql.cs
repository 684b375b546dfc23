using System.Globalization;
using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.Sql;

/// <summary>A selector and the number of the bit that says that an event meets it.</summary>
/// <param name="Also">A condition that holds besides; null for none.</param>
internal readonly record struct SelectorBit(string? Event, IReadOnlyList<PropertyFilter> Filters, int Bit, string? Also = null)
{
    public static SelectorBit Of(EventSelector selector, int bit) => new(selector.Event, selector.Filters, bit);
}

/// <summary>Which events are meant, as a condition that is true or false, never NULL.</summary>
internal static class SelectorSql
{
    /// <summary>Instead of an event's time, where only its bucket matters; see <see cref="StoreQuery"/>.</summary>
    public const string Bucket = "{bucket}";

    /// <summary>Of more names the names are compared: each statement opens the files once more.</summary>
    private const int MostNames = 8;

    /// <param name="shared">Hold besides the selector's own.</param>
    public static string Condition(Statement statement, string? eventName, IReadOnlyList<PropertyFilter> filters, IReadOnlyList<PropertyFilter> shared)
    {
        var conditions = new List<string>();
        if (eventName is not null)
        {
            conditions.Add($"e.event = {statement.Parameter(eventName)}");
        }

        if (shared.Count + filters.Count > 0)
        {
            conditions.Add(FilterSql.All(statement, [.. shared, .. filters]));
        }

        return conditions.Count == 0 ? "true" : string.Join(" AND ", conditions);
    }

    /// <summary>The events of a name (null: of any) and range: a relation, and the condition on its rows, which are <c>e</c>.</summary>
    /// <param name="filters">Hold besides; null for none.</param>
    /// <param name="byBucket">As in <see cref="Scan"/>.</param>
    public static (string Events, string Condition) Named(Statement statement, string? name, (long From, long To) range, string? filters, bool byBucket) =>
        byBucket && statement.ReadsNamedEvents
            ? ($"{{named_events:{(name is null ? "*" : statement.Parameter(name))}}}", filters ?? "true")
            : ("{events}", $"{(name is null ? "" : $"e.event = {statement.Parameter(name)} AND ")}{statement.Within(range.From, range.To)}{(filters is null ? "" : " AND " + filters)}");

    /// <summary>
    /// The events that meet any of the selectors, with a column, behind <paramref name="columns"/> and before <paramref name="more"/>, of what
    /// each meets. Where all selectors have a name, or none has, it is a statement for each name: the store opens the row groups of that
    /// name, and no row's name is compared with anything.
    /// </summary>
    /// <param name="range">Half-open, unix microseconds.</param>
    /// <param name="shared">Hold besides the selectors' own.</param>
    /// <param name="every">Also the events that meet none of them.</param>
    /// <param name="byBucket">The statement will have buckets, and <see cref="Bucket"/> is all that is asked of times.</param>
    public static string Scan(
        Statement statement, IReadOnlyList<string> columns, IReadOnlyList<SelectorBit> selectors, IReadOnlyList<string> more, (long From, long To) range,
        IReadOnlyList<PropertyFilter> shared, bool every = false, bool byBucket = false)
    {
        var filters = shared.Count == 0 ? null : FilterSql.All(statement, shared);
        var names = selectors.Select(static s => s.Event).Distinct().ToList();
        var own = selectors.Select(s => (s.Event, Condition: Condition(s), s.Bit)).ToList();
        if (!every && names.Count <= MostNames && (names.Count == 1 || !names.Contains(null)) && statement.ReadsEventsOnly)
        {
            return string.Join(" UNION ALL ", names.Select(name =>
            {
                var bits = own.Where(s => s.Event == name).Select(static s => (s.Condition, s.Bit)).ToList();
                var (events, condition) = Named(statement, name, range, filters, byBucket);
                return One(events, condition, bits, bits.TrueForAll(static s => s.Condition is not null));
            }));
        }

        var where = statement.Within(range.From, range.To) + (filters is null ? "" : " AND " + filters);
        var among = every || names.Contains(null) ? "" : $"e.event IN ({string.Join(", ", names.Select(n => statement.Parameter(n!)))}) AND ";
        var all = own.ConvertAll(s => (
            Condition: s.Event is null ? s.Condition : $"e.event = {statement.Parameter(s.Event)}" + (s.Condition is null ? "" : " AND " + s.Condition), s.Bit));
        return One("{events}", among + where, all, !every && all.TrueForAll(static s => s.Condition is not null) && (among.Length == 0 || own.Exists(static s => s.Condition is not null)));

        string? Condition(SelectorBit selector)
        {
            var ofSelector = selector.Filters.Count == 0 ? null : FilterSql.All(statement, selector.Filters);
            return ofSelector is null ? selector.Also : selector.Also is null ? ofSelector : $"{ofSelector} AND {selector.Also}";
        }

        string One(string events, string condition, List<(string? Condition, int Bit)> bits, bool drops)
        {
            var always = bits.Where(static b => b.Condition is null).Aggregate(0L, static (sum, b) => sum | (1L << b.Bit));
            var sum = string.Join(" + ", bits.Where(static b => b.Condition is not null)
                .Select(static b => string.Create(CultureInfo.InvariantCulture, $"CASE WHEN {b.Condition} THEN CAST({1L << b.Bit} AS BIGINT) ELSE 0 END"))
                .Prepend(string.Create(CultureInfo.InvariantCulture, $"CAST({always} AS BIGINT)")));
            List<string> list = [.. columns, sum, .. more];
            var select = $"SELECT {string.Join(", ", list.Select((c, i) => $"{c} AS c{i}"))} FROM {events} AS e WHERE {condition}";
            return drops ? $"SELECT {string.Join(", ", list.Select((_, i) => $"c{i}"))} FROM ({select}) WHERE c{columns.Count} <> 0" : select;
        }
    }
}
