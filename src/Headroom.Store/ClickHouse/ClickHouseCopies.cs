// ClickHouse has a copy of each file of segments, persons and merges that the catalog names, row by row, under the file's number. A file
// is copied before the transaction that makes it count, so what the catalog counts is there; a query names the files that count for it, and
// rows of others are nobody's. So what is true of the files is true of the rows: a batch counts as a whole, a merge of files changes no
// answer, and what is removed is not seen from the commit on.
//
//   copies   (project, batch, rows): files whose rows are all in their table; written after them. Project -1: the catalog that the tables are of
//
// Rows of files that the catalog names no more are deleted after StoreOptions.KeepReplaced, and at the start.

using System.Collections.Concurrent;
using System.Globalization;
using Headroom.Core;
using Headroom.Sql;
using Microsoft.Extensions.Logging;

namespace Headroom.Store.ClickHouse;

/// <summary>Which files ClickHouse has, and the work of copying and deleting them. Safe for concurrent use.</summary>
internal sealed partial class ClickHouseCopies : IDisposable
{
    private const int OwnerProject = -1;

    /// <summary>Inserts of one commit, which has a file for each project.</summary>
    private const int SideBySide = 8;

    private readonly ClickHouseServer _server;
    private readonly ClickHousePlace _place;
    private readonly ClickHouseBounds _bounds;
    private readonly StoreOptions _options;
    private readonly Admission _admission;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly bool _writes;
    private readonly string _session = Guid.NewGuid().ToString("N");
    private readonly ConcurrentDictionary<string, ClickHouseFile> _files = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(ProjectId Project, long Batch), bool> _copied = new();
    private readonly ConcurrentDictionary<ProjectId, HashSet<string>[]> _columns = new();
    private readonly ConcurrentDictionary<ProjectId, (ProjectState State, bool IsWhole)> _whole = new();
    private readonly ConcurrentQueue<(ClickHouseFile File, DateTimeOffset At)> _dropped = new();
    private readonly SemaphoreSlim _gate = new(1);
    private bool _isReady;
    private long _attempts;
    private long _answered;

    /// <param name="writes">Whether it copies; else another process does.</param>
    public ClickHouseCopies(ClickHouseServer server, ClickHousePlace place, ClickHouseBounds bounds, StoreOptions options, bool writes, TimeProvider time, ILogger logger)
    {
        (_server, _place, _bounds, _options, _writes, _time, _logger) = (server, place, bounds, options, writes, time, logger);
        _admission = new Admission(AdmissionBounds.OfServer(bounds.AtOnce, options.MaxQueuedQueries, "Headroom:ClickHouse:MaxConcurrentQueries"), time);
    }

    /// <summary>Where its tables are.</summary>
    public ClickHousePlace Place => _place;

    /// <summary>What tells the catalog from every other.</summary>
    public long Identity { get; set; }

    /// <summary>Why there is no way to it, and since when; null while there is one.</summary>
    public (string Text, DateTimeOffset Since)? Outage { get; private set; }

    /// <summary>Statements that wait for their turn.</summary>
    public int Waiting => _admission.Waiting;

    /// <summary>Statements that run there at once.</summary>
    public int Slots => _bounds.AtOnce;

    /// <summary>Told how long a statement waited for its turn.</summary>
    public Action<TimeSpan>? Waited { get; set; }

    /// <summary>Told how long a statement was there, in its turn, and how it ended.</summary>
    public Action<TimeSpan, string>? Ran { get; set; }

    /// <summary>Statements that it has answered.</summary>
    public long Answered => Interlocked.Read(ref _answered);

    /// <summary>Files of those that count which are not there yet.</summary>
    public int Missing => _files.Count(f => !_copied.ContainsKey((f.Value.Project, f.Value.Batch)));

    /// <summary>A file that the catalog names.</summary>
    public void Register(StoreFiles files, string path, long checksum)
    {
        if (ClickHouseFile.Of(files, path, checksum) is { } file)
        {
            _files[path] = file;
        }
    }

