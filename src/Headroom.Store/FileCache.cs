// Local copies of files whose truth is an object store. They lie where a store on disk has its files (StoreFiles.cs), so
// that whoever reads knows nothing of objects: it pins what it needs, and reads local files.
//
// Invariants: a file is pinned while it is read, and a pinned one is never evicted. Only what is known to be in the object store is evicted.
// A copy comes under a name of its own and is renamed when its bytes and checksum are those that the catalog has; a copy that was there at
// the start is compared when it is first pinned. An object's name holds its checksum: a writer that is late, or one that uses a number again
// after a crash, puts another object and replaces none.

using System.Globalization;
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
    /// <summary>Files that are read may take so many times the budget; what one query needs beyond it is refused.</summary>
    public const int PinnedFactor = 2;

    private const int MostDownloads = 16;
    private static readonly TimeSpan RetryDamagedAfter = TimeSpan.FromMinutes(1);
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
    private readonly LinkedList<Waiter> _waiters = [];
    private readonly SemaphoreSlim _downloads = new(MostDownloads);
    private readonly Channel<(string Name, DateTimeOffset At)> _gone = Channel.CreateUnbounded<(string Name, DateTimeOffset At)>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>Names of objects that are deleted later, for the sake of processes that may read them still.</summary>
    private readonly HashSet<string> _leaving = new(StringComparer.Ordinal);
    private readonly TimeSpan _replacedFor;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _deleting;
    private readonly FileCacheMetrics _metrics;
    private (string Name, TaskCompletionSource Done)? _collecting;
    private long _bytes;
    private long _pinned;
    private long _temporary;

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

        // The callers, the Writer and the compaction, have a thread each and nothing to do before it is through.
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

    /// <summary>Whether a file is as it was written: its local copy, where there is one, else the object. A wrong copy is fetched again.</summary>
    /// <param name="whole">Whether a local copy's bytes are read too, and not only its length.</param>
    /// <param name="remote">Whether the object is asked for, also where there is a local copy. It is put again where it is missing.</param>
    /// <returns>What is wrong; null when nothing is.</returns>
    /// <exception cref="ObjectStoreException">The object store could not be asked.</exception>
    public string? Inspect(string path, bool whole, bool remote)
    {
        Entry? entry;
        lock (_gate)
        {
            if (!_entries.TryGetValue(path, out entry))
            {
                return null;
            }

            if (entry.What is not null && _time.GetUtcNow() < entry.RetryAt)
            {
                return entry.What;
            }

            // It is not evicted while it is looked at.
            Pin(entry);
        }

        try
        {
            return Inspect(entry, whole, remote);
        }
        finally
        {
            Release([entry]);
        }
    }

    private string? Inspect(Entry entry, bool whole, bool remote)
    {
        var local = entry.Local;
        if (local && !IsAsWritten(entry.Path, entry, whole))
        {
            lock (_gate)
            {
                Forget(entry);
            }

            LogCopyDamaged(_logger, entry.Path);
            return Fetch(entry.Path);
        }

        if (entry.What is not null)
        {
            return Fetch(entry.Path);
        }

        if (remote && _objects.FindAsync(entry.Name, _stop.Token).AsTask().GetAwaiter().GetResult() is var found && found?.Bytes != entry.Bytes)
        {
            if (!local)
            {
                return found is null ? Missing : Damaged;
            }

            PutAgain(entry);
        }

        return null;
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

    private string Missing => $"is missing from the object storage {_objects.Place}";

    private string Damaged => $"is damaged in the object storage {_objects.Place}";

    private string? Fetch(string path)
    {
        try
        {
            Pin([path], _stop.Token).Dispose();
            return null;
        }
        catch (FileDamagedException e)
        {
            return e.What;
        }
    }

    private void PutAgain(Entry entry)
    {
        _objects.PutAsync([new NewObject(entry.Name, entry.Path, entry.Bytes)], _stop.Token).AsTask().GetAwaiter().GetResult();
        lock (_gate)
        {
            entry.Stored = true;
            Evict();
        }

        LogPutAgain(_logger, entry.Name);
    }

    private static bool IsAsWritten(string path, Entry entry, bool whole)
    {
        var file = new FileInfo(path);
        return file.Exists && file.Length == entry.Bytes && (!whole || StoreFiles.Checksum(path) == entry.Checksum);
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

    /// <summary>The tasks that make local, and compare, what is not yet.</summary>
    private List<Task> Coming(List<Entry> entries)
    {
        var coming = new List<Task>();
        lock (_gate)
        {
            foreach (var entry in entries)
            {
                if (entry.Local && entry.Verified)
                {
                    continue;
                }

                if (entry.Coming is null)
                {
                    entry.Coming = Task.Run(() => BringAsync(entry));

                    // Its waiters may have left by the time it fails.
                    entry.Coming.ContinueWith(static t => _ = t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
                }

                coming.Add(entry.Coming);
            }
        }

        return coming;
    }

    private async Task BringAsync(Entry entry)
    {
        var counted = false;
        try
        {
            await _downloads.WaitAsync(_stop.Token).ConfigureAwait(false);
            try
            {
                if (entry.Local && IsAsWritten(entry.Path, entry, whole: true))
                {
                    entry.Verified = true;
                    return;
                }

                lock (_gate)
                {
                    Forget(entry);
                    if (entry.Pins == 0)
                    {
                        // All who waited for it have left before it began.
                        return;
                    }

                    Count(entry, entry.Bytes);
                    counted = true;
                    Evict();
                }

                await DownloadAsync(entry).ConfigureAwait(false);
            }
            finally
            {
                _downloads.Release();
            }
        }
        catch (FileDamagedException e)
        {
            lock (_gate)
            {
                (entry.What, entry.RetryAt) = (e.What, _time.GetUtcNow() + RetryDamagedAfter);
            }

            throw;
        }
        finally
        {
            lock (_gate)
            {
                entry.Coming = null;
                if (counted && !entry.Local)
                {
                    Count(entry, -entry.Bytes);
                }

                if (entry is { Local: true, Pins: 0, Gone: false })
                {
                    Idle(entry);
                    Evict();
                }
            }
        }
    }

    private async Task DownloadAsync(Entry entry)
    {
        // An object that comes otherwise than it was put is asked for once more: the wire may be to blame.
        for (var attempt = 0; attempt < 2; attempt++)
        {
            var temporary = string.Create(CultureInfo.InvariantCulture, $"{entry.Path}.{Interlocked.Increment(ref _temporary)}{StoreFiles.TemporarySuffix}");
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(temporary)!);
                if (!await _objects.GetAsync(entry.Name, temporary, _stop.Token).ConfigureAwait(false))
                {
                    throw new FileDamagedException(entry.Path, Missing);
                }

                if (IsAsWritten(temporary, entry, whole: true))
                {
                    lock (_gate)
                    {
                        if (!entry.Gone)
                        {
                            File.Move(temporary, entry.Path, overwrite: true);
                            (entry.Local, entry.Verified, entry.Stored, entry.What) = (true, true, true, null);
                        }
                    }

                    return;
                }
            }
            catch (Exception e) when (e is IOException and not ObjectStoreException and not FileDamagedException or UnauthorizedAccessException)
            {
                throw new ObjectStoreException($"A file of the object storage cannot be kept at {entry.Path}: {e.Message}", e);
            }
            finally
            {
                StoreFiles.DeleteQuietly(temporary);
            }
        }

        throw new FileDamagedException(entry.Path, Damaged);
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

    [LoggerMessage(Level = LogLevel.Warning, Message = "The local copy {Path} is not as it was written; it is fetched from the object storage again")]
    private static partial void LogCopyDamaged(ILogger logger, string path);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The object {Name} was not in the object storage as it was put; it was put again from the local copy")]
    private static partial void LogPutAgain(ILogger logger, string name);

    /// <summary>Files that stay local until this is disposed.</summary>
    internal readonly struct Pins(FileCache cache, List<Entry> entries) : IDisposable
    {
        public List<Entry> Entries => entries;

        public void Dispose() => cache?.Release(entries);
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

    /// <summary>Somebody whose files do not fit beside what is read now.</summary>
    private sealed class Waiter(List<Entry> entries)
    {
        public List<Entry> Entries => entries;

        public TaskCompletionSource Turn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public LinkedListNode<Waiter>? Node { get; set; }
    }
}
