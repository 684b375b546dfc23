using System.Data;
using System.Data.Common;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Headroom.Store.Postgres;

/// <summary>Opening: the schema in the newest format, and this process as the one that writes.</summary>
internal sealed partial class PostgresCatalog
{
    private const string StateTable = """
        CREATE TABLE catalog_state (
            only_row BOOLEAN PRIMARY KEY DEFAULT true CHECK (only_row), catalog UUID NOT NULL, format BIGINT NOT NULL, epoch BIGINT NOT NULL, version BIGINT NOT NULL,
            holder UUID NOT NULL, held_by TEXT NOT NULL, held_since TIMESTAMPTZ NOT NULL) WITH (fillfactor = 50);
        INSERT INTO catalog_state (catalog, format, epoch, version, holder, held_by, held_since)
            VALUES (gen_random_uuid(), 0, 0, 0, gen_random_uuid(), '', now());
        """;

    /// <param name="replicas">Which of them are read.</param>
    private PostgresCatalog(PostgresCatalogOptions options, IEnumerable<string> replicas, TimeProvider time, ILogger logger)
    {
        _schema = options.CatalogSchema;
        _lockKey = LockKey(_schema);
        _writing = Settings(options.ConnectionString, _schema, "writer", ("Timeout", "5"), ("Command Timeout", "30"));
        _writing.Pooling = false;
        _place = new PostgresPlace(_writing, _schema);
        _sessions = Source(_writing);
        (_time, _logger, _bound) = (time, logger, options.MaxReplicaStaleness);
        _replicas = [.. replicas.Select(replica => new ReadServer(options, replica, Patience(_bound)))];
        _primary = new ReadServer(options, null, _replicas.Length == 0 ? null : Patience(_bound));
        _reading = _primary;
    }

    /// <summary>Of the catalog, for its life: which data directory is its.</summary>
    public Guid Id { get; private set; }

    /// <exception cref="IOException">It cannot be reached, refuses the user, or another process writes it.</exception>
    /// <exception cref="InvalidDataException">It is damaged, or of a newer format.</exception>
    public static PostgresCatalog Open(PostgresCatalogOptions options)
    {
        var catalog = new PostgresCatalog(options, [], TimeProvider.System, NullLogger.Instance);
        catalog.OpenBy(catalog.TakeOver);
        return catalog;
    }

    internal static NpgsqlConnectionStringBuilder Settings(string connectionString, string schema, string purpose, params ReadOnlySpan<(string Key, string Value)> defaults)
    {
        var given = new DbConnectionStringBuilder { ConnectionString = connectionString };
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            SearchPath = schema,
            Enlist = false,
            TcpKeepAlive = true,
        };
        foreach (var (key, value) in defaults)
        {
            if (!given.ContainsKey(key))
            {
                settings[key] = value;
            }
        }

        settings.ApplicationName ??= string.Create(CultureInfo.InvariantCulture, $"headroom catalog {purpose} {Environment.MachineName}:{Environment.ProcessId}");
        return settings;
    }

    internal static NpgsqlDataSource Source(NpgsqlConnectionStringBuilder settings) =>
        // Only types that every server has are used: a new session need not ask for them.
        new NpgsqlDataSourceBuilder(settings.ConnectionString).ConfigureTypeLoading(static types => types.EnableTypeLoading(false)).Build();

    /// <summary>What fails is closed, and the reason told.</summary>
    private void OpenBy(Action open)
    {
        try
        {
            open();
        }
        catch (Exception e)
        {
            Dispose();
            if (e is SessionRefusedException)
            {
                throw new IOException(e.Message, e);
            }

            if (PostgresPlace.Failed(e))
            {
                var text = $"The catalog in {_place} cannot be opened: it {_place.Explain(e)}";
                throw PostgresPlace.Lacks(e) ? new InvalidDataException(text, e) : new IOException(text, e);
            }

            throw;
        }
    }

    private static string Translate(string step) => step
        .Replace(" WITHOUT ROWID", "", StringComparison.Ordinal)
        .Replace(" INTEGER", " BIGINT", StringComparison.Ordinal)
        .Replace(" BLOB", " BYTEA", StringComparison.Ordinal)
        .Replace(" NAME ", " BYTEA ", StringComparison.Ordinal);

    [GeneratedRegex(@"CREATE TABLE (\w+)")]
    private static partial Regex TableNames();

    private void TakeOver()
    {
        var connection = OpenSession();
        _connection = connection;
        Lock(connection);
        Prepare(connection);
        using var take = new NpgsqlCommand(
            "UPDATE catalog_state SET epoch = epoch + 1, holder = $1, held_by = $2, held_since = now() RETURNING epoch, version, catalog", connection);
        Bind(take.Parameters, [_holder, _writing.ApplicationName!]);
        using var reader = take.ExecuteReader();
        reader.Read();
        (_epoch, _version, Id) = (reader.GetInt64(0), reader.GetInt64(1), reader.GetGuid(2));
    }

    private void Prepare(NpgsqlConnection connection)
    {
        if (!Ask<bool>(connection, "SELECT to_regnamespace($1) IS NOT NULL", _schema))
        {
            Execute(connection, $"CREATE SCHEMA {_schema}");
        }

        var format = 0L;
        if (Ask<bool>(connection, "SELECT to_regclass($1) IS NOT NULL", _schema + ".catalog_state"))
        {
            format = Ask<long?>(connection, "SELECT max(format) FROM catalog_state") ?? throw new InvalidDataException(
                $"The catalog in {_place} is damaged: catalog_state has no row. Restore the schema {_schema} from a backup of PostgreSQL.");
        }
        else if (Ask<long>(connection, "SELECT count(*) FROM pg_tables WHERE schemaname = $1", _schema) > 0)
        {
            throw new InvalidDataException(
                $"The catalog in {_place} has tables but not catalog_state: it is damaged, or the schema is not Headroom's. Restore it from a backup of PostgreSQL, or name another with Headroom:Postgres:CatalogSchema.");
        }

        RequireKnown(format, $"The catalog in {_place}");
        if (format < Format)
        {
            using var transaction = connection.BeginTransaction(IsolationLevel.ReadCommitted);
            if (format == 0)
            {
                Execute(connection, StateTable);
            }

            Execute(connection, Translate(string.Concat(Steps[(int)format..])));
            Execute(connection, string.Create(CultureInfo.InvariantCulture, $"UPDATE catalog_state SET format = {Format}"));
            transaction.Commit();
        }

        RequireTables(connection);
        Execute(connection, ChangesTable);
    }

    /// <summary>Some are not read before they are needed, which would be late to find out.</summary>
    private void RequireTables(NpgsqlConnection connection)
    {
        var names = TableNames().Matches(string.Concat(Steps)).Select(static m => m.Groups[1].Value).ToArray();
        if (Ask<string?>(connection, "SELECT string_agg(name, ', ') FROM unnest($1) AS name WHERE to_regclass($2 || '.' || name) IS NULL", names, _schema) is { } missing)
        {
            throw new InvalidDataException($"The catalog in {_place} is damaged: it lacks {missing}. Restore the schema {_schema} from a backup of PostgreSQL.");
        }
    }

    private static void Execute(NpgsqlConnection connection, string sql)
    {
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }
}
