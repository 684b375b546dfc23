// A project's tables, all in the database that the settings name:
//
//   events_N      the rows of the project's segments, with a column for each property and kind that occurs
//   persons_N     the rows of its files of persons; for each person the one of the highest version counts. is_gone says that it has none any more
//   overrides_N   the rows of its files of merges; for each key that of the highest version counts
//   copies        which files have all their rows in their table, see ClickHouseCopies.cs
//
// A row's batch is the number of its file, see ClickHouseFile. A file counts when the catalog says so: what lies in a table is no proof of it.

using System.Globalization;
using Headroom.Core;
using Headroom.Sql;

namespace Headroom.Store.ClickHouse;

/// <summary>Where the tables are and how they are spread.</summary>
/// <param name="Database">Its name.</param>
/// <param name="Cluster">The cluster on which tables are made, sharded and replicated; null for one node.</param>
internal sealed record ClickHousePlace(string Database, string? Cluster = null);

/// <summary>The text of all that makes, changes and names tables.</summary>
internal static class ClickHouseTables
{
    /// <summary>Inserts whose tokens a table remembers, so that one that is sent again is not stored again.</summary>
    private const int RememberedInserts = 10_000;

    private const string Batch = "batch UInt64";

    /// <summary>A file's number is higher than those before: parts that were written before it need not be read for it.</summary>
    private const string BatchIndex = "INDEX batch_index batch TYPE minmax GRANULARITY 1";

    private const string EventColumns =
        Batch + ", uuid UUID, event LowCardinality(String), distinct_id String, person_key Int64, session_id Nullable(String), \"timestamp\" DateTime64(6, 'UTC'), received_at DateTime64(6, 'UTC')";

    private const string PersonColumns =
        Batch + ", version Int64, person_key Int64, is_gone Bool, uuid UUID, created_at DateTime64(6, 'UTC'), is_identified Bool";

    private const string OverrideColumns = Batch + ", version Int64, from_key Int64, to_key Int64";

    public static string Events(ClickHousePlace place, ProjectId project) => Table(place, "events", project);

    public static string Persons(ClickHousePlace place, ProjectId project) => Table(place, "persons", project);

    public static string Overrides(ClickHousePlace place, ProjectId project) => Table(place, "overrides", project);

    public static string Of(ClickHousePlace place, ProjectId project, ClickHouseTable table) => Table(place, NameOf(table), project);

    public static string Copies(ClickHousePlace place) => Name(place.Database) + ".copies";

    /// <summary>Ends a query, wherever in the cluster it runs, and is answered when it has ended.</summary>
    /// <param name="id">Of letters and digits.</param>
    public static string End(string? cluster, string id) => $"KILL QUERY{On(cluster)} WHERE query_id = '{id}' SYNC";

    public static string Type(PropertyKind kind) => kind switch
    {
        PropertyKind.Number => "Float64",
        PropertyKind.Boolean => "Bool",
        _ => "String",
    };

    /// <summary>Statements that make what is not there yet.</summary>
    public static IReadOnlyList<string> Create(ClickHousePlace place, ProjectId project)
    {
        var statements = new List<string>();
        // An event is on the shard of its person's key, so that a shard has whole persons as long as they are not merged.
        Add("events", EventColumns, "(event, \"timestamp\")", "intHash64(person_key)");
        Add("persons", PersonColumns, "(person_key, version)", null);
        Add("overrides", OverrideColumns, "(from_key, version)", null);
        return statements;

        void Add(string name, string columns, string order, string? shard)
        {
            if (place.Cluster is not { } cluster)
            {
                statements.Add(string.Create(CultureInfo.InvariantCulture,
                    $"CREATE TABLE IF NOT EXISTS {Table(place, name, project)} ({columns}, {BatchIndex}) ENGINE = MergeTree ORDER BY {order} SETTINGS non_replicated_deduplication_window = {RememberedInserts}"));
                return;
            }

            // Persons and overrides are whole on every node: each joins them with the events that it has.
            var path = string.Create(CultureInfo.InvariantCulture, $"/clickhouse/tables/{(shard is null ? "all" : "{shard}")}/{place.Database}/{name}_{project.Value}");
            var local = shard is null ? Table(place, name, project) : Table(place, name + "_local", project);
            var replica = shard is null ? "{shard}-{replica}" : "{replica}";
            statements.Add(string.Create(CultureInfo.InvariantCulture,
                $"CREATE TABLE IF NOT EXISTS {local}{On(place)} ({columns}, {BatchIndex}) ENGINE = ReplicatedMergeTree('{Escaped(path)}', '{replica}') ORDER BY {order} SETTINGS replicated_deduplication_window = {RememberedInserts}"));
            if (shard is not null)
            {
                statements.Add(string.Create(CultureInfo.InvariantCulture,
                    $"CREATE TABLE IF NOT EXISTS {Table(place, name, project)}{On(place)} ({columns}) ENGINE = Distributed('{Escaped(cluster)}', '{Escaped(place.Database)}', '{name}_local_{project.Value}', {shard})"));
            }
        }
    }

