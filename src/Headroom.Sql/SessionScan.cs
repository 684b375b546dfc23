// Sessions put together here instead of by the store: the store decodes and filters events, and each of its threads adds
// its own rows to the sessions that they belong to. Grouping in SQL costs several times that, because it hashes, compares
// and keeps the session's text, which is 128 bits mostly. What sessions come to is exactly what SessionsSql.Rows and its
// like give, which are still asked where filters or values are of whole sessions or of persons.

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Headroom.Core;

namespace Headroom.Sql;

/// <summary>A text of a session: that of its first event that has one, or of its last. Among several of one instant the one of the lowest rank (of the last: highest).</summary>
/// <param name="Code">Column of the text's code, as much of it as is told apart.</param>
/// <param name="Rank">Column of the whole text's rank.</param>
/// <param name="OfViews">Events that are no views tell nothing.</param>
internal readonly record struct SessionText(int Code, int Rank, bool Last, bool OfViews);

/// <summary>What a scan of sessions' events has behind its first five columns: session VARCHAR, unix microseconds, the event's name as a code, its person as stored, and as of now (0 for nobody).</summary>
internal sealed class SessionLayout
{
    /// <summary>Column of the sum of the following; −1 where there are no such conditions: then each event meets all of them and none is passive.</summary>
    public int Bits { get; set; } = -1;

    /// <summary>The event meets the filters, of which one must be met by a session and which views that count must meet.</summary>
    public const long Matches = 1;

    /// <summary>The event meets the other filters of which one must be met.</summary>
    public const long Chooses = 2;

    /// <summary>A view that is the first must be of such an event, or the session did not enter.</summary>
    public const long IsEntry = 4;

    /// <summary>An event of a team's own that no person caused.</summary>
    public const long IsPassive = 8;

    /// <summary>Visits with their page views, where screens are no views and other events count as acts.</summary>
    public required bool Web { get; init; }

    /// <summary>Only sessions count that have an event which matches and one which chooses.</summary>
    public bool IsFiltered { get; init; }

    /// <summary>Sessions are told apart by whether they entered by a view that <see cref="IsEntry"/>.</summary>
    public bool HasEntries { get; init; }

    public List<SessionText> Texts { get; } = [];

    /// <summary>Each value is one of the texts, and where it is not there another; −1 for none.</summary>
    public List<(int First, int Else)> Values { get; } = [];

    /// <summary>Column of the code of what a session may have several of, so that there is a row for each; −1 for none.</summary>
    public int Several { get; set; } = -1;

    /// <summary>It is the events' name, of those that are a team's own; else the page of views.</summary>
    public bool SeveralAreNames { get; init; }
}

/// <summary>
/// Sessions out of their events. Costs 72 bytes and a little for each session, 24 for each of its texts and 16 for each of its pages or
/// names of events, of memory that the query is bounded in. Safe to be filled by several threads.
/// </summary>
internal sealed unsafe class SessionScan(SessionLayout layout) : IPartedSink, IHoldingSink, IDisposable
{
    /// <summary>Of sessions whose id is a uuid, and as many again of the others. Each thread finds one that is free mostly.</summary>
    private const int Kinds = 16;
    private const int PartitionBits = 60;
    private const byte None = 2 * Kinds;

    /// <summary>Kept for it at first: sessions are fewer than events.</summary>
    private const long FewBytes = 4L * 1_024 * 1_024;
    private const int BytesOfSession = 96;

    private readonly Partition[] _partitions = [.. Enumerable.Range(0, 2 * Kinds).Select(_ => new Partition(layout))];
    private readonly TextCodes _texts = new();
    private readonly TextCodes _ids = new();
    private readonly ulong _seed = (ulong)Random.Shared.NextInt64();
    private readonly List<Part> _parts = [];
    private readonly Lock _gate = new();
    private HeldMemory? _memory;
    private PagePool? _ownPool;
    private long _countedTexts;

