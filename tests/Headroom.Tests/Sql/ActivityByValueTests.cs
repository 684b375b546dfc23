using System.Text;
using CsCheck;
using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Sql;
using Xunit;

namespace Headroom.Tests.Sql;

public sealed class ActivityByValueTests
{
    private const int Marks = 3;
    private const int OfActor = 2;

    private static readonly Gen<Row> AnyRow =
        from key in Gen.OneOf(Gen.Long[0, 6], Gen.Long[0, 2_000], Gen.Const(1L << 40))
        from at in Gen.Long[-5, 79]
        from marks in Gen.OneOfConst(0L, 1L, 2L, 3L, 1L << OfActor)
        from value in Gen.OneOfConst(null, "x", "y", "ü", "", "$other", "z")
        select new Row(key, at, marks, value);

    [Fact]
    public void An_actor_is_in_the_line_of_each_of_its_values_and_once_in_the_last_one_whoever_took_its_rows() =>
        Gen.Select(AnyRow.Array[0, 300].Array[0, 4].Array[1, 3], Gen.OneOfConst(2, 16, 40, 80), Gen.Int[1, 6]).Sample((parts, count, limit) =>
        {
            const int End = 80;
            var intervals = new TimeBuckets(0, End, [.. Enumerable.Range(0, count).Select(i => (long)(i * End / count))], []);
            var bits = new ActivityByValue(intervals, Marks * count, [0, count, 2 * count], textActors: false, 1UL << OfActor);
            foreach (var batches in parts)
            {
                var part = bits.NewPart();
                foreach (var rows in batches)
                {
                    part.Take(new Columns(rows));
                }
            }

            bits.Arrange(CancellationToken.None);
            var all = parts.SelectMany(static p => p).SelectMany(static b => b).Where(static r => r.Key != 0 && r.Marks != 0).ToList();
            var meant = all.Where(static r => r.Marks != 1 << OfActor).ToList();
            var expected = BreakdownReference.Lines(
                new Breakdown("p", limit), meant, static r => r.Value, static part => part.Where(static r => (r.Marks & 2) != 0).Select(static r => r.Key).Distinct().Count());
            var shown = expected.Select(static l => l.Line).Where(static l => l != "$other").ToList();
            Assert.Equal(
                meant.GroupBy(r => (Line: shown.Contains(r.Value) ? r.Value : "$other", r.Key)).Select(g => Told(g.Key.Line, g.Key.Key, Bits(g, g.Key.Key))).Order(StringComparer.Ordinal),
                Each(bits, bits.Lines(count, 2 * count, limit, CancellationToken.None)));
            Assert.Equal(
                meant.GroupBy(static r => r.Key).Select(g => Told("$other", g.Key, Bits(g, g.Key))).Order(StringComparer.Ordinal), Each(bits, bits.Whole));

            IEnumerable<int> Bits(IEnumerable<Row> rows, long key) =>
                from row in rows.Concat(all.Where(r => r.Key == key && r.Marks == 1 << OfActor))
                from mark in Enumerable.Range(0, Marks)
                where (row.Marks & (1L << mark)) != 0
                select (mark * count) + intervals.Starts.Count(s => s <= Math.Max(0, row.At)) - 1;

            IEnumerable<string> Each(ActivityByValue bits, ValueLines lines)
            {
                var told = new List<string>();
                bits.Each(
                    lines,
                    (line, key, words) =>
                    {
                        var set = new List<int>();
                        for (var bit = ActivityBits.Next(words, 0, Marks * count); bit >= 0; bit = ActivityBits.Next(words, bit + 1, Marks * count))
                        {
                            set.Add(bit);
                        }

                        told.Add(Told(lines.Name(line), key, set));
                    },
                    CancellationToken.None);
                return told.Order(StringComparer.Ordinal);
            }
        }, iter: 100);

    [Fact]
    public void Memory_is_counted_for_each_value_of_an_actor_and_bounded()
    {
        // A pair of actor and value takes 320 kB, so that some 1,700 of them are past the bound.
        const int Words = 40_000;
        var intervals = new TimeBuckets(0, 80, [0L], []);
        Row[] Rows(Func<int, string> value) => [.. Enumerable.Range(0, 1_025).Select(i => new Row(1, 1, 1, value(i)))];
        new ActivityByValue(intervals, 64 * Words, [0], textActors: false).Take(new Columns(Rows(static _ => "x")));
        var refused = Assert.Throws<QueryRefusedException>(() =>
            new ActivityByValue(intervals, 64 * Words, [0], textActors: false).Take(new Columns(Rows(static i => "x" + i))));
        Assert.Equal(QueryBound.Memory, refused.Bound);
        Assert.Contains("512 MiB", refused.Message, StringComparison.Ordinal);
    }

    private static string Told(string? line, long key, IEnumerable<int> bits) => $"{line ?? "none"} {key}: {string.Join(' ', bits.Distinct().Order())}";

    private sealed record Row(long Key, long At, long Marks, string? Value);

    private sealed class Columns(Row[] rows) : ColumnBatch
    {
        public override int Count => rows.Length;

        public override ReadOnlySpan<long> Longs(int column) =>
            Array.ConvertAll(rows, r => column switch { 0 => r.Key, 1 => r.At, _ => r.Marks });

        public override ReadOnlySpan<double> Doubles(int column) => throw new InvalidOperationException("No numbers.");

        public override bool IsNull(int column, int row) => rows[row].Value is null;

        public override ReadOnlySpan<byte> Utf8(int column, int row) => Encoding.UTF8.GetBytes(rows[row].Value ?? "");
    }
}
