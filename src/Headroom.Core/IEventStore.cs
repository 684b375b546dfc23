namespace Headroom.Core;

/// <summary>
/// The event store's write side, for its one Writer. A batch counts as a whole or not at all: its rows, the ledger's
/// counts, the identities, the uuids seen and the place in the log commit in one transaction.
/// </summary>
public interface IEventStore : IAsyncDisposable
{
    /// <summary>The place in the log up to which everything is committed; the start for a store that has taken in nothing of it.</summary>
    LogPosition Committed { get; }

    /// <summary>
    /// Begins a batch. One at a time; dispose it without committing to drop it without a trace. Throws <see cref="StoreUnavailableException"/> where
    /// it turns out that the batch before was committed after all: <see cref="Committed"/> is another then.
    /// </summary>
    IStoreBatch BeginBatch();

    /// <summary>What is known of each distinct id asked for; unknown ones are absent from the result.</summary>
    IReadOnlyDictionary<string, long> FindPersons(ProjectId project, IReadOnlyCollection<string> distinctIds);

    /// <summary>A person's row, or null where the key has none (personless, or merged away).</summary>
    Person? GetPerson(ProjectId project, long key);

    /// <summary>
    /// The rows of those persons that have one, read together; null where the store reads one as fast as it reads one of many.
    /// </summary>
    IReadOnlyDictionary<long, Person>? GetPersons(ProjectId project, IReadOnlyCollection<long> keys) => null;

    /// <summary>The highest person key in use; 0 for none.</summary>
    long LastPersonKey(ProjectId project);

    /// <summary>
    /// The sessions that may still be going on: for each distinct id with an event in [since, ∞), the last session id,
    /// that session's first and last event. Read from the segments before the Writer's first batch. Returns how many.
    /// </summary>
    ValueTask<long> ReadOpenSessionsAsync(long since, IOpenSessionSink sink, CancellationToken cancellationToken);

    LedgerCounts Ledger(ProjectId project);

    StoreHealth Health { get; }
}

/// <summary>One batch of the Writer. Not safe for concurrent use.</summary>
public interface IStoreBatch : IDisposable
{
    /// <summary>
    /// Notes an event's uuid. False when the project has it already, in this batch or committed within at least
    /// the last 24 hours of arrivals: a duplicate, which must not become a row.
    /// </summary>
    bool TryAddUuid(ProjectId project, Guid uuid, long receivedAt);

    /// <summary>The rows of a project in this batch, empty at first.</summary>
    EventColumns Rows(ProjectId project);

    /// <summary>False when the project has as many property columns as it may have and this would be a new one.</summary>
    bool MayUseColumn(ProjectId project, ReadOnlySpan<byte> nameUtf8, PropertyKind kind);

    /// <summary>Adds to the ledger of a project. Stored rows are counted by the store itself.</summary>
    void Count(ProjectId project, long received, long rejected, long duplicates);

    /// <summary>Changes of identities that commit with this batch.</summary>
    IdentityChanges Identities { get; }

    /// <summary>
    /// Makes the batch count, with the place from which the log is to be read next. Throws
    /// <see cref="StoreUnavailableException"/> where nothing was committed, or where that is not known yet, and trying again may help: committing this
    /// batch once more, or beginning another from <see cref="IEventStore.Committed"/>, counts everything once.
    /// </summary>
    ValueTask CommitAsync(LogPosition next, CancellationToken cancellationToken);
}

/// <summary>The event store's read side. Safe for concurrent use.</summary>
public interface IEventReader
{
    /// <summary>The property columns and the extent of a project's data now.</summary>
    ProjectSchema Schema(ProjectId project);

    /// <summary>Runs a compiled query within its bounds. Throws <see cref="QueryRefusedException"/> past a bound.</summary>
    ValueTask<QueryRows> QueryAsync(StoreQuery query, CancellationToken cancellationToken);

    /// <summary>
    /// Runs a compiled query within its bounds and hands its rows over as they are found. Throws
    /// <see cref="QueryRefusedException"/> past a bound, also after the sink was given a part.
    /// </summary>
    ValueTask<ScanSummary> ScanAsync(StoreQuery query, IColumnSink sink, CancellationToken cancellationToken);

    /// <summary>
    /// How many events there are of each name in each bucket, from counts that the store keeps beside the rows; null where it
    /// keeps none that tell it, and rows have to be counted.
    /// </summary>
    /// <param name="names">Null for all events.</param>
    /// <param name="bounds">Where each bucket begins, never descending, and the end of the last; unix microseconds.</param>
    ValueTask<EventTally?> CountAsync(ProjectId project, IReadOnlyList<string?> names, long[] bounds, CancellationToken cancellationToken);

