using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Headroom.Store.Postgres;

/// <summary>
/// The turn to write the catalog, which a process that stands by has waited for: a session with the lock, which the store goes on in. It waits for the
/// lock of the one that writes, so that it comes to know in the moment in which that one's session ends. Until then it changes nothing, and makes nothing
/// that is not there.
/// </summary>
public sealed class CatalogTurn : IDisposable
{
    /// <summary>In seconds, how often who writes is asked for again.</summary>
    private const int AskEvery = 10;

    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(1);
    private readonly NpgsqlDataSource _source;
    private NpgsqlConnection? _session;

    private CatalogTurn(NpgsqlDataSource source) => _source = source;

    /// <summary>Waits until no process writes.</summary>
    /// <param name="waits">Told again and again why it waits: who writes, or why that is not known.</param>
    /// <exception cref="OptionsValidationException">The section Headroom:Postgres is wrong.</exception>
    public static Task<CatalogTurn> WaitAsync(IConfiguration configuration, Action<string> waits, CancellationToken cancellationToken)
    {
        var options = configuration.GetSection(PostgresCatalogOptions.Section).Get<PostgresCatalogOptions>() ?? new PostgresCatalogOptions();
        var valid = new PostgresCatalogOptionsValidator().Validate(null, options);
        return valid.Failed
            ? throw new OptionsValidationException(PostgresCatalogOptions.Section, typeof(PostgresCatalogOptions), valid.Failures)
            : WaitAsync(options, waits, cancellationToken);
    }

    internal static async Task<CatalogTurn> WaitAsync(PostgresCatalogOptions options, Action<string> waits, CancellationToken cancellationToken)
    {
        var settings = PostgresCatalog.Settings(options.ConnectionString, options.CatalogSchema, "standby", ("Timeout", "5"), ("Command Timeout", "30"));
        settings.Pooling = false;
        var place = new PostgresPlace(settings, options.CatalogSchema);
        var turn = new CatalogTurn(PostgresCatalog.Source(settings));
        try
        {
            while (true)
            {
                try
                {
                    await turn.LockAsync(PostgresCatalog.LockKey(options.CatalogSchema), place, waits, cancellationToken).ConfigureAwait(false);
                    return turn;
                }
                catch (Exception e) when (PostgresPlace.Failed(e) && !cancellationToken.IsCancellationRequested)
                {
                    turn.Take()?.Dispose();
                    waits($"Who writes the catalog in {place} is not known: it {place.Explain(e)}");
                    await Task.Delay(s_retry, cancellationToken).ConfigureAwait(false);
                }
            }
        }
        catch
        {
            turn.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Take()?.Dispose();
        _source.Dispose();
    }

    /// <summary>The session, whose the caller's it is from then on; null where somebody has taken it.</summary>
    internal NpgsqlConnection? Take() => Interlocked.Exchange(ref _session, null);

    private async Task LockAsync(long key, PostgresPlace place, Action<string> waits, CancellationToken cancellationToken)
    {
        _session = await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);

        // A server that is gone without a trace is noticed, and so is this process by it.
        await ExecuteAsync(_session, $"SET lock_timeout = '{AskEvery}s'; SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 4", cancellationToken).ConfigureAwait(false);
        while (true)
        {
            if (PostgresCatalog.Holder(_session, key) is { Process: > 0 } holder)
            {
                waits($"The catalog in {place} is written by {holder.Who}.");
            }

            try
            {
                await ExecuteAsync(_session, "SELECT pg_advisory_lock($1)", cancellationToken, key).ConfigureAwait(false);
                break;
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
            {
                // Somebody writes still.
            }
        }

        await ExecuteAsync(_session, "SET lock_timeout = 0", cancellationToken).ConfigureAwait(false);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params object[] values)
    {
        var command = new NpgsqlCommand(sql, connection);
        await using (command.ConfigureAwait(false))
        {
            foreach (var value in values)
            {
                command.Parameters.Add(new NpgsqlParameter { Value = value });
            }

            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
