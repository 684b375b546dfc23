using System.Buffers;

namespace Headroom.App.Writing;

/// <summary>The JSON object of one row's properties that found no column because the project has its most.</summary>
internal sealed class OverflowText
{
    private readonly ArrayBufferWriter<byte> _buffer = new();

    public bool IsEmpty => _buffer.WrittenCount == 0;

    public void Clear() => _buffer.ResetWrittenCount();

    /// <param name="escapedName">As it stood in the JSON, without quotes.</param>
    /// <param name="json">The value.</param>
    public void Add(ReadOnlySpan<byte> escapedName, ReadOnlySpan<byte> json)
    {
        _buffer.Write(IsEmpty ? "{\""u8 : ",\""u8);
        Append(escapedName);
        _buffer.Write("\":"u8);
        Append(json);
    }

    public ReadOnlySpan<byte> Finish()
    {
        _buffer.Write("}"u8);
        return _buffer.WrittenSpan;
    }

    private void Append(ReadOnlySpan<byte> json)
    {
        var copy = _buffer.GetSpan(json.Length)[..json.Length];
        json.CopyTo(copy);
        JsonText.RepairSurrogates(copy);
        _buffer.Advance(json.Length);
    }
}
