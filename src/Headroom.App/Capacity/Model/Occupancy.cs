namespace Headroom.App.Capacity.Model;

/// <summary>
/// How many jobs share the processors, of those that need a place of a pool (q, at most as many as places; the rest wait) and of the others (n). Births and deaths with exponential work:
/// n for each q as if q stood still, then q with the mean speed that it has among n. For one processor without a limit that is the exact product form
/// p(q, n) ∝ C(q + n, n) ρq^q ρn^n; without a pool it is M/M/c.
/// </summary>
internal sealed class Occupancy
{
    private const double Negligible = 1e-12;
    private const int MostJobs = 20_000;
    private readonly int _servers;
    private readonly double[][] _others;
    private readonly double[] _pooled;

    /// <param name="outside">Processors that the jobs without a place keep busy, below the number of servers.</param>
    /// <param name="inside">Processors that those with a place keep busy.</param>
    /// <param name="places">0 where there is no pool.</param>
    public Occupancy(int servers, double outside, double inside, int places)
    {
        _servers = servers;
        _others = new double[places + 1][];
        _pooled = new double[places + 1];
        var p = 1.0;
        for (var q = 0; q <= places; q++)
        {
            _others[q] = Others(servers, outside, q);
            if (q > 0)
            {
                Speed = 0;
                for (var n = 0; n < _others[q].Length; n++)
                {
                    Speed += _others[q][n] * q * Math.Min(1, (double)servers / (n + q));
                }

                p *= inside / Speed;
            }

            _pooled[q] = p;
        }

        var growth = places == 0 ? 0 : inside / Speed;
        IsStable = growth < 1;
        var beyond = IsStable ? p * growth / (1 - growth) : 0;
        _pooled[places] += beyond;
        var sum = _pooled.Sum();
        for (var q = 0; q <= places; q++)
        {
            _pooled[q] /= sum;
        }

        Waits = places == 0 ? 0 : IsStable ? _pooled[places] : 1;
    }

    /// <summary>Whether the places suffice.</summary>
    public bool IsStable { get; }

    /// <summary>Processors that those with a place get when all places are taken.</summary>
    public double Speed { get; }

    /// <summary>The probability that all places are taken.</summary>
    public double Waits { get; }

    /// <summary>The slowdown, max(1, jobs / processors), less 1, at the moment at which a job begins.</summary>
    /// <param name="pooled">Whether it is one with a place: then at most one less than the places are taken by others.</param>
    public Solver.Slow Seen(bool pooled)
    {
        double idle = 0, last = 0, mean = 0, square = 0;
        for (var q = 0; q < _pooled.Length; q++)
        {
            var taken = pooled ? Math.Min(q, _pooled.Length - 2) : q;
            var others = _others[taken];
            for (var n = 0; n < others.Length; n++)
            {
                var p = _pooled[q] * others[n];
                var jobs = taken + n;
                idle += jobs < _servers ? p : 0;
                last += jobs == _servers - 1 ? p : 0;
                var slow = Math.Max(1, (jobs + 1.0) / _servers) - 1;
                mean += p * slow;
                square += p * slow * slow;
            }
        }

        return new Solver.Slow(idle, idle > 0 ? last / idle : 1, mean, Math.Max(0, square - (mean * mean)));
    }

    private static double[] Others(int servers, double outside, int q)
    {
        var result = new List<double>();
        double p = 1, sum = 0;
        for (var n = 0; n < MostJobs; n++)
        {
            result.Add(p);
            sum += p;
            p *= outside / (n + 1) * Math.Max(1, (n + 1.0 + q) / servers);
            if (p < Negligible * sum && n > servers)
            {
                break;
            }
        }

        return [.. result.Select(value => value / sum)];
    }
}
