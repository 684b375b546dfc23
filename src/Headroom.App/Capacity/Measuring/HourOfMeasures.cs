namespace Headroom.App.Capacity.Measuring;

/// <summary>Gathers measures into one for each resource of each process and hour: means over the time, and the busiest minute.</summary>
internal sealed class HourOfMeasures
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private readonly Dictionary<(string Process, string Resource), Sums> _resources = [];
    private DateTimeOffset _hour;

    /// <summary>The hour before, complete, where these measures are the first of another; else nothing.</summary>
    public IReadOnlyList<Measure> Add(IReadOnlyList<Measure> measures, double seconds)
    {
        if (measures.Count == 0)
        {
            return [];
        }

        var at = measures[0].At;
        var hour = new DateTimeOffset(at.UtcDateTime.Date, TimeSpan.Zero).AddHours(at.UtcDateTime.Hour);
        var done = hour == _hour ? [] : End();
        _hour = hour;
        foreach (var measure in measures)
        {
            if (!_resources.TryGetValue((measure.Process, measure.Resource), out var sums))
            {
                _resources.Add((measure.Process, measure.Resource), sums = new Sums());
            }

            sums.Add(measure, seconds);
        }

        return done;
    }

    /// <summary>What there is of the hour; after it the hour is empty.</summary>
    public IReadOnlyList<Measure> End()
    {
        var hour = _hour;
        Measure[] done = [.. _resources.Values.Select(sums => sums.End(hour))];
        _resources.Clear();
        return done;
    }

    private sealed class Sums
    {
        private Measure _last;
        private double _seconds;
        private double _utilisation;
        private double _saturation;
        private double _errors;
        private double _throughput;
        private double _minute;
        private double _minuteThroughput;
        private double _minuteUtilisation;
        private (double Utilisation, double Throughput) _peak;

        public void Add(Measure measure, double seconds)
        {
            _last = measure;
            _seconds += seconds;
            _utilisation += measure.Utilisation * seconds;
            _saturation += measure.Saturation * seconds;
            _errors += measure.ErrorsPerSecond * seconds;
            _throughput += measure.Throughput * seconds;
            _minute += seconds;
            _minuteThroughput += measure.Throughput * seconds;
            _minuteUtilisation += measure.Utilisation * seconds;
            if (_minute >= Minute.TotalSeconds)
            {
                EndMinute();
            }
        }

        public Measure End(DateTimeOffset hour)
        {
            // What is shorter than a minute counts for a peak only where there is nothing else.
            if (_peak == default && _minute > 0)
            {
                EndMinute();
            }

            return _last with
            {
                At = hour,
                Utilisation = _utilisation / _seconds,
                Saturation = _saturation / _seconds,
                ErrorsPerSecond = _errors / _seconds,
                Throughput = _throughput / _seconds,
                Peak = _peak,
            };
        }

        private void EndMinute()
        {
            _peak = (Math.Max(_peak.Utilisation, _minuteUtilisation / _minute), Math.Max(_peak.Throughput, _minuteThroughput / _minute));
            (_minute, _minuteThroughput, _minuteUtilisation) = (0, 0, 0);
        }
    }
}
