using CsCheck;
using Headroom.Core;
using Headroom.Store;
using Xunit;

namespace Headroom.Tests.Store;

/// <summary>Who is in a set: by counting here, and by the engine's grouping where there is too much to count.</summary>
public sealed class KeyMembersTests
{
    /// <summary>Nobody, few, past what is counted, past what has a bit, and what no person has.</summary>
    private static readonly long[] Keys = [0, 1, 2, 63, 64, 65, 1_000, 16L * 1_024 * 1_024, (128L * 1_024 * 1_024) - 1, 128L * 1_024 * 1_024, long.MaxValue, -1, long.MinValue];

    private static readonly Gen<(long Key, int Times)[]> Rows =
        Gen.Select(Gen.OneOf(Gen.OneOfConst(Keys), Gen.OneOfConst(1L, 2L, 63L, 64L)), Gen.OneOfConst(1, 1, 2, 3, 254, 255, 256, 300)).Array[0, 6];

    [Fact]
    public void Random_rows_make_the_set_of_those_who_come_often_enough() =>
        Gen.Select(Rows, Gen.OneOfConst(1, 2, 3, 255, 256), Gen.Int[1, 3]).Sample((drawn, times, parts) =>
        {
            List<long> rows = [.. drawn.SelectMany(static d => Enumerable.Repeat(d.Key, d.Times))];
            var expected = rows.Where(static k => k != 0).GroupBy(static k => k).Where(g => g.Count() >= times).Select(static g => g.Key).ToHashSet();
            var query = new StoreQuery
            {
                Project = new ProjectId(1), Sql = "", Sets = [new KeySet(new StoreQuery { Project = new ProjectId(1), Sql = "" }, times)],
            };
            var runs = 0;
            var members = KeyMembers.Of(query, (_, before, _, sink) =>
            {
                runs++;
                List<long> given = before.Length == 0 ? rows : [.. rows.GroupBy(static k => k).Where(g => g.Count() >= times).Select(static g => g.Key)];
                var sinks = Enumerable.Range(0, parts).Select(_ => ((IPartedSink)sink).NewPart()).ToList();
                foreach (var (i, batch) in given.Chunk(100).Index())
                {
                    sinks[i % parts].Take(new OneColumn(batch));
                }
            });
            Assert.InRange(runs, 1, 2);
            var asked = Keys.Concat([3, 66, 127, 128, 1_001]).ToArray();
            var found = new byte[asked.Length];
            Assert.Single(members).Find(asked, found);
            Assert.Equal(asked.Select(k => expected.Contains(k) ? (byte)1 : (byte)0), found);
        });

    [Fact]
    public void Nobody_is_in_a_set_without_rows()
    {
        byte[] found = [7];
        KeyMembers.None.Find([1], found);
        Assert.Equal([0], found);
    }

    private sealed class OneColumn(long[] values) : ColumnBatch
    {
        public override int Count => values.Length;

        public override ReadOnlySpan<long> Longs(int column) => values;

        public override ReadOnlySpan<double> Doubles(int column) => throw new InvalidOperationException();

        public override bool IsNull(int column, int row) => false;

        public override ReadOnlySpan<byte> Utf8(int column, int row) => throw new InvalidOperationException();
    }
}
