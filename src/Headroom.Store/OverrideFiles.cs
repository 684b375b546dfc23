// A file of merges of one project: from_key INT64, to_key INT64, version INT64, all required. Over all files of a
// project the row with the highest version counts for each from_key; the version is the id of the file that
// brought the row, so that a merged file keeps the versions of its rows.

using Headroom.Core;
using ParquetSharp;
using ParquetSharp.Schema;

namespace Headroom.Store;

internal static class OverrideFiles
{
    public static void Write(string path, ReadOnlySpan<long> from, ReadOnlySpan<long> to, ReadOnlySpan<long> version)
    {
        using var schema = new GroupNode("overrides", Repetition.Required, [Key("from_key"), Key("to_key"), Key("version")]);
        using var builder = new WriterPropertiesBuilder();
        using var properties = builder.Compression(Compression.Zstd).CreatedBy("Headroom").Build();
        using var file = new ParquetFileWriter(path, schema, properties, ParquetFormat.Footer());
        using (var group = file.AppendRowGroup())
        {
            Column(group, from);
            Column(group, to);
            Column(group, version);
        }

        file.Close();
    }

    /// <summary>What the files together say of each key.</summary>
    public static Dictionary<long, (long To, long Version)> Latest(IReadOnlyList<OverrideFile> inputs)
    {
        var latest = new Dictionary<long, (long To, long Version)>();
        foreach (var input in inputs)
        {
            using var file = new ParquetFileReader(input.File.Path);
            for (var g = 0; g < file.FileMetaData.NumRowGroups; g++)
            {
                using var group = file.RowGroup(g);
                var from = Column(group, 0);
                var to = Column(group, 1);
                var version = Column(group, 2);
                for (var i = 0; i < from.Length; i++)
                {
                    if (!latest.TryGetValue(from[i], out var known) || known.Version < version[i])
                    {
                        latest[from[i]] = (to[i], version[i]);
                    }
                }
            }
        }

        return latest;
    }

    /// <summary>One file that says the same as all of them.</summary>
    public static long Merge(string path, IReadOnlyList<OverrideFile> inputs)
    {
        var latest = Latest(inputs);
        var keys = new long[latest.Count];
        var targets = new long[latest.Count];
        var versions = new long[latest.Count];
        latest.Keys.CopyTo(keys, 0);
        Array.Sort(keys);
        for (var i = 0; i < keys.Length; i++)
        {
            (targets[i], versions[i]) = latest[keys[i]];
        }

        Write(path, keys, targets, versions);
        return keys.Length;
    }

    private static PrimitiveNode Key(string name) => new(name, Repetition.Required, LogicalType.None(), PhysicalType.Int64);

    private static void Column(RowGroupWriter group, ReadOnlySpan<long> values)
    {
        using var column = (ColumnWriter<long>)group.NextColumn();
        column.WriteBatch(values);
    }

    private static long[] Column(RowGroupReader group, int index)
    {
        var values = new long[group.MetaData.NumRows];
        using var column = (ColumnReader<long>)group.Column(index);
        var done = 0;
        while (done < values.Length)
        {
            column.ReadBatch(values.Length - done, values.AsSpan(done), out var read);
            done += (int)read;
        }

        return values;
    }
}