    TextCodes? IColumnSink.Texts => _texts;

    /// <summary>Of the values and of what a session has several of.</summary>
    public TextCodes Texts => _texts;

    /// <summary>What its pages are of. None bounds it where no store has given one.</summary>
    public HeldMemory Memory
    {
        get
        {
            lock (_gate)
            {
                return _memory ??= new HeldMemory(_ownPool = new PagePool(0), null);
            }
        }
    }

    public long BytesFor(long rows) => Math.Min(FewBytes, rows * (BytesOfSession + (Unsafe.SizeOf<Told>() * layout.Texts.Count)));

    public void Hold(HeldMemory memory)
    {
        _memory?.Dispose();
        _memory = memory;
    }

    public IColumnSink NewPart()
    {
        var part = new Part(this, layout, _parts.Count, Memory);
        _parts.Add(part);
        return part;
    }

    public void Take(ColumnBatch batch) => (_parts.Count == 0 ? NewPart() : _parts[0]).Take(batch);

    /// <summary>Gives back what it held; it is not read afterwards.</summary>
    public void Dispose()
    {
        _memory?.Dispose();
        _ownPool?.Dispose();
    }

    /// <summary>Gives the sessions that begin in [from, to) and count, one row each or one for each of what they have several of. Call once, after the last batch; the pages are given back meanwhile.</summary>
    public void MoveTo(SessionRows rows, long from, long to, CancellationToken cancellationToken)
    {
        CountTexts();
        var (ends, highest) = (new long[_partitions.Length], new long[_partitions.Length]);
        Parts.Each(_partitions.Length, p => (ends[p], highest[p]) = _partitions[p].Measure(from, to), cancellationToken);
        for (var p = 1; p < ends.Length; p++)
        {
            ends[p] += ends[p - 1];
        }

        rows.Begin(checked((int)ends[^1]), highest.Max());
        Parts.Each(
            _partitions.Length, p =>
            {
                var first = p == 0 ? 0 : ends[p - 1];
                Memory.Count((ends[p] - first) * rows.BytesOfRow);
                _partitions[p].MoveTo(rows, (int)first, from, to);
                _partitions[p].Clear(Memory);
            }, cancellationToken);
    }

    /// <summary>Texts are counted when they have come: each is there once, however many sessions have it.</summary>
    private void CountTexts()
    {
        var memory = Memory;
        lock (_gate)
        {
            var bytes = _texts.Bytes + _ids.Bytes;
            if (bytes != _countedTexts)
            {
                memory.Count(bytes - _countedTexts);
                _countedTexts = bytes;
            }
        }
    }

    /// <summary>What came of a row's session and name.</summary>
    [Flags]
    private enum Name : byte
    {
        None = 0,
        View = 1,

        /// <summary>A person caused it.</summary>
        Act = 2,

        /// <summary>As <see cref="Act"/>, unless it says that it is passive.</summary>
        ActUnlessPassive = 4,

        /// <summary>It is a team's own.</summary>
        Own = 8,
        Known = 128,
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Session
    {
        public ulong High;
        public ulong Low;
        public long Start;
        public long End;

        /// <summary>Of its persons as stored the lowest, 0 for none, and whom that is now.</summary>
        public long Stored;
        public long Now;
        public int Views;
        public int Acts;
        public int Matched;

        /// <summary>The bits that any of its events has, and above them the number of the first of what it has several of, from 1.</summary>
        public uint Rest;
    }

    /// <summary>Behind a session, where it may not have entered: when its first view was, and the first by which it would have entered.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Entry
    {
        public long View;
        public long Entering;
    }

    /// <summary>Behind these, for each text.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Told
    {
        public long At;
        public ulong Rank;
        public int Code;
    }

    /// <summary>One of what a session has several of.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct One
    {
        public uint Session;
        public int Code;
        public int Count;

        /// <summary>The next one of the session, from 1.</summary>
        public uint Next;
    }

