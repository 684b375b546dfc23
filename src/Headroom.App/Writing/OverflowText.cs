using System.Buffers;
using System.Text.Json;

namespace Headroom.App.Writing;

/// <summary>The JSON object of one row's properties that found no column because the project has its most.</summary>
internal sealed class OverflowText
{
    private readonly ArrayBufferWriter<byte> _buffer = new();

    public int Length => _buffer.WrittenCount;

    public void Clear() => _buffer.ResetWrittenCount();

    public void AddText(ReadOnlySpan<byte> name, ReadOnlySpan<byte> text)
    {
        AddName(name);
        AddString(text);
    }

    /// <summary>A value that is JSON already.</summary>
    public void AddRaw(ReadOnlySpan<byte> name, ReadOnlySpan<byte> json)
    {
        AddName(name);
        var at = _buffer.GetSpan(json.Length);
        json.CopyTo(at);
        if (JsonText.MayHaveSurrogates(json))
        {
            JsonText.RepairSurrogates(at[..json.Length]);
        }

        _buffer.Advance(json.Length);
    }

    public ReadOnlySpan<byte> Finish()
    {
        _buffer.Write("}"u8);
        return _buffer.WrittenSpan;
    }

    private void AddName(ReadOnlySpan<byte> name)
    {
        _buffer.Write(Length == 0 ? "{"u8 : ","u8);
        AddString(name);
        _buffer.Write(":"u8);
    }

    private void AddString(ReadOnlySpan<byte> text)
    {
        _buffer.Write("\""u8);
        _buffer.Write(JsonEncodedText.Encode(text).EncodedUtf8Bytes);
        _buffer.Write("\""u8);
    }
}
