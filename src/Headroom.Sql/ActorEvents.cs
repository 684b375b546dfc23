using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Headroom.Core;

namespace Headroom.Sql;

/// <summary>One event of an actor, as far as an insight that looks at sequences needs it.</summary>
/// <param name="At">Unix microseconds.</param>
/// <param name="Bits">What the event matches: bit i stands for what the insight's statement put there. Where there are values, that of the event as a code.</param>
/// <param name="Code">Index in <see cref="ActorEvents.Texts"/>; −1 for NULL or where the statement has no text.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct ActorEvent(long At, uint Bits, int Code);

/// <summary>
/// The events of a scan, put together by actor and in order of time, for state machines that read one actor's events in
/// one go. Takes columns 0: actor BIGINT (rows of 0 are nobody's and dropped), 1: unix microseconds,
/// 2: bits BIGINT, and, where it has texts, 3: a text code. Where it has values column 2 is a text code instead, which stands in the bits. Actors that are texts come as codes too and get keys from 1. Events at the same microsecond stand in no promised order.
/// Costs 20 bytes for each event while they come, and 16 for each event and each actor afterwards, of memory that the query is bounded in.
/// </summary>
internal sealed unsafe class ActorEvents(bool withTexts, bool textActors = false, bool withValues = false) : IPartedSink, IHoldingSink, IDisposable
{
    /// <summary>Events that are put in order together, about: few enough to stay in a processor's cache.</summary>
    private const int PartitionRows = 65_536;
    private const int MostPartitions = 256;

    /// <summary>What one actor's events take of a page at most without one of their own.</summary>
    private const int MostOfPage = PagePool.PageBytes / 4;
    private static readonly int RowsPerPage = PagePool.PageBytes / sizeof(Row);
    private static readonly int RunsPerPage = PagePool.PageBytes / sizeof(Run);

    /// <summary>More of those who arrange would only wait for memory.</summary>
    private static readonly int Arrangers = Environment.ProcessorCount switch { 1 => 1, < 4 => 2, _ => 4 };

    private readonly List<Part> _parts = [];
    private readonly TextCodes? _codes = withTexts || textActors || withValues ? new TextCodes() : null;
    private readonly bool _texted = withTexts;
    private readonly bool _valued = withValues;
    private readonly bool _textActors = textActors;
    private readonly Lock _gate = new();
    private readonly Dictionary<long, uint> _farNumbers = [];
    private readonly List<long> _far = [];
    private string[] _texts = [];
    private HeldMemory? _memory;
    private PagePool? _ownPool;
    private long _countedTexts;

    /// <summary>Where each actor's events are; pages with <see cref="RunsPerPage"/> of them but for the last.</summary>
    private nint[] _runs = [];

    /// <summary>The texts met, by code, those of actors among them; none before <see cref="Arrange"/>.</summary>
    public IReadOnlyList<string> Texts => _texts;

    /// <summary>The same, where the statement has texts.</summary>
    public TextCodes Codes => _codes!;

    TextCodes? IColumnSink.Texts => _codes;

    /// <summary>Actors with at least one event; 0 before <see cref="Arrange"/>.</summary>
    public int Count { get; private set; }

    /// <summary>What its pages and those of the one who reads it are of. None bounds it where no store has given one.</summary>
    public HeldMemory Memory => _memory ??= new HeldMemory(_ownPool = new PagePool(0), null);

    /// <summary>The actor's key.</summary>
    public long Actor(int index) => RunOf(index)->Actor is var key && key >= Row.FirstFar ? _far[(int)(key - Row.FirstFar)] : key;

    /// <summary>The text of a key; only where actors are texts, after <see cref="Arrange"/>.</summary>
    public string ActorText(long key) => _texts[(int)key - 1];

    /// <summary>The actor's events, ascending by time. Not to be used after <see cref="Dispose"/>.</summary>
    public ReadOnlySpan<ActorEvent> Of(int index)
    {
        var run = RunOf(index);
        return new ReadOnlySpan<ActorEvent>(run->Events, run->Count);
    }

