using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Headroom.Core;
using Headroom.Store.Sql;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using ParquetSharp;

namespace Headroom.Store;

/// <summary>
/// The embedded event store. A batch becomes files that are durable first, then one catalog transaction makes all of
/// it count; readers see the immutable <see cref="StoreState"/> that the transaction swapped in.
/// </summary>
internal sealed partial class SegmentStore : IEventStore, IEventReader, IEventRemoval
{
    /// <summary>The name of the log in files of this machine.</summary>
    public const string EmbeddedLog = "embedded";

    private const int MaxOpenSessions = 2_000_000;

    private readonly StoreOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly FileStream _lock;
    private readonly Catalog _catalog;
    private readonly QueryEngine _engine;
    private readonly EventCountsCache _eventCounts = new();
    private readonly StoreBatch _batch;
    private readonly SegmentWriter _segmentWriter = new();
    private readonly PersonFileWriter _personWriter;
    private readonly TouchedTimes _times = new();
    private readonly string _log;
    private readonly List<SeenFile> _retired = [];
    private readonly Lock _problemGate = new();
    private StoreState _state;
    private SeenKey[] _sortedKeys = [];
    private long _nextFileId;
    private string? _problem;
    private DateTimeOffset? _since;
    private bool _disposed;

    /// <param name="log">The name of the log that it is fed from: it keeps its place in each apart.</param>
    /// <param name="objects">Where the files live; null where the data directory is it.</param>
    /// <param name="follows">Whether it only reads what another process writes, see SegmentStore.Following.cs.</param>
    /// <param name="copies">A ClickHouse that has the same rows; null for none. Belongs to the caller.</param>
    public SegmentStore(
        StoreOptions options, TimeProvider time, ILogger<SegmentStore> logger, Action<StoreStep, string>? probe = null, string log = EmbeddedLog, IObjectStore? objects = null, bool follows = false,
        ClickHouse.ClickHouseCopies? copies = null)
    {
        (_options, _time, _logger, _log) = (options, time, logger, log);
        Follows = follows;
        Files = new StoreFiles(follows ? Path.Combine(options.DataDirectory, CopiesFolder) : options.DataDirectory, probe) { AreCopies = follows };
        Files.Copies = copies;
        Files.Cache = objects is null ? null : new FileCache(Files, objects, options, time, logger);
        Damaged = new DamagedFiles(Files.Root);
        _personWriter = new PersonFileWriter(options.MaxPropertyColumns);
        Directory.CreateDirectory(Files.Root);
        _lock = Lock(Files);
        try
        {
            StoreFiles.EnsureDirectory(Files.Segments);
            StoreFiles.EnsureDirectory(Files.Overrides);
            StoreFiles.EnsureDirectory(Files.Persons);
            StoreFiles.EnsureDirectory(Files.Seen);
            EmptySpill();
            _catalog = follows ? Catalog.OpenToRead(options, time, logger) : Catalog.Open(options, Files);
            if (follows)
            {
                _state = BeginToFollow();
                RemoveOrphans();
                RequireKnownFormats();
            }
            else
            {
                DirectorySync.Flush(Files.Root);
                RegisterFiles();
                _state = _catalog.Load(Files, log);
                _nextFileId = _state.NextFileId;
                RemoveOrphans();
                RequireKnownFormats();
                RestorePersons();
            }
        }
        catch
        {
            Files.Cache?.Dispose();
            _catalog?.Dispose();
            _lock.Dispose();
            throw;
        }

        _engine = new QueryEngine(Files, options, _eventCounts, time);
        _processes = new SqlProcess(Files, options);
        _batch = new StoreBatch(this, options.MaxPropertyColumns);
        Metrics = new StoreMetrics(this);
        _engine.Waited = Metrics.QueryWaited;
        if (copies is not null)
        {
            (copies.Waited, copies.Ran) = (Metrics.ClickHouseWaited, Metrics.ClickHouseRan);
        }

        _catalog.Waited = Metrics.CatalogWaited;
        _catalog.WasRead = Metrics.CatalogRead;
        LogOpened(_logger, Files.Root, _state.Projects.Count, _state.Committed);
    }

