namespace Headroom.Core;

/// <summary>
/// Takes events and persons out of the store for good. What is asked for here is carried out behind, in the store's own
/// time: each segment is written again without what goes and swapped in one transaction, so that a query sees all of a
/// segment's change or none of it, and a crash leaves either. Safe for concurrent use, but for <see cref="Forget"/>.
/// </summary>
public interface IEventRemoval
{
    /// <summary>What <see cref="RemoveBefore"/> would free now.</summary>
    /// <param name="before">Unix microseconds.</param>
    ValueTask<RemovalEstimate> EstimateAsync(ProjectId project, long before, CancellationToken cancellationToken);

    /// <summary>
    /// Asks for the removal of all events dated before an instant, once. A later call for the project takes the place of an
    /// earlier one that is not done; null withdraws it. Not remembered over a restart.
    /// </summary>
    /// <param name="before">Unix microseconds.</param>
    void RemoveBefore(ProjectId project, long? before);

    /// <summary>
    /// Forgets a person, durably and at once: the row, the distinct ids of the person and of all who were merged into it. Their
    /// events follow behind. Who comes with one of the distinct ids from then on is a new person. A second call with the same id
    /// does nothing. The Writer's to call, between two batches; it must forget what it holds in memory with it.
    /// </summary>
    /// <param name="id">Names the removal from then on.</param>
    void Forget(Guid id, ProjectId project, long personKey);

    /// <summary>How far a removal is, or null where there is none of this id.</summary>
    PersonRemoval? Find(Guid id);

    /// <summary>Drops what is kept of a removal that is done.</summary>
    void Close(Guid id);
}

/// <summary>What would go.</summary>
/// <param name="IsEventsExact">Otherwise the events of segments that go in part are estimated by time.</param>
/// <param name="IsBytesExact">True where only whole segments go.</param>
public sealed record RemovalEstimate(long Events, bool IsEventsExact, long Bytes, bool IsBytesExact);

/// <summary>A person's removal.</summary>
/// <param name="Keys">The person's key and those that were merged into it.</param>
/// <param name="DistinctIds">How many distinct ids were forgotten.</param>
/// <param name="Events">Removed so far.</param>
/// <param name="Segments">Written again or dropped so far.</param>
public sealed record PersonRemoval(Guid Id, ProjectId Project, IReadOnlyList<long> Keys, int DistinctIds, long Events, int Segments, bool IsDone)
{
    /// <summary>What keeps it from being done, and the way out; null for nothing.</summary>
    public string? Problem { get; init; }
}
