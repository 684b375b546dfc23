using System.Globalization;
using Npgsql;

namespace Headroom.Store.Postgres;

/// <summary>What a server shows of a catalog.</summary>
/// <param name="IsStandby">Whether it only replays what another one writes.</param>
internal readonly record struct CatalogLook(Guid Catalog, long Format, long Epoch, long Version, bool IsStandby);

/// <summary>A server that the catalog is read from: the one that is written to, or a replica of it. With its connections, and what was seen there last.</summary>
internal sealed class ReadServer : IDisposable
{
    private readonly NpgsqlConnectionStringBuilder _settings;
    private NpgsqlDataSource? _following;
    private long _lookedAt;
    private TimeSpan _rest;

    /// <param name="replica">What differs from the server that is written to; null for that one.</param>
    /// <param name="patience">In seconds, how long an answer to a look at the version is waited for; null for as long as the settings say.</param>
    public ReadServer(PostgresCatalogOptions options, string? replica, int? patience)
    {
        var connectionString = options.ConnectionStringOf(replica);
        IsReplica = replica is not null;
        Lookups = PostgresCatalog.Source(PostgresCatalog.Settings(
            connectionString, options.CatalogSchema, "lookups", ("Timeout", "5"), ("Command Timeout", "15"), ("Maximum Pool Size", "10")));
        _settings = PostgresCatalog.Settings(connectionString, options.CatalogSchema, "follower", ("Timeout", "5"), ("Command Timeout", "15"));

        // One look after the other. Where it is not answered, asking the same server to end it would only take longer.
        (_settings.MinPoolSize, _settings.MaxPoolSize, _settings.CancellationTimeout) = (0, 1, -1);
        if (patience is { } seconds)
        {
            _settings.Timeout = Math.Clamp(_settings.Timeout, 1, seconds);
            Patience = seconds;
        }

        Place = new PostgresPlace(_settings, options.CatalogSchema);
        Name = string.Create(CultureInfo.InvariantCulture, $"{_settings.Host}:{_settings.Port}");
    }

    public bool IsReplica { get; }

    public string Name { get; }

    public PostgresPlace Place { get; }

    public int? Patience { get; }

    /// <summary>For what is looked up while nothing else is going on.</summary>
    public NpgsqlDataSource Lookups { get; }

    /// <summary>Why it is not read; null where it may be.</summary>
    public string? Problem { get; set; }

    /// <summary>Whether that is only that what it shows may be too old.</summary>
    public bool IsLate { get; set; }

    /// <summary>The version that it showed last.</summary>
    public long Version { get; private set; }

    /// <summary>When that was the newest, a timestamp; null where it was never known.</summary>
    public long? AsOf { get; private set; }

    /// <summary>For whoever holds the catalog's gate; one at a time.</summary>
    public NpgsqlConnection OpenToFollow() => (_following ??= PostgresCatalog.Source(_settings)).OpenConnection();

    /// <summary>After a failure: other connections may have ended too.</summary>
    public void Clear()
    {
        _following?.Clear();
        Lookups.Clear();
    }

    /// <param name="asOf">When the version was the newest, where that is known.</param>
    public void Showed(long version, long? asOf)
    {
        AsOf = asOf ?? (version >= Version ? AsOf : null);
        Version = version;
    }

    public bool IsDue(TimeProvider time) => time.GetElapsedTime(_lookedAt) >= _rest;

    /// <summary>The next look, where it is not read, comes so much later; and later still where this one took long, so that a server that does not answer holds nobody up for most of the time.</summary>
    public void Rest(TimeProvider time, long started, TimeSpan least)
    {
        _lookedAt = time.GetTimestamp();
        var took = time.GetElapsedTime(started, _lookedAt) * 4;
        _rest = took > least ? took : least;
    }

    public void Dispose()
    {
        _following?.Dispose();
        Lookups.Dispose();
    }
}
