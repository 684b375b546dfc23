using Headroom.Core;

namespace Headroom.Tests.Sql;

/// <summary>Arrays and objects, as their JSON text.</summary>
public sealed record JsonText(string Text);

/// <summary>An event as the tests know it: property values are string, double, bool or <see cref="JsonText"/>.</summary>
public sealed record TestEvent(string Event, string Person, long PersonKey, long Timestamp, IReadOnlyDictionary<string, object> Properties)
{
    public Guid Uuid { get; init; } = Guid.CreateVersion7();

    public string? SessionId { get; init; }

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
