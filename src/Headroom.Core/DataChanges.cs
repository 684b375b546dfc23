namespace Headroom.Core;

/// <summary>
/// What commits have changed of a project's data since a version. It may name more than was changed, never less: who
/// keeps an answer may go on with it exactly where nothing named here touches what the answer read.
/// </summary>
/// <param name="DataVersion">The version up to which this is told.</param>
/// <param name="Everything">The store no longer knows; all of it may be different.</param>
/// <param name="Merges">Persons were merged: whatever counts persons may be different, at any time.</param>
/// <param name="Persons">Identities or properties of persons were changed.</param>
/// <param name="Ranges">The times of events that were added or removed.</param>
public sealed record DataChanges(long DataVersion, bool Everything, bool Merges, bool Persons, IReadOnlyList<ChangedRange> Ranges)
{
    /// <summary>Who was merged into whom, in order, both by keys; null where that is not known of all merges.</summary>
    public IReadOnlyList<MergedPerson>? Merged { get; init; }

    /// <summary>Events were removed, too.</summary>
    public bool Removals { get; init; }

    public static DataChanges None(long version) => new(version, false, false, false, []) { Merged = [] };

    public static DataChanges All(long version) => new(version, true, true, true, [new ChangedRange(long.MinValue, long.MaxValue)]) { Removals = true };
}

/// <summary>Whatever counted for From counts for To.</summary>
public readonly record struct MergedPerson(long From, long To);

/// <summary>Half-open, unix microseconds.</summary>
public readonly record struct ChangedRange(long From, long To)
{
    public bool Touches(long from, long to) => From < to && To > from;
}
