using Headroom.App.Capacity.Ceilings;
using Headroom.App.Shared;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Headroom.App.Capacity.Measuring;

/// <summary>
/// Measures every resource again and again, keeps the last hour in memory and all of it in the projects of measures, and makes the report.
/// </summary>
internal sealed class Sampler(
    MeasureStore store, CapacityFiles files, CapacityMetrics metrics, Walls walls, NextSteps advice, IEnumerable<IHealthSource> parts,
    IOptions<CapacityOptions> options, TimeProvider time, ILogger<Sampler> logger)
    : BackgroundService
{
    private static readonly TimeSpan Kept = TimeSpan.FromHours(1);
    private readonly CapacityOptions _options = options.Value;
    private readonly HourOfMeasures _hour = new();
    private readonly Lock _gate = new();
    private readonly List<Sample> _samples = [];
    private Reading? _before;
    private long _written;

    /// <summary>The last report; null where nothing was measured yet.</summary>
    public CapacityReport? Report { get; private set; }

    /// <summary>The last hour's samples, in order.</summary>
    public IReadOnlyList<Sample> Samples
    {
        get
        {
            lock (_gate)
            {
                return [.. _samples];
            }
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (_options.SampleSeconds > 0)
        {
            store.AddHour(_hour.End());
        }

        // The host waits for the log with as much patience as for any other; what cannot be written is measured again.
        await store.WriteAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_options.SampleSeconds == 0)
        {
            return;
        }

        using var instruments = new Instruments();
        using var kinds = new QueryKinds();
        var machine = new Machine(files.Directory);
        _before = Read(instruments, kinds, machine);
        _written = time.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(_options.SampleSeconds), time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                Take(Read(instruments, kinds, machine));
                if (time.GetElapsedTime(_written).TotalSeconds >= _options.WriteSeconds)
                {
                    _written = time.GetTimestamp();
                    await store.WriteAsync(stoppingToken);
                    await walls.RefreshAsync(Report!, stoppingToken);
                }
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                CapacityLog.NotMeasured(logger, _options.SampleSeconds, e);
            }
        }
    }

    private void Take(Reading reading)
    {
        var sample = new Sample(_before!, reading);
        if (sample.Seconds <= 0)
        {
            return;
        }

        _before = reading;
        IReadOnlyList<Sample> samples;
        lock (_gate)
        {
            _samples.Add(sample);
            if (_samples.Count > Kept.TotalSeconds / _options.SampleSeconds)
            {
                _samples.RemoveAt(0);
            }

            samples = [.. _samples];
        }

        Measure[] measures = [.. ResourceCeilings.Of([sample]).Select(resource => MeasureOf(resource, sample))];
        store.Add(measures);
        store.AddHour(_hour.Add(measures, sample.Seconds));
        var report = advice.Advise(CapacityReports.Of(reading.At, samples, walls.Current, files.Calibration(), Problems()), samples);
        Report = report;
        metrics.Report = report;
        files.WriteReport(report);
    }

    private string[] Problems() => [.. parts.Select(static p => p.Health).Where(static h => !h.Ok).Select(static h => $"{h.Name}: {h.Detail}")];

    private Reading Read(Instruments instruments, QueryKinds kinds, Machine machine)
    {
        var values = instruments.Read();
        values[(int)Quantity.CaptureEvents] -= store.Written;
        var (capture, queries) = instruments.ReadTimes();
        return new Reading(time.GetUtcNow(), time.GetTimestamp() / (double)time.TimestampFrequency, values, machine.Read()) { Work = new Workload(capture, queries, kinds.Read()) };
    }

    private static Measure MeasureOf(ResourceReport resource, Sample sample) => new(
        sample.At, resource.Name, CapacityReports.Words(resource.Flow), resource.Utilisation, resource.Saturation, resource.ErrorsPerSecond, resource.Throughput,
        resource.ServiceDemand, (resource.Utilisation, resource.Throughput), resource.Name == ResourceNames.DiskSpace ? ResourceCeilings.UsedBytes(sample) : null);
}
