using System.Numerics;
using Headroom.Core.Queries;

namespace Headroom.Sql;

/// <summary>
/// One person's way through a funnel, after PostHog's (funnel-udf). Reused from person to person: it allocates only
/// while it grows. Bit s−1 of an event stands for step s, the bits after them for the exclusions. A chain is what
/// follows one event of step 1; for each step the machine keeps the latest chain that has come to it.
/// </summary>
internal sealed class FunnelMachine
{
    private const long Unset = long.MinValue;
    private const int NoRow = -1;
    private readonly int _steps;
    private readonly uint _stepBits;
    private readonly long _window;
    private readonly FunnelOrder _order;
    private readonly uint _optional;
    private readonly uint[] _excludes;
    private readonly long[] _starts;
    private readonly bool[] _tainted;
    private readonly uint[] _taken;
    private readonly int[] _chains;
    private readonly int[] _best;
    private readonly int[] _heads;
    private readonly int[] _tails;
    private ActorEvent[] _events = new ActorEvent[64];
    private int[] _next = new int[64];
    private int _count;
    private uint _met;
    private long _lastEntry;

    public FunnelMachine(FunnelQuery query)
    {
        _steps = query.Steps.Count;
        _stepBits = (uint)((1L << _steps) - 1);
        _window = query.Window.Micros;
        _order = query.Order;
        for (var i = 0; i < _steps; i++)
        {
            _optional |= query.Steps[i].Optional ? 1u << i : 0;
        }

        // Between steps a and b an exclusion stands in the way of each of the steps a + 1 to b.
        _excludes = [.. query.Exclusions.Select(x => ((1u << x.ToStep) - 1) & ~((1u << x.FromStep) - 1))];
        _starts = new long[_steps + 1];
        _tainted = new bool[_steps + 1];
        _taken = new uint[_steps + 1];
        _chains = new int[(_steps + 1) * _steps];
        _best = new int[_steps];
        _heads = new int[_steps];
        _tails = new int[_steps];
    }

    /// <summary>The furthest step, from 1; in any order the number of steps; 0 for none.</summary>
    public int Furthest { get; private set; }

    /// <summary>Whether an exclusion takes the person out.</summary>
    public bool Excluded { get; private set; }

    /// <summary>Bit s−1: the chain of the furthest step has taken step s.</summary>
    public uint Taken { get; private set; }

    public bool Converted => Furthest == _steps && !Excluded;

    /// <summary>Whether a window that is open at the end reaches to it.</summary>
    public bool Reaches(long end) => _lastEntry != Unset && _lastEntry + _window >= end;

    /// <summary>When the furthest chain took a step that it has taken.</summary>
    public long At(int step) => _events[_best[step - 1]].At;

    /// <summary>Takes these events alone, in order of time.</summary>
    public void Load(ReadOnlySpan<ActorEvent> events)
    {
        Begin(events.Length);
        events.CopyTo(_events);
        _count = events.Length;
        foreach (var e in events)
        {
            _met |= e.Bits;
        }
    }

    /// <summary>Empties it and makes room for so many events.</summary>
    public void Begin(int most)
    {
        if (_events.Length < most)
        {
            _events = new ActorEvent[Math.Max(most, 2 * _events.Length)];
            _next = new int[_events.Length];
        }

        (_count, _met) = (0, 0);
    }

    /// <summary>In order of time.</summary>
    public void Add(ActorEvent e)
    {
        _events[_count++] = e;
        _met |= e.Bits;
    }

