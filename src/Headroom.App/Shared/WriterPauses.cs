using Headroom.Core;

namespace Headroom.App.Shared;

/// <summary>
/// Work for between two of the Writer's batches: when it has taken in everything before a place in the log. What is behind
/// that place it takes in after the work is done, with empty memory; in a log of several partitions, some of those that are
/// ahead of the others may be taken in before. Safe for concurrent use.
/// </summary>
public sealed class WriterPauses : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<(LogPosition Position, Action Work)> _waiting = [];
    private CancellationTokenSource _added = new();
    private volatile int _count;

    /// <summary>Whether there is one at all, which is asked for each record.</summary>
    public bool Any => _count > 0;

    /// <summary>Cancelled when a pause is added after this was read.</summary>
    public CancellationToken Added
    {
        get
        {
            lock (_gate)
            {
                return _added.Token;
            }
        }
    }

    /// <summary>Whether one is to be made when everything before <paramref name="at"/> is taken in.</summary>
    public bool IsDue(LogPosition at)
    {
        if (!Any)
        {
            return false;
        }

        lock (_gate)
        {
            return _waiting.Exists(pause => at.Reaches(pause.Position));
        }
    }

    /// <param name="position">What is before it in the log is taken in first. May be behind the Writer: then the pause comes next.</param>
    /// <param name="work">May be done again where the process ends before it is known to be done; throwing puts it off.</param>
    public void Add(LogPosition position, Action work)
    {
        CancellationTokenSource added;
        lock (_gate)
        {
            _waiting.Add((position, work));
            _count = _waiting.Count;
            (added, _added) = (_added, new CancellationTokenSource());
        }

        added.Cancel();
        added.Dispose();
    }

    public void Dispose() => _added.Dispose();

    /// <summary>Does the work that is due when everything before <paramref name="next"/> is taken in.</summary>
    public void Run(LogPosition next)
    {
        while (true)
        {
            (LogPosition Position, Action Work) due;
            lock (_gate)
            {
                due = _waiting.Find(pause => next.Reaches(pause.Position));
            }

            if (due.Work is null)
            {
                return;
            }

            due.Work();
            lock (_gate)
            {
                _waiting.Remove(due);
                _count = _waiting.Count;
            }
        }
    }
}
