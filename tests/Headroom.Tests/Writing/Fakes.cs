using System.Text;
using Headroom.App.Shared;
using Headroom.Core;

namespace Headroom.Tests.Writing;

/// <summary>A log in memory; the offset of a record is its position.</summary>
internal sealed class FakeLog : IEventLog
{
    private readonly Lock _lock = new();
    private readonly List<byte[]> _records = [];
    private TaskCompletionSource _grown = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Dictionary<string, LogPosition> Released { get; } = [];

    public LogPosition End => EndOffset;

    public LogPosition Opened { get; private set; }

    public long EndOffset
    {
        get
        {
            lock (_lock)
            {
                return _records.Count;
            }
        }
    }

    public LogHealth Health => new(true, null, null, 0);

    /// <summary>As the next process finds it.</summary>
    public void Open() => Opened = End;

    public void Append(byte[] record)
    {
        lock (_lock)
        {
            _records.Add(record);
            _grown.TrySetResult();
            _grown = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public ValueTask<LogAppend> AppendAsync(ReadOnlyMemory<byte> record, CancellationToken cancellationToken)
    {
        Append(record.ToArray());
        return ValueTask.FromResult(new LogAppend(LogAppendStatus.Durable, EndOffset - 1, null));
    }

    public ValueTask<LogAppend> AppendAllAsync(IReadOnlyList<ReadOnlyMemory<byte>> records, CancellationToken cancellationToken)
    {
        foreach (var record in records)
        {
            Append(record.ToArray());
        }

        return ValueTask.FromResult(new LogAppend(LogAppendStatus.Durable, EndOffset - records.Count, null));
    }

    public ILogReader OpenReader(LogPosition position) => new Reader(this, position[0]);

    public void Release(string consumer, LogPosition position)
    {
        lock (_lock)
        {
            Released[consumer] = position;
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Reader(FakeLog log, long at) : ILogReader
    {
        private readonly List<byte[]> _lent = [];

        public LogPosition Position => at;

        public async ValueTask<IReadOnlyList<LogRecord>> ReadAsync(int maxBytes, CancellationToken cancellationToken)
        {
            while (true)
            {
                Task grown;
                lock (log._lock)
                {
                    grown = log._grown.Task;
                }

                if (TryRead(maxBytes) is { Count: > 0 } records)
                {
                    return records;
                }

                await grown.WaitAsync(cancellationToken);
            }
        }

        public IReadOnlyList<LogRecord> TryRead(int maxBytes)
        {
            lock (log._lock)
            {
                // The memory of the records is valid until the next call, and no longer.
                _lent.ForEach(record => record.AsSpan().Fill(0xFF));
                _lent.Clear();
                var records = new List<LogRecord>();
                while (at < log._records.Count && records.Count < 3)
                {
                    _lent.Add(log._records[(int)at].ToArray());
                    records.Add(new LogRecord(at, at + 1, _lent[^1]));
                    at++;
                }

                return records;
            }
        }

        public void Dispose()
        {
        }
    }
}

internal sealed record StoredRow(
    int Project, Guid Uuid, string Event, string DistinctId, long PersonKey, string? SessionId, long Timestamp,
    IReadOnlyDictionary<string, object> Properties)
{
    /// <summary>By column name: t:plan, n:price …</summary>
    public object? this[string column] => Properties.GetValueOrDefault(column);

    public override string ToString() =>
        $"{Project} {Uuid} {Event} {DistinctId} {PersonKey} {SessionId} {Timestamp} " +
        string.Join(",", Properties.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => $"{p.Key}={p.Value}"));
}

/// <summary>A store in memory: what a commit brought, and nothing of a batch that did not commit.</summary>
internal sealed class FakeStore : IEventStore
{
    private readonly HashSet<(int, Guid)> _uuids = [];
    private readonly Dictionary<(int, string), long> _ids = [];
    private readonly Dictionary<(int, long), Person> _persons = [];
    private readonly Dictionary<(int, long), long> _merged = [];
    private readonly Dictionary<int, LedgerCounts> _ledger = [];
    private readonly Dictionary<ProjectId, EventColumns> _columns = [];
    private readonly Lock _lock = new();
    private TaskCompletionSource _committed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public List<StoredRow> Rows { get; } = [];

    public int MaxColumns { get; set; } = int.MaxValue;

    /// <summary>Thrown by the next commits, first to last.</summary>
    public Queue<Exception> Failures { get; } = new();

    /// <summary>Commits wait for it.</summary>
    public Task Held { get; set; } = Task.CompletedTask;

    /// <summary>Keeps the batch's rows out, for measuring.</summary>
    public bool Discard { get; set; }

    /// <summary>As a store that is a round trip away: rows of persons are read together.</summary>
    public bool ReadsTogether { get; set; }

    public int Lookups { get; private set; }

    /// <summary>Rows of persons that were asked for one by one.</summary>
    public int SingleReads { get; private set; }

    public int PersonWrites { get; private set; }

    public LogPosition Committed { get; private set; }

    public StoreHealth Health => new(null, null, 0, 0, false);

    public Person? FindPerson(int project, string distinctId) =>
        _ids.TryGetValue((project, distinctId), out var key) ? _persons.GetValueOrDefault((project, key)) : null;

    public int UniquePersons(int project) =>
        Rows.Where(r => r.Project == project && r.PersonKey != 0).Select(r => Resolve(project, r.PersonKey)).Distinct().Count();

    public long Resolve(int project, long key)
    {
        while (_merged.TryGetValue((project, key), out var into))
        {
            key = into;
        }

        return key;
    }

    public async Task WaitForOffsetAsync(LogPosition offset, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task committed;
            lock (_lock)
            {
                if (Committed.Reaches(offset))
                {
                    return;
                }

                committed = _committed.Task;
            }

            await committed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Nobody is known any more; keys are not used again.</summary>
    public void ForgetIds()
    {
        foreach (var (id, key) in _ids.ToList())
        {
            _ids.Remove(id);
            _ids[(id.Item1, "forgotten " + key)] = key;
        }
    }

    public IStoreBatch BeginBatch() => new Batch(this);

    public IReadOnlyDictionary<string, long> FindPersons(ProjectId project, IReadOnlyCollection<string> distinctIds)
    {
        Lookups++;
        return distinctIds.Distinct().Where(id => _ids.ContainsKey((project.Value, id))).ToDictionary(id => id, id => _ids[(project.Value, id)]);
    }

    public Person? GetPerson(ProjectId project, long key)
    {
        SingleReads++;
        return _persons.GetValueOrDefault((project.Value, key));
    }

    public IReadOnlyDictionary<long, Person>? GetPersons(ProjectId project, IReadOnlyCollection<long> keys) => !ReadsTogether ? null
        : keys.Where(key => _persons.ContainsKey((project.Value, key))).ToDictionary(static key => key, key => _persons[(project.Value, key)]);

    public long LastPersonKey(ProjectId project) =>
        _ids.Where(i => i.Key.Item1 == project.Value).Select(i => i.Value)
            .Concat(_merged.Keys.Where(k => k.Item1 == project.Value).Select(k => k.Item2)).DefaultIfEmpty(0).Max();

    public ValueTask<long> ReadOpenSessionsAsync(long since, IOpenSessionSink sink, CancellationToken cancellationToken)
    {
        var visitors = Rows.Where(r => r.SessionId is not null && r.Timestamp >= since).GroupBy(r => (r.Project, r.DistinctId)).ToList();
        foreach (var visitor in visitors)
        {
            var last = visitor.MaxBy(r => r.Timestamp)!;
            var session = Rows.Where(r => r.Project == visitor.Key.Project && r.SessionId == last.SessionId).ToList();
            sink.Take(
                new ProjectId(visitor.Key.Project), Encoding.UTF8.GetBytes(visitor.Key.DistinctId), Encoding.UTF8.GetBytes(last.SessionId!),
                session.Min(r => r.Timestamp), session.Max(r => r.Timestamp));
        }

        return ValueTask.FromResult((long)visitors.Count);
    }

    /// <summary>Of each commit, whether it was made by a thread of the pool.</summary>
    public List<bool> CommitsByPoolThreads { get; } = [];

    public LedgerCounts Ledger(ProjectId project) => _ledger.GetValueOrDefault(project.Value);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Batch(FakeStore store) : IStoreBatch
    {
        private readonly HashSet<(int, Guid)> _new = [];
        private readonly List<EventColumns> _used = [];
        private readonly HashSet<(ProjectId, string, PropertyKind)> _asked = [];
        private readonly Dictionary<int, LedgerCounts> _counts = [];

        public IdentityChanges Identities { get; } = new();

        public bool TryAddUuid(ProjectId project, Guid uuid, long receivedAt) =>
            store.Discard || (!store._uuids.Contains((project.Value, uuid)) && _new.Add((project.Value, uuid)));

        public EventColumns Rows(ProjectId project)
        {
            if (!store._columns.TryGetValue(project, out var columns))
            {
                store._columns[project] = columns = new EventColumns(project);
            }

            if (!_used.Contains(columns))
            {
                columns.Clear();
                _used.Add(columns);
            }

            return columns;
        }

        public bool MayUseColumn(ProjectId project, ReadOnlySpan<byte> nameUtf8, PropertyKind kind)
        {
            var column = (project, Encoding.UTF8.GetString(nameUtf8), kind);
            if (_asked.Contains(column) || _asked.Count < store.MaxColumns)
            {
                _asked.Add(column);
                return true;
            }

            return false;
        }

        public void Count(ProjectId project, long received, long rejected, long duplicates)
        {
            var old = _counts.GetValueOrDefault(project.Value);
            _counts[project.Value] = old with
            {
                Received = old.Received + received, Rejected = old.Rejected + rejected, Duplicates = old.Duplicates + duplicates,
            };
        }

        public ValueTask CommitAsync(LogPosition next, CancellationToken cancellationToken)
        {
            store.CommitsByPoolThreads.Add(Thread.CurrentThread.IsThreadPoolThread);
            if (store.Failures.TryDequeue(out var failure))
            {
                return ValueTask.FromException(failure);
            }

            return store.Held.IsCompleted ? Commit(next) : CommitLaterAsync(next, cancellationToken);
        }

        public void Dispose()
        {
        }

        private async ValueTask CommitLaterAsync(LogPosition next, CancellationToken cancellationToken)
        {
            await store.Held.WaitAsync(cancellationToken);
            await Commit(next);
        }

        private ValueTask Commit(LogPosition next)
        {
            lock (store._lock)
            {
                Apply();
                store.Committed = next;
                store._committed.TrySetResult();
                store._committed = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            return ValueTask.CompletedTask;
        }

        private void Apply()
        {
            if (store.Discard)
            {
                return;
            }

            store._uuids.UnionWith(_new);
            foreach (var rows in _used)
            {
                var count = _counts.GetValueOrDefault(rows.Project.Value);
                _counts[rows.Project.Value] = count with { Stored = count.Stored + rows.Count };
                store.Rows.AddRange(Read(rows));
            }

            foreach (var (project, count) in _counts)
            {
                var old = store._ledger.GetValueOrDefault(project);
                store._ledger[project] = new LedgerCounts(
                    old.Received + count.Received, old.Stored + count.Stored, old.Duplicates + count.Duplicates, old.Rejected + count.Rejected);
            }

            foreach (var (project, id, key) in Identities.DistinctIds)
            {
                store._ids[(project.Value, id)] = key;
            }

            foreach (var (project, person) in Identities.Persons)
            {
                store._persons[(project.Value, person.Key)] = person;
                store.PersonWrites++;
            }

            foreach (var (project, from, to) in Identities.Merges)
            {
                store._merged[(project.Value, from)] = to;
                store._persons.Remove((project.Value, from));
                foreach (var id in store._ids.Where(i => i.Key.Item1 == project.Value && i.Value == from).Select(i => i.Key).ToList())
                {
                    store._ids[id] = to;
                }
            }
        }

        private static IEnumerable<StoredRow> Read(EventColumns rows)
        {
            for (var row = 0; row < rows.Count; row++)
            {
                var properties = new Dictionary<string, object>();
                foreach (var column in rows.Properties)
                {
                    var at = column.Rows.BinarySearch(row);
                    if (at >= 0)
                    {
                        properties[column.ColumnName] = column.Kind switch
                        {
                            PropertyKind.Number => column.Numbers[at],
                            PropertyKind.Boolean => column.Booleans[at],
                            _ => Encoding.UTF8.GetString(rows.Text(column.Texts[at])),
                        };
                    }
                }

                yield return new StoredRow(
                    rows.Project.Value, rows.Uuid[row], Encoding.UTF8.GetString(rows.Text(rows.Event[row])),
                    Encoding.UTF8.GetString(rows.Text(rows.DistinctId[row])), rows.PersonKey[row],
                    rows.SessionId[row].IsNull ? null : Encoding.UTF8.GetString(rows.Text(rows.SessionId[row])),
                    rows.Timestamp[row], properties);
            }
        }
    }
}

internal sealed class FakeDirectory : IProjectDirectory
{
    public bool KeepIp { get; set; }

    public IReadOnlyList<string> Dropped { get; set; } = [];

    public IReadOnlyCollection<ProjectInfo> All => [];

    public bool TryGetByWriteKey(ReadOnlySpan<byte> writeKey, out ProjectInfo project) => TryGet(new ProjectId(1), out project);

    public bool TryGetByDomain(ReadOnlySpan<byte> domain, out ProjectInfo project) => TryGet(new ProjectId(1), out project);

    public bool TryGet(ProjectId id, out ProjectInfo project)
    {
        project = new ProjectInfo(id, "test", TimeZoneInfo.Utc, false, KeepIp, []) { DroppedProperties = Dropped };
        return true;
    }

    public ValueTask RefreshAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;
}
