// One task reads and converts, a few send; between them are batches that go round, so that memory is bounded whatever the
// file's size. A row's uuid is made of the file's identity, the row's number and its text: the same row of the same file
// has the same uuid in every run, and the server counts it once.

using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using CsvHelper;
using CsvHelper.Configuration;

namespace Headroom.Cli.Importing;

/// <summary>Imports one file. For one use.</summary>
internal sealed class Importer(ImportSource source, ImportSettings settings, ImportTarget target, ImportClient client, TimeProvider time)
{
    internal const int MaxRowBytes = 1024 * 1024;
    private const int BatchRows = 2000;
    private const int BatchBytes = 1024 * 1024;
    private const int Senders = 3;
    private const int Batches = Senders + 3;

    private readonly Channel<Batch> _full = Channel.CreateBounded<Batch>(Batches);
    private readonly Channel<Batch> _empty = Channel.CreateBounded<Batch>(Batches);
    private readonly byte[] _begin = ImportClient.Begin(target.WriteKey);
    private byte[] _hashed = new byte[64 * 1024];
    private ImportProgress _progress = null!;
    private Batch _batch = null!;
    private long _batchNumber;
    private long _rows;
    private long _refusedByReader;

    /// <summary>Rows read so far; for showing.</summary>
    public long Rows => Interlocked.Read(ref _rows);

    public async Task<ImportReport> RunAsync(CancellationToken cancellationToken)
    {
        var form = settings.Form ?? source.Detect() ??
            throw new CommandFailedException("The file looks like nothing that can be imported; say what it is with --format ndjson, csv or log.", CommandLine.Usage);
        var checkpointPath = settings.KeepCheckpoint && source.Path is not null ? source.Path + ".headroom-import" : null;
        var checkpoint = ImportProgress.Load(
            checkpointPath,
            Convert.ToHexStringLower(source.Identity),
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{target.Address} {target.WriteKey}"))));
        _progress = new ImportProgress(checkpointPath, checkpoint, time);
        _refusedByReader = checkpoint.Refused;
        for (var i = 0; i < Batches; i++)
        {
            await _empty.Writer.WriteAsync(new Batch(new ByteBuffer(BatchBytes + (64 * 1024))), cancellationToken);
        }

        var before = await client.LedgerAsync(cancellationToken);
        var started = time.GetTimestamp();
        try
        {
            await RunAllAsync(form, checkpoint.Rows, cancellationToken);
        }
        catch
        {
            _progress.Interrupt();
            throw;
        }

        var seconds = time.GetElapsedTime(started).TotalSeconds;
        _progress.Complete();
        var after = before is null ? null : await client.SettledLedgerAsync(cancellationToken);
        var duplicates = after?.Duplicates - before?.Duplicates;
        var rejected = (after?.Rejected - before?.Rejected) ?? 0;
        return new ImportReport(
            _rows, _progress.Sent - (duplicates ?? 0) - rejected, _progress.Refused + rejected, duplicates, checkpoint.Rows,
            Math.Round(seconds, 3), Math.Round((_rows - checkpoint.Rows) / Math.Max(seconds, 0.001)), _progress.Refusals);
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

    // The first failure stops the others and is the one that is told.
    private async Task RunAllAsync(ImportForm form, long skip, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<Task> tasks = [Task.Run(() => ReadAsync(form, skip, stop.Token), CancellationToken.None)];
        for (var i = 0; i < Senders; i++)
        {
            tasks.Add(Task.Run(() => SendAllAsync(stop.Token), CancellationToken.None));
        }

        Exception? first = null;
        while (tasks.Count > 0)
        {
            var done = await Task.WhenAny(tasks);
            tasks.Remove(done);
            try
            {
                await done;
            }
            catch (Exception e)
            {
                first ??= e;
                await stop.CancelAsync();
            }
        }

        if (first is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(first);
        }
    }

    private async Task ReadAsync(ImportForm form, long skip, CancellationToken cancellationToken)
    {
        _batch = await NextBatchAsync(cancellationToken);
        if (form == ImportForm.Csv)
        {
            await ReadCsvAsync(skip, cancellationToken);
        }
        else
        {
            using ILineFormat format = form == ImportForm.Ndjson
                ? new NdjsonFormat()
                : new AccessLogFormat(settings.Event ?? "$pageview", settings.Site, target.WriteKey);
            await ReadLinesAsync(format, skip, cancellationToken);
        }

        await _full.Writer.WriteAsync(_batch, cancellationToken);
        _full.Writer.Complete();
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
                EndRow(mark, format.TryWrite(line, RowUuid(source.Identity, _rows, line, ref _hashed), _batch.Body, out var problem), _rows, problem);
                if (IsFull)
                {
                    await _full.Writer.WriteAsync(_batch, cancellationToken);
                    _batch = await NextBatchAsync(cancellationToken);
                }
            }
        }
    }

