// Which server is read, in a process that only reads.
//
// How old what a replica shows can be is told by the version alone. The server that is written to, the primary, is asked every now and then at which
// version it is. A replica that shows that version, or a later one, showed all that was committed when the primary was asked: every transaction of
// the catalog raises the version, and a replica has them in their order. So it needs no clock but this process' own and no right but that to read
// the catalog, it is right for a primary on which nothing happens, and a replica that is paused, slow or cut off is all one. While the primary cannot
// be asked nobody knows, and the age of everything grows.
//
// What was taken in never goes back. A replica that is fresh enough and still behind it, as after a while with the primary, is waited for: nothing new
// is taken in until it has caught up, and lookups stay where they were.

using System.Globalization;
using Headroom.Core;
using Microsoft.Extensions.Logging;

namespace Headroom.Store.Postgres;

internal sealed partial class PostgresCatalog
{
    /// <summary>A replica is left so much before what it shows is too old: the next look comes later, and reading takes its time.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a replica that is not read is let be before the next look.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    /// <summary>A fallback that passes sooner is counted, and told nobody.</summary>
    private static readonly TimeSpan ToldAfter = TimeSpan.FromSeconds(2);

    private readonly ReadServer _primary;
    private readonly ReadServer[] _replicas;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly TimeSpan _bound;
    private VersionMarks? _marks;
    private ReadServer _reading;
    private IReadOnlyList<CatalogServer> _servers = [];
    private FallbackReason? _fallback;
    private StoreUnavailableException? _away;
    private long _asOf;
    private long _fallbacks;
    private long? _ahead;
    private bool _readReplica;
    private bool _toldFallback;

    public override IReadOnlyList<CatalogServer> Servers => Volatile.Read(ref _servers);

    public override long Fallbacks => Interlocked.Read(ref _fallbacks);

    public override (string Text, DateTimeOffset Since)? Fallback => Volatile.Read(ref _fallback) is { } fallback ? (fallback.Text, fallback.Since) : null;

    private VersionMarks Marks => _marks ??= new VersionMarks(_time, _bound);

    public override Followed Follow(StoreFiles files, string log, StoreState? known, bool newest = false)
    {
        try
        {
            if (_replicas.Length == 0 || newest)
            {
                return Answer(FollowPrimary(files, log, known));
            }

            FollowedState? next;
            foreach (var replica in _replicas)
            {
                // Also after one that has taken its time not to answer.
                AskPrimary();
                if ((replica == _reading || replica.IsDue(_time)) && TryFollow(replica, files, log, known, evenIfLate: false, out next))
                {
                    return Answer(next);
                }
            }

            // Better late than not at all: the primary may take commits of others, and only be out of this process' reach.
            foreach (var replica in _replicas.Where(r => _away is not null && r.IsLate).OrderByDescending(static r => r.Version))
            {
                if (TryFollow(replica, files, log, known, evenIfLate: true, out next))
                {
                    return Answer(next) with { Problem = _away };
                }
            }

            var before = _reading;
            next = FollowPrimary(files, log, known);
            TellFallback(before);
            return Answer(next);
        }
        finally
        {
            ShowServers();
        }
    }

    /// <summary>In whole seconds, as far as the driver counts: so long that a server at work answers, and so short that another can be read in time.</summary>
    private static int Patience(TimeSpan bound) => bound.TotalSeconds < 4 ? 1 : 2;

    /// <summary>How often the primary is asked while a replica is read.</summary>
    private TimeSpan AskEvery => TimeSpan.FromSeconds(Math.Min(1, _bound.TotalSeconds / 8));

    private Followed Answer(FollowedState? next)
    {
        _asOf = Marks.AsOf(_version) ?? _asOf;
        return new Followed(next, _asOf, null);
    }

    /// <summary>Asks the primary for its version when it is time; where it does not answer, <see cref="_away"/> says so.</summary>
    /// <exception cref="InvalidDataException">It is another one than before.</exception>
    private void AskPrimary()
    {
        if (!_primary.IsDue(_time))
        {
            return;
        }

        try
        {
            WithPrimary(static (_, _) => (FollowedState?)null);
        }
        catch (StoreUnavailableException)
        {
            // Another server may do.
        }
    }

    private FollowedState? FollowPrimary(StoreFiles files, string log, StoreState? known) => WithPrimary((connection, look) =>
    {
        if (IsBehind(look))
        {
            // A replica had it first.
            return null;
        }

        var next = Read(_primary, connection, look, files, log, known);
        if (next is not null)
        {
            _readReplica = false;
        }

        ReadFrom(_primary);
        return next;
    });

    private FollowedState? WithPrimary(Func<Npgsql.NpgsqlConnection, CatalogLook, FollowedState?> use)
    {
        var started = _time.GetTimestamp();
        try
        {
            using var connection = _primary.OpenToFollow();
            var look = See(started, Look(connection, null, _primary.Patience));
            var result = use(connection, look);
            _away = null;
            _primary.Rest(_time, started, AskEvery);
            return result;
        }
        catch (Exception e) when (PostgresPlace.Failed(e))
        {
            _primary.Clear();
            _primary.Rest(_time, started, AskEvery);
            throw _away = new StoreUnavailableException($"The catalog in {_place} cannot be read: it {_place.Explain(e)}", e);
        }
    }

