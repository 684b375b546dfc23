// {DataDirectory}/control.db, SQLite in WAL mode: any number of processes read, one writes at a time, and a writer that
// finds it busy waits. control.lock beside it is held, as a lock of the operating system, while the schema changes.

using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Headroom.App.Shared.Control;

/// <summary>The control data as a file.</summary>
internal sealed class SqliteControl : IControlEngine
{
    // EF Core's own lock is a row that a killed process leaves behind for ever. Ours is held by the operating system, so
    // whatever row is there when the schema changes is such a leftover.
    private const string BeforeSchema = """
        PRAGMA journal_mode = WAL;
        DROP TABLE IF EXISTS "__EFMigrationsLock";

        """;

    private const int BusySeconds = 10;
    private const int Busy = 5;
    private const int Locked = 6;
    private const int InputOutput = 10;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int CannotOpen = 14;
    private const int NotADatabase = 26;
    private readonly string _directory;
    private readonly string _path;
    private readonly string _connectionString;
    private readonly string _apart;

    public SqliteControl(string dataDirectory)
    {
        _directory = Path.GetFullPath(dataDirectory);
        _path = Path.Combine(_directory, ControlFile.Name);
        var settings = new SqliteConnectionStringBuilder { DataSource = _path, Mode = SqliteOpenMode.ReadWrite, DefaultTimeout = BusySeconds, ForeignKeys = true };
        _connectionString = settings.ToString();
        settings.Pooling = false;
        _apart = settings.ToString();
    }

    public string Place => _path;

    public ControlContext Context() => new(new DbContextOptionsBuilder<ControlContext>().UseSqlite(_connectionString).Options);

    public async ValueTask<DbConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var connection = new SqliteConnection(_connectionString);
        await connection.OpenAsync(cancellationToken);
        return connection;
    }

    public DbConnection Open()
    {
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        return connection;
    }

    public async ValueTask<DbConnection> OpenApartAsync(CancellationToken cancellationToken)
    {
        var connection = new SqliteConnection(_apart);
        await connection.OpenAsync(cancellationToken);
        return connection;
    }

    public DbConnection OpenApart()
    {
        var connection = new SqliteConnection(_apart);
        connection.Open();
        return connection;
    }

    /// <summary>SQLite's data_version: whether any other connection of any process has committed, which it tells within microseconds.</summary>
    public async ValueTask<long> VersionAsync(DbConnection apart, CancellationToken cancellationToken)
    {
        await using var command = apart.CreateCommand();
        command.CommandText = "PRAGMA data_version";
        return Convert.ToInt64(await command.ExecuteScalarAsync(cancellationToken), CultureInfo.InvariantCulture);
    }

    public ValueTask<DbTransaction> BeginReadAsync(DbConnection connection, CancellationToken cancellationToken) => new(BeginRead((SqliteConnection)connection));

    public Task WaitUntilThereAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<string?> NewestMigrationAsync(CancellationToken cancellationToken) =>
        File.Exists(_path) ? NewestMigrationAsync(_connectionString, cancellationToken) : Task.FromResult<string?>(null);

    /// <summary>The newest migration of a file; null where it has no schema yet.</summary>
    public static Task<string?> NewestMigrationOfAsync(string path, CancellationToken cancellationToken) => NewestMigrationAsync(
        new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadWrite, DefaultTimeout = BusySeconds, Pooling = false }.ToString(), cancellationToken);

    public async Task<IAsyncDisposable> LockSchemaAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(_directory);
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

    public async Task CreateSchemaAsync(CancellationToken cancellationToken)
    {
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

        await using var connection = await OpenAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = BeforeSchema + ControlCommands.Script("schema.sql");
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public async Task MigrateAsync(CancellationToken cancellationToken)
    {
        await using var context = Context();
        await context.Database.ExecuteSqlRawAsync(BeforeSchema, cancellationToken);
        await context.Database.MigrateAsync(cancellationToken);
    }

    public void BeginErasing(DbConnection apart) => Execute(apart, "PRAGMA secure_delete = ON");

    /// <summary>The write-ahead log may still have pages with what was deleted. Where somebody reads just now it is emptied another time.</summary>
    public void EndErasing(DbConnection apart) => Execute(apart, "PRAGMA wal_checkpoint(TRUNCATE)");

    public bool IsAway(Exception exception) => exception is SqliteException { SqliteErrorCode: Busy or Locked or InputOutput or Full or CannotOpen };

    public bool IsUnstorable(Exception exception) => false;

    public string Redacted(string text) => text;

    public bool IsDamaged(DbException exception) => exception is SqliteException { SqliteErrorCode: Corrupt or NotADatabase };

    public void Dispose()
    {
        // Connections are their users'.
    }

    private static async Task<string?> NewestMigrationAsync(string connectionString, CancellationToken cancellationToken)
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

    private static SqliteTransaction BeginRead(SqliteConnection connection) => connection.BeginTransaction(deferred: true);

    private static void Execute(DbConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
