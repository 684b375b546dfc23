using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Headroom.Core;

namespace Headroom.Sql;

/// <summary>One event of an actor, as far as an insight that looks at sequences needs it.</summary>
/// <param name="At">Unix microseconds.</param>
/// <param name="Bits">What the event matches: bit i stands for what the insight's statement put there.</param>
/// <param name="Code">Index in <see cref="ActorEvents.Texts"/>; −1 for NULL or where the statement has no text.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ActorEvent(long At, uint Bits, int Code);

/// <summary>
/// The events of a scan, put together by actor and in order of time, for state machines that read one actor's events in
/// one go. Takes columns 0: actor BIGINT (rows of 0 are nobody's and dropped), 1: unix microseconds,
/// 2: bits BIGINT, and, where it has texts, 3: a text code. Actors that are texts come as codes too and get keys from 1. Events at the same microsecond stand in no promised order.
/// Costs 24 bytes for each event while they come and 16 afterwards; the statement's row limit is the bound.
/// </summary>
internal sealed class ActorEvents(bool withTexts, bool textActors = false) : IPartedSink
{
    private const int BlockRows = 32_768;

    /// <summary>Each of those who arrange looks at every event, so more of them would only wait for memory. A power of two.</summary>
    private static readonly int Arrangers = Environment.ProcessorCount switch { 1 => 1, < 4 => 2, _ => 4 };

    private readonly List<Part> _parts = [];
    private readonly TextCodes? _codes = withTexts || textActors ? new TextCodes() : null;
    private string[] _texts = [];
    private ActorEvent[] _events = [];
    private long[] _actors = [];
    private int[] _ends = [];

    /// <summary>The texts met, by code, those of actors among them; none before <see cref="Arrange"/>.</summary>
    public IReadOnlyList<string> Texts => _texts;

    TextCodes? IColumnSink.Texts => _codes;

    /// <summary>Actors with at least one event; 0 before <see cref="Arrange"/>.</summary>
    public int Count => _actors.Length;

    /// <summary>The actor's key.</summary>
    public long Actor(int index) => _actors[index];

    /// <summary>The text of a key; only where actors are texts, after <see cref="Arrange"/>.</summary>
    public string ActorText(long key) => _texts[(int)key - 1];

    /// <summary>The actor's events, ascending by time.</summary>
    public ReadOnlySpan<ActorEvent> Of(int index)
    {
        var from = index == 0 ? 0 : _ends[index - 1];
        return _events.AsSpan(from, _ends[index] - from);
    }

    public IColumnSink NewPart()
    {
        var part = new Part(_codes, withTexts, textActors);
        _parts.Add(part);
        return part;
    }

    public void Take(ColumnBatch batch) => (_parts.Count == 0 ? NewPart() : _parts[0]).Take(batch);

    /// <summary>Call once, after the last batch and before reading.</summary>
    public void Arrange()
    {
        _texts = [.. Enumerable.Range(0, _codes?.Count ?? 0).Select(i => _codes!.Text(i))];
        var rows = _parts.Sum(p => p.Rows);
        var last = textActors ? _texts.Length : rows == 0 ? 0 : _parts.Max(p => p.LastActor);
        var keys = rows > 0 && (_parts.Min(p => p.FirstActor) < 0 || last > (8L * rows) + 65_536) ? Renumber() : null;
        var blocks = _parts.SelectMany(p => p.Blocks).ToList();
        _parts.Clear();

        // Where an actor's next event goes, by key: keys are dense, so the table is small and needs no hashing.
        var next = new int[(keys?.Count ?? (int)last + 1) + 63 >> 6 << 6];
        var (actors, ends) = (new List<long>[Arrangers], new List<int>[Arrangers]);
        Parallel.For(0, Arrangers, own =>
        {
            CountOwn(blocks, next, own);
            (actors[own], ends[own]) = Place(next, own);
        });

        _events = GC.AllocateUninitializedArray<ActorEvent>(rows);
        var begins = new int[Arrangers + 1];
        for (var i = 0; i < Arrangers; i++)
        {
            begins[i + 1] = begins[i] + (ends[i] is [.., var end] ? end : 0);
        }

        Parallel.For(0, Arrangers, own =>
        {
            var events = _events.AsSpan(begins[own], begins[own + 1] - begins[own]);
            MoveOwn(blocks, next, own, events);
            var from = 0;
            foreach (var end in ends[own])
            {
                Sort(events[from..end]);
                from = end;
            }
        });

        _actors = [.. actors.SelectMany(a => a).Select(a => keys is null ? a : keys[(int)a])];
        _ends = [.. ends.SelectMany((e, i) => e.Select(end => begins[i] + end))];
    }

