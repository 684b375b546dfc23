// Batches are acknowledged in any order, but a checkpoint must not pass one that is still on its way. So the checkpoint
// moves over the unbroken run of finished batches only; what was sent beyond it is sent again on resuming and, having the
// same uuids, counts as duplicates.

using System.Text.Json;
using Headroom.App.Importing;

namespace Headroom.Cli.Importing;

/// <summary>Counts of an import and its checkpoint. Safe for concurrent use.</summary>
internal sealed class ImportProgress(string? checkpointPath, ImportCheckpoint start, TimeProvider time)
{
    internal const int MaxRefusals = 100;
    private static readonly TimeSpan BetweenWrites = TimeSpan.FromSeconds(1);
    private readonly Lock _lock = new();
    private readonly Dictionary<long, (long LastRow, long Sent, long RefusedUntil)> _finished = [];
    private readonly List<RefusedRow> _refusals = [];
    private ImportCheckpoint _checkpoint = start;
    private long _nextBatch;
    private long _lastWrite = time.GetTimestamp();
    private long _sent = start.Sent;
    private long _refused = start.Refused;

    public long Sent => Interlocked.Read(ref _sent);

    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>The first of the refused rows.</summary>
    public IReadOnlyList<RefusedRow> Refusals
    {
        get
        {
            lock (_lock)
            {
                return [.. _refusals.OrderBy(static r => r.Line)];
            }
        }
    }

    public void Refuse(RefusedRow row, long rows = 1)
    {
        Interlocked.Add(ref _refused, rows);
        lock (_lock)
        {
            if (_refusals.Count < MaxRefusals)
            {
                _refusals.Add(row);
            }
        }
    }

    /// <summary>A batch is done with. <paramref name="refusedUntil"/> counts the rows refused by the reader up to its last row.</summary>
    public void Finish(long batch, long lastRow, long sent, long refusedUntil)
    {
        Interlocked.Add(ref _sent, sent);
        lock (_lock)
        {
            _finished[batch] = (lastRow, sent, refusedUntil);
            while (_finished.Remove(_nextBatch, out var done))
            {
                _nextBatch++;
                _checkpoint = _checkpoint with { Rows = done.LastRow, Sent = _checkpoint.Sent + done.Sent, Refused = done.RefusedUntil };
            }

            if (time.GetElapsedTime(_lastWrite) >= BetweenWrites)
            {
                Write();
            }
        }
    }

    /// <summary>Writes the checkpoint of an import that did not reach the end.</summary>
    public void Interrupt()
    {
        lock (_lock)
        {
            Write();
        }
    }

    /// <summary>The end is reached: the next run of the same file begins anew.</summary>
    public void Complete()
    {
        if (checkpointPath is not null)
        {
            File.Delete(checkpointPath);
        }
    }

    public static ImportCheckpoint Load(string? path, string source, string target)
    {
        var none = new ImportCheckpoint(source, target, 0, 0, 0);
        if (path is null || !File.Exists(path))
        {
            return none;
        }

        try
        {
            var found = JsonSerializer.Deserialize(File.ReadAllBytes(path), CliJson.Default.ImportCheckpoint);
            if (found?.Format > ImportCheckpoint.NewestFormat)
            {
                throw new CommandFailedException(
                    $"{path} has format {found.Format}; this version of Headroom reads up to {ImportCheckpoint.NewestFormat}. Go on with the newer version, or import with --no-checkpoint: rows that were sent count as duplicates.");
            }

            return found is not null && found.Source == source && found.Target == target ? found : none;
        }
        catch (JsonException)
        {
            // Torn by a crash: the rows are sent again and count as duplicates.
            return none;
        }
    }

    private void Write()
    {
        _lastWrite = time.GetTimestamp();
        if (checkpointPath is not null)
        {
            File.WriteAllBytes(checkpointPath + ".next", JsonSerializer.SerializeToUtf8Bytes(_checkpoint, CliJson.Default.ImportCheckpoint));
            File.Move(checkpointPath + ".next", checkpointPath, overwrite: true);
        }
    }
}
