using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Headroom.App.Writing.Identity;

/// <summary>A person's properties: each name with its value as JSON text.</summary>
internal sealed class PersonProperties
{
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };
    private static readonly JsonReaderOptions Deep = new() { MaxDepth = 512 };
    private readonly Utf8Map<byte[]> _values = new();
    private byte[] _name = new byte[256];

    /// <summary>Bytes of names and values.</summary>
    public int Bytes { get; private set; }

    public static PersonProperties Parse(string json)
    {
        var properties = new PersonProperties();
        properties.Apply(Encoding.UTF8.GetBytes(json), overwrite: true, int.MaxValue, out _);
        return properties;
    }

    /// <summary>Takes the members of a JSON object. True when something changed.</summary>
    public bool Apply(ReadOnlySpan<byte> json, bool overwrite, int maxBytes, out int refused)
    {
        refused = 0;
        var changed = false;
        var reader = new Utf8JsonReader(json, Deep);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = Plainly(reader.ValueSpan, reader.ValueIsEscaped);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            var value = json[start..(int)reader.BytesConsumed];
            if (_values.TryGet(name, out var old))
            {
                if (!overwrite || value.SequenceEqual(old))
                {
                    continue;
                }
            }
            else
            {
                old = null;
            }

            var grows = value.Length - (old?.Length ?? -name.Length);
            if (grows > 0 && Bytes + grows > maxBytes)
            {
                refused++;
                continue;
            }

            var copy = value.ToArray();
            JsonText.RepairSurrogates(copy);
            _values.Set(name, copy);
            Bytes += grows;
            changed = true;
        }

        return changed;
    }

    /// <summary>Removes what a JSON array of strings names. True when something changed.</summary>
    public bool Remove(ReadOnlySpan<byte> json)
    {
        var changed = false;
        var reader = new Utf8JsonReader(json, Deep);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.String)
            {
                var name = Plainly(reader.ValueSpan, reader.ValueIsEscaped);
                if (_values.TryGet(name, out var old))
                {
                    Bytes -= old.Length + name.Length;
                    _values.Remove(name);
                    changed = true;
                }
            }
        }

        return changed;
    }

    /// <summary>Takes what another person has and this one has not.</summary>
    public void Inherit(PersonProperties other, int maxBytes)
    {
        foreach (var (name, value) in other._values)
        {
            if (!_values.TryGet(name, out _) && Bytes + name.Length + value.Length <= maxBytes)
            {
                _values.Set(name, value);
                Bytes += name.Length + value.Length;
            }
        }
    }

    public override string ToString()
    {
        if (_values.Count == 0)
        {
            return "{}";
        }

        var buffer = new ArrayBufferWriter<byte>(Bytes + 64);
        using (var writer = new Utf8JsonWriter(buffer, Plain))
        {
            writer.WriteStartObject();
            foreach (var (name, value) in _values)
            {
                writer.WritePropertyName(name);
                writer.WriteRawValue(value, skipInputValidation: true);
            }

            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private ReadOnlySpan<byte> Plainly(ReadOnlySpan<byte> text, bool escaped)
    {
        if (!escaped)
        {
            return text;
        }

        if (_name.Length < text.Length)
        {
            _name = new byte[text.Length * 2];
        }

        return _name.AsSpan(0, JsonText.Unescape(text, _name));
    }
}