    /// <summary>Neighbours in the table belong to the same arranger: they share lines of the processors' caches.</summary>
    private static bool IsOwn(long actor, int own) => ((int)((ulong)actor >> 6) & (Arrangers - 1)) == own;

    // These two run for long but once in a query, so that the runtime would compile them well only after many queries.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CountOwn(List<Block> blocks, int[] next, int own)
    {
        foreach (var block in blocks)
        {
            foreach (var actor in block.Actors.AsSpan(0, block.Count))
            {
                if (IsOwn(actor, own))
                {
                    next[actor]++;
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MoveOwn(List<Block> blocks, int[] next, int own, Span<ActorEvent> to)
    {
        foreach (var block in blocks)
        {
            var actors = block.Actors.AsSpan(0, block.Count);
            var events = block.Events.AsSpan(0, block.Count);
            for (var i = 0; i < actors.Length; i++)
            {
                if (IsOwn(actors[i], own))
                {
                    to[next[actors[i]]++] = events[i];
                }
            }
        }
    }

    /// <summary>Turns counts into beginnings, over one arranger's actors.</summary>
    private static (List<long> Actors, List<int> Ends) Place(int[] next, int own)
    {
        var (actors, ends) = (new List<long>(), new List<int>());
        var end = 0;
        for (var line = own << 6; line < next.Length; line += Arrangers << 6)
        {
            for (var actor = line; actor < line + 64; actor++)
            {
                if (next[actor] > 0)
                {
                    (next[actor], end) = (end, end + next[actor]);
                    actors.Add(actor);
                    ends.Add(end);
                }
            }
        }

        return (actors, ends);
    }

    /// <summary>Few events of far apart actors: the keys by number, which stands in the blocks from now on.</summary>
    private List<long> Renumber()
    {
        var keys = new List<long>();
        var numbers = new Dictionary<long, int>();
        foreach (var block in _parts.SelectMany(p => p.Blocks))
        {
            foreach (ref var actor in block.Actors.AsSpan(0, block.Count))
            {
                ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(numbers, actor, out var known);
                if (!known)
                {
                    number = keys.Count;
                    keys.Add(actor);
                }

                actor = number;
            }
        }

        return keys;
    }

    private static void Sort(Span<ActorEvent> events)
    {
        const int Few = 24;
        if (events.Length > Few)
        {
            events.Sort(static (a, b) => a.At.CompareTo(b.At));
            return;
        }

        for (var i = 1; i < events.Length; i++)
        {
            var e = events[i];
            var place = i;
            for (; place > 0 && events[place - 1].At > e.At; place--)
            {
                events[place] = events[place - 1];
            }

            events[place] = e;
        }
    }

    /// <summary>What one thread takes.</summary>
    private sealed class Part(TextCodes? codes, bool withTexts, bool textActors) : IColumnSink
    {
        private readonly TextKeys? _actorKeys = textActors ? new TextKeys(codes!) : null;
        private int[] _numbers = [];

        public List<Block> Blocks { get; } = [];

        public int Rows => Blocks.Sum(b => b.Count);

        public long LastActor { get; private set; } = long.MinValue;

        public long FirstActor { get; private set; } = long.MaxValue;

        public void Take(ColumnBatch batch)
        {
            var actors = _actorKeys is null ? batch.Longs(0) : _actorKeys.Of(batch, 0);
            var times = batch.Longs(1);
            var bits = batch.Longs(2);
            var block = Blocks.Count == 0 ? Add() : Blocks[^1];
            var (first, last) = (FirstActor, LastActor);
            if (withTexts)
            {
                if (_numbers.Length < batch.Count)
                {
                    _numbers = new int[batch.Count];
                }

                batch.Number(3, codes!, _numbers);
            }

            for (var i = 0; i < actors.Length; i++)
            {
                if (actors[i] == 0)
                {
                    continue;
                }

                if (block.Count == BlockRows)
                {
                    block = Add();
                }

                block.Actors[block.Count] = actors[i];
                block.Events[block.Count++] = new ActorEvent(times[i], (uint)bits[i], withTexts ? _numbers[i] : -1);
                last = Math.Max(last, actors[i]);
                first = Math.Min(first, actors[i]);
            }

            (FirstActor, LastActor) = (first, last);
        }

        private Block Add()
        {
            var block = new Block();
            Blocks.Add(block);
            return block;
        }
    }

    private sealed class Block
    {
        public long[] Actors { get; } = GC.AllocateUninitializedArray<long>(BlockRows);

        public ActorEvent[] Events { get; } = GC.AllocateUninitializedArray<ActorEvent>(BlockRows);

        public int Count { get; set; }
    }
}
