namespace Headroom.App.Capacity.Model;

/// <summary>
/// The same network, played through event by event: what the formulas of <see cref="Solver"/> are checked against. Jobs are rows of arrays that are used again,
/// so that nothing is allocated for a job. The same seed gives the same result.
/// </summary>
internal sealed class Simulation
{
    private const int Samples = 1 << 17;
    private const int Arrival = -1;
    private readonly Network _network;
    private readonly Random _random;
    private readonly State[] _stations;
    private readonly PoolState[] _pools;
    private readonly PriorityQueue<Event, double> _events = new();
    private readonly Reservoir[] _stationTimes;
    private readonly Reservoir[][] _steps;
    private readonly Reservoir[][] _totals;
    private readonly long[] _visits;
    private readonly int _firstPool;
    private Job[] _jobs = new Job[1024];
    private int _unused = -1;
    private int _used;
    private double _now;
    private double _measuredFrom = double.PositiveInfinity;

    private Simulation(Network network, int seed)
    {
        _network = network;
        _random = new Random(seed);
        _stations = [.. network.Stations.Select(static station => new State(station))];
        _pools = [.. network.Pools.Select(static pool => new PoolState(pool.Places))];
        _stationTimes = [.. network.Stations.Select(_ => new Reservoir(_random))];
        _steps = [.. network.Classes.Select(c => c.Visits.Select(_ => new Reservoir(_random)).ToArray())];
        _totals = [.. network.Classes.Select(c => c.Visits.Select(_ => new Reservoir(_random)).ToArray())];
        _firstPool = network.Stations.Count;
        _visits = new long[_firstPool + network.Pools.Count];
    }

    /// <param name="jobs">Arrivals to play; the first fifth warms up and is not counted.</param>
    public static NetworkResult Run(Network network, long jobs, int seed) => new Simulation(network, seed).Run(jobs);

    private NetworkResult Run(long jobs)
    {
        for (var kind = 0; kind < _network.Classes.Count; kind++)
        {
            if (_network.Classes[kind].Rate > 0)
            {
                Schedule(_now + Exponential(1 / _network.Classes[kind].Rate), new Event(Arrival, kind, 0));
            }
        }

        long arrived = 0;
        while (arrived < jobs && _events.TryDequeue(out var next, out var at))
        {
            Advance(at);
            if (next.Station == Arrival)
            {
                arrived++;
                if (arrived == jobs / 5)
                {
                    _measuredFrom = _now;
                    foreach (var station in _stations)
                    {
                        station.BusyTime = 0;
                    }

                    foreach (var pool in _pools)
                    {
                        pool.BusyTime = 0;
                    }
                }

                Schedule(_now + Exponential(1 / _network.Classes[next.Value].Rate), next);
                Begin(NewJob(next.Value));
            }
            else if (next.Stamp == 0 || next.Stamp == _stations[next.Station].Stamp)
            {
                Ended(next.Station, next.Value);
            }
        }

        return Result();
    }

    // ---- jobs

    private int NewJob(int kind)
    {
        int job;
        if (_unused >= 0)
        {
            job = _unused;
            _unused = _jobs[job].Next;
        }
        else
        {
            job = _used++;
            if (job == _jobs.Length)
            {
                Array.Resize(ref _jobs, _jobs.Length * 2);
            }
        }

        _jobs[job] = new Job { Kind = kind, Born = _now, Next = -1 };
        return job;
    }

    private void Begin(int job)
    {
        ref var row = ref _jobs[job];
        var visit = _network.Classes[row.Kind].Visits[row.Step];
        row.StepBegan = _now;
        if (visit.Pool is { } index)
        {
            var pool = _pools[index];
            if (pool.Busy == pool.Places)
            {
                pool.Waiting.Enqueue(job);
                return;
            }

            pool.Busy++;
        }

        Enter(job, visit);
    }

