using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Headroom.App.Writing;

/// <summary>Names of properties that a project does not store.</summary>
internal sealed class DroppedProperties
{
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };
    private static readonly JsonReaderOptions Deep = new() { MaxDepth = 512 };
    private readonly IReadOnlyList<string> _given;
    private readonly Utf8Map<bool> _names = new();
    private readonly ArrayBufferWriter<byte> _left = new();
    private byte[] _name = new byte[256];

    public DroppedProperties(IReadOnlyList<string> names)
    {
        _given = names;
        foreach (var name in names)
        {
            _names.Set(Encoding.UTF8.GetBytes(name), true);
        }
    }

    /// <summary>Whether these are its names.</summary>
    public bool Is(IReadOnlyList<string> names) => ReferenceEquals(names, _given) || names.SequenceEqual(_given, StringComparer.Ordinal);

    public bool Contains(ReadOnlySpan<byte> name) => _names.TryGet(name, out _);

    /// <summary>A JSON object without them; what is no object stays as it is. Valid until the next call.</summary>
    public ReadOnlySpan<byte> Without(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, Deep);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return json;
        }

        _left.ResetWrittenCount();
        using var writer = new Utf8JsonWriter(_left, Plain);
        writer.WriteStartObject();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (_name.Length < reader.ValueSpan.Length)
            {
                _name = new byte[reader.ValueSpan.Length * 2];
            }

            var name = _name.AsSpan(0, reader.CopyString(_name));
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (!Contains(name))
            {
                writer.WritePropertyName(name);
                writer.WriteRawValue(json[start..(int)reader.BytesConsumed], skipInputValidation: true);
            }
        }

        writer.WriteEndObject();
        writer.Flush();
        return _left.WrittenSpan;
    }
}
