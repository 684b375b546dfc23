// Values have one form whatever database they come from: long for whole numbers and truth, double, byte[], and string, which
// also stands for a uuid (upper case, as EF Core writes it into SQLite). A text of a sender is TEXT in SQLite and bytea in
// PostgreSQL; both are the same bytes in UTF-8, and so are their sums.

using System.Data.Common;

namespace Headroom.Store.Moving;

/// <param name="Type">As the database calls it.</param>
public sealed record TableColumn(string Name, string Type);

/// <summary>The tables of one database, to be read as of one moment or to be filled in one transaction. Not safe for concurrent use.</summary>
public abstract class TableSet : IAsyncDisposable
{
    /// <summary>Where it is, without a secret.</summary>
    public abstract string Place { get; }

    /// <summary>A file in WAL mode, which is there.</summary>
    public static async Task<TableSet> OpenSqliteAsync(string path, CancellationToken cancellationToken) => await SqliteTables.OpenAsync(path, cancellationToken).ConfigureAwait(false);

    /// <param name="schema">Null for what the connection string leads to.</param>
    public static async Task<TableSet> OpenPostgresAsync(string connectionString, string? schema, CancellationToken cancellationToken) =>
        await PostgresTables.OpenAsync(connectionString, schema, cancellationToken).ConfigureAwait(false);

    /// <summary>What is read from here on is of one moment, until the set is disposed; writers are not kept waiting.</summary>
    public abstract Task BeginReadAsync(CancellationToken cancellationToken);

    /// <summary>Begins the one transaction in which tables are filled; other writers wait, as far as they can.</summary>
    /// <param name="writeLock">PostgreSQL: an advisory lock that other writers take too.</param>
    public abstract Task BeginWriteAsync(long? writeLock, CancellationToken cancellationToken);

    public abstract Task CommitAsync(CancellationToken cancellationToken);

    public abstract Task<IReadOnlyList<TableColumn>> ColumnsAsync(string table, CancellationToken cancellationToken);

    /// <summary>Those of the tables that others refer to come first.</summary>
    public abstract Task<IReadOnlyList<string>> OrderedAsync(IReadOnlyList<string> tables, CancellationToken cancellationToken);

    /// <summary>Each row's values by the columns; the array is used again for the next row.</summary>
    public abstract IAsyncEnumerable<object?[]> ReadAsync(string table, IReadOnlyList<string> columns, CancellationToken cancellationToken);

    public abstract Task WriteAsync(string table, IReadOnlyList<TableColumn> columns, IAsyncEnumerable<object?[]> rows, CancellationToken cancellationToken);

    /// <summary>The highest number that each table has ever given by itself, of those that give numbers.</summary>
    public abstract Task<IReadOnlyDictionary<string, long>> LastNumbersAsync(IReadOnlyList<string> tables, CancellationToken cancellationToken);

    public abstract Task SetLastNumberAsync(string table, long number, CancellationToken cancellationToken);

    /// <summary>One statement, whose values are @p0, @p1 …; how many rows it changed.</summary>
    public async Task<int> ExecuteAsync(string sql, CancellationToken cancellationToken, params IReadOnlyList<object> values)
    {
        var command = Command(sql, values);
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The rows of one statement, as <see cref="ExecuteAsync"/> takes it, in the form of all values.</summary>
    public async Task<List<object?[]>> AskAsync(string sql, CancellationToken cancellationToken, params IReadOnlyList<object> values)
    {
        var result = new List<object?[]>();
        var command = Command(sql, values);
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    var row = new object?[reader.FieldCount];
                    Take(reader, row);
                    result.Add(row);
                }
            }
        }

        return result;
    }

    public abstract ValueTask DisposeAsync();

    protected abstract DbCommand Command(string sql, IReadOnlyList<object> values);

    protected static string Quoted(string name) => "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";

    protected static string List(IEnumerable<string> names) => string.Join(", ", names.Select(Quoted));

    protected static void Take(DbDataReader reader, object?[] row)
    {
        for (var i = 0; i < row.Length; i++)
        {
            row[i] = reader.IsDBNull(i) ? null : Plain(reader.GetValue(i));
        }
    }

    private static object Plain(object value) => value switch
    {
        int number => (long)number,
        short number => (long)number,
        bool truth => truth ? 1L : 0L,
        float number => (double)number,
        Guid id => id.ToString("D").ToUpperInvariant(),
        long or double or string or byte[] => value,
        _ => throw new InvalidDataException($"A value of type {value.GetType()} cannot be copied."),
    };
}