    private CatalogLook See(long asked, CatalogLook? look)
    {
        var now = Require(look);
        Marks.Add(asked, now.Version);
        _primary.Showed(now.Version, asked);
        if (!IsBehind(now))
        {
            _ahead = null;
        }

        return now;
    }

    /// <summary>Whether what this process has may be newer than what the primary shows without anything being lost: a replica shows a commit as soon as it has it, and the primary may wait for others before it does.</summary>
    private bool MayBeAhead() => _readReplica && _time.GetElapsedTime(_ahead ??= _time.GetTimestamp()) <= _bound;

    /// <summary>Reads a replica, or waits for it. False where another server is to be read.</summary>
    /// <param name="evenIfLate">Whether it does not matter how old what it shows is, as long as it is no older than what is known.</param>
    private bool TryFollow(ReadServer replica, StoreFiles files, string log, StoreState? known, bool evenIfLate, out FollowedState? next)
    {
        next = null;
        var started = _time.GetTimestamp();
        try
        {
            using var connection = replica.OpenToFollow();
            var seen = Look(connection, null, replica.Patience);
            (replica.Problem, replica.IsLate) = Judge(replica, seen);
            if (replica.Problem is null || (evenIfLate && replica.IsLate))
            {
                var look = seen!.Value;
                if (!IsBehind(look))
                {
                    next = Read(replica, connection, look, files, log, known);
                    _readReplica |= next is not null;
                    ReadFrom(replica);
                }

                return true;
            }
        }
        catch (Exception e) when (PostgresPlace.Failed(e))
        {
            replica.Clear();
            (replica.Problem, replica.IsLate) = (PostgresPlace.Lacks(e) ? Foreign : replica.Place.Explain(e), false);
        }

        replica.Rest(_time, started, LookAgain);
        return false;
    }

    private string Foreign => $"does not have the catalog that is in {_place}: it is no replica of that server, or lacks its newest tables yet.";

    /// <summary>Why a replica is not read, to follow "it"; and whether only because of its age.</summary>
    private (string? Problem, bool IsLate) Judge(ReadServer replica, CatalogLook? seen)
    {
        if (seen is not { } look || look.Catalog != Id || look.Format != Format)
        {
            return (Foreign, false);
        }

        if (!look.IsStandby)
        {
            return ("is no standby: it takes changes of its own. Correct Headroom:Postgres:Replicas.", false);
        }

        if (replica == _reading && IsBehind(look))
        {
            return ("shows an older state than before.", false);
        }

        replica.Showed(look.Version, Marks.AsOf(look.Version));

        // What comes back stays for a while.
        var limit = replica == _reading ? _bound - Margin : _bound / 2;
        return replica.AsOf is { } asOf && _time.GetElapsedTime(asOf) <= limit
            ? (null, false)
            : (string.Create(CultureInfo.InvariantCulture,
                $"shows version {look.Version} where {_primary.Name} was at {_primary.Version}, {Age(replica)}; Headroom:Postgres:MaxReplicaStalenessSeconds is {_bound.TotalSeconds}."), true);

        string Age(ReadServer server) => server.AsOf is { } since
            ? string.Create(CultureInfo.InvariantCulture, $"as it was {_time.GetElapsedTime(since).TotalSeconds:0.0} s ago")
            : "and since when is not known";
    }

    private void ReadFrom(ReadServer server)
    {
        var before = _reading;
        Volatile.Write(ref _reading, server);
        if (server.IsReplica)
        {
            Volatile.Write(ref _fallback, null);
            _toldFallback = false;
            if (server != before)
            {
                LogReplica(_logger, server.Name);
            }
        }
    }

    /// <summary>After the primary was read because no replica could be.</summary>
    private void TellFallback(ReadServer before)
    {
        if (_reading.IsReplica)
        {
            return;
        }

        if (before.IsReplica)
        {
            Interlocked.Increment(ref _fallbacks);
        }

        var reasons = string.Join(' ', _replicas.Select(static r => r.Problem is null ? $"{r.Name} catches up." : $"{r.Name} {r.Problem}"));
        var since = _fallback?.Since ?? _time.GetUtcNow();
        Volatile.Write(ref _fallback, new FallbackReason($"The catalog is read from {_primary.Name}, which replicas should spare, as none can be read: {reasons} As soon as one can it is.", since));
        if (!_toldFallback && _time.GetUtcNow() - since >= ToldAfter)
        {
            _toldFallback = true;
            LogFallback(_logger, _primary.Name, reasons);
        }
    }

    private void ShowServers()
    {
        if (_replicas.Length > 0)
        {
            Volatile.Write(ref _servers, [.. _replicas.Append(_primary).Select(server => new CatalogServer(server.Name, server.IsReplica, server == _reading, server.AsOf))]);
        }
    }

    private sealed record FallbackReason(string Text, DateTimeOffset Since);

    [LoggerMessage(Level = LogLevel.Information, Message = "The catalog is read from the replica {Replica}")]
    private static partial void LogReplica(ILogger logger, string replica);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The catalog is read from {Primary}, which replicas should spare, as none can be read: {Reasons}")]
    private static partial void LogFallback(ILogger logger, string primary, string reasons);
}
