using System.Text.Json;
using Headroom.Core.Queries;

namespace Headroom.Tests.Sql;

/// <summary>What a group was told last, as if each of its events had been sent with it.</summary>
internal static class GroupReference
{
    public static IReadOnlyList<TestEvent> Of(IReadOnlyList<TestEvent> events, IEnumerable<string> properties)
    {
        foreach (var property in properties.Distinct().Where(p => p.StartsWith("group.", StringComparison.Ordinal)).ToList())
        {
            var (type, name) = (property.Split('.')[1], property.Split('.')[2]);
            var told = events
                .Where(e => e.Event == "$groupidentify" && TrendsReference.Text(e, "$group_type") == type)
                .Select(e => (e.Timestamp, Set: ((JsonText)e.Properties["$group_set"]).Text, Key: TrendsReference.Text(e, "$group_key")))
                .Select(t => (t.Timestamp, t.Set, t.Key, Value: Value(JsonDocument.Parse(t.Set).RootElement, name)))
                .Where(t => t.Value is not null && t.Key?.Length > 0)
                .OrderBy(t => t.Timestamp).ThenBy(t => t.Set, StringComparer.Ordinal)
                .GroupBy(t => t.Key!).ToDictionary(g => g.Key, g => g.Last().Value!);
            events = [.. events.Select(e => TrendsReference.Text(e, "$groups." + type) is { } group && told.TryGetValue(group, out var value)
                ? e with { Properties = new Dictionary<string, object>(e.Properties) { [property] = value } } : e)];
        }

        return events;
    }

    private static object? Value(JsonElement set, string name) => !set.TryGetProperty(name, out var value) ? null : value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => value.GetDouble(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Null => null,
        _ => new JsonText(value.GetRawText()),
    };
}

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
