using System.Globalization;
using Headroom.Core;

namespace Headroom.Store;

/// <summary>Who reads files keeps them local, and waits for a turn where they do not fit beside what is read now.</summary>
internal sealed partial class FileCache
{
    /// <summary>Files that are read may take so many times the budget; what one query needs beyond it is refused.</summary>
    public const int PinnedFactor = 2;

    private readonly LinkedList<Waiter> _waiters = [];
    private long _pinned;

    /// <summary>
    /// Makes files local and keeps them so until what is returned is disposed. What is not here is downloaded side by side; a download
    /// goes on when its waiter leaves, so that asking again finds it.
    /// </summary>
    /// <exception cref="QueryRefusedException">The files together are larger than the cache may be.</exception>
    /// <exception cref="FileDamagedException">One is not as it was written.</exception>
    /// <exception cref="ObjectStoreException">The object store could not be asked.</exception>
    public async ValueTask<Pins> PinAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        var pins = await TakeAsync(paths, cancellationToken).ConfigureAwait(false);
        await MakeLocalAsync(pins, cancellationToken).ConfigureAwait(false);
        return pins;
    }

    private async ValueTask MakeLocalAsync(Pins pins, CancellationToken cancellationToken)
    {
        try
        {
            var coming = Coming(pins.Entries);
            _metrics.Asked(pins.Entries.Count - coming.Count, coming.Count);

            // More than once where a download was given up for want of waiters just before this one came.
            for (; coming.Count > 0; coming = Coming(pins.Entries))
            {
                // The first that fails ends the waiting for all.
                await foreach (var come in Task.WhenEach(coming).WithCancellation(cancellationToken).ConfigureAwait(false))
                {
                    await come.ConfigureAwait(false);
                }
            }
        }
        catch
        {
            pins.Dispose();
            throw;
        }
    }

    /// <summary>As <see cref="PinAsync"/>, for who has a thread of its own, does one thing at a time, and must go on whatever the cache's size.</summary>
    public Pins Pin(IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        Pins pins;
        lock (_gate)
        {
            pins = new Pins(this, Find(paths));
            pins.Entries.ForEach(Pin);
        }

        MakeLocalAsync(pins, cancellationToken).AsTask().GetAwaiter().GetResult();
        return pins;
    }

    private async ValueTask<Pins> TakeAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        Waiter waiter;
        lock (_gate)
        {
            var entries = Find(paths);
            var needed = entries.Sum(static e => e.IsKept ? 0 : e.Bytes);
            if (needed > Budget * PinnedFactor)
            {
                throw new QueryRefusedException(QueryBound.Cache, string.Create(CultureInfo.InvariantCulture,
                    $"The query needs files of {needed} bytes, of at most {Budget * PinnedFactor} that may be read at once. Ask for a shorter range, or raise Headroom:Store:CacheBytes."));
            }

            waiter = new Waiter(entries);
            if (_waiters.Count == 0 && TryTake(waiter))
            {
                return new Pins(this, entries);
            }

            waiter.Node = _waiters.AddLast(waiter);
        }

        // Whoever reads now has all that it needs, and ends.
        using (cancellationToken.UnsafeRegister(
            static (state, token) => ((Waiter)state!).Turn.TrySetCanceled(token), waiter))
        {
            try
            {
                await waiter.Turn.Task.ConfigureAwait(false);
                return new Pins(this, waiter.Entries);
            }
            catch (OperationCanceledException)
            {
                lock (_gate)
                {
                    if (waiter.Node is { List: not null } node)
                    {
                        _waiters.Remove(node);
                    }
                }

                Admit();
                throw;
            }
        }
    }

    /// <summary>Under the lock.</summary>
    private List<Entry> Find(IReadOnlyList<string> paths) =>
        [.. paths.Distinct(StringComparer.Ordinal).Select(p => _entries.GetValueOrDefault(p) ?? throw new InvalidOperationException($"{p} is no file that counts."))];

    /// <summary>Under the lock.</summary>
    private bool TryTake(Waiter waiter)
    {
        long added = 0;
        foreach (var entry in waiter.Entries)
        {
            added += entry.Pins == 0 && !entry.IsKept ? entry.Bytes : 0;
        }

        if (_pinned > 0 && _pinned + added > Budget * PinnedFactor)
        {
            return false;
        }

        foreach (var entry in waiter.Entries)
        {
            Pin(entry);
        }

        return true;
    }

    private void Admit()
    {
        lock (_gate)
        {
            while (_waiters.First is { } first)
            {
                if (!first.Value.Turn.Task.IsCompleted)
                {
                    if (!TryTake(first.Value))
                    {
                        return;
                    }

                    if (!first.Value.Turn.TrySetResult())
                    {
                        // It has left in between.
                        first.Value.Entries.ForEach(Unpin);
                    }
                }

                _waiters.RemoveFirst();
            }
        }
    }

    private void Release(IReadOnlyList<Entry> entries)
    {
        lock (_gate)
        {
            foreach (var entry in entries)
            {
                Unpin(entry);
            }

            Evict();
        }

        Admit();
    }

    private void Pin(Entry entry)
    {
        if (entry.Pins++ == 0 && !entry.IsKept)
        {
            _pinned += entry.Bytes;
        }

        if (entry.Node is { } node)
        {
            _idle.Remove(node);
            entry.Node = null;
        }
    }

    private void Unpin(Entry entry)
    {
        if (entry.Gone || --entry.Pins > 0)
        {
            return;
        }

        _pinned -= entry.IsKept ? 0 : entry.Bytes;
        if (entry.Local)
        {
            Idle(entry);
        }
    }

    /// <summary>Files that stay local until this is disposed.</summary>
    internal readonly struct Pins(FileCache cache, List<Entry> entries) : IDisposable
    {
        public List<Entry> Entries => entries;

        public void Dispose() => cache?.Release(entries);
    }

    /// <summary>Somebody whose files do not fit beside what is read now.</summary>
    private sealed class Waiter(List<Entry> entries)
    {
        public List<Entry> Entries => entries;

        public TaskCompletionSource Turn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public LinkedListNode<Waiter>? Node { get; set; }
    }
}
