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
    CapacityScope scope, ProcessReadings readings, IOptions<CapacityOptions> options, TimeProvider time, ILogger<Sampler> logger)
    : BackgroundService
{
    /// <summary>The node of measures that are of none alone.</summary>
    private const string AllProcesses = "all";
    private static readonly TimeSpan Kept = TimeSpan.FromHours(1);
    private readonly CapacityOptions _options = options.Value;
    private readonly MeasuredProcess _process = MeasuredProcess.Own(scope.Roles, options.Value, files.Directory);
    private readonly Guid _run = Guid.NewGuid();
    private readonly HourOfMeasures _hour = new();
    private readonly Lock _gate = new();
    private readonly Rounds _told = new();
    private readonly List<Round> _rounds = [];
    private long _written;

    /// <summary>The last report; null where nothing was measured yet.</summary>
    public CapacityReport? Report { get; private set; }

    /// <summary>The last hour's rounds, in order.</summary>
    public IReadOnlyList<Round> Rounds
    {
        get
        {
            lock (_gate)
            {
                return [.. _rounds];
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

        using var own = new OwnReadings(time, files.Directory);
        _told.Next(Read(own), []);
        _written = time.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(_options.SampleSeconds), time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                var others = scope.HasOthers ? await readings.ReadAsync(stoppingToken) : [];
                if (_told.Next(Read(own), others) is { } round)
                {
                    Take(round);
                }

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

    private void Take(Round round)
    {
        IReadOnlyList<Round> rounds;
        lock (_gate)
        {
            _rounds.Add(round);
            if (_rounds.Count > Kept.TotalSeconds / _options.SampleSeconds)
            {
                _rounds.RemoveAt(0);
            }

            rounds = [.. _rounds];
        }

        var report = advice.Advise(CapacityReports.Of(round.At, rounds, walls.Current, files.Calibration(), Problems()), rounds);
        Measure[] measures = [.. Measures(round, report)];
        store.Add(measures);
        store.AddHour(_hour.Add(measures, round.Own.Sample.Seconds));
        Report = report;
        metrics.Report = report;
        files.WriteReport(report);
    }

    private string[] Problems() => [.. parts.Select(static p => p.Health).Where(static h => !h.Ok).Select(static h => $"{h.Name}: {h.Detail}")];

    private ProcessReading Read(OwnReadings own)
    {
        var reading = own.Now();
        reading.Values[(int)Quantity.CaptureEvents] -= store.Written;
        return new ProcessReading(_process, _run, _options.SampleSeconds, reading);
    }

    private static IEnumerable<Measure> Measures(Round round, CapacityReport report)
    {
        foreach (var resource in InstallationCeilings.Of([round]))
        {
            yield return new Measure(
                round.At, resource.Process, resource.Name, CapacityReports.Words(resource.Flow), resource.Utilisation, resource.Saturation, resource.ErrorsPerSecond, resource.Throughput,
                resource.ServiceDemand, (resource.Utilisation, resource.Throughput), resource.Name == ResourceNames.DiskSpace ? ResourceCeilings.UsedBytes(round.Own.Sample) : null);
        }

        if (round.Processes.Count == 1)
        {
            yield break;
        }

        // What the processes did in the same minute, which cannot be told from what each did at most.
        foreach (var (flow, quantity) in ((Flow, Quantity)[])[(Flow.Ingest, Quantity.CaptureEvents), (Flow.Queries, Quantity.Queries)])
        {
            var load = InstallationCeilings.Load([round], quantity);
            var utilisation = report.Flows[(int)flow].Ceiling is { Value: > 0 } ceiling ? Math.Min(1, load / ceiling.Value) : 0;
            yield return new Measure(round.At, AllProcesses, ResourceNames.Load(flow), CapacityReports.Words(flow), utilisation, 0, 0, load, null, (utilisation, load), null);
        }
    }
}
