// What is approximated, and after whom:
//
// Processors   M/G/c with processor sharing. Number of jobs and mean response are those of M/M/c, whatever the distribution of the work (Kleinrock, "Queueing Systems" 2, 4.4).
//              A job of work x waits, besides x, a time whose variance is that of an integrated process with exponential correlation; for M/M/1 that is exact
//              (Ott, "The Sojourn-Time Distribution in the M/G/1 Queue with Processor Sharing", 1984). It has an atom at 0 and otherwise a gamma fit of two moments.
// Servers      M/G/c, first come first served: the probability to wait is Erlang's C, the mean wait Allen and Cunneen's ("Probability, Statistics, and Queueing Theory", 1990, 5.2.1);
//              the wait of those that wait has the second moment of M/G/1 with a server c times as fast (Tijms, "A First Course in Stochastic Models", 2003, 9.6), and a gamma fit.
// Batches      A cycle lasts from the beginning of a group to that of the next: max(S, E + gather), E being when the first job comes after the beginning. The number that comes in a cycle
//              gives the next S; mean and variance of S are iterated to their fixed point, S being gamma. A job's time is the rest of its cycle and its group's S.
// Pools        Limited processor sharing, the numbers of jobs with and without a place found as births and deaths (Occupancy).
// The whole    Visits one after the other are independent, as they are in product-form networks.

namespace Headroom.App.Capacity.Model;

/// <summary>Utilisation and response of an open network, by formulas: within 5 % and 25 % of a simulation up to a utilisation of 0.85 (SolverTests).</summary>
internal static class Solver
{
    public static NetworkResult Solve(Network network)
    {
        var visits = network.Classes
            .SelectMany((kind, k) => kind.Visits.Select((visit, step) => new Flowing(k, step, kind.Rate, visit)))
            .Where(static flowing => flowing.Rate > 0)
            .ToLookup(static flowing => flowing.Visit.Station);
        var times = network.Classes.Select(static kind => new Times?[kind.Visits.Count]).ToArray();
        var stations = new List<StationResult>();
        for (var index = 0; index < network.Stations.Count; index++)
        {
            stations.Add(SolveStation(network, network.Stations[index], [.. visits[index]], times));
        }

        var classes = new List<ClassResult>();
        var pools = new double[network.Pools.Count];
        var poolRates = new double[network.Pools.Count];
        for (var k = 0; k < network.Classes.Count; k++)
        {
            var kind = network.Classes[k];
            var steps = new Response?[kind.Visits.Count];
            var totals = new Response?[kind.Visits.Count];
            Times? total = Times.Always(0);
            for (var step = 0; step < steps.Length; step++)
            {
                var station = times[k][step];
                var whole = station;
                if (kind.Visits[step].Pool is { } pool)
                {
                    poolRates[pool] += kind.Rate;
                    pools[pool] += kind.Rate * (station?.Mean ?? double.PositiveInfinity);
                    whole = station?.Plus(PoolWait(network, pool, kind.Visits[step].Station, times));
                }

                total = whole is null ? null : total?.Plus(whole);
                steps[step] = whole?.ToResponse();
                totals[step] = total?.ToResponse();
            }

            classes.Add(new ClassResult(kind.Name, steps.Length > 0 ? totals[^1] : null, steps, totals));
        }

        return new NetworkResult(
            stations,
            [.. network.Pools.Select((pool, i) => new StationResult(pool.Name, poolRates[i] > 0 ? pools[i] / pool.Places : 0, poolRates[i], poolRates[i] > 0 ? pools[i] : 0, null))],
            classes);
    }

    /// <summary>The probability that all servers are busy (M/M/c), for an offered load below their number.</summary>
    public static double ErlangC(int servers, double load)
    {
        if (load <= 0)
        {
            return 0;
        }

        // By the recursion of Erlang's B, which does not overflow.
        double blocked = 1;
        for (var n = 1; n <= servers; n++)
        {
            blocked = load * blocked / (n + (load * blocked));
        }

        var utilisation = load / servers;
        return blocked / (1 - utilisation + (utilisation * blocked));
    }

