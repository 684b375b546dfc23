namespace Headroom.App.Capacity.Measuring;

/// <summary>What a process did before an instant.</summary>
internal sealed record ProcessSample(MeasuredProcess Process, Sample Sample);

/// <summary>The last sample of every process that measures, at an instant.</summary>
/// <param name="Processes">The one that makes the report is first. Of one that has not told anything new its sample is that of the round before.</param>
internal sealed record Round(DateTimeOffset At, IReadOnlyList<ProcessSample> Processes)
{
    /// <summary>The one that makes the report.</summary>
    public ProcessSample Own => Processes[0];

    /// <summary>Of an installation that is one process.</summary>
    public static IReadOnlyList<Round> Of(MeasuredProcess process, IReadOnlyList<Sample> samples) =>
        [.. samples.Select(sample => new Round(sample.At, [new ProcessSample(process, sample)]))];
}