    public long BytesFor(long rows) =>
        // An actor of one event costs both; pages that are not full are a tenth at most, but for the few of each thread.
        (rows * (sizeof(ActorEvent) + sizeof(Run) + 4)) + ((8L + Environment.ProcessorCount) * PagePool.PageBytes);

    public void Hold(HeldMemory memory)
    {
        _memory?.Dispose();
        _memory = memory;
    }

    public IColumnSink NewPart()
    {
        var part = new Part(this, Memory);
        _parts.Add(part);
        return part;
    }

    public void Take(ColumnBatch batch) => (_parts.Count == 0 ? NewPart() : _parts[0]).Take(batch);

    public void Dispose()
    {
        (Count, _runs) = (0, []);
        _parts.Clear();
        _memory?.Dispose();
        _ownPool?.Dispose();
    }

    /// <summary>Call once, after the last batch and before reading.</summary>
    public void Arrange(CancellationToken cancellationToken)
    {
        if (_codes is not null)
        {
            var bytes = 0L;
            for (var i = 0; i < _codes.Count; i++)
            {
                bytes += 32 + (2 * _codes.Utf8(i).Length);
            }

            Memory.Count(bytes);
            _texts = [.. Enumerable.Range(0, _codes.Count).Select(_codes.Text)];
        }

        var rows = _parts.Sum(static p => p.Rows);
        if (rows == 0)
        {
            return;
        }

        var source = _parts.SelectMany(static p => p.Pages).ToList();
        var last = _textActors ? (uint)_texts.Length : _parts.Max(static p => p.LastActor);
        var partitions = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Clamp((rows + PartitionRows - 1) / PartitionRows, 1, MostPartitions));
        var split = new Split(BitOperations.Log2((uint)partitions), IsDense: last <= (8 * rows) + 4_096, last);
        _parts.Clear();
        var parted = partitions == 1 ? [source] : Scatter(source, split, cancellationToken);