    private static StationResult SolveStation(Network network, Station station, Flowing[] flows, Times?[][] times)
    {
        var rate = flows.Sum(static flowing => flowing.Rate);
        var load = flows.Sum(static flowing => flowing.Rate * flowing.Visit.Demand);
        double utilisation;
        switch (station)
        {
            case Processors processors:
                utilisation = load / processors.Count;
                Share(network, processors, flows, rate, load, times);
                break;
            case Servers servers:
                utilisation = load / servers.Count;
                Queue(servers, flows, rate, load, times);
                break;
            case Batches batches:
                utilisation = Group(batches, flows, rate, times);
                break;
            default:
                utilisation = 0;
                foreach (var flowing in flows)
                {
                    times[flowing.Class][flowing.Step] = Times.Gamma(flowing.Visit.Demand, flowing.Visit.Variability);
                }

                break;
        }

        if (flows.Length == 0 || flows.Any(flowing => times[flowing.Class][flowing.Step] is null))
        {
            return new StationResult(station.Name, utilisation, rate, flows.Length == 0 ? 0 : null, null);
        }

        var all = Times.Mix([.. flows.Select(flowing => (flowing.Rate, times[flowing.Class][flowing.Step]!))]);
        return new StationResult(station.Name, utilisation, rate, rate * all.Mean, all.ToResponse());
    }

    // ---- processors

    private static void Share(Network network, Processors processors, Flowing[] flows, double rate, double load, Times?[][] times)
    {
        var servers = processors.Count;
        var utilisation = load / servers;
        if (utilisation >= 1 || flows.Length == 0)
        {
            return;
        }

        var residual = flows.Sum(static f => f.Rate * f.Visit.Demand * f.Visit.Demand * (1 + f.Visit.Variability)) / (2 * load);
        var pooled = flows.Where(static f => f.Visit.Pool is not null).ToArray();
        var inside = pooled.Sum(static f => f.Rate * f.Visit.Demand);
        var places = pooled.Length == 0 ? 0 : pooled.Select(static f => f.Visit.Pool!.Value).Distinct().Sum(pool => network.Pools[pool].Places);
        var occupancy = new Occupancy(servers, load - inside, inside, places);
        if (!occupancy.IsStable)
        {
            return;
        }

        foreach (var flowing in flows)
        {
            times[flowing.Class][flowing.Step] = Shared(flowing.Visit, occupancy.Seen(flowing.Visit.Pool is not null), rate, residual / (1 - utilisation));
        }
    }

    private static Times Shared(Visit visit, Slow slow, double rate, double relaxation)
    {
        const int Waits = 24;
        var work = Times.Gamma(visit.Demand, visit.Variability);
        var constant = visit.Variability <= 1e-9;
        var values = new double[Times.Slices * Waits * 2];
        var weights = new double[values.Length];
        var count = 0;
        var works = constant ? 1 : Times.Slices;
        for (var i = 0; i < works; i++)
        {
            var x = work.Value(i);
            var weight = constant ? 1 : Times.Weight(i);
            if (slow.Mean <= 1e-9 || x <= 0)
            {
                values[count] = x * (1 + slow.Mean);
                weights[count++] = weight;
                continue;
            }

            var mean = x * slow.Mean;
            var ratio = x / relaxation;
            var variance = ratio < 1e-4 ? x * x * slow.Variance : 2 * x * relaxation * slow.Variance * (1 - ((1 - Math.Exp(-ratio)) / ratio));

            // Alone all the time: as many as servers never came.
            var undisturbed = slow.Idle * Math.Exp(-rate * x * slow.Last);
            var conditional = mean / (1 - undisturbed);
            var spread = Math.Max(0, ((variance + (mean * mean)) / (1 - undisturbed)) - (conditional * conditional));
            if (undisturbed > 1e-6)
            {
                values[count] = x;
                weights[count++] = weight * undisturbed;
            }

            foreach (var (share, value) in WaitSlices(conditional, spread / (conditional * conditional)))
            {
                values[count] = x + value;
                weights[count++] = weight * (1 - undisturbed) * share;
            }
        }

        return Times.Of(values, weights, count);

        static (double Share, double Value)[] WaitSlices(double mean, double variability)
        {
            // Shares that become finer towards the tail, at their middle.
            var slices = new (double Share, double Value)[Waits];
            var shape = 1 / Math.Max(variability, 1e-6);
            double before = 0, sum = 0;
            for (var i = 0; i < Waits; i++)
            {
                var until = 1 - Math.Pow(1 - ((i + 1.0) / Waits), 2.5);
                var share = until - before;
                var value = GammaLaw.Quantile(shape, before + (share / 2));
                slices[i] = (share, value);
                sum += share * value;
                before = until;
            }

            for (var i = 0; i < Waits; i++)
            {
                slices[i].Value *= mean / sum;
            }

            return slices;
        }
    }

