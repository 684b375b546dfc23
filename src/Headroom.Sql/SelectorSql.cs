using System.Globalization;
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

    /// <summary>
    /// The events that meet any of the selectors, with a column, behind <paramref name="columns"/> and before <paramref name="more"/>, of what
    /// each meets. Where all selectors have a name it is a statement for each name: the store opens the row groups of that
    /// name, and no row's name is compared with anything.
    /// </summary>
    /// <param name="where">Holds besides.</param>
    /// <param name="every">Also the events that meet none of them.</param>
    public static string Scan(
        Statement statement, IReadOnlyList<string> columns, IReadOnlyList<SelectorBit> selectors, IReadOnlyList<string> more, string where, bool every = false)
    {
        var names = selectors.Select(static s => s.Event).Distinct().ToList();
        var own = selectors.Select(s => (s.Event, Condition: Condition(s), s.Bit)).ToList();
        if (!every && names.Count <= MostNames && !names.Contains(null) && statement.ReadsEventsOnly)
        {
            return string.Join(" UNION ALL ", names.Select(name =>
            {
                var bits = own.Where(s => s.Event == name).Select(static s => (s.Condition, s.Bit)).ToList();
                return One($"e.event = {statement.Parameter(name!)} AND {where}", bits, bits.TrueForAll(static s => s.Condition is not null));
            }));
        }

        var among = every || names.Contains(null) ? "" : $"e.event IN ({string.Join(", ", names.Select(n => statement.Parameter(n!)))}) AND ";
        var all = own.ConvertAll(s => (
            Condition: s.Event is null ? s.Condition : $"e.event = {statement.Parameter(s.Event)}" + (s.Condition is null ? "" : " AND " + s.Condition), s.Bit));
        return One(among + where, all, !every && all.TrueForAll(static s => s.Condition is not null) && (among.Length == 0 || own.Exists(static s => s.Condition is not null)));

        string? Condition(SelectorBit selector)
        {
            var filters = selector.Filters.Count == 0 ? null : FilterSql.All(statement, selector.Filters);
            return filters is null ? selector.Also : selector.Also is null ? filters : $"{filters} AND {selector.Also}";
        }

        string One(string condition, List<(string? Condition, int Bit)> bits, bool drops)
        {
            var always = bits.Where(static b => b.Condition is null).Aggregate(0L, static (sum, b) => sum | (1L << b.Bit));
            var sum = string.Join(" + ", bits.Where(static b => b.Condition is not null)
                .Select(static b => string.Create(CultureInfo.InvariantCulture, $"CASE WHEN {b.Condition} THEN CAST({1L << b.Bit} AS BIGINT) ELSE 0 END"))
                .Prepend(string.Create(CultureInfo.InvariantCulture, $"CAST({always} AS BIGINT)")));
            List<string> list = [.. columns, sum, .. more];
            var select = $"SELECT {string.Join(", ", list.Select((c, i) => $"{c} AS c{i}"))} FROM {{events}} AS e WHERE {condition}";
            return drops ? $"SELECT {string.Join(", ", list.Select((_, i) => $"c{i}"))} FROM ({select}) WHERE c{columns.Count} <> 0" : select;
        }
    }
}
