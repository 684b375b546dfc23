using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Headroom.Core.Queries;

/// <summary>
/// A value to compare with: text, with the number or boolean that it may also mean, because a value picked from a list
/// arrives as text whatever kind the property has.
/// </summary>
[JsonConverter(typeof(FilterValueConverter))]
public readonly record struct FilterValue
{
    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("+-.0123456789eE");

    public FilterValue(string text)
    {
        Text = text;
        Number = double.TryParse(
            text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var number)
            && double.IsFinite(number) && IsPlainAscii(text)
            ? number
            : null;
        Boolean = text switch
        {
            "true" => true,
            "false" => false,
            _ => null,
        };
    }

    public FilterValue(double number)
    {
        Text = number.ToString("R", CultureInfo.InvariantCulture);
        Number = number;
        Boolean = null;
    }

    public FilterValue(bool boolean)
    {
        Text = boolean ? "true" : "false";
        Number = null;
        Boolean = boolean;
    }

    public string Text { get; }

    /// <summary>The number that it is or reads as, or null.</summary>
    public double? Number { get; }

    /// <summary>The boolean that it is or reads as, or null.</summary>
    public bool? Boolean { get; }

    /// <summary>Parsing alone would also take the words for infinity and not-a-number.</summary>
    private static bool IsPlainAscii(string text) => text.AsSpan().IndexOfAnyExcept(NumberCharacters) < 0;
}

/// <summary>Reads and writes a text, number or boolean.</summary>
public sealed class FilterValueConverter : JsonConverter<FilterValue>
{
    public override FilterValue Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.String => new FilterValue(reader.GetString()!),
        JsonTokenType.Number when reader.TryGetDouble(out var number) && double.IsFinite(number) => new FilterValue(number),
        JsonTokenType.True => new FilterValue(true),
        JsonTokenType.False => new FilterValue(false),
        _ => throw new JsonException("Must be a text, a number, true or false."),
    };

    public override void Write(Utf8JsonWriter writer, FilterValue value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.Text);
}
