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
/// one go. Takes columns 0: actor BIGINT (NULL rows are nobody's and dropped), 1: unix microseconds,
/// 2: bits BIGINT, and, where it has texts, 3: a VARCHAR. Actors that are VARCHAR get keys from 1. Events at the same microsecond stand in no promised order.
/// Costs 24 bytes for each event while they come and 16 afterwards; the statement's row limit is the bound.
/// </summary>
internal sealed class ActorEvents(bool withTexts, bool textActors = false) : IPartedSink
{
    private const int BlockRows = 32_768;

    /// <summary>Each of those who arrange looks at every event, so more of them would only wait for memory.</summary>
    private static readonly int Arrangers = Math.Min(Environment.ProcessorCount, 4);

    private readonly List<Part> _parts = [];
    private readonly List<string> _texts = [];
    private readonly List<string> _actorTexts = [];
    private ActorEvent[] _events = [];
    private long[] _actors = [];
    private int[] _ends = [];

    /// <summary>The texts met, by code; none before <see cref="Arrange"/>.</summary>
    public IReadOnlyList<string> Texts => _texts;

    /// <summary>Actors with at least one event; 0 before <see cref="Arrange"/>.</summary>
    public int Count => _actors.Length;

    /// <summary>The actor's key.</summary>
    public long Actor(int index) => _actors[index];

    /// <summary>The text of a key; only where actors are texts, after <see cref="Arrange"/>.</summary>
    public string ActorText(long key) => _actorTexts[(int)key - 1];

    /// <summary>The actor's events, ascending by time.</summary>
    public ReadOnlySpan<ActorEvent> Of(int index)
    {
        var from = index == 0 ? 0 : _ends[index - 1];
        return _events.AsSpan(from, _ends[index] - from);
    }

    public IColumnSink NewPart()
    {
        var part = new Part(withTexts, textActors);
        _parts.Add(part);
        return part;
    }

    public void Take(ColumnBatch batch) => (_parts.Count == 0 ? NewPart() : _parts[0]).Take(batch);

    /// <summary>Call once, after the last batch and before reading.</summary>
    public void Arrange()
    {
        NumberTexts();
        var rows = _parts.Sum(p => p.Rows);
        var last = textActors ? _actorTexts.Count : rows == 0 ? 0 : _parts.Max(p => p.LastActor);
        var keys = rows > 0 && (_parts.Min(p => p.FirstActor) < 0 || last > (8L * rows) + 65_536) ? Renumber() : null;
        var blocks = _parts.SelectMany(p => p.Blocks).ToList();
        _parts.Clear();

        // Where an actor's next event goes, by key: keys are dense, so the table is small and needs no hashing.
        var next = new int[(keys?.Count ?? (int)last + 1) + 63 >> 6 << 6];
        var (actors, ends) = (new List<long>[Arrangers], new List<int>[Arrangers]);
        Parallel.For(0, Arrangers, own =>
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
            foreach (var block in blocks)
            {
                for (var i = 0; i < block.Count; i++)
                {
                    if (IsOwn(block.Actors[i], own))
                    {
                        events[next[block.Actors[i]]++] = block.Events[i];
                    }
                }
            }

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
    private static bool IsOwn(long actor, int own) => (int)((ulong)actor >> 6) % Arrangers == own;

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

    private void NumberTexts()
    {
        Unite(_texts, static part => part.Codes, static (block, codes) =>
        {
            foreach (ref var e in block.Events.AsSpan(0, block.Count))
            {
                e = e.Code < 0 ? e : e with { Code = codes[e.Code] };
            }
        });
        Unite(_actorTexts, static part => part.ActorCodes, static (block, codes) =>
        {
            foreach (ref var actor in block.Actors.AsSpan(0, block.Count))
            {
                actor = codes[actor - 1] + 1;
            }
        });
    }

    /// <summary>Each part has numbered the texts that it met; here all of them get the same numbers.</summary>
    private void Unite(List<string> texts, Func<Part, TextCodes> codesOf, Action<Block, int[]> renumber)
    {
        var codes = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var part in _parts)
        {
            var known = codesOf(part);
            var own = new int[known.Count];
            var same = true;
            for (var i = 0; i < own.Length; i++)
            {
                var text = known.Text(i);
                ref var code = ref CollectionsMarshal.GetValueRefOrAddDefault(codes, text, out var exists);
                if (!exists)
                {
                    code = texts.Count;
                    texts.Add(text);
                }

                own[i] = code;
                same &= code == i;
            }

            for (var b = 0; b < part.Blocks.Count && !same; b++)
            {
                renumber(part.Blocks[b], own);
            }
        }
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
    private sealed class Part(bool withTexts, bool textActors) : IColumnSink
    {
        private int[] _numbers = [];
        private readonly TextKeys _actorKeys = new();

        public List<Block> Blocks { get; } = [];

        public TextCodes Codes { get; } = new();

        public TextCodes ActorCodes => _actorKeys.Texts;

        public int Rows => Blocks.Sum(b => b.Count);

        public long LastActor { get; private set; } = long.MinValue;

        public long FirstActor { get; private set; } = long.MaxValue;

        public void Take(ColumnBatch batch)
        {
            var actors = textActors ? _actorKeys.Of(batch, 0) : batch.Longs(0);
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

                batch.Number(3, Codes, _numbers);
            }

            for (var i = 0; i < actors.Length; i++)
            {
                if (batch.IsNull(0, i))
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
