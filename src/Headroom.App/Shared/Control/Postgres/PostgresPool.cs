using System.Data;
using System.Data.Common;
using System.Diagnostics;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;

namespace Headroom.App.Shared.Control.Postgres;

/// <summary>The connections of this process to PostgreSQL, counted, and how long is waited for them; EF Core tells of its own through the interceptor.</summary>
internal sealed class PostgresPool : DbConnectionInterceptor, IDisposable
{
    private readonly NpgsqlConnectionStringBuilder _settings;
    private readonly NpgsqlDataSource _source;

    public PostgresPool(PostgresOptions options)
    {
        _settings = new NpgsqlConnectionStringBuilder(options.ConnectionString)
        {
            MaxPoolSize = options.MaxPoolSize,
            MinPoolSize = 0,
            Timeout = options.ConnectTimeoutSeconds,
            CommandTimeout = options.CommandTimeoutSeconds,
            TcpKeepAlive = true,
            PersistSecurityInfo = false,
        };
        _settings.ApplicationName ??= "headroom";
        _source = NpgsqlDataSource.Create(_settings);
    }

    public string Place => $"PostgreSQL at {_settings.Host}:{_settings.Port}, database {_settings.Database}";

    /// <summary>The text without the password, whoever put it in.</summary>
    public string Redacted(string text) => string.IsNullOrEmpty(_settings.Password) ? text : text.Replace(_settings.Password, "…", StringComparison.Ordinal);

    /// <summary>One that EF Core opens; it is counted as the others are.</summary>
    public NpgsqlConnection Create()
    {
        var connection = _source.CreateConnection();
        connection.StateChange += static (_, change) =>
        {
            if (change.CurrentState == ConnectionState.Open)
            {
                PostgresMetrics.InUse.Add(1);
            }
            else if (change.OriginalState == ConnectionState.Open)
            {
                PostgresMetrics.InUse.Add(-1);
            }
        };
        return connection;
    }

    /// <summary>An open connection that has lain in the pool may lead to nowhere.</summary>
    public async ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var connection = Create();
        var started = Began();
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
        finally
        {
            Ended(started);
        }
    }

    /// <inheritdoc cref="OpenAsync"/>
    public NpgsqlConnection Open()
    {
        var connection = Create();
        var started = Began();
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
        finally
        {
            Ended(started);
        }
    }

    /// <summary>A session of its own, which ends with the connection and all that it holds.</summary>
    public NpgsqlConnection CreateApart() => new(new NpgsqlConnectionStringBuilder(_settings.ConnectionString) { Pooling = false }.ConnectionString);

    /// <summary>Closes what lies in the pool: after one connection has lost its server the others have too.</summary>
    public void Forget() => _source.Clear();

    public void Dispose() => _source.Dispose();

    public override InterceptionResult ConnectionOpening(DbConnection connection, ConnectionEventData eventData, InterceptionResult result)
    {
        PostgresMetrics.Waiting.Add(1);
        return result;
    }

    public override ValueTask<InterceptionResult> ConnectionOpeningAsync(
        DbConnection connection, ConnectionEventData eventData, InterceptionResult result, CancellationToken cancellationToken = default)
    {
        PostgresMetrics.Waiting.Add(1);
        return new ValueTask<InterceptionResult>(result);
    }

    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData) => Ended(eventData);

    public override Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        Ended(eventData);
        return Task.CompletedTask;
    }

    public override void ConnectionFailed(DbConnection connection, ConnectionErrorEventData eventData) => Ended(eventData);

    public override Task ConnectionFailedAsync(DbConnection connection, ConnectionErrorEventData eventData, CancellationToken cancellationToken = default)
    {
        Ended(eventData);
        return Task.CompletedTask;
    }

    public override void ConnectionCanceled(DbConnection connection, ConnectionEndEventData eventData) => Ended(eventData);

    public override Task ConnectionCanceledAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        Ended(eventData);
        return Task.CompletedTask;
    }

    private static long Began()
    {
        PostgresMetrics.Waiting.Add(1);
        return Stopwatch.GetTimestamp();
    }

    private static void Ended(long began)
    {
        PostgresMetrics.Waiting.Add(-1);
        PostgresMetrics.Waited(Stopwatch.GetElapsedTime(began));
    }

    private static void Ended(ConnectionEndEventData ended)
    {
        PostgresMetrics.Waiting.Add(-1);
        PostgresMetrics.Waited(ended.Duration);
    }
}
