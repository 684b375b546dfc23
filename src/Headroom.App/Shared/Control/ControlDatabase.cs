// Starting must be quick, and the first use of EF Core costs a process some hundred milliseconds. So start-up compares
// the newest applied migration with the newest known one by plain SQL, and EF Core is only used when they differ. A new
// database is made by what EF Core itself would send, kept as Migrations/schema.sql and schema.postgres.sql.

using System.Data.Common;
using Microsoft.Extensions.Logging;

namespace Headroom.App.Shared.Control;

/// <summary>Opens the control data and brings its schema up to date. Safe for concurrent use.</summary>
internal sealed class ControlDatabase(IControlEngine engine, ILogger<ControlDatabase> logger) : IDisposable
{
    /// <summary>The newest migration in this build; a test compares it with EF Core's own list.</summary>
    internal const string NewestMigration = "20261126230000_ProcessReadings";

    private readonly SemaphoreSlim _preparing = new(1, 1);
    private volatile bool _prepared;

    /// <summary>For callers that need more than a connection of the pool. They prepare the database first.</summary>
    public IControlEngine Engine => engine;

    /// <summary>A context over a database whose schema is up to date.</summary>
    public async ValueTask<ControlContext> OpenAsync(CancellationToken cancellationToken)
    {
        await PrepareAsync(cancellationToken);
        return engine.Context();
    }

    /// <summary>An open connection of the pool to a database whose schema is up to date; it does without EF Core.</summary>
    public async ValueTask<DbConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        await PrepareAsync(cancellationToken);
        return await engine.OpenAsync(cancellationToken);
    }

    /// <summary>Makes the database where it is missing and applies migrations where some are missing; once in a process.</summary>
    public async ValueTask PrepareAsync(CancellationToken cancellationToken)
    {
        if (_prepared)
        {
            return;
        }

        await _preparing.WaitAsync(cancellationToken);
        try
        {
            if (!_prepared)
            {
                await engine.WaitUntilThereAsync(cancellationToken);
                await PrepareOnceAsync(cancellationToken);
                _prepared = true;
            }
        }
        catch (DbException e) when (engine.IsDamaged(e))
        {
            throw new InvalidDataException($"The control data {engine.Place} is damaged ({e.Message.TrimEnd('.')}). Restore it from a backup.", e);
        }
        finally
        {
            _preparing.Release();
        }
    }

    /// <summary>Refuses what a newer version of Headroom wrote.</summary>
    /// <exception cref="InvalidOperationException">A newer version of Headroom wrote it.</exception>
    public static void RequireKnown(string? newest, string place)
    {
        if (newest is not null && string.CompareOrdinal(newest, NewestMigration) > 0)
        {
            throw new InvalidOperationException(
                $"{place} was written by a newer version of Headroom (its schema is {newest}, this version knows {NewestMigration}). Run that version, or restore a backup made before the upgrade.");
        }
    }

    public void Dispose()
    {
        engine.Dispose();
        _preparing.Dispose();
    }

    private async Task PrepareOnceAsync(CancellationToken cancellationToken)
    {
        if (await engine.NewestMigrationAsync(cancellationToken) == NewestMigration)
        {
            return;
        }

        await using var exclusive = await engine.LockSchemaAsync(cancellationToken);
        var newest = await engine.NewestMigrationAsync(cancellationToken);
        RequireKnown(newest, engine.Place);
        if (newest is null)
        {
            await engine.CreateSchemaAsync(cancellationToken);
            newest = await engine.NewestMigrationAsync(cancellationToken);
        }

        if (newest != NewestMigration)
        {
            await engine.MigrateAsync(cancellationToken);
            ControlLog.Migrated(logger, engine.Place, NewestMigration);
        }
    }
}
