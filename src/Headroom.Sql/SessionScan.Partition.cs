using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Headroom.Core;

namespace Headroom.Sql;

internal sealed unsafe partial class SessionScan
{
    /// <summary>Sessions with an index by their keys, in pages. Not safe for concurrent use.</summary>
    private sealed class Partition
    {
        private const int SlotsPerPage = PagePool.PageBytes / sizeof(uint);
        private const int SlotBits = 14;

        /// <summary>A slot has a place, from 1, in these bits and above them some of the hash, so that hardly any other session is looked at; 0 for none.</summary>
        private const uint MostPlaces = 0xFF_FFFF;
        private static readonly int OnesPerPage = PagePool.PageBytes / sizeof(One);
        private static readonly int OneBits = BitOperations.Log2((uint)OnesPerPage);

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
            _placeBits = BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)_perPage));
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
                        var session = (byte*)At((known & MostPlaces) - 1);
                        Sse.Prefetch0(session);
                        if (_stride > sizeof(Session))
                        {
                            Sse.Prefetch0(session + sizeof(Session));
                        }

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
            var next = session->Rest >> AnyBits;
            One* last = null;
            for (var i = 0; i < MostInLine; i++)
            {
                if (next == 0)
                {
                    var added = AddOne(place, code, memory);
                    if (last is null)
                    {
                        session->Rest |= added << AnyBits;
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

        /// <param name="ofPersons">The codes of values that are true or false.</param>
        public void MoveTo(SessionRows rows, int first, long from, long to, (int False, int True) ofPersons)
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
                        rows.Put(next, v, Value(session, v, ofPersons));
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
                        : row with { Views = one->Count, Matched = one->Count, Entered = Value(session, 0, ofPersons) == one->Code });
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
            session->Start >= from && session->Start < to && (!_layout.Web || session->Views > 0) && (!_layout.IsFiltered || (session->Rest & 3) == 3) && (_layout.Conditions.Count == 0 || Meets(session));

        private bool Meets(Session* session)
        {
            var told = TextsOf(session);
            foreach (var (first, ofFirst, other, ofOther, ofNone) in _layout.Conditions)
            {
                var isFirst = told[first].Code >= 0 || other < 0;
                var text = told + (isFirst ? first : other);
                var bit = isFirst ? ofFirst : ofOther;
                if (text->Code < 0 ? !ofNone : (text->Meets & (bit >> SessionLayout.ConditionsAt)) == 0)
                {
                    return false;
                }
            }

            return true;
        }

        private SessionRow Row(SessionRows rows, Session* session) => new(
            session->Stored == 0 ? -1 : rows.Person(session->Now), session->Start, session->End - session->Start, session->Views, session->Acts, session->Matched,
            !_layout.HasEntries || ((Entry*)(session + 1))->View == ((Entry*)(session + 1))->Entering);

        private int Value(Session* session, int value, (int False, int True) ofPersons)
        {
            var (first, other, ofPerson) = _layout.Values[value];
            if (ofPerson != 0)
            {
                return (session->Rest & (ofPerson << AnyBits)) != 0 ? ofPersons.True : ofPersons.False;
            }

            var told = TextsOf(session);
            return first < 0 ? -1 : told[first].Code >= 0 || other < 0 ? told[first].Code : told[other].Code;
        }

        private Told* TextsOf(Session* session) => (Told*)((byte*)(session + 1) + (_layout.HasEntries ? sizeof(Entry) : 0));

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
