using System.Buffers;
using System.Buffers.Text;
using System.IO.Compression;
using System.Text.Unicode;

namespace Headroom.App.Capture;

internal enum BodyEncoding : byte
{
    None,
    Gzip,
    Deflate,
    Brotli,
    Lz64,
    Base64,
    Unknown,
}

/// <summary>
/// Takes off what SDKs wrap around JSON: forms, base64, gzip, lz-string, in whatever order they come. What the bytes
/// themselves show (a gzip header, an opening brace) is believed before any hint. Every step is bounded.
/// </summary>
internal static class BodyDecoder
{
    /// <summary>A form field, base64 in it, gzip in that, and one more base64 of old SDKs.</summary>
    private const int MaxLayers = 4;

    public static BodyEncoding ParseEncoding(ReadOnlySpan<char> name)
    {
        name = name.Trim();
        return name.IsEmpty || Is(name, "identity") || Is(name, "none") ? BodyEncoding.None
            : Is(name, "gzip") || Is(name, "gzip-js") || Is(name, "x-gzip") ? BodyEncoding.Gzip
            : Is(name, "deflate") ? BodyEncoding.Deflate
            : Is(name, "br") ? BodyEncoding.Brotli
            : Is(name, "lz64") ? BodyEncoding.Lz64
            : Is(name, "base64") ? BodyEncoding.Base64
            : BodyEncoding.Unknown;

        static bool Is(ReadOnlySpan<char> name, string other) => name.Equals(other, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Replaces a form body by its field "data", as the field's raw bytes.</summary>
    public static Refusal? TakeFormData(CaptureState state, ref BodyEncoding hint, CaptureLoad load)
    {
        var form = state.Text;
        var found = false;
        var (start, length) = (0, 0);
        Span<char> name = stackalloc char[32];
        for (var at = 0; at <= form.Length;)
        {
            var end = form[at..].IndexOf((byte)'&');
            end = end < 0 ? form.Length : at + end;
            var field = form[at..end];
            if (field.StartsWith("data="u8))
            {
                (start, length, found) = (at + 5, field.Length - 5, true);
            }
            else if (field.StartsWith("compression="u8))
            {
                var value = field["compression=".Length..];
                if (value.Length <= name.Length && System.Text.Ascii.ToUtf16(value, name, out var chars) == OperationStatus.Done)
                {
                    hint = ParseEncoding(name[..chars]);
                }
            }

            at = end + 1;
        }

        if (!found)
        {
            return Refusal.Encoding("The form has no field named data.");
        }

        if (!load.TryCharge(state, length))
        {
            return CaptureLoad.TooMuch;
        }

        PercentDecode(form.Slice(start, length), state.Next);
        state.Swap();
        RestorePlus(state.Text);
        return null;
    }

    /// <summary>The query's "data" becomes the body. It is no longer than the server lets a request line be.</summary>
    public static void TakeQueryData(CaptureState state, ReadOnlySpan<char> value)
    {
        var bytes = state.Next.Reserve(System.Text.Encoding.UTF8.GetMaxByteCount(value.Length));
        state.Next.Advance(System.Text.Encoding.UTF8.GetBytes(value, bytes));
        state.Swap();
        PercentDecode(state.Text, state.Next);
        state.Swap();
        RestorePlus(state.Text);
    }

    /// <summary>Unwraps until JSON is left, which is then known to be valid UTF-8 with readable escapes.</summary>
    public static Refusal? Unwrap(CaptureState state, BodyEncoding hint, CaptureOptions limits, CaptureLoad load)
    {
        for (var layer = 0; ; layer++)
        {
            TrimStart(state);
            var text = state.Text;
            if (text.IsEmpty)
            {
                return Refusal.Malformed("The request has no body.");
            }

            if (text[0] is (byte)'{' or (byte)'[')
            {
                break;
            }

            if (layer == MaxLayers)
            {
                return Refusal.Encoding("The body is wrapped in more layers of encoding than any SDK uses.");
            }

            var gzip = text.Length > 2 && text[0] == 0x1f && text[1] == 0x8b;
            var refusal = gzip ? Decompress(state, BodyEncoding.Gzip, limits, load) : hint switch
            {
                BodyEncoding.Deflate or BodyEncoding.Brotli => Decompress(state, hint, limits, load),
                BodyEncoding.Lz64 => Lz64(state, limits, load),
                BodyEncoding.Unknown => new Refusal(415, "encoding", "The encoding is not known; gzip, deflate, br, lz64 and base64 are."),
                _ => Base64Decode(state, limits, load),
            };
            if (refusal is not null)
            {
                return refusal;
            }

            // A hint tells of one layer; what lies below speaks for itself.
            if (!gzip && hint is BodyEncoding.Deflate or BodyEncoding.Brotli or BodyEncoding.Lz64)
            {
                hint = BodyEncoding.None;
            }
        }

        if (!Utf8.IsValid(state.Text))
        {
            return Refusal.Malformed("The body is not valid UTF-8.");
        }

        JsonText.MendEscapes(state.Text);
        return null;
    }

    private static void TrimStart(CaptureState state)
    {
        var text = state.Text;
        var at = text.StartsWith("\uFEFF"u8) ? 3 : 0;
        while (at < text.Length && text[at] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
        {
            at++;
        }

        state.TrimStart(at);
    }

    private static Refusal? Decompress(CaptureState state, BodyEncoding encoding, CaptureOptions limits, CaptureLoad load)
    {
        var input = state.Text;
        var ratioBound = Math.Max(limits.DecompressionRatioFloorBytes, (long)input.Length * limits.MaxDecompressionRatio);
        var bound = Math.Min(limits.MaxDecompressedBytes, ratioBound);
        var start = state.Body.Length - input.Length;
        using var source = new MemoryStream(state.Body.Array, start, input.Length, writable: false);
        using Stream stream = encoding switch
        {
            BodyEncoding.Gzip => new GZipStream(source, CompressionMode.Decompress),
            BodyEncoding.Deflate => new ZLibStream(source, CompressionMode.Decompress),
            _ => new BrotliStream(source, CompressionMode.Decompress),
        };
        var output = state.Next;

        // The last four bytes of gzip tell its length; a lie costs no more than the bound.
        long told = encoding == BodyEncoding.Gzip && input.Length >= 18
            ? System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(input[^4..]) : input.Length * 4L;
        var charged = Math.Clamp(told + 1, 1024, Math.Max(1024, Math.Min(bound, 4 << 20)));
        if (!load.TryCharge(state, charged))
        {
            return CaptureLoad.TooMuch;
        }

        output.Reserve((int)charged);
        try
        {
            while (true)
            {
                var read = stream.Read(output.Reserve(4096));
                if (read == 0)
                {
                    break;
                }

                output.Advance(read);
                if (output.Length > charged)
                {
                    if (!load.TryCharge(state, output.Length - charged))
                    {
                        return CaptureLoad.TooMuch;
                    }

                    charged = output.Length;
                }

                if (output.Length > bound)
                {
                    return bound == limits.MaxDecompressedBytes ? Refusal.DecompressedTooLarge(limits) : Refusal.RatioTooHigh(limits);
                }
            }
        }
        catch (Exception e) when (e is InvalidDataException or IOException or InvalidOperationException)
        {
            return Refusal.Encoding("The compressed body is broken or cut off.");
        }

        state.Swap();
        return null;
    }

    private static Refusal? Base64Decode(CaptureState state, CaptureOptions limits, CaptureLoad load)
    {
        var input = state.Text;
        var output = state.Next;
        var room = Base64.GetMaxDecodedFromUtf8Length(input.Length) + 3;
        if (!load.TryCharge(state, room))
        {
            return CaptureLoad.TooMuch;
        }

        var bytes = output.Reserve(room);

        if (Base64.DecodeFromUtf8(input, bytes, out _, out var written) != OperationStatus.Done &&
            Base64Url.DecodeFromUtf8(input, bytes, out _, out written) != OperationStatus.Done)
        {
            return Refusal.Encoding("The body is neither JSON nor valid base64.");
        }

        output.Advance(written);
        if (written > limits.MaxDecompressedBytes)
        {
            return Refusal.DecompressedTooLarge(limits);
        }

        state.Swap();
        return null;
    }

    private static Refusal? Lz64(CaptureState state, CaptureOptions limits, CaptureLoad load)
    {
        var ratioBound = Math.Max(limits.DecompressionRatioFloorBytes, (long)state.Text.Length * limits.MaxDecompressionRatio);
        var bound = (int)Math.Min(limits.MaxDecompressedBytes, ratioBound);
        var outcome = LzString.Decode(state.Text, state.Next, bound, bytes => load.TryCharge(state, bytes));
        if (outcome == LzString.Outcome.NoRoom)
        {
            return CaptureLoad.TooMuch;
        }

        if (outcome == LzString.Outcome.Malformed)
        {
            return Refusal.Encoding("The body is not valid lz-string base64.");
        }

        if (outcome == LzString.Outcome.TooLarge || state.Next.Length > limits.MaxDecompressedBytes)
        {
            return bound == limits.MaxDecompressedBytes ? Refusal.DecompressedTooLarge(limits) : Refusal.RatioTooHigh(limits);
        }

        state.Swap();
        return null;
    }

    private static void PercentDecode(ReadOnlySpan<byte> text, PooledBuffer output)
    {
        var bytes = output.Reserve(text.Length);
        var count = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '+')
            {
                c = (byte)' ';
            }
            else if (c == '%' && i + 2 < text.Length && char.IsAsciiHexDigit((char)text[i + 1]) && char.IsAsciiHexDigit((char)text[i + 2]))
            {
                c = (byte)((Hex(text[i + 1]) << 4) | Hex(text[i + 2]));
                i += 2;
            }

            bytes[count++] = c;
        }

        output.Advance(count);

        static int Hex(byte c) => c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
    }

    /// <summary>
    /// SDKs put base64 into forms without escaping its '+', which a form reads as a space. In JSON, and in what is
    /// compressed, a space is a space.
    /// </summary>
    private static void RestorePlus(Span<byte> data)
    {
        if (!data.IsEmpty && data[0] is not ((byte)'{' or (byte)'[' or 0x1f))
        {
            data.Replace((byte)' ', (byte)'+');
        }
    }
}
