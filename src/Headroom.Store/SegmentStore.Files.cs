using Headroom.Core;

namespace Headroom.Store;

/// <summary>Files that live in an object store.</summary>
internal sealed partial class SegmentStore
{
    private readonly HashSet<string> _lost = new(StringComparer.Ordinal);

    /// <summary>The catalog's, before which nothing is removed from the object store.</summary>
    private long _identity;

    /// <summary>Keeps files local, for the compaction. Nothing to do where they live on disk.</summary>
    /// <exception cref="IOException">One cannot be had, or is damaged.</exception>
    public FileCache.Pins Pin(IEnumerable<string> paths, CancellationToken cancellationToken)
    {
        if (Files.Cache is not { } cache)
        {
            return default;
        }

        try
        {
            return cache.Pin([.. paths], cancellationToken);
        }
        catch (FileDamagedException e)
        {
            Damaged.Report(e.Path, e.What);
            throw;
        }
    }

    /// <summary>Compares the object store with the catalog, see <see cref="FileCache.CollectAsync"/>; one at a time.</summary>
    public async ValueTask CollectAsync(CancellationToken cancellationToken)
    {
        await Files.Cache!.ClaimAsync(_identity, cancellationToken).ConfigureAwait(false);
        var lost = new HashSet<string>(StringComparer.Ordinal);
        await Files.Cache.CollectAsync(
            (path, what) =>
            {
                lost.Add(path);
                Damaged.Report(path, what);
            }, cancellationToken).ConfigureAwait(false);
        foreach (var path in _lost.Where(path => !lost.Contains(path)))
        {
            Damaged.Restored(path);
        }

        _lost.Clear();
        _lost.UnionWith(lost);
    }

    /// <summary>What a query reads, kept local until it has ended.</summary>
    private ValueTask<FileCache.Pins> PinAsync(StoreQuery query, ProjectState state, List<Segment> segments, bool onlyFooters, bool again, CancellationToken cancellationToken)
    {
        if (Files.Cache is null)
        {
            return default;
        }

        // Footers that are known are not read again.
        var paths = onlyFooters
            ? segments.Where(s => !_eventCounts.Knows(s)).Select(static s => s.File.Path)
            : segments.Select(static s => s.File.Path).Concat(state.Overrides.Select(static o => o.File.Path));
        if (query.Mentions("{persons}"))
        {
            paths = paths.Concat(state.Persons.Select(static f => f.File.Path));
        }

        return PinAsync(paths, query.Timeout, again, cancellationToken);
    }

    private async ValueTask<FileCache.Pins> PinAsync(IEnumerable<string> paths, TimeSpan most, bool again, CancellationToken cancellationToken)
    {
        if (Files.Cache is not { } cache)
        {
            return default;
        }

        using var late = new CancellationTokenSource(most, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            return await cache.PinAsync([.. paths], either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && late.IsCancellationRequested)
        {
            throw QueryEngine.TimeRefusal(most);
        }
        catch (FileDamagedException e) when (again)
        {
            throw new FileReplacedException(e);
        }
        catch (FileDamagedException e)
        {
            Damaged.Report(e.Path, e.What);
            throw new DataDamagedException(Damaged.Of(e.Path) ?? e.Message, e);
        }
        catch (ObjectStoreException e)
        {
            throw new StoreUnavailableException(
                "A part of the data is in the object storage, which cannot be used at the moment. What is kept on the server can still be asked for, such as the last days; ask for this again later.", e);
        }
    }

    /// <summary>Before the catalog is read: the files of uuids are opened with it, and must be here.</summary>
    private void RegisterFiles()
    {
        if (Files.Copies is { } copies)
        {
            copies.Identity = _catalog.Identity();
            foreach (var (path, _, checksum) in _catalog.Files(Files))
            {
                copies.Register(Files, path, checksum);
            }
        }

        if (Files.Cache is not { } cache)
        {
            return;
        }

        _identity = _catalog.Identity();
        try
        {
            cache.ClaimAsync(_identity, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        }
        catch (ObjectStoreException)
        {
            // It is away, and health tells. Nothing is removed there before it was asked.
        }

        var seen = new List<string>();
        foreach (var (path, bytes, checksum) in _catalog.Files(Files))
        {
            cache.Register(path, bytes, checksum);
            if (path.StartsWith(Files.Seen, StringComparison.Ordinal))
            {
                seen.Add(path);
            }
        }

        cache.Pin(seen, CancellationToken.None).Dispose();
        cache.Trim();
    }
}
