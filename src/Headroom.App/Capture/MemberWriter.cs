using System.Text.Json;

namespace Headroom.App.Capture;

/// <summary>
/// Writes one JSON object into the scratch buffer of a request, which nobody else may write to before
/// <see cref="End"/>. Absent values are left out.
/// </summary>
internal struct MemberWriter
{
    private readonly CaptureState _state;
    private readonly int _start;

    public MemberWriter(CaptureState state)
    {
        _state = state;
        _start = state.Scratch.Length;
        state.Scratch.Write((byte)'{');
    }

    /// <summary>Already JSON.</summary>
    public readonly void Literal(ReadOnlySpan<byte> name, ReadOnlySpan<byte> json)
    {
        Name(name);
        _state.Scratch.Write(json);
    }

    /// <summary>The slice is the inside of a JSON string.</summary>
    public readonly void Text(ReadOnlySpan<byte> name, Slice text)
    {
        Name(name);
        Quoted(text);
    }

    /// <summary>Text as it is.</summary>
    public readonly void PlainText(ReadOnlySpan<byte> name, ReadOnlySpan<char> text)
    {
        Name(name);
        _state.Scratch.Write((byte)'"');
        JsonText.WriteEscaped(_state.Scratch, text);
        _state.Scratch.Write((byte)'"');
    }

    public readonly void Value(ReadOnlySpan<byte> name, JsonValue value)
    {
        if (!value.IsAbsent)
        {
            Name(name);
            Json(value);
        }
    }

    /// <summary>The members of another object, which win over those written before as the later ones.</summary>
    public readonly void Inside(Slice json)
    {
        if (json.IsAbsent)
        {
            return;
        }

        var inside = Trim(new Slice(json.Start + 1, json.Length - 2, json.InScratch));
        if (inside.Length > 0)
        {
            Separate();
            Copy(inside);
        }
    }

    /// <summary>The first members of another object whose value is a number, a boolean or a text that is not blank.</summary>
    public readonly void PlainValues(Slice json, int most)
    {
        if (json.IsAbsent)
        {
            return;
        }

        // Once and before the reading: the object may lie in the very buffer that grows.
        _state.Scratch.Reserve(json.Length + 1);
        var bytes = _state.Bytes(json);
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = JsonWalk.HardDepth });
        reader.Read();
        var taken = 0;
        while (taken < most && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var start = (int)reader.TokenStartIndex;
            var named = !IsBlank(reader.ValueSpan);
            reader.Read();
            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
            {
                reader.Skip();
            }
            else if (named && reader.TokenType != JsonTokenType.Null && (reader.TokenType != JsonTokenType.String || !IsBlank(reader.ValueSpan)))
            {
                Separate();
                _state.Scratch.Write(bytes[start..(int)reader.BytesConsumed]);
                taken++;
            }
        }
    }

    public readonly void Group(JsonValue key)
    {
        Name("$groups"u8);
        _state.Scratch.Write("{\"group\":"u8);
        Json(key);
        _state.Scratch.Write((byte)'}');
    }

    /// <summary>Each member as utm_ and its name; "name" is what UTM calls campaign.</summary>
    public readonly void Campaign(Slice campaign)
    {
        if (campaign.IsAbsent)
        {
            return;
        }

        var reader = new Utf8JsonReader(_state.Bytes(campaign), new JsonReaderOptions { MaxDepth = JsonWalk.HardDepth });
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var nameStart = (int)reader.TokenStartIndex + 1;
            var name = new Slice(campaign.Start + nameStart, reader.ValueSpan.Length);
            var isName = reader.ValueTextEquals("name"u8);
            reader.Read();
            if (reader.TokenType == JsonTokenType.String)
            {
                var value = new Slice(campaign.Start + (int)reader.TokenStartIndex + 1, reader.ValueSpan.Length);
                Separate();
                _state.Scratch.Write("\"utm_"u8);
                if (isName)
                {
                    _state.Scratch.Write("campaign"u8);
                }
                else
                {
                    Copy(name);
                }

                _state.Scratch.Write("\":"u8);
                Quoted(value);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    public readonly Slice End()
    {
        _state.Scratch.Write((byte)'}');
        return _state.SinceScratch(_start);
    }

    private static bool IsBlank(ReadOnlySpan<byte> text) => text.IndexOfAnyExcept((byte)' ') < 0;

    private readonly void Name(ReadOnlySpan<byte> name)
    {
        Separate();
        _state.Scratch.Write((byte)'"');
        _state.Scratch.Write(name);
        _state.Scratch.Write("\":"u8);
    }

    private readonly void Separate()
    {
        if (_state.Scratch.Length > _start + 1)
        {
            _state.Scratch.Write((byte)',');
        }
    }

    private readonly void Quoted(Slice text)
    {
        _state.Scratch.Write((byte)'"');
        Copy(text);
        _state.Scratch.Write((byte)'"');
    }

    private readonly void Json(JsonValue value)
    {
        if (value.Type == JsonTokenType.String)
        {
            Quoted(value.Slice);
        }
        else
        {
            Copy(value.Slice);
        }
    }

    /// <summary>Room first: the slice may lie in the very buffer that grows.</summary>
    private readonly void Copy(Slice slice)
    {
        _state.Scratch.Reserve(slice.Length);
        _state.Scratch.Write(_state.Bytes(slice));
    }

    private readonly Slice Trim(Slice slice)
    {
        var bytes = _state.Bytes(slice);
        var start = 0;
        while (start < bytes.Length && bytes[start] <= ' ')
        {
            start++;
        }

        return slice with { Start = slice.Start + start, Length = slice.Length - start };
    }
}