    private async Task ReadCsvAsync(long skip, CancellationToken cancellationToken)
    {
        var malformed = false;
        var configuration = new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            Delimiter = (settings.Delimiter ?? LikelyDelimiter(source.Head.Span)).ToString(),
            BadDataFound = _ => malformed = true,
            MaxFieldSize = MaxRowBytes,
            BufferSize = 256 * 1024,
            ProcessFieldBufferSize = 64 * 1024,
        };
        using var text = new StreamReader(source.Text, Encoding.UTF8, detectEncodingFromByteOrderMarks: true, 256 * 1024, leaveOpen: true);
        using var parser = new CsvParser(text, configuration);
        if (!await parser.ReadAsync())
        {
            throw new CommandFailedException("The file is empty; a CSV file begins with the names of its columns.");
        }

        using var format = new CsvFormat(parser.Record!, settings.Mapping, settings.Event);
        var row = new byte[64 * 1024];
        while (await ReadCsvRowAsync(parser))
        {
            _rows++;
            if (_rows <= skip)
            {
                malformed = false;
                continue;
            }

            _batch.LastRow = _rows;
            var line = (long)parser.RawRow;
            var raw = parser.RawRecord.AsSpan().TrimEnd("\r\n");
            var most = Encoding.UTF8.GetMaxByteCount(raw.Length);
            if (row.Length < most)
            {
                row = new byte[most * 2];
            }

            var length = Encoding.UTF8.GetBytes(raw, row);

            // Fields are parsed when they are asked for: only then is it known whether the quotes match.
            _ = parser.Record;
            if (malformed)
            {
                Refuse(line, "Its quotes do not match.");
                malformed = false;
                continue;
            }

            var mark = BeginRow();
            EndRow(mark, format.TryWrite(parser, RowUuid(source.Identity, _rows, row.AsSpan(0, length), ref _hashed), _batch.Body, out var problem), line, problem);
            if (IsFull)
            {
                await _full.Writer.WriteAsync(_batch, cancellationToken);
                _batch = await NextBatchAsync(cancellationToken);
            }
        }
    }

    private static async ValueTask<bool> ReadCsvRowAsync(CsvParser parser)
    {
        try
        {
            return await parser.ReadAsync();
        }
        catch (MaxFieldSizeException)
        {
            throw new CommandFailedException(string.Create(CultureInfo.InvariantCulture,
                $"Near line {parser.RawRow} a field is longer than 1 MiB; probably a quote is not closed there."));
        }
    }

    private static char LikelyDelimiter(ReadOnlySpan<byte> head)
    {
        var end = head.IndexOf((byte)'\n');
        var header = end < 0 ? head : head[..end];
        return header.Contains((byte)',') ? ',' : header.Contains((byte)'\t') ? '\t' : header.Contains((byte)';') ? ';' : ',';
    }

    private bool IsFull => _batch.Rows >= BatchRows || _batch.Body.Length >= BatchBytes;

    private int BeginRow()
    {
        var mark = _batch.Body.Length;
        if (_batch.Rows > 0)
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
            _batch.FirstLine = _batch.Rows == 0 ? line : _batch.FirstLine;
            _batch.LastLine = line;
            _batch.Rows++;
        }
        else
        {
            _batch.Body.CutTo(mark);
            Refuse(line, problem!);
        }
    }

    private void Refuse(long line, string reason)
    {
        _refusedByReader++;
        _batch.RefusedUntil = _refusedByReader;
        _progress.Refuse(line, reason);
    }

    private async ValueTask<Batch> NextBatchAsync(CancellationToken cancellationToken)
    {
        var batch = await _empty.Reader.ReadAsync(cancellationToken);
        batch.Body.CutTo(0);
        _begin.CopyTo(batch.Body.GetSpan(_begin.Length));
        batch.Body.Advance(_begin.Length);
        batch.Number = _batchNumber++;
        batch.Rows = 0;
        batch.LastRow = _rows;
        batch.RefusedUntil = _refusedByReader;
        return batch;
    }

    private async Task SendAllAsync(CancellationToken cancellationToken)
    {
        await foreach (var batch in _full.Reader.ReadAllAsync(cancellationToken))
        {
            var sent = batch.Rows;
            if (sent > 0)
            {
                ImportClient.End.CopyTo(batch.Body.GetSpan(2));
                batch.Body.Advance(2);
                if (await client.SendAsync(batch.Body.Written, cancellationToken) is { } problem)
                {
                    _progress.Refuse(batch.FirstLine, string.Create(CultureInfo.InvariantCulture,
                        $"The server refused lines {batch.FirstLine} to {batch.LastLine}: {problem}"), sent);
                    sent = 0;
                }
            }

            _progress.Finish(batch.Number, batch.LastRow, sent, batch.RefusedUntil);
            await _empty.Writer.WriteAsync(batch, cancellationToken);
        }
    }

    private sealed class Batch(ByteBuffer body)
    {
        public ByteBuffer Body { get; } = body;

        public long Number { get; set; }

        public int Rows { get; set; }

        public long FirstLine { get; set; }

        public long LastLine { get; set; }

        public long LastRow { get; set; }

        public long RefusedUntil { get; set; }
    }
}
