// Sessions put together here instead of by the store: the store decodes and filters events, and each of its threads adds
// its own rows to the sessions that they belong to. Grouping in SQL costs several times that, because it hashes, compares
// and keeps the session's text, which is 128 bits mostly. What sessions come to is exactly what SessionsSql.Rows and its
// like give, which are still asked where a store ranks no texts.

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Headroom.Core;

namespace Headroom.Sql;

/// <summary>A text of a session: that of its first event that has one, or of its last. Among several of one instant the one of the lowest rank (of the last: highest).</summary>
/// <param name="Code">Column of the text's code, as much of it as is told apart.</param>
/// <param name="Rank">Column of the whole text's rank.</param>
/// <param name="OfViews">Events that are no views tell nothing.</param>
/// <param name="Site">Columns of the codes of the whole text and of the site where the event was: it tells where the visitor was before, unless that is the site itself; null where it tells something else.</param>
internal readonly record struct SessionText(int Code, int Rank, bool Last, bool OfViews, (int Whole, int Host)? Site = null);

/// <summary>A filter on a value of whole sessions: the event whose text is the value has a bit where that text meets it.</summary>
/// <param name="First">The text that is the value.</param>
/// <param name="OfFirst">Its bit.</param>
/// <param name="Else">The text that is the value where the first is not there; −1 for none.</param>
/// <param name="OfElse">Its bit.</param>
/// <param name="OfNone">Whether sessions without the value meet it.</param>
internal readonly record struct SessionCondition(int First, long OfFirst, int Else, long OfElse, bool OfNone);

/// <summary>A value of a session: one of its texts, or something of its person.</summary>
/// <param name="First">The text; −1 where what the person has is put beside the session later.</param>
/// <param name="Else">The text that is the value where the first is not there; −1 for none.</param>
/// <param name="OfPerson">A bit: the value is true where the person has it and else false, also of nobody; 0 where it is a text.</param>
internal readonly record struct SessionSource(int First, int Else = -1, uint OfPerson = 0);

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

    /// <summary>Bits of <see cref="Conditions"/> begin here. Each is a bit in 32: two are of the source, one of each other property of sessions.</summary>
    public const int ConditionsAt = 4;
    public const long FirstCondition = 1L << ConditionsAt;

    /// <summary>Bits of <see cref="SessionSource.OfPerson"/> begin here, the same in each event of a person. Only where there is nothing that a session has several of.</summary>
    public const int PersonsAt = 32;

    /// <summary>Visits with their page views, where screens are no views and other events count as acts.</summary>
    public required bool Web { get; init; }

    /// <summary>Only sessions count that have an event which matches and one which chooses.</summary>
    public bool IsFiltered { get; init; }

    /// <summary>Sessions are told apart by whether they entered by a view that <see cref="IsEntry"/>.</summary>
    public bool HasEntries { get; init; }

    public List<SessionText> Texts { get; } = [];

    public List<SessionSource> Values { get; } = [];

    public bool HasPersonBits => Values.Exists(static v => v.OfPerson != 0);

    /// <summary>Only sessions count that meet all of them.</summary>
    public List<SessionCondition> Conditions { get; } = [];

    /// <summary>Column of the code of what a session may have several of, so that there is a row for each; −1 for none.</summary>
    public int Several { get; set; } = -1;

    /// <summary>It is the events' name, of those that are a team's own; else the page of views.</summary>
    public bool SeveralAreNames { get; init; }
}

/// <summary>
/// Sessions out of their events. Costs 72 bytes and a little for each session, 24 for each of its texts and 16 for each of its pages or
/// names of events, of memory that the query is bounded in. Safe to be filled by several threads.
/// </summary>
internal sealed unsafe partial class SessionScan(SessionLayout layout) : IPartedSink, IHoldingSink, IDisposable
{
    /// <summary>Of sessions whose id is a uuid, and as many again of the others. Each thread finds one that is free mostly.</summary>
    private const int Kinds = 16;
    private const int PartitionBits = 60;
    private const byte None = 2 * Kinds;

    /// <summary>In what a session has beside its numbers: so many bits are those that any of its events has.</summary>
    private const int AnyBits = 2;

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
        (int False, int True) ofPersons = layout.HasPersonBits ? (_texts.Of("false"u8), _texts.Of("true"u8)) : default;
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
                _partitions[p].MoveTo(rows, (int)first, from, to, ofPersons);
                _partitions[p].Clear(Memory);
            }, cancellationToken);
    }

    /// <summary>Texts are counted when they have come: each is there once, however many sessions have it.</summary>
    public void CountTexts()
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

        /// <summary>The bits that any of its events has, and above them the number of the first of what it has several of, from 1, or the bits of its person.</summary>
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

        /// <summary>Which conditions its event's texts meet.</summary>
        public uint Meets;
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
}