    /// <summary>Copies files that are about to count. All rows are there when it returns; where it throws, some may be, and are nobody's.</summary>
    /// <exception cref="StoreUnavailableException">ClickHouse cannot take them.</exception>
    public void Put(StoreFiles files, IReadOnlyList<SealedFile> made, CancellationToken cancellationToken)
    {
        var copied = new List<(ClickHouseFile File, string Path)>();
        var rows = new ConcurrentBag<(ClickHouseFile File, long Rows)>();
        foreach (var file in made)
        {
            if (ClickHouseFile.Of(files, file.Path, file.Checksum) is { } known)
            {
                _files[file.Path] = known;
                copied.Add((known, file.Temporary));
            }
        }

        if (copied.Count > 0)
        {
            var side = new ParallelOptions { MaxDegreeOfParallelism = SideBySide, CancellationToken = cancellationToken };
            Parallel.ForEachAsync(copied, side, async (file, token) => rows.Add((file.File, await CopyAsync(file.File, file.Path, token).ConfigureAwait(false)))).GetAwaiter().GetResult();
            NoteAsync([.. rows], cancellationToken).GetAwaiter().GetResult();
        }
    }

    /// <summary>A file that counts no more, or never did.</summary>
    public void Drop(string path)
    {
        if (!_files.TryRemove(path, out var file))
        {
            return;
        }

        if (_writes)
        {
            _dropped.Enqueue((file, _time.GetUtcNow()));
        }
        else
        {
            _copied.TryRemove((file.Project, file.Batch), out _);
        }
    }

    /// <summary>
    /// Whether a question can be compiled for ClickHouse: all rows of the project are there. Where another process copies, files that have
    /// just come are taken to be there as those before them were; whoever runs the question finds out.
    /// </summary>
    public bool Answers(ProjectState state)
    {
        if (Outage is not null || state.Segments.IsEmpty)
        {
            return false;
        }

        var known = _whole.GetValueOrDefault(state.Project);
        if (known.State is not null && known.IsWhole && (!_writes || ReferenceEquals(known.State, state)))
        {
            return true;
        }

        var whole = IsWhole(state);
        _whole[state.Project] = (state, whole);
        return whole;
    }

    /// <summary>Runs a question that was compiled for ClickHouse over these files.</summary>
    /// <exception cref="StoreUnavailableException">It cannot be asked, or has not all of them: the next question is compiled for the segments.</exception>
    public async ValueTask<QueryRows> QueryAsync(StoreQuery query, ProjectState state, IReadOnlyList<Segment> segments, CancellationToken cancellationToken)
    {
        QueryRows? rows = null;
        await AskAsync(query, state, segments, async (left, view) => rows = await _server.QueryAsync(left, view, _bounds, state.DataVersion, cancellationToken).ConfigureAwait(false), cancellationToken)
            .ConfigureAwait(false);
        return rows!;
    }

    /// <inheritdoc cref="QueryAsync"/>
    public async ValueTask<ScanSummary> ScanAsync(StoreQuery query, ProjectState state, IReadOnlyList<Segment> segments, IColumnSink sink, CancellationToken cancellationToken)
    {
        ScanSummary? summary = null;
        await AskAsync(
            query, state, segments, async (left, view) => summary = await _server.ScanAsync(left, view, _bounds, sink, state.DataVersion, cancellationToken).ConfigureAwait(false), cancellationToken)
            .ConfigureAwait(false);
        return summary!;
    }

