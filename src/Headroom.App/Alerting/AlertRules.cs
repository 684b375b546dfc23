using System.Globalization;
using Headroom.App.Shared;

namespace Headroom.App.Alerting;

/// <summary>A disk at one look.</summary>
/// <param name="Name">data or log.</param>
/// <param name="Free">Bytes that this process may still write; null where it does not answer.</param>
internal sealed record DiskLook(string Name, string Path, long? Free, long Total);

/// <summary>What happened within the last minute.</summary>
/// <param name="CaptureFailures">Requests that were answered with 503, by reason.</param>
/// <param name="WriterFailures">Batches begun again while the Writer called itself well: those that went by themselves.</param>
/// <param name="PoisonRecords">Records of the log that could not be read whole.</param>
internal sealed record ErrorCounts(
    long CaptureRequests, IReadOnlyDictionary<string, long> CaptureFailures, long Queries, long FailedQueries, long WriterFailures, long PoisonRecords)
{
    public static ErrorCounts None { get; } = new(0, new Dictionary<string, long>(), 0, 0, 0, 0);
}

/// <summary>A channel that did not take a message.</summary>
internal sealed record ChannelTrouble(string Name, string Target, string Problem, DateTimeOffset Since);

/// <summary>Everything that one look goes by.</summary>
/// <param name="Ledgers">What <see cref="LedgerWatch"/> found.</param>
/// <param name="LagBytes">What each consumer of the log has not read.</param>
/// <param name="Fires">Whether an alert fires already: where a number must come well back before it is resolved.</param>
internal sealed record AlertInputs(
    DateOnly Today,
    IReadOnlyList<PartHealth> Parts,
    IReadOnlyList<Condition> Ledgers,
    IReadOnlyList<DiskLook> Disks,
    IReadOnlyDictionary<string, long> LagBytes,
    ErrorCounts Errors,
    IReadOnlyList<Wall> Walls,
    IReadOnlyList<ChannelTrouble> Channels,
    Func<string, bool> Fires);

/// <summary>What counts as wrong. Pure: the same inputs give the same conditions.</summary>
internal static class AlertRules
{
    /// <summary>Fewer failures than this in a minute are no alert, whatever their share.</summary>
    public const int FewestErrors = 5;

    /// <summary>Batches that went wrong in a minute and went by themselves until it is told.</summary>
    public const int FewestWriterFailures = 3;

    /// <summary>Of the free space at which it is a warning: where it becomes critical.</summary>
    private const double CriticalShare = 0.25;

    /// <summary>How far a number must come back until its alert ends.</summary>
    private const double Back = 1.2;

    private const int MostProjects = 20;
    /// <summary>Days to a wall from which it is critical.</summary>
    private const int Soon = 3;

    public static IReadOnlyList<Condition> Evaluate(AlertInputs inputs, AlertingOptions options) =>
    [
        .. inputs.Parts.Where(static part => !part.Ok).Select(Part),
        .. inputs.Ledgers.Take(MostProjects),
        .. inputs.Disks.Select(disk => Disk(disk, options, inputs.Fires)).OfType<Condition>(),
        .. inputs.LagBytes.Select(lag => Lag(lag.Key, lag.Value, options, inputs.Fires)).OfType<Condition>(),
        .. Errors(inputs.Errors, options),
        .. inputs.Walls.Select(wall => WallWithin(wall, inputs, options)).OfType<Condition>(),
        .. inputs.Channels.Select(static channel => new Condition(
            $"alerting:{channel.Name}", AlertSeverity.Warning, $"Alerts do not arrive by {channel.Name}",
            $"{channel.Target}: {channel.Problem} Correct the settings under {AlertingOptions.Section}, and send a test message in the app under Settings, Alerts.", channel.Since)),
    ];

    private static Condition Part(PartHealth part) => new(
        $"part:{part.Name}",
        part.Name == "capture" || part.IsDegraded ? AlertSeverity.Warning : AlertSeverity.Critical,
        part.Name switch
        {
            "cache" => "Redis is away",
            "capture" => "More arrives than the server takes",
            "control" => "The control data are not well",
            "event_log" => "The event log is not well",
            "event_store" => "The event store is not well",
            "writer" => "The Writer is not well",
            _ => $"{part.Name.Replace('_', ' ')} is not well",
        },
        part.Detail ?? "It does not say why. Look at the server's log.",
        part.Since);

