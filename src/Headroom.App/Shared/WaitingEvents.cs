using System.Collections.Concurrent;
using Headroom.Core;

namespace Headroom.App.Shared;

/// <summary>
/// The ledger's waiting part: events acknowledged to clients or refused, and not yet in a committed batch. Where this process alone
/// appends to the log, Capture adds when the log has them, the Writer adds what it finds in the log when it starts and takes away what
/// it commits. Where others capture, only the Writer can know, and only of what it has read: what it has not yet is consumer lag.
/// </summary>
/// <param name="sharedLog">Whether other processes capture into the same log.</param>
public sealed class WaitingEvents(bool sharedLog = false)
{
    private readonly ConcurrentDictionary<ProjectId, Box> _counts = new();

    public bool CountsWhatIsRead => sharedLog;

    /// <summary>Requests among them that are traced.</summary>
    internal TracedAppends Traces { get; } = new();

    /// <summary>Where nobody else captures: Capture's part, and the Writer's for events that were in the log and not in the store when the process started.</summary>
    public void Acknowledged(ProjectId project, long events)
    {
        if (!sharedLog)
        {
            Add(project, events);
        }
    }

    /// <summary>Of a record that another process had acknowledged, or could not give to its log. One that cannot be read counts nothing: the Writer reports it when it comes to it.</summary>
    public void Acknowledged(ReadOnlySpan<byte> record)
    {
        try
        {
            var batch = new EventBatchReader(record);
            Acknowledged(batch.Project, batch.Count + (long)batch.Rejected);
        }
        catch (InvalidDataException)
        {
        }
    }

    /// <summary>The Writer's part where others append: events of a record that it is about to add to its batch.</summary>
    public void Read(ProjectId project, long events)
    {
        if (sharedLog)
        {
            Add(project, events);
        }
    }

    public void Committed(ProjectId project, long events) => Add(project, -events);

    /// <summary>Events, above zero, that were in the log and that nobody here was told of.</summary>
    public void TakeOff(ProjectId project, long events) => Add(project, events);

    /// <summary>The Writer drops what it has read and begins again from what is committed.</summary>
    public void ReadAgain()
    {
        if (sharedLog)
        {
            _counts.Clear();
        }
    }

    /// <summary>
    /// What <see cref="Count"/> is made of: acknowledged less committed. Below zero only for the moment in which the Writer is ahead of
    /// Capture's count; anything else than zero that stays while the log has nothing unread is a fault of the ledger.
    /// </summary>
    public long Balance(ProjectId project) => _counts.TryGetValue(project, out var box) ? Interlocked.Read(ref box.Value) : 0;

    public long Count(ProjectId project) => _counts.TryGetValue(project, out var box) ? Math.Max(0, Interlocked.Read(ref box.Value)) : 0;

    private void Add(ProjectId project, long events) => Interlocked.Add(ref _counts.GetOrAdd(project, static _ => new Box()).Value, events);

    private sealed class Box
    {
        public long Value;
    }
}
