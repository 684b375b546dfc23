using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Headroom.Bench;

/// <summary>
/// A whole HTTP request built once; before each sending only what must differ is written over in place: uuids, times
/// and digits, all of fixed width. In the body's text <c>§u</c> stands for a uuid, <c>§t</c> for the time and
/// <c>§1</c>…<c>§9</c> for a number of so many digits.
/// </summary>
internal sealed class RequestTemplate
{
    private const int UuidLength = 36;
    private const int TimeLength = 24;
    private readonly (int Offset, char Kind)[] _patches;
    private readonly byte[] _text;
    private readonly string? _gzipHead;

    /// <param name="gzip">The body is filled in and compressed once, and is the same from then on: compressing costs more than sending.</param>
    public RequestTemplate(string path, string host, string body, int events, string contentType = "application/json", bool gzip = false)
    {
        var patches = new List<(int, char)>();
        var text = new StringBuilder(body.Length * 2);
        var bytesSoFar = 0;
        for (var i = 0; i < body.Length; i++)
        {
            if (body[i] != '§')
            {
                text.Append(body[i]);
                bytesSoFar += Encoding.UTF8.GetByteCount(body.AsSpan(i, 1));
                continue;
            }

            var kind = body[++i];
            patches.Add((bytesSoFar, kind));
            var width = kind switch { 'u' => UuidLength, 't' => TimeLength, _ => kind - '0' };
            text.Append('0', width);
            bytesSoFar += width;
        }

        var head = string.Create(
            CultureInfo.InvariantCulture,
            $"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {contentType}\r\nContent-Length: {bytesSoFar}\r\n\r\n");
        Bytes = _text = Encoding.UTF8.GetBytes(head + text);
        _gzipHead = gzip ? head : null;
        BodyBytes = bytesSoFar;
        Events = events;
        _patches = [.. patches.Select(patch => (patch.Item1 + head.Length, patch.Item2))];
    }

    /// <summary>The request as it is sent.</summary>
    public byte[] Bytes { get; private set; }

    /// <summary>Before compression.</summary>
    public int BodyBytes { get; }

    public int Events { get; }

    /// <summary>Writes new uuids, the present time and new digits.</summary>
    public void Renew(ref Randomness random, DateTimeOffset now)
    {
        if (Bytes != _text)
        {
            return;
        }

        Span<byte> time = stackalloc byte[TimeLength];
        now.UtcDateTime.TryFormat(time, out _, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        var milliseconds = now.ToUnixTimeMilliseconds();
        foreach (var (offset, kind) in _patches)
        {
            var at = _text.AsSpan(offset);
            switch (kind)
            {
                case 'u':
                    random.NextUuid(milliseconds).TryFormat(at, out _);
                    break;
                case 't':
                    time.CopyTo(at);
                    break;
                default:
                    Digits(at[..(kind - '0')], random.Next());
                    break;
            }
        }

        if (_gzipHead is not null)
        {
            Bytes = Compress(_gzipHead);
        }
    }

    private byte[] Compress(string head)
    {
        using var body = new MemoryStream();
        using (var gzip = new GZipStream(body, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(_text.AsSpan(head.Length));
        }

        head = head.Replace(
            string.Create(CultureInfo.InvariantCulture, $"Content-Length: {BodyBytes}"),
            string.Create(CultureInfo.InvariantCulture, $"Content-Encoding: gzip\r\nContent-Length: {body.Length}"),
            StringComparison.Ordinal);
        return [.. Encoding.ASCII.GetBytes(head), .. body.GetBuffer().AsSpan(0, (int)body.Length)];
    }

    private static void Digits(Span<byte> at, ulong random)
    {
        // The first is never zero, so that the same text is a valid JSON number.
        at[0] = (byte)('1' + (random % 9));
        random /= 9;
        for (var i = 1; i < at.Length; i++)
        {
            at[i] = (byte)('0' + (random % 10));
            random /= 10;
        }
    }
}

/// <summary>SplitMix64: two multiplications a number, and the same sequence for the same seed.</summary>
internal struct Randomness(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>From 0 to below 1.</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    public int Next(int below) => (int)(Next() % (ulong)below);

    public T Pick<T>(ReadOnlySpan<T> from) => from[Next(from.Length)];

    /// <summary>Version 7, as the SDKs make them.</summary>
    public Guid NextUuid(long unixMilliseconds)
    {
        var a = Next();
        var b = Next();
        return new Guid(
            (uint)(unixMilliseconds >> 16), (ushort)unixMilliseconds, (ushort)(0x7000 | (a & 0x0FFF)),
            (byte)(0x80 | ((b >> 56) & 0x3F)), (byte)(b >> 48), (byte)(b >> 40), (byte)(b >> 32),
            (byte)(b >> 24), (byte)(b >> 16), (byte)(b >> 8), (byte)b);
    }
}