    /// <summary>What one thread takes: it finds each row's session by its key, in the order of the partitions.</summary>
    private sealed class Part(SessionScan owner, SessionLayout layout, int number, HeldMemory memory) : IColumnSink
    {
        /// <summary>Batches between two looks at the memory of texts.</summary>
        private const int LookEvery = 64;

        private readonly SessionLayout _layout = layout;
        private readonly int[] _ends = new int[None];
        private SessionKey[] _keys = [];
        private ulong[] _hashes = [];
        private byte[] _partitionOf = [];
        private int[] _order = [];
        private int[] _names = [];
        private int[] _several = [];
        private int[][] _codes = [];
        private Name[] _kinds = [];
        private int _empty = -1;
        private int _batches;

        public void Take(ColumnBatch batch)
        {
            if (_order.Length < batch.Count)
            {
                MakeRoom(batch.Count);
            }

            Read(batch);
            Sort(batch.Count);

            // Others begin elsewhere, so that nobody waits for long.
            for (var i = 0; i < None; i++)
            {
                var p = (i + (number * 5)) % None;
                var from = p == 0 ? 0 : _ends[p - 1];
                if (_ends[p] > from)
                {
                    var partition = owner._partitions[p];
                    lock (partition.Gate)
                    {
                        Add(batch, partition, _order.AsSpan(from, _ends[p] - from));
                    }
                }
            }

            if (_batches++ % LookEvery == 0)
            {
                owner.CountTexts();
            }
        }

        private void MakeRoom(int rows)
        {
            _keys = new SessionKey[rows];
            _hashes = new ulong[rows];
            _partitionOf = new byte[rows];
            _order = new int[rows];
            _names = new int[rows];
            _several = new int[rows];
            _codes = [.. _layout.Texts.Select(_ => new int[rows])];
            _empty = owner._texts.Of([]);
        }

        private void Read(ColumnBatch batch)
        {
            batch.Number(2, owner._texts, _names);
            for (var t = 0; t < _codes.Length; t++)
            {
                // Several texts may be of one column.
                var same = _layout.Texts.FindIndex(x => x.Code == _layout.Texts[t].Code);
                if (same < t)
                {
                    _codes[t] = _codes[same];
                }
                else
                {
                    batch.Number(_layout.Texts[t].Code, owner._texts, _codes[t]);
                }
            }

            if (_layout.Several >= 0)
            {
                batch.Number(_layout.Several, owner._texts, _several);
            }

            var seed = owner._seed;
            for (var i = 0; i < batch.Count; i++)
            {
                var text = batch.Utf8(0, i);
                var kind = 0;
                if (!SessionKey.TryParse(text, out var key))
                {
                    if (text.IsEmpty)
                    {
                        _partitionOf[i] = None;
                        continue;
                    }

                    kind = Kinds;
                    key = new SessionKey(0, (ulong)owner._ids.Of(text));
                }

                var hash = Partition.Hash(key, seed);
                _keys[i] = key;
                _hashes[i] = hash;
                _partitionOf[i] = (byte)(kind + (int)(hash >> PartitionBits));
            }
        }

