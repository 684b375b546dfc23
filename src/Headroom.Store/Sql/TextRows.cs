using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Apache.Arrow;

namespace Headroom.Store.Sql;

/// <summary>An array with an array for each row.</summary>
internal sealed class JsonRows : SqlResult.IRows
{
    private readonly Utf8JsonWriter _json;

    public JsonRows(Stream file)
    {
        _json = new Utf8JsonWriter(file, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
        _json.WriteStartArray();
    }

    public void Add(RecordBatch batch)
    {
        IArrowArray[] columns = [.. batch.Arrays];
        for (var row = 0; row < batch.Length; row++)
        {
            _json.WriteStartArray();
            foreach (var column in columns)
            {
                ArrowText.WriteJson(_json, column, row);
            }

            _json.WriteEndArray();
        }

        _json.Flush();
    }

    public void End()
    {
        _json.WriteEndArray();
        _json.Flush();
    }

    public void Dispose() => _json.Dispose();
}

/// <summary>
/// RFC 4180 with a header. A text that a spreadsheet would take for a formula (it begins with = + - @, a tab or a carriage
/// return) gets an apostrophe in front, because events are written by anybody who visits a site, and the file is opened by
/// who runs it. Numbers stay as they are.
/// </summary>
internal sealed class CsvRows : SqlResult.IRows
{
    private readonly StreamWriter _file;
    private readonly StringBuilder _line = new();

    public CsvRows(Stream file, Schema schema)
    {
        _file = new StreamWriter(file, new UTF8Encoding(false), leaveOpen: true);
        for (var i = 0; i < schema.FieldsList.Count; i++)
        {
            Separate(i);
            Text(schema.FieldsList[i].Name);
        }

        EndLine();
        Flush();
    }

    public void Add(RecordBatch batch)
    {
        IArrowArray[] columns = [.. batch.Arrays];
        for (var row = 0; row < batch.Length; row++)
        {
            for (var i = 0; i < columns.Length; i++)
            {
                Separate(i);
                var (kind, text) = ArrowText.Cell(columns[i], row);
                switch (kind)
                {
                    case CellKind.Text:
                        Text(text);
                        break;
                    case CellKind.Nested:
                        Quoted(Nested(columns[i], row));
                        break;
                    default:
                        _line.Append(text);
                        break;
                }
            }

            EndLine();
            if (_line.Length > 64 * 1024)
            {
                Flush();
            }
        }

        Flush();
    }

    public void End() => Flush();

    public void Dispose() => _file.Dispose();

    private static string Nested(IArrowArray column, int row)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true }))
        {
            ArrowText.WriteJson(json, column, row);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private void Text(string text)
    {
        var guarded = text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r' ? "'" + text : text;

        // An empty text is quoted, so that it differs from NULL.
        if (guarded.Length == 0 || guarded.AsSpan().ContainsAny(",\"\r\n") || guarded[0] == ' ' || guarded[^1] == ' ')
        {
            Quoted(guarded);
        }
        else
        {
            _line.Append(guarded);
        }
    }

    private void Quoted(string text) => _line.Append('"').Append(text.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');

    private void Separate(int column)
    {
        if (column > 0)
        {
            _line.Append(',');
        }
    }

    private void EndLine() => _line.Append("\r\n");

    private void Flush()
    {
        _file.Write(_line);
        _file.Flush();
        _line.Clear();
    }
}
