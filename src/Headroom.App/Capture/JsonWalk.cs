using System.Text.Json;

namespace Headroom.App.Capture;

/// <param name="Slice">Of a string its inside, of anything else its text.</param>
internal readonly record struct JsonValue(Slice Slice, JsonTokenType Type)
{
    public static readonly JsonValue Absent = new(Slice.Absent, JsonTokenType.None);

    public bool IsAbsent => Type is JsonTokenType.None or JsonTokenType.Null;

    public bool IsText => Type == JsonTokenType.String && Slice.Length > 0;
}

/// <summary>One pass over the body that notes where values are and holds them to the bounds of one event.</summary>
internal ref struct JsonWalk
{
    /// <summary>
    /// Where the reader itself gives up. The setting for depth is checked below it, event by event, so that one
    /// deep event does not cost its batch.
    /// </summary>
    public const int HardDepth = 256;

    public Utf8JsonReader Reader;

    /// <summary>The first fault of the event being read.</summary>
    public EventFault Fault;
    private readonly CaptureOptions _limits;
    private int _eventDepth;
    private int _eventStart;
    private int _eventEnd;

    public JsonWalk(ReadOnlySpan<byte> json, CaptureOptions limits)
    {
        Reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = HardDepth });
        _limits = limits;
    }

    public readonly int Position => (int)Reader.BytesConsumed;

    public void BeginEvent()
    {
        Fault = EventFault.None;
        _eventDepth = Reader.CurrentDepth;
        _eventStart = (int)Reader.TokenStartIndex;
    }

    public void EndEvent()
    {
        _eventEnd = Position;
        if (Position - _eventStart > _limits.MaxEventBytes)
        {
            Fail(EventFault.EventTooLarge);
        }
    }

    /// <summary>Notes the event's fault, if it has one, with where it stands.</summary>
    public readonly void Conclude(ref RawEvent e)
    {
        e.Fault = Fault;
        if (Fault != EventFault.None)
        {
            e.Source = new Slice(_eventStart, _eventEnd - _eventStart);
        }
    }

    public void Fail(EventFault fault)
    {
        if (Fault == EventFault.None)
        {
            Fault = fault;
        }
    }

    public readonly bool NameIs(ReadOnlySpan<byte> name) =>
        Reader.ValueIsEscaped ? Reader.ValueTextEquals(name) : Reader.ValueSpan.SequenceEqual(name);

    /// <summary>Reads on to the value after a name and takes it whole.</summary>
    public JsonValue NextValue()
    {
        Reader.Read();
        return Value();
    }

    /// <summary>The value that the reader stands on, walked to its end.</summary>
    public JsonValue Value()
    {
        var type = Reader.TokenType;
        var start = (int)Reader.TokenStartIndex;
        switch (type)
        {
            case JsonTokenType.String:
                return new JsonValue(new Slice(start + 1, Reader.ValueSpan.Length), type);
            case JsonTokenType.StartObject or JsonTokenType.StartArray:
                WalkContainer();
                return new JsonValue(new Slice(start, Position - start), type);
            case JsonTokenType.Number:
                CheckNumber();
                return new JsonValue(new Slice(start, Reader.ValueSpan.Length), type);
            default:
                return new JsonValue(new Slice(start, Reader.ValueSpan.Length), type);
        }
    }

    /// <summary>
    /// In a properties object: the next name, held to its bound. False at the object's end, where the count of
    /// properties is held to its own.
    /// </summary>
    public bool NextProperty(ref int count)
    {
        Reader.Read();
        if (Reader.TokenType == JsonTokenType.EndObject)
        {
            if (count > _limits.MaxProperties)
            {
                Fail(EventFault.TooManyProperties);
            }

            return false;
        }

        count++;
        if (Reader.ValueSpan.Length > _limits.MaxPropertyNameLength)
        {
            Fail(EventFault.PropertyNameTooLong);
        }

        return true;
    }

    /// <summary>The value of a property, held to its bound.</summary>
    public JsonValue PropertyValue()
    {
        var value = NextValue();
        if (value.Slice.Length > _limits.MaxPropertyValueBytes)
        {
            Fail(EventFault.PropertyValueTooLarge);
        }

        return value;
    }

    /// <summary>The object of properties that comes next, each held to the bounds; anything else but null is a fault.</summary>
    public JsonValue NextPropertiesObject(EventFault otherwise)
    {
        Reader.Read();
        if (Reader.TokenType != JsonTokenType.StartObject)
        {
            var other = Value();
            if (other.Type != JsonTokenType.Null)
            {
                Fail(otherwise);
            }

            return JsonValue.Absent;
        }

        var start = (int)Reader.TokenStartIndex;
        var count = 0;
        while (NextProperty(ref count))
        {
            PropertyValue();
        }

        return new JsonValue(new Slice(start, Position - start), JsonTokenType.StartObject);
    }

    /// <summary>Whether the array that comes next holds texts only; it is walked to its end either way.</summary>
    public JsonValue NextTextArray()
    {
        Reader.Read();
        if (Reader.TokenType != JsonTokenType.StartArray)
        {
            Value();
            return JsonValue.Absent;
        }

        var start = (int)Reader.TokenStartIndex;
        var onlyTexts = true;
        while (Reader.Read() && Reader.TokenType != JsonTokenType.EndArray)
        {
            onlyTexts &= Value().Type == JsonTokenType.String;
        }

        return onlyTexts ? new JsonValue(new Slice(start, Position - start), JsonTokenType.StartArray) : JsonValue.Absent;
    }

    private void WalkContainer()
    {
        var depth = Reader.CurrentDepth;
        while (true)
        {
            if (Reader.CurrentDepth - _eventDepth >= _limits.MaxDepth)
            {
                Fail(EventFault.TooDeep);
            }

            Reader.Read();
            if (Reader.TokenType == JsonTokenType.Number)
            {
                CheckNumber();
            }
            else if (Reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray && Reader.CurrentDepth == depth)
            {
                return;
            }
        }
    }

    private void CheckNumber()
    {
        if (!JsonText.IsFinite(Reader.ValueSpan))
        {
            Fail(EventFault.NumberOutOfRange);
        }
    }
}
