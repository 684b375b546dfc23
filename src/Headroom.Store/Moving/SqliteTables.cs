using System.Data.Common;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Data.Sqlite;

namespace Headroom.Store.Moving;

internal sealed class SqliteTables : TableSet
{
    private const int BusySeconds = 10;
    private readonly SqliteConnection _connection;

    private SqliteTables(SqliteConnection connection) => _connection = connection;

    public override string Place => _connection.DataSource;

    public static async Task<SqliteTables> OpenAsync(string path, CancellationToken cancellationToken)
    {
        // References are compared at the end instead: tables come in any order.
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = SqliteOpenMode.ReadWrite,
            Pooling = false,
            DefaultTimeout = BusySeconds,
            ForeignKeys = false,
        }.ToString());
        try
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            return new SqliteTables(connection);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public override async Task BeginReadAsync(CancellationToken cancellationToken)
    {
        await ExecuteAsync("BEGIN", cancellationToken).ConfigureAwait(false);

        // A transaction sees nothing before its first statement.
        await AskAsync("SELECT count(*) FROM sqlite_master", cancellationToken).ConfigureAwait(false);
    }

    public override Task BeginWriteAsync(long? writeLock, CancellationToken cancellationToken) => ExecuteAsync("BEGIN IMMEDIATE", cancellationToken);

    public override async Task CommitAsync(CancellationToken cancellationToken)
    {
        if (await AskAsync("PRAGMA foreign_key_check", cancellationToken).ConfigureAwait(false) is [var first, ..])
        {
            throw new InvalidDataException($"A row of the table {first[0]} in {Place} refers to one of {first[2]} that is not there.");
        }

        await ExecuteAsync("COMMIT", cancellationToken).ConfigureAwait(false);
    }

    public override async Task<IReadOnlyList<TableColumn>> ColumnsAsync(string table, CancellationToken cancellationToken) =>
        [.. (await AskAsync("SELECT name, type FROM pragma_table_info(@p0)", cancellationToken, table).ConfigureAwait(false)).Select(static row => new TableColumn((string)row[0]!, (string)row[1]!))];

    public override Task<IReadOnlyList<string>> OrderedAsync(IReadOnlyList<string> tables, CancellationToken cancellationToken) => Task.FromResult(tables);

    public override async IAsyncEnumerable<object?[]> ReadAsync(string table, IReadOnlyList<string> columns, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var command = Command($"SELECT {List(columns)} FROM {Quoted(table)}", []);
        using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var row = new object?[columns.Count];
        while (reader.Read())
        {
            cancellationToken.ThrowIfCancellationRequested();
            Take(reader, row);
            yield return row;
        }
    }

    public override async Task WriteAsync(string table, IReadOnlyList<TableColumn> columns, IAsyncEnumerable<object?[]> rows, CancellationToken cancellationToken)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = $"INSERT INTO {Quoted(table)} ({List(columns.Select(static c => c.Name))}) VALUES ({string.Join(", ", columns.Select(static (_, i) => "@p" + i))})";
        var isText = new bool[columns.Count];
        for (var i = 0; i < columns.Count; i++)
        {
            command.Parameters.Add(new SqliteParameter { ParameterName = "@p" + i });
            isText[i] = columns[i].Type == "TEXT";
        }

        await foreach (var row in rows.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            for (var i = 0; i < row.Length; i++)
            {
                command.Parameters[i].Value = row[i] switch
                {
                    null => DBNull.Value,
                    byte[] bytes when isText[i] => Encoding.UTF8.GetString(bytes),
                    var value => value,
                };
            }

            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public override async Task<IReadOnlyDictionary<string, long>> LastNumbersAsync(IReadOnlyList<string> tables, CancellationToken cancellationToken)
    {
        if (await AskAsync("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'", cancellationToken).ConfigureAwait(false) is [])
        {
            return new Dictionary<string, long>();
        }

        return (await AskAsync("SELECT name, seq FROM sqlite_sequence", cancellationToken).ConfigureAwait(false))
            .Where(row => tables.Contains((string)row[0]!)).ToDictionary(static row => (string)row[0]!, static row => (long)row[1]!);
    }

    public override async Task SetLastNumberAsync(string table, long number, CancellationToken cancellationToken)
    {
        await ExecuteAsync("DELETE FROM sqlite_sequence WHERE name = @p0", cancellationToken, table).ConfigureAwait(false);
        await ExecuteAsync("INSERT INTO sqlite_sequence (name, seq) VALUES (@p0, @p1)", cancellationToken, table, number).ConfigureAwait(false);
    }

    public override ValueTask DisposeAsync() => _connection.DisposeAsync();

    protected override DbCommand Command(string sql, IReadOnlyList<object> values)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 0; i < values.Count; i++)
        {
            command.Parameters.AddWithValue("@p" + i, values[i]);
        }

        return command;
    }
}
