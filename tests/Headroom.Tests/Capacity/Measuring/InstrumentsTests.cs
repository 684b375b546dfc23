using System.Diagnostics.Metrics;
using Headroom.App.Capacity.Measuring;
using Headroom.Core;
using Xunit;

namespace Headroom.Tests.Capacity.Measuring;

public sealed class InstrumentsTests
{
    /// <summary>Other tests of this process may add to the same sums: at least what was recorded here is there, and what is told apart by a tag is apart.</summary>
    [Fact]
    public void Statements_to_ClickHouse_are_counted_with_their_time_and_those_that_failed_by_themselves()
    {
        using var instruments = new Instruments();
        using var meter = new Meter(Telemetry.Name);
        var durations = meter.CreateHistogram<double>("headroom_store_clickhouse_query_duration_seconds");
        var before = instruments.Read();
        foreach (var outcome in (string[])["ok", "ok", "error", "cancelled"])
        {
            durations.Record(1_000, new KeyValuePair<string, object?>("outcome", outcome));
        }

        var after = instruments.Read();
        Assert.InRange(Grown(Quantity.ClickHouseStatements), 4, double.MaxValue);
        Assert.InRange(Grown(Quantity.ClickHouseSeconds), 4_000, 4_900);
        Assert.InRange(Grown(Quantity.ClickHouseErrors), 1, Grown(Quantity.ClickHouseStatements) - 3);

        double Grown(Quantity quantity) => after[(int)quantity] - before[(int)quantity];
    }
}