    /// <summary>
    /// As <see cref="CountAsync"/>, of every name there is; null also where there are more names than <paramref name="mostNames"/>.
    /// </summary>
    ValueTask<IReadOnlyList<NamedTally>?> CountNamesAsync(ProjectId project, long[] bounds, int mostNames, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<NamedTally>?>(null);

    /// <summary>
    /// How many events of a name there are in each bucket by one of their texts, which a store may read from the column alone; null
    /// where it cannot, or where texts times buckets are more than <paramref name="mostCells"/>. Refuses as <see cref="ScanAsync"/> does.
    /// </summary>
    /// <param name="query">A statement that gives the rows to count: its project, range, buckets and bounds hold, and it is not run.</param>
    ValueTask<TextTally?> CountTextsAsync(StoreQuery query, string name, PropertyColumnKey text, int mostCells, CancellationToken cancellationToken) =>
        ValueTask.FromResult<TextTally?>(null);

    /// <summary>Between which events each property's columns were seen, known to the bounds of the store's files; empty where it keeps none.</summary>
    IReadOnlyDictionary<string, SeenSpan> PropertySpans(ProjectId project) => new Dictionary<string, SeenSpan>();

    /// <summary>The person of a distinct id, where it has a row.</summary>
    Person? FindPerson(ProjectId project, string distinctId);

    /// <summary>The person of a key, where it has a row; null for one that is personless or was merged away.</summary>
    Person? GetPerson(ProjectId project, long key) => null;

    /// <summary>Distinct ids of a person by their text, the first of them.</summary>
    IReadOnlyList<string> DistinctIds(ProjectId project, long key, int most) => [];

    /// <summary>The keys of distinct ids, of persons and of personless ones; those never seen are absent.</summary>
    IReadOnlyDictionary<string, long> FindPersons(ProjectId project, IReadOnlyCollection<string> distinctIds) =>
        distinctIds.Select(id => (Id: id, Person: FindPerson(project, id))).Where(static p => p.Person is not null)
            .DistinctBy(static p => p.Id).ToDictionary(static p => p.Id, static p => p.Person!.Key);

    /// <summary>
    /// What was changed after a version, for those who keep answers. A version that another process has seen first, or
    /// one from before this process, is answered with everything. A store that does not follow changes says so of each.
    /// </summary>
    DataChanges ChangedSince(ProjectId project, long version) =>
        Schema(project).DataVersion is var now && now == version ? DataChanges.None(now) : DataChanges.All(now);
}

/// <param name="Counts">For each name asked for, of each bucket.</param>
public sealed record EventTally(long[][] Counts, long DataVersion, TimeSpan Elapsed, int Segments);

/// <summary>How often events of one name came, by one of their texts.</summary>
/// <param name="Counts">For each bucket of those without a text, then of each of <paramref name="Texts"/>, by its number.</param>
public sealed record TextTally(TextCodes Texts, long[] Counts, long DataVersion, TimeSpan Elapsed, int Segments);

/// <summary>How often events of one name came.</summary>
/// <param name="Counts">In each bucket.</param>
/// <param name="Seen">The first and the last of them, each to a quarter of an hour.</param>
public sealed record NamedTally(string Name, long[] Counts, SeenSpan Seen);

/// <param name="First">Unix microseconds.</param>
/// <param name="Last">Unix microseconds.</param>
public readonly record struct SeenSpan(long First, long Last)
{
    public SeenSpan And(SeenSpan other) => new(Math.Min(First, other.First), Math.Max(Last, other.Last));
}

/// <summary>A person. Properties are a JSON object as text.</summary>
/// <param name="Key">Dense within the project, from 1.</param>
/// <param name="CreatedAt">Unix microseconds of the first event known.</param>
public sealed record Person(long Key, Guid Uuid, long CreatedAt, bool IsIdentified, string Properties);

/// <summary>What a batch changes of identities. Later entries win.</summary>
public sealed class IdentityChanges
{
    /// <summary>A distinct id belongs to a person key from now on.</summary>
    public List<(ProjectId Project, string DistinctId, long PersonKey)> DistinctIds { get; } = [];

    /// <summary>Persons new or changed, whole.</summary>
    public List<(ProjectId Project, Person Person)> Persons { get; } = [];

    /// <summary>
    /// Merges: events under FromKey count for ToKey, and so does everything that was merged into FromKey.
    /// The store moves the distinct ids of FromKey and removes its person row.
    /// </summary>
    public List<(ProjectId Project, long FromKey, long ToKey)> Merges { get; } = [];
}

/// <summary>Takes open sessions one after the other.</summary>
public interface IOpenSessionSink
{
    /// <param name="distinctId">UTF-8, valid until the method returns, as is the session id.</param>
    /// <param name="start">Unix microseconds of its first event known.</param>
    /// <param name="last">Unix microseconds of its last.</param>
    void Take(ProjectId project, ReadOnlySpan<byte> distinctId, ReadOnlySpan<byte> sessionId, long start, long last);
}

/// <summary>The committed part of the ledger: Received = Stored + Duplicates + Rejected, whatever was removed since.</summary>
public readonly record struct LedgerCounts(long Received, long Stored, long Duplicates, long Rejected)
{
    /// <summary>Of those stored, removed since because they were too old.</summary>
    public long RemovedByRetention { get; init; }

    /// <summary>Of those stored, removed since with a person.</summary>
    public long RemovedByDeletion { get; init; }
}

/// <param name="Problem">What is wrong and the way out, or null.</param>
/// <param name="Segments">Segments over all projects.</param>
/// <param name="Bytes">Their bytes.</param>
public sealed record StoreHealth(string? Problem, DateTimeOffset? Since, long Segments, long Bytes, bool CompactionBehind)
{
    /// <summary>Where something is wrong, in a process that does not write: everything is answered all the same, without what was stored last or from a server that others should spare.</summary>
    public bool IsDegraded { get; init; }
}

/// <summary>Nothing was committed, or it is not known yet whether it was, or nothing can be looked up; trying again may help. The message names the cause and the way out.</summary>
public sealed class StoreUnavailableException(string message, Exception? cause = null) : Exception(message, cause);
