// One task reads and converts, a few send; between them are batches that go round, so that memory is bounded whatever the
// file's size.

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using Headroom.App.Importing;

namespace Headroom.Cli.Importing;

/// <summary>Imports one file. For one use.</summary>
/// <param name="keepCheckpoint">Whether to remember progress beside the file.</param>
internal sealed class Importer(ImportFile file, ImportSettings settings, bool keepCheckpoint, ImportTarget target, ImportClient client, TimeProvider time) : IRowSink
{
    private const int BatchRows = 2000;
    private const int Senders = 3;
    private const int Batches = Senders + 3;

    private readonly Channel<(RowBatch Rows, long Number)> _full = Channel.CreateBounded<(RowBatch Rows, long Number)>(Batches);
    private readonly Channel<RowBatch> _empty = Channel.CreateBounded<RowBatch>(Batches);
    private readonly byte[] _begin = ImportClient.Begin(target.WriteKey);
    private ImportProgress _progress = null!;
    private RowReader? _reader;
    private long _batches;
    private long _refusedBefore;

    /// <summary>Rows read so far; for showing.</summary>
    public long Rows => _reader?.Rows ?? 0;

    public async Task<ImportReport> RunAsync(CancellationToken cancellationToken)
    {
        if ((settings.Form ?? file.Source.Detect()) is null)
        {
            throw new CommandFailedException("The file looks like nothing that can be imported; say what it is with --format ndjson, csv or log.", CommandLine.Usage);
        }

        var checkpointPath = keepCheckpoint && file.Path is not null ? file.Path + ".headroom-import" : null;
        var checkpoint = ImportProgress.Load(
            checkpointPath,
            Convert.ToHexStringLower(file.Source.Identity.Span),
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{target.Address} {target.WriteKey}"))));
        _progress = new ImportProgress(checkpointPath, checkpoint, time);
        _refusedBefore = checkpoint.Refused;
        for (var i = 0; i < Batches; i++)
        {
            await _empty.Writer.WriteAsync(new RowBatch(BatchRows), cancellationToken);
        }

        var before = await client.LedgerAsync(cancellationToken);
        var started = time.GetTimestamp();
        try
        {
            await RunAllAsync(checkpoint.Rows, cancellationToken);
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
            Rows, _progress.Sent - (duplicates ?? 0) - rejected, _progress.Refused + rejected, duplicates, checkpoint.Rows,
            Math.Round(seconds, 3), Math.Round((Rows - checkpoint.Rows) / Math.Max(seconds, 0.001)), _progress.Refusals);
    }

    public async ValueTask<RowBatch?> NextAsync(RowBatch? full, CancellationToken cancellationToken)
    {
        if (full is not null)
        {
            await _full.Writer.WriteAsync((full, _batches++), cancellationToken);
        }

        var batch = await _empty.Reader.ReadAsync(cancellationToken);
        batch.Body.CutTo(0);
        _begin.CopyTo(batch.Body.GetSpan(_begin.Length));
        batch.Body.Advance(_begin.Length);
        return batch;
    }

    public async ValueTask EndAsync(RowBatch last, CancellationToken cancellationToken)
    {
        await _full.Writer.WriteAsync((last, _batches++), cancellationToken);
        _full.Writer.Complete();
    }

    public void Refuse(RefusedRow row) => _progress.Refuse(row);

    // The first failure stops the others and is the one that is told.
    private async Task RunAllAsync(long skip, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<Task> tasks = [Task.Run(() => ReadAsync(skip, stop.Token), CancellationToken.None)];
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

    private async Task ReadAsync(long skip, CancellationToken cancellationToken)
    {
        _reader = new RowReader(file.Source, settings, target.WriteKey, this);
        try
        {
            await _reader.ReadAsync(skip, cancellationToken);
        }
        catch (MissingColumnException e)
        {
            throw new CommandFailedException($"{e.Message} Say which it is with --map {e.Field}=COLUMN.", CommandLine.Usage);
        }
        catch (UnreadableFileException e)
        {
            throw new CommandFailedException(e.Message);
        }
        catch (InvalidDataException)
        {
            throw new CommandFailedException("The compressed file is broken or cut off. The same command with a whole one goes on where this stopped.");
        }
    }

    private async Task SendAllAsync(CancellationToken cancellationToken)
    {
        await foreach (var (batch, number) in _full.Reader.ReadAllAsync(cancellationToken))
        {
            var sent = batch.Lines.Count;
            if (sent > 0)
            {
                ImportClient.End.CopyTo(batch.Body.GetSpan(2));
                batch.Body.Advance(2);
                if (await client.SendAsync(batch.Body.Written, cancellationToken) is { } problem)
                {
                    _progress.Refuse(new RefusedRow(batch.Lines[0], string.Create(CultureInfo.InvariantCulture,
                        $"The server refused lines {batch.Lines[0]} to {batch.Lines[^1]}: {problem}")), sent);
                    sent = 0;
                }
            }

            _progress.Finish(number, batch.LastRow, sent, _refusedBefore + batch.RefusedUntil);
            await _empty.Writer.WriteAsync(batch, cancellationToken);
        }
    }
}
