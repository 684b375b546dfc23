using Headroom.Core;
using Headroom.Sql;
using Headroom.Store.ClickHouse;
using Xunit;

namespace Headroom.Tests.Store.ClickHouse;

public sealed class ClickHouseTablesTests
{
    private static readonly ProjectId Project = new(7);
    private static readonly ClickHousePlace Cluster = new("head", "main");

    [Fact]
    public void On_a_cluster_events_are_sharded_and_all_else_is_on_every_node() =>
        Assert.Equal(
            [
                "CREATE TABLE IF NOT EXISTS \"head\".events_local_7 ON CLUSTER \"main\" (batch UInt64, uuid UUID, event LowCardinality(String), distinct_id String, person_key Int64, session_id Nullable(String), \"timestamp\" DateTime64(6, 'UTC'), received_at DateTime64(6, 'UTC'), INDEX batch_index batch TYPE minmax GRANULARITY 1) ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/head/events_7', '{replica}') ORDER BY (event, \"timestamp\") SETTINGS replicated_deduplication_window = 10000",
                "CREATE TABLE IF NOT EXISTS \"head\".events_7 ON CLUSTER \"main\" (batch UInt64, uuid UUID, event LowCardinality(String), distinct_id String, person_key Int64, session_id Nullable(String), \"timestamp\" DateTime64(6, 'UTC'), received_at DateTime64(6, 'UTC')) ENGINE = Distributed('main', 'head', 'events_local_7', intHash64(person_key))",
                "CREATE TABLE IF NOT EXISTS \"head\".persons_7 ON CLUSTER \"main\" (batch UInt64, version Int64, person_key Int64, is_gone Bool, uuid UUID, created_at DateTime64(6, 'UTC'), is_identified Bool, INDEX batch_index batch TYPE minmax GRANULARITY 1) ENGINE = ReplicatedMergeTree('/clickhouse/tables/all/head/persons_7', '{shard}-{replica}') ORDER BY (person_key, version) SETTINGS replicated_deduplication_window = 10000",
                "CREATE TABLE IF NOT EXISTS \"head\".overrides_7 ON CLUSTER \"main\" (batch UInt64, version Int64, from_key Int64, to_key Int64, INDEX batch_index batch TYPE minmax GRANULARITY 1) ENGINE = ReplicatedMergeTree('/clickhouse/tables/all/head/overrides_7', '{shard}-{replica}') ORDER BY (from_key, version) SETTINGS replicated_deduplication_window = 10000",
            ],
            ClickHouseTables.Create(Cluster, Project));

    [Fact]
    public void What_all_projects_share_is_on_every_node() =>
        Assert.Equal(
            [
                "CREATE DATABASE IF NOT EXISTS \"head\" ON CLUSTER \"main\"",
                "CREATE TABLE IF NOT EXISTS \"head\".copies ON CLUSTER \"main\" (project Int32, batch UInt64, rows UInt64) ENGINE = ReplicatedMergeTree('/clickhouse/tables/all/head/copies', '{shard}-{replica}') ORDER BY (project, batch)",
            ],
            ClickHouseTables.CreateCopies(Cluster));

    [Fact]
    public void Rows_are_deleted_where_they_lie_and_before_them_that_they_are_there() =>
        Assert.Equal(
            [
                "ALTER TABLE \"head\".copies ON CLUSTER \"main\" DELETE WHERE project = 7 AND batch IN (1, 2, 3) SETTINGS mutations_sync = 2",
                "ALTER TABLE \"head\".events_local_7 ON CLUSTER \"main\" DELETE WHERE batch IN (1, 3) SETTINGS mutations_sync = 2",
                "ALTER TABLE \"head\".persons_7 ON CLUSTER \"main\" DELETE WHERE batch IN (2) SETTINGS mutations_sync = 2",
            ],
            ClickHouseTables.Delete(Cluster, Project, [(ClickHouseTable.Events, 1), (ClickHouseTable.Persons, 2), (ClickHouseTable.Events, 3)]));

    [Fact]
    public void A_column_is_added_to_the_local_table_before_the_distributed_one() =>
        Assert.Equal(
            [
                "ALTER TABLE \"head\".events_local_7 ON CLUSTER \"main\" ADD COLUMN IF NOT EXISTS \"t_plan\" Nullable(String), ADD COLUMN IF NOT EXISTS \"n_plan\" Nullable(Float64)",
                "ALTER TABLE \"head\".events_7 ON CLUSTER \"main\" ADD COLUMN IF NOT EXISTS \"t_plan\" Nullable(String), ADD COLUMN IF NOT EXISTS \"n_plan\" Nullable(Float64)",
            ],
            ClickHouseTables.AddColumns(Cluster, Project, persons: false, [new PropertyColumnKey("plan", PropertyKind.Text), new PropertyColumnKey("plan", PropertyKind.Number)]));

    [Fact]
    public void On_one_node_there_is_one_table_of_each() =>
        Assert.Equal(
            ["DROP TABLE IF EXISTS \"he\\\"ad\".events_7 SYNC", "DROP TABLE IF EXISTS \"he\\\"ad\".persons_7 SYNC", "DROP TABLE IF EXISTS \"he\\\"ad\".overrides_7 SYNC"],
            ClickHouseTables.Drop(new ClickHousePlace("he\"ad"), Project));

    [Fact]
    public void A_query_is_ended_wherever_in_the_cluster_it_runs()
    {
        Assert.Equal("KILL QUERY WHERE query_id = 'a1' SYNC", ClickHouseTables.End(null, "a1"));
        Assert.Equal("KILL QUERY ON CLUSTER \"cl\\\"1\" WHERE query_id = 'a1' SYNC", ClickHouseTables.End("cl\"1", "a1"));
    }

    [Fact]
    public void No_two_properties_have_one_column()
    {
        string[] names = ["a", "A", "a.b", "a_b", "a__b", "a_2eb", "_", "__", "ä", "$browser", "a\"b`c\\d{events}'"];
        var columns = names.Select(static n => ClickHouseDialect.Name(new PropertyColumnKey(n, PropertyKind.Text))).ToList();
        Assert.Equal(names.Length, columns.Distinct(StringComparer.Ordinal).Count());
        Assert.All(columns, static c => Assert.Matches("^t_[A-Za-z0-9_]*$", c));
        Assert.Equal("b_a_2eb", ClickHouseDialect.Name(new PropertyColumnKey("a.b", PropertyKind.Boolean)));
    }

    [Fact]
    public async Task An_answer_that_ends_early_or_is_none_is_no_shorter_answer()
    {
        byte[] whole = [1, 1, (byte)'a', 6, .. "String"u8, 3, .. "one"u8, 3, .. "two"u8];
        Assert.Equal(["one", "two"], await ReadAsync(whole));
        for (var cut = 1; cut < whole.Length; cut++)
        {
            // Behind the head and behind a row it cannot be told: the server sends nothing before the query is over.
            var part = whole[..cut];
            if (cut is not (10 or 14))
            {
                await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync(part));
            }
        }

        await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync([1, 1, (byte)'a', 8, .. "IPv4Blah"u8]));
    }

    private static async Task<List<object?>> ReadAsync(byte[] answer)
    {
        var rows = new RowBinaryRows(new MemoryStream(answer));
        await rows.ReadHeadAsync(TestContext.Current.CancellationToken);
        var values = new List<object?>();
        while (await rows.ReadAsync(TestContext.Current.CancellationToken))
        {
            for (var i = 0; i < rows.Count; i++)
            {
                values.Add(rows.Value(0, i));
            }
        }

        return values;
    }
}
