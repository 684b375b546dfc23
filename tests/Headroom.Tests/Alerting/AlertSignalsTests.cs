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
        // Instruments of the names that the parts have; others of this process only add what is not failed.
        using var meter = new Meter(Telemetry.Name);
        var queries = meter.CreateCounter<long>("headroom_insights_queries_total");
        var poison = meter.CreateCounter<long>("headroom_writer_poison_records_total");
        var overloads = 0L;
        meter.CreateObservableCounter("headroom_capture_requests_total", () => new Measurement<long>(overloads, new KeyValuePair<string, object?>("outcome", "too_many_bytes")));
        meter.CreateObservableGauge("headroom_log_consumer_lag_bytes", () => new Measurement<long>(77, new KeyValuePair<string, object?>("consumer", "of this test")));
        using var signals = new AlertSignals(_time);
        var before = signals.Look(writerIsWell: true);
        Assert.Equal(0, before.FailedQueries);

        queries.Add(3, new KeyValuePair<string, object?>("outcome", "failed"));
        poison.Add(2);
        overloads += 11;
        _time.Advance(TimeSpan.FromSeconds(59));
        var now = signals.Look(writerIsWell: true);
        Assert.Equal(3, now.FailedQueries);
        Assert.True(now.PoisonRecords >= 2);
        Assert.Equal(11, now.CaptureFailures["too_many_bytes"]);
        Assert.True(now.CaptureRequests >= 11);
        Assert.Equal(77, signals.LagBytes["of this test"]);

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(3, signals.Look(writerIsWell: true).FailedQueries);
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(0, signals.Look(writerIsWell: true).FailedQueries);
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
