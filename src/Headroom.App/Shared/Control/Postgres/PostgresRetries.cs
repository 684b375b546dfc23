using Microsoft.EntityFrameworkCore.Storage;

namespace Headroom.App.Shared.Control.Postgres;

/// <summary>
/// Tries statements of EF Core again: where the server did nothing, and reads also where the connection was lost. A statement
/// inside of a transaction is not: what came before it is gone with the transaction, and its caller is told.
/// </summary>
internal sealed class PostgresRetries(ExecutionStrategyDependencies dependencies, PostgresPool pool)
    : ExecutionStrategy(dependencies, PostgresRetry.Most, TimeSpan.FromSeconds(2))
{
    private PostgresRetry _retry = new(pool);
    private TimeSpan? _wait;

    // The base refuses transactions of the caller, because it would repeat a part of them; this one does not.
    protected override void OnFirstExecution()
    {
        ExceptionsEncountered.Clear();
        _retry = new PostgresRetry(pool);
    }

    protected override bool ShouldRetryOn(Exception exception)
    {
        var context = Dependencies.CurrentContext.Context;
        _wait = context.Database.CurrentTransaction is null ? _retry.Next(exception, mayRepeat: !context.ChangeTracker.HasChanges()) : null;
        return _wait is not null;
    }

    protected override TimeSpan? GetNextDelay(Exception lastException) => _wait;
}
