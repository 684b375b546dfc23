using System.Buffers.Binary;
using CsCheck;
using Headroom.Store;
using Xunit;

namespace Headroom.Tests.Store;

public sealed class SeenFileTests : IDisposable
{
    private static readonly Gen<SeenKey> GenKey =
        from project in Gen.Int[1, 3]
        from high in Gen.OneOf(Gen.ULong, Gen.Int[0, 500].Select(static i => ((ulong)(1_700_000_000_000 + i) << 16) | 0x7000))
        from low in Gen.ULong
        select new SeenKey(project, high, low);

    private readonly string _directory = Directory.CreateTempSubdirectory("headroom-seen-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Merged_files_contain_exactly_what_was_added() =>
        Gen.Select(GenKey.HashSet[0, 3000], Gen.Int[1, 5], GenKey.Array[100]).Sample(
            (keys, parts, others) =>
            {
                var files = new List<SeenFile>();
                for (var part = 0; part < parts; part++)
                {
                    var own = keys.Where((_, i) => i % parts == part).Order().ToArray();
                    files.Add(Open(path => SeenFileWriter.Write(path, own, part, part + 10)));
                }

                var merged = Open(path => Merge(path, files));
                Assert.Equal(keys.Count, merged.Keys);
                Assert.Equal(0, merged.MinReceived);
                Assert.Equal(parts + 9, merged.MaxReceived);
                Assert.All(keys, k => Assert.True(Contains(merged, k)));
                Assert.All(others.Where(k => !keys.Contains(k)), k => Assert.False(Contains(merged, k)));
                Assert.All(keys, k => Assert.False(Contains(merged, k with { Project = 9 })));
                merged.Dispose();
                files.ForEach(static f => f.Dispose());
            },
            iter: 30,
            threads: 1);

    [Fact]
    public void A_file_is_the_same_in_however_many_parts_its_filter_is_made_and_in_however_many_slices_it_is_merged() =>
        Gen.Select(GenKey.HashSet[1, 3000], Gen.UInt[1, 80], Gen.Long[1, 4000]).Sample(
            (keys, partBlocks, sliceKeys) =>
            {
                var ordered = keys.Order().ToArray();
                var (half, file) = (ordered.Length / 2, Path.Combine(_directory, "whole"));
                SeenFileWriter.Write(file, ordered, 0, 10);
                var whole = File.ReadAllBytes(file);
                SeenFileWriter.Write(file, ordered, 0, 10, partBlocks);
                Assert.Equal(whole, File.ReadAllBytes(file));

                using var first = Open(path => SeenFileWriter.Write(path, ordered.AsSpan(0, half), 0, 10));
                using var second = Open(path => SeenFileWriter.Write(path, ordered.AsSpan(half), 0, 10));
                var slices = Merge(file, [first, second], sliceKeys, partBlocks);
                Assert.Equal(whole, File.ReadAllBytes(file));

                // Every key is gone through once for each part of the filter.
                var parts = (SeenFile.BlocksFor(ordered.Length) + partBlocks - 1) / partBlocks;
                Assert.Equal(((parts * ordered.Length) + sliceKeys - 1) / sliceKeys, slices);
            },
            iter: 30,
            threads: 1);

    [Fact]
    public void The_filter_lets_few_strangers_through()
    {
        var random = new Random(1);
        SeenKey Key() => new(1, (ulong)random.NextInt64(), (ulong)random.NextInt64());
        var keys = Enumerable.Range(0, 100_000).Select(_ => Key()).Order().ToArray();
        var path = Path.Combine(_directory, "filter");
        SeenFileWriter.Write(path, keys, 0, 0);
        var bytes = File.ReadAllBytes(path);
        var offset = (int)SeenFile.BloomOffset(1);
        var blocks = SeenFile.BlocksFor(keys.Length);
        var bits = bytes.AsSpan(offset, (int)blocks * SeenFile.BlockBytes).ToArray().Sum(static b => int.PopCount(b));
        var fill = bits / (blocks * SeenFile.BlockBytes * 8.0);

        // One bit in each of 8 words: a stranger passes with about fill^8.
        Assert.InRange(Math.Pow(fill, 8), 0, 0.01);
    }

    [Fact]
    public void A_cut_file_is_refused()
    {
        var path = Path.Combine(_directory, "cut");
        SeenFileWriter.Write(path, [new SeenKey(1, 1, 1), new SeenKey(1, 1, 2)], 0, 0);
        File.WriteAllBytes(path, File.ReadAllBytes(path).AsSpan(0, 100).ToArray());
        Assert.Throws<InvalidDataException>(() => SeenFile.Open(1, 0, path));
    }

    [Theory]
    [InlineData(16, 1L << 60)]
    [InlineData(16, long.MaxValue)]
    [InlineData(SeenFile.HeaderBytes + 8, -1L)]
    [InlineData(SeenFile.HeaderBytes + 8, 1L)]
    [InlineData(SeenFile.HeaderBytes + 8, long.MaxValue)]
    [InlineData(SeenFile.HeaderBytes + 16, 3L)]
    [InlineData(SeenFile.HeaderBytes + 16, -1L)]
    [InlineData(SeenFile.HeaderBytes + 16, long.MaxValue)]
    public void A_file_whose_places_lie_outside_of_it_is_refused_and_leaves_the_memory(int at, long value)
    {
        var path = Path.Combine(_directory, "outside");
        SeenFileWriter.Write(path, [new SeenKey(1, 1, 1), new SeenKey(1, 1, 2)], 0, 0);
        var bytes = File.ReadAllBytes(path);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(at), value);
        File.WriteAllBytes(path, bytes);

        Assert.Throws<InvalidDataException>(() => SeenFile.Open(1, 0, path));
        Assert.DoesNotContain(path, File.ReadAllText("/proc/self/maps"), StringComparison.Ordinal);
    }

    private static bool Contains(SeenFile file, SeenKey key) => file.Contains(key, key.Hash, key.Version7Milliseconds);

    /// <summary>How many slices it took.</summary>
    private static int Merge(string path, IReadOnlyList<SeenFile> files, long sliceKeys = long.MaxValue, uint partBlocks = uint.MaxValue) =>
        1 + SeenFileWriter.Merge(path, files, sliceKeys, partBlocks).Count();

    private SeenFile Open(Action<string> write)
    {
        var path = Path.Combine(_directory, Guid.NewGuid().ToString("N"));
        write(path);
        return SeenFile.Open(1, 0, path);
    }
}