    public StoreFiles Files { get; }

    public DamagedFiles Damaged { get; }

    public StoreState State => Volatile.Read(ref _state);

    public StoreMetrics Metrics { get; }

    public QueryEngine Engine => _engine;

    /// <summary>Set by the compaction.</summary>
    public bool CompactionBehind { get; set; }

    public LogPosition Committed => State.Committed;

    public StoreHealth Health
    {
        get
        {
            long segments = 0;
            long bytes = 0;
            foreach (var project in State.Projects.Values)
            {
                segments += project.Segments.Length;
                foreach (var segment in project.Segments)
                {
                    bytes += segment.Bytes;
                }
            }

            lock (_problemGate)
            {
                if (_problem is not null)
                {
                    return new StoreHealth(_problem, _since, segments, bytes, CompactionBehind) { IsDegraded = IsStale };
                }

                var failing = Files.Cache?.Outage ?? Damaged.Problem;
                var spared = Fallback ?? Files.Copies?.Outage;
                var other = failing ?? spared;
                return new StoreHealth(other?.Text, other?.Since, segments, bytes, CompactionBehind) { IsDegraded = failing is null && other is not null };
            }
        }
    }

    public string? TakenOverBy() => _catalog.TakenOverBy();

    public IStoreBatch BeginBatch()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        RequireWriting();
        if (_batch.Active)
        {
            throw new InvalidOperationException("The batch before has neither been committed nor disposed.");
        }

        StoreState state;
        lock (_catalog.Gate)
        {
            if (Settle())
            {
                throw new StoreUnavailableException(
                    "The last transaction, whose answer was lost, counts after all. The log is read on from behind it; nothing is lost, and nothing to do.");
            }

            state = _state;

            // Only a batch reads seen files outside the compaction, and the last one has ended.
            foreach (var file in _retired)
            {
                file.Dispose();
            }

            _retired.Clear();
        }

