using Microsoft.Data.Sqlite;

namespace Headroom.Store.Backups;

/// <summary>
/// An SQLite file as it is at one moment, whoever goes on writing it. In WAL mode, which all files of Headroom have, a reader keeps
/// nobody from writing; the write-ahead log only grows for as long as the moment is held.
/// </summary>
public sealed class SqliteSnapshot : IDisposable
{
    private const int BusySeconds = 10;
    private readonly string _path;

    private SqliteSnapshot(string path, SqliteConnection connection) => (_path, Connection) = (path, connection);

    internal SqliteConnection Connection { get; }

    public static SqliteSnapshot Open(string path)
    {
        var connection = Connect(path);
        try
        {
            connection.Open();
            return new SqliteSnapshot(path, connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>The moment is now: everything read or copied from here on is of it.</summary>
    public void Pin()
    {
        // A transaction sees nothing before its first statement.
        Run(Connection, "BEGIN");
        Run(Connection, "SELECT count(*) FROM sqlite_master");
    }

    /// <summary>Copies the file as of the moment, checks the copy, and lets the moment go. The target is an empty file.</summary>
    /// <exception cref="InvalidDataException">The copy is not a sound database: the source is damaged.</exception>
    public void CopyTo(string target)
    {
        using var copy = Connect(target);
        copy.Open();
        Connection.BackupDatabase(copy);
        Run(Connection, "ROLLBACK");
        using var check = copy.CreateCommand();
        check.CommandText = "PRAGMA quick_check(1)";
        if (check.ExecuteScalar() is not "ok" and var found)
        {
            throw new InvalidDataException($"{_path} is damaged: {found}. Restore it from an earlier backup.");
        }

        // One file, with nothing beside it.
        Run(copy, "PRAGMA wal_checkpoint(TRUNCATE)");
    }

    public void Dispose() => Connection.Dispose();

    private static SqliteConnection Connect(string path) => new(new SqliteConnectionStringBuilder
    {
        DataSource = path,
        Mode = SqliteOpenMode.ReadWrite,
        Pooling = false,
        DefaultTimeout = BusySeconds,
    }.ToString());

    private static void Run(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteScalar();
    }
}
