using System.Globalization;
using System.Text;
using DuckDB.NET.Data;
using Headroom.Core;

namespace Headroom.Store;

/// <summary>Makes one file of persons of several, with a small DuckDB of its own: it spills what its memory cannot hold.</summary>
internal sealed class PersonMerger(StoreFiles files) : IDisposable
{
    private const int RowGroupRows = 122_880;

    /// <summary>Values that a row group may have: with many columns they are buffered in memory until it is whole.</summary>
    private const int MaxCells = 8 * 1024 * 1024;

    private DuckDBConnection? _connection;

    /// <summary>Writes what these files say together; returns the rows.</summary>
    /// <param name="inputs">All files of a project for a base, or some without it.</param>
    /// <param name="columns">The property columns that any of them has.</param>
    public long Merge(string path, IReadOnlyList<PersonFile> inputs, bool toBase, IReadOnlyList<(PropertyColumnKey Key, int? Id)> columns)
    {
        _connection ??= Open();
        var sql = new StringBuilder("COPY (SELECT person_key, version, uuid, created_at, is_identified");
        foreach (var (key, _) in columns.OrderBy(static c => c.Key.ColumnName, StringComparer.Ordinal))
        {
            QueryEngine.Identifier(sql.Append(", "), key.ColumnName);
        }

        sql.Append(" FROM ").Append(PersonFiles.Relation(inputs, columns, whole: true)).Append(toBase ? " WHERE uuid IS NOT NULL" : "").Append(" ORDER BY person_key) TO ");
        QueryEngine.Literal(sql, path);
        using var command = _connection.CreateCommand();
        command.CommandText = Format(sql, columns.Count).ToString();
        return command.ExecuteNonQuery();
    }

    /// <summary>How many rows of a file are of these keys.</summary>
    public long Count(PersonFile file, IReadOnlyList<long> keys)
    {
        using var command = (_connection ??= Open()).CreateCommand();
        var sql = new StringBuilder("SELECT count(*) FROM read_parquet(");
        QueryEngine.Literal(sql, file.File.Path);
        command.CommandText = sql.Append(") WHERE person_key IN (").AppendJoin(',', keys).Append(')').ToString();
        return (long)command.ExecuteScalar()!;
    }

    /// <summary>Writes a file without the rows of these keys; returns the rows left.</summary>
    public long Without(string path, PersonFile file, IReadOnlyList<long> keys)
    {
        using var command = (_connection ??= Open()).CreateCommand();
        var sql = new StringBuilder("COPY (SELECT * FROM read_parquet(");
        QueryEngine.Literal(sql, file.File.Path);
        sql.Append(") WHERE person_key NOT IN (").AppendJoin(',', keys).Append(") ORDER BY person_key) TO ");
        QueryEngine.Literal(sql, path);
        command.CommandText = Format(sql, file.Columns.Length).ToString();
        return command.ExecuteNonQuery();
    }

    public void Dispose() => _connection?.Dispose();

    private static StringBuilder Format(StringBuilder sql, int columns)
    {
        var rows = Math.Clamp(MaxCells / (columns + 5) / 2048 * 2048, 2048, RowGroupRows);
        return sql.Append(CultureInfo.InvariantCulture, $" (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {rows})");
    }

    private DuckDBConnection Open()
    {
        var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        var settings = new StringBuilder("SET GLOBAL memory_limit = '256MiB'; SET GLOBAL threads = 1; SET GLOBAL autoinstall_known_extensions = false; ")
            .Append("SET GLOBAL autoload_known_extensions = false; SET GLOBAL temp_directory = ");
        QueryEngine.Literal(settings, Path.Combine(files.Spill, "persons"));
        using var command = connection.CreateCommand();
        command.CommandText = settings.ToString();
        command.ExecuteNonQuery();
        return connection;
    }
}
