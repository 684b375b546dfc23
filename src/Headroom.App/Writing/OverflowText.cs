using System.Buffers;

namespace Headroom.App.Writing;

/// <summary>The JSON object of one row's properties that found no column because the project has its most.</summary>
internal sealed class OverflowText
{
    private readonly ArrayBufferWriter<byte> _buffer = new();

    private int _firstName;

    public bool IsEmpty => _buffer.WrittenCount == 0;

    public ReadOnlySpan<byte> Text => _buffer.WrittenSpan;

    /// <summary>The name of the first property, escaped as it was sent.</summary>
    public string FirstName => System.Text.Encoding.UTF8.GetString(Text.Slice(2, _firstName));

    public void Clear() => _buffer.ResetWrittenCount();

    /// <param name="escapedName">As it stood in the JSON, without quotes.</param>
    /// <param name="json">The value.</param>
    public void Add(ReadOnlySpan<byte> escapedName, ReadOnlySpan<byte> json)
    {
        _firstName = IsEmpty ? escapedName.Length : _firstName;
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