        var arrangers = new Arranger[Math.Min(partitions, Arrangers)];
        var taken = -1;
        Parts.Each(arrangers.Length, own =>
        {
            var arranger = arrangers[own] = new Arranger(Memory);
            while (Interlocked.Increment(ref taken) is var partition && partition < partitions)
            {
                cancellationToken.ThrowIfCancellationRequested();
                arranger.Arrange(parted[partition], split, (uint)partition);
                parted[partition].Clear();
            }

            arranger.End();
        }, cancellationToken);
        PutTogether(arrangers);
    }

    private Run* RunOf(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        return (Run*)_runs[index / RunsPerPage] + (index % RunsPerPage);
    }

    /// <summary>A number for a key that does not fit.</summary>
    private uint Far(long actor)
    {
        lock (_gate)
        {
            if (!_farNumbers.TryGetValue(actor, out var number))
            {
                Memory.Count(64);
                _farNumbers.Add(actor, number = Row.FirstFar + (uint)_far.Count);
                _far.Add(actor);
            }

            return number;
        }
    }

    private void CountTexts()
    {
        if (_codes is not null && _codes.Bytes > Volatile.Read(ref _countedTexts))
        {
            lock (_gate)
            {
                var bytes = _codes.Bytes;
                if (bytes > _countedTexts)
                {
                    Memory.Count(bytes - _countedTexts);
                    Volatile.Write(ref _countedTexts, bytes);
                }
            }
        }
    }

    /// <summary>The rows by partition; pages are returned as they are read.</summary>
    private List<RowPage>[] Scatter(List<RowPage> source, Split split, CancellationToken cancellationToken)
    {
        var parted = Enumerable.Range(0, 1 << split.Bits).Select(static _ => new List<RowPage>()).ToArray();
        var taken = -1;
        Parts.Each(Arrangers, _ =>
        {
            var open = new RowPage?[parted.Length];
            while (Interlocked.Increment(ref taken) is var place && place < source.Count)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Scatter(source[place], split, open, parted);
                Memory.Return(source[place].Page);
            }

            for (var partition = 0; partition < open.Length; partition++)
            {
                Close(open[partition], parted[partition]);
            }
        }, cancellationToken);
        return parted;
    }

    // Long-running, but once in a query, so that the runtime would compile it well only after many queries.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Scatter(RowPage from, Split split, RowPage?[] open, List<RowPage>[] parted)
    {
        var end = from.Rows + from.Count;
        for (var row = from.Rows; row < end; row++)
        {
            var partition = split.Of(row->Actor);
            var to = open[partition];
            if (to is null || to.Count == RowsPerPage)
            {
                Close(to, parted[partition]);
                open[partition] = to = new RowPage(Memory.Rent());
            }

            to.Rows[to.Count++] = *row;
        }
    }

    private static void Close(RowPage? page, List<RowPage> partition)
    {
        if (page is not null)
        {
            lock (partition)
            {
                partition.Add(page);
            }
        }
    }

    /// <summary>All pages of runs but the last one full, so that an index tells the place.</summary>
    private void PutTogether(Arranger[] arrangers)
    {
        var pages = new List<nint>();
        var partly = new List<(MemoryPage Page, int Count)>();
        foreach (var arranger in arrangers)
        {
            for (var i = 0; i < arranger.Runs.Count; i++)
            {
                var count = i + 1 < arranger.Runs.Count ? RunsPerPage : arranger.RunsInLast;
                if (count == RunsPerPage)
                {
                    pages.Add(arranger.Runs[i].Address);
                }
                else
                {
                    partly.Add((arranger.Runs[i], count));
                }
            }
        }

        var last = 0;
        for (var i = 0; i < partly.Count; i++)
        {
            var from = new ReadOnlySpan<Run>((void*)partly[i].Page.Address, partly[i].Count);
            if (last == 0)
            {
                pages.Add(partly[i].Page.Address);
                last = from.Length;
                continue;
            }

            // What does not fit any more stays, moved to the front, and its page is the last one.
            var fits = Math.Min(RunsPerPage - last, from.Length);
            from[..fits].CopyTo(new Span<Run>((Run*)pages[^1] + last, fits));
            last += fits;
            if (fits < from.Length)
            {
                from[fits..].CopyTo(new Span<Run>((void*)partly[i].Page.Address, from.Length - fits));
                pages.Add(partly[i].Page.Address);
                last = from.Length - fits;
            }
            else
            {
                Memory.Return(partly[i].Page);
            }
        }

        _runs = [.. pages];
        Count = pages.Count == 0 ? 0 : ((pages.Count - 1) * RunsPerPage) + (last == 0 ? RunsPerPage : last);
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

    /// <summary>An event with its actor.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    private struct Row
    {
        /// <summary>From here on it is the number of a key that does not fit.</summary>
        public const uint FirstFar = 1u << 31;

        public ActorEvent Event;
        public uint Actor;
    }

    /// <summary>An actor's events.</summary>
    private struct Run
    {
        public ActorEvent* Events;
        public uint Actor;
        public int Count;
    }

    /// <summary>
    /// Which partition an actor is in. Where keys are dense, 64 neighbours are together and an actor has a place in its partition;
    /// where they are not, a hash decides.
    /// </summary>
    private readonly record struct Split(int Bits, bool IsDense, uint Last)
    {
        /// <summary>Places of a partition.</summary>
        public int Width => (int)(((Last >> 6 >> Bits) + 1) << 6);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public uint Of(uint actor) => IsDense ? (actor >> 6) & ((1u << Bits) - 1) : Bits == 0 ? 0 : actor * 0x9E37_79B1 >> (32 - Bits);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public uint Place(uint actor) => (actor >> 6 >> Bits << 6) | (actor & 63);

        public uint Actor(uint place, uint partition) => (((place >> 6 << Bits) | partition) << 6) | (place & 63);
    }

    private sealed class RowPage(MemoryPage page)
    {
        public MemoryPage Page => page;

        public Row* Rows { get; } = (Row*)page.Address;

        public int Count;
    }

    /// <summary>What one thread takes.</summary>
    private sealed class Part(ActorEvents owner, HeldMemory memory) : IColumnSink
    {
        private readonly TextKeys? _actorKeys = owner._textActors ? new TextKeys(owner._codes!) : null;
        private int[] _numbers = [];
        private long[] _values = [];

        public List<RowPage> Pages { get; } = [];

        public long Rows => Pages.Sum(static p => (long)p.Count);

        public uint LastActor { get; private set; }

        public void Take(ColumnBatch batch)
        {
            var actors = _actorKeys is null ? batch.Longs(0) : _actorKeys.Of(batch, 0);
            var times = batch.Longs(1);
            if ((owner._texted || owner._valued) && _numbers.Length < batch.Count)
            {
                _numbers = new int[batch.Count];
            }

            var bits = owner._valued ? Values(batch) : batch.Longs(2);
            var numbers = ReadOnlySpan<int>.Empty;
            if (owner._texted)
            {
                batch.Number(3, owner._codes!, _numbers);
                numbers = _numbers;
            }

            owner.CountTexts();
            var last = LastActor;
            var page = Pages.Count == 0 ? Add() : Pages[^1];
            for (var i = 0; i < actors.Length; i++)
            {
                if (actors[i] == 0)
                {
                    continue;
                }

                if (page.Count == RowsPerPage)
                {
                    page = Add();
                }

                var actor = (ulong)actors[i] < Row.FirstFar ? (uint)actors[i] : owner.Far(actors[i]);
                page.Rows[page.Count++] = new Row { Event = new ActorEvent(times[i], (uint)bits[i], numbers.IsEmpty ? -1 : numbers[i]), Actor = actor };
                last = Math.Max(last, actor);
            }

            LastActor = last;
        }

        private ReadOnlySpan<long> Values(ColumnBatch batch)
        {
            if (_values.Length < batch.Count)
            {
                _values = new long[batch.Count];
            }

            batch.Number(2, owner._codes!, _numbers);
            for (var i = 0; i < batch.Count; i++)
            {
                _values[i] = _numbers[i];
            }

            return _values.AsSpan(0, batch.Count);
        }

        private RowPage Add()
        {
            Pages.Add(new RowPage(memory.Rent()));
            return Pages[^1];
        }
    }

    /// <summary>Puts partitions in order, one after the other. One thread's.</summary>
    private sealed class Arranger(HeldMemory memory)
    {
        private MemoryPage? _next;
        private MemoryPage? _slots;
        private MemoryPage? _keys;
        private ActorEvent* _free;
        private ActorEvent* _end;

        public List<MemoryPage> Runs { get; } = [];

        public int RunsInLast { get; private set; }

        public void Arrange(List<RowPage> pages, Split split, uint partition)
        {
            var width = split.IsDense ? split.Width : Number(pages);
            var next = (nint*)Clean(ref _next, (long)width * sizeof(nint));
            var (page, first) = Runs.Count == 0 ? (0, 0) : (Runs.Count - 1, RunsInLast);
            Count(pages, split, next);
            Lay(split, partition, next, width);
            Move(pages, split, next);
            for (; page < Runs.Count; page++, first = 0)
            {
                var runs = new ReadOnlySpan<Run>((void*)Runs[page].Address, page + 1 < Runs.Count ? RunsPerPage : RunsInLast);
                foreach (ref readonly var run in runs[first..])
                {
                    Sort(new Span<ActorEvent>(run.Events, run.Count));
                }
            }

            foreach (var read in pages)
            {
                memory.Return(read.Page);
            }
        }

        /// <summary>After the last partition.</summary>
        public void End()
        {
            Drop(ref _next);
            Drop(ref _slots);
            Drop(ref _keys);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Count(List<RowPage> pages, Split split, nint* next)
        {
            foreach (var page in pages)
            {
                var end = page.Rows + page.Count;
                for (var row = page.Rows; row < end; row++)
                {
                    next[split.IsDense ? split.Place(row->Actor) : row->Actor]++;
                }
            }
        }

        /// <summary>Turns counts into the places where the actors' next events go.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Lay(Split split, uint partition, nint* next, int width)
        {
            var keys = split.IsDense ? null : (uint*)_keys!.Address;
            for (var place = 0; place < width; place++)
            {
                if (next[place] == 0)
                {
                    continue;
                }

                var run = new Run { Actor = keys is null ? split.Actor((uint)place, partition) : keys[place], Count = (int)next[place] };
                run.Events = Room(run.Count);
                next[place] = (nint)run.Events;
                Add(run);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Move(List<RowPage> pages, Split split, nint* next)
        {
            foreach (var page in pages)
            {
                var end = page.Rows + page.Count;
                for (var row = page.Rows; row < end; row++)
                {
                    ref var to = ref next[split.IsDense ? split.Place(row->Actor) : row->Actor];
                    *(ActorEvent*)to = row->Event;
                    to += sizeof(ActorEvent);
                }
            }
        }

        private ActorEvent* Room(int events)
        {
            if (events <= _end - _free)
            {
                _free += events;
                return _free - events;
            }

            if (events * (long)sizeof(ActorEvent) > MostOfPage)
            {
                return (ActorEvent*)memory.Rent(events * (long)sizeof(ActorEvent)).Address;
            }

            var page = memory.Rent();
            _free = (ActorEvent*)page.Address;
            _end = _free + (PagePool.PageBytes / sizeof(ActorEvent));
            _free += events;
            return _free - events;
        }

        private void Add(Run run)
        {
            if (Runs.Count == 0 || RunsInLast == RunsPerPage)
            {
                Runs.Add(memory.Rent());
                RunsInLast = 0;
            }

            ((Run*)Runs[^1].Address)[RunsInLast++] = run;
        }

        /// <summary>Few events of far apart actors: the keys by number, which stands in the rows from now on. Says how many they are.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private int Number(List<RowPage> pages)
        {
            var rows = pages.Sum(static p => p.Count);
            var bits = BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)Math.Max(2 * rows, 64)));
            var slots = (Slot*)Clean(ref _slots, (long)sizeof(Slot) << bits);
            var keys = (uint*)Clean(ref _keys, (long)rows * sizeof(uint));
            var mask = (1u << bits) - 1;
            var count = 0;
            foreach (var page in pages)
            {
                var end = page.Rows + page.Count;
                for (var row = page.Rows; row < end; row++)
                {
                    // Not with the bits that chose the partition.
                    var place = (row->Actor * 0x85EB_CA77) >> (32 - bits) & mask;
                    while (slots[place].Key != row->Actor)
                    {
                        if (slots[place].Key == 0)
                        {
                            slots[place] = new Slot { Key = row->Actor, Number = (uint)count };
                            keys[count++] = row->Actor;
                            break;
                        }

                        place = (place + 1) & mask;
                    }

                    row->Actor = slots[place].Number;
                }
            }

            return count;
        }

        /// <summary>So many bytes of zeros.</summary>
        private void* Clean(ref MemoryPage? page, long bytes)
        {
            if (page is null || page.Bytes < bytes)
            {
                Drop(ref page);
                page = memory.Rent(Math.Max(bytes, PagePool.PageBytes));
            }

            NativeMemory.Clear((void*)page.Address, (nuint)bytes);
            return (void*)page.Address;
        }

        private void Drop(ref MemoryPage? page)
        {
            if (page is not null)
            {
                memory.Return(page);
                page = null;
            }
        }

        private struct Slot
        {
            public uint Key;
            public uint Number;
        }
    }
}
