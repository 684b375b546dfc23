// Local copies of files whose truth is an object store. They lie where a store on disk has its files (StoreFiles.cs), so
// that whoever reads knows nothing of objects: it pins what it needs, and reads local files.
//
// Invariants: a file is pinned while it is read, and a pinned one is never evicted. Only what is known to be in the object store is evicted.
// A copy comes under a name of its own and is renamed when its bytes and checksum are those that the catalog has; a copy that was there at
// the start is compared when it is first pinned. An object's name holds its checksum: a writer that is late, or one that uses a number again
// after a crash, puts another object and replaces none.

using System.Threading.Channels;
using Headroom.Core;
using Microsoft.Extensions.Logging;

namespace Headroom.Store;

/// <summary>A file that is neither in the object store nor here as it was written.</summary>
internal sealed class FileDamagedException(string path, string what) : IOException($"The file {path} {what}.")
{
    public string Path => path;

    public string What => what;
}

/// <summary>A bounded number of bytes of whole files, kept for who reads next. Safe for concurrent use.</summary>
internal sealed partial class FileCache : IDisposable
{
    private static readonly TimeSpan RetryDeleteAfter = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(5);

    private readonly StoreFiles _files;
    private readonly WatchedObjectStore _objects;
    private readonly StoreOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Entry> _byName = new(StringComparer.Ordinal);

    /// <summary>Local and not pinned, the one used longest ago first.</summary>
    private readonly LinkedList<Entry> _idle = [];
    private readonly Channel<(string Name, DateTimeOffset At)> _gone = Channel.CreateUnbounded<(string Name, DateTimeOffset At)>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>Names of objects that are deleted later, for the sake of processes that may read them still.</summary>
    private readonly HashSet<string> _leaving = new(StringComparer.Ordinal);
    private readonly TimeSpan _replacedFor;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _deleting;
    private readonly FileCacheMetrics _metrics;
    private (string Name, TaskCompletionSource Done)? _collecting;
    private long _bytes;

    public FileCache(StoreFiles files, IObjectStore objects, StoreOptions options, TimeProvider time, ILogger logger)
    {
        (_files, _options, _time, _logger) = (files, options, time, logger);
        _objects = new WatchedObjectStore(objects, time, logger);
        _replacedFor = options.Postgres is null ? TimeSpan.Zero : options.KeepReplaced;
        _metrics = new FileCacheMetrics(this);
        _deleting = Task.Run(DeleteAsync);
    }

    /// <summary>Bytes of local copies that may be evicted, those on their way among them.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Of those, bytes of files that somebody reads.</summary>
    public long PinnedBytes => Interlocked.Read(ref _pinned);

    /// <summary>What is wrong with the object store and since when; null when it answered last.</summary>
    public (string Text, DateTimeOffset Since)? Outage => _objects.Outage;

    private long Budget => _options.CacheBytes;

    /// <summary>Makes a file known that the catalog names.</summary>
    public void Register(string path, long bytes, long checksum)
    {
        var file = new FileInfo(path);
        lock (_gate)
        {
            var entry = Add(path, bytes, checksum);
            if (file.Exists && file.Length == bytes)
            {
                entry.Local = true;
                Count(entry, bytes);
                Idle(entry);
            }
        }
    }

    /// <summary>Evicts what is over the budget; for when all is registered.</summary>
    public void Trim()
    {
        lock (_gate)
        {
            Evict();
        }
    }

    /// <summary>
    /// Takes finished temporary files in, and puts them in the object store before it returns. They are readable locally from then on.
    /// </summary>
    public void Put(IReadOnlyList<SealedFile> files, CancellationToken cancellationToken)
    {
        var objects = new List<NewObject>(files.Count);
        foreach (var file in files)
        {
            File.Move(file.Temporary, file.Path, overwrite: true);
            Task? before = null;
            lock (_gate)
            {
                var entry = Add(file.Path, file.Bytes, file.Checksum);
                (entry.Local, entry.Verified) = (true, true);
                Count(entry, file.Bytes);
                Pin(entry);
                objects.Add(new NewObject(entry.Name, file.Path, file.Bytes));
                if (_collecting is { } collecting && collecting.Name == entry.Name)
                {
                    before = collecting.Done.Task;
                }
            }

            before?.GetAwaiter().GetResult();
        }

        // The callers, the Writer and the compaction, have threads for it and nothing to do before it is through.
        _objects.PutAsync(objects, cancellationToken).AsTask().GetAwaiter().GetResult();
        lock (_gate)
        {
            foreach (var file in files)
            {
                if (_entries.TryGetValue(file.Path, out var entry))
                {
                    entry.Stored = true;
                    Unpin(entry);
                }
            }

            Evict();
        }

        Admit();
    }