    private void Enter(int job, Visit visit)
    {
        ref var row = ref _jobs[job];
        row.StationBegan = _now;
        var state = _stations[visit.Station];
        switch (state.Station)
        {
            case Processors processors:
                state.Sharing.Enqueue(job, state.Virtual + Service(visit));
                state.Busy++;
                ShareAgain(visit.Station, processors);
                break;
            case Servers servers when state.Busy < servers.Count:
                state.Busy++;
                Schedule(_now + Service(visit), new Event(visit.Station, job, 0));
                break;
            case Batches batches:
                state.Waiting.Enqueue(job);
                if (state.Group.Count == 0)
                {
                    if (state.Waiting.Count >= batches.MaxJobs || batches.Gather <= 0)
                    {
                        BeginGroup(visit.Station, batches);
                    }
                    else if (state.Waiting.Count == 1)
                    {
                        Schedule(_now + batches.Gather, new Event(visit.Station, -1, ++state.Stamp));
                    }
                }

                break;
            case Delay:
                Schedule(_now + Service(visit), new Event(visit.Station, job, 0));
                break;
            default:
                state.Waiting.Enqueue(job);
                break;
        }
    }

    private void Ended(int station, int job)
    {
        var state = _stations[station];
        switch (state.Station)
        {
            case Processors processors:
                job = state.Sharing.Dequeue();
                state.Busy--;
                ShareAgain(station, processors);
                Leave(job);
                break;
            case Servers:
                if (state.Waiting.TryDequeue(out var next))
                {
                    Schedule(_now + Service(VisitOf(next)), new Event(station, next, 0));
                }
                else
                {
                    state.Busy--;
                }

                Leave(job);
                break;
            case Batches batches when state.Group.Count == 0:
                BeginGroup(station, batches);
                break;
            case Batches batches:
                state.Busy = 0;
                (state.Group, state.Done) = (state.Done, state.Group);
                if (state.Waiting.TryPeek(out var oldest))
                {
                    var due = _jobs[oldest].StationBegan + batches.Gather;
                    if (due <= _now || state.Waiting.Count >= batches.MaxJobs)
                    {
                        BeginGroup(station, batches);
                    }
                    else
                    {
                        Schedule(due, new Event(station, -1, ++state.Stamp));
                    }
                }

                // Leaving may bring jobs to this station again, so the list is complete before.
                var done = state.Done;
                foreach (var member in done)
                {
                    Leave(member);
                }

                done.Clear();
                break;
            default:
                Leave(job);
                break;
        }
    }

    private void BeginGroup(int station, Batches batches)
    {
        var state = _stations[station];
        state.Stamp++;
        state.Busy = 1;
        var time = Draw(batches.PerGroup, batches.Variability);
        while (state.Group.Count < batches.MaxJobs && state.Waiting.TryDequeue(out var job))
        {
            state.Group.Add(job);
            time += VisitOf(job).Demand;
        }

        Schedule(_now + time, new Event(station, -1, 0));
    }

    private void Leave(int job)
    {
        ref var row = ref _jobs[job];
        var visits = _network.Classes[row.Kind].Visits;
        var visit = visits[row.Step];
        if (_now >= _measuredFrom)
        {
            _stationTimes[visit.Station].Add(_now - row.StationBegan);
            _steps[row.Kind][row.Step].Add(_now - row.StepBegan);
            _totals[row.Kind][row.Step].Add(_now - row.Born);
            _visits[visit.Station]++;
            if (visit.Pool is { } used)
            {
                _visits[_firstPool + used]++;
            }
        }

        if (visit.Pool is { } index)
        {
            var pool = _pools[index];
            if (pool.Waiting.TryDequeue(out var next))
            {
                Enter(next, VisitOf(next));
            }
            else
            {
                pool.Busy--;
            }
        }

        // Entering may have moved the rows.
        row = ref _jobs[job];
        if (++row.Step < visits.Count)
        {
            Begin(job);
        }
        else
        {
            row.Next = _unused;
            _unused = job;
        }
    }

    private Visit VisitOf(int job) => _network.Classes[_jobs[job].Kind].Visits[_jobs[job].Step];

    // ---- time

    private void Advance(double to)
    {
        var passed = to - _now;
        _now = to;
        foreach (var state in _stations)
        {
            switch (state.Station)
            {
                case Processors processors when state.Busy > 0:
                    state.Virtual += passed * Math.Min(1, (double)processors.Count / state.Busy);
                    state.BusyTime += passed * Math.Min(processors.Count, state.Busy) / processors.Count;
                    break;
                case Servers servers:
                    state.BusyTime += passed * state.Busy / servers.Count;
                    break;
                case Batches:
                    state.BusyTime += passed * state.Busy;
                    break;
            }
        }

        foreach (var pool in _pools)
        {
            pool.BusyTime += passed * pool.Busy / pool.Places;
        }
    }

