using CsCheck;
using Headroom.Store;
using ParquetSharp;
using Xunit;

namespace Headroom.Tests.Store;

/// <summary>A column of texts as Parquet's own writer leaves it in a file.</summary>
public sealed class TextPagesTests : IDisposable
{
    private const int Mark = 4;
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"headroom-pages-{Guid.NewGuid():N}.parquet");

    private static readonly Gen<string?[]> Columns = Gen.Select(Gen.Int[1, 600], Gen.Int[0, 4], Gen.Int[1, 3_000]).SelectMany(static (different, none, rows) =>
        Gen.Int[0, different - 1].SelectMany(at => Gen.Int[0, 9].Select(n => n < none ? null : new string((char)('a' + (at % 26)), at % 40) + at)).Array[rows]);

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Texts_are_those_that_were_written_on_however_many_pages() => Gen.Select(Columns, Gen.Int[64, 4_096], Gen.OneOfConst(Compression.Uncompressed, Compression.Lz4))
        .Sample(
            (texts, pageBytes, compression) =>
            {
                var length = Write(texts, pageBytes, compression, dictionary: true);
                using var pages = new TextPages();
                using var file = File.OpenHandle(_path);

                Assert.True(pages.Read(file, Chunk(length, compression), texts.Length));
                Assert.Equal(texts, Read(pages));
                Assert.Equal(texts.Contains(null), pages.HasNone);
            },
            iter: 100,
            threads: 1);

    [Theory]
    [InlineData(Compression.Zstd, true)]
    [InlineData(Compression.Uncompressed, false)]
    public void Pages_that_are_compressed_otherwise_or_have_no_dictionary_are_left_to_others(Compression compression, bool dictionary)
    {
        string?[] texts = [.. Enumerable.Range(0, 1_000).Select(static i => $"/page/{i % 10}")];
        var length = Write(texts, 1_000_000, compression, dictionary);
        using var pages = new TextPages();
        using var file = File.OpenHandle(_path);

        Assert.False(pages.Read(file, Chunk(length, compression), texts.Length));
    }

    /// <summary>Whatever a disk returns there is an answer, and no number is past the dictionary.</summary>
    [Fact]
    public void Bytes_that_are_damaged_do_no_harm() => Gen.Select(
            Columns, Gen.Int[64, 4_096], Gen.Select(Gen.Int[0, 200], Gen.Bool, Gen.Byte).Array[1, 4], Gen.Double[0, 1], Gen.OneOfConst(Compression.Uncompressed, Compression.Lz4))
        .Sample(
            (texts, pageBytes, damages, cut, compression) =>
            {
                var length = Write(texts, pageBytes, compression, dictionary: true);
                var bytes = File.ReadAllBytes(_path);
                foreach (var (at, fromEnd, value) in damages)
                {
                    bytes[Mark + (fromEnd ? (int)Math.Max(0, length - 1 - at) : (int)Math.Min(at, length - 1))] = value;
                }

                File.WriteAllBytes(_path, bytes);
                using var pages = new TextPages();
                using var file = File.OpenHandle(_path);
                foreach (var part in (long[])[length, (long)(cut * length)])
                {
                    if (pages.Read(file, Chunk(part, compression), texts.Length))
                    {
                        Assert.Equal(texts.Length, Read(pages).Length);
                    }
                }
            },
            iter: 300,
            threads: 1);

    private static ColumnChunk Chunk(long bytes, Compression compression)
    {
        const int Zstd = 6;
        var codec = compression switch
        {
            Compression.Lz4 => ColumnChunk.Lz4,
            Compression.Zstd => Zstd,
            _ => ColumnChunk.NotCompressed,
        };
        return new ColumnChunk(Mark, bytes, bytes, codec);
    }

    private static string?[] Read(TextPages pages)
    {
        var texts = new string?[pages.Numbers.Length];
        for (var i = 0; i < texts.Length; i++)
        {
            texts[i] = pages.Numbers[i] == TextPages.None ? null : System.Text.Encoding.UTF8.GetString(pages.Texts[pages.Numbers[i]]);
        }

        return texts;
    }

    /// <summary>One column, which begins behind the file's mark. Returns its bytes.</summary>
    private long Write(string?[] texts, int pageBytes, Compression compression, bool dictionary)
    {
        using var builder = new WriterPropertiesBuilder();
        builder.Compression(compression).DataPagesize(pageBytes).WriteBatchSize(50).DisableStatistics();
        using var properties = dictionary ? builder.Build() : builder.DisableDictionary().Build();
        using (var writer = new ParquetFileWriter(_path, [new Column<string>("t:page")], properties))
        {
            using (var group = writer.AppendRowGroup())
            using (var column = group.NextColumn().LogicalWriter<string?>())
            {
                column.WriteBatch(texts);
            }

            writer.Close();
        }

        using var reader = new ParquetFileReader(_path);
        using var rows = reader.RowGroup(0);
        using var chunk = rows.MetaData.GetColumnChunkMetaData(0);
        return chunk.TotalCompressedSize;
    }
}
