// A file of persons of one project:
//
//   person_key     INT64                                    required
//   version        INT64                                    required: the id of the file that brought the row
//   uuid           FIXED_LEN_BYTE_ARRAY(16) UUID, big-endian optional: without it the person is gone, and so is the rest
//   created_at     INT64 TIMESTAMP(MICROS)                  optional, UTC
//   is_identified  BOOLEAN                                  optional
//   then one optional column for each (property, kind) that occurs, as in segments, by ascending ordinal column name
//
// Rows ascend by person_key, at most one for each. Over all files of a project the row with the highest version counts
// for each key. A project has at most one base, a file of whole persons only; every other file that has a key of the
// base is newer than it. So persons are the base without the keys of the other files, and of those the latest rows.
//
// The catalog's table of persons says the same and is what counts: where a file is missing, the start makes them anew.

using System.Text;
using Headroom.Core;
using ParquetSharp;
using ParquetSharp.Schema;
using Encoding = System.Text.Encoding;

namespace Headroom.Store;

/// <summary>A file of persons that counts.</summary>
/// <param name="Level">How often its rows were merged; <see cref="PersonFiles.BaseLevel"/> for the base.</param>
/// <param name="Columns">Ids of its property columns among those of the project's persons, ascending.</param>
internal sealed record PersonFile(long Id, ProjectId Project, int Level, long Rows, int[] Columns, SharedFile File)
{
    public bool IsBase => Level == PersonFiles.BaseLevel;

    public bool Has(int column) => Array.BinarySearch(Columns, column) >= 0;
}

/// <summary>A person as written to a file; null where the key has none any more.</summary>
internal readonly record struct PersonRow(long Key, Person? Person);

internal static class PersonFiles
{
    public const int BaseLevel = 255;

    /// <summary>The persons of these files as a subquery, one row for each.</summary>
    /// <param name="files">All of a project, or some without the base.</param>
    /// <param name="columns">Property columns with their ids; null where the project's persons have no such column.</param>
    /// <param name="whole">Also the versions, and rows that say that a person is gone: for a file that says the same.</param>
    public static string Relation(IReadOnlyList<PersonFile> files, IReadOnlyList<(PropertyColumnKey Key, int? Id)> columns, bool whole = false)
    {
        var bases = files.Where(static f => f.IsBase).ToList();
        var changes = files.Where(static f => !f.IsBase).ToList();
        var parts = new List<string>(2);
        if (bases.Count > 0)
        {
            var without = changes.Count == 0 ? "" : $" ANTI JOIN (SELECT person_key FROM {Read(changes)}) USING (person_key)";
            parts.Add($"SELECT {Select(bases)} FROM {Read(bases)}{without}");
        }

        if (changes.Count > 0)
        {
            // A key is only once in a file.
            var latest = changes.Count == 1 ? ""
                : $" SEMI JOIN (SELECT person_key, max(version) AS version FROM {Read(changes)} GROUP BY person_key) USING (person_key, version)";
            parts.Add($"SELECT {Select(changes)} FROM {Read(changes)}{latest}{(whole ? "" : " WHERE uuid IS NOT NULL")}");
        }

        return parts.Count == 0
            ? $"(SELECT {Select([])} WHERE false)"
            : "(" + string.Join(" UNION ALL ", parts) + ")";

        string Select(List<PersonFile> of)
        {
            var sql = new StringBuilder(of.Count > 0 ? "person_key, uuid, created_at, is_identified"
                : "NULL::BIGINT AS person_key, NULL::UUID AS uuid, NULL::TIMESTAMP AS created_at, NULL::BOOLEAN AS is_identified");
            sql.Append(whole ? ", version" : "");
            foreach (var (key, id) in columns)
            {
                sql.Append(", ");
                if (id is not { } known || !of.Exists(f => f.Has(known)))
                {
                    sql.Append("NULL::").Append(QueryEngine.SqlType(key.Kind)).Append(" AS ");
                }

                QueryEngine.Identifier(sql, key.ColumnName);
            }

            return sql.ToString();
        }
    }

    private static string Read(List<PersonFile> files)
    {
        var sql = new StringBuilder("read_parquet([");
        for (var i = 0; i < files.Count; i++)
        {
            QueryEngine.Literal(sql.Append(i == 0 ? "" : ", "), files[i].File.Path);
        }

        return sql.Append(files.Count == 1 ? "])" : "], union_by_name = true)").ToString();
    }
}

/// <summary>Writes changed persons as a file; buffers are kept. Not safe for concurrent use.</summary>
internal sealed unsafe class PersonFileWriter(int maxColumns)
{
    private readonly PersonValues _values = new(maxColumns);
    private readonly List<PropertyColumn> _columns = [];
    private short[] _levels = [];
    private ByteArray[] _texts = [];

    /// <summary>Property columns of the file written last, in its order; valid until the next one.</summary>
    public IReadOnlyList<PropertyColumn> Columns => _columns;

