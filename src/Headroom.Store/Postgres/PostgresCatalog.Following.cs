using System.Collections.Immutable;
using System.Data;
using System.Data.Common;
using System.Globalization;
using System.Runtime.InteropServices;
using Headroom.Core;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Headroom.Store.Postgres;

/// <summary>
/// Following: what another process writes, read without a session of its own. The version tells whether anything has changed. Where it has, one
/// snapshot gives all projects, the ids of all files, and the rest only of what is new.
/// </summary>
internal sealed partial class PostgresCatalog
{
    /// <summary>Changes that are kept of each project, twice that at most; who has fallen further behind takes all as changed.</summary>
    private const int KeptChanges = 512;

    /// <summary>In the column of merges. To a reader that does not know it removals are merges, which hold for more.</summary>
    private const int RemovalsOfMerges = 2;

    private const string ChangesTable = """
        CREATE TABLE IF NOT EXISTS catalog_changes (
            project BIGINT NOT NULL, version BIGINT NOT NULL, merges BIGINT NOT NULL, persons BIGINT NOT NULL, ranges BYTEA NOT NULL, PRIMARY KEY (project, version))
        """;

    /// <exception cref="IOException">It cannot be reached, refuses the user, or was not made yet.</exception>
    /// <exception cref="InvalidDataException">It is damaged, or of another format.</exception>
    public static PostgresCatalog OpenToRead(PostgresCatalogOptions options, TimeProvider time, ILogger logger)
    {
        var catalog = new PostgresCatalog(options, options.Replicas, time, logger);
        catalog._fenced = $"The catalog in {catalog._place} is only read by this process.";
        catalog.OpenBy(catalog.Recognise);
        return catalog;
    }

    /// <summary>Which catalog it is. What a replica shows is compared with it.</summary>
    private void Recognise()
    {
        using var connection = _primary.OpenToFollow();
        if (!Ask<bool>(connection, "SELECT to_regclass($1) IS NOT NULL AND to_regclass($2) IS NOT NULL", _schema + ".catalog_state", _schema + ".catalog_changes"))
        {
            throw new SessionRefusedException(
                $"There is no catalog that can be followed in {_place}. The process with the role writer, of this version, makes it: start that one first, or correct Headroom:Postgres:ConnectionString or CatalogSchema.");
        }

        RequireTables(connection);
        Id = Ask<Guid>(connection, "SELECT catalog FROM catalog_state");
        See(_time.GetTimestamp(), Look(connection, null));
        ShowServers();
    }

    /// <summary>What the row says that tells whether anything has changed; null where there is none.</summary>
    /// <param name="patience">In seconds, how long it is waited for; null for as long as the settings say.</param>
    private static CatalogLook? Look(NpgsqlConnection connection, NpgsqlTransaction? transaction, int? patience = null)
    {
        using var command = new NpgsqlCommand("SELECT catalog, format, epoch, version, pg_is_in_recovery() FROM catalog_state", connection, transaction);
        command.CommandTimeout = patience ?? command.CommandTimeout;
        using var reader = command.ExecuteReader();
        return reader.Read() ? new CatalogLook(reader.GetGuid(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetBoolean(4)) : null;
    }

    /// <summary>Whether it is older than what this process has taken in.</summary>
    private bool IsBehind(CatalogLook look) => look.Epoch < _epoch || look.Version < _version;

    /// <exception cref="InvalidDataException">It went back, is another one, or has another format.</exception>
    private CatalogLook Require(CatalogLook? look)
    {
        if (look is not { } now)
        {
            throw new InvalidDataException($"The catalog in {_place} is damaged: catalog_state has no row. Restore the schema {_schema} from a backup of PostgreSQL.");
        }

        if (now.Format != Format)
        {
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture,
                $"The catalog in {_place} has format {now.Format}, and this version of Headroom follows {Format}. Start the version that the process with the role writer has."));
        }