        _batch.Begin(state);
        return _batch;
    }

    public IReadOnlyDictionary<string, long> FindPersons(ProjectId project, IReadOnlyCollection<string> distinctIds)
    {
        using (_catalog.Looking())
        {
            return _catalog.PersonKeys(project, distinctIds);
        }
    }

    public IReadOnlyList<string> DistinctIds(ProjectId project, long key, int most)
    {
        QueryWatch.Current?.SawPersons(State.Project(project).DataVersion);
        using (_catalog.Looking())
        {
            return _catalog.DistinctIds(project, key, most);
        }
    }

    public Person? GetPerson(ProjectId project, long key)
    {
        QueryWatch.Current?.SawPersons(State.Project(project).DataVersion);
        using (_catalog.Looking())
        {
            return _catalog.Person(project, key);
        }
    }

    public IReadOnlyDictionary<long, Person>? GetPersons(ProjectId project, IReadOnlyCollection<long> keys) => _catalog.Persons(project, keys);

    public Person? FindPerson(ProjectId project, string distinctId)
    {
        QueryWatch.Current?.SawPersons(State.Project(project).DataVersion);
        using (_catalog.Looking())
        {
            return _catalog.PersonKey(project, distinctId) is { } key ? _catalog.Person(project, key) : null;
        }
    }

    public long LastPersonKey(ProjectId project) => State.Project(project).LastPersonKey;

    public LedgerCounts Ledger(ProjectId project) => State.Project(project).Ledger;

    public ProjectSchema Schema(ProjectId project)
    {
        var state = State.Project(project);
        var schema = state.Schema();
        if (Files.Copies?.Answers(state) == true)
        {
            schema = schema with { Engine = StoreEngine.ClickHouse };
        }

        QueryWatch.Current?.Saw(schema.DataVersion);
        return schema;
    }

    public DataChanges ChangedSince(ProjectId project, long version)
    {
        var state = State.Project(project);
        return state.Changes.Since(version, state.DataVersion);
    }

    public async ValueTask<long> ReadOpenSessionsAsync(long since, IOpenSessionSink sink, CancellationToken cancellationToken)
    {
        long sessions = 0;

        // A session lasts a day at most, so its first event is no older than that before its last.
        var from = Math.Max(UnixMicros.Min, since - (24L * 3600 * 1_000_000));
        foreach (var project in State.Projects.Keys)
        {
            // Whoever is to be forgotten begins anew, also while the events are still there.
            long[] leaving = [.. State.Removals.Values.Where(r => r.Person.Project == project).SelectMany(static r => r.Person.Keys)];
            var staying = leaving.Length == 0 ? "" : $"AND person_key NOT IN ({string.Join(',', leaving)})";
            var query = new StoreQuery
            {
                Project = project,
                Sql = $$"""
                    SELECT distinct_id, arg_max(session_id, last), epoch_us(arg_max(start, last)), epoch_us(max(last))
                    FROM (SELECT distinct_id, session_id, min("timestamp") AS start, max("timestamp") AS last FROM {events}
                          WHERE "timestamp" >= $1 AND session_id IS NOT NULL {{staying}} GROUP BY distinct_id, session_id)
                    GROUP BY distinct_id HAVING max(last) >= $2 ORDER BY max(last) DESC LIMIT $3
                    """,
                Parameters = [UnixMicros.ToInstant(from).UtcDateTime, UnixMicros.ToInstant(since).UtcDateTime, (long)MaxOpenSessions],
                From = from,
                MaxRows = MaxOpenSessions,
                Timeout = TimeSpan.FromMinutes(2),
            };
            try
            {
                sessions += (await ScanAsync(query, new OpenSessionColumns(project, sink), cancellationToken).ConfigureAwait(false)).Rows;
            }
            catch (Exception e) when (e is DataDamagedException or QueryRefusedException { Bound: QueryBound.Cache })
            {
                // Its visitors begin new sessions. Without this, no event of any project would be stored until the file is back.
                LogSessionsUnknown(_logger, project, e.Message);
            }
        }

        return sessions;
    }

    public ValueTask<QueryRows> QueryAsync(StoreQuery query, CancellationToken cancellationToken) =>
        AskAsync<QueryRows>(query, Files.Copies is { } copies && query.Engine is StoreEngine.ClickHouse ? copies.QueryAsync : _engine.RunAsync, cancellationToken);

    public ValueTask<ScanSummary> ScanAsync(StoreQuery query, IColumnSink sink, CancellationToken cancellationToken) =>
        AskAsync(
            query,
            (q, state, segments, token) =>
            {
                if (Files.Copies is not { } copies || q.Engine is not StoreEngine.ClickHouse)
                {
                    return _engine.ScanAsync(q, state, segments, sink, token);
                }

                (sink as IHoldingSink)?.Hold(_engine.Hold());
                return copies.ScanAsync(q, state, segments, sink, token);
            },
            cancellationToken);

    public ValueTask<EventTally?> CountAsync(ProjectId project, IReadOnlyList<string?> names, long[] bounds, CancellationToken cancellationToken)
    {
        // What its answer depends on is told as for a statement.
        var range = new StoreQuery { Project = project, Sql = "", From = bounds[0], To = bounds[^1], MaxRows = 0 };
        var started = _time.GetTimestamp();
        return AskAsync<EventTally?>(
            range, async (_, state, segments, token) => await Task.Run(() => Tally(segments, names, bounds), token).ConfigureAwait(false) is { } counts
                ? new EventTally(counts, state.DataVersion, _time.GetElapsedTime(started), segments.Count)
                : null, cancellationToken, onlyFooters: true);
    }

    public ValueTask<IReadOnlyList<NamedTally>?> CountNamesAsync(ProjectId project, long[] bounds, int mostNames, CancellationToken cancellationToken)
    {
        var range = new StoreQuery { Project = project, Sql = "", From = bounds[0], To = bounds[^1], MaxRows = 0 };
        return AskAsync(range, async (_, _, segments, token) => await Task.Run(() => TallyAll(segments, bounds, mostNames), token).ConfigureAwait(false), cancellationToken, onlyFooters: true);
    }

    public ValueTask<TextTally?> CountTextsAsync(StoreQuery query, string name, PropertyColumnKey text, int mostCells, CancellationToken cancellationToken) =>
        query.Engine is StoreEngine.ClickHouse ? ValueTask.FromResult<TextTally?>(null)
            : AskAsync(query, (q, state, segments, token) => _engine.CountTextsAsync(q, name, text, mostCells, state, segments, token), cancellationToken);

    public IReadOnlyDictionary<string, SeenSpan> PropertySpans(ProjectId project)
    {
        var state = State.Project(project);
        var spans = new Dictionary<string, SeenSpan>(StringComparer.Ordinal);
        var names = state.Columns.ToDictionary(static c => c.Value, static c => c.Key.Name);
        foreach (var segment in state.Segments)
        {
            var seen = new SeenSpan(segment.Extent.MinTimestamp, segment.Extent.MaxTimestamp);
            foreach (var column in segment.Columns)
            {
                if (names.TryGetValue(column, out var name))
                {
                    spans[name] = spans.TryGetValue(name, out var known) ? known.And(seen) : seen;
                }
            }
        }

        return spans;
    }

    private IReadOnlyList<NamedTally>? TallyAll(List<Segment> segments, long[] bounds, int mostNames)
    {
        if (_eventCounts.Of(segments, bounds) is not { } counts)
        {
            return null;
        }

        var tallies = new Dictionary<string, NamedTally>(StringComparer.Ordinal);
        for (var i = 0; i < counts.Length; i++)
        {
            if (!counts[i].AddAll(tallies, mostNames, bounds, segments[i].Extent))
            {
                return null;
            }
        }

        return [.. tallies.Values];
    }

    private long[][]? Tally(List<Segment> segments, IReadOnlyList<string?> names, long[] bounds)
    {
        if (_eventCounts.Of(segments, bounds) is not { } counts)
        {
            return null;
        }

        var tally = names.Select(_ => new long[bounds.Length - 1]).ToArray();
        for (var i = 0; i < counts.Length; i++)
        {
            for (var n = 0; n < tally.Length; n++)
            {
                var ofName = tally[n];
                counts[i].Each(names[n], bounds, segments[i].Extent, (_, count, bucket) => ofName[bucket] += count);
            }
        }

        return tally;
    }

    private async ValueTask<T> AskAsync<T>(
        StoreQuery query, Func<StoreQuery, ProjectState, List<Segment>, CancellationToken, ValueTask<T>> ask, CancellationToken cancellationToken, bool onlyFooters = false)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        for (var (attempt, again) = (1, Follows); ; attempt++)
        {
            try
            {
                return await AskOnceAsync(query, ask, onlyFooters, again, cancellationToken).ConfigureAwait(false);
            }
            catch (FileReplacedException e)
            {
                again = await FindReplacementAsync(e, query.Project, attempt, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <param name="again">Whether a file that is gone is looked for in a newer state, and no damage yet.</param>
    private async ValueTask<T> AskOnceAsync<T>(
        StoreQuery query, Func<StoreQuery, ProjectState, List<Segment>, CancellationToken, ValueTask<T>> ask, bool onlyFooters, bool again, CancellationToken cancellationToken)
    {
        var (state, segments) = Acquire(query);
        var started = _time.GetTimestamp();
        long bytes = 0;
        foreach (var segment in segments)
        {
            bytes += segment.Bytes;
        }

        Metrics.QueryGiven(bytes);
        using var span = Telemetry.Source.StartActivity("store read");
        span?.SetTag("headroom.store.from", query.Engine is StoreEngine.ClickHouse ? "clickhouse" : onlyFooters ? "footers" : "segments")
            .SetTag("headroom.store.segments", segments.Count).SetTag("headroom.store.bytes", bytes);
        try
        {
            // What ClickHouse is asked needs no file.
            var needsFiles = query.Engine is StoreEngine.Segments;
            if (needsFiles)
            {
                RequireUndamaged(segments);
            }

            using var pins = needsFiles ? await PinAsync(query, state, segments, onlyFooters, again, cancellationToken).ConfigureAwait(false) : default;
            var answer = await ask(query, state, segments, cancellationToken).ConfigureAwait(false);
            Metrics.Queried(_time.GetElapsedTime(started), "ok");
            return answer;
        }
        catch (Exception e) when (e is QueryRefusedException or SqlRefusedException)
        {
            Metrics.Queried(_time.GetElapsedTime(started), "refused");
            throw;
        }
        catch (OperationCanceledException)
        {
            Metrics.Queried(_time.GetElapsedTime(started), "cancelled");
            throw;
        }
        catch (Exception e) when (e is StoreUnavailableException or DataDamagedException)
        {
            Metrics.Queried(_time.GetElapsedTime(started), "error");
            span?.SetStatus(ActivityStatusCode.Error);
            throw;
        }
        catch (Exception e) when (e is System.Data.Common.DbException or ParquetException or IOException)
        {
            Metrics.Queried(_time.GetElapsedTime(started), "error");
            span?.SetStatus(ActivityStatusCode.Error);
            if (query.Engine is not StoreEngine.Segments)
            {
                throw;
            }

            FindDamage(segments, e);
            RequireUndamaged(segments, e);
            throw;
        }
        finally
        {
            Release(state, segments);
        }
    }

    /// <summary>Makes the batch count as a whole, or throws with nothing of it counting.</summary>
    public void Commit(StoreBatch batch, LogPosition position, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        var files = new NewFiles(this);
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

    /// <summary>Unmaps these when no batch can be reading them, and deletes them.</summary>
    public void Retire(IEnumerable<SeenFile> files)
    {
        lock (_catalog.Gate)
        {
            foreach (var file in files)
            {
                file.File.Release();
                _retired.Add(file);
            }
        }
    }

    public long NextFileId() => Interlocked.Increment(ref _nextFileId) - 1;

    public ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return ValueTask.CompletedTask;
        }

        _disposed = true;
        _batch.Dispose();
        Metrics.Dispose();
        _engine.Dispose();
        _checker.Dispose();
        lock (_catalog.Gate)
        {
            foreach (var file in _retired.Concat(_state.Seen).Concat(_unsettled?.Next.Seen ?? []).Distinct())
            {
                file.Dispose();
            }

            _catalog.Dispose();
        }

        Files.Cache?.Dispose();
        _lock.Dispose();
        return ValueTask.CompletedTask;
    }

    private static FileStream Lock(StoreFiles files)
    {
        try
        {
            return new FileStream(files.Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new IOException(
                $"The data directory {files.Root} is in use by another Headroom process ({files.Lock} is locked). Stop that process, or choose another Headroom:DataDirectory.", e);
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

    private void ClearProblem()
    {
        lock (_problemGate)
        {
            (_problem, _since) = (null, null);
        }
    }

    private (ProjectState State, List<Segment> Segments) Acquire(StoreQuery query)
    {
        while (true)
        {
            var state = State.Project(query.Project);
            var segments = new List<Segment>();
            var whole = true;
            foreach (var segment in state.Segments)
            {
                if (segment.Extent.MaxTimestamp < query.From || segment.Extent.MinTimestamp >= query.To)
                {
                    continue;
                }

                if (!segment.File.TryAcquire())
                {
                    whole = false;
                    break;
                }

                segments.Add(segment);
            }

            var others = 0;
            foreach (var file in state.Others)
            {
                if (!whole || !file.TryAcquire())
                {
                    whole = false;
                    break;
                }

                others++;
            }

            if (whole)
            {
                QueryWatch.Current?.Read(query, state.DataVersion);
                return (state, segments);
            }

            // The compaction swapped files between our reading the state and taking them; the state is newer now.
            foreach (var segment in segments)
            {
                segment.File.Release();
            }

            foreach (var file in state.Others.Take(others))
            {
                file.Release();
            }
        }
    }

    private static void Release(ProjectState state, List<Segment> segments)
    {
        foreach (var segment in segments)
        {
            segment.File.Release();
        }

        foreach (var file in state.Others)
        {
            file.Release();
        }
    }

    private void RequireUndamaged(List<Segment> segments, Exception? cause = null)
    {
        foreach (var segment in segments)
        {
            if (Damaged.Of(segment.File.Path) is { } damage)
            {
                throw new DataDamagedException(damage, cause);
            }
        }
    }

    /// <summary>After a failed query: whether one of its files is the reason.</summary>
    private void FindDamage(List<Segment> segments, Exception cause)
    {
        var named = segments.Find(segment => cause.Message.Contains(segment.File.Path, StringComparison.Ordinal));

        // Damage inside a file is not always named by the engine, which then says anything; the checksum finds it.
        var unnamed = named is null && (cause is ParquetException or IOException || HintsAtDamage(cause.Message));
        foreach (var segment in segments)
        {
            try
            {
                IsIntact(segment, whole: unnamed || segment == named);
            }
            catch (IOException)
            {
                // Whatever keeps it from being read now (too many open files, say) is no damage; the query has failed of it already.
            }
        }
    }

    /// <summary>Whether a message of the engine is of a kind that bytes it could not make sense of lead to, and not of bounds or of the statement.</summary>
    private static bool HintsAtDamage(string message) =>
        message.Contains("arquet", StringComparison.Ordinal)
        || message.StartsWith("Invalid Error", StringComparison.Ordinal)
        || message.StartsWith("Invalid Input Error", StringComparison.Ordinal)
        || message.StartsWith("IO Error", StringComparison.Ordinal)
        || message.StartsWith("INTERNAL Error", StringComparison.Ordinal);

    /// <summary>Whether a segment's file is there as it was written; what it is not is told, and what it is again is told no more.</summary>
    /// <param name="whole">Whether its bytes are read too, and not only its length.</param>
    /// <param name="remote">Whether its object is looked at too, where it has one.</param>
    internal bool IsIntact(Segment segment, bool whole, bool remote = false)
    {
        var what = Files.Cache is { } cache ? cache.Inspect(segment.File.Path, whole, remote) : Inspect(segment, whole);
        if (what is not null)
        {
            ReportDamage(segment.File.Path, what);
        }
        else if (whole && Damaged.Remove(segment.File.Path))
        {
            LogIntactAgain(_logger, segment.File.Path);
        }

        return what is null;
    }

    private static string? Inspect(Segment segment, bool whole)
    {
        var file = new FileInfo(segment.File.Path);
        return !file.Exists ? "is missing"
            : file.Length != segment.Bytes || (whole && StoreFiles.Checksum(segment.File.Path) != segment.Checksum) ? "is damaged"
            : null;
    }

    private void ReportDamage(string path, string what)
    {
        if (Damaged.Add(path, what, _time.GetUtcNow()))
        {
            LogDamaged(_logger, path, what);
        }
    }

    private void EmptySpill()
    {
        if (Directory.Exists(Files.Spill))
        {
            Directory.Delete(Files.Spill, recursive: true);
        }

        Directory.CreateDirectory(Files.Spill);
    }

    /// <summary>Whatever a newer version has written last is the newest of its kind; the others need not be opened for a start.</summary>
    private void RequireKnownFormats()
    {
        IEnumerable<string?> newest =
        [
            _state.Projects.Values.SelectMany(static p => p.Segments).MaxBy(static s => s.Id)?.File.Path,
            _state.Projects.Values.SelectMany(static p => p.Overrides).MaxBy(static o => o.Id)?.File.Path,
            _state.Projects.Values.SelectMany(static p => p.Persons).MaxBy(static f => f.Id)?.File.Path,
        ];
        foreach (var path in newest)
        {
            try
            {
                if (path is not null && File.Exists(path))
                {
                    ParquetFormat.RequireKnown(path);
                }
            }
            catch (ParquetException)
            {
                // Damage shows where the file is read.
            }
        }
    }

    private void RemoveOrphans()
    {
        var missing = new HashSet<string>(StringComparer.Ordinal);
        foreach (var project in _state.Projects.Values)
        {
            missing.UnionWith(project.Segments.Select(static s => s.File.Path));
            missing.UnionWith(project.Overrides.Select(static o => o.File.Path));
        }

        missing.UnionWith(_state.Seen.Select(static s => s.File.Path));
        var persons = _state.Projects.Values.SelectMany(static p => p.Persons).Select(static f => f.File.Path).ToHashSet(StringComparer.Ordinal);
        missing.UnionWith(persons);
        var orphans = 0;
        foreach (var directory in (ReadOnlySpan<string>)[Files.Segments, Files.Overrides, Files.Persons, Files.Seen])
        {
            foreach (var path in Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories))
            {
                if (!missing.Remove(path))
                {
                    File.Delete(path);
                    orphans++;
                }
            }
        }

        if (orphans > 0)
        {
            LogOrphans(_logger, orphans);
        }

        if (Files.Cache is not null)
        {
            // They are in the object store.
            return;
        }

        // Those of persons are made anew.
        foreach (var path in missing.Except(persons))
        {
            ReportDamage(path, "is missing");
        }
    }

    /// <summary>The files of a commit that is under way.</summary>
    private sealed class NewFiles(SegmentStore store)
    {
        private readonly List<string> _paths = [];
        private readonly List<SealedFile> _sealed = [];
        private readonly HashSet<string> _directories = new(StringComparer.Ordinal);
        private bool _keep;

        public long Rows { get; set; }

        public long Bytes { get; private set; }

        public string Begin(string path)
        {
            var directory = Path.GetDirectoryName(path)!;
            if (_directories.Add(directory))
            {
                StoreFiles.EnsureDirectory(directory);
            }

            _paths.Add(path);
            var temporary = path + StoreFiles.TemporarySuffix;
            store.Files.Probe(StoreStep.FileWriting, path);
            return temporary;
        }

        public (long Bytes, long Checksum) Seal(string temporary, string path)
        {
            var file = store.Files.Seal(temporary, path);
            _sealed.Add(file);
            Bytes += file.Bytes;
            return (file.Bytes, file.Checksum);
        }

        /// <summary>All that were sealed, together.</summary>
        public void Put(CancellationToken cancellationToken) => store.Files.Put(_sealed, cancellationToken);

        public void Keep(bool keep = true) => _keep = keep;

        public void Abandon()
        {
            if (_keep)
            {
                return;
            }

            foreach (var path in _paths)
            {
                StoreFiles.DeleteQuietly(path + StoreFiles.TemporarySuffix);
                store.Files.Delete(path);
            }
        }
    }

    private sealed class OpenSessionColumns(ProjectId project, IOpenSessionSink sink) : IColumnSink
    {
        public void Take(ColumnBatch batch)
        {
            var starts = batch.Longs(2);
            var lasts = batch.Longs(3);
            for (var i = 0; i < batch.Count; i++)
            {
                sink.Take(project, batch.Utf8(0, i), batch.Utf8(1, i), starts[i], lasts[i]);
            }
        }
    }
}
