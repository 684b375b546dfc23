using System.Collections.Concurrent;
using Headroom.Core;

namespace Headroom.App.Shared;

/// <summary>
/// The ledger's waiting part: events acknowledged to clients or refused, and not yet in a committed batch. Capture adds when the log has
/// them, the Writer adds what it finds in the log when it starts and takes away what it commits.
/// </summary>
public sealed class WaitingEvents
{
    private readonly ConcurrentDictionary<ProjectId, Box> _counts = new();

    public void Add(ProjectId project, long events) =>
        Interlocked.Add(ref _counts.GetOrAdd(project, static _ => new Box()).Value, events);

    /// <summary>
    /// What <see cref="Count"/> is made of: acknowledged less committed. Below zero only for the moment in which the Writer is ahead of
    /// Capture's count; anything else than zero that stays while the log has nothing unread is a fault of the ledger.
    /// </summary>
    public long Balance(ProjectId project) => _counts.TryGetValue(project, out var box) ? Interlocked.Read(ref box.Value) : 0;

    public long Count(ProjectId project) => _counts.TryGetValue(project, out var box) ? Math.Max(0, Interlocked.Read(ref box.Value)) : 0;

    private sealed class Box
    {
        public long Value;
    }
}