        if (now.Catalog != Id || (IsBehind(now) && !MayBeAhead()))
        {
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture,
                $"The catalog in {_place} is at version {now.Version}, and was at {_version}: it was restored from a backup, or a fail-over lost what was committed last. Restart this process: it begins with what the catalog says now."));
        }

        return now;
    }

    /// <summary>What counts now; null where that is known.</summary>
    private FollowedState? Read(ReadServer server, NpgsqlConnection connection, CatalogLook look, StoreFiles files, string log, StoreState? known)
    {
        if (known is not null && look.Version == _version)
        {
            return null;
        }

        var started = _time.GetTimestamp();
        using var snapshot = connection.BeginTransaction(IsolationLevel.RepeatableRead);
        Require(Look(connection, snapshot));
        var read = new Snapshot(this, connection, snapshot, files).Read(log, known, out var version, out var epoch);
        snapshot.Commit();
        (_version, _epoch) = (version, epoch);
        WasRead?.Invoke(_time.GetElapsedTime(started), server.IsReplica);
        return read;
    }

    private void AddChange(ProjectId project, ProjectChange change)
    {
        Run(
            "INSERT INTO catalog_changes VALUES ($1, $2, $3, $4, $5) ON CONFLICT (project, version) DO NOTHING",
            project.Value, change.Version, (change.Merges ? 1 : 0) + (change.Removals ? RemovalsOfMerges : 0), change.Persons ? 1 : 0,
            MemoryMarshal.AsBytes<long>([.. change.Ranges.SelectMany(static r => (long[])[r.From, r.To])]).ToArray());
        if (change.Version % KeptChanges == 0)
        {
            Run("DELETE FROM catalog_changes WHERE project = $1 AND version <= $2", project.Value, change.Version - KeptChanges);
        }
    }

    /// <summary>One reading of all that counts, at one moment.</summary>
    private sealed class Snapshot(PostgresCatalog catalog, NpgsqlConnection connection, NpgsqlTransaction transaction, StoreFiles files)
    {
        private readonly List<(string Path, long Bytes, long Checksum)> _new = [];

        public FollowedState Read(string log, StoreState? known, out long version, out long epoch)
        {
            var before = known ?? new StoreState();
            var projects = new Dictionary<ProjectId, ProjectState>();
            var ids = new List<(long Id, long Checksum)>();
            var overrides = new Dictionary<ProjectId, List<OverrideFile>>();
            var persons = new Dictionary<ProjectId, List<PersonFile>>();
            LogPosition committed = default;
            using (var batch = new NpgsqlBatch(connection, transaction))
            {
                Add(batch, "SELECT version, epoch FROM catalog_state");
                Add(batch, "SELECT project, received, stored, duplicates, rejected, data_version, last_person_key, removed_by_retention, removed_by_deletion FROM projects");
                Add(batch, "SELECT id, checksum FROM segments");
                Add(batch, "SELECT id, project, rows, bytes, checksum FROM override_files ORDER BY id");
                Add(batch, "SELECT id, project, level, rows, bytes, checksum, columns FROM person_files ORDER BY id");
                Add(batch, "SELECT partition, next_offset FROM log_offsets WHERE log = $1 ORDER BY partition DESC", log);
                using var rows = batch.ExecuteReader();
                rows.Read();
                (version, epoch) = (rows.GetInt64(0), rows.GetInt64(1));
                Each(rows, row => AddProject(row, projects));
                Each(rows, row => ids.Add((row.GetInt64(0), row.GetInt64(1))));
                Each(rows, row => AddOverrides(row, before, overrides));
                Each(rows, row => AddPersons(row, before, persons));
                Each(rows, row => committed = committed.With((int)row.GetInt64(0), row.GetInt64(1)));
            }

            // What else there is of a project came with one of these.
            var touched = projects.Values.Where(p => before.Projects.GetValueOrDefault(p.Project) is not { } was || was.DataVersion != p.DataVersion
                || (persons.GetValueOrDefault(p.Project) ?? []).Exists(f => !was.Persons.Contains(f))).Select(p => before.Project(p.Project)).ToList();
            var (segments, unknown) = Known(before, ids);
            var columns = new Dictionary<ProjectId, List<KeyValuePair<PropertyColumnKey, int>>>();
            var personColumns = new Dictionary<ProjectId, List<KeyValuePair<PropertyColumnKey, int>>>();
            var changes = new Dictionary<ProjectId, List<ProjectChange>>();
            if (touched.Count > 0 || unknown.Count > 0)
            {
                long[] numbers = [.. touched.Select(static p => (long)p.Project.Value)];
                using var batch = new NpgsqlBatch(connection, transaction);
                Add(batch, """
                    SELECT id, project, level, rows, bytes, checksum, min_timestamp, max_timestamp, min_received, max_received, log_from, log_to, columns
                    FROM segments WHERE id = ANY ($1)
                    """, unknown.ToArray());

                // Columns are never taken away, so their count is the last id.
                Add(batch, Since("c.project, c.id, c.name, c.kind", "columns", "id"), numbers, touched.Select(static p => (long)p.Columns.Count).ToArray());
                Add(batch, Since("c.project, c.id, c.name, c.kind", "person_columns", "id"), numbers, touched.Select(static p => (long)p.PersonColumns.Count).ToArray());
                Add(batch, Since("c.project, c.version, c.merges, c.persons, c.ranges", "catalog_changes", "version") + " ORDER BY c.project, c.version",
                    known is null ? Array.Empty<long>() : numbers, known is null ? Array.Empty<long>() : touched.Select(static p => p.DataVersion).ToArray());
                using var rows = batch.ExecuteReader();
                while (rows.Read())
                {
                    AddSegment(rows, segments);
                }

                Each(rows, row => AddColumn(row, columns));
                Each(rows, row => AddColumn(row, personColumns));
                Each(rows, row => ListOf(changes, new ProjectId((int)row.GetInt64(0))).Add(new ProjectChange(
                    row.GetInt64(1), Ranges((byte[])row.GetValue(4)), (row.GetInt64(2) & 1) != 0, row.GetInt64(3) != 0, (row.GetInt64(2) & RemovalsOfMerges) != 0)));
            }

            foreach (var (id, now) in projects)
            {
                var own = segments.GetValueOrDefault(id) ?? [];
                own.Sort(static (a, b) => a.Id.CompareTo(b.Id));
                projects[id] = Project(
                    before.Project(id), now, own, overrides.GetValueOrDefault(id) ?? [], persons.GetValueOrDefault(id) ?? [],
                    columns.GetValueOrDefault(id) ?? [], personColumns.GetValueOrDefault(id) ?? [], known is null ? null : changes.GetValueOrDefault(id) ?? []);
            }

            return new FollowedState(new StoreState { Projects = projects.ToImmutableDictionary(), Committed = committed }, _new);
        }

        /// <summary>Rows of projects, $1, after a number of each, $2.</summary>
        private static string Since(string columns, string table, string number) =>
            $"SELECT {columns} FROM unnest($1, $2) AS k(project, known) JOIN {table} c ON c.project = k.project AND c.{number} > k.known";

        /// <param name="changes">Those after what was known; null where nothing was.</param>
        private static ProjectState Project(
            ProjectState was, ProjectState now, List<Segment> segments, List<OverrideFile> overrides, List<PersonFile> persons,
            List<KeyValuePair<PropertyColumnKey, int>> columns, List<KeyValuePair<PropertyColumnKey, int>> personColumns, List<ProjectChange>? changes)
        {
            var next = was with
            {
                Ledger = now.Ledger,
                DataVersion = now.DataVersion,
                LastPersonKey = now.LastPersonKey,
                Changes = Changes(was, now.DataVersion, changes),
                Segments = was.Segments.SequenceEqual(segments) ? was.Segments : [.. segments],
                Overrides = was.Overrides.SequenceEqual(overrides) ? was.Overrides : [.. overrides],
                Persons = was.Persons.SequenceEqual(persons) ? was.Persons : [.. persons],
            };
            return next with
            {
                Columns = next.Columns.AddRange(columns),
                ColumnKeys = next.ColumnKeys.Union(columns.ConvertAll(static c => c.Key)),
                PersonColumns = next.PersonColumns.AddRange(personColumns),
                PersonColumnKeys = next.PersonColumnKeys.Union(personColumns.ConvertAll(static c => c.Key)),
            };
        }

        /// <summary>Where one of the changes in between is not known, all has changed.</summary>
        private static ProjectChanges Changes(ProjectState was, long version, List<ProjectChange>? changes)
        {
            if (version == was.DataVersion && changes is not null)
            {
                return was.Changes;
            }

            if (changes is null || changes.Count != version - was.DataVersion)
            {
                return new ProjectChanges { KnownSince = version };
            }

            var all = was.Changes;
            foreach (var change in changes)
            {
                all = all.With(change.Version, change.Ranges, change.Merges, change.Persons, change.Removals);
            }

            return all;
        }

        /// <summary>The segments that are known already, and the ids of the others.</summary>
        private static (Dictionary<ProjectId, List<Segment>> Known, List<long> Unknown) Known(StoreState before, List<(long Id, long Checksum)> ids)
        {
            var all = before.Projects.Values.SelectMany(static p => p.Segments).ToDictionary(static s => (s.Id, s.Checksum));
            var known = new Dictionary<ProjectId, List<Segment>>();
            var unknown = new List<long>();
            foreach (var id in ids)
            {
                if (all.TryGetValue(id, out var segment))
                {
                    ListOf(known, segment.Project).Add(segment);
                }
                else
                {
                    unknown.Add(id.Id);
                }
            }

            return (known, unknown);
        }

        private void AddSegment(DbDataReader row, Dictionary<ProjectId, List<Segment>> segments)
        {
            var (id, project, bytes, checksum) = (row.GetInt64(0), new ProjectId((int)row.GetInt64(1)), row.GetInt64(4), row.GetInt64(5));
            ListOf(segments, project).Add(new Segment(
                id, project, (int)row.GetInt64(2), new SegmentExtent(row.GetInt64(3), row.GetInt64(6), row.GetInt64(7), row.GetInt64(8), row.GetInt64(9)),
                bytes, checksum, row.GetInt64(10), row.GetInt64(11), Numbers((byte[])row.GetValue(12)), File(SegmentPath(files, project, id), bytes, checksum)));
        }

        private void AddOverrides(DbDataReader row, StoreState before, Dictionary<ProjectId, List<OverrideFile>> overrides)
        {
            var (id, project, bytes, checksum) = (row.GetInt64(0), new ProjectId((int)row.GetInt64(1)), row.GetInt64(3), row.GetInt64(4));
            var path = files.PathOf(OverridePath(files, project, id), checksum);
            ListOf(overrides, project).Add(
                before.Project(project).Overrides.FirstOrDefault(o => o.File.Path == path) ?? new OverrideFile(id, project, row.GetInt64(2), File(OverridePath(files, project, id), bytes, checksum)));
        }

        private void AddPersons(DbDataReader row, StoreState before, Dictionary<ProjectId, List<PersonFile>> persons)
        {
            var (id, project, bytes, checksum) = (row.GetInt64(0), new ProjectId((int)row.GetInt64(1)), row.GetInt64(4), row.GetInt64(5));
            var path = files.PathOf(PersonPath(files, project, id), checksum);
            ListOf(persons, project).Add(
                before.Project(project).Persons.FirstOrDefault(p => p.File.Path == path) ?? new PersonFile(
                    id, project, (int)row.GetInt64(2), row.GetInt64(3), Numbers((byte[])row.GetValue(6)), File(PersonPath(files, project, id), bytes, checksum)));
        }

        private SharedFile File(string path, long bytes, long checksum)
        {
            var own = files.PathOf(path, checksum);
            _new.Add((own, bytes, checksum));
            return new SharedFile(own, files);
        }

        private static void AddProject(DbDataReader row, Dictionary<ProjectId, ProjectState> projects)
        {
            var id = new ProjectId((int)row.GetInt64(0));
            projects[id] = new ProjectState(id)
            {
                Ledger = new LedgerCounts(row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4))
                {
                    RemovedByRetention = row.GetInt64(7),
                    RemovedByDeletion = row.GetInt64(8),
                },
                DataVersion = row.GetInt64(5),
                LastPersonKey = row.GetInt64(6),
            };
        }

        private void AddColumn(DbDataReader row, Dictionary<ProjectId, List<KeyValuePair<PropertyColumnKey, int>>> columns) =>
            ListOf(columns, new ProjectId((int)row.GetInt64(0))).Add(new(new PropertyColumnKey(catalog.NameOf(row, 2), (PropertyKind)row.GetInt64(3)), (int)row.GetInt64(1)));

        private static void Each(NpgsqlDataReader rows, Action<DbDataReader> row)
        {
            rows.NextResult();
            while (rows.Read())
            {
                row(rows);
            }
        }

        private static void Add(NpgsqlBatch batch, string sql, params ReadOnlySpan<object> values)
        {
            var command = new NpgsqlBatchCommand(sql);
            Bind(command.Parameters, values);
            batch.BatchCommands.Add(command);
        }

        private static int[] Numbers(byte[] bytes) => MemoryMarshal.Cast<byte, int>(bytes).ToArray();

        private static List<ChangedRange> Ranges(byte[] bytes)
        {
            var bounds = MemoryMarshal.Cast<byte, long>(bytes);
            var ranges = new List<ChangedRange>();
            for (var i = 0; i + 1 < bounds.Length; i += 2)
            {
                ranges.Add(new ChangedRange(bounds[i], bounds[i + 1]));
            }

            return ranges;
        }
    }
}