    /// <param name="firstBefore">In any order only chains count that begin before this.</param>
    public void Run(long firstBefore)
    {
        (Furthest, Excluded, Taken, _lastEntry) = (0, false, 0, Unset);
        if (_order is FunnelOrder.Any)
        {
            RunInAnyOrder(firstBefore);
            return;
        }

        // Most persons take no more than the first step.
        if ((_met & ~1u) == 0)
        {
            RunFirstStep();
            return;
        }

        Array.Fill(_starts, Unset);
        Array.Clear(_tainted);
        Array.Fill(_chains, NoRow);
        for (var from = 0; from < _count;)
        {
            var end = EndOfInstant(from, out var alike);
            _starts[0] = _events[from].At;
            if (alike)
            {
                for (var row = from; row < end; row++)
                {
                    TakeWhole(row);
                }
            }
            else
            {
                TakeTogether(from, end);
            }

            if (_starts[_steps] != Unset)
            {
                return;
            }

            from = end;
        }
    }

    private void RunFirstStep()
    {
        for (var row = 0; row < _count; row++)
        {
            if (_events[row].Bits == 0)
            {
                continue;
            }

            if (Furthest == 0)
            {
                (Furthest, Taken, _best[0]) = (1, 1, row);
            }

            _lastEntry = _events[row].At;
        }
    }

    private int EndOfInstant(int from, out bool alike)
    {
        alike = true;
        var end = from + 1;
        while (end < _count && _events[end].At == _events[from].At)
        {
            alike &= _events[end++].Bits == _events[from].Bits;
        }

        return end;
    }

    private void TakeWhole(int row)
    {
        var bits = _events[row].Bits;
        if (bits > _stepBits)
        {
            Exclude(bits, _events[row].At);
        }

        // The highest step first: else one event would take two steps of the same chain.
        for (var left = bits & _stepBits; left != 0;)
        {
            var step = BitOperations.Log2(left) + 1;
            left &= ~(1u << (step - 1));
            Take(row, step);
        }

        if (_order is FunnelOrder.Strict)
        {
            for (var step = 1; step <= _steps; step++)
            {
                if ((bits & (1u << (step - 1))) == 0)
                {
                    (_starts[step], _tainted[step]) = (Unset, false);
                }
            }
        }
    }

    /// <summary>Different events of one instant have no order of their own: that of the steps is the kindest.</summary>
    private void TakeTogether(int from, int end)
    {
        for (var step = 1; step <= _steps; step++)
        {
            for (var row = from; row < end; row++)
            {
                if ((_events[row].Bits & (1u << (step - 1))) != 0)
                {
                    Take(row, step);
                }
            }
        }
    }

    private void Exclude(uint bits, long at)
    {
        var steps = 0u;
        for (var i = 0; i < _excludes.Length; i++)
        {
            steps |= (bits & (1u << (_steps + i))) != 0 ? _excludes[i] : 0;
        }

        for (; steps != 0; steps &= steps - 1)
        {
            var step = BitOperations.TrailingZeroCount(steps) + 1;
            if (!Open(step, at, out var previous) || _tainted[previous])
            {
                continue;
            }

            _tainted[previous] = true;
            if (Furthest == previous && at - At(1) <= _window)
            {
                Excluded = true;
            }
        }
    }

    /// <summary>Whether a chain waits for the step, and after which step it is.</summary>
    private bool Open(int step, long at, out int previous)
    {
        previous = step - 1;
        while (previous > 0 && !Within(_starts[previous], at) && (_optional & (1u << (previous - 1))) != 0)
        {
            previous--;
        }

        return Within(_starts[previous], at) && _starts[step] != _starts[previous];
    }

    private bool Within(long start, long at) => start != Unset && at - start <= _window;

    private void Take(int row, int step)
    {
        var at = _events[row].At;
        if (step == 1)
        {
            _lastEntry = at;
        }

        if (!Open(step, at, out var previous))
        {
            return;
        }

        var chain = _chains.AsSpan(previous * _steps, previous);
        if (chain.Contains(row))
        {
            return;
        }

        var bit = 1u << (step - 1);
        var taken = previous == 0 ? bit : _taken[previous] | bit;
        var tainted = previous > 0 && _tainted[previous];
        if (!tainted)
        {
            var extended = _chains.AsSpan(step * _steps, step);
            extended.Fill(NoRow);
            chain.CopyTo(extended);
            extended[^1] = row;
            (_starts[step], _tainted[step], _taken[step]) = (_starts[previous], false, taken);
        }

        if (step > Furthest || (step == Furthest && Excluded))
        {
            Array.Fill(_best, NoRow);
            chain.CopyTo(_best);
            _best[step - 1] = row;
            (Furthest, Excluded, Taken) = (step, tainted, taken);
        }
    }