    private static Condition? Disk(DiskLook disk, AlertingOptions options, Func<string, bool> fires)
    {
        var id = $"disk:{disk.Name}";
        if (disk.Free is not { } free)
        {
            return new Condition(id, AlertSeverity.Critical, $"The disk of the {disk.Name} does not answer",
                $"How much is free at {disk.Path} has been asked for 10 s without an answer. Look at the disk, its mount and the kernel's log.");
        }

        var least = Math.Min(options.DiskFreeBytes, disk.Total / 100 * options.DiskFreePercent);
        return free >= least * (fires(id) ? Back : 1) ? null : new Condition(
            id, free < least * CriticalShare ? AlertSeverity.Critical : AlertSeverity.Warning, $"The disk of the {disk.Name} is nearly full",
            $"{Size(free)} of {Size(disk.Total)} are free at {disk.Path}. Give it more space, keep events for a shorter time (Settings, Data retention), or remove what else is on it. Below Headroom:Log:MinFreeDiskBytes new events are turned away.");
    }

    private static Condition? Lag(string consumer, long bytes, AlertingOptions options, Func<string, bool> fires)
    {
        var id = $"lag:{consumer}";
        return options.LagBytes == 0 || bytes < options.LagBytes / (fires(id) ? Back : 1) ? null : new Condition(
            id, AlertSeverity.Warning, $"Much waits in the log for {consumer}",
            $"{Size(bytes)} are acknowledged and safe, but not stored yet, so results are old. See what the machine is busy with (docs/operate.md, Overload); at Headroom:Log:MaxBytes new events are turned away.");
    }

    private static IEnumerable<Condition> Errors(ErrorCounts errors, AlertingOptions options)
    {
        var failures = errors.CaptureFailures.Values.Sum();
        if (IsMuch(failures, errors.CaptureRequests, options))
        {
            var reasons = string.Join(", ", errors.CaptureFailures.Where(static one => one.Value > 0).OrderByDescending(static one => one.Value)
                .Select(static one => string.Create(CultureInfo.InvariantCulture, $"{one.Key} {one.Value}")));
            yield return new Condition("errors:capture", AlertSeverity.Critical, "Events are turned away",
                string.Create(CultureInfo.InvariantCulture, $"Within a minute {failures} of {errors.CaptureRequests} requests were answered with 503: {reasons}. SDKs keep their events and come again. What each reason means stands in docs/operate.md, Overload."));
        }

        if (IsMuch(errors.FailedQueries, errors.Queries, options))
        {
            yield return new Condition("errors:queries", AlertSeverity.Warning, "Queries fail",
                string.Create(CultureInfo.InvariantCulture, $"Within a minute {errors.FailedQueries} of {errors.Queries} queries failed. The server's log says why."));
        }

        if (errors.WriterFailures >= FewestWriterFailures)
        {
            yield return new Condition("errors:writer", AlertSeverity.Warning, "The Writer fails again and again",
                string.Create(CultureInfo.InvariantCulture, $"Within a minute {errors.WriterFailures} batches had to be begun again from the log. Nothing is lost; the server's log says why."));
        }

        if (errors.PoisonRecords > 0)
        {
            yield return new Condition("errors:records", AlertSeverity.Critical, "Records of the log could not be read",
                string.Create(CultureInfo.InvariantCulture, $"Within a minute {errors.PoisonRecords} records of the log were not readable as a whole; their events are missing. The server's log says which: keep the log's files, and report it."));
        }
    }

    private static bool IsMuch(long failures, long of, AlertingOptions options) => failures >= FewestErrors && failures * 100.0 >= of * options.ErrorPercent;

    private static Condition? WallWithin(Wall wall, AlertInputs inputs, AlertingOptions options)
    {
        var id = $"wall:{wall.Flow}:{wall.Resource}";
        if (wall.Median is not { } median)
        {
            return null;
        }

        var days = median.DayNumber - inputs.Today.DayNumber;
        if (days > options.WallDays * (inputs.Fires(id) ? Back : 1))
        {
            return null;
        }

        var early = wall.Early is { } first && first < median ? string.Create(CultureInfo.InvariantCulture, $", one in twenty before {first:yyyy-MM-dd}") : "";
        return new Condition(
            id, days <= Soon ? AlertSeverity.Critical : AlertSeverity.Warning,
            days <= 0 ? $"{Name(wall.Flow)} is at its wall: {Words(wall.Resource)}" : string.Create(CultureInfo.InvariantCulture, $"{Name(wall.Flow)} meets its wall in {days} days: {Words(wall.Resource)}"),
            string.Create(CultureInfo.InvariantCulture, $"Half of the forecasts meet it before {median:yyyy-MM-dd}{early}. What to do, and what it costs, is in the app under Capacity and in headroom doctor."));
    }

    private static string Name(string flow) => flow switch
    {
        "ingest" => "Taking events in",
        "queries" => "Answering queries",
        "storage" => "Storage",
        _ => flow,
    };

    private static string Words(string resource) => resource.Replace('_', ' ');

    private static string Size(long bytes) => bytes >= 1L << 30
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):0.0} GiB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 20):0.0} MiB");
}
