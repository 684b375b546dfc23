// A PostgreSQL database, or Aurora: any number of processes read and write, each transaction that writes holds one lock of all
// (PostgresWriters.cs), another one is held while the schema changes. What SQLite's data_version tells is in control_change, a row that
// triggers count up (Migrations/postgres.changes.sql).

using System.Data;
using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Headroom.App.Shared.Control.Postgres;

/// <summary>The control data in PostgreSQL.</summary>
internal sealed class PostgresControl : IControlEngine
{
    private const long SchemaLock = PostgresWriters.WriteLock + 1;
    private const int SchemaLockSeconds = 60;

    /// <summary>A look at the version that takes longer is of no use.</summary>
    private const int VersionSeconds = 5;

    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(500);
    private readonly PostgresPool _pool;
    private readonly TimeSpan _startWait;
    private readonly TimeProvider _time;
    private readonly ILogger<ControlDatabase> _logger;
    private readonly PostgresWriters _writers;

    public PostgresControl(PostgresOptions options, TimeProvider time, ILogger<ControlDatabase> logger)
    {
        _pool = new PostgresPool(options);
        _startWait = TimeSpan.FromSeconds(options.StartWaitSeconds);
        _time = time;
        _logger = logger;
        _writers = new PostgresWriters(_pool);
    }

    public string Place => _pool.Place;

    public ControlContext Context() => new(new DbContextOptionsBuilder<ControlContext>()
        .UseNpgsql(_pool.Create(), contextOwnsConnection: true, npgsql => npgsql.ExecutionStrategy(dependencies => new PostgresRetries(dependencies, _pool)))
        .AddInterceptors(_pool, _writers).Options);