    /// <param name="persons">By ascending key, each once.</param>
    /// <param name="known">Property columns that the project's persons have; past the bound on them a property goes into one of JSON.</param>
    public void Write(string path, long version, IReadOnlyList<PersonRow> persons, IReadOnlySet<PropertyColumnKey> known)
    {
        _values.Read(persons, known);
        _columns.Clear();
        _columns.AddRange(_values.Columns.Properties.Where(static c => c.Count > 0));
        _columns.Sort(static (a, b) => string.CompareOrdinal(a.ColumnName, b.ColumnName));
        using var schema = Schema();
        using var file = new ParquetFileWriter(path, schema, SegmentFormat.Fresh, ParquetFormat.Footer());
        for (var start = 0; start < persons.Count; start += SegmentFormat.RowGroupRows)
        {
            WriteRowGroup(file, version, persons, start, Math.Min(SegmentFormat.RowGroupRows, persons.Count - start));
        }

        file.Close();
    }

    private GroupNode Schema()
    {
        var nodes = new List<Node>
        {
            new PrimitiveNode("person_key", Repetition.Required, LogicalType.None(), PhysicalType.Int64),
            new PrimitiveNode("version", Repetition.Required, LogicalType.None(), PhysicalType.Int64),
            new PrimitiveNode("uuid", Repetition.Optional, LogicalType.Uuid(), PhysicalType.FixedLenByteArray, 16),
            new PrimitiveNode("created_at", Repetition.Optional, LogicalType.Timestamp(isAdjustedToUtc: false, TimeUnit.Micros), PhysicalType.Int64),
            new PrimitiveNode("is_identified", Repetition.Optional, LogicalType.None(), PhysicalType.Boolean),
        };
        nodes.AddRange(_columns.Select(static c => SegmentFormat.Property(c.ColumnName, c.Kind)));
        return new GroupNode("persons", Repetition.Required, nodes);
    }

    private void WriteRowGroup(ParquetFileWriter file, long version, IReadOnlyList<PersonRow> persons, int start, int count)
    {
        using var group = file.AppendRowGroup();
        var longs = new long[count];
        for (var i = 0; i < count; i++)
        {
            longs[i] = persons[start + i].Key;
        }

        Required(group, longs);
        Array.Fill(longs, version);
        Required(group, longs);
        WritePersons(group, persons, start, count, longs);
        var arena = System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(_values.Columns.Arena, 0);
        foreach (var column in _columns)
        {
            WriteProperty(group, column, arena, start, count);
        }
    }

    private void WritePersons(RowGroupWriter group, IReadOnlyList<PersonRow> persons, int start, int count, long[] longs)
    {
        var levels = Levels(count);
        var uuids = new byte[count * 16];
        var pointers = new FixedLenByteArray[count];
        var identified = new bool[count];
        var living = 0;
        fixed (byte* bytes = uuids)
        {
            for (var i = 0; i < count; i++)
            {
                if (persons[start + i].Person is { } person)
                {
                    levels[i] = 1;
                    person.Uuid.TryWriteBytes(uuids.AsSpan(living * 16, 16), bigEndian: true, out _);
                    pointers[living] = new FixedLenByteArray((nint)(bytes + (living * 16)));
                    longs[living] = person.CreatedAt;
                    identified[living] = person.IsIdentified;
                    living++;
                }
            }

            using var column = (ColumnWriter<FixedLenByteArray>)group.NextColumn();
            column.WriteBatch(count, levels, default, pointers.AsSpan(0, living));
        }

        using (var column = (ColumnWriter<long>)group.NextColumn())
        {
            column.WriteBatch(count, levels, default, longs.AsSpan(0, living));
        }

        using (var column = (ColumnWriter<bool>)group.NextColumn())
        {
            column.WriteBatch(count, levels, default, identified.AsSpan(0, living));
        }
    }

    private void WriteProperty(RowGroupWriter group, PropertyColumn column, nint arena, int start, int count)
    {
        var levels = Levels(count);
        var first = At(column.Rows, start);
        var values = At(column.Rows, start + count) - first;
        foreach (var row in column.Rows.Slice(first, values))
        {
            levels[row - start] = 1;
        }

        using var writer = group.NextColumn();
        switch (column.Kind)
        {
            case PropertyKind.Number:
                ((ColumnWriter<double>)writer).WriteBatch(count, levels, default, column.Numbers.Slice(first, values));
                break;
            case PropertyKind.Boolean:
                ((ColumnWriter<bool>)writer).WriteBatch(count, levels, default, column.Booleans.Slice(first, values));
                break;
            default:
                if (_texts.Length < values)
                {
                    _texts = new ByteArray[values];
                }

                var slices = column.Texts.Slice(first, values);
                for (var i = 0; i < values; i++)
                {
                    _texts[i] = new ByteArray(arena + slices[i].Offset, Math.Max(0, slices[i].Length));
                }

                ((ColumnWriter<ByteArray>)writer).WriteBatch(count, levels, default, _texts.AsSpan(0, values));
                break;
        }

        static int At(ReadOnlySpan<int> rows, int row)
        {
            var index = rows.BinarySearch(row);
            return index < 0 ? ~index : index;
        }
    }

    private Span<short> Levels(int count)
    {
        if (_levels.Length < count)
        {
            _levels = new short[count];
        }

        var levels = _levels.AsSpan(0, count);
        levels.Clear();
        return levels;
    }

    private static void Required(RowGroupWriter group, long[] values)
    {
        using var column = (ColumnWriter<long>)group.NextColumn();
        column.WriteBatch(values);
    }
}
