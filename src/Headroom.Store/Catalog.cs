// The catalog is an SQLite file, or a schema of a PostgreSQL database. What it lists counts; nothing else does. One
// transaction for each batch.
//
//   meta            what tells this catalog from others, where the database does not
//   log_offsets     for each log that was ever taken in, by its name, the offset to read next of each partition
//   projects        ledger counts, data version, last person key
//   columns         (project, name, kind) → a small id, so that a segment's columns are a list of ints
//   segments        the valid segments
//   override_files  the valid files of merges
//   person_columns  as columns, of the properties of persons
//   person_files    the valid files of persons
//   seen_files      the valid files of uuids
//   removals        persons whose removal is not closed: their keys, and their distinct ids until it is done
//   identities, persons, overrides
//
// Invariants: overrides are never chained (no to_key is a from_key of the same project); a file is durable before
// a row names it. The format counts the steps below: a newer one is refused, an older one is raised step by step.
//
// Tables and statements are the same in both databases: parameters are $1 to $n by position, numbers are 64 bits wide,
// and what differs is in SqliteCatalog.cs and Postgres/PostgresCatalog.cs.

using System.Collections.Immutable;
using System.Data.Common;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;
using Headroom.Core;
using Headroom.Store.Postgres;
using Microsoft.Extensions.Logging;

namespace Headroom.Store;

internal sealed record NewSegment(
    long Id, ProjectId Project, int Level, SegmentExtent Extent, long Bytes, long Checksum, long LogFrom, long LogTo, int[] Columns, string Path);

internal sealed record NewFile(long Id, long Rows, long Bytes, long Checksum, long MaxReceived, string Path);

internal sealed record NewColumn(ProjectId Project, int Id, PropertyColumnKey Key);

internal sealed record NewPersonFile(long Id, ProjectId Project, int Level, long Rows, long Bytes, long Checksum, int[] Columns, string Path);

/// <summary>What counts, as a process that only reads has found it.</summary>
/// <param name="New">Files that were not known before.</param>
internal sealed record FollowedState(StoreState State, IReadOnlyList<(string Path, long Bytes, long Checksum)> New);

/// <param name="Next">What counts now; null where that is what was known.</param>
/// <param name="AsOf">When what counts now, as far as is known, was the newest: a timestamp of the catalog's clock.</param>
/// <param name="Problem">Why that is not known of later; null where it is recent.</param>
internal readonly record struct Followed(FollowedState? Next, long AsOf, StoreUnavailableException? Problem);

/// <summary>A server that the catalog may be read from.</summary>
/// <param name="AsOf">When what it shows was the newest; null where that was never known.</param>
internal sealed record CatalogServer(string Name, bool IsReplica, bool IsRead, long? AsOf);

internal readonly record struct Override(ProjectId Project, long FromKey, long ToKey);

/// <summary>The catalog's one writing connection. Callers hold <see cref="Gate"/> for every change, and <see cref="Looking"/> for every look.</summary>
internal abstract class Catalog : IDisposable
{
    public const int Format = 4;

