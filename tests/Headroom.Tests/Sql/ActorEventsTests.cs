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

    /// <summary>So many that they are put in order in partitions, with actors of one event and of many more than a page has room for.</summary>
    [Theory]
    [InlineData(50_000, 1)]
    [InlineData(50_000, 4_000)]
    [InlineData(300_000_000, 1)]
    [InlineData(2_000_000_000_000, 1)]
    [InlineData(300, 1)]
    public void Very_many_events_come_whole_too(long actors, long apart)
    {
        using var pool = new PagePool(0);
        using var memory = new HeldMemory(pool, null);
        using var events = new ActorEvents(withTexts: false);
        events.Hold(memory);
        IColumnSink[] parts = [events.NewPart(), events.NewPart(), events.NewPart()];
        var random = new Random(7);
        var expected = new Dictionary<long, List<(long At, long Bits)>>();
        for (var b = 0; b < 70; b++)
        {
            var rows = new Row[2_000];
            for (var i = 0; i < rows.Length; i++)
            {
                var actor = random.Next(10) == 0 ? 3 * apart : (1 + random.NextInt64(actors)) * apart;
                rows[i] = new Row(actor, random.Next(1_000_000), random.Next(1 << 20), null);
                ref var known = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(expected, actor, out _);
                (known ??= []).Add((rows[i].At, rows[i].Bits));
            }

            parts[b % 3].Take(new Columns(rows));
        }

        events.Arrange(CancellationToken.None);
        Assert.True(pool.RentedBytes <= events.BytesFor(140_000), $"{pool.RentedBytes} bytes of {events.BytesFor(140_000)}");
        Assert.Equal(expected.Count, events.Count);
        for (var i = 0; i < events.Count; i++)
        {
            var found = events.Of(i).ToArray();
            Assert.Equal(found.OrderBy(e => e.At).Select(e => e.At), found.Select(e => e.At));
            Assert.Equal(expected[events.Actor(i)].Order(), found.Select(e => (e.At, (long)e.Bits)).Order());
        }

        events.Dispose();
        Assert.Equal(0, pool.RentedBytes);
    }

    [Fact]
    public void What_was_taken_is_given_back_where_putting_it_in_order_is_cancelled()
    {
        using var pool = new PagePool(0);
        var events = new ActorEvents(withTexts: true);
        events.Hold(new HeldMemory(pool, null));
        events.Take(new Columns([.. Enumerable.Range(1, 100_000).Select(i => new Row(i, i, 1, "text"))]));
        Assert.ThrowsAny<OperationCanceledException>(() => events.Arrange(new CancellationToken(canceled: true)));
        Assert.NotEqual(0, pool.RentedBytes);
        events.Dispose();
        Assert.Equal(0, pool.RentedBytes);
    }

    private sealed class Columns(Row[] rows) : ColumnBatch
    {
        private readonly long[][] _columns =
            [[.. rows.Select(static r => r.Actor ?? 0)], [.. rows.Select(static r => r.At)], [.. rows.Select(static r => r.Bits)]];

        public override int Count => rows.Length;

        public override ReadOnlySpan<long> Longs(int column) => _columns[column];

        public override ReadOnlySpan<double> Doubles(int column) => throw new InvalidOperationException();

        public override bool IsNull(int column, int row) => rows[row].Text is null;

        public override ReadOnlySpan<byte> Utf8(int column, int row) => Encoding.UTF8.GetBytes(rows[row].Text ?? "");
    }

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