    /// <summary>Copies a file that counts already, and is not there. False where it is not one of the catalog's any more.</summary>
    public async Task<bool> CopyCountedAsync(string path, CancellationToken cancellationToken)
    {
        if (!_files.TryGetValue(path, out var file) || _copied.ContainsKey((file.Project, file.Batch)))
        {
            return false;
        }

        var rows = await CopyAsync(file, path, cancellationToken).ConfigureAwait(false);
        await NoteAsync([(file, rows)], cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>Whether a file's rows are there.</summary>
    public bool HasCopied(string path) => _files.TryGetValue(path, out var file) && _copied.ContainsKey((file.Project, file.Batch));

    /// <summary>Finds out whether it can be asked again.</summary>
    public Task TryAgainAsync(CancellationToken cancellationToken) => TryAsync(() => _server.ExecuteAsync("SELECT 1", cancellationToken));

    /// <summary>Deletes rows of files that count no more, for long enough that no query reads them.</summary>
    public async Task DeleteDroppedAsync(CancellationToken cancellationToken)
    {
        await ReadyAsync(cancellationToken).ConfigureAwait(false);
        var due = new List<ClickHouseFile>();
        while (_dropped.TryPeek(out var next) && _time.GetUtcNow() - next.At >= _options.KeepReplaced && _dropped.TryDequeue(out next))
        {
            due.Add(next.File);
        }

        try
        {
            foreach (var project in due.GroupBy(static f => f.Project))
            {
                await DeleteAsync(project.Key, [.. project.Select(static f => (f.Table, f.Batch))], cancellationToken).ConfigureAwait(false);
            }
        }
        catch
        {
            foreach (var file in due)
            {
                _dropped.Enqueue((file, _time.GetUtcNow() - _options.KeepReplaced));
            }

            throw;
        }
    }

    /// <summary>Makes the database where it is not there, learns what the tables have, and deletes what is nobody's; once.</summary>
    /// <exception cref="StoreUnavailableException">It cannot be asked, or its tables are of another installation.</exception>
    public async Task ReadyAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _isReady))
        {
            return;
        }

        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!_isReady)
            {
                await TryAsync(() => BeginAsync(cancellationToken)).ConfigureAwait(false);
                Volatile.Write(ref _isReady, true);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose()
    {
        _server.Dispose();
        _gate.Dispose();
    }

    private string AllCopies => $"SELECT toInt64(project), toInt64(batch) FROM {ClickHouseTables.Copies(_place)}";

    private bool IsWhole(ProjectState state)
    {
        foreach (var segment in state.Segments)
        {
            if (!HasCopied(segment.File.Path))
            {
                return false;
            }
        }

        foreach (var file in state.Others)
        {
            if (!HasCopied(file.Path))
            {
                return false;
            }
        }

        return true;
    }

    /// <param name="ask">Is given the query with what is left of its time.</param>
    private async Task AskAsync(StoreQuery query, ProjectState state, IReadOnlyList<Segment> segments, Func<StoreQuery, ClickHouseView, Task> ask, CancellationToken cancellationToken)
    {
        if (!IsWhole(state) && !_writes)
        {
            await TryAsync(() => LearnAsync(state.Project, cancellationToken)).ConfigureAwait(false);
        }

        if (!IsWhole(state))
        {
            _whole.TryRemove(state.Project, out _);
            throw new StoreUnavailableException("ClickHouse has not all of the project's events. Ask again: until it has, the segments are read.");
        }

        await InTurnAsync(query, QueryCost.Of(query, segments, state.Persons), left => TryAsync(() => ask(left, View(query, state, segments))), cancellationToken).ConfigureAwait(false);
        Interlocked.Increment(ref _answered);
    }

    private async Task InTurnAsync(StoreQuery query, QueryCost cost, Func<StoreQuery, Task> run, CancellationToken cancellationToken)
    {
        var watch = QueryWatch.Current;
        watch?.Estimated(cost.Estimate);
        var arrived = _time.GetTimestamp();
        bool slot;
        using (Telemetry.Source.StartActivity("query wait"))
        {
            slot = await _admission.EnterAsync(query.Project, cost, needsLarge: false, query.Timeout, watch, cancellationToken).ConfigureAwait(false);
        }

        var begun = _time.GetTimestamp();
        var outcome = "error";
        try
        {
            using var span = Telemetry.Source.StartActivity("query run");
            var waited = _time.GetElapsedTime(arrived, begun);
            Waited?.Invoke(waited);
            watch?.Begins(cost.Estimate, waited);
            var left = query.Timeout - waited;
            await run(query with { Timeout = left > TimeSpan.Zero ? left : TimeSpan.Zero }).ConfigureAwait(false);
            outcome = "ok";
        }
        catch (QueryRefusedException e)
        {
            outcome = "refused";
            if (e.Bound is QueryBound.Time)
            {
                // Of its whole time, the queue's included.
                throw QueryEngine.TimeRefusal(query.Timeout);
            }

            throw;
        }
        catch (OperationCanceledException)
        {
            outcome = "cancelled";
            throw;
        }
        finally
        {
            Ran?.Invoke(_time.GetElapsedTime(begun), outcome);
            _admission.Leave(query.Project, slot);
        }
    }

    private ClickHouseView View(StoreQuery query, ProjectState state, IReadOnlyList<Segment> segments)
    {
        var columns = _columns.GetValueOrDefault(state.Project);
        return new ClickHouseView(
            _place, state.Project, new ClickHouseBatches(Of(segments.Select(static s => s.File)), Of(state.Persons.Select(static f => f.File)), Of(state.Overrides.Select(static f => f.File))),
            Known(query.Columns, columns?[0]), Known(query.PersonColumns, columns?[1]), !state.Overrides.IsEmpty);

        IReadOnlyList<long> Of(IEnumerable<SharedFile> files) => [.. files.Select(f => _files[f.Path].Batch)];

        static HashSet<PropertyColumnKey> Known(IReadOnlyList<PropertyColumnKey> asked, HashSet<string>? names)
        {
            if (names is null)
            {
                return [];
            }

            lock (names)
            {
                return [.. asked.Where(c => names.Contains(ClickHouseDialect.Name(c)))];
            }
        }
    }

    /// <summary>How many rows it has.</summary>
    private async Task<long> CopyAsync(ClickHouseFile file, string path, CancellationToken cancellationToken)
    {
        await ReadyAsync(cancellationToken).ConfigureAwait(false);
        var copied = 0L;
        await TryAsync(async () =>
        {
            var insert = ClickHouseInsert.Of(file, path);
            await MakeRoomAsync(file, insert.Properties, cancellationToken).ConfigureAwait(false);
            if (insert.Rows == 0)
            {
                return;
            }

            var table = ClickHouseTables.Of(_place, file.Project, file.Table);
            if (await CountAsync(table, file.Batch, cancellationToken).ConfigureAwait(false) > 0)
            {
                // Of an attempt whose end was not heard.
                await DeleteAsync(file.Project, [(file.Table, file.Batch)], cancellationToken).ConfigureAwait(false);
            }

            // What was deleted may come again, so a token is of one attempt: it makes a request that is sent twice count once.
            var token = string.Create(CultureInfo.InvariantCulture, $"{table} {file.Batch} {_session} {Interlocked.Increment(ref _attempts)}");
            await _server.InsertAsync(insert.Into(table, file.Batch), path, token, cancellationToken).ConfigureAwait(false);
            var rows = await CountAsync(table, file.Batch, cancellationToken).ConfigureAwait(false);
            if (rows != insert.Rows)
            {
                throw new StoreUnavailableException(string.Create(CultureInfo.InvariantCulture, $"ClickHouse has {rows} rows of {insert.Rows} that it has acknowledged. They are written again."));
            }

            copied = rows;
        }).ConfigureAwait(false);
        return copied;
    }

    private Task<long> CountAsync(string table, long batch, CancellationToken cancellationToken) =>
        _server.NumberAsync(string.Create(CultureInfo.InvariantCulture, $"SELECT toInt64(count()) FROM {table} WHERE batch = {batch}"), cancellationToken);

    /// <summary>Says of files that all their rows are there.</summary>
    private async Task NoteAsync((ClickHouseFile File, long Rows)[] files, CancellationToken cancellationToken)
    {
        await TryAsync(() => _server.ExecuteAsync(
            $"INSERT INTO {ClickHouseTables.Copies(_place)} (project, batch, rows) VALUES " +
            string.Join(", ", files.Select(static f => string.Create(CultureInfo.InvariantCulture, $"({f.File.Project.Value}, {f.File.Batch}, {f.Rows})"))), cancellationToken)).ConfigureAwait(false);
        foreach (var (file, _) in files)
        {
            _copied[(file.Project, file.Batch)] = true;
        }
    }

    /// <summary>Makes a project's tables and the columns of a file where they are not there.</summary>
    private async Task MakeRoomAsync(ClickHouseFile file, IReadOnlyList<PropertyColumnKey> properties, CancellationToken cancellationToken)
    {
        if (!_columns.TryGetValue(file.Project, out var columns))
        {
            foreach (var sql in ClickHouseTables.Create(_place, file.Project))
            {
                await _server.ExecuteAsync(sql, cancellationToken).ConfigureAwait(false);
            }

            columns = _columns.GetOrAdd(file.Project, static _ => [[], []]);
        }

        var known = columns[file.Table is ClickHouseTable.Persons ? 1 : 0];
        List<PropertyColumnKey> fresh;
        lock (known)
        {
            fresh = [.. properties.Where(p => !known.Contains(ClickHouseDialect.Name(p)))];
        }

        foreach (var sql in ClickHouseTables.AddColumns(_place, file.Project, file.Table is ClickHouseTable.Persons, fresh))
        {
            await _server.ExecuteAsync(sql, cancellationToken).ConfigureAwait(false);
        }

        lock (known)
        {
            known.UnionWith(fresh.Select(ClickHouseDialect.Name));
        }
    }

    private async Task BeginAsync(CancellationToken cancellationToken)
    {
        foreach (var sql in _writes ? ClickHouseTables.CreateCopies(_place) : [])
        {
            await _server.ExecuteAsync(sql, cancellationToken).ConfigureAwait(false);
        }

        var copies = await _server.PairsAsync(AllCopies, cancellationToken).ConfigureAwait(false);
        var owners = copies.Where(static c => c.First == OwnerProject).ToList();
        if (owners.Count == 0)
        {
            if (!_writes)
            {
                throw new StoreUnavailableException("The process that writes has not begun to copy to ClickHouse; set Headroom:ClickHouse there too.");
            }

            await _server.ExecuteAsync(
                string.Create(CultureInfo.InvariantCulture, $"INSERT INTO {ClickHouseTables.Copies(_place)} (project, batch, rows) VALUES ({OwnerProject}, {(ulong)Identity}, 0)"), cancellationToken).ConfigureAwait(false);
        }
        else if (owners.Any(o => o.Second != Identity))
        {
            throw new StoreUnavailableException(
                $"The database {_place.Database} in ClickHouse has the events of another installation. Name another Headroom:ClickHouse:Database, or drop that one where it is of no use any more.");
        }

        var counted = _files.Values.ToHashSet();
        foreach (var project in copies.Where(static c => c.First != OwnerProject).Select(static c => new ProjectId((int)c.First)).Concat(counted.Select(static f => f.Project)).Distinct())
        {
            if (_writes)
            {
                foreach (var sql in ClickHouseTables.Create(_place, project))
                {
                    await _server.ExecuteAsync(sql, cancellationToken).ConfigureAwait(false);
                }
            }

            await LearnColumnsAsync(project, cancellationToken).ConfigureAwait(false);
            if (_writes)
            {
                await DeleteStrangersAsync(project, counted, cancellationToken).ConfigureAwait(false);
            }
        }

        // Only now: what was deleted is not there any more.
        foreach (var (project, batch) in await _server.PairsAsync(AllCopies, cancellationToken).ConfigureAwait(false))
        {
            _copied[(new ProjectId((int)project), batch)] = true;
        }
    }

    /// <summary>What another process has copied meanwhile.</summary>
    private async Task LearnAsync(ProjectId project, CancellationToken cancellationToken)
    {
        var copies = await _server.PairsAsync(
            string.Create(CultureInfo.InvariantCulture, $"SELECT toInt64(project), toInt64(batch) FROM {ClickHouseTables.Copies(_place)} WHERE project = {project.Value}"), cancellationToken)
            .ConfigureAwait(false);
        await LearnColumnsAsync(project, cancellationToken).ConfigureAwait(false);
        foreach (var (_, batch) in copies)
        {
            _copied[(project, batch)] = true;
        }
    }

    private async Task LearnColumnsAsync(ProjectId project, CancellationToken cancellationToken) => _columns[project] =
    [
        [.. await _server.NamesAsync(ClickHouseTables.ColumnsOf(_place, project, ClickHouseTable.Events), cancellationToken).ConfigureAwait(false)],
        [.. await _server.NamesAsync(ClickHouseTables.ColumnsOf(_place, project, ClickHouseTable.Persons), cancellationToken).ConfigureAwait(false)],
    ];

    /// <summary>Deletes rows of files that do not count, or of which the table has not what was copied, as after it was put back from a backup.</summary>
    private async Task DeleteStrangersAsync(ProjectId project, HashSet<ClickHouseFile> counted, CancellationToken cancellationToken)
    {
        var copied = (await _server.PairsAsync(
            string.Create(CultureInfo.InvariantCulture, $"SELECT toInt64(batch), toInt64(rows) FROM {ClickHouseTables.Copies(_place)} WHERE project = {project.Value}"), cancellationToken)
            .ConfigureAwait(false)).DistinctBy(static c => c.First).ToDictionary(static c => c.First, static c => c.Second);
        var strangers = new List<(ClickHouseTable, long)>();
        foreach (var table in Enum.GetValues<ClickHouseTable>())
        {
            var batches = await _server.PairsAsync(
                $"SELECT toInt64(batch), toInt64(count()) FROM {ClickHouseTables.Of(_place, project, table)} GROUP BY batch", cancellationToken).ConfigureAwait(false);
            foreach (var (batch, rows) in batches)
            {
                if (!copied.Remove(batch, out var expected) || expected != rows || !counted.Contains(new ClickHouseFile(table, project, batch)))
                {
                    strangers.Add((table, batch));
                }
            }
        }

        // Those of which nothing is there at all.
        strangers.AddRange(copied.Where(static c => c.Value > 0).Select(static c => (ClickHouseTable.Events, c.Key)));
        await DeleteAsync(project, strangers, cancellationToken).ConfigureAwait(false);
        if (strangers.Count > 0)
        {
            LogStrangers(_logger, strangers.Count, project);
        }
    }

    private async Task DeleteAsync(ProjectId project, List<(ClickHouseTable Table, long Batch)> files, CancellationToken cancellationToken)
    {
        if (files.Count == 0)
        {
            return;
        }

        // First that they are there, then they.
        foreach (var sql in ClickHouseTables.Delete(_place, project, files))
        {
            await _server.ExecuteAsync(sql, cancellationToken).ConfigureAwait(false);
        }

        foreach (var (_, batch) in files)
        {
            _copied.TryRemove((project, batch), out _);
        }
    }

    private async Task TryAsync(Func<Task> work)
    {
        try
        {
            await work().ConfigureAwait(false);
            Outage = null;
        }
        catch (StoreUnavailableException e)
        {
            Outage = (e.Message, Outage?.Since ?? _time.GetUtcNow());
            throw;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} copies of files in ClickHouse that count no more, or are not whole, are deleted, of project {Project}")]
    private static partial void LogStrangers(ILogger logger, int count, ProjectId project);
}
