using System.Text.Json;
using Headroom.Core;

namespace Headroom.Tests.Sql;

/// <summary>Arrays and objects, as their JSON text.</summary>
public sealed record JsonText(string Text);

/// <summary>An event as the tests know it: property values are string, double, bool or <see cref="JsonText"/>.</summary>
public sealed record TestEvent(string Event, string Person, long PersonKey, long Timestamp, IReadOnlyDictionary<string, object> Properties)
{
    public Guid Uuid { get; init; } = Guid.CreateVersion7();

    public string? SessionId { get; init; }

    /// <summary>
    /// The events as if each had been sent with the properties that its person has now: what a reference, to which
    /// person.plan is a property like any other, has to be given.
    /// </summary>
    public static IReadOnlyList<TestEvent> WithPersons(IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges, IReadOnlyList<TestPerson> persons) =>
        [.. events.Select(e =>
        {
            var key = merges.Where(m => m.From == e.PersonKey).Select(m => m.To).Append(e.PersonKey).First();
            var known = persons.Where(p => p.Key == key).SelectMany(p => p.Properties).Select(p => KeyValuePair.Create("person." + p.Key, p.Value));
            return e with { Properties = e.Properties.Concat(known).ToDictionary() };
        })];

    public static TestEvent At(string instant, string name = "view", long person = 1, params (string Name, object Value)[] properties) =>
        new(name, "u" + person, person, Micros(instant), properties.ToDictionary(p => p.Name, p => p.Value));

    public static long Micros(string instant) => UnixMicros.From(DateTimeOffset.Parse(instant));

    public static PropertyKind KindOf(object value) => value switch
    {
        string => PropertyKind.Text,
        double => PropertyKind.Number,
        bool => PropertyKind.Boolean,
        _ => PropertyKind.Json,
    };
}

/// <summary>A person as the tests know it.</summary>
public sealed record TestPerson(long Key, IReadOnlyDictionary<string, object> Properties)
{
    /// <summary>Unix microseconds.</summary>
    public long CreatedAt { get; init; } = Key;

    public Person Row => new(
        Key, new Guid((int)Key, 7, 7, 1, 2, 3, 4, 5, 6, 7, 8), CreatedAt, Key % 2 == 0,
        "{" + string.Join(",", Properties.Select(p => JsonSerializer.Serialize(p.Key) + ":" + (p.Value is JsonText json ? json.Text : JsonSerializer.Serialize(p.Value)))) + "}");

    public override string ToString() => $"{Key} {Row.Properties}";
}
