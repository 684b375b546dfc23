using Headroom.Core.Queries;

namespace Headroom.Tests.Sql;

/// <summary>What a unit means: as if each group were a person, and who has none were nobody.</summary>
internal static class UnitReference
{
    /// <summary>Groups in the order of their persons' keys, from 1; empty where the unit is a person.</summary>
    public static (IReadOnlyList<TestEvent> Events, IReadOnlyList<(long From, long To)> Merges, IReadOnlyList<string> Groups) Of(
        QueryUnit? unit, IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges)
    {
        if (unit is null)
        {
            return (events, merges, []);
        }

        string Group(TestEvent e) => TrendsReference.Text(e, "$groups." + unit.Group) ?? "";
        var groups = events.Select(Group).Where(g => g.Length > 0).Distinct().ToList();
        return ([.. events.Select(e => e with { PersonKey = groups.IndexOf(Group(e)) + 1 })], [], groups);
    }
}