    /// <summary>Forgets a file and removes its local copy; its object is deleted after <see cref="StoreOptions.KeepReplaced"/>, by whoever writes.</summary>
    public void Drop(string path)
    {
        lock (_gate)
        {
            if (_entries.Remove(path, out var entry))
            {
                _byName.Remove(entry.Name);
                Forget(entry);
                _pinned -= entry.Pins > 0 && !entry.IsKept ? entry.Bytes : 0;
                entry.Gone = true;
                if (!_files.AreCopies)
                {
                    _leaving.Add(entry.Name);
                    _gone.Writer.TryWrite((entry.Name, _time.GetUtcNow() + _replacedFor));
                }
            }
        }

        StoreFiles.DeleteQuietly(path);
        Admit();
    }

    /// <summary>Asks the object store anything, for whether it answers again.</summary>
    public void Probe(CancellationToken cancellationToken) =>
        _objects.FindAsync("probe", cancellationToken).AsTask().GetAwaiter().GetResult();

    public void Dispose()
    {
        // What is not deleted by then is for the collection of orphans.
        _gone.Writer.TryComplete();
        if (Outage is null && _replacedFor == TimeSpan.Zero)
        {
            _deleting.Wait(LongestStop);
        }

        _stop.Cancel();
        _deleting.Wait(LongestStop);
        Task[] coming;
        lock (_gate)
        {
            coming = [.. _entries.Values.Select(static e => e.Coming).OfType<Task>()];
        }

        Task.WhenAll(coming).ContinueWith(static _ => { }, TaskScheduler.Default).Wait(LongestStop);
        _metrics.Dispose();
        _stop.Dispose();
        _downloads.Dispose();
    }

    /// <summary>Under the lock.</summary>
    private Entry Add(string path, long bytes, long checksum)
    {
        var entry = new Entry(path, _files.NameOf(path, checksum), bytes, checksum, path.StartsWith(_files.Seen, StringComparison.Ordinal));
        _entries.Add(path, entry);
        _byName.Add(entry.Name, entry);
        return entry;
    }

    /// <summary>Under the lock. There is no local copy, or none that is right.</summary>
    private void Forget(Entry entry)
    {
        if (!entry.Local)
        {
            return;
        }

        if (entry.Node is { } node)
        {
            _idle.Remove(node);
            entry.Node = null;
        }

        (entry.Local, entry.Verified) = (false, false);
        Count(entry, -entry.Bytes);
    }

    private void Count(Entry entry, long bytes) => _bytes += entry.IsKept ? 0 : bytes;

    private void Idle(Entry entry)
    {
        if (!entry.IsKept && entry.Node is null)
        {
            entry.Node = _idle.AddLast(entry);
        }
    }

    private void Evict()
    {
        for (var next = _idle.First; next is not null && _bytes > Budget;)
        {
            var entry = next.Value;
            next = next.Next;
            if (entry.Stored && entry.Coming is null)
            {
                Forget(entry);
                StoreFiles.DeleteQuietly(entry.Path);
                _metrics.Evicted();
            }
        }
    }

    private async Task DeleteAsync()
    {
        await foreach (var (name, at) in _gone.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            if (at - _time.GetUtcNow() is var early && early > TimeSpan.Zero)
            {
                await Task.Delay(early, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            while (!_stop.IsCancellationRequested)
            {
                try
                {
                    await _objects.DeleteAsync(name, _stop.Token).ConfigureAwait(false);
                    lock (_gate)
                    {
                        _leaving.Remove(name);
                    }

                    break;
                }
                catch (IOException)
                {
                    await Task.Delay(RetryDeleteAfter, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
                catch (OperationCanceledException)
                {
                    return;
                }
            }
        }
    }

    /// <summary>What is known of a file that the catalog names, or is about to. Changed under the lock.</summary>
    internal sealed class Entry(string path, string name, long bytes, long checksum, bool isKept)
    {
        public string Path => path;

        public string Name => name;

        public long Bytes => bytes;

        public long Checksum => checksum;

        /// <summary>Of the files that the Writer always needs: outside the budget.</summary>
        public bool IsKept => isKept;

        public bool Local { get; set; }

        /// <summary>Whether the local copy's bytes were compared since the start.</summary>
        public bool Verified { get; set; }

        /// <summary>Whether it is known to be in the object store.</summary>
        public bool Stored { get; set; }

        public bool Gone { get; set; }

        public int Pins { get; set; }

        public Task? Coming { get; set; }

        public LinkedListNode<Entry>? Node { get; set; }

        /// <summary>Why it could not be had, and when it is looked for again.</summary>
        public string? What { get; set; }

        public DateTimeOffset RetryAt { get; set; }
    }
}
