using System.Data.Common;
using System.Globalization;
using Headroom.Core;
using Microsoft.Data.Sqlite;

namespace Headroom.Store;

/// <summary>
/// The catalog as a file of the data directory. PRAGMA user_version is its format. synchronous=FULL: with WAL and NORMAL a
/// power loss may take the last commits back, and the log may have been trimmed behind them.
/// </summary>
internal sealed class SqliteCatalog : Catalog
{
    private const int Corrupt = 11;
    private const int NotADatabase = 26;
    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, SqliteCommand> _statements = [];
    private readonly IdentityStatements _identities;

    private SqliteCatalog(SqliteConnection connection) => (_connection, _identities) = (connection, new IdentityStatements(connection));

    public static SqliteCatalog Open(string path)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = SqliteOpenMode.ReadWriteCreate,
            Pooling = false,
            // How long a lock of another program is waited for, in seconds: readiness tells of it after that.
            DefaultTimeout = 5,
        }.ToString());
        var catalog = new SqliteCatalog(connection);
        try
        {
            connection.Open();
            catalog.Prepare(path);
            return catalog;
        }
        catch (SqliteException e) when (e.SqliteErrorCode is Corrupt or NotADatabase)
        {
            catalog.Dispose();
            throw Damaged(path, e);
        }
        catch
        {
            catalog.Dispose();
            throw;
        }
    }

    /// <summary>Made at the first call.</summary>
    public override long Identity()
    {
        Run("INSERT INTO meta VALUES ('identity', $1) ON CONFLICT (key) DO NOTHING", Random.Shared.NextInt64(1, long.MaxValue));
        long identity = 0;
        Read("SELECT value FROM meta WHERE key = 'identity'", row => identity = row.GetInt64(0));
        return identity;
    }

    public override StoreState Load(StoreFiles files, string log)
    {
        try
        {
            return LoadAll(files, log);
        }
        catch (SqliteException e) when (e.SqliteErrorCode is Corrupt or NotADatabase)
        {
            throw Damaged(files.Catalog, e);
        }
    }

    public override void Begin() => Run("BEGIN IMMEDIATE");

    public override void Commit() => Run("COMMIT");

    public override void Rollback()
    {
        try
        {
            Run("ROLLBACK");
        }
        catch (SqliteException)
        {
            // SQLite has rolled back by itself where the failure was grave; what made us roll back is what is reported.
        }
    }

    public override void SetIdentity(ProjectId project, string distinctId, long key) => _identities.Set(project, distinctId, key);

    public override long? PersonKey(ProjectId project, string distinctId) => _identities.Find(project, distinctId);

    public override Dictionary<string, long> PersonKeys(ProjectId project, IReadOnlyCollection<string> distinctIds)
    {
        var result = new Dictionary<string, long>(StringComparer.Ordinal);

        // One by one they would lock the file each time, and look whether it has changed.
        Run("BEGIN");
        try
        {
            foreach (var distinctId in distinctIds)
            {
                if (_identities.Find(project, distinctId) is { } key)
                {
                    result[distinctId] = key;
                }
            }
        }
        finally
        {
            Rollback();
        }

        return result;
    }

    /// <summary>
    /// Whether pages that become free are overwritten too, which costs more writing than changes of every day are worth. What is
    /// deleted or replaced within a page always is, for that page is written anyway.
    /// </summary>
    public override void OverwriteDeleted(bool on) => Run(on ? "PRAGMA secure_delete = ON" : "PRAGMA secure_delete = FAST");

    /// <summary>Moves everything from the write-ahead log to the file and cuts the log to nothing.</summary>
    public override void EmptyWriteAhead() => Run("PRAGMA wal_checkpoint(TRUNCATE)");

    public override void Dispose()
    {
        foreach (var statement in _statements.Values)
        {
            statement.Dispose();
        }

        _statements.Clear();
        _identities.Dispose();
        _connection.Dispose();
    }

    protected override object Name(string text) => text;

    protected override string NameOf(DbDataReader row, int column) => row.GetString(column);

    protected override void Run(string sql, params ReadOnlySpan<object> values) => Bind(sql, values).ExecuteNonQuery();

    protected override void Read(string sql, Action<DbDataReader> row, params ReadOnlySpan<object> values)
    {
        using var reader = Bind(sql, values).ExecuteReader();
        while (reader.Read())
        {
            row(reader);
        }
    }

    private void Prepare(string path)
    {
        Run("PRAGMA journal_mode = WAL");
        Run("PRAGMA synchronous = FULL");
        Run("PRAGMA journal_size_limit = 67108864");
        OverwriteDeleted(false);

        // Distinct ids of a batch fall anywhere in their table: in KiB, what keeps pages from being written and read again within it.
        Run("PRAGMA cache_size = -16384");
        long format = 0;
        Read("PRAGMA user_version", row => format = row.GetInt64(0));
        RequireKnown(format, path);
        if (format < Format)
        {
            Begin();
            using (var raise = _connection.CreateCommand())
            {
                raise.CommandText = string.Concat(Steps[(int)format..]).Replace(" NAME ", " TEXT ", StringComparison.Ordinal)
                    + string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {Format};");
                raise.ExecuteNonQuery();
            }

            Commit();
        }
    }

    private static InvalidDataException Damaged(string path, SqliteException cause) => new(
        $"The catalog {path} is damaged ({cause.Message.TrimEnd('.')}). Restore the data directory from a backup and put the event log as it is now in the place of the backup's; what came since the backup is stored from it.", cause);

    private SqliteCommand Bind(string sql, ReadOnlySpan<object> values)
    {
        if (!_statements.TryGetValue(sql, out var command))
        {
            command = _connection.CreateCommand();
            command.CommandText = sql;
            for (var i = 1; i <= values.Length; i++)
            {
                command.Parameters.Add(new SqliteParameter { ParameterName = "$" + i.ToString(CultureInfo.InvariantCulture) });
            }

            _statements.Add(sql, command);
        }

        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i];
        }

        return command;
    }
}
