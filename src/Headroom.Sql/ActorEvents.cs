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
/// one go. Takes columns 0: actor BIGINT (NULL rows are nobody's and dropped), 1: unix microseconds BIGINT,
/// 2: bits BIGINT, and, where it has texts, 3: a VARCHAR. Actors that are VARCHAR get keys as they come, from 1. Events at the same microsecond stand in no promised order.
/// Costs 28 bytes for each event while they come and 16 afterwards; the statement's row limit is the bound.
/// </summary>
internal sealed class ActorEvents(bool withTexts, bool textActors = false) : IColumnSink
{
    private const int BlockRows = 65_536;

    private readonly List<Block> _blocks = [];
    private readonly Codes _texts = new();
    private readonly Codes _actorTexts = new();
    private ActorEvent[] _events = [];
    private long[] _actors = [];
    private int[] _ends = [];
    private long _lastActor;
    private long _firstActor = long.MaxValue;

    /// <summary>The texts met, by code.</summary>
    public IReadOnlyList<string> Texts => _texts.All;

    /// <summary>Actors with at least one event; 0 before <see cref="Arrange"/>.</summary>
    public int Count => _actors.Length;

    /// <summary>The actor's key.</summary>
    public long Actor(int index) => _actors[index];

    /// <summary>The text of a key; only where actors are texts.</summary>
    public string ActorText(long key) => _actorTexts.All[(int)key - 1];

    /// <summary>The actor's events, ascending by time.</summary>
    public ReadOnlySpan<ActorEvent> Of(int index)
    {
        var from = index == 0 ? 0 : _ends[index - 1];
        return _events.AsSpan(from, _ends[index] - from);
    }

    public void Take(ColumnBatch batch)
    {
        var actors = textActors ? [] : batch.Longs(0);
        var times = batch.Longs(1);
        var bits = batch.Longs(2);
        var block = _blocks.Count == 0 ? Add() : _blocks[^1];
        for (var i = 0; i < batch.Count; i++)
        {
            if (batch.IsNull(0, i))
            {
                continue;
            }

            if (block.Count == BlockRows)
            {
                block = Add();
            }

            var actor = textActors ? _actorTexts.Of(batch.Utf8(0, i)) + 1 : actors[i];
            block.Actors[block.Count] = actor;
            block.Events[block.Count++] = new ActorEvent(times[i], (uint)bits[i], withTexts && !batch.IsNull(3, i) ? _texts.Of(batch.Utf8(3, i)) : -1);
            _lastActor = Math.Max(_lastActor, actor);
            _firstActor = Math.Min(_firstActor, actor);
        }
    }

    /// <summary>Call once, after the last batch and before reading.</summary>
    public void Arrange()
    {
        var rows = _blocks.Sum(b => b.Count);
        var places = _firstActor > 0 && _lastActor <= (8L * rows) + 65_536 ? ByKey() : ByDictionary();
        var fill = new int[_actors.Length];
        for (var i = 1; i < fill.Length; i++)
        {
            fill[i] = _ends[i - 1];
        }

        _events = GC.AllocateUninitializedArray<ActorEvent>(rows);
        for (var b = 0; b < _blocks.Count; b++)
        {
            var block = _blocks[b];
            for (var i = 0; i < block.Count; i++)
            {
                _events[fill[places(block.Actors[i])]++] = block.Events[i];
            }

            _blocks[b] = Block.Empty;
        }

        _blocks.Clear();
        Parallel.For(0, Environment.ProcessorCount, part =>
        {
            var from = (int)((long)_actors.Length * part / Environment.ProcessorCount);
            var to = (int)((long)_actors.Length * (part + 1) / Environment.ProcessorCount);
            for (var i = from; i < to; i++)
            {
                var begin = i == 0 ? 0 : _ends[i - 1];
                Sort(_events.AsSpan(begin, _ends[i] - begin));
            }
        });
    }

    /// <summary>Keys are dense: a table by key is small and has no hashing.</summary>
    private Func<long, int> ByKey()
    {
        var counts = new int[_lastActor + 1];
        foreach (var block in _blocks)
        {
            foreach (var actor in block.Actors.AsSpan(0, block.Count))
            {
                counts[actor]++;
            }
        }

        var actors = new List<long>();
        var ends = new List<int>();
        var end = 0;
        for (var key = 0; key < counts.Length; key++)
        {
            if (counts[key] > 0)
            {
                end += counts[key];
                counts[key] = actors.Count;
                actors.Add(key);
                ends.Add(end);
            }
        }

        (_actors, _ends) = ([.. actors], [.. ends]);
        return key => counts[key];
    }

    private Func<long, int> ByDictionary()
    {
        var indexes = new Dictionary<long, int>();
        var counts = new List<int>();
        var actors = new List<long>();
        foreach (var block in _blocks)
        {
            foreach (var actor in block.Actors.AsSpan(0, block.Count))
            {
                ref var index = ref CollectionsMarshal.GetValueRefOrAddDefault(indexes, actor, out var known);
                if (!known)
                {
                    index = actors.Count;
                    actors.Add(actor);
                    counts.Add(0);
                }

                counts[index]++;
            }
        }

        _actors = [.. actors];
        _ends = new int[counts.Count];
        var end = 0;
        for (var i = 0; i < _ends.Length; i++)
        {
            _ends[i] = end += counts[i];
        }

        return key => indexes[key];
    }

    private static void Sort(Span<ActorEvent> events)
    {
        for (var i = 1; i < events.Length; i++)
        {
            if (events[i - 1].At > events[i].At)
            {
                events.Sort(static (a, b) => a.At.CompareTo(b.At));
                return;
            }
        }
    }

    private Block Add()
    {
        var block = new Block(new long[BlockRows], new ActorEvent[BlockRows]);
        _blocks.Add(block);
        return block;
    }

    /// <summary>Texts by the order in which they first came.</summary>
    private sealed class Codes
    {
        private readonly Dictionary<string, int> _codes = new(StringComparer.Ordinal);
        private readonly List<string> _texts = [];

        public List<string> All => _texts;

        public int Of(ReadOnlySpan<byte> utf8)
        {
            Span<char> text = utf8.Length <= 1_024 ? stackalloc char[utf8.Length] : new char[utf8.Length];
            text = text[..System.Text.Encoding.UTF8.GetChars(utf8, text)];
            var lookup = _codes.GetAlternateLookup<ReadOnlySpan<char>>();
            if (!lookup.TryGetValue(text, out var code))
            {
                code = _texts.Count;
                var added = new string(text);
                _texts.Add(added);
                _codes.Add(added, code);
            }

            return code;
        }
    }

    private sealed class Block(long[] actors, ActorEvent[] events)
    {
        public static readonly Block Empty = new([], []);

        public long[] Actors => actors;

        public ActorEvent[] Events => events;

        public int Count { get; set; }
    }
}
