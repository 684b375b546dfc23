using System.Runtime.CompilerServices;
using Headroom.Core;

namespace Headroom.Sql;

internal sealed unsafe partial class SessionScan
{
    /// <summary>What one thread takes: it finds each row's session by its key, in the order of the partitions.</summary>
    private sealed class Part(SessionScan owner, SessionLayout layout, int number, HeldMemory memory) : IColumnSink
    {
        /// <summary>Batches between two looks at the memory of texts.</summary>
        private const int LookEvery = 64;

        private readonly SessionLayout _layout = layout;
        private readonly bool _hasPersonBits = layout.HasPersonBits;
        private readonly int[] _ends = new int[None];
        private SessionKey[] _keys = [];
        private ulong[] _hashes = [];
        private byte[] _partitionOf = [];
        private int[] _order = [];
        private int[] _names = [];
        private int[] _several = [];
        private int[][] _codes = [];

        /// <summary>Of texts that tell where the visitor was before.</summary>
        private (int[] Whole, int[] Host)[] _sites = [];
        private Name[] _kinds = [];
        private int _empty = -1;
        private int _direct = -1;
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
            _sites = [.. _layout.Texts.Select(t => t.Site is null ? default : (new int[rows], new int[rows]))];
            _empty = owner._texts.Of([]);
            _direct = owner._texts.Of("$direct"u8);
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

            for (var t = 0; t < _sites.Length; t++)
            {
                if (_layout.Texts[t].Site is var (whole, host))
                {
                    batch.Number(whole, owner._texts, _sites[t].Whole);
                    batch.Number(host, owner._texts, _sites[t].Host);
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
                    if (_hasPersonBits)
                    {
                        session->Rest = (session->Rest & ((1u << AnyBits) - 1)) | ((uint)(bit >> SessionLayout.PersonsAt) << AnyBits);
                    }
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
                    Tell(batch, t, row, at, bit, isView, (Told*)behind + t);
                }

                if (_layout.Several >= 0 && _several[row] >= 0 &&
                    (_layout.SeveralAreNames ? (name & Name.Own) != 0 : isView && (bit & SessionLayout.Matches) != 0 && _several[row] != _empty))
                {
                    partition.Count(place, session, _several[row], memory);
                }
            }
        }

        private void Tell(ColumnBatch batch, int text, int row, long at, long bit, bool isView, Told* told)
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

            if (of.Site is not null && IsOfSite(_sites[text].Whole[row], _sites[text].Host[row]))
            {
                return;
            }

            var rank = (ulong)batch.Longs(of.Rank)[row];
            if (told->Code < 0 || at != told->At || (of.Last ? rank > told->Rank : rank < told->Rank))
            {
                (told->At, told->Rank, told->Code, told->Meets) = (at, rank, code, (uint)(bit >> SessionLayout.ConditionsAt));
            }
        }

        /// <summary>Whether a visitor was on the site itself or came from nowhere: the host's name with or without www. before it.</summary>
        private bool IsOfSite(int domain, int host)
        {
            if (domain == _direct || domain == host)
            {
                return true;
            }

            if (host < 0)
            {
                return false;
            }

            return IsWith(owner._texts.Utf8(domain), owner._texts.Utf8(host)) || IsWith(owner._texts.Utf8(host), owner._texts.Utf8(domain));

            static bool IsWith(ReadOnlySpan<byte> longer, ReadOnlySpan<byte> shorter) =>
                longer.Length == shorter.Length + "www."u8.Length && longer.StartsWith("www."u8) && longer.EndsWith(shorter);
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
}
