using System.Data;
using System.Data.Common;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Npgsql;
using NpgsqlTypes;

namespace Headroom.Store.Moving;

internal sealed class PostgresTables : TableSet
{
    private readonly NpgsqlConnection _connection;
    private NpgsqlTransaction? _transaction;

    private PostgresTables(NpgsqlConnection connection) => _connection = connection;

    public override string Place => string.Create(CultureInfo.InvariantCulture, $"PostgreSQL at {_connection.Host}:{_connection.Port}, database {_connection.Database}");

    public static async Task<PostgresTables> OpenAsync(string connectionString, string? schema, CancellationToken cancellationToken)
    {
        // A large table is read or written with one statement, so it is cancelled and not timed.
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, CommandTimeout = 0, TcpKeepAlive = true };
        settings.ApplicationName ??= "headroom move";
        if (schema is not null)
        {
            settings.SearchPath = schema;
        }

        var connection = new NpgsqlConnection(settings.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            return new PostgresTables(connection);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public override async Task BeginReadAsync(CancellationToken cancellationToken)
    {
        _transaction = await _connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken).ConfigureAwait(false);
        await AskAsync("SELECT 1", cancellationToken).ConfigureAwait(false);
    }

    public override async Task BeginWriteAsync(long? writeLock, CancellationToken cancellationToken)
    {
        _transaction = await _connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken).ConfigureAwait(false);
        await ExecuteAsync("SET LOCAL lock_timeout = '10s'", cancellationToken).ConfigureAwait(false);
        if (writeLock is { } key)
        {
            await AskAsync("SELECT 1 FROM (SELECT pg_advisory_xact_lock(@p0)) AS locked", cancellationToken, key).ConfigureAwait(false);
        }
    }

    public override async Task CommitAsync(CancellationToken cancellationToken)
    {
        await _transaction!.CommitAsync(cancellationToken).ConfigureAwait(false);
        await _transaction.DisposeAsync().ConfigureAwait(false);
        _transaction = null;
    }

    public override async Task<IReadOnlyList<TableColumn>> ColumnsAsync(string table, CancellationToken cancellationToken) =>
        [.. (await AskAsync(
            "SELECT column_name::text, data_type::text FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = @p0 ORDER BY ordinal_position",
            cancellationToken, table).ConfigureAwait(false)).Select(static row => new TableColumn((string)row[0]!, (string)row[1]!))];

    public override async Task<IReadOnlyList<string>> OrderedAsync(IReadOnlyList<string> tables, CancellationToken cancellationToken)
    {
        var references = (await AskAsync(
            """
            SELECT a.relname::text, b.relname::text FROM pg_constraint c JOIN pg_class a ON a.oid = c.conrelid JOIN pg_class b ON b.oid = c.confrelid
            JOIN pg_namespace n ON n.oid = a.relnamespace WHERE c.contype = 'f' AND n.nspname = current_schema()
            """,
            cancellationToken).ConfigureAwait(false)).ToLookup(static row => (string)row[0]!, static row => (string)row[1]!);
        var ordered = new List<string>();
        foreach (var table in tables)
        {
            Visit(table);
        }

        return ordered;

        void Visit(string table)
        {
            if (ordered.Contains(table) || !tables.Contains(table))
            {
                return;
            }

            foreach (var other in references[table].Where(other => other != table))
            {
                Visit(other);
            }

            ordered.Add(table);
        }
    }

    public override async IAsyncEnumerable<object?[]> ReadAsync(string table, IReadOnlyList<string> columns, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var command = Command($"SELECT {List(columns)} FROM {Quoted(table)}", []);
        using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var row = new object?[columns.Count];
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            Take(reader, row);
            yield return row;
        }
    }

    public override async Task WriteAsync(string table, IReadOnlyList<TableColumn> columns, IAsyncEnumerable<object?[]> rows, CancellationToken cancellationToken)
    {
        using var copy = await _connection.BeginBinaryImportAsync(
            $"COPY {Quoted(table)} ({List(columns.Select(static c => c.Name))}) FROM STDIN (FORMAT BINARY)", cancellationToken).ConfigureAwait(false);
        await foreach (var row in rows.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            await copy.StartRowAsync(cancellationToken).ConfigureAwait(false);
            for (var i = 0; i < row.Length; i++)
            {
                await WriteAsync(copy, row[i], columns[i], cancellationToken).ConfigureAwait(false);
            }
        }

        await copy.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }

    public override async Task<IReadOnlyDictionary<string, long>> LastNumbersAsync(IReadOnlyList<string> tables, CancellationToken cancellationToken)
    {
        var result = new Dictionary<string, long>();
        foreach (var (table, sequence) in await SequencesAsync(tables, cancellationToken).ConfigureAwait(false))
        {
            var row = (await AskAsync($"SELECT last_value, is_called FROM {sequence}", cancellationToken).ConfigureAwait(false))[0];
            if (row[1] is 1L)
            {
                result.Add(table, (long)row[0]!);
            }
        }

        return result;
    }

    public override async Task SetLastNumberAsync(string table, long number, CancellationToken cancellationToken)
    {
        foreach (var (_, sequence) in await SequencesAsync([table], cancellationToken).ConfigureAwait(false))
        {
            await AskAsync("SELECT setval(@p0::text::regclass, @p1)", cancellationToken, sequence, number).ConfigureAwait(false);
        }
    }

    public override ValueTask DisposeAsync() => _connection.DisposeAsync();

    protected override DbCommand Command(string sql, IReadOnlyList<object> values)
    {
        var command = new NpgsqlCommand(sql, _connection, _transaction);
        for (var i = 0; i < values.Count; i++)
        {
            command.Parameters.AddWithValue("p" + i, values[i]);
        }

        return command;
    }

    private static Task WriteAsync(NpgsqlBinaryImporter copy, object? value, TableColumn column, CancellationToken cancellationToken) => (value, column.Type) switch
    {
        (null, _) => copy.WriteNullAsync(cancellationToken),
        (long number, "bigint") => copy.WriteAsync(number, NpgsqlDbType.Bigint, cancellationToken),
        (long number, "integer") => copy.WriteAsync(checked((int)number), NpgsqlDbType.Integer, cancellationToken),
        (long number, "boolean") => copy.WriteAsync(number != 0, NpgsqlDbType.Boolean, cancellationToken),
        (long number, "double precision") => copy.WriteAsync((double)number, NpgsqlDbType.Double, cancellationToken),
        (double number, "double precision") => copy.WriteAsync(number, NpgsqlDbType.Double, cancellationToken),
        (string text, "text" or "character varying") => copy.WriteAsync(text, NpgsqlDbType.Text, cancellationToken),
        (string text, "bytea") => copy.WriteAsync(Encoding.UTF8.GetBytes(text), NpgsqlDbType.Bytea, cancellationToken),
        (string text, "uuid") => copy.WriteAsync(Guid.Parse(text), NpgsqlDbType.Uuid, cancellationToken),
        (byte[] bytes, "bytea") => copy.WriteAsync(bytes, NpgsqlDbType.Bytea, cancellationToken),
        _ => throw new InvalidDataException($"A value of type {value.GetType()} does not fit into the column {column.Name}, which is {column.Type}."),
    };

    private async Task<List<(string Table, string Sequence)>> SequencesAsync(IReadOnlyList<string> tables, CancellationToken cancellationToken) =>
        (await AskAsync(
            """
            SELECT table_name::text, pg_get_serial_sequence(quote_ident(table_name), column_name::text) FROM information_schema.columns
            WHERE table_schema = current_schema() AND is_identity = 'YES'
            """,
            cancellationToken).ConfigureAwait(false))
        .Where(row => tables.Contains((string)row[0]!)).Select(static row => ((string)row[0]!, (string)row[1]!)).ToList();
}