    /// <summary>
    /// Progress counts when all steps are taken, when the window leaves its first event behind and when the events
    /// end; an exclusion clears what has not counted yet.
    /// </summary>
    private void RunInAnyOrder(long firstBefore)
    {
        Array.Fill(_heads, NoRow);
        for (var from = 0; from < _count;)
        {
            var end = EndOfInstant(from, out _);
            TakeSteps(from, end, firstBefore);
            for (var row = from; row < end && Furthest < _steps; row++)
            {
                if ((_events[row].Bits & _stepBits) == 0 && _events[row].Bits != 0)
                {
                    Array.Fill(_heads, NoRow);
                    // What happened at the very moment of the exclusion may as well have been after it.
                    TakeSteps(from, end, firstBefore);
                    break;
                }
            }

            if (Furthest == _steps)
            {
                return;
            }

            from = end;
        }

        Keep(firstBefore);
    }

    private void TakeSteps(int from, int end, long firstBefore)
    {
        // Also an exclusion moves the window on.
        Slide(_events[from].At, firstBefore);
        for (var row = from; row < end && Furthest < _steps; row++)
        {
            if ((_events[row].Bits & _stepBits) is var bits && bits != 0)
            {
                _lastEntry = _events[row].At;
                Queue(row, bits);
                if (!_heads.AsSpan().Contains(NoRow))
                {
                    Keep(firstBefore);
                    // A chain that begins too late is no chain of the bucket, and none after it is.
                    if (Furthest < _steps)
                    {
                        Array.Fill(_heads, NoRow);
                    }
                }
            }
        }
    }

    private void Slide(long at, long firstBefore)
    {
        var kept = false;
        for (var i = 0; i < _steps; i++)
        {
            for (; _heads[i] != NoRow && at - _events[_heads[i]].At > _window; _heads[i] = _next[_heads[i]])
            {
                if (!kept)
                {
                    Keep(firstBefore);
                    kept = true;
                }
            }
        }
    }

    /// <summary>Of several steps that it could be, it is the one that was longest ago, or never.</summary>
    private void Queue(int row, uint bits)
    {
        var chosen = NoRow;
        for (; bits != 0; bits &= bits - 1)
        {
            var i = BitOperations.TrailingZeroCount(bits);
            if (_heads[i] == NoRow)
            {
                chosen = i;
                break;
            }

            if (chosen == NoRow || _events[_tails[i]].At < _events[_tails[chosen]].At)
            {
                chosen = i;
            }
        }

        _next[row] = NoRow;
        if (_heads[chosen] == NoRow)
        {
            _heads[chosen] = row;
        }
        else
        {
            _next[_tails[chosen]] = row;
        }

        _tails[chosen] = row;
    }

    private void Keep(long firstBefore)
    {
        var (completed, first) = (0, int.MaxValue);
        foreach (var head in _heads)
        {
            if (head != NoRow)
            {
                (completed, first) = (completed + 1, Math.Min(first, head));
            }
        }

        if (completed <= Furthest || _events[first].At >= firstBefore)
        {
            return;
        }

        Furthest = 0;
        foreach (var head in _heads)
        {
            if (head != NoRow)
            {
                _best[Furthest++] = head;
            }
        }

        // Rows are in order of time.
        _best.AsSpan(0, Furthest).Sort();
        Taken = (uint)((1L << Furthest) - 1);
    }
}
