using System.Globalization;
using System.Text;
using Headroom.Core;
using Headroom.Sql;
using ParquetSharp;

namespace Headroom.Store.ClickHouse;

/// <summary>What a file of the store has rows of.</summary>
internal enum ClickHouseTable
{
    Events = 0,
    Persons = 1,
    Overrides = 2,
}

/// <summary>A file of the store whose rows belong into a table.</summary>
/// <param name="Batch">Its number in the table: its id, and some bits of its checksum, as an id may come to mean another file.</param>
internal readonly record struct ClickHouseFile(ClickHouseTable Table, ProjectId Project, long Batch)
{
    private const int ChecksumBits = 20;

    /// <summary>Null for a file that no table has, of uuids.</summary>
    public static ClickHouseFile? Of(StoreFiles files, string path, long checksum)
    {
        var parts = Path.GetRelativePath(files.Root, path).Split('/', '\\');
        if (parts is not [var folder, var project, var name])
        {
            return null;
        }

        ClickHouseTable? table = folder switch
        {
            "segments" => ClickHouseTable.Events,
            "persons" => ClickHouseTable.Persons,
            "overrides" => ClickHouseTable.Overrides,
            _ => null,
        };
        if (table is not { } known)
        {
            return null;
        }

        var id = long.Parse(name.AsSpan(0, name.AsSpan().IndexOfAnyExceptInRange('0', '9')), CultureInfo.InvariantCulture);
        return new ClickHouseFile(known, new ProjectId(int.Parse(project, CultureInfo.InvariantCulture)), (id << ChecksumBits) | (checksum & ((1L << ChecksumBits) - 1)));
    }
}

/// <summary>A Parquet file of the store as ClickHouse takes it: an insert that reads it as it is.</summary>
/// <param name="Rows">How many it has.</param>
/// <param name="Properties">Property columns that its table must have.</param>
/// <param name="Columns">Of the table, with commas between.</param>
/// <param name="Chosen">What each of them is, of the file's.</param>
/// <param name="Structure">The file's columns and their types.</param>
internal sealed record ClickHouseInsert(long Rows, IReadOnlyList<PropertyColumnKey> Properties, string Columns, string Chosen, string Structure)
{
    private const string Uuid = "toUUID(UUIDNumToString(uuid))";

    public static ClickHouseInsert Of(ClickHouseFile file, string path)
    {
        using var reader = new ParquetFileReader(path);
        var schema = reader.FileMetaData.Schema;
        var (columns, chosen, structure, last) = file.Table switch
        {
            ClickHouseTable.Events => (
                "batch, uuid, event, distinct_id, person_key, session_id, \"timestamp\", received_at", $", {Uuid}, event, distinct_id, person_key, session_id, \"timestamp\", received_at",
                "uuid FixedString(16), event String, distinct_id String, person_key Int64, session_id Nullable(String), `timestamp` DateTime64(6, 'UTC'), received_at DateTime64(6, 'UTC')",
                "received_at"),
            ClickHouseTable.Persons => (
                "batch, version, person_key, is_gone, uuid, created_at, is_identified",
                $", version, person_key, isNull(uuid), if(isNull(uuid), toUUID('00000000-0000-0000-0000-000000000000'), toUUID(UUIDNumToString(assumeNotNull(uuid)))), ifNull(created_at, fromUnixTimestamp64Micro(toInt64(0), 'UTC')), ifNull(is_identified, false)",
                "person_key Int64, version Int64, uuid Nullable(FixedString(16)), created_at Nullable(DateTime64(6, 'UTC')), is_identified Nullable(Bool)",
                "is_identified"),
            _ => ("batch, version, from_key, to_key", ", version, from_key, to_key", "from_key Int64, to_key Int64, version Int64", null),
        };
        var (intoColumns, of, described) = (new StringBuilder(columns), new StringBuilder(chosen), new StringBuilder(structure));
        var properties = new List<PropertyColumnKey>();
        var isProperty = false;
        for (var i = 0; i < schema.NumColumns; i++)
        {
            var name = schema.Column(i).Name;
            if (isProperty)
            {
                var key = KeyOf(name);
                properties.Add(key);
                var quoted = "`" + Escaped(name).Replace("`", "\\`", StringComparison.Ordinal) + "`";
                intoColumns.Append(", ").Append(ClickHouseDialect.Instance.Column(key));
                of.Append(", ").Append(quoted);
                described.Append(", ").Append(quoted).Append(" Nullable(").Append(ClickHouseTables.Type(key.Kind)).Append(')');
            }

            isProperty |= name == last;
        }

        return new ClickHouseInsert(reader.FileMetaData.NumRows, properties, intoColumns.ToString(), of.ToString(), described.ToString());
    }

    /// <summary>The statement, whose body is the file.</summary>
    public string Into(string table, long batch) => string.Create(CultureInfo.InvariantCulture,
        $"INSERT INTO {table} ({Columns}) SELECT toUInt64({batch}){Chosen} FROM input('{Escaped(Structure).Replace("'", "\\'", StringComparison.Ordinal)}') FORMAT Parquet");

    /// <summary>The property of a column, see <see cref="PropertyColumnKey.ColumnName"/>.</summary>
    private static PropertyColumnKey KeyOf(string column)
    {
        var name = new StringBuilder(column.Length);
        for (var i = 2; i < column.Length; i++)
        {
            if (column[i] == '^' && i + 1 < column.Length)
            {
                name.Append(char.ToUpperInvariant(column[++i]));
            }
            else
            {
                name.Append(column[i]);
            }
        }

        return new PropertyColumnKey(name.ToString(), column[0] switch
        {
            'n' => PropertyKind.Number,
            'b' => PropertyKind.Boolean,
            'j' => PropertyKind.Json,
            _ => PropertyKind.Text,
        });
    }

    /// <summary>On one line: the statement may be the first of the body.</summary>
    private static string Escaped(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal).Replace("\0", "\\0", StringComparison.Ordinal);
}
