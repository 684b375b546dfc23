using System.Buffers;
using System.Text;
using System.Text.Json;
using Headroom.Core;

namespace Headroom.Store;

/// <summary>The properties of persons, which are JSON, as columns by property and kind; buffers are kept. Not safe for concurrent use.</summary>
internal sealed class PersonValues(int maxColumns)
{
    private static readonly JsonReaderOptions Deep = new() { MaxDepth = 512 };
    private static readonly JsonWriterOptions Plain = new() { SkipValidation = true };
    private readonly ArrayBufferWriter<byte> _overflow = new();
    private byte[] _json = [];

    /// <summary>Only its columns and text are used. Valid until the next persons are read.</summary>
    public EventColumns Columns { get; } = new(default);

    /// <param name="known">Property columns that the project's persons have; past the bound on them a property goes into one of JSON.</param>
    public void Read(IReadOnlyList<PersonRow> persons, IReadOnlySet<PropertyColumnKey> known)
    {
        Columns.Clear();
        var fresh = new HashSet<PropertyColumnKey>();
        for (var row = 0; row < persons.Count; row++)
        {
            if (persons[row].Person is { } person)
            {
                AddProperties(row, person.Properties, key => known.Contains(key) || fresh.Contains(key) ||
                    (known.Count + fresh.Count < maxColumns && fresh.Add(key)));
            }
        }
    }

    private void AddProperties(int row, string properties, Func<PropertyColumnKey, bool> mayUse)
    {
        var bytes = Encoding.UTF8.GetMaxByteCount(properties.Length);
        if (_json.Length < bytes)
        {
            _json = new byte[bytes];
        }

        var json = _json.AsSpan(0, Encoding.UTF8.GetBytes(properties, _json));
        var reader = new Utf8JsonReader(json, Deep);
        Utf8JsonWriter? overflow = null;
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            if (reader.TokenType == JsonTokenType.Null)
            {
                continue;
            }

            var number = 0.0;
            var kind = reader.TokenType switch
            {
                JsonTokenType.Number when reader.TryGetDouble(out number) && double.IsFinite(number) => PropertyKind.Number,
                JsonTokenType.True or JsonTokenType.False => PropertyKind.Boolean,
                JsonTokenType.StartObject or JsonTokenType.StartArray => PropertyKind.Json,
                _ => PropertyKind.Text,
            };
            if (!mayUse(new PropertyColumnKey(name, kind)))
            {
                if (overflow is null)
                {
                    _overflow.ResetWrittenCount();
                    overflow = new Utf8JsonWriter(_overflow, Plain);
                    overflow.WriteStartObject();
                }

                reader.Skip();
                overflow.WritePropertyName(name);
                overflow.WriteRawValue(json[start..(int)reader.BytesConsumed], skipInputValidation: true);
                continue;
            }

            var column = Columns.Column(Encoding.UTF8.GetBytes(name), kind);
            switch (kind)
            {
                case PropertyKind.Number:
                    column.AddNumber(row, number);
                    break;
                case PropertyKind.Boolean:
                    column.AddBoolean(row, reader.TokenType == JsonTokenType.True);
                    break;
                case PropertyKind.Text when reader.TokenType == JsonTokenType.String && reader.ValueIsEscaped:
                    column.AddText(row, Columns.Take(reader.CopyString(Columns.Reserve(reader.ValueSpan.Length))));
                    break;
                case PropertyKind.Text:
                    // A number past a double's range keeps its digits as text.
                    column.AddText(row, Columns.Store(reader.ValueSpan));
                    break;
                default:
                    reader.Skip();
                    column.AddText(row, Columns.Store(json[start..(int)reader.BytesConsumed]));
                    break;
            }
        }

        if (overflow is not null)
        {
            overflow.WriteEndObject();
            overflow.Dispose();
            mayUse(ProjectSchema.OverflowColumn);
            Columns.Column(Encoding.UTF8.GetBytes(ProjectSchema.OverflowColumn.Name), ProjectSchema.OverflowColumn.Kind)
                .AddText(row, Columns.Store(_overflow.WrittenSpan));
        }
    }
}
