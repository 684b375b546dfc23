using Headroom.Core;
using Microsoft.Data.Sqlite;
using ParquetSharp;

namespace Headroom.Store;

/// <summary>Commits: files first, which are durable, then one transaction of the catalog that makes them count, then the state that readers see.</summary>
internal sealed partial class SegmentStore
{
    private readonly SegmentWriter _segmentWriter = new();
    private readonly TouchedTimes _times = new();
    private SeenKey[] _sortedKeys = [];

    /// <summary>Makes the batch count as a whole, or throws with nothing of it counting.</summary>
    public void Commit(StoreBatch batch, LogPosition position, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        var files = new NewFiles(Files);
        try
        {
            if (SettleBatch(batch))
            {
                return;
            }

            Commitment commit;
            using (var span = Telemetry.Source.StartActivity("store files"))
            {
                commit = WriteFiles(batch, position, files, cancellationToken);
                span?.SetTag("headroom.store.rows", files.Rows).SetTag("headroom.store.bytes", files.Bytes);
            }

            Files.Probe(StoreStep.BeforeCatalog, Files.Catalog);
            using (Telemetry.Source.StartActivity("store catalog"))
            {
                lock (_catalog.Gate)
                {
                    Apply(batch, commit, position, files);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ParquetException or SqliteException or StoreUnavailableException)
        {
            files.Abandon();
            Metrics.CommitFailed();
            throw Unavailable(e);
        }
        catch (OperationCanceledException)
        {
            files.Abandon();
            throw;
        }

        ClearProblem();
        Metrics.Committed(files.Rows, files.Bytes, _time.GetElapsedTime(started));
        Files.Probe(StoreStep.AfterCatalog, Files.Catalog);
    }

    /// <summary>Runs a change of files in one transaction and swaps the state; used by the compaction.</summary>
    /// <param name="next">Of the state before it; asked once, after what is written or instead of it. Null where it cannot tell without.</param>
    public void Change(Action<Catalog> write, Func<StoreState, StoreState?> next)
    {
        lock (_catalog.Gate)
        {
            if (Settle())
            {
                // What was planned may be just what now counts.
                throw new StoreUnavailableException("The last transaction, whose answer was lost, counts after all. What was to be changed is looked at anew.");
            }

            try
            {
                _catalog.Begin();
                write(_catalog);
                _catalog.Commit();
            }
            catch
            {
                _catalog.Rollback();
                if (_catalog.IsUncertain)
                {
                    _unsettled = new Unsettled(next(_state)!, 0);
                }
                else if (_catalog.RollsBackForGood && next(_state) is { } never)
                {
                    Drop(never, _state);
                }

                throw;
            }

            Volatile.Write(ref _state, next(_state)!);
        }
    }

    private Commitment WriteFiles(StoreBatch batch, LogPosition position, NewFiles files, CancellationToken cancellationToken)
    {
        var commitment = new Commitment(State, Files);
        foreach (var rows in batch.AllRows)
        {
            if (rows.Count == 0)
            {
                continue;
            }

            var id = NextFileId();
            var path = Catalog.SegmentPath(Files, rows.Project, id);
            var temporary = files.Begin(path);
            var extent = _segmentWriter.Write(temporary, rows);
            var (bytes, checksum) = files.Seal(temporary, path);
            var columns = commitment.ColumnIds(rows.Project, _segmentWriter.Columns);
            commitment.Segments.Add(new NewSegment(
                id, rows.Project, 0, extent, bytes, checksum, Committed.Sum, position.Sum, columns, path));
            commitment.UseKey(rows.Project, Max(rows.PersonKey.AsSpan(0, rows.Count)));
            commitment.Times.Add(rows.Project, _times.Of(rows.Timestamp.AsSpan(0, rows.Count)));
            files.Rows += rows.Count;
        }

        if (batch.Seen.Count > 0)
        {
            var id = NextFileId();
            var path = Catalog.SeenPath(Files, id);
            var temporary = files.Begin(path);
            SeenFileWriter.Write(temporary, batch.Seen.Sorted(ref _sortedKeys), batch.Seen.MinReceived, batch.Seen.MaxReceived);
            var (bytes, checksum) = files.Seal(temporary, path);
            commitment.Seen = new NewFile(id, batch.Seen.Count, bytes, checksum, batch.Seen.MaxReceived, path);
        }

        if (batch.Identities.Merges.Count > 0)
        {
            lock (_catalog.Gate)
            {
                commitment.Flatten(batch.Identities.Merges, _catalog);
            }

            WriteOverrides(commitment, files);
        }

        WritePersons(batch, commitment, files);
        files.Put(cancellationToken);
        return commitment;
    }

    private void WriteOverrides(Commitment commitment, NewFiles files)
    {
        foreach (var group in commitment.Overrides.GroupBy(static o => o.Project))
        {
            var overrides = group.ToArray();
            var id = NextFileId();
            var path = Catalog.OverridePath(Files, group.Key, id);
            var temporary = files.Begin(path);
            var versions = new long[overrides.Length];
            Array.Fill(versions, id);
            OverrideFiles.Write(
                temporary, Array.ConvertAll(overrides, static o => o.FromKey), Array.ConvertAll(overrides, static o => o.ToKey), versions);
            var (bytes, checksum) = files.Seal(temporary, path);
            commitment.OverrideFiles.Add((group.Key, new NewFile(id, overrides.Length, bytes, checksum, 0, path)));
        }
    }

    private void Apply(StoreBatch batch, Commitment commitment, LogPosition position, NewFiles files)
    {
        SeenFile? seen = null;
        if (commitment.Seen is { } written)
        {
            seen = SeenFile.Open(written.Id, 0, written.Path, Files);
        }

        try
        {
            // Of the compaction: a batch before this one was settled before this one began.
            Settle();
            var next = commitment.Next(_state, batch, position);
            if (seen is not null)
            {
                next = next with { Seen = next.Seen.Insert(0, seen) };
            }

            var started = _time.GetTimestamp();
            _catalog.Begin();
            try
            {
                WriteCatalog(batch, commitment, next);
                Files.Probe(StoreStep.InCatalog, Files.Catalog);

                // A commit that failed may still be found in the WAL after a crash: from here on the files must stay
                // until a start has read what the catalog says.
                files.Keep();
                _catalog.Commit();
            }
            catch
            {
                _catalog.Rollback();
                if (_catalog.IsUncertain)
                {
                    _unsettled = new Unsettled(next, batch.Number);
                    seen = null;
                }
                else if (_catalog.RollsBackForGood)
                {
                    files.Keep(false);
                }

                throw;
            }

            Metrics.CatalogCommitted(_time.GetElapsedTime(started));
            Volatile.Write(ref _state, next);
            seen = null;
        }
        finally
        {
            seen?.Dispose();
        }
    }

    private void WriteCatalog(StoreBatch batch, Commitment commitment, StoreState next)
    {
        foreach (var column in commitment.NewColumns)
        {
            _catalog.Add(column);
        }

        foreach (var segment in commitment.Segments)
        {
            _catalog.Add(segment);
        }

        foreach (var (project, file) in commitment.OverrideFiles)
        {
            _catalog.AddOverrides(project, file);
        }

        foreach (var column in commitment.NewPersonColumns)
        {
            _catalog.AddPersonColumn(column);
        }

        foreach (var file in commitment.PersonFiles)
        {
            _catalog.AddPersons(file);
        }

        if (commitment.Seen is { } seen)
        {
            _catalog.AddSeen(0, seen);
        }

        foreach (var (project, distinctId, key) in batch.Identities.DistinctIds)
        {
            _catalog.SetIdentity(project, distinctId, key);
        }

        foreach (var (project, person) in batch.Identities.Persons)
        {
            _catalog.Put(project, person);
        }

        foreach (var merge in commitment.Merges)
        {
            _catalog.Absorb(merge.Project, merge.FromKey, merge.ToKey);
        }

        foreach (var change in commitment.Overrides)
        {
            _catalog.Put(change);
        }

        foreach (var project in commitment.Touched)
        {
            _catalog.Put(next.Projects[project]);
        }

        _catalog.SetCommitted(_log, _state.Committed, next.Committed);
    }

    private static long Max(ReadOnlySpan<long> values)
    {
        long max = 0;
        foreach (var value in values)
        {
            max = Math.Max(max, value);
        }

        return max;
    }

    private StoreUnavailableException Unavailable(Exception cause)
    {
        var message = cause is StoreUnavailableException known ? known.Message
            : cause is ObjectStoreException
            ? $"The object storage cannot be written: {cause.Message} Nothing of the batch was stored. Make it reachable, or correct Headroom:S3; writing goes on by itself."
            : $"The store under {Files.Root} cannot be written: {cause.Message} " +
            "Nothing of the batch was stored. Free space or repair the disk; writing goes on by itself.";
        lock (_problemGate)
        {
            _problem = message;
            _since ??= _time.GetUtcNow();
        }

        LogUnavailable(_logger, cause, Files.Root);
        return new StoreUnavailableException(message, cause);
    }
}
