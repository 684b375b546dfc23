using System.Data;
using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Headroom.App.Shared.Control.Postgres;

/// <summary>
/// A transaction of EF Core begins with a lock that one transaction of all processes has at a time, as SQLite's begin. So what
/// it checks before it writes ("no user exists yet", "another owner is left") still holds when it writes, without serialisable
/// transactions and the retries that each of them would need. The control data changes by hand: writers hardly ever meet.
/// </summary>
internal sealed class PostgresWriters(PostgresPool pool) : DbTransactionInterceptor
{
    /// <summary>A number of our own among the server's advisory locks.</summary>
    public const long WriteLock = 0x48_45_41_44_52_4f_4f_4d;

    // A process that is cut off in the middle must not keep all others from writing until TCP gives up.
    private static readonly string Begin = $"""
        SET LOCAL lock_timeout = '10s';
        SET LOCAL idle_in_transaction_session_timeout = '30s';
        SELECT pg_advisory_xact_lock({WriteLock});
        """;

    public override InterceptionResult<DbTransaction> TransactionStarting(
        DbConnection connection, TransactionStartingEventData eventData, InterceptionResult<DbTransaction> result) =>
        throw new NotSupportedException("Transactions on PostgreSQL begin asynchronously.");

    public override async ValueTask<InterceptionResult<DbTransaction>> TransactionStartingAsync(
        DbConnection connection, TransactionStartingEventData eventData, InterceptionResult<DbTransaction> result, CancellationToken cancellationToken = default)
    {
        var retry = new PostgresRetry(pool);
        while (true)
        {
            try
            {
                return InterceptionResult<DbTransaction>.SuppressWithResult(await BeginAsync(connection, eventData.IsolationLevel, cancellationToken));
            }
            catch (Exception e) when (retry.Next(e, mayRepeat: true) is { } wait)
            {
                // Nothing was asked on this connection yet, which may have lain in the pool while the server went away.
                await connection.CloseAsync();
                await Task.Delay(wait, cancellationToken);
            }

            if (connection.State != ConnectionState.Open)
            {
                await OpenAsync(connection, retry, cancellationToken);
            }
        }
    }

    private static async Task OpenAsync(DbConnection connection, PostgresRetry retry, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await connection.OpenAsync(cancellationToken);
                return;
            }
            catch (Exception e) when (retry.Next(e, mayRepeat: true) is { } wait)
            {
                await Task.Delay(wait, cancellationToken);
            }
        }
    }

    private static async Task<DbTransaction> BeginAsync(DbConnection connection, IsolationLevel level, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(level, cancellationToken);
        try
        {
            await using var command = connection.CreateCommand();
            command.Transaction = transaction;
            command.CommandText = Begin;
            await command.ExecuteNonQueryAsync(cancellationToken);
            return transaction;
        }
        catch
        {
            await transaction.DisposeAsync();
            throw;
        }
    }
}