        /// <summary>Rows by partition, without those of no session.</summary>
        private void Sort(int rows)
        {
            Span<int> next = stackalloc int[None + 1];
            next.Clear();
            var partitions = _partitionOf.AsSpan(0, rows);
            foreach (var p in partitions)
            {
                next[p]++;
            }

            var end = 0;
            for (var p = 0; p < None; p++)
            {
                var count = next[p];
                next[p] = end;
                _ends[p] = end += count;
            }

            for (var i = 0; i < partitions.Length; i++)
            {
                if (partitions[i] != None)
                {
                    _order[next[partitions[i]]++] = i;
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Add(ColumnBatch batch, Partition partition, ReadOnlySpan<int> rows)
        {
            // Each row looks at two places that no cache has mostly; so they are asked for together beforehand.
            foreach (var row in rows)
            {
                partition.PrefetchSlot(_hashes[row]);
            }

            foreach (var row in rows)
            {
                partition.PrefetchSession(_hashes[row]);
            }

            var times = batch.Longs(1);
            var stored = batch.Longs(3);
            var now = batch.Longs(4);
            var bits = _layout.Bits < 0 ? default : batch.Longs(_layout.Bits);
            foreach (var row in rows)
            {
                var name = KindOf(_names[row]);
                var bit = bits.IsEmpty ? SessionLayout.Matches | SessionLayout.Chooses | SessionLayout.IsEntry : bits[row];
                var place = partition.Find(_keys[row], _hashes[row], owner._seed, memory);
                var session = partition.At(place);
                var at = times[row];
                session->Start = Math.Min(session->Start, at);
                session->End = Math.Max(session->End, at);
                session->Rest |= (uint)bit & (uint)(SessionLayout.Matches | SessionLayout.Chooses);
                if (stored[row] is not 0 and var person && (session->Stored == 0 || person < session->Stored))
                {
                    (session->Stored, session->Now) = (person, now[row]);
                }

                var isView = (name & Name.View) != 0;
                if (isView)
                {
                    session->Views++;
                    session->Matched += (int)(bit & SessionLayout.Matches);
                }

                if ((name & Name.Act) != 0 || ((name & Name.ActUnlessPassive) != 0 && (bit & SessionLayout.IsPassive) == 0))
                {
                    session->Acts++;
                }

                var behind = (byte*)(session + 1);
                if (_layout.HasEntries)
                {
                    if (isView)
                    {
                        var entry = (Entry*)behind;
                        entry->View = Math.Min(entry->View, at);
                        entry->Entering = (bit & SessionLayout.IsEntry) != 0 ? Math.Min(entry->Entering, at) : entry->Entering;
                    }

                    behind += sizeof(Entry);
                }

                for (var t = 0; t < _codes.Length; t++)
                {
                    Tell(batch, t, row, at, isView, (Told*)behind + t);
                }

                if (_layout.Several >= 0 && _several[row] >= 0 &&
                    (_layout.SeveralAreNames ? (name & Name.Own) != 0 : isView && (bit & SessionLayout.Matches) != 0 && _several[row] != _empty))
                {
                    partition.Count(place, session, _several[row], memory);
                }
            }
        }

        private void Tell(ColumnBatch batch, int text, int row, long at, bool isView, Told* told)
        {
            var code = _codes[text][row];
            var of = _layout.Texts[text];
            if (code < 0 || code == _empty || (of.OfViews && !isView))
            {
                return;
            }

            if (told->Code >= 0 && (of.Last ? at < told->At : at > told->At))
            {
                return;
            }

            var rank = (ulong)batch.Longs(of.Rank)[row];
            if (told->Code < 0 || at != told->At || (of.Last ? rank > told->Rank : rank < told->Rank))
            {
                (told->At, told->Rank, told->Code) = (at, rank, code);
            }
        }

        private Name KindOf(int code)
        {
            if ((uint)code < (uint)_kinds.Length && _kinds[code] is not Name.None and var known)
            {
                return known;
            }

            return code < 0 ? Name.None : Learn(code);
        }

        /// <summary>After PostHog an autocaptured click makes a session no bounce, after Plausible a second event that a person caused; its script sends engagement by itself.</summary>
        private Name Learn(int code)
        {
            var name = owner._texts.Utf8(code);
            var isOwn = !name.StartsWith("$"u8) && !name.SequenceEqual("engagement"u8);
            var isScreen = name.SequenceEqual("$screen"u8);
            var isClick = name.SequenceEqual("$autocapture"u8);
            var isPage = name.SequenceEqual("$pageview"u8);
            var kind = Name.Known | (isOwn ? Name.Own : Name.None);
            kind |= isPage || (isScreen && !_layout.Web) ? Name.View : Name.None;
            kind |= isClick || (_layout.Web && (isPage || isScreen)) ? Name.Act : Name.None;
            kind |= _layout.Web && isOwn ? Name.ActUnlessPassive : Name.None;
            if (code >= _kinds.Length)
            {
                Array.Resize(ref _kinds, Math.Max(code + 1, 2 * _kinds.Length));
            }

            return _kinds[code] = kind;
        }
    }

    /// <summary>Sessions with an index by their keys, in pages. Not safe for concurrent use.</summary>
    private sealed class Partition
    {
        private const int SlotsPerPage = PagePool.PageBytes / sizeof(uint);
        private const int SlotBits = 14;

        /// <summary>A slot has a place, from 1, in these bits and above them some of the hash, so that hardly any other session is looked at; 0 for none.</summary>
        private const uint MostPlaces = 0xFF_FFFF;
        private static readonly int OnesPerPage = PagePool.PageBytes / sizeof(One);
        private static readonly int OneBits = System.Numerics.BitOperations.Log2((uint)OnesPerPage);

        /// <summary>Of what a session has several of, so many are looked through one by one; further ones are hashed.</summary>
        private const int MostInLine = 32;

        /// <summary>About, of one that is hashed.</summary>
        private const int BytesOfHashed = 48;

        private readonly SessionLayout _layout;
        private readonly int _stride;
        private readonly int _perPage;
        private readonly int _placeBits;
        private readonly List<MemoryPage> _slots = [];
        private readonly List<MemoryPage> _sessions = [];
        private readonly List<MemoryPage> _ones = [];
        private readonly Dictionary<ulong, uint> _hashed = [];

        // The same, to be found without a bounds check.
        private nint[] _slotPages = [];
        private nint[] _sessionPages = [];
        private nint[] _onePages = [];
        private ulong _mask;
        private int _mostInSlots;
        private int _count;
        private int _countOfOnes;

        public Partition(SessionLayout layout)
        {
            _layout = layout;
            _stride = sizeof(Session) + (layout.HasEntries ? sizeof(Entry) : 0) + (layout.Texts.Count * sizeof(Told));
            _perPage = PagePool.PageBytes / _stride;
            _placeBits = System.Numerics.BitOperations.Log2(System.Numerics.BitOperations.RoundUpToPowerOf2((uint)_perPage));
        }

        public Lock Gate { get; } = new();

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static ulong Hash(SessionKey key, ulong seed)
        {
            const ulong Odd = 0x9E37_79B9_7F4A_7C15;
            var high = Math.BigMul(key.High ^ seed, key.Low ^ Odd, out var low);
            return Math.BigMul(high ^ low ^ seed, Odd, out var rest) ^ rest;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void PrefetchSlot(ulong hash)
        {
            if (Sse.IsSupported && _count > 0)
            {
                Sse.Prefetch0(Slot(hash & _mask));
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void PrefetchSession(ulong hash)
        {
            if (Sse.IsSupported && _count > 0)
            {
                var tag = TagOf(hash);
                for (var slot = hash & _mask; *Slot(slot) is not 0 and var known; slot = (slot + 1) & _mask)
                {
                    if ((known & ~MostPlaces) == tag)
                    {
                        Sse.Prefetch0(At((known & MostPlaces) - 1));
                        return;
                    }
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Session* At(uint place) => (Session*)(_sessionPages[place >> _placeBits] + ((nint)(place & ((1u << _placeBits) - 1)) * _stride));

        /// <summary>The place of the session, which is new where it was not known.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public uint Find(in SessionKey key, ulong hash, ulong seed, HeldMemory memory)
        {
            if (_count >= _mostInSlots)
            {
                Grow(seed, memory);
            }

            var tag = TagOf(hash);
            for (var slot = hash & _mask; ; slot = (slot + 1) & _mask)
            {
                var known = *Slot(slot);
                if (known == 0)
                {
                    return Add(key, slot, tag, memory);
                }

                if ((known & ~MostPlaces) == tag)
                {
                    var session = At((known & MostPlaces) - 1);
                    if (session->Low == key.Low && session->High == key.High)
                    {
                        return (known & MostPlaces) - 1;
                    }
                }
            }
        }

        /// <summary>One more of what a session has several of.</summary>
        public void Count(uint place, Session* session, int code, HeldMemory memory)
        {
            const int FlagBits = 2;
            var next = session->Rest >> FlagBits;
            One* last = null;
            for (var i = 0; i < MostInLine; i++)
            {
                if (next == 0)
                {
                    var added = AddOne(place, code, memory);
                    if (last is null)
                    {
                        session->Rest |= added << FlagBits;
                    }
                    else
                    {
                        last->Next = added;
                    }

                    return;
                }

                last = OneAt(next - 1);
                if (last->Code == code)
                {
                    last->Count++;
                    return;
                }

                next = last->Next;
            }

            ref var hashed = ref CollectionsMarshal.GetValueRefOrAddDefault(_hashed, ((ulong)place << 32) | (uint)code, out var known);
            if (known)
            {
                OneAt(hashed - 1)->Count++;
                return;
            }

            hashed = AddOne(place, code, memory);
            memory.Count(BytesOfHashed);
        }

        /// <summary>Rows to come of it, and the highest key of a person among them.</summary>
        public (long Rows, long Highest) Measure(long from, long to)
        {
            long rows = 0, highest = 0;
            for (var i = 0; i < _count; i++)
            {
                var session = At(PlaceOf(i));
                if (Counts(session, from, to))
                {
                    rows++;
                    highest = Math.Max(highest, session->Now);
                }
            }

            if (_layout.Several < 0)
            {
                return (rows, highest);
            }

            rows = 0;
            for (var i = 0; i < _countOfOnes; i++)
            {
                rows += Counts(At(OneAt((uint)i)->Session), from, to) ? 1 : 0;
            }

            return (rows, highest);
        }

        public void MoveTo(SessionRows rows, int first, long from, long to)
        {
            var next = first;
            if (_layout.Several < 0)
            {
                for (var i = 0; i < _count; i++)
                {
                    var session = At(PlaceOf(i));
                    if (!Counts(session, from, to))
                    {
                        continue;
                    }

                    rows.Put(next, Row(rows, session));
                    for (var v = 0; v < _layout.Values.Count; v++)
                    {
                        rows.Put(next, v, Value(session, v));
                    }

                    next++;
                }

                return;
            }

            for (var i = 0; i < _countOfOnes; i++)
            {
                var one = OneAt((uint)i);
                var session = At(one->Session);
                if (Counts(session, from, to))
                {
                    var row = Row(rows, session);
                    rows.Put(next, _layout.SeveralAreNames
                        ? row with { Views = one->Count }
                        : row with { Views = one->Count, Matched = one->Count, Entered = Value(session, 0) == one->Code });
                    rows.Put(next++, 0, one->Code);
                }
            }
        }

        public void Clear(HeldMemory memory)
        {
            foreach (var page in _slots.Concat(_sessions).Concat(_ones))
            {
                memory.Return(page);
            }

            foreach (var pages in new[] { _slots, _sessions, _ones })
            {
                pages.Clear();
            }

            (_count, _countOfOnes) = (0, 0);
        }

        private uint PlaceOf(int session) => ((uint)(session / _perPage) << _placeBits) | (uint)(session % _perPage);

        private bool Counts(Session* session, long from, long to) =>
            session->Start >= from && session->Start < to && (!_layout.Web || session->Views > 0) && (!_layout.IsFiltered || (session->Rest & 3) == 3);

        private SessionRow Row(SessionRows rows, Session* session) => new(
            session->Stored == 0 ? -1 : rows.Person(session->Now), session->Start, session->End - session->Start, session->Views, session->Acts, session->Matched,
            !_layout.HasEntries || ((Entry*)(session + 1))->View == ((Entry*)(session + 1))->Entering);

        private int Value(Session* session, int value)
        {
            var told = (Told*)((byte*)(session + 1) + (_layout.HasEntries ? sizeof(Entry) : 0));
            var (first, other) = _layout.Values[value];
            return told[first].Code >= 0 || other < 0 ? told[first].Code : told[other].Code;
        }

        /// <summary>Bits that neither the partition nor, mostly, the slot is chosen by.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static uint TagOf(ulong hash) => (uint)(hash >> 28) & ~MostPlaces;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private uint* Slot(ulong slot) => (uint*)_slotPages[slot >> SlotBits] + (slot & (SlotsPerPage - 1));

        private One* OneAt(uint one) => (One*)_onePages[one >> OneBits] + (one & (OnesPerPage - 1));

        [MethodImpl(MethodImplOptions.NoInlining)]
        private uint Add(in SessionKey key, ulong slot, uint tag, HeldMemory memory)
        {
            if (_count == _perPage * _sessions.Count)
            {
                Rent(_sessions, ref _sessionPages, memory);
            }

            var place = PlaceOf(_count);
            if (place >= MostPlaces)
            {
                throw new QueryRefusedException(QueryBound.Memory, "The query has more sessions than can be told apart at once. Ask for a shorter range or add a filter.");
            }

            _count++;
            var session = At(place);
            *session = new Session { High = key.High, Low = key.Low, Start = long.MaxValue, End = long.MinValue };
            var behind = (byte*)(session + 1);
            if (_layout.HasEntries)
            {
                *(Entry*)behind = new Entry { View = long.MaxValue, Entering = long.MaxValue };
                behind += sizeof(Entry);
            }

            for (var t = 0; t < _layout.Texts.Count; t++)
            {
                ((Told*)behind)[t] = new Told { Code = -1 };
            }

            *Slot(slot) = tag | (place + 1);
            return place;
        }

        /// <summary>Its number, from 1.</summary>
        private uint AddOne(uint session, int code, HeldMemory memory)
        {
            if (_countOfOnes == OnesPerPage * _ones.Count)
            {
                Rent(_ones, ref _onePages, memory);
            }

            *OneAt((uint)_countOfOnes) = new One { Session = session, Code = code, Count = 1 };
            return (uint)++_countOfOnes;
        }

        private static void Rent(List<MemoryPage> pages, ref nint[] addresses, HeldMemory memory)
        {
            pages.Add(memory.Rent());
            if (addresses.Length < pages.Count)
            {
                Array.Resize(ref addresses, 2 * pages.Count);
            }

            addresses[pages.Count - 1] = pages[^1].Address;
        }

        /// <summary>Twice as many slots, so that at most three quarters are full: fewer stay in a processor's cache, and tags tell nearly all of them apart.</summary>
        private void Grow(ulong seed, HeldMemory memory)
        {
            for (var more = Math.Max(1, _slots.Count); more > 0; more--)
            {
                Rent(_slots, ref _slotPages, memory);
            }

            foreach (var page in _slots)
            {
                new Span<byte>((void*)page.Address, PagePool.PageBytes).Clear();
            }

            _mask = ((ulong)_slots.Count * SlotsPerPage) - 1;
            _mostInSlots = (int)Math.Min(int.MaxValue, 3L * SlotsPerPage * _slots.Count / 4);
            for (var i = 0; i < _count; i++)
            {
                var place = PlaceOf(i);
                var session = At(place);
                var hash = Hash(new SessionKey(session->High, session->Low), seed);
                var slot = hash & _mask;
                while (*Slot(slot) != 0)
                {
                    slot = (slot + 1) & _mask;
                }

                *Slot(slot) = TagOf(hash) | (place + 1);
            }
        }
    }
}
