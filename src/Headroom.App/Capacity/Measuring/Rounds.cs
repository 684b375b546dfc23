namespace Headroom.App.Capacity.Measuring;

/// <summary>Makes samples of the readings of every process, round by round.</summary>
internal sealed class Rounds
{
    /// <summary>Samples after which a process that tells nothing is left out.</summary>
    private const int Patience = 3;

    /// <summary>Seconds after which one that tells nothing is forgotten.</summary>
    private const double Forgotten = 3_600;
    private readonly Dictionary<string, Told> _told = new(StringComparer.Ordinal);

    /// <summary>The next round; null where the own process has no new sample.</summary>
    /// <param name="own">Of the process that makes the report.</param>
    /// <param name="others">The last readings of the others, new ones and those that were here before.</param>
    public Round? Next(ProcessReading own, IReadOnlyList<ProcessReading> others)
    {
        // How old a reading is is counted by the clock here: those of two machines may differ by more than a few samples.
        var now = own.Reading.Timestamp;
        var isNew = Take(own, now);
        foreach (var reading in others)
        {
            if (reading.Process.Name != own.Process.Name)
            {
                Take(reading, now);
            }
        }

        var samples = new List<ProcessSample>(_told.Count);
        foreach (var (name, told) in _told)
        {
            var age = now - told.At;
            if (age > Forgotten)
            {
                _told.Remove(name);
            }
            else if (told.Sample is { } sample && age <= Patience * Math.Max(own.SampleSeconds, told.Reading.SampleSeconds))
            {
                samples.Add(new ProcessSample(told.Reading.Process, sample));
            }
        }

        return !isNew
            ? null
            : new Round(own.Reading.At, [.. samples.OrderByDescending(s => s.Process.Name == own.Process.Name).ThenBy(static s => s.Process.Name, StringComparer.Ordinal)]);
    }

    /// <summary>Whether it makes a sample.</summary>
    private bool Take(ProcessReading reading, double now)
    {
        if (!_told.TryGetValue(reading.Process.Name, out var told))
        {
            _told.Add(reading.Process.Name, new Told(reading, now));
            return false;
        }

        if (HasRestarted(told.Reading, reading))
        {
            (told.Reading, told.Sample, told.At) = (reading, null, now);
            return false;
        }

        if (reading.Reading.Timestamp == told.Reading.Reading.Timestamp)
        {
            return false;
        }

        (told.Reading, told.Sample, told.At) = (reading, new Sample(told.Reading.Reading, reading.Reading), now);
        return true;
    }

    /// <summary>Whether the process has begun to count anew. Also without another run's id, no sum may have become less.</summary>
    private static bool HasRestarted(ProcessReading before, ProcessReading after) =>
        after.Run != before.Run || after.Reading.Timestamp < before.Reading.Timestamp || after.Reading.Machine.OwnSeconds < before.Reading.Machine.OwnSeconds;

    /// <summary>What a process has told.</summary>
    /// <param name="at">When it was new here.</param>
    private sealed class Told(ProcessReading reading, double at)
    {
        public ProcessReading Reading { get; set; } = reading;

        public double At { get; set; } = at;

        /// <summary>Null until there are two readings of one run.</summary>
        public Sample? Sample { get; set; }
    }
}
