using System.Text;
using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Sql;
using Xunit;

namespace Headroom.Tests.Sql;

/// <summary>What <see cref="TrendsAgreement"/> does not reach: the bounds.</summary>
public sealed class TrendsScanTests
{
    private const int Rows = 2_048;
    private static readonly ScanSummary Scanned = new(0, 7, TimeSpan.Zero, 1);

    [Fact]
    public void More_values_than_there_is_room_for_are_left_to_the_store()
    {
        var scan = Scan(new TrendsSeries(), broken: true);
        for (var i = 0; i < 10; i++)
        {
            scan.Sink.Take(new Batch(i * Rows, 1));
        }

        Assert.True(scan.Take(Scanned));
        scan = Scan(new TrendsSeries(), broken: true);
        for (var i = 0; i < 40; i++)
        {
            scan.Sink.Take(new Batch(i * Rows, 1));
        }

        Assert.False(scan.Take(Scanned));
    }

    [Fact]
    public void Keys_too_large_for_a_set_are_left_to_the_store()
    {
        var scan = Scan(new TrendsSeries { Math = TrendsMath.UniquePersons }, broken: false);
        scan.Sink.Take(new Batch(0, (long)PersonSet.MaxKey));
        Assert.True(scan.Take(Scanned));
        Assert.Equal(1d, scan.Rows().Rows[0][5]);
        scan = Scan(new TrendsSeries { Math = TrendsMath.UniquePersons }, broken: false);
        scan.Sink.Take(new Batch(0, (long)PersonSet.MaxKey + 1));
        Assert.False(scan.Take(Scanned));
    }

    [Fact]
    public void Percentiles_are_left_to_the_store() =>
        Assert.Throws<InvalidOperationException>(() => Scan(new TrendsSeries { Math = TrendsMath.P95, Property = "amount" }, broken: false));

    private static TrendsScan Scan(TrendsSeries series, bool broken)
    {
        var query = new TrendsQuery([series], new QueryRange { From = "2026-11-01", To = "2026-11-30" }) { Breakdown = broken ? new Breakdown("plan") : null };
        var calendar = new LocalCalendar(TimeZoneInfo.Utc, false);
        var time = QueryValidator.Validate(query, calendar, 0, new QueryErrors())!;
        var schema = new ProjectSchema(7, 1, 1, 0, 1, false, new HashSet<PropertyColumnKey> { new("plan", PropertyKind.Text), new("amount", PropertyKind.Number) });
        return TrendsScan.Of(query, time, new ProjectId(1), schema, DuckDbDialect.Instance) ?? throw new InvalidOperationException("Not for a scan.");
    }

    /// <summary>Events of one instant with a value of their own each, all of one person.</summary>
    private sealed class Batch(int firstValue, long person) : ColumnBatch
    {
        private static readonly long At = TestEvent.Micros("2026-11-11T11:11:11Z");

        public override int Count => Rows;

        public override ReadOnlySpan<long> Longs(int column) => Enumerable.Repeat(column == 0 ? At : person, Rows).ToArray();

        public override ReadOnlySpan<double> Doubles(int column) => throw new InvalidOperationException();

        public override bool IsNull(int column, int row) => false;

        public override ReadOnlySpan<byte> Utf8(int column, int row) => Encoding.UTF8.GetBytes($"value {firstValue + row}");
    }
}
