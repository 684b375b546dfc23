using System.Collections.Immutable;
using Headroom.Core;

namespace Headroom.Store;

/// <summary>A segment that counts; times are unix microseconds.</summary>
/// <param name="Columns">Ids of its property columns within the project, ascending.</param>
internal sealed record Segment(
    long Id, ProjectId Project, int Level, SegmentExtent Extent, long Bytes, long Checksum, long LogFrom, long LogTo, int[] Columns, SharedFile File)
{
    public bool Has(int column) => Array.BinarySearch(Columns, column) >= 0;
}

/// <summary>A file of merges that counts; later versions win.</summary>
internal sealed record OverrideFile(long Id, ProjectId Project, long Rows, SharedFile File);

/// <summary>What counts of one project.</summary>
internal sealed record ProjectState(ProjectId Project)
{
    public ImmutableArray<Segment> Segments { get; init; } = [];

    public ImmutableArray<OverrideFile> Overrides { get; init; } = [];

    public ImmutableArray<PersonFile> Persons { get; init; } = [];

    /// <summary>Property columns of persons.</summary>
    public ImmutableDictionary<PropertyColumnKey, int> PersonColumns { get; init; } = ImmutableDictionary<PropertyColumnKey, int>.Empty;

    public ImmutableHashSet<PropertyColumnKey> PersonColumnKeys { get; init; } = [];

    public ImmutableDictionary<PropertyColumnKey, int> Columns { get; init; } = ImmutableDictionary<PropertyColumnKey, int>.Empty;

    public ImmutableHashSet<PropertyColumnKey> ColumnKeys { get; init; } = [];

    public LedgerCounts Ledger { get; init; }

    public long DataVersion { get; init; }

    public ProjectChanges Changes { get; init; } = new();

    public long LastPersonKey { get; init; }

    /// <summary>The files besides segments that a query may read.</summary>
    public IEnumerable<SharedFile> Others => Overrides.Select(static f => f.File).Concat(Persons.Select(static f => f.File));

    public ProjectSchema Schema()
    {
        long rows = 0;
        long bytes = 0;
        var (min, max) = (long.MaxValue, long.MinValue);
        foreach (var segment in Segments)
        {
            rows += segment.Extent.Rows;
            bytes += segment.Bytes;
            min = Math.Min(min, segment.Extent.MinTimestamp);
            max = Math.Max(max, segment.Extent.MaxTimestamp);
        }

        return new ProjectSchema(DataVersion, rows, bytes, min, max, ColumnKeys.Contains(ProjectSchema.OverflowColumn), ColumnKeys)
        {
            PersonColumns = PersonColumnKeys,
        };
    }
}

/// <summary>A person's removal that is not closed.</summary>
/// <param name="Ids">The distinct ids, while there is something left to do: events of groups name them and no person.</param>
internal sealed record Removal(PersonRemoval Person, ImmutableArray<string> Ids);

/// <summary>What counts now: an immutable snapshot, swapped when a transaction has committed.</summary>
internal sealed record StoreState
{
    public ImmutableDictionary<ProjectId, ProjectState> Projects { get; init; } = ImmutableDictionary<ProjectId, ProjectState>.Empty;

    public ImmutableDictionary<Guid, Removal> Removals { get; init; } = ImmutableDictionary<Guid, Removal>.Empty;

    /// <summary>Newest first: retries come soon after.</summary>
    public ImmutableArray<SeenFile> Seen { get; init; } = [];

    /// <summary>In the log that the store is fed from.</summary>
    public LogPosition Committed { get; init; }

    public long NextFileId { get; init; } = 1;

    public ProjectState Project(ProjectId project) => Projects.GetValueOrDefault(project) ?? new ProjectState(project);
}
