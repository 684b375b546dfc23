// A row's uuid is made of the file's identity, the row's number and its text: the same row of the same file has the same uuid
// in every run, whoever sends it, and counts once.

using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;

namespace Headroom.App.Importing;

/// <summary>Events of rows that go together, as the inside of a JSON array. Used again and again.</summary>
/// <param name="mostRows">It is full with so many.</param>
public sealed class RowBatch(int mostRows)
{
    internal const int FullBytes = 1024 * 1024;

    /// <summary>What the sink began it with, then the events, separated by commas.</summary>
    public ByteBuffer Body { get; } = new(FullBytes + (64 * 1024));

    /// <summary>Where in the file each of the events stands, from line 1.</summary>
    public IReadOnlyList<long> Lines => Added;

    /// <summary>The number of the last row that was read into it, or refused on the way.</summary>
    public long LastRow { get; internal set; }

    /// <summary>Rows refused by the reader from its beginning to <see cref="LastRow"/>.</summary>
    public long RefusedUntil { get; internal set; }

    internal List<long> Added { get; } = new(mostRows);

    internal bool IsFull => Added.Count >= mostRows || Body.Length >= FullBytes;
}

/// <summary>Where rows go. Called by one reader, one call at a time.</summary>
public interface IRowSink
{
    /// <summary>Takes a full batch, none at the first call, and gives one whose body is begun; null where no more is wanted.</summary>
    ValueTask<RowBatch?> NextAsync(RowBatch? full, CancellationToken cancellationToken);

    /// <summary>Takes the last batch, which may be empty.</summary>
    ValueTask EndAsync(RowBatch last, CancellationToken cancellationToken);

    /// <summary>A row is no event.</summary>
    void Refuse(RefusedRow row);
}

/// <summary>Makes events of the rows of one file, of whatever form, within bounded memory. For one use.</summary>
/// <param name="source">The file.</param>
/// <param name="settings">How it is read.</param>
/// <param name="visitorKey">The key of the hashes by which visitors of access logs are known: the project's write key.</param>
/// <param name="sink">Where its rows go.</param>
public sealed class RowReader(ImportSource source, ImportSettings settings, string visitorKey, IRowSink sink)
{
    internal const int MaxRowBytes = 1024 * 1024;
    internal const int MaxColumns = 2000;
    private byte[] _hashed = new byte[64 * 1024];
    private RowBatch _batch = null!;
    private long _rows;
    private long _refused;

    /// <summary>Rows read so far. May be asked while it reads.</summary>
    public long Rows => Interlocked.Read(ref _rows);

    /// <summary>Reads to the end, or until the sink wants no more. Throws <see cref="UnreadableFileException"/>, and what the file's stream throws.</summary>
    /// <param name="skip">Rows that are passed over at the beginning.</param>
    /// <param name="cancellationToken">Stops between two rows or reads.</param>
    public async Task ReadAsync(long skip, CancellationToken cancellationToken)
    {
        var form = settings.Form ?? source.Detect() ??
            throw (source.Head.IsEmpty ? new UnreadableFileException("The file is empty.") : new UnknownFormException());
        if (!await TurnAsync(null, cancellationToken))
        {
            return;
        }

        if (form == ImportForm.Csv)
        {
            await ReadCsvAsync(skip, cancellationToken);
            return;
        }

        using ILineFormat format = form == ImportForm.Ndjson
            ? new NdjsonFormat()
            : new AccessLogFormat(settings.Event ?? "$pageview", settings.Site, visitorKey);
        await ReadLinesAsync(format, skip, cancellationToken);
    }

    /// <summary>A UUID of version 8 over the file's identity, the row's number and its text.</summary>
    internal static Guid RowUuid(ReadOnlySpan<byte> identity, long row, ReadOnlySpan<byte> text, ref byte[] scratch)
    {
        var length = identity.Length + 8 + text.Length;
        if (scratch.Length < length)
        {
            scratch = new byte[length * 2];
        }

        identity.CopyTo(scratch);
        BinaryPrimitives.WriteInt64LittleEndian(scratch.AsSpan(identity.Length), row);
        text.CopyTo(scratch.AsSpan(identity.Length + 8));
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(scratch.AsSpan(0, length), hash);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }

    private async Task ReadLinesAsync(ILineFormat format, long skip, CancellationToken cancellationToken)
    {
        var reader = new LineReader(source.Text, MaxRowBytes);
        while (await reader.FillAsync(cancellationToken))
        {
            while (reader.TryRead(out var line, out var tooLong))
            {
                _rows++;
                if (_rows <= skip)
                {
                    continue;
                }

                _batch.LastRow = _rows;
                if (_rows == 1 && line.StartsWith(Encoding.UTF8.Preamble))
                {
                    line = line[Encoding.UTF8.Preamble.Length..];
                }

                if (tooLong)
                {
                    Refuse(_rows, "It is longer than 1 MiB.");
                    continue;
                }

                if (line.IsEmpty)
                {
                    continue;
                }

                var mark = BeginRow();
                EndRow(mark, format.TryWrite(line, RowUuid(source.Identity.Span, _rows, line, ref _hashed), _batch.Body, out var problem), _rows, problem);
                if (_batch.IsFull && !await TurnAsync(_batch, cancellationToken))
                {
                    return;
                }
            }
        }

        await sink.EndAsync(_batch, cancellationToken);
    }