    private const string First = """
        CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE projects (
            project INTEGER PRIMARY KEY, received INTEGER NOT NULL, stored INTEGER NOT NULL, duplicates INTEGER NOT NULL,
            rejected INTEGER NOT NULL, data_version INTEGER NOT NULL, last_person_key INTEGER NOT NULL);
        CREATE TABLE columns (
            project INTEGER NOT NULL, id INTEGER NOT NULL, name NAME NOT NULL, kind INTEGER NOT NULL,
            PRIMARY KEY (project, id)) WITHOUT ROWID;
        CREATE TABLE segments (
            id INTEGER PRIMARY KEY, project INTEGER NOT NULL, level INTEGER NOT NULL, rows INTEGER NOT NULL,
            bytes INTEGER NOT NULL, checksum INTEGER NOT NULL, min_timestamp INTEGER NOT NULL, max_timestamp INTEGER NOT NULL,
            min_received INTEGER NOT NULL, max_received INTEGER NOT NULL, log_from INTEGER NOT NULL, log_to INTEGER NOT NULL,
            columns BLOB NOT NULL);
        CREATE TABLE override_files (
            id INTEGER PRIMARY KEY, project INTEGER NOT NULL, rows INTEGER NOT NULL, bytes INTEGER NOT NULL, checksum INTEGER NOT NULL);
        CREATE TABLE seen_files (
            id INTEGER PRIMARY KEY, level INTEGER NOT NULL, keys INTEGER NOT NULL, bytes INTEGER NOT NULL, checksum INTEGER NOT NULL,
            max_received INTEGER NOT NULL);
        CREATE TABLE identities (
            project INTEGER NOT NULL, distinct_id NAME NOT NULL, person_key INTEGER NOT NULL,
            PRIMARY KEY (project, distinct_id)) WITHOUT ROWID;
        CREATE INDEX identities_by_person ON identities (project, person_key);
        CREATE TABLE persons (
            project INTEGER NOT NULL, key INTEGER NOT NULL, uuid BLOB NOT NULL, created_at INTEGER NOT NULL,
            identified INTEGER NOT NULL, properties TEXT NOT NULL, PRIMARY KEY (project, key));
        CREATE TABLE overrides (
            project INTEGER NOT NULL, from_key INTEGER NOT NULL, to_key INTEGER NOT NULL,
            PRIMARY KEY (project, from_key)) WITHOUT ROWID;
        CREATE INDEX overrides_by_target ON overrides (project, to_key);
        """;

    /// <summary>Files of persons.</summary>
    private const string Second = """
        CREATE TABLE person_columns (
            project INTEGER NOT NULL, id INTEGER NOT NULL, name NAME NOT NULL, kind INTEGER NOT NULL,
            PRIMARY KEY (project, id)) WITHOUT ROWID;
        CREATE TABLE person_files (
            id INTEGER PRIMARY KEY, project INTEGER NOT NULL, level INTEGER NOT NULL, rows INTEGER NOT NULL,
            bytes INTEGER NOT NULL, checksum INTEGER NOT NULL, columns BLOB NOT NULL);
        """;

    /// <summary>Removing data.</summary>
    private const string Third = """
        ALTER TABLE projects ADD COLUMN removed_by_retention INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE projects ADD COLUMN removed_by_deletion INTEGER NOT NULL DEFAULT 0;
        CREATE TABLE removals (
            id BLOB PRIMARY KEY, project INTEGER NOT NULL, person_keys BLOB NOT NULL, distinct_ids TEXT NOT NULL, forgotten INTEGER NOT NULL,
            events INTEGER NOT NULL, segments INTEGER NOT NULL, done INTEGER NOT NULL) WITHOUT ROWID;
        """;

    /// <summary>Logs of several partitions, and another log than the embedded one.</summary>
    private const string Fourth = """
        CREATE TABLE log_offsets (
            log TEXT NOT NULL, partition INTEGER NOT NULL, next_offset INTEGER NOT NULL, PRIMARY KEY (log, partition)) WITHOUT ROWID;
        INSERT INTO log_offsets SELECT 'embedded', 0, value FROM meta WHERE key = 'committed_offset';
        DELETE FROM meta WHERE key = 'committed_offset';
        """;

    /// <summary>
    /// What raises the format by one each; a new catalog takes all. In SQLite's words, and NAME for texts of senders, which may hold
    /// any character; each database translates.
    /// </summary>
    internal static readonly string[] Steps = [First, Second, Third, Fourth];

    /// <summary>Held around every change: the connection serves the Writer and the compaction.</summary>
    public Lock Gate { get; } = new();

    /// <summary>Told how long a look waited for a connection, where it takes one from a pool.</summary>
    public Action<TimeSpan>? Waited { get; set; }

    /// <summary>Told how long a server was read, the answer's way included, and whether it was a replica; where there are servers.</summary>
    public Action<TimeSpan, bool>? WasRead { get; set; }

    /// <summary>Whether it is not known if the last transaction counts; <see cref="Settle"/> finds out.</summary>
    public virtual bool IsUncertain => false;

