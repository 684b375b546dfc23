using System.Buffers.Text;

namespace Headroom.Bench;

/// <summary>As much of an HTTP/1.1 answer as a load generator needs: whether it is whole, and its status.</summary>
internal static class Response
{
    public static bool TryRead(ReadOnlySpan<byte> received, out int status)
    {
        status = 0;
        var headEnd = received.IndexOf("\r\n\r\n"u8);
        if (headEnd < 0)
        {
            return false;
        }

        var head = received[..(headEnd + 2)];
        var body = received[(headEnd + 4)..];
        var lengthAt = head.IndexOf("Content-Length: "u8);
        if (lengthAt >= 0)
        {
            if (!Utf8Parser.TryParse(head[(lengthAt + 16)..], out int length, out _) || body.Length < length)
            {
                return false;
            }
        }
        else if (head.IndexOf("Transfer-Encoding: chunked"u8) >= 0 && !body.EndsWith("0\r\n\r\n"u8))
        {
            return false;
        }

        return Utf8Parser.TryParse(head["HTTP/1.1 ".Length..], out status, out _);
    }
}