    private async Task ReadCsvAsync(long skip, CancellationToken cancellationToken)
    {
        var delimiter = settings.Delimiter ?? source.LikelyDelimiter();
        using var text = CsvText();
        using var parser = new CsvParser(text, CsvConfiguration(delimiter));
        if (!await parser.ReadAsync())
        {
            throw new UnreadableFileException("The file is empty; a CSV file begins with the names of its columns.");
        }

        using var format = new CsvFormat(Header(parser, delimiter), settings.Mapping, settings.Event);
        var row = new byte[64 * 1024];
        while (await ReadCsvRowAsync(parser))
        {
            cancellationToken.ThrowIfCancellationRequested();
            _rows++;
            if (_rows <= skip)
            {
                continue;
            }

            _batch.LastRow = _rows;
            var line = (long)parser.RawRow;
            var raw = parser.RawRecord.AsSpan().TrimEnd("\r\n");
            if (!QuotesMatch(raw, delimiter))
            {
                Refuse(line, "Its quotes do not match.");
                continue;
            }

            var most = Encoding.UTF8.GetMaxByteCount(raw.Length);
            if (row.Length < most)
            {
                row = new byte[most * 2];
            }

            var length = Encoding.UTF8.GetBytes(raw, row);
            var mark = BeginRow();
            EndRow(mark, format.TryWrite(parser, RowUuid(source.Identity.Span, _rows, row.AsSpan(0, length), ref _hashed), _batch.Body, out var problem), line, problem);
            if (_batch.IsFull && !await TurnAsync(_batch, cancellationToken))
            {
                return;
            }
        }

        await sink.EndAsync(_batch, cancellationToken);
    }

    /// <summary>The header of a CSV file and its first rows, as they stand there.</summary>
    internal async Task<IReadOnlyList<string[]>> PeekCsvAsync(int rows)
    {
        var delimiter = settings.Delimiter ?? source.LikelyDelimiter();
        using var text = CsvText();
        using var parser = new CsvParser(text, CsvConfiguration(delimiter));
        var read = new List<string[]>(rows + 1);
        while (read.Count <= rows && await ReadCsvRowAsync(parser))
        {
            if (read.Count == 0)
            {
                read.Add(Header(parser, delimiter));
            }
            else if (QuotesMatch(parser.RawRecord, delimiter))
            {
                read.Add(parser.Record!);
            }
        }

        return read;
    }

    private StreamReader CsvText() => new(source.Text, Encoding.UTF8, detectEncodingFromByteOrderMarks: true, 256 * 1024, leaveOpen: true);

    private static CsvConfiguration CsvConfiguration(char delimiter) => new(CultureInfo.InvariantCulture)
    {
        Delimiter = delimiter.ToString(),

        // It would be called for each field, with a text of the whole row made for it.
        BadDataFound = null,
        MaxFieldSize = MaxRowBytes,
        BufferSize = 256 * 1024,
        ProcessFieldBufferSize = 64 * 1024,
    };

    private static async ValueTask<bool> ReadCsvRowAsync(CsvParser parser)
    {
        try
        {
            return await parser.ReadAsync();
        }
        catch (MaxFieldSizeException)
        {
            throw new UnreadableFileException(string.Create(CultureInfo.InvariantCulture,
                $"Near line {parser.RawRow} a field is longer than 1 MiB; probably a quote is not closed there."));
        }
    }

    private static string[] Header(CsvParser parser, char delimiter)
    {
        if (parser.Count > MaxColumns)
        {
            throw new UnreadableFileException(string.Create(CultureInfo.InvariantCulture,
                $"Its first line names {parser.Count} columns, and {MaxColumns} is the most; perhaps something else separates them, or it is no CSV file."));
        }

        return QuotesMatch(parser.RawRecord, delimiter) ? parser.Record! : throw new UnreadableFileException("The quotes of its first line do not match.");
    }

    /// <summary>Whether quotes are around whole fields only, and doubled within them (RFC 4180, section 2).</summary>
    internal static bool QuotesMatch(ReadOnlySpan<char> row, char delimiter)
    {
        row = row.TrimEnd("\r\n");
        while (true)
        {
            if (row is not ['"', ..])
            {
                var end = row.IndexOf(delimiter);
                if ((end < 0 ? row : row[..end]).Contains('"'))
                {
                    return false;
                }

                if (end < 0)
                {
                    return true;
                }

                row = row[(end + 1)..];
                continue;
            }

            row = row[1..];
            while (true)
            {
                var quote = row.IndexOf('"');
                if (quote < 0)
                {
                    // The file ends in it; what there is counts.
                    return true;
                }

                row = row[(quote + 1)..];
                if (row is not ['"', ..])
                {
                    break;
                }

                row = row[1..];
            }

            if (row.IsEmpty)
            {
                return true;
            }

            if (row[0] != delimiter)
            {
                return false;
            }

            row = row[1..];
        }
    }

    private int BeginRow()
    {
        var mark = _batch.Body.Length;
        if (_batch.Added.Count > 0)
        {
            _batch.Body.GetSpan(1)[0] = (byte)',';
            _batch.Body.Advance(1);
        }

        return mark;
    }

    private void EndRow(int mark, bool written, long line, string? problem)
    {
        if (written)
        {
            _batch.Added.Add(line);
        }
        else
        {
            _batch.Body.CutTo(mark);
            Refuse(line, problem!);
        }
    }

    private void Refuse(long line, string reason)
    {
        _refused++;
        _batch.RefusedUntil = _refused;
        sink.Refuse(new RefusedRow(line, reason));
    }

    private async ValueTask<bool> TurnAsync(RowBatch? full, CancellationToken cancellationToken)
    {
        if (await sink.NextAsync(full, cancellationToken) is not { } next)
        {
            return false;
        }

        next.Added.Clear();
        next.LastRow = _rows;
        next.RefusedUntil = _refused;
        _batch = next;
        return true;
    }
}
