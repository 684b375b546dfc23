using Headroom.Core.Queries;

namespace Headroom.Sql;

/// <summary>Whose events belong together: persons, or the groups of one type.</summary>
/// <param name="Key">An event's unit; NULL where it belongs to nobody.</param>
/// <param name="HasTextKeys">Keys are texts; else they are dense integers.</param>
internal sealed record UnitSql(string Key, bool HasTextKeys)
{
    private static readonly UnitSql Persons = new(PersonSql.Key, false);

    /// <summary>The key as a scan hands it over: a text, NULL where the event belongs to nobody, or a number and then 0.</summary>
    public string ScannedKey => HasTextKeys ? Key : "{person_key}";

    public static UnitSql Of(Statement statement, QueryUnit? unit) =>
        unit is null ? Persons : new UnitSql($"nullif({statement.AsText(PropertyNames.Group(unit.Group))}, '')", true);
}

/// <summary>Persons as they are now: merges are applied when reading. Group events have key 0 and are nobody.</summary>
internal static class PersonSql
{
    public const string Key = "nullif({person_key}, 0)";
}
