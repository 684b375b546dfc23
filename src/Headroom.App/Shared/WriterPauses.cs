namespace Headroom.App.Shared;

/// <summary>
/// Work for between two of the Writer's batches: when it has taken in everything before a place in the log. What is behind
/// that place it takes in after the work is done, with empty memory. Safe for concurrent use.
/// </summary>
public sealed class WriterPauses : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<(long Offset, Action Work)> _waiting = [];
    private CancellationTokenSource _added = new();
    private long _next = long.MaxValue;

    /// <summary>The place of the next pause; long.MaxValue for none.</summary>
    public long Next => Interlocked.Read(ref _next);

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

    /// <param name="offset">What is before it in the log is taken in first. May be behind the Writer: then the pause comes next.</param>
    /// <param name="work">May be done again where the process ends before it is known to be done; throwing puts it off.</param>
    public void Add(long offset, Action work)
    {
        CancellationTokenSource added;
        lock (_gate)
        {
            _waiting.Add((offset, work));
            Interlocked.Exchange(ref _next, Math.Min(_next, offset));
            (added, _added) = (_added, new CancellationTokenSource());
        }

        added.Cancel();
        added.Dispose();
    }

    public void Dispose() => _added.Dispose();

    /// <summary>Does the work that is due when everything before <paramref name="next"/>, that of the next pause, is taken in.</summary>
    public void Run(long next)
    {
        while (true)
        {
            (long Offset, Action Work) due;
            lock (_gate)
            {
                due = _waiting.Find(pause => pause.Offset <= next);
            }

            if (due.Work is null)
            {
                return;
            }

            due.Work();
            lock (_gate)
            {
                _waiting.Remove(due);
                Interlocked.Exchange(ref _next, _waiting.Count == 0 ? long.MaxValue : _waiting.Min(static pause => pause.Offset));
            }
        }
    }
}