    public async ValueTask<DbConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var retry = new PostgresRetry(_pool);
        while (true)
        {
            try
            {
                return await AnsweringAsync(cancellationToken);
            }
            catch (Exception e) when (retry.Next(e, mayRepeat: true) is { } wait)
            {
                await Task.Delay(wait, cancellationToken);
            }
        }
    }

    public DbConnection Open()
    {
        var retry = new PostgresRetry(_pool);
        while (true)
        {
            try
            {
                return Answering();
            }
            catch (Exception e) when (retry.Next(e, mayRepeat: true) is not null)
            {
                // Without a wait: the next one is not of those that lay in the pool.
            }
        }
    }

    /// <summary>Who keeps one asks again by itself, so no more is tried than a connection that did not lie in the pool.</summary>
    public async ValueTask<DbConnection> OpenApartAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await AnsweringAsync(cancellationToken);
        }
        catch (Exception e) when (PostgresErrors.IsLost(e))
        {
            _pool.Forget();
            return await AnsweringAsync(cancellationToken);
        }
    }

    public DbConnection OpenApart() => Open();

    public async ValueTask<long> VersionAsync(DbConnection apart, CancellationToken cancellationToken)
    {
        await using var command = apart.CreateCommand();
        command.CommandText = "SELECT version FROM control_change";
        command.CommandTimeout = VersionSeconds;
        return await command.ExecuteScalarAsync(cancellationToken) as long? ?? throw new NpgsqlException($"{Place} has lost the row of control_change.");
    }

    public ValueTask<DbTransaction> BeginReadAsync(DbConnection connection, CancellationToken cancellationToken) =>
        connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);

    public async Task WaitUntilThereAsync(CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await using var connection = await AnsweringAsync(cancellationToken);
                if (attempt > 0)
                {
                    ControlLog.ServerThere(_logger, Place);
                }

                return;
            }
            catch (Exception e) when (PostgresErrors.IsAway(e) && _time.GetElapsedTime(started) < _startWait)
            {
                if (attempt == 0)
                {
                    ControlLog.WaitingForServer(_logger, Place, _pool.Redacted(e.Message), (int)_startWait.TotalSeconds);
                }

                await Task.Delay(BetweenTries, _time, cancellationToken);
            }
            catch (Exception e) when (e is DbException or TimeoutException or System.Net.Sockets.SocketException)
            {
                throw new InvalidOperationException($"{Place} cannot be used: {_pool.Redacted(e.Message)}", e);
            }
        }
    }

    public async Task<string?> NewestMigrationAsync(CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        if (await ScalarAsync(connection, """SELECT to_regclass('"__EFMigrationsHistory"') IS NOT NULL""", cancellationToken) is not true)
        {
            return null;
        }

        var newest = await ScalarAsync(connection, """SELECT max("MigrationId") FROM "__EFMigrationsHistory" """, cancellationToken) as string;
        var whole = await ScalarAsync(connection, "SELECT to_regclass('control_change') IS NOT NULL", cancellationToken) is true
            ? await ScalarAsync(connection, "SELECT migration FROM control_change", cancellationToken) as string
            : null;

        // A newer version's is told as it is; of our own what was cut short is to be done again, which does no harm.
        return newest is null || newest == whole || string.CompareOrdinal(newest, ControlDatabase.NewestMigration) > 0 ? newest : "";
    }

    public async Task<IAsyncDisposable> LockSchemaAsync(CancellationToken cancellationToken)
    {
        var session = _pool.CreateApart();
        try
        {
            await session.OpenAsync(cancellationToken);
            await using var command = session.CreateCommand();
            command.CommandText = $"SET lock_timeout = '{SchemaLockSeconds}s'; SELECT pg_advisory_lock({SchemaLock})";
            command.CommandTimeout = SchemaLockSeconds + 5;
            await command.ExecuteNonQueryAsync(cancellationToken);
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    public async Task CreateSchemaAsync(CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = ControlCommands.Script("schema.postgres.sql");
        await command.ExecuteNonQueryAsync(cancellationToken);
        await CountChangesAsync(connection, cancellationToken);
    }

    public async Task MigrateAsync(CancellationToken cancellationToken)
    {
        await using (var context = new ControlContext(new DbContextOptionsBuilder<ControlContext>().UseNpgsql(_pool.Create(), contextOwnsConnection: true).Options))
        {
            await context.Database.MigrateAsync(cancellationToken);
        }

        await using var connection = await OpenAsync(cancellationToken);
        await CountChangesAsync(connection, cancellationToken);
    }

    public void BeginErasing(DbConnection apart)
    {
        // Rows that are deleted are unreadable for everybody; EndErasing sees to the disk.
    }

    /// <summary>Writes the few rows that are left to a new file and removes the old one. The server's own log and its copies keep what they have.</summary>
    public void EndErasing(DbConnection apart)
    {
        using var command = apart.CreateCommand();
        command.CommandText = "SET lock_timeout = '5s'";
        command.ExecuteNonQuery();
        command.CommandText = "VACUUM FULL visitor_salt";
        command.ExecuteNonQuery();
    }

    public bool IsAway(Exception exception) => PostgresErrors.IsAway(exception);

    public bool IsUnstorable(Exception exception) => exception is PostgresException { SqlState: PostgresErrors.CharacterNotInRepertoire };

    public string Redacted(string text) => _pool.Redacted(text);

    public bool IsDamaged(DbException exception) => exception is PostgresException { SqlState: ['X', 'X', ..] };

    public void Dispose() => _pool.Dispose();

    private static async Task CountChangesAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = ControlCommands.Script("postgres.changes.sql");
        command.Set("@migration", ControlDatabase.NewestMigration);
        await command.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private static async Task<object?> ScalarAsync(DbConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteScalarAsync(cancellationToken);
    }

    private async Task<NpgsqlConnection> AnsweringAsync(CancellationToken cancellationToken)
    {
        var connection = await _pool.OpenAsync(cancellationToken);
        try
        {
            await ScalarAsync(connection, "SELECT 1", cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private NpgsqlConnection Answering()
    {
        var connection = _pool.Open();
        try
        {
            using var command = connection.CreateCommand();
            command.CommandText = "SELECT 1";
            command.ExecuteScalar();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
