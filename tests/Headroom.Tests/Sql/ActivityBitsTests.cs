using CsCheck;
using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Sql;
using Xunit;

namespace Headroom.Tests.Sql;

public sealed class ActivityBitsTests
{
    private const int Marks = 2;

    private static readonly Gen<Row> AnyRow =
        from key in Gen.OneOf(Gen.Long[0, 40], Gen.Long[0, 20_000], Gen.Long[(1 << 24) - 2, (1 << 24) + 2], Gen.Const(1L << 40))
        from at in Gen.Long[-5, 79]
        from marks in Gen.Long[0, (1 << Marks) - 1]
        select new Row(key, at, marks);

    /// <summary>As a store gives them: rows of one mark together, in order of time, or any rows.</summary>
    private static readonly Gen<Row[]> AnyBatch =
        from rows in AnyRow.Array[0, 300]
        from sorted in Gen.Bool
        select sorted ? [.. rows.OrderBy(static r => r.Marks).ThenBy(static r => r.At)] : rows;

    [Fact]
    public void An_actor_has_the_bits_of_its_rows_whoever_took_them() =>
        Gen.Select(AnyBatch.Array[0, 4].Array[1, 3], Gen.OneOfConst(2, 16, 40, 80)).Sample((parts, count) =>
        {
            const int End = 80;
            var intervals = new TimeBuckets(0, End, [.. Enumerable.Range(0, count).Select(i => (long)(i * End / count))], []);
            var bits = new ActivityBits(intervals, Marks * count, [0, count], textActors: false);
            var expected = new Dictionary<long, SortedSet<int>>();
            foreach (var batches in parts)
            {
                var part = bits.NewPart();
                foreach (var rows in batches)
                {
                    part.Take(new Columns(rows));
                    Expect(rows);
                }
            }

            bits.Arrange();
            Assert.Equal(expected.Keys.Order(), bits.Keys(static _ => true));
            for (var row = 0; row < bits.Count; row++)
            {
                var words = bits.Of(row).ToArray();
                Assert.Equal(expected[bits.Key(row)], Enumerable.Range(0, Marks * count).Where(b => ActivityBits.IsSet(words, b)));
            }

            if (bits.Alike() is { } alike)
            {
                Assert.Equal(
                    expected.Values.GroupBy(static v => string.Join(' ', v)).Select(static g => g.LongCount()).Order(), alike.Select(static a => a.Actors).Order());
            }

            void Expect(Row[] rows)
            {
                foreach (var row in rows.Where(static r => r.Key != 0))
                {
                    var interval = intervals.Starts.Count(s => s <= Math.Max(0, row.At)) - 1;
                    for (var mark = 0; mark < Marks; mark++)
                    {
                        if ((row.Marks & (1L << mark)) != 0)
                        {
                            expected.TryAdd(row.Key, []);
                            expected[row.Key].Add((mark * count) + interval);
                        }
                    }
                }
            }
        }, iter: 100);

    private sealed record Row(long Key, long At, long Marks);

    private sealed class Columns(Row[] rows) : ColumnBatch
    {
        public override int Count => rows.Length;

        public override ReadOnlySpan<long> Longs(int column) =>
            Array.ConvertAll(rows, r => column switch { 0 => r.Key, 1 => r.At, _ => r.Marks });

        public override ReadOnlySpan<double> Doubles(int column) => throw new InvalidOperationException("No numbers.");

        public override bool IsNull(int column, int row) => false;

        public override ReadOnlySpan<byte> Utf8(int column, int row) => throw new InvalidOperationException("No texts.");
    }
}
