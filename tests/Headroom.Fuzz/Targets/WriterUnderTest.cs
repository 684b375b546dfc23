using Headroom.App.Shared;
using Headroom.App.Writing;
using Headroom.App.Writing.Enrichment;
using Headroom.Core;
using Microsoft.Extensions.Options;

namespace Headroom.Fuzz.Targets;

/// <summary>The Writer's reading of records, over a store that knows nobody and keeps nothing.</summary>
internal sealed class WriterUnderTest : IEventStore
{
    /// <summary>It remembers names and visitors, so it is made anew now and then.</summary>
    private const int RecordsOfOne = 500;
    private const int MaxColumns = 200;
    private readonly CaughtExceptions<BatchBuilder> _caught = new();
    private BatchBuilder? _builder;
    private int _records;

    public LogPosition Committed => default;

    public StoreHealth Health => new(null, null, 0, 0, false);

    /// <summary>Takes one record as a batch of its own; how many of its events became rows.</summary>
    /// <param name="caught">What it found unreadable; null where nothing.</param>
    public int Write(ReadOnlyMemory<byte> record, out Exception? caught)
    {
        if (_builder is null || ++_records == RecordsOfOne)
        {
            _records = 0;
            _builder = new BatchBuilder(
                this, new TwoProjects(), new Geo(Options.Create(new GeoOptions())), new IngestionProblems(), FixedTime.Instance,
                Options.Create(new WritingOptions { VisitorCache = 1000 }), _caught);
        }

        _caught.First = null;
        using var batch = new Batch();
        _builder.Begin(batch);
        _builder.Add(new LogRecord(0, record.Length, record));
        _builder.Finish();
        var rows = batch.RowCount;
        Law.Holds(batch.Received == batch.Duplicates + batch.Rejected + rows, "The ledger adds up.");
        _builder.Reset();
        caught = _caught.First;
        return rows;
    }

    public IStoreBatch BeginBatch() => new Batch();

    public IReadOnlyDictionary<string, long> FindPersons(ProjectId project, IReadOnlyCollection<string> distinctIds) => new Dictionary<string, long>();

    public Person? GetPerson(ProjectId project, long key) => null;

    public long LastPersonKey(ProjectId project) => 0;

    public ValueTask<long> ReadOpenSessionsAsync(long since, IOpenSessionSink sink, CancellationToken cancellationToken) => ValueTask.FromResult(0L);

    public LedgerCounts Ledger(ProjectId project) => default;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Batch : IStoreBatch
    {
        private readonly Dictionary<ProjectId, EventColumns> _rows = [];
        private readonly HashSet<Guid> _uuids = [];
        private readonly HashSet<(string, PropertyKind)> _columns = [];

        public IdentityChanges Identities { get; } = new();

        public long Received { get; private set; }

        public long Rejected { get; private set; }

        public long Duplicates { get; private set; }

        public int RowCount => _rows.Values.Sum(static rows => rows.Count);

        public bool TryAddUuid(ProjectId project, Guid uuid, long receivedAt) => _uuids.Add(uuid);

        public EventColumns Rows(ProjectId project)
        {
            if (!_rows.TryGetValue(project, out var rows))
            {
                _rows[project] = rows = new EventColumns(project);
            }

            return rows;
        }

        public bool MayUseColumn(ProjectId project, ReadOnlySpan<byte> nameUtf8, PropertyKind kind)
        {
            var column = (System.Text.Encoding.UTF8.GetString(nameUtf8), kind);
            return _columns.Contains(column) || (_columns.Count < MaxColumns && _columns.Add(column));
        }

        public void Count(ProjectId project, long received, long rejected, long duplicates) =>
            (Received, Rejected, Duplicates) = (Received + received, Rejected + rejected, Duplicates + duplicates);

        public ValueTask CommitAsync(LogPosition next, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public void Dispose()
        {
            // Nothing is kept.
        }
    }
}