    /// <summary>Statements that make the database and what all projects share.</summary>
    public static IReadOnlyList<string> CreateCopies(ClickHousePlace place)
    {
        const string Columns = "project Int32, batch UInt64, rows UInt64";
        var engine = place.Cluster is null ? "MergeTree" : $"ReplicatedMergeTree('{Escaped($"/clickhouse/tables/all/{place.Database}/copies")}', '{{shard}}-{{replica}}')";
        return [$"CREATE DATABASE IF NOT EXISTS {Name(place.Database)}{On(place)}", $"CREATE TABLE IF NOT EXISTS {Copies(place)}{On(place)} ({Columns}) ENGINE = {engine} ORDER BY (project, batch)"];
    }

    /// <summary>Chooses the names of a table's columns.</summary>
    public static string ColumnsOf(ClickHousePlace place, ProjectId project, ClickHouseTable table) => string.Create(CultureInfo.InvariantCulture,
        $"SELECT name FROM system.columns WHERE database = '{Escaped(place.Database)}' AND table = '{NameOf(table)}_{project.Value}'");

    /// <summary>Statements that delete the rows of files, and before it that they are there. Each has ended when it is answered.</summary>
    public static IReadOnlyList<string> Delete(ClickHousePlace place, ProjectId project, IReadOnlyList<(ClickHouseTable Table, long Batch)> files)
    {
        var statements = new List<string>
        {
            string.Create(CultureInfo.InvariantCulture, $"ALTER TABLE {Copies(place)}{On(place)} DELETE WHERE project = {project.Value} AND batch IN ({Batches(files)}) SETTINGS mutations_sync = 2"),
        };
        foreach (var table in files.GroupBy(static f => f.Table))
        {
            var name = table.Key is ClickHouseTable.Events && place.Cluster is not null ? Table(place, "events_local", project) : Of(place, project, table.Key);
            statements.Add($"ALTER TABLE {name}{On(place)} DELETE WHERE batch IN ({Batches(table)}) SETTINGS mutations_sync = 2");
        }

        return statements;

        static string Batches(IEnumerable<(ClickHouseTable Table, long Batch)> of) => string.Join(", ", of.Select(static f => f.Batch.ToString(CultureInfo.InvariantCulture)));
    }

    /// <summary>Statements that add property columns that are not there yet.</summary>
    /// <param name="persons">Of persons; else of events.</param>
    public static IReadOnlyList<string> AddColumns(ClickHousePlace place, ProjectId project, bool persons, IReadOnlyCollection<PropertyColumnKey> columns)
    {
        if (columns.Count == 0)
        {
            return [];
        }

        var added = string.Join(", ", columns.Select(c => $"ADD COLUMN IF NOT EXISTS {ClickHouseDialect.Instance.Column(c)} Nullable({Type(c.Kind)})"));
        // Through the distributed table only what is in the local ones can be asked for, so these are first.
        string[] tables = persons ? [Persons(place, project)] : place.Cluster is null ? [Events(place, project)] : [Table(place, "events_local", project), Events(place, project)];
        return [.. tables.Select(t => $"ALTER TABLE {t}{On(place)} {added}")];
    }

    public static IReadOnlyList<string> Drop(ClickHousePlace place, ProjectId project)
    {
        string[] tables = place.Cluster is null
            ? [Events(place, project), Persons(place, project), Overrides(place, project)]
            : [Events(place, project), Table(place, "events_local", project), Persons(place, project), Overrides(place, project)];
        return [.. tables.Select(t => $"DROP TABLE IF EXISTS {t}{On(place)} SYNC")];
    }

    private static string NameOf(ClickHouseTable table) => table switch
    {
        ClickHouseTable.Events => "events",
        ClickHouseTable.Persons => "persons",
        _ => "overrides",
    };

    private static string Table(ClickHousePlace place, string name, ProjectId project) =>
        string.Create(CultureInfo.InvariantCulture, $"{Name(place.Database)}.{name}_{project.Value}");

    private static string On(ClickHousePlace place) => On(place.Cluster);

    private static string On(string? cluster) => cluster is null ? "" : " ON CLUSTER " + Name(cluster);

    private static string Name(string name) => "\"" + name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";

    private static string Escaped(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal);
}
