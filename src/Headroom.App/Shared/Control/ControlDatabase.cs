// {DataDirectory}/control.db, SQLite in WAL mode: any number of processes read, one writes at a time, and a writer that
// finds it busy waits. control.lock beside it is held, as a lock of the operating system, while the schema changes.
//
// Starting must be quick, and the first use of EF Core costs a process some hundred milliseconds. So start-up compares
// the newest applied migration with the newest known one by plain SQL, and EF Core is only used when they differ. A new
// database is made by what EF Core itself would send, kept as Migrations/schema.sql.

using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Headroom.App.Shared.Control;

/// <summary>Opens the control data and brings its schema up to date. Safe for concurrent use.</summary>
internal sealed class ControlDatabase : IDisposable
{
    /// <summary>The newest migration in this build; a test compares it with EF Core's own list.</summary>
    internal const string NewestMigration = "20261126004500_ExpiringLinks";

    private const string SchemaResource = "Headroom.App.Shared.Control.Migrations.schema.sql";

    // EF Core's own lock is a row that a killed process leaves behind for ever. Ours is held by the operating system, so
    // whatever row is there when the schema changes is such a leftover.
    private const string BeforeSchema = """
        PRAGMA journal_mode = WAL;
        DROP TABLE IF EXISTS "__EFMigrationsLock";

        """;

    private const int BusySeconds = 10;
    private const int Corrupt = 11;
    private const int NotADatabase = 26;
    private readonly string _directory;
    private readonly string _path;
    private readonly ILogger<ControlDatabase> _logger;
    private readonly SemaphoreSlim _preparing = new(1, 1);
    private volatile bool _prepared;

    public ControlDatabase(IOptions<ControlOptions> options, ILogger<ControlDatabase> logger)
    {
        _directory = Path.GetFullPath(options.Value.DataDirectory);
        _path = Path.Combine(_directory, ControlFile.Name);
        _logger = logger;
        ConnectionString = new SqliteConnectionStringBuilder
        {
            DataSource = _path,
            Mode = SqliteOpenMode.ReadWrite,
            DefaultTimeout = BusySeconds,
            ForeignKeys = true,
        }.ToString();
    }

    public string ConnectionString { get; }

    /// <summary>A context over a database whose schema is up to date.</summary>
    public async ValueTask<ControlContext> OpenAsync(CancellationToken cancellationToken)
    {
        await PrepareAsync(cancellationToken);
        return Context();
    }

    /// <summary>An open connection of its own, outside the pool, for callers that keep it.</summary>
    public SqliteConnection Connect()
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder(ConnectionString) { Pooling = false }.ToString());
        connection.Open();
        return connection;
    }

    /// <summary>Makes the file where it is missing and applies migrations where some are missing; once in a process.</summary>
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
                await PrepareOnceAsync(cancellationToken);
                _prepared = true;
            }
        }
        catch (SqliteException e) when (e.SqliteErrorCode is Corrupt or NotADatabase)
        {
            throw new InvalidDataException($"The control data {_path} is damaged ({e.Message.TrimEnd('.')}). Restore this file from a backup.", e);
        }
        finally
        {
            _preparing.Release();
        }
    }

    /// <summary>The newest migration of a file; null where it has no schema yet.</summary>
    /// <exception cref="InvalidOperationException">A newer version of Headroom wrote it.</exception>
    public static async Task<string?> RequireKnownAsync(string path, CancellationToken cancellationToken)
    {
        var newest = await NewestAppliedAsync(
            new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadWrite, DefaultTimeout = BusySeconds, Pooling = false }.ToString(), cancellationToken);
        RequireKnown(newest, path);
        return newest;
    }

    public void Dispose() => _preparing.Dispose();

    private async Task PrepareOnceAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(_directory);
        if (File.Exists(_path) && await NewestAppliedAsync(cancellationToken) == NewestMigration)
        {
            return;
        }

        await using var exclusive = await LockAsync(cancellationToken);
        if (!File.Exists(_path))
        {
            var rights = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                // It holds password hashes. SQLite gives the files beside it the same rights.
                rights.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            await using var created = new FileStream(_path, rights);
        }

        var newest = await NewestAppliedAsync(cancellationToken);
        RequireKnown(newest, _path);
        if (newest is null)
        {
            await CreateAsync(cancellationToken);
            newest = await NewestAppliedAsync(cancellationToken);
        }

        if (newest != NewestMigration)
        {
            await MigrateAsync(cancellationToken);
            ControlLog.Migrated(_logger, _path, NewestMigration);
        }
    }

    private static void RequireKnown(string? newest, string path)
    {
        if (newest is not null && string.CompareOrdinal(newest, NewestMigration) > 0)
        {
            throw new InvalidOperationException(
                $"{path} was written by a newer version of Headroom (its schema is {newest}, this version knows {NewestMigration}). Run that version, or restore a backup made before the upgrade.");
        }
    }

    private Task<string?> NewestAppliedAsync(CancellationToken cancellationToken) => NewestAppliedAsync(ConnectionString, cancellationToken);

    private static async Task<string?> NewestAppliedAsync(string connectionString, CancellationToken cancellationToken)
    {
        await using var connection = new SqliteConnection(connectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = """SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = '__EFMigrationsHistory'""";
        if (await command.ExecuteScalarAsync(cancellationToken) is 0L)
        {
            return null;
        }

        command.CommandText = """SELECT max("MigrationId") FROM "__EFMigrationsHistory" """;
        return await command.ExecuteScalarAsync(cancellationToken) as string;
    }

    private async Task CreateAsync(CancellationToken cancellationToken)
    {
        await using var resource = typeof(ControlDatabase).Assembly.GetManifestResourceStream(SchemaResource)!;
        using var schema = new StreamReader(resource);
        await using var connection = new SqliteConnection(ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = BeforeSchema + await schema.ReadToEndAsync(cancellationToken);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task MigrateAsync(CancellationToken cancellationToken)
    {
        await using var context = Context();
        await context.Database.ExecuteSqlRawAsync(BeforeSchema, cancellationToken);
        await context.Database.MigrateAsync(cancellationToken);
    }

    private ControlContext Context() => new(new DbContextOptionsBuilder<ControlContext>().UseSqlite(ConnectionString).Options);

    private async Task<FileStream> LockAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return new FileStream(Path.Combine(_directory, "control.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (attempt < BusySeconds * 20)
            {
                // Another process is at it; there is no signal to wait on between processes.
                await Task.Delay(50, cancellationToken);
            }
        }
    }
}
