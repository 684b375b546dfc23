using System.Data;
using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Headroom.Core;
using Npgsql;

namespace Headroom.Store.Postgres;

/// <summary>The session that writes: its lock, and what is found out when there is a new one.</summary>
internal sealed partial class PostgresCatalog
{
    /// <summary>In seconds, how long a session that is at its end is waited for.</summary>
    private const int EndsWithin = 3;

    private readonly NpgsqlConnectionStringBuilder _writing;
    private readonly NpgsqlDataSource _sessions;
    private readonly string _schema;
    private readonly PostgresPlace _place;
    private readonly long _lockKey;

    /// <summary>Names this process, for its life.</summary>
    private readonly Guid _holder = Guid.NewGuid();

    private NpgsqlConnection? _connection;
    private (int Process, DateTime Started) _opened;

    /// <summary>The last that had the lock.</summary>
    private (int Process, DateTime Started) _session;

    private long _epoch;
    private long _version;
    private bool _uncertain;
    private string? _fenced;

    public override bool Settle()
    {
        // Where it is uncertain there is no session now; the new one tells.
        var before = _version;
        Connected();
        return _version > before;
    }

    public override string? TakenOverBy()
    {
        try
        {
            using var connection = _primary.Lookups.OpenConnection();
            using var command = new NpgsqlCommand("SELECT held_by, held_since FROM catalog_state WHERE holder <> $1", connection);
            Bind(command.Parameters, [_holder]);
            using var reader = command.ExecuteReader();
            return reader.Read() ? string.Create(CultureInfo.InvariantCulture, $"\"{reader.GetString(0)}\", since {reader.GetDateTime(1):u}") : null;
        }
        catch (Exception e) when (PostgresPlace.Failed(e))
        {
            return null;
        }
    }

    internal static long LockKey(string schema) => (long)XxHash64.HashToUInt64(Encoding.UTF8.GetBytes("headroom catalog " + schema));

    private static bool IsWell(NpgsqlConnection? connection) => connection is { FullState: var state } && (state & ConnectionState.Open) != 0 && (state & ConnectionState.Broken) == 0;

    private NpgsqlConnection Connected()
    {
        if (_fenced is not null)
        {
            throw new StoreUnavailableException(_fenced);
        }

        if (_connection is not null)
        {
            return _connection;
        }

        NpgsqlConnection? connection = null;
        try
        {
            connection = OpenSession();
            Lock(connection);
            Resume(connection);
            (_connection, connection) = (connection, null);
            return _connection;
        }
        catch (Exception e) when (PostgresPlace.Failed(e))
        {
            throw Unavailable(e);
        }
        catch (SessionRefusedException e)
        {
            throw new StoreUnavailableException(e.Message + After, e);
        }
        finally
        {
            connection?.Dispose();
        }
    }

    /// <summary>What counts of the batch, to follow a reason.</summary>
    private string After => _uncertain
        ? " Whether the last transaction counts is not known; that is found out when a session is there again, before anything else is written. Writing goes on by itself."
        : " Nothing of the batch was stored. Writing goes on by itself.";

    /// <summary>Goes on where the session before ended, if nobody else has written since.</summary>
    private void Resume(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand("UPDATE catalog_state SET epoch = epoch + 1, held_since = now() WHERE holder = $1 RETURNING epoch, version", connection);
        Bind(command.Parameters, [_holder]);
        long version;
        using (var reader = command.ExecuteReader())
        {
            if (!reader.Read())
            {
                version = -1;
            }
            else
            {
                (_epoch, version) = (reader.GetInt64(0), reader.GetInt64(1));
            }
        }

        if (version == _version || (_uncertain && version == _version + 1))
        {
            _version = version;
            _uncertain = false;
            return;
        }

        if (version < 0)
        {
            throw Fenced(connection);
        }

        _fenced = string.Create(CultureInfo.InvariantCulture,
            $"The catalog in {_place} is at version {version}, where this process left it at {_version}: it was restored from a backup, or a fail-over lost what was committed last. This process writes nothing more. Find out what PostgreSQL lost; a restart of Headroom goes on from what the catalog says now.");
        throw new StoreUnavailableException(_fenced);
    }

    /// <summary>Another process writes. This one does not any more: what it knows is not what counts.</summary>
    private StoreUnavailableException Fenced(NpgsqlConnection connection)
    {
        var holder = "";
        using (var command = new NpgsqlCommand("SELECT held_by, held_since FROM catalog_state", connection, _transaction))
        using (var reader = command.ExecuteReader())
        {
            if (reader.Read())
            {
                holder = string.Create(CultureInfo.InvariantCulture, $" ({reader.GetString(0)}, since {reader.GetDateTime(1):u})");
            }
        }

        _fenced = $"Another process has taken over the writing of the catalog in {_place}{holder}. This one writes nothing more, and nothing of its last batch was stored. Stop one of the two; restarted, this one goes on from what the catalog says now.";
        return new StoreUnavailableException(_fenced);
    }

