using System.Diagnostics;
using Headroom.Fuzz.Targets;

namespace Headroom.Fuzz.Engine;

/// <summary>
/// Runs inputs, keeps those that take branches nobody took before, and makes the next ones of them. In the process, one after the
/// other: there is no faster way to run code that is compiled as it runs. Whatever fails is a finding, made as short as it goes.
/// </summary>
internal sealed class FuzzRun(FuzzTarget target, IReadOnlyList<byte[]> corpus, int seed, InFlight? inFlight = null) : IDisposable
{
    private const int MostFindings = 20;
    private const int MinimiseRuns = 2000;
    private readonly Random _random = new(seed);
    private readonly CoverageMap _map = new();
    private readonly List<byte[]> _inputs = [];
    private readonly Mutator _mutator = new(new Random(seed), target.Words, target.MaxInputBytes);
    private readonly Dictionary<string, (Finding Finding, byte[] Input)> _findings = [];

    public long Executions { get; private set; }

    public int Edges => _map.Edges;

    public int Inputs => _inputs.Count;

    /// <summary>Inputs that were found to be new, besides the corpus.</summary>
    public int Found { get; private set; }

    /// <summary>Each reason once.</summary>
    public IReadOnlyCollection<(Finding Finding, byte[] Input)> Findings => _findings.Values;

    /// <summary>The corpus first, which is run whole in any case.</summary>
    public void Run(TimeSpan duration, long maxExecutions = long.MaxValue)
    {
        var started = Stopwatch.GetTimestamp();
        foreach (var input in corpus)
        {
            _mutator.Learn(input);
            if (Take(input) && input.Length <= target.MaxInputBytes)
            {
                _inputs.Add(input);
            }
        }

        if (_inputs.Count == 0)
        {
            _inputs.Add([]);
        }

        while (Executions < maxExecutions && Stopwatch.GetElapsedTime(started) < duration && _findings.Count < MostFindings)
        {
            // Those found last lead on more often than those that everything was tried with.
            var at = _random.Next(2) == 0 ? _random.Next(_inputs.Count) : _inputs.Count - 1 - _random.Next(Math.Min(_inputs.Count, 1 + (_inputs.Count / 8)));
            var input = _mutator.Mutate(_inputs[at], _inputs[_random.Next(_inputs.Count)]);
            if (Take(input))
            {
                _inputs.Add(input);
                Found++;
            }
        }
    }

    /// <summary>The shortest inputs that together take every branch, each as often as any did where <paramref name="counts"/> says so.</summary>
    public IReadOnlyList<byte[]> Smallest(IReadOnlyList<byte[]> first, bool counts)
    {
        using var map = new CoverageMap();
        var kept = new List<byte[]>();
        foreach (var input in first.Concat(corpus.Union(_inputs).Except(first).OrderBy(static input => input.Length)))
        {
            map.Begin();
            if (Bounds.Check(target, input) is null && map.Add() is var (any, edge) && (counts ? any : edge) && !first.Contains(input))
            {
                kept.Add(input);
            }
        }

        return kept;
    }

    public void Dispose() => _map.Dispose();

    /// <summary>Whether it takes a branch, or one so often, as none did before. What fails is none to go on from.</summary>
    private bool Take(byte[] input)
    {
        Executions++;
        inFlight?.Put(input);
        _map.Begin();
        if (Bounds.Check(target, input) is not { } finding)
        {
            return _map.Add().Any;
        }

        if (!_findings.ContainsKey(finding.Key))
        {
            _findings[finding.Key] = (finding, Minimise(input, finding.Key));
        }

        return false;
    }

    /// <summary>Leaves out pieces for as long as it fails for the same reason.</summary>
    private byte[] Minimise(byte[] input, string key)
    {
        var runs = 0;
        for (var piece = Math.Max(1, input.Length / 2); piece >= 1; piece /= 2)
        {
            for (var at = 0; at + piece <= input.Length && runs < MinimiseRuns; runs++)
            {
                byte[] shorter = [.. input[..at], .. input[(at + piece)..]];
                inFlight?.Put(shorter);
                if (Bounds.Check(target, shorter)?.Key == key)
                {
                    input = shorter;
                }
                else
                {
                    at += piece;
                }
            }
        }

        return input;
    }
}