    /// <summary>All jobs there get the same share, so the one with the least work left ends first; work is counted in what each got since the beginning.</summary>
    private void ShareAgain(int station, Processors processors)
    {
        var state = _stations[station];
        state.Stamp++;
        if (state.Sharing.TryPeek(out _, out var end))
        {
            var wait = Math.Max(0, end - state.Virtual) * Math.Max(1, (double)state.Busy / processors.Count);
            Schedule(_now + wait, new Event(station, -1, state.Stamp));
        }
    }

    private void Schedule(double at, Event what) => _events.Enqueue(what, at);

    // ---- chance

    private double Service(Visit visit) => Draw(visit.Demand, visit.Variability);

    private double Exponential(double mean) => -mean * Math.Log(1 - _random.NextDouble());

    /// <summary>From the gamma distribution of this mean and squared coefficient of variation (Marsaglia and Tsang, 2000).</summary>
    private double Draw(double mean, double variability)
    {
        if (variability <= 0 || mean <= 0)
        {
            return mean;
        }

        if (variability == 1)
        {
            return Exponential(mean);
        }

        var shape = 1 / variability;
        var boost = 1.0;
        if (shape < 1)
        {
            boost = Math.Pow(1 - _random.NextDouble(), 1 / shape);
            shape++;
        }

        var d = shape - (1.0 / 3);
        var c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            var x = Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
            var v = 1 + (c * x);
            if (v <= 0)
            {
                continue;
            }

            v = v * v * v;
            if (Math.Log(1 - _random.NextDouble()) < (0.5 * x * x) + d - (d * v) + (d * Math.Log(v)))
            {
                return d * v * boost * mean * variability;
            }
        }
    }

    private NetworkResult Result()
    {
        var seconds = _now - _measuredFrom;
        var stations = _network.Stations.Select((station, i) => new StationResult(
            station.Name, _stations[i].BusyTime / seconds, _visits[i] / seconds, _visits[i] / seconds * _stationTimes[i].Mean, _stationTimes[i].ToResponse()));
        var pools = _network.Pools.Select((pool, i) => new StationResult(pool.Name, _pools[i].BusyTime / seconds, _visits[_firstPool + i] / seconds, null, null));
        var classes = _network.Classes.Select((kind, i) => new ClassResult(
            kind.Name, _totals[i][^1].ToResponse(), [.. _steps[i].Select(static times => times.ToResponse())], [.. _totals[i].Select(static times => times.ToResponse())]));
        return new NetworkResult([.. stations], [.. pools], [.. classes]);
    }

    private struct Job
    {
        public int Kind;
        public int Step;
        public int Next;
        public double Born;
        public double StepBegan;
        public double StationBegan;
    }

    /// <param name="Station">-1 for an arrival.</param>
    /// <param name="Value">The job, or the class of an arrival.</param>
    /// <param name="Stamp">0, or the station's stamp without which the event is out of date.</param>
    private readonly record struct Event(int Station, int Value, long Stamp);

    private sealed class State(Station station)
    {
        public Station Station { get; } = station;

        public Queue<int> Waiting { get; } = new();

        public PriorityQueue<int, double> Sharing { get; } = new();

        public List<int> Group { get; set; } = [];

        public List<int> Done { get; set; } = [];

        public int Busy { get; set; }

        public double Virtual { get; set; }

        public double BusyTime { get; set; }

        public long Stamp { get; set; }
    }

    private sealed class PoolState(int places)
    {
        public int Places { get; } = places;

        public Queue<int> Waiting { get; } = new();

        public int Busy { get; set; }

        public double BusyTime { get; set; }
    }

    /// <summary>A random sample of times of fixed size (Vitter's algorithm R), and their mean.</summary>
    private sealed class Reservoir(Random random)
    {
        private double[] _values = new double[256];
        private long _count;
        private double _sum;

        public double Mean => _count > 0 ? _sum / _count : 0;

        public void Add(double value)
        {
            _sum += value;
            if (_count < Samples)
            {
                if (_count == _values.Length)
                {
                    Array.Resize(ref _values, _values.Length * 2);
                }

                _values[_count] = value;
            }
            else if (random.NextInt64(_count + 1) is var place && place < Samples)
            {
                _values[place] = value;
            }

            _count++;
        }

        public Response? ToResponse()
        {
            if (_count == 0)
            {
                return null;
            }

            var length = (int)Math.Min(_count, Samples);
            Array.Sort(_values, 0, length);
            return new Response(Mean, _values[Math.Min(length - 1, (int)(0.99 * length))]);
        }
    }
}
