using System.Buffers.Binary;
using System.Security.Cryptography;
using Headroom.App.Shared;
using Headroom.Core;

namespace Headroom.App.Capture;

/// <summary>
/// The ids of visitors on whose devices nothing is stored: a hash of project, UTC day, address, user agent and site under the
/// day's salt, as 32 hexadecimal digits. The day before yesterday's salt is gone, so an event of that time or before is hashed
/// under today's; the day in the hash keeps its visitor from being found among today's. Allocates nothing: it works in the
/// caller's buffer of <see cref="BufferBytes"/>, and events of one visitor that follow each other are hashed once.
/// </summary>
internal ref struct VisitorIds
{
    public const int IdLength = 32;
    public const int BufferBytes = (2 * MaxMessage) + (2 * IdLength);

    /// <summary>Of what is longer the beginning counts.</summary>
    public const int MaxUserAgentBytes = 1000;
    private const int MaxSiteBytes = 256;
    private const int MaxExtraBytes = 100;
    private const int Header = 5 * sizeof(int);
    private const int DayAt = sizeof(int);
    private const int MaxMessage = Header + CaptureRequest.MaxIpBytes + MaxUserAgentBytes + MaxSiteBytes + MaxExtraBytes;
    private readonly DaySalts _salts;
    private readonly int _project;
    private readonly Span<byte> _ids;
    private readonly Span<byte> _message;

    /// <summary>The message that the ids are of.</summary>
    private readonly Span<byte> _last;
    private int _lastLength;
    private bool _hasPrevious;

    public VisitorIds(ProjectId project, DaySalts salts, Span<byte> buffer)
    {
        (_project, _salts) = (project.Value, salts);
        _message = buffer[..MaxMessage];
        _last = buffer.Slice(MaxMessage, MaxMessage);
        _ids = buffer.Slice(2 * MaxMessage, 2 * IdLength);
    }

    public readonly ReadOnlySpan<byte> Id => _ids[..IdLength];

    /// <summary>The same visitor's id on the day before, of an event of today; else empty.</summary>
    public readonly ReadOnlySpan<byte> PreviousId => _hasPrevious ? _ids[IdLength..] : default;

    /// <param name="timestamp">Of the event, unix microseconds.</param>
    /// <param name="site">Whose pages the visitor is on; what is ASCII counts without its case.</param>
    /// <param name="extra">What the sender wants to be told apart besides; mostly empty.</param>
    public void Find(
        long timestamp, scoped ReadOnlySpan<byte> ip, scoped ReadOnlySpan<byte> userAgent, scoped ReadOnlySpan<byte> site, scoped ReadOnlySpan<byte> extra)
    {
        var day = Math.Min(DaySalts.DayOf(timestamp), _salts.Day);
        ip = ip[..Math.Min(ip.Length, CaptureRequest.MaxIpBytes)];
        userAgent = userAgent[..Math.Min(userAgent.Length, MaxUserAgentBytes)];
        site = site[..Math.Min(site.Length, MaxSiteBytes)];
        extra = extra[..Math.Min(extra.Length, MaxExtraBytes)];
        BinaryPrimitives.WriteInt32LittleEndian(_message, _project);
        BinaryPrimitives.WriteInt32LittleEndian(_message[DayAt..], day);
        BinaryPrimitives.WriteInt32LittleEndian(_message[8..], ip.Length);
        BinaryPrimitives.WriteInt32LittleEndian(_message[12..], userAgent.Length);
        BinaryPrimitives.WriteInt32LittleEndian(_message[16..], site.Length);
        var length = Header;
        Append(ip, ref length);
        Append(userAgent, ref length);
        Append(site, ref length);
        foreach (ref var letter in _message[(length - site.Length)..length])
        {
            letter = letter is >= (byte)'A' and <= (byte)'Z' ? (byte)(letter | 0x20) : letter;
        }

        Append(extra, ref length);
        if (_message[..length].SequenceEqual(_last[.._lastLength]))
        {
            return;
        }

        _message[..length].CopyTo(_last);
        _lastLength = length;
        Hash((day == _salts.Day - 1 && !_salts.Yesterday.IsEmpty ? _salts.Yesterday : _salts.Today).Span, _message[..length], _ids[..IdLength]);
        _hasPrevious = day == _salts.Day && !_salts.Yesterday.IsEmpty;
        if (_hasPrevious)
        {
            BinaryPrimitives.WriteInt32LittleEndian(_message[DayAt..], day - 1);
            Hash(_salts.Yesterday.Span, _message[..length], _ids[IdLength..]);
        }
    }

    private static void Hash(ReadOnlySpan<byte> salt, ReadOnlySpan<byte> message, Span<byte> hex)
    {
        Span<byte> digest = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(salt, message, digest);
        Convert.TryToHexStringLower(digest[..(IdLength / 2)], hex, out _);
    }

    private readonly void Append(ReadOnlySpan<byte> bytes, ref int length)
    {
        bytes.CopyTo(_message[length..]);
        length += bytes.Length;
    }
}
