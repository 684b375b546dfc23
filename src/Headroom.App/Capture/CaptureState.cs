using System.Buffers;
using System.Text.Json;
using Headroom.Core;

namespace Headroom.App.Capture;

/// <summary>A piece of the decoded body, or of the scratch buffer where the value had to be made. Length −1 is absent.</summary>
internal readonly record struct Slice(int Start, int Length, bool InScratch = false)
{
    public static readonly Slice Absent = new(0, -1);

    public bool IsAbsent => Length < 0;
}

/// <summary>One event as found in the body: everything but what the whole request decides.</summary>
internal struct RawEvent
{
    public EventFault Fault;
    public TimestampKind TimestampKind;
    public bool IgnoreSentAt;
    public EventNotes Notes;

    /// <summary>Whose the distinct id is, as far as the protocol says.</summary>
    public IdOwner IdOwner;

    /// <summary>The sender says that the device stores nothing.</summary>
    public bool IsCookieless;
    public Guid Uuid;

    /// <summary>Unix microseconds, or an age in microseconds.</summary>
    public long Timestamp;

    /// <summary>Unix microseconds; known once the record is written.</summary>
    public long StoredTimestamp;

    /// <summary>The whole event, of one that is refused.</summary>
    public Slice Source;
    public Slice Event;
    public Slice DistinctId;

    /// <summary>The cookieless visitor's distinct id of the day before, or absent.</summary>
    public Slice PreviousDistinctId;
    public Slice Properties;
    public Slice Set;
    public Slice SetOnce;
    public Slice Unset;

    public static RawEvent Empty => new()
    {
        Source = Slice.Absent,
        Event = Slice.Absent,
        DistinctId = Slice.Absent,
        PreviousDistinctId = Slice.Absent,
        Properties = Slice.Absent,
        Set = Slice.Absent,
        SetOnce = Slice.Absent,
        Unset = Slice.Absent,
    };
}

internal enum TimestampKind : byte
{
    Now,
    Instant,
    Age,
}

internal enum IdOwner : byte
{
    /// <summary>Its event's properties may tell.</summary>
    Unsaid,
    Device,
    User,
}

/// <summary>Everything one request needs while it is under way; pooled, so that a request allocates next to nothing.</summary>
internal sealed class CaptureState : IDisposable
{
    private const int KeepBytes = 1 << 20;
    private RawEvent[] _events = [];
    private PooledBuffer _current = new();
    private PooledBuffer _spare = new();
    private int _start;

    /// <summary>Values that are not in the body as they are needed.</summary>
    public PooledBuffer Scratch { get; } = new();

    public EventBatchWriter Record { get; } = new();

    /// <summary>Where cookieless events are worked on; made when the first one comes.</summary>
    public byte[] CookielessRoom => field ??= new byte[CookielessEvents.RoomBytes];

    /// <summary>The body at its present stage of decoding.</summary>
    public PooledBuffer Body => _current;

    /// <summary>Where the next stage of decoding goes.</summary>
    public PooledBuffer Next => _spare;

    /// <summary>The body without what was trimmed from its front.</summary>
    public Span<byte> Text => _current.Written[_start..];

    public int EventCount { get; private set; }

    /// <summary>Events that were seen and not read: past the bound on their number, or refused with their request.</summary>
    public int EventsUnread { get; set; }

    /// <summary>Events of the request as far as it could be read as a whole; what the ledger counts when it is refused.</summary>
    public int EventsSeen => EventCount + EventsUnread;

    /// <summary>The project's key as found, or absent.</summary>
    public Slice Key { get; set; } = Slice.Absent;

    /// <summary>Whose events they are is known, and keys in the body are not looked at.</summary>
    public bool AnyKey { get; set; }

    /// <summary>Unix microseconds by the client's clock.</summary>
    public long? SentAt { get; set; }

    /// <summary>Bytes counted against the bound on memory.</summary>
    public long Charged { get; set; }

    /// <summary>The first event that was refused, and why.</summary>
    public int FirstFault { get; set; } = -1;

    /// <summary>Whether anything is to be told of events that are taken.</summary>
    public bool HasNotes { get; set; }

    public Span<RawEvent> Events => _events.AsSpan(0, EventCount);

    public ReadOnlySpan<byte> Bytes(Slice slice) => slice.IsAbsent ? default
        : slice.InScratch ? Scratch.Written.Slice(slice.Start, slice.Length) : Text.Slice(slice.Start, slice.Length);

    /// <summary>What was written to <see cref="Next"/> becomes the body.</summary>
    public void Swap()
    {
        (_current, _spare) = (_spare, _current);
        _start = 0;
        _spare.Clear();
    }

    public void TrimStart(int bytes) => _start += bytes;

    public void AddEvent(in RawEvent e)
    {
        if (EventCount == _events.Length)
        {
            var larger = ArrayPool<RawEvent>.Shared.Rent(Math.Max(16, _events.Length * 2));
            Events.CopyTo(larger);
            ReturnEvents();
            _events = larger;
        }

        if (e.Fault != EventFault.None && FirstFault < 0)
        {
            FirstFault = EventCount;
        }

        HasNotes |= e.Notes != EventNotes.None;
        _events[EventCount++] = e;
    }

    /// <summary>An event that was read is refused after all.</summary>
    public void Refuse(int index, EventFault fault)
    {
        _events[index].Fault = fault;
        FirstFault = FirstFault < 0 ? index : Math.Min(FirstFault, index);
    }

    /// <summary>The body turned out to be unreadable, so how many events it has is not known.</summary>
    public void ForgetEvents()
    {
        EventCount = 0;
        EventsUnread = 0;
        FirstFault = -1;
        HasNotes = false;
    }

    /// <summary>Copies into scratch.</summary>
    public Slice Keep(scoped ReadOnlySpan<byte> bytes)
    {
        var start = Scratch.Length;
        Scratch.Write(bytes);
        return new Slice(start, bytes.Length, InScratch: true);
    }

    /// <summary>
    /// The inside of a JSON string as the text it means. Encoders differ in what they escape (.NET's escapes the '+'
    /// of a time zone), so whatever is compared or parsed must come through here.
    /// </summary>
    public Slice Unescape(Slice text)
    {
        if (text.IsAbsent || !Bytes(text).Contains((byte)'\\'))
        {
            return text;
        }

        var start = Scratch.Length;
        var room = Scratch.Reserve(text.Length);

        // The quotes around the value are still there.
        var reader = new Utf8JsonReader(Text.Slice(text.Start - 1, text.Length + 2));
        reader.Read();
        Scratch.Advance(reader.CopyString(room));
        return SinceScratch(start);
    }

    public Slice SinceScratch(int start) => new(start, Scratch.Length - start, InScratch: true);

    public void Reset()
    {
        _current.Clear(KeepBytes);
        _spare.Clear(KeepBytes);
        Scratch.Clear(KeepBytes);
        if (Record.Length > KeepBytes)
        {
            Record.Dispose();
        }

        if (_events.Length > 4096)
        {
            ReturnEvents();
            _events = [];
        }

        _start = 0;
        ForgetEvents();
        Key = Slice.Absent;
        AnyKey = false;
        SentAt = null;
        Charged = 0;
    }

    public void Dispose()
    {
        _current.Dispose();
        _spare.Dispose();
        Scratch.Dispose();
        Record.Dispose();
        ReturnEvents();
        _events = [];
    }

    private void ReturnEvents()
    {
        if (_events.Length > 0)
        {
            ArrayPool<RawEvent>.Shared.Return(_events);
        }
    }
}