    /// <param name="waited">A session that has waited for the lock and has it.</param>
    private NpgsqlConnection OpenSession(NpgsqlConnection? waited = null)
    {
        var connection = waited ?? _sessions.OpenConnection();
        try
        {
            if (connection.PostgreSqlVersion.Major < 14)
            {
                throw new SessionRefusedException($"The catalog needs PostgreSQL 14 or newer; {_place} is {connection.PostgreSqlVersion}.");
            }

            if (connection.PostgresParameters.GetValueOrDefault("server_encoding") is { } encoding && encoding != "UTF8")
            {
                throw new SessionRefusedException($"The database of the catalog in {_place} has encoding {encoding}. Make one with ENCODING 'UTF8'.");
            }

            // The server notices within half a minute that this machine is gone, and ends the session and with it the lock. A commit is on disk when it is answered.
            using var command = new NpgsqlCommand(
                """
                SELECT pg_backend_pid(), (SELECT backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()), pg_is_in_recovery(),
                    set_config('tcp_keepalives_idle', '10', false), set_config('tcp_keepalives_interval', '5', false), set_config('tcp_keepalives_count', '4', false),
                    set_config('idle_session_timeout', '0', false), set_config('application_name', $1, false),
                    set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false)
                """,
                connection);
            Bind(command.Parameters, [_writing.ApplicationName!]);
            using var reader = command.ExecuteReader();
            reader.Read();
            if (reader.GetBoolean(2))
            {
                throw new SessionRefusedException($"{_place} is a standby. Headroom:Postgres:ConnectionString must lead to the server that is written to.");
            }

            _opened = (reader.GetInt32(0), reader.GetDateTime(1));
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <exception cref="SessionRefusedException">Another process holds it.</exception>
    private void Lock(NpgsqlConnection connection)
    {
        if (!Ask<bool>(connection, "SELECT pg_try_advisory_lock($1)", _lockKey))
        {
            var (process, started, who) = Holder(connection, _lockKey);
            if ((process, started) == _session)
            {
                // Our own, of which the server has not noticed that its client is gone.
                Ask<bool>(connection, "SELECT pg_terminate_backend($1::int)", (long)process);
            }

            // One that has just ended may be there still for a moment.
            Execute(connection, $"SET lock_timeout = '{EndsWithin}s'");
            try
            {
                Ask<object>(connection, "SELECT pg_advisory_lock($1)", _lockKey);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
            {
                throw new SessionRefusedException(
                    $"The catalog in {_place} is written by another Headroom process: {who}. Two must not write at once. Stop that process, or let this one stand by for it with Headroom:Standby=true; where it is gone without a trace, end its session in PostgreSQL: SELECT pg_terminate_backend({process});");
            }

            Execute(connection, "SET lock_timeout = 0");
        }

        _session = _opened;
    }

    /// <summary>The session that has the lock, and the words for it; process 0 where nobody has it.</summary>
    internal static (int Process, DateTime Started, string Who) Holder(NpgsqlConnection connection, long lockKey)
    {
        using var command = new NpgsqlCommand(
            """
            SELECT l.pid, coalesce(a.backend_start, 'epoch'), coalesce(a.application_name, ''), coalesce(host(a.client_addr), 'the database''s own machine')
            FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
            WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND ((l.classid::bigint << 32) | l.objid::bigint) = $1
                AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
            """,
            connection);
        Bind(command.Parameters, [lockKey]);
        using var reader = command.ExecuteReader();
        return reader.Read()
            ? (reader.GetInt32(0), reader.GetDateTime(1), string.Create(CultureInfo.InvariantCulture,
                $"\"{reader.GetString(2)}\" from {reader.GetString(3)}, since {reader.GetDateTime(1):u}"))
            : (0, default, "one that has ended just now");
    }

    private static T Ask<T>(NpgsqlConnection connection, string sql, params ReadOnlySpan<object> values)
    {
        using var command = new NpgsqlCommand(sql, connection);
        Bind(command.Parameters, values);
        return command.ExecuteScalar() is T value ? value : default!;
    }

    private void Drop()
    {
        _transaction = null;
        _connection?.Dispose();
        _connection = null;
    }

    private StoreUnavailableException Unavailable(Exception e) =>
        new($"The catalog in {_place} cannot be written: it {_place.Explain(e)}{After}", e);
}
