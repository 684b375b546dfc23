namespace Headroom.App.Shared;

/// <param name="Name">event_log, writer, event_store, control …</param>
/// <param name="Detail">What is wrong and the way out, or null.</param>
/// <param name="Since">Since when it is wrong, or null.</param>
public sealed record PartHealth(string Name, bool Ok, string? Detail, DateTimeOffset? Since)
{
    /// <summary>Where it is not well: all the same everything works, only slower, so that nobody gains from asking another process.</summary>
    public bool IsDegraded { get; init; }

    /// <summary>Whether requests are better sent to another process.</summary>
    public bool IsFailing => !Ok && !IsDegraded;
}

/// <summary>A part that can say whether it is well. Registered once for each part; asked by the health endpoints.</summary>
public interface IHealthSource
{
    PartHealth Health { get; }
}

/// <summary>Why the process as a whole wants no requests now, while its parts may be well: no failure that somebody is to be told of.</summary>
public interface IProcessHealth
{
    /// <summary>Null while it wants them.</summary>
    PartHealth? Health { get; }
}

public static class Readiness
{
    /// <summary>How each part of this process is now, by name. It is ready while none of them is failing.</summary>
    public static IReadOnlyList<PartHealth> Parts(IEnumerable<IHealthSource> sources, IProcessHealth? process) =>
        [.. sources.Select(static source => source.Health).Concat(process?.Health is { } health ? [health] : [])
            .OrderBy(static part => part.Name, StringComparer.Ordinal)];
}
