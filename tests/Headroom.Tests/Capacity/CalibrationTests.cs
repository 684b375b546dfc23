using Headroom.App.Capacity;
using Xunit;

namespace Headroom.Tests.Capacity;

public sealed class CalibrationTests
{
    [Fact]
    public void What_the_senders_took_of_the_machine_is_given_back_to_the_server()
    {
        // On two processors the senders kept one half of one busy: the server had one and a half.
        Measured[] ingest = [.. new[] { 1, 2, 4 }.Select(static n => new Measured(n, 15_000, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(0.5)))];

        var report = Calibration.Of(DateTimeOffset.UnixEpoch, 2, ingest, ingest);

        Assert.Equal(20_000, report.EventsPerSecond, 6);
        Assert.Equal(1.5 / 15_000 / 2, report.SecondsPerEvent, 12);
    }

    [Fact]
    public void Contention_is_found_from_throughputs_of_the_law()
    {
        static double Law(int n) => 1000 * n / (1 + (0.05 * (n - 1)) + (0.002 * n * (n - 1)));
        Measured[] ingest = [.. new[] { 1, 2, 4, 8, 16, 32 }.Select(static n => new Measured(n, (long)(100 * Law(n)), TimeSpan.FromSeconds(100), TimeSpan.FromSeconds(1), default))];

        var report = Calibration.Of(DateTimeOffset.UnixEpoch, 2, ingest, ingest);

        Assert.Equal(0.05, report.Sigma, 3);
        Assert.Equal(0.002, report.Kappa, 4);
        Assert.Equal([1, 2, 4, 8, 16, 32], report.Points.Select(static p => p.Concurrency));
    }
}
