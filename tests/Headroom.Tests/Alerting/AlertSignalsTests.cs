using System.Diagnostics.Metrics;
using Headroom.App.Alerting;
using Headroom.Core;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headroom.Tests.Alerting;

public sealed class AlertSignalsTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Errors_are_those_of_the_last_minute()
    {
        // Instruments of the names that the parts have. Tests beside this one may add to them, but not in thousands.
        using var meter = new Meter(Telemetry.Name);
        var queries = meter.CreateCounter<long>("headroom_insights_queries_total");
        var poison = meter.CreateCounter<long>("headroom_writer_poison_records_total");
        var overloads = 0L;
        meter.CreateObservableCounter("headroom_capture_requests_total", () => new Measurement<long>(overloads, new KeyValuePair<string, object?>("outcome", "too_many_bytes")));
        meter.CreateObservableGauge("headroom_log_consumer_lag_bytes", () => new Measurement<long>(77, new KeyValuePair<string, object?>("consumer", "of this test")));
        using var signals = new AlertSignals(_time);
        Assert.Equal(0, signals.Look(writerIsWell: true).FailedQueries);

        queries.Add(3_000, new KeyValuePair<string, object?>("outcome", "failed"));
        poison.Add(2_000);
        overloads += 11_000;
        _time.Advance(TimeSpan.FromSeconds(59));
        var now = signals.Look(writerIsWell: true);
        Assert.InRange(now.FailedQueries, 3_000, 3_999);
        Assert.InRange(now.PoisonRecords, 2_000, 2_999);
        Assert.InRange(now.CaptureFailures["too_many_bytes"], 11_000, 11_999);
        Assert.True(now.CaptureRequests >= 11_000);
        Assert.Equal(77, signals.LagBytes["of this test"]);

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.InRange(signals.Look(writerIsWell: true).FailedQueries, 3_000, 3_999);
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.InRange(signals.Look(writerIsWell: true).FailedQueries, 0, 999);
    }

    [Fact]
    public async Task A_disk_that_stands_still_keeps_nobody_waiting_and_is_told()
    {
        using var stands = new ManualResetEventSlim();
        var stuck = false;
        var watch = new DiskWatch([("data", "/data")], _time, _ =>
        {
            if (Volatile.Read(ref stuck))
            {
                stands.Wait(TestContext.Current.CancellationToken);
            }

            return (5, 10);
        });
        await SaidAsync(watch, new DiskLook("data", "/data", 5, 10));

        Volatile.Write(ref stuck, true);
        watch.Look();
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal([new DiskLook("data", "/data", 5, 10)], watch.Look());
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal([new DiskLook("data", "/data", null, 0)], watch.Look());

        Volatile.Write(ref stuck, false);
        stands.Set();
        await SaidAsync(watch, new DiskLook("data", "/data", 5, 10));
    }

    [Fact]
    public void The_disk_of_a_directory_has_a_size()
    {
        var (free, total) = DiskWatch.Of(AppContext.BaseDirectory);
        Assert.InRange(free, 1, total);
    }

    private static async Task SaidAsync(DiskWatch watch, DiskLook expected)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!watch.Look().Contains(expected) && TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(30))
        {
            await Task.Yield();
        }

        Assert.Contains(expected, watch.Look());
    }
}
