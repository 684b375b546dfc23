// Sessions that the SDK does not define: 30 idle minutes or 24 hours for a distinct id.
//
// The id is shaped as a UUIDv7: the milliseconds of the session's first event, then 74 bits of a hash of project and
// distinct id. The same events in the same order get the same ids, so that a replay after a crash writes the same rows,
// and a session id read back from the store shows whether the Writer made it.

using System.Buffers.Binary;
using System.Buffers.Text;
using System.IO.Hashing;
using Headroom.Core;

namespace Headroom.App.Writing.Identity;

internal struct VisitorSession
{
    public long Start;
    public long Last;
    public Guid Id;
    public long SliceStamp;
    public TextSlice Slice;
}

internal sealed class Sessions(TimeSpan idle, TimeSpan longest)
{
    /// <summary>Events of a device that was offline come late; so many sessions of one visitor stay open to them.</summary>
    private const int MaxOpen = 4;
    private readonly long _idle = idle.Ticks / TimeSpan.TicksPerMicrosecond;
    private readonly long _longest = longest.Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>The session id of an event, as text in the batch.</summary>
    public TextSlice Join(Visitor visitor, long timestamp, EventColumns rows, long stamp)
    {
        var at = FindOpen(visitor, timestamp);
        if (at < 0)
        {
            at = Open(visitor, timestamp);
        }

        ref var session = ref visitor.Sessions[at];
        session.Start = Math.Min(session.Start, timestamp);
        session.Last = Math.Max(session.Last, timestamp);
        if (session.SliceStamp != stamp)
        {
            session.SliceStamp = stamp;
            session.Id.TryFormat(rows.Reserve(36), out var written);
            session.Slice = rows.Take(written);
        }

        return session.Slice;
    }

    public bool HasOpen(Visitor visitor, long timestamp) => FindOpen(visitor, timestamp) >= 0;

    /// <summary>A session read from the store as it was, where the Writer made it.</summary>
    public static bool TryRestore(
        ProjectId project, ReadOnlySpan<byte> distinctId, ReadOnlySpan<byte> sessionId, long start, long last, out VisitorSession session)
    {
        session = default;
        if (!Utf8Parser.TryParse(sessionId, out Guid id, out var used) || used != sessionId.Length || id != MakeId(project, distinctId, MillisecondsOf(id)))
        {
            return false;
        }

        session = new VisitorSession { Start = start, Last = last, Id = id };
        return true;
    }

    private int FindOpen(Visitor visitor, long timestamp)
    {
        var found = -1;
        var distance = long.MaxValue;
        var sessions = visitor.Sessions;
        for (var i = 0; i < sessions.Length; i++)
        {
            ref var session = ref sessions[i];
            if (timestamp >= session.Start - _idle && timestamp <= session.Last + _idle &&
                Math.Max(session.Last, timestamp) - Math.Min(session.Start, timestamp) <= _longest)
            {
                var away = timestamp < session.Start ? session.Start - timestamp : Math.Max(0, timestamp - session.Last);
                if (away < distance)
                {
                    (found, distance) = (i, away);
                }
            }
        }

        return found;
    }

    private static int Open(Visitor visitor, long timestamp)
    {
        var sessions = visitor.Sessions;
        int at;
        if (sessions.Length < MaxOpen)
        {
            at = sessions.Length;
            Array.Resize(ref sessions, at + 1);
            visitor.Sessions = sessions;
        }
        else
        {
            at = 0;
            for (var i = 1; i < sessions.Length; i++)
            {
                at = sessions[i].Last < sessions[at].Last ? i : at;
            }
        }

        sessions[at] = new VisitorSession
        {
            Start = timestamp,
            Last = timestamp,
            Id = MakeId(visitor.Project, visitor.Id, Math.Max(0, timestamp / 1000)),
        };
        return at;
    }

    private static Guid MakeId(ProjectId project, ReadOnlySpan<byte> distinctId, long milliseconds)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, XxHash128.HashToUInt128(distinctId, project.Value));
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)(milliseconds >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(bytes[2..], (uint)milliseconds);
        bytes[6] = (byte)(0x70 | (bytes[6] & 0x0F));
        bytes[8] = (byte)(0x80 | (bytes[8] & 0x3F));
        return new Guid(bytes, bigEndian: true);
    }

    private static long MillisecondsOf(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        return ((long)BinaryPrimitives.ReadUInt16BigEndian(bytes) << 32) | BinaryPrimitives.ReadUInt32BigEndian(bytes[2..]);
    }
}
