using System.Text;
using CsCheck;
using Headroom.Core;
using Headroom.Sql;
using Xunit;

namespace Headroom.Tests.Sql;

public sealed class ActorEventsTests
{
    private static readonly Gen<Row> AnyRow =
        from actor in Gen.OneOf(Gen.Long[1, 20].Select(k => (long?)k), Gen.Long.Where(k => k != 0).Select(k => (long?)k), Gen.Const((long?)null))
        from at in Gen.Long[0, 50]
        from bits in Gen.Long[0, 7]
        from text in Gen.OneOf(Gen.String.Select(s => (string?)s), Gen.Const((string?)null), Gen.Const((string?)"/home"))
        select new Row(actor, at, bits, text is null ? null : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Every_actors_events_come_whole_and_in_order_of_time() => AnyRow.Array[0, 200].Array[0, 4].Sample(batches =>
    {
        using var events = new ActorEvents(withTexts: true);
        IColumnSink[] parts = [events.NewPart(), events.NewPart()];
        for (var i = 0; i < batches.Length; i++)
        {
            parts[i % 2].Take(new Batch(batches[i]));
        }

        events.Arrange(CancellationToken.None);
        var expected = batches.SelectMany(b => b).Where(r => r.Actor is not null).GroupBy(r => r.Actor!.Value).ToDictionary(g => g.Key, g => g.ToList());
        Assert.Equal(expected.Count, events.Count);
        for (var i = 0; i < events.Count; i++)
        {
            var found = events.Of(i).ToArray();
            Assert.Equal(found.OrderBy(e => e.At).Select(e => e.At), found.Select(e => e.At));
            Assert.Equal(
                expected[events.Actor(i)].Select(r => (r.At, r.Bits, r.Text)).Order(),
                found.Select(e => (e.At, (long)e.Bits, e.Code < 0 ? null : events.Texts[e.Code])).Order());
        }
    });

    private sealed record Row(long? Actor, long At, long Bits, string? Text);

    private sealed class Batch(Row[] rows) : ColumnBatch
    {
        public override int Count => rows.Length;

        public override ReadOnlySpan<long> Longs(int column) =>
            rows.Select(r => column switch { 0 => r.Actor ?? 0, 1 => r.At, _ => r.Bits }).ToArray();

        public override ReadOnlySpan<double> Doubles(int column) => throw new InvalidOperationException();

        public override bool IsNull(int column, int row) => column == 3 && rows[row].Text is null;

        public override ReadOnlySpan<byte> Utf8(int column, int row) => Encoding.UTF8.GetBytes(rows[row].Text ?? "");
    }
}
