namespace Headroom.App.Capacity.Measuring;

/// <summary>What a process did before an instant.</summary>
internal sealed record ProcessSample(MeasuredProcess Process, Sample Sample);

/// <summary>The last sample of every process that measures, at an instant.</summary>
/// <param name="Processes">The one that makes the report is first. Of one that has not told anything new its sample is that of the round before.</param>
internal sealed record Round(DateTimeOffset At, IReadOnlyList<ProcessSample> Processes)
{
    /// <summary>The one that makes the report.</summary>
    public ProcessSample Own => Processes[0];

    /// <summary>A process' samples, in order.</summary>
    public static IReadOnlyList<Sample> Samples(IReadOnlyList<Round> rounds, string process)
    {
        var samples = new List<Sample>(rounds.Count);
        foreach (var round in rounds)
        {
            foreach (var one in round.Processes)
            {
                // Until it tells something new the same stands in round after round.
                if (one.Process.Name == process && (samples.Count == 0 || samples[^1] != one.Sample))
                {
                    samples.Add(one.Sample);
                }
            }
        }

        return samples;
    }

    /// <summary>Those of every process of the last round, process by process.</summary>
    public static IEnumerable<Sample> Samples(IReadOnlyList<Round> rounds) => rounds.Count == 0 ? [] : rounds[^1].Processes.SelectMany(one => Samples(rounds, one.Process.Name));

    /// <summary>Of an installation that is one process.</summary>
    public static IReadOnlyList<Round> Of(MeasuredProcess process, IReadOnlyList<Sample> samples) =>
        [.. samples.Select(sample => new Round(sample.At, [new ProcessSample(process, sample)]))];
}