    private static Times PoolWait(Network network, int pool, int station, Times?[][] times)
    {
        var places = network.Pools[pool].Places;
        double work = 0, square = 0, held = 0, heldSquare = 0, outside = 0;
        for (var k = 0; k < network.Classes.Count; k++)
        {
            var kind = network.Classes[k];
            for (var step = 0; step < kind.Visits.Count; step++)
            {
                var visit = kind.Visits[step];
                if (visit.Pool == pool && times[k][step] is { } time)
                {
                    work += kind.Rate * visit.Demand;
                    square += kind.Rate * visit.Demand * visit.Demand * (1 + visit.Variability);
                    held += kind.Rate * time.Mean;
                    heldSquare += kind.Rate * (time.Variance + (time.Mean * time.Mean));
                }
                else if (visit.Station == station)
                {
                    outside += kind.Rate * visit.Demand;
                }
            }
        }

        double waits, wait;
        if (network.Stations[station] is Processors processors)
        {
            var occupancy = new Occupancy(processors.Count, outside, work, places);
            waits = occupancy.Waits;
            wait = square / (2 * work) / (occupancy.Speed * (1 - (work / occupancy.Speed)));
        }
        else
        {
            waits = held < places ? ErlangC(places, held) : 1;
            wait = held < places ? heldSquare / (2 * held) / (places - held) : double.PositiveInfinity;
        }

        return Times.Mix((1 - waits, Times.Always(0)), (waits, Times.Gamma(wait, 1)));
    }

    // ---- servers

    private static void Queue(Servers servers, Flowing[] flows, double rate, double load, Times?[][] times)
    {
        var utilisation = load / servers.Count;
        if (utilisation >= 1 || flows.Length == 0)
        {
            return;
        }

        // Moments of the work of any job, of gamma distributions mixed, at a server that is as fast as all together.
        double second = 0, third = 0;
        foreach (var (_, _, r, visit) in flows)
        {
            var d = visit.Demand / servers.Count;
            second += r / rate * d * d * (1 + visit.Variability);
            third += r / rate * d * d * d * (1 + visit.Variability) * (1 + (2 * visit.Variability));
        }

        var mean = rate * second / (2 * (1 - utilisation));
        var waitSquare = (2 * mean * mean) + (rate * third / (3 * (1 - utilisation)));
        var conditional = mean / utilisation;
        var variability = (waitSquare / utilisation / (conditional * conditional)) - 1;
        var waits = ErlangC(servers.Count, load);
        var wait = Times.Mix((1 - waits, Times.Always(0)), (waits, Times.Gamma(conditional, Math.Max(0, variability))));
        foreach (var flowing in flows)
        {
            times[flowing.Class][flowing.Step] = wait.Plus(Times.Gamma(flowing.Visit.Demand, flowing.Visit.Variability));
        }
    }

    // ---- batches

    private static double Group(Batches batches, Flowing[] flows, double rate, Times?[][] times)
    {
        if (flows.Length == 0)
        {
            return 0;
        }

        var each = flows.Sum(f => f.Rate / rate * f.Visit.Demand);
        var eachSquare = flows.Sum(f => f.Rate / rate * f.Visit.Demand * f.Visit.Demand);

        // What it can do at the most: groups as large as they may be.
        var most = batches.MaxJobs == int.MaxValue ? 1 / each : batches.MaxJobs / (batches.PerGroup + (batches.MaxJobs * each));
        if (rate >= most)
        {
            return rate / most;
        }

        var gather = Math.Min(batches.Gather, batches.MaxJobs / rate);
        var mean = batches.PerGroup + each;
        var variance = batches.Variability * batches.PerGroup * batches.PerGroup;
        var cycle = default(Moments);
        for (var round = 0; round < 500; round++)
        {
            cycle = Cycle(Services(mean, variance), rate, gather);
            var nextMean = batches.PerGroup + (each * cycle.Jobs);
            var nextVariance = (batches.Variability * batches.PerGroup * batches.PerGroup) + ((eachSquare - (each * each)) * cycle.Jobs) + (each * each * cycle.JobsVariance);
            var settled = Math.Abs(nextMean - mean) < 1e-7 * mean && Math.Abs(nextVariance - variance) < 1e-6 * (variance + (mean * mean * 1e-6));
            (mean, variance) = (nextMean, nextVariance);
            if (settled)
            {
                break;
            }
        }

        var time = Member(batches, Services(mean, variance), rate, gather, each, eachSquare);
        foreach (var flowing in flows)
        {
            times[flowing.Class][flowing.Step] = time;
        }

        return mean / cycle.Mean;
    }

