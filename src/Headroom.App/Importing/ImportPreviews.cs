using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace Headroom.App.Importing;

/// <summary>Reads the beginning of a file as an import would, and keeps nothing.</summary>
internal static class ImportPreviews
{
    /// <summary>Bytes of the beginning as sent, at most.</summary>
    public const int MaxPieceBytes = 256 * 1024;

    private const int MaxTextBytes = 1024 * 1024;
    private const int Shown = 5;
    private const int ExamplesFrom = 50;

    /// <param name="piece">The beginning of the file.</param>
    /// <param name="cut">Whether the file goes on.</param>
    /// <param name="settings">How it is to be read; without a mapping columns are guessed.</param>
    /// <param name="visitorKey">The project's write key.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<ImportPreview> ReadAsync(
        ReadOnlyMemory<byte> piece, bool cut, ImportSettings settings, string visitorKey, CancellationToken cancellationToken)
    {
        var text = piece;
        try
        {
            (text, var goesOn) = await UnpackAsync(piece, cut, cancellationToken);
            cut |= goesOn;
        }
        catch (InvalidDataException)
        {
            return Nothing("The compressed file is broken.");
        }

        await using var source = await OpenAsync(text, cancellationToken);
        if ((settings.Form ?? source.Detect()) is not { } form)
        {
            return Nothing(source.Head.IsEmpty ? "The file is empty." : new UnknownFormException().Message);
        }

        var delimiter = settings.Delimiter ?? source.LikelyDelimiter();
        settings = settings with { Form = form, Delimiter = delimiter };
        IReadOnlyList<ImportColumn> columns = [];
        var sink = new FirstRows();
        string? problem = null;
        try
        {
            if (form == ImportForm.Csv)
            {
                (columns, settings) = await ColumnsAsync(source, settings, sink);
            }

            await using var again = await OpenAsync(text, cancellationToken);
            await new RowReader(again, settings, visitorKey, sink).ReadAsync(0, cancellationToken);
        }
        catch (UnreadableFileException e)
        {
            problem = e.Message;
        }

        var (events, refusals) = sink.Read(cut);
        return new ImportPreview(ImportSettings.WordOf(form), form == ImportForm.Csv ? delimiter.ToString() : null, columns, problem, events, refusals);
    }

    private static ImportPreview Nothing(string problem) => new(null, null, [], problem, [], []);

    private static Task<ImportSource> OpenAsync(ReadOnlyMemory<byte> text, CancellationToken cancellationToken) =>
        ImportSource.OpenAsync(new MemoryStream(text.ToArray(), writable: false), cancellationToken);

    /// <summary>The text, as far as it goes; and whether there is more of it.</summary>
    private static async Task<(ReadOnlyMemory<byte> Text, bool GoesOn)> UnpackAsync(ReadOnlyMemory<byte> piece, bool cut, CancellationToken cancellationToken)
    {
        if (piece.Span is not [0x1F, 0x8B, ..])
        {
            return (piece, false);
        }

        await using var zip = new GZipStream(new MemoryStream(piece.ToArray(), writable: false), CompressionMode.Decompress);
        var text = new byte[MaxTextBytes];
        var length = 0;
        try
        {
            while (length < text.Length && await zip.ReadAsync(text.AsMemory(length), cancellationToken) is var read and > 0)
            {
                length += read;
            }
        }
        catch (InvalidDataException) when (cut && length > 0)
        {
            // The piece ends in the middle.
        }

        return (text.AsMemory(0, length), length == text.Length);
    }

    private static async Task<(IReadOnlyList<ImportColumn> Columns, ImportSettings Settings)> ColumnsAsync(ImportSource source, ImportSettings settings, FirstRows sink)
    {
        var rows = await new RowReader(source, settings, "", sink).PeekCsvAsync(ExamplesFrom);
        if (rows is not [var header, ..])
        {
            return ([], settings);
        }

        string?[] examples = [.. header.Select((_, at) => rows.Skip(1).Where(row => at < row.Length).Select(row => row[at]).FirstOrDefault(static value => value.Length > 0))];
        if (settings.Mapping.Count == 0)
        {
            settings = settings with { Mapping = ColumnGuess.Of(header, examples) };
        }

        var fields = new string?[header.Length];
        foreach (var field in ImportSettings.Fields)
        {
            var at = Array.FindIndex(header, name => string.Equals(name, settings.Mapping.GetValueOrDefault(field, field), StringComparison.OrdinalIgnoreCase));
            if (at >= 0)
            {
                fields[at] = field;
            }
        }

        return ([.. header.Select((name, at) => new ImportColumn(name, Short(examples[at]), fields[at]))], settings);
    }

    private static string? Short(string? text) => text is null || text.Length <= 100 ? text : string.Concat(text.AsSpan(0, 100), "…");

    /// <summary>Keeps the first rows, and wants no more then.</summary>
    private sealed class FirstRows : IRowSink
    {
        private readonly RowBatch _rows = new(Shown + 1);
        private readonly List<RefusedRow> _refusals = [];
        private bool _ended;

        public ValueTask<RowBatch?> NextAsync(RowBatch? full, CancellationToken cancellationToken) => ValueTask.FromResult(full is null ? _rows : null);

        public ValueTask EndAsync(RowBatch last, CancellationToken cancellationToken)
        {
            _ended = true;
            return ValueTask.CompletedTask;
        }

        public void Refuse(RefusedRow row)
        {
            if (_refusals.Count <= Shown)
            {
                _refusals.Add(row);
            }
        }

        /// <param name="cut">Whether the last row may be a part of one.</param>
        public (IReadOnlyList<PreviewedEvent> Events, IReadOnlyList<RefusedRow> Refusals) Read(bool cut)
        {
            using var rows = JsonDocument.Parse(string.Concat("[", Encoding.UTF8.GetString(_rows.Body.Written.Span), "]"), new JsonDocumentOptions { MaxDepth = 256 });
            var events = rows.RootElement.EnumerateArray().Select((e, i) => new PreviewedEvent(_rows.Lines[i], e.GetRawText())).ToList();
            var last = cut && _ended ? Math.Max(events.Count == 0 ? 0 : events[^1].Line, _refusals.Count == 0 ? 0 : _refusals[^1].Line) : long.MaxValue;
            return ([.. events.Where(e => e.Line < last).Take(Shown)], [.. _refusals.Where(r => r.Line < last).Take(Shown)]);
        }
    }
}
