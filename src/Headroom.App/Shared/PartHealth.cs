namespace Headroom.App.Shared;

/// <param name="Name">event_log, writer, event_store, control …</param>
/// <param name="Detail">What is wrong and the way out, or null.</param>
/// <param name="Since">Since when it is wrong, or null.</param>
public sealed record PartHealth(string Name, bool Ok, string? Detail, DateTimeOffset? Since)
{
    /// <summary>Where it is not well: all the same everything works, only slower, so that nobody gains from asking another process.</summary>
    public bool IsDegraded { get; init; }
}

/// <summary>A part that can say whether it is well. Registered once for each part; asked by the health endpoints.</summary>
public interface IHealthSource
{
    PartHealth Health { get; }
}
