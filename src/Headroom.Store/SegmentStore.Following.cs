// A store of a process that only reads: it follows the catalog that another process writes, see PostgresCatalog.Following.cs. What it holds
// in memory is what the writer holds, a moment later, with the same versions of each project's data; its files are copies of objects.
//
// A file that was replaced stays in the object store for StoreOptions.KeepReplaced. A query that meets one that is gone all the same, of a
// process that stood still perhaps, reads the catalog again and is tried once more, and again only where that one is gone too.

using System.Globalization;
using Headroom.Core;

namespace Headroom.Store;

/// <summary>A file of the state that a query began with is gone; in the newest state another may have taken its place.</summary>
internal sealed class FileReplacedException(FileDamagedException cause) : Exception(cause.Message, cause)
{
    public string Path => cause.Path;
}

internal sealed partial class SegmentStore
{
    /// <summary>Where a process that only reads keeps copies, below its data directory: apart from files that count.</summary>
    public const string CopiesFolder = "copies";

    /// <summary>Failures that pass this soon are told nobody.</summary>
    private static readonly TimeSpan Told = TimeSpan.FromSeconds(2);

    /// <summary>Of one query, each with newer files. More than one needs merges that follow each other faster than files can be fetched.</summary>
    private const int MostAttempts = 5;

    private long _followed;

    /// <summary>Whether it only reads what another process writes.</summary>
    public bool Follows { get; }

    /// <summary>How long ago it was last known that the state is the newest; zero for a store that writes.</summary>
    public TimeSpan Behind => Follows ? _time.GetElapsedTime(Interlocked.Read(ref _followed)) : TimeSpan.Zero;

    /// <summary>What the catalog can be read from, where it has replicas.</summary>
    public IReadOnlyList<CatalogServer> CatalogServers => _catalog.Servers;

    /// <summary>How often that went from a replica back to the server that is written to.</summary>
    public long CatalogFallbacks => _catalog.Fallbacks;

    /// <summary>What the time is told by that <see cref="CatalogServer.AsOf"/> is of.</summary>
    public TimeSpan Since(long timestamp) => _time.GetElapsedTime(timestamp);

    private (string Text, DateTimeOffset Since)? Fallback => _catalog.Fallback is { } fallback && _time.GetUtcNow() - fallback.Since >= Told ? fallback : null;

    /// <summary>Whether what is wrong is only that the newest is not known: everything else is answered.</summary>
    private bool IsStale { get; set; }

    /// <summary>Takes in what has changed in the catalog since the last time. True where anything has.</summary>
    /// <param name="newest">Whether what counts at this moment is asked for, where a replica's would do else.</param>
    /// <exception cref="StoreUnavailableException">The catalog cannot be asked, or it is not known whether what was taken in is recent.</exception>
    /// <exception cref="InvalidDataException">It is another one than before; a restart begins with it.</exception>
    public bool CatchUp(bool newest = false)
    {
        lock (_catalog.Gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            Followed followed;
            try
            {
                followed = _catalog.Follow(Files, _log, _state, newest);
            }
            catch (Exception e) when (e is StoreUnavailableException or InvalidDataException)
            {
                TellBehind(e);
                throw;
            }

            if (followed.Next is { } next)
            {
                Register(next);
                var before = _state;
                Volatile.Write(ref _state, next.State);
                Drop(before, next.State);
                ForgetDamage(before, next.State);
            }

            Interlocked.Exchange(ref _followed, followed.AsOf);
            if (followed.Problem is { } problem)
            {
                TellBehind(problem);
                throw problem;
            }

            ClearProblem();
            return followed.Next is not null;
        }
    }

    private StoreState BeginToFollow()
    {
        if (Files.Cache is not { } cache)
        {
            throw new InvalidOperationException("A process that only reads the store needs Headroom:Segments=s3.");
        }

        var (next, asOf, _) = _catalog.Follow(Files, _log, null);
        var first = next!;
        if (Files.Copies is { } copies)
        {
            copies.Identity = _catalog.Identity();
        }

        try
        {
            cache.ClaimAsync(_catalog.Identity(), CancellationToken.None).AsTask().GetAwaiter().GetResult();
        }
        catch (ObjectStoreException)
        {
            // It is away, and health tells.
        }

        Register(first);
        cache.Trim();
        Interlocked.Exchange(ref _followed, asOf);
        return first.State;
    }

    private void Register(FollowedState next)
    {
        foreach (var (path, bytes, checksum) in next.New)
        {
            Files.Cache!.Register(path, bytes, checksum);
            Files.Copies?.Register(Files, path, checksum);
        }
    }

    private void ForgetDamage(StoreState before, StoreState now)
    {
        var there = now.Projects.Values.SelectMany(static p => p.Segments).Select(static s => s.File).Concat(now.Projects.Values.SelectMany(static p => p.Others)).ToHashSet();
        foreach (var file in before.Projects.Values.SelectMany(static p => p.Segments).Select(static s => s.File).Concat(before.Projects.Values.SelectMany(static p => p.Others)))
        {
            if (!there.Contains(file))
            {
                Damaged.Forget(file.Path);
            }
        }
    }

    private void TellBehind(Exception e)
    {
        var behind = Behind;
        if (e is not InvalidDataException && behind < Told)
        {
            return;
        }

        lock (_problemGate)
        {
            _since ??= _time.GetUtcNow() - behind;
            _problem = string.Create(CultureInfo.InvariantCulture,
                $"What the writer's process has stored since {_since.Value:u} may be missing from the answers here, for {behind.TotalSeconds:0} s so far: {e.Message}");
            IsStale = e is StoreUnavailableException;
        }
    }

    /// <summary>After a query has met a missing file: takes in the newest state. False where that names the file still, so that it is damage.</summary>
    private async ValueTask<bool> FindReplacementAsync(FileReplacedException cause, ProjectId project, int attempt, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Run(() => CatchUp(newest: true), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is StoreUnavailableException or InvalidDataException)
        {
            throw new StoreUnavailableException($"A file that the answer needs was replaced, and by which cannot be found out: {e.Message} Ask again later.", e);
        }

        if (attempt == MostAttempts)
        {
            throw new StoreUnavailableException($"Files that the answer needs are replaced faster than they can be read. Ask again, and raise Headroom:Store:KeepReplaced. {cause.Message}", cause);
        }

        LogReplaced(_logger, cause.Message);
        var state = State.Project(project);
        return !state.Segments.Any(s => s.File.Path == cause.Path) && state.Others.All(f => f.Path != cause.Path);
    }

    private void RequireWriting()
    {
        if (Follows)
        {
            throw new InvalidOperationException("This process only reads the event store.");
        }
    }
}
