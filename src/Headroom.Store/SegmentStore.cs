using System.Collections.Immutable;
using Headroom.Core;
using Headroom.Store.Sql;
using Microsoft.Extensions.Logging;

namespace Headroom.Store;

/// <summary>
/// The embedded event store. A batch becomes files that are durable first, then one catalog transaction makes all of
/// it count; readers see the immutable <see cref="StoreState"/> that the transaction swapped in.
/// </summary>
internal sealed partial class SegmentStore : IEventStore, IEventReader, IEventRemoval
{
    /// <summary>The name of the log in files of this machine.</summary>
    public const string EmbeddedLog = "embedded";

    private readonly StoreOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly FileStream _lock;
    private readonly Catalog _catalog;
    private readonly QueryEngine _engine;
    private readonly EventCountsCache _eventCounts = new();
    private readonly StoreBatch _batch;
    private readonly PersonFileWriter _personWriter;
    private readonly string _log;
    private readonly List<SeenFile> _retired = [];
    private readonly Lock _problemGate = new();
    private StoreState _state;
    private long _nextFileId;
    private string? _problem;

    /// <summary>The version that each project had when a file was last found to be damaged.</summary>
    private volatile ImmutableDictionary<ProjectId, long> _doubted = ImmutableDictionary<ProjectId, long>.Empty;
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
        Damaged = new DamagedFiles(Files, time, logger, Doubt);
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
        Workers = new SqlWorkers(Files.Spill, time);
        _processes = new SqlProcess(Files, options, Workers);
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
        return version <= _doubted.GetValueOrDefault(project, -1) ? DataChanges.All(state.DataVersion) : state.Changes.Since(version, state.DataVersion);
    }

    /// <summary>What was answered until now may come from a file that was damaged before anybody noticed, and is not to be built upon.</summary>
    private void Doubt() => _doubted = _state?.Projects.ToImmutableDictionary(static p => p.Key, static p => p.Value.DataVersion) ?? _doubted;

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
        Workers.Dispose();
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

    private void ClearProblem()
    {
        lock (_problemGate)
        {
            (_problem, _since) = (null, null);
        }
    }
}