    /// <summary>Whether what was rolled back never counts, whatever happens to the machine; else a start may find that it does.</summary>
    public virtual bool RollsBackForGood => false;

    /// <summary>Whether there is no way to it now, as far as is known; <see cref="Settle"/> looks for one.</summary>
    public virtual bool IsAway => false;

    /// <summary>Where it has replicas: all that a process that only reads may read from.</summary>
    public virtual IReadOnlyList<CatalogServer> Servers => [];

    /// <summary>How often reading has gone from a replica back to the server that is written to.</summary>
    public virtual long Fallbacks => 0;

    /// <summary>Why no replica is read although there are some, and since when; null where one is.</summary>
    public virtual (string Text, DateTimeOffset Since)? Fallback => null;

    /// <exception cref="InvalidDataException">It is damaged, of a newer format, or of another data directory.</exception>
    public static Catalog Open(StoreOptions options, StoreFiles files)
    {
        if (options.Postgres is not { } postgres)
        {
            CatalogMark.RequireNone(files);
            return SqliteCatalog.Open(files.Catalog);
        }

        return OpenPostgres(postgres, files);
    }

    /// <summary>For a process that only reads.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static Catalog OpenToRead(StoreOptions options, TimeProvider time, ILogger logger) => PostgresCatalog.OpenToRead(
        options.Postgres ?? throw new InvalidOperationException("A process that only reads the store needs Headroom:Catalog=postgres."), time, logger);

    /// <summary>Apart, so that a process with a file needs nothing of the other in memory.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static PostgresCatalog OpenPostgres(PostgresCatalogOptions options, StoreFiles files)
    {
        CatalogMark.RequireNoFile(files);
        var catalog = PostgresCatalog.Open(options);
        try
        {
            CatalogMark.Require(files, catalog.Id);
            return catalog;
        }
        catch
        {
            catalog.Dispose();
            throw;
        }
    }

    /// <summary>Everything that counts. Files are only named here, not opened.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    /// <param name="log">The log whose place is asked for.</param>
    public abstract StoreState Load(StoreFiles files, string log);

    /// <summary>For a process that only reads: everything that counts, where it is not what is known. Never what counted before that.</summary>
    /// <param name="known">What was read before; null at first.</param>
    /// <param name="newest">Whether what counts at this moment is asked for, where a replica's would do else.</param>
    /// <exception cref="StoreUnavailableException">It could not be asked.</exception>
    /// <exception cref="InvalidDataException">It is not the catalog that was read before, or of another format.</exception>
    public virtual Followed Follow(StoreFiles files, string log, StoreState? known, bool newest = false) =>
        throw new NotSupportedException("The catalog of one process is followed by no other.");

    /// <summary>Every file that counts, by where it belongs.</summary>
    public IReadOnlyList<(string Path, long Bytes, long Checksum)> Files(StoreFiles files)
    {
        var all = new List<(string, long, long)>();
        Add("segments", "project", SegmentPath);
        Add("override_files", "project", OverridePath);
        Add("person_files", "project", PersonPath);
        Add("seen_files", "0", static (store, _, id) => SeenPath(store, id));
        return all;

        void Add(string table, string project, Func<StoreFiles, ProjectId, long, string> pathOf) => Read(
            $"SELECT id, {project}, bytes, checksum FROM {table}",
            row => all.Add((pathOf(files, new ProjectId(row.GetInt32(1)), row.GetInt64(0)), row.GetInt64(2), row.GetInt64(3))));
    }

    protected StoreState LoadAll(StoreFiles files, string log)
    {
        var projects = new Dictionary<ProjectId, ProjectState>();
        Read("""
            SELECT project, received, stored, duplicates, rejected, data_version, last_person_key, removed_by_retention, removed_by_deletion FROM projects
            """, row =>
        {
            var id = new ProjectId(row.GetInt32(0));
            projects[id] = new ProjectState(id)
            {
                Ledger = new LedgerCounts(row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4))
                {
                    RemovedByRetention = row.GetInt64(7),
                    RemovedByDeletion = row.GetInt64(8),
                },
                DataVersion = row.GetInt64(5),
                Changes = new ProjectChanges { KnownSince = row.GetInt64(5) },
                LastPersonKey = row.GetInt64(6),
            };
        });

        var columns = Columns("SELECT project, id, name, kind FROM columns");
        var personColumns = Columns("SELECT project, id, name, kind FROM person_columns");

        long lastId = 0;
        var segments = new Dictionary<ProjectId, List<Segment>>();
        Read("""
            SELECT id, project, level, rows, bytes, checksum, min_timestamp, max_timestamp, min_received, max_received, log_from, log_to, columns
            FROM segments ORDER BY id
            """, row =>
        {
            var project = new ProjectId(row.GetInt32(1));
            var id = row.GetInt64(0);
            lastId = Math.Max(lastId, id);
            ListOf(segments, project).Add(new Segment(
                id, project, row.GetInt32(2),
                new SegmentExtent(row.GetInt64(3), row.GetInt64(6), row.GetInt64(7), row.GetInt64(8), row.GetInt64(9)),
                row.GetInt64(4), row.GetInt64(5), row.GetInt64(10), row.GetInt64(11),
                MemoryMarshal.Cast<byte, int>((byte[])row.GetValue(12)).ToArray(),
                new SharedFile(SegmentPath(files, project, id), files)));
        });

        var overrides = new Dictionary<ProjectId, List<OverrideFile>>();
        Read("SELECT id, project, rows FROM override_files ORDER BY id", row =>
        {
            var project = new ProjectId(row.GetInt32(1));
            var id = row.GetInt64(0);
            lastId = Math.Max(lastId, id);
            ListOf(overrides, project).Add(new OverrideFile(id, project, row.GetInt64(2), new SharedFile(OverridePath(files, project, id), files)));
        });

        var persons = new Dictionary<ProjectId, List<PersonFile>>();
        Read("SELECT id, project, level, rows, columns FROM person_files ORDER BY id", row =>
        {
            var project = new ProjectId(row.GetInt32(1));
            var id = row.GetInt64(0);
            lastId = Math.Max(lastId, id);
            ListOf(persons, project).Add(new PersonFile(
                id, project, row.GetInt32(2), row.GetInt64(3), MemoryMarshal.Cast<byte, int>((byte[])row.GetValue(4)).ToArray(),
                new SharedFile(PersonPath(files, project, id), files)));
        });

        var seen = ImmutableArray.CreateBuilder<SeenFile>();
        Read("SELECT id, level FROM seen_files ORDER BY id DESC", row =>
        {
            var id = row.GetInt64(0);
            lastId = Math.Max(lastId, id);
            seen.Add(SeenFile.Open(id, row.GetInt32(1), SeenPath(files, id), files));
        });

        foreach (var (id, state) in projects)
        {
            var own = columns.GetValueOrDefault(id) ?? [];
            var ofPersons = personColumns.GetValueOrDefault(id) ?? [];
            projects[id] = state with
            {
                Segments = [.. segments.GetValueOrDefault(id) ?? []],
                Overrides = [.. overrides.GetValueOrDefault(id) ?? []],
                Persons = [.. persons.GetValueOrDefault(id) ?? []],
                PersonColumns = ImmutableDictionary.CreateRange(ofPersons),
                PersonColumnKeys = ImmutableHashSet.CreateRange(ofPersons.ConvertAll(static c => c.Key)),
                Columns = ImmutableDictionary.CreateRange(own),
                ColumnKeys = ImmutableHashSet.CreateRange(own.ConvertAll(static c => c.Key)),
            };
        }

        var removals = ImmutableDictionary.CreateBuilder<Guid, Removal>();
        Read("SELECT id, project, person_keys, distinct_ids, forgotten, events, segments, done FROM removals", row =>
        {
            var id = new Guid((byte[])row.GetValue(0), bigEndian: true);
            var keys = MemoryMarshal.Cast<byte, long>((byte[])row.GetValue(2)).ToArray();
            removals.Add(id, new Removal(
                new PersonRemoval(id, new ProjectId(row.GetInt32(1)), keys, row.GetInt32(4), row.GetInt64(5), row.GetInt32(6), row.GetInt64(7) != 0),
                [.. JsonSerializer.Deserialize<string[]>(row.GetString(3))!]));
        });

        LogPosition committed = default;
        Read(
            "SELECT partition, next_offset FROM log_offsets WHERE log = $1 ORDER BY partition DESC",
            row => committed = committed.With(row.GetInt32(0), row.GetInt64(1)), log);
        return new StoreState
        {
            Projects = projects.ToImmutableDictionary(),
            Seen = seen.ToImmutable(),
            Removals = removals.ToImmutable(),
            Committed = committed,
            NextFileId = lastId + 1,
        };
    }

    /// <exception cref="InvalidDataException">The format is a newer one.</exception>
    public static void RequireKnown(long format, string path)
    {
        if (format > Format)
        {
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture,
                $"{path} has catalog format {format}; this version of Headroom reads up to {Format}. Start the newer version, or restore a backup made before the upgrade."));
        }
    }

    public static string SegmentPath(StoreFiles files, ProjectId project, long id) =>
        Path.Combine(files.Segments, project.ToString(), id.ToString(CultureInfo.InvariantCulture) + ".parquet");

    public static string OverridePath(StoreFiles files, ProjectId project, long id) =>
        Path.Combine(files.Overrides, project.ToString(), id.ToString(CultureInfo.InvariantCulture) + ".parquet");

    public static string PersonPath(StoreFiles files, ProjectId project, long id) =>
        Path.Combine(files.Persons, project.ToString(), id.ToString(CultureInfo.InvariantCulture) + ".parquet");

    public static string SeenPath(StoreFiles files, long id) =>
        Path.Combine(files.Seen, id.ToString(CultureInfo.InvariantCulture) + ".seen");

    public abstract void Begin();

    /// <summary>Makes all since <see cref="Begin"/> count. Where it throws, nothing does, unless it <see cref="IsUncertain"/>.</summary>
    public abstract void Commit();

    public abstract void Rollback();

    /// <summary>Whether the last transaction, of which that was not known, counts. Throws while that cannot be found out.</summary>
    public virtual bool Settle() => false;

    /// <summary>Which process has taken the writing over from this one; null where none has, or where that cannot be found out now. May be asked at any time.</summary>
    public virtual string? TakenOverBy() => null;

    /// <summary>Held around looks, which are made by whatever thread asks.</summary>
    public virtual Lock.Scope Looking() => Gate.EnterScope();

    /// <summary>Sets the offsets that have changed.</summary>
    public void SetCommitted(string log, LogPosition before, LogPosition now)
    {
        for (var p = 0; p < now.Partitions; p++)
        {
            if (p >= before.Partitions || now[p] != before[p])
            {
                Run("INSERT INTO log_offsets VALUES ($1, $2, $3) ON CONFLICT (log, partition) DO UPDATE SET next_offset = excluded.next_offset", log, (long)p, now[p]);
            }
        }
    }

    /// <summary>What tells this catalog from every other.</summary>
    public abstract long Identity();

    public virtual void Put(ProjectState project) => Run(
        """
        INSERT INTO projects VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (project) DO UPDATE SET
            received = excluded.received, stored = excluded.stored, duplicates = excluded.duplicates, rejected = excluded.rejected,
            data_version = excluded.data_version, last_person_key = excluded.last_person_key,
            removed_by_retention = excluded.removed_by_retention, removed_by_deletion = excluded.removed_by_deletion
        """,
        project.Project.Value, project.Ledger.Received, project.Ledger.Stored, project.Ledger.Duplicates, project.Ledger.Rejected,
        project.DataVersion, project.LastPersonKey, project.Ledger.RemovedByRetention, project.Ledger.RemovedByDeletion);

    public void Add(NewColumn column) =>
        Run("INSERT INTO columns VALUES ($1, $2, $3, $4)", column.Project.Value, column.Id, Name(column.Key.Name), (int)column.Key.Kind);

    public void Add(NewSegment s) => Run(
        "INSERT INTO segments VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        s.Id, s.Project.Value, s.Level, s.Extent.Rows, s.Bytes, s.Checksum, s.Extent.MinTimestamp, s.Extent.MaxTimestamp,
        s.Extent.MinReceived, s.Extent.MaxReceived, s.LogFrom, s.LogTo, MemoryMarshal.AsBytes<int>(s.Columns).ToArray());

    public void RemoveSegment(long id) => Run("DELETE FROM segments WHERE id = $1", id);

    public void AddOverrides(ProjectId project, NewFile file) =>
        Run("INSERT INTO override_files VALUES ($1, $2, $3, $4, $5)", file.Id, project.Value, file.Rows, file.Bytes, file.Checksum);

    public void RemoveOverrides(long id) => Run("DELETE FROM override_files WHERE id = $1", id);

    public void AddPersonColumn(NewColumn column) =>
        Run("INSERT INTO person_columns VALUES ($1, $2, $3, $4)", column.Project.Value, column.Id, Name(column.Key.Name), (int)column.Key.Kind);

    public void AddPersons(NewPersonFile file) => Run(
        "INSERT INTO person_files VALUES ($1, $2, $3, $4, $5, $6, $7)",
        file.Id, file.Project.Value, file.Level, file.Rows, file.Bytes, file.Checksum, MemoryMarshal.AsBytes<int>(file.Columns).ToArray());

    public void RemovePersons(long id) => Run("DELETE FROM person_files WHERE id = $1", id);

    public void AddSeen(int level, NewFile file) => Run(
        "INSERT INTO seen_files VALUES ($1, $2, $3, $4, $5, $6)", file.Id, level, file.Rows, file.Bytes, file.Checksum, file.MaxReceived);

    public void RemoveSeen(long id) => Run("DELETE FROM seen_files WHERE id = $1", id);

    public abstract void SetIdentity(ProjectId project, string distinctId, long key);

    public virtual void Put(ProjectId project, Person person) => Run(
        """
        INSERT INTO persons VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (project, key) DO UPDATE SET
            uuid = excluded.uuid, created_at = excluded.created_at, identified = excluded.identified, properties = excluded.properties
        """,
        project.Value, person.Key, person.Uuid.ToByteArray(bigEndian: true), person.CreatedAt, person.IsIdentified ? 1 : 0, person.Properties);

    /// <summary>Moves the distinct ids of a merged person and removes its row.</summary>
    public void Absorb(ProjectId project, long fromKey, long toKey)
    {
        Run("UPDATE identities SET person_key = $3 WHERE project = $1 AND person_key = $2", project.Value, fromKey, toKey);
        Run("DELETE FROM persons WHERE project = $1 AND key = $2", project.Value, fromKey);
    }

    public void Put(in Override o) => Run(
        "INSERT INTO overrides VALUES ($1, $2, $3) ON CONFLICT (project, from_key) DO UPDATE SET to_key = excluded.to_key",
        o.Project.Value, o.FromKey, o.ToKey);

    /// <summary>Removes the row and the distinct ids of a person.</summary>
    public void Forget(ProjectId project, long key)
    {
        Run("DELETE FROM identities WHERE project = $1 AND person_key = $2", project.Value, key);
        Run("DELETE FROM persons WHERE project = $1 AND key = $2", project.Value, key);
    }

    public void Put(Removal removal) => Run(
        """
        INSERT INTO removals VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO UPDATE SET
            distinct_ids = excluded.distinct_ids, events = excluded.events, segments = excluded.segments, done = excluded.done
        """,
        removal.Person.Id.ToByteArray(bigEndian: true), removal.Person.Project.Value,
        MemoryMarshal.AsBytes<long>([.. removal.Person.Keys]).ToArray(), JsonSerializer.Serialize(removal.Ids.AsEnumerable()),
        removal.Person.DistinctIds, removal.Person.Events, removal.Person.Segments, removal.Person.IsDone ? 1 : 0);

    public void RemoveRemoval(Guid id) => Run("DELETE FROM removals WHERE id = $1", id.ToByteArray(bigEndian: true));

    /// <summary>Whether what is deleted from here on is to leave nothing behind in the files, as far as the database can do that.</summary>
    public abstract void OverwriteDeleted(bool on);

    /// <summary>Takes what was deleted out of the files that the database writes ahead, as far as it can do that. Outside a transaction.</summary>
    public abstract void EmptyWriteAhead();

    public long? OverrideOf(ProjectId project, long key)
    {
        long? result = null;
        Read("SELECT to_key FROM overrides WHERE project = $1 AND from_key = $2", row => result = row.GetInt64(0), project.Value, key);
        return result;
    }

    public List<long> MergedInto(ProjectId project, long key)
    {
        var result = new List<long>();
        Read("SELECT from_key FROM overrides WHERE project = $1 AND to_key = $2", row => result.Add(row.GetInt64(0)), project.Value, key);
        return result;
    }

    public abstract long? PersonKey(ProjectId project, string distinctId);

    /// <summary>The person keys of those distinct ids that have one. Outside a transaction.</summary>
    public abstract Dictionary<string, long> PersonKeys(ProjectId project, IReadOnlyCollection<string> distinctIds);

    public List<string> DistinctIds(ProjectId project, long key, int most)
    {
        var result = new List<string>();
        Read("SELECT distinct_id FROM identities WHERE project = $1 AND person_key = $2 ORDER BY distinct_id LIMIT $3", row => result.Add(NameOf(row, 0)), project.Value, key, most);
        return result;
    }

    public Person? Person(ProjectId project, long key)
    {
        Person? result = null;
        Read("SELECT key, uuid, created_at, identified, properties FROM persons WHERE project = $1 AND key = $2", row => result = Person(row), project.Value, key);
        return result;
    }

    /// <summary>The rows of those persons that have one, with one round trip; null where there are none to save.</summary>
    public virtual Dictionary<long, Person>? Persons(ProjectId project, IReadOnlyCollection<long> keys) => null;

    /// <summary>The first persons with a higher key, by key.</summary>
    public List<Person> PersonsAfter(ProjectId project, long key, int most)
    {
        var result = new List<Person>();
        Read("SELECT key, uuid, created_at, identified, properties FROM persons WHERE project = $1 AND key > $2 ORDER BY key LIMIT $3",
            row => result.Add(Person(row)), project.Value, key, most);
        return result;
    }

    public abstract void Dispose();

    /// <summary>Runs a change within the transaction.</summary>
    protected abstract void Run(string sql, params ReadOnlySpan<object> values);

    protected abstract void Read(string sql, Action<DbDataReader> row, params ReadOnlySpan<object> values);

    /// <summary>A text of a sender as the database keeps it.</summary>
    protected abstract object Name(string text);

    protected abstract string NameOf(DbDataReader row, int column);

    protected static Person Person(DbDataReader row) =>
        new(row.GetInt64(0), new Guid((byte[])row.GetValue(1), bigEndian: true), row.GetInt64(2), row.GetInt64(3) != 0, row.GetString(4));

    private Dictionary<ProjectId, List<KeyValuePair<PropertyColumnKey, int>>> Columns(string sql)
    {
        var columns = new Dictionary<ProjectId, List<KeyValuePair<PropertyColumnKey, int>>>();
        Read(sql, row => ListOf(columns, new ProjectId(row.GetInt32(0)))
            .Add(new(new PropertyColumnKey(NameOf(row, 2), (PropertyKind)row.GetInt32(3)), row.GetInt32(1))));
        return columns;
    }

    protected static List<T> ListOf<T>(Dictionary<ProjectId, List<T>> map, ProjectId key)
    {
        ref var list = ref CollectionsMarshal.GetValueRefOrAddDefault(map, key, out _);
        return list ??= [];
    }
}