    private static Times Services(double mean, double variance) => Times.Gamma(mean, variance / (mean * mean));

    /// <summary>Mean of a cycle, and mean and variance of the number of jobs that come in it.</summary>
    private static Moments Cycle(Times services, double rate, double gather)
    {
        double mean = 0, jobs = 0, square = 0;
        for (var i = 0; i < Times.Slices; i++)
        {
            // With probability e^(−rate·(S − gather)) the first job comes so late that the group waits for it, and then the cycle ends a gather after it came.
            var s = services.Value(i);
            var room = Math.Max(0, s - gather);
            var late = Math.Exp(-rate * room);
            var shorter = Math.Min(s, room);
            mean += Times.Weight(i) * (s + (late * (room + (1 / rate) + gather - s)));

            // Jobs after the first come at the rate: of a late one over the gather, of an early one (at E < room) over S − E; together with the first.
            var early = 1 - late;
            var open = gather * rate;
            var early1 = Part(rate, shorter, s, 1);
            var early2 = Part(rate, shorter, s, 2);
            jobs += Times.Weight(i) * ((early * 1) + early1 + (late * (1 + open)));

            // E[(1 + Poisson(m))²] = 1 + 3m + m².
            square += Times.Weight(i) * (early + (3 * early1) + early2 + (late * (1 + (3 * open) + (open * open))));
        }

        return new Moments(mean, jobs, square - (jobs * jobs));

        // ∫ of rate·e^(−rate·E)·(rate·(S − E))^power over E from 0 to until.
        static double Part(double rate, double until, double s, int power)
        {
            var (a, b) = (rate * s, rate * until);
            var e = Math.Exp(-b);
            return power == 1
                ? a - 1 - (e * (a - b - 1))
                : (a * a) - (2 * a) + 2 - (e * (((a - b) * (a - b)) - (2 * (a - b)) + 2));
        }
    }

    /// <summary>The time of a job: what is left of its cycle, and its group's service. Over a grid of services, first arrivals and places in the cycle.</summary>
    private static Times Member(Batches batches, Times services, double rate, double gather, double each, double eachSquare)
    {
        const int Firsts = 12;
        const int Places = 12;
        var values = new double[Times.Slices * Firsts * (Places + 1)];
        var weights = new double[values.Length];
        var members = new double[values.Length];
        var count = 0;
        for (var i = 0; i < Times.Slices; i++)
        {
            var s = services.Value(i);
            for (var j = 0; j < Firsts; j++)
            {
                var first = -Math.Log(1 - ((j + 0.5) / Firsts)) / rate;
                var end = Math.Max(s, first + gather);
                var open = end - first;
                var weight = Times.Weight(i) / Firsts;
                Add(weight, open, rate * open);
                for (var place = 0; place < Places; place++)
                {
                    Add(weight * rate * open / Places, open * (place + 0.5) / Places, 1 + (rate * open));
                }
            }
        }

        // The group's service depends on the same cycle through its number of members; its mean goes with the wait, its variance is added as independent.
        double total = 0, average = 0;
        for (var i = 0; i < count; i++)
        {
            total += weights[i];
            average += weights[i] * members[i];
            values[i] += batches.PerGroup + (each * (1 + members[i]));
        }

        average /= total;
        var variance = (batches.Variability * batches.PerGroup * batches.PerGroup) + (eachSquare * average);
        var waits = Times.Of(values, weights, count);

        // Around its mean, which is in the wait already: shifted down by what it adds.
        var rest = batches.PerGroup + (each * (1 + average));
        return variance <= 1e-9 * rest * rest ? waits : waits.Plus(Times.Gamma(rest, variance / (rest * rest))).Shift(-rest);

        void Add(double weight, double wait, double others)
        {
            values[count] = wait;
            members[count] = others;
            weights[count++] = weight;
        }
    }

    private readonly record struct Flowing(int Class, int Step, double Rate, Visit Visit);

    /// <summary>What a job sees when it comes, of the slowdown less 1.</summary>
    /// <param name="Idle">The probability that a server is free.</param>
    /// <param name="Last">Of that, that only one is.</param>
    internal readonly record struct Slow(double Idle, double Last, double Mean, double Variance);

    private readonly record struct Moments(double Mean, double Jobs, double JobsVariance);
}
