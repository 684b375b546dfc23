using CsCheck;
using Headroom.Core;
using Headroom.Store;
using ParquetSharp;
using Xunit;

namespace Headroom.Tests.Store;

/// <summary>Columns with few values, which our own code writes and carries through merges; here Parquet's own reader says what is in the files.</summary>
public sealed class SparseColumnsTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("headroom-sparse-").FullName;

    /// <summary>A property of each kind: how many of a thousand rows have it, and how many different values there are.</summary>
    private static readonly Gen<Property[]> Properties = Gen.Select(
            Gen.Int[0, 30], Gen.OneOfConst(PropertyKind.Text, PropertyKind.Json, PropertyKind.Number, PropertyKind.Boolean),
            Gen.OneOfConst(0, 1, 3, 20, 120, 130, 500, 1_000), Gen.OneOfConst(1, 2, 3, 9, 300, 100_000))
        .Select(static (name, kind, perMille, different) => new Property(name, kind, perMille, different)).Array[1, 12]
        .Select(static properties => properties.DistinctBy(static p => (p.Name, p.Kind)).ToArray());

    private static readonly Gen<Batch> Batches = Gen.Select(Properties, Gen.OneOf(Gen.Int[1, 40], Gen.Int[1_000, 4_000]), Gen.Int[0, 1_000_000])
        .Select(static (properties, rows, seed) => new Batch(properties, rows, seed));

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Parquets_reader_finds_in_a_fresh_segment_what_was_written() => Batches.Sample(
        batch =>
        {
            var path = Write(0, batch, out var expected);
            Assert.Equal(expected, Read(path));
        },
        iter: 60,
        threads: 1);

    [Fact]
    public void A_merge_carries_every_value_to_where_its_row_is() => Batches.Array[2, 4].Sample(
        batches =>
        {
            var expected = new Dictionary<Guid, string>();
            var paths = new List<string>();
            for (var i = 0; i < batches.Length; i++)
            {
                paths.Add(Write(i, batches[i], out var own));
                foreach (var (uuid, row) in own)
                {
                    expected.Add(uuid, row);
                }
            }

            var merged = Path.Combine(_directory, "merged");
            SegmentMerger.Merge(merged, paths, CancellationToken.None);
            Assert.Equal(expected, Read(merged));

            // And once more, without the rows of one person.
            var removal = new Unwanted { Keys = new HashSet<long> { 3 } };
            if (SegmentMerger.Find(merged, removal, CancellationToken.None) is { } rows)
            {
                var left = Path.Combine(_directory, "left");
                SegmentMerger.Write(left, merged, rows, CancellationToken.None);
                Assert.Equal(expected.Where(static r => !r.Value.StartsWith("3|", StringComparison.Ordinal)).ToDictionary(), Read(left));
            }
        },
        iter: 40,
        threads: 1);

    /// <summary>A thousand rows on the way to a second row group, and what a merge makes of three.</summary>
    [Fact]
    public void Row_groups_have_their_own_rows()
    {
        Property[] properties = [new(1, PropertyKind.Text, 3, 9), new(2, PropertyKind.Number, 20, 100_000), new(3, PropertyKind.Boolean, 100, 2), new(4, PropertyKind.Text, 900, 3)];
        var expected = new Dictionary<Guid, string>();
        var paths = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            paths.Add(Write(i, new Batch(properties, SegmentFormat.RowGroupRows + 1_000, i), out var own));
            Assert.Equal(own, Read(paths[i]));
            foreach (var (uuid, row) in own)
            {
                expected.Add(uuid, row);
            }
        }

        var merged = Path.Combine(_directory, "merged");
        SegmentMerger.Merge(merged, paths, CancellationToken.None);
        Assert.Equal(expected, Read(merged));
        using var file = File.OpenHandle(merged);
        var footer = ParquetFooter.Read(file, merged);
        Assert.Equal(4, footer.GroupRows.Count);
        Assert.Equal([SegmentFormat.FixedColumns + 1, 3], [SparseColumns.Find(footer).Others, SparseColumns.Find(footer).Values.Length]);
    }

    /// <summary>Whatever a disk returns there is an answer, or an error that names the file.</summary>
    [Fact]
    public void Bytes_that_are_damaged_do_no_harm() => Gen.Select(Batches, Gen.Select(Gen.Double[0, 1], Gen.Bool, Gen.Byte).Array[1, 4]).Sample(
        (batch, damages) =>
        {
            var path = Write(0, batch, out _);
            var bytes = File.ReadAllBytes(path);
            int start;
            using (var file = File.OpenHandle(path))
            {
                start = (int)ParquetFooter.Read(file, path).Start;
            }

            foreach (var (at, inFooter, value) in damages)
            {
                bytes[inFooter ? start + (int)(at * (bytes.Length - start - 1)) : (int)(at * (bytes.Length - 1))] = value;
            }

            File.WriteAllBytes(path, bytes);
            try
            {
                using var file = File.OpenHandle(path);
                var footer = ParquetFooter.Read(file, path);
                var (others, values) = SparseColumns.Find(footer);
                var pages = new SparsePages();
                for (var c = others; c < footer.Columns.Count && values.Length > 0; c++)
                {
                    var chunk = footer.Chunk(0, c);
                    if (footer.GroupRows[0] is < 0 or > 100_000 || chunk.Start < 0 || chunk.Bytes < 0 || chunk.Start > bytes.Length - chunk.Bytes)
                    {
                        continue;
                    }

                    var kind = PropertyColumnKey.TryParse(footer.Columns[c], out var key) ? key.Kind : PropertyKind.Text;
                    var content = bytes.AsSpan((int)chunk.Start, (int)chunk.Bytes);
                    if (pages.Read(content, kind, (int)footer.GroupRows[0]))
                    {
                        var texts = pages.Texts(content);
                        Assert.Equal(pages.Rows.Length, pages.Values.Length);
                        foreach (var value in pages.Values)
                        {
                            Assert.True(kind is PropertyKind.Number || value is 0 or 1 || texts[(int)value].Length >= 0);
                        }
                    }
                }
            }
            catch (IOException e)
            {
                Assert.Contains(path, e.Message, StringComparison.Ordinal);
            }
        },
        iter: 300,
        threads: 1);

    private string Write(int number, Batch batch, out Dictionary<Guid, string> expected)
    {
        var random = new Random(batch.Seed);
        var rows = new EventColumns(new ProjectId(1));
        expected = [];
        var names = batch.Properties.Select(static p => System.Text.Encoding.UTF8.GetBytes($"property_{p.Name}")).ToArray();
        for (var i = 0; i < batch.Rows; i++)
        {
            var uuid = new Guid(number, (short)(i >> 16), (short)i, new byte[8]);
            var person = random.Next(1, 6);
            var row = rows.AddRow(uuid, rows.Store(System.Text.Encoding.UTF8.GetBytes("e" + random.Next(3))), rows.Store("u"u8), person, TextSlice.Null, random.Next(1_000_000), 1);
            var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
            for (var p = 0; p < names.Length; p++)
            {
                var (kind, perMille, different) = (batch.Properties[p].Kind, batch.Properties[p].PerMille, batch.Properties[p].Different);
                if (random.Next(1_000) >= perMille)
                {
                    continue;
                }

                var column = rows.Column(names[p], kind);
                var value = random.Next(different);
                switch (kind)
                {
                    case PropertyKind.Number:
                        column.AddNumber(row, value / 4.0);
                        values.Add(column.ColumnName, (value / 4.0).ToString(System.Globalization.CultureInfo.InvariantCulture));
                        break;
                    case PropertyKind.Boolean:
                        column.AddBoolean(row, value % 2 == 1);
                        values.Add(column.ColumnName, (value % 2 == 1).ToString());
                        break;
                    default:
                        var text = value == 0 ? "" : $"{new string('ö', value % 7)}{value}";
                        column.AddText(row, rows.Store(System.Text.Encoding.UTF8.GetBytes(text)));
                        values.Add(column.ColumnName, text);
                        break;
                }
            }

            expected.Add(uuid, Line(person, values));
        }

        var path = Path.Combine(_directory, number.ToString(System.Globalization.CultureInfo.InvariantCulture));
        new SegmentWriter().Write(path, rows);
        return path;
    }

    private static string Line(long person, SortedDictionary<string, string> values) => $"{person}|{string.Join('|', values.Select(static v => $"{v.Key}={v.Value}"))}";

    /// <summary>All rows by their uuids, by Parquet's own reader.</summary>
    private static Dictionary<Guid, string> Read(string path)
    {
        var read = new Dictionary<Guid, string>();
        using var file = new ParquetFileReader(path);
        var schema = file.FileMetaData.Schema;
        for (var g = 0; g < file.FileMetaData.NumRowGroups; g++)
        {
            using var group = file.RowGroup(g);
            var count = checked((int)group.MetaData.NumRows);
            var values = Enumerable.Range(0, count).Select(static _ => new SortedDictionary<string, string>(StringComparer.Ordinal)).ToArray();
            Guid[] uuids = [];
            long[] persons = [];
            for (var c = 0; c < schema.NumColumns; c++)
            {
                var name = schema.Column(c).Name;
                using var column = group.Column(c);
                if (name == "uuid")
                {
                    uuids = column.LogicalReader<Guid>().ReadAll(count);
                }
                else if (name == "person_key")
                {
                    persons = column.LogicalReader<long>().ReadAll(count);
                }
                else if (c >= SegmentFormat.FixedColumns)
                {
                    object?[] all = name[0] switch
                    {
                        'n' => [.. column.LogicalReader<double?>().ReadAll(count)],
                        'b' => [.. column.LogicalReader<bool?>().ReadAll(count)],
                        _ => column.LogicalReader<string?>().ReadAll(count),
                    };
                    for (var i = 0; i < count; i++)
                    {
                        if (all[i] is { } value)
                        {
                            values[i].Add(name, Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture)!);
                        }
                    }
                }
            }

            for (var i = 0; i < count; i++)
            {
                read.Add(uuids[i], Line(persons[i], values[i]));
            }
        }

        return read;
    }

    private sealed record Property(int Name, PropertyKind Kind, int PerMille, int Different);

    private sealed record Batch(Property[] Properties, int Rows, int Seed);
}
