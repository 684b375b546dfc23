using System.Diagnostics;
using System.Globalization;
using Headroom.Core;
using Headroom.Store;
using Headroom.Store.Postgres;
using Headroom.Tests.Support;
using Microsoft.Extensions.Options;
using Npgsql;
using Xunit;

namespace Headroom.Tests.Store;

/// <summary>A catalog in a real PostgreSQL where something goes wrong: nothing is lost, nothing counts twice, and what is wrong is said.</summary>
public sealed class PostgresCatalogTests
{
    /// <summary>The message that commits. BEGIN names its isolation level, which holds the word too.</summary>
    private const string CommitMessage = "COMMIT\0";

    private static readonly ProjectId Project = new(1);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_batch_whose_commit_was_not_answered_counts_once_when_it_is_committed_again(bool delivered)
    {
        var server = await PostgresServer.SharedAsync();
        await using var proxy = new CuttingProxy(server.Port);
        await using var fixture = new StoreFixture(server, port: proxy.Port);
        await fixture.CommitAsync(1, TestRow.Simple(1, 1));
        proxy.CutAt(CommitMessage, delivered);
        using (var batch = fixture.Store.BeginBatch())
        {
            TestRow.Simple(1, 2).AddTo(batch);
            batch.Identities.DistinctIds.Add((Project, "u2", 3));
            var lost = await Assert.ThrowsAsync<StoreUnavailableException>(() => batch.CommitAsync(2, CancellationToken.None).AsTask());
            Assert.Contains("not known", lost.Message, StringComparison.Ordinal);
            Assert.Equal(lost.Message, fixture.Store.Health.Problem);
            Assert.Equal(1, fixture.Store.Committed[0]);

            // While it is away it stays open whether the batch counts, and so do its files.
            proxy.Close();
            Assert.Contains("not known", (await Assert.ThrowsAsync<StoreUnavailableException>(() => batch.CommitAsync(2, CancellationToken.None).AsTask())).Message, StringComparison.Ordinal);
            Assert.Equal(2, SegmentFiles(fixture));
            Assert.Equal(["1"], await fixture.QueryAsync(1, "SELECT count(*) FROM {events}"));
            proxy.Open();
            await batch.CommitAsync(2, CancellationToken.None);
        }

        Assert.Equal(1, proxy.Cuts);
        Assert.Null(fixture.Store.Health.Problem);
        await RequireTwoAsync(fixture);
        await fixture.ReopenAsync();
        await RequireTwoAsync(fixture);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_writer_that_begins_anew_after_a_lost_answer_goes_on_from_what_counts(bool delivered)
    {
        var server = await PostgresServer.SharedAsync();
        await using var proxy = new CuttingProxy(server.Port);
        await using var fixture = new StoreFixture(server, port: proxy.Port);
        await fixture.CommitAsync(1, TestRow.Simple(1, 1));
        proxy.CutAt(CommitMessage, delivered);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => fixture.CommitAsync(2, TestRow.Simple(1, 2)));
        if (delivered)
        {
            // What it had read as the committed offset is not any more.
            Assert.Contains("counts after all", Assert.Throws<StoreUnavailableException>(() => fixture.Store.BeginBatch()).Message, StringComparison.Ordinal);
            Assert.Equal(2, fixture.Store.Committed[0]);
            Assert.Null(fixture.Store.Health.Problem);
        }
        else
        {
            await fixture.CommitAsync(2, TestRow.Simple(1, 2));
        }

        await RequireTwoAsync(fixture);
        await fixture.CommitAsync(3, TestRow.Simple(1, 2), TestRow.Simple(1, 3));
        Assert.Equal(new LedgerCounts(4, 3, 1, 0), fixture.Store.Ledger(Project));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_merge_of_segments_whose_answer_was_lost_is_carried_out_once(bool delivered)
    {
        var server = await PostgresServer.SharedAsync();
        await using var proxy = new CuttingProxy(server.Port);
        await using var fixture = new StoreFixture(server, port: proxy.Port);
        for (var i = 1; i <= 3; i++)
        {
            await fixture.CommitAsync(i, TestRow.Simple(1, i));
        }

        proxy.CutAt(CommitMessage, delivered);
        Assert.Throws<StoreUnavailableException>(() => fixture.Compact());
        Assert.Equal(["3"], await fixture.QueryAsync(1, "SELECT count(*) FROM {events}"));
        fixture.Compact();
        Assert.Equal(["3"], await fixture.QueryAsync(1, "SELECT count(*) FROM {events}"));
        Assert.Equal(1, SegmentFiles(fixture));
        await fixture.ReopenAsync();
        Assert.Equal(["3"], await fixture.QueryAsync(1, "SELECT count(*) FROM {events}"));
    }

    [Fact]
    public async Task A_removal_whose_answer_was_lost_is_asked_for_again_and_done_once()
    {
        var server = await PostgresServer.SharedAsync();
        await using var proxy = new CuttingProxy(server.Port);
        await using var fixture = new StoreFixture(server, port: proxy.Port);
        await fixture.CommitAsync(1, TestRow.Simple(1, 1), TestRow.Simple(1, 2));
        var id = Guid.NewGuid();
        proxy.CutAt(CommitMessage, deliver: true);
        Assert.Throws<StoreUnavailableException>(() => fixture.Store.Forget(id, Project, 2));
        Assert.Null(((IEventRemoval)fixture.Store).Find(id));
        fixture.Store.Forget(id, Project, 2);
        fixture.Compact();
        Assert.Equal((1L, true), (((IEventRemoval)fixture.Store).Find(id)!.Events, ((IEventRemoval)fixture.Store).Find(id)!.IsDone));
    }

    [Fact]
    public async Task While_it_is_away_queries_go_on_lookups_say_so_and_writing_heals_by_itself()
    {
        var server = await PostgresServer.SharedAsync();
        await using var proxy = new CuttingProxy(server.Port);
        await using var fixture = new StoreFixture(server, port: proxy.Port);
        await fixture.CommitAsync(1, TestRow.Simple(1, 1));
        Assert.Null(fixture.Store.GetPerson(Project, 2));
        proxy.Close();
        Assert.Equal(["1"], await fixture.QueryAsync(1, "SELECT count(*) FROM {events}"));
        Assert.Contains("looked up", Assert.Throws<StoreUnavailableException>(() => fixture.Store.GetPerson(Project, 2)).Message, StringComparison.Ordinal);
        var away = await Assert.ThrowsAsync<StoreUnavailableException>(() => fixture.CommitAsync(2, TestRow.Simple(1, 2)));
        Assert.Contains("does not answer", away.Message, StringComparison.Ordinal);
        Assert.Contains("Nothing of the batch was stored", away.Message, StringComparison.Ordinal);
        Assert.Equal(away.Message, fixture.Store.Health.Problem);
        Assert.Equal(1, SegmentFiles(fixture));
        proxy.Open();
        await fixture.CommitAsync(2, TestRow.Simple(1, 2));
        Assert.Null(fixture.Store.Health.Problem);
        Assert.Null(fixture.Store.GetPerson(Project, 2));
        await RequireTwoAsync(fixture);
    }

    [Fact]
    public async Task A_session_that_the_server_ended_is_replaced_and_costs_a_batch_only_in_its_midst()
    {
        var server = await PostgresServer.SharedAsync();
        await using var fixture = new StoreFixture(server);
        await fixture.CommitAsync(1, TestRow.Simple(1, 1));
        Assert.Empty(fixture.Store.FindPersons(Project, ["u1"]));
        await EndSessionsAsync(server, fixture);
        await fixture.CommitAsync(2, TestRow.Simple(1, 2));
        Assert.Empty(fixture.Store.FindPersons(Project, ["u1"]));
        fixture.Probe = (step, _) =>
        {
            if (step == StoreStep.InCatalog)
            {
                fixture.Probe = null;
                EndSessionsAsync(server, fixture).GetAwaiter().GetResult();
            }
        };
        var ended = await Assert.ThrowsAsync<StoreUnavailableException>(() => fixture.CommitAsync(3, TestRow.Simple(1, 3)));
        Assert.Contains("Nothing of the batch was stored", ended.Message, StringComparison.Ordinal);
        await RequireTwoAsync(fixture);
        await fixture.CommitAsync(3, TestRow.Simple(1, 3));
        Assert.Equal(["3"], await fixture.QueryAsync(1, "SELECT count(*) FROM {events}"));
    }

    [Fact]
    public async Task A_session_that_the_server_still_believes_in_is_ended_before_another_writes()
    {
        var server = await PostgresServer.SharedAsync();
        await using var proxy = new CuttingProxy(server.Port);
        await using var fixture = new StoreFixture(server, port: proxy.Port);
        await fixture.CommitAsync(1, TestRow.Simple(1, 1));
        fixture.Probe = (step, _) =>
        {
            if (step == StoreStep.InCatalog)
            {
                fixture.Probe = null;
                proxy.Abandon();
            }
        };
        await Assert.ThrowsAsync<StoreUnavailableException>(() => fixture.CommitAsync(2, TestRow.Simple(1, 2)));
        await fixture.CommitAsync(2, TestRow.Simple(1, 2));
        await RequireTwoAsync(fixture);
    }

    [Fact]
    public async Task A_power_loss_of_the_server_in_a_commit_loses_nothing_that_was_committed_and_stores_nothing_twice()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var fixture = new StoreFixture(server);
        await fixture.CommitAsync(1, TestRow.Simple(1, 1));
        fixture.Probe = (step, _) =>
        {
            if (step == StoreStep.InCatalog)
            {
                fixture.Probe = null;
                server.StopAsync(immediately: true).GetAwaiter().GetResult();
            }
        };
        await Assert.ThrowsAsync<StoreUnavailableException>(() => fixture.CommitAsync(2, TestRow.Simple(1, 2)));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => fixture.CommitAsync(2, TestRow.Simple(1, 2)));
        Assert.Equal(["1"], await fixture.QueryAsync(1, "SELECT count(*) FROM {events}"));
        await server.StartAgainAsync();
        await fixture.CommitAsync(2, TestRow.Simple(1, 2));
        await RequireTwoAsync(fixture);
        await server.StopAsync(immediately: false);
        await server.StartAgainAsync();
        await fixture.CommitAsync(3, TestRow.Simple(1, 3));
        Assert.Equal(3, fixture.Store.Committed[0]);
    }

    [Fact]
    public async Task A_batch_that_loses_a_deadlock_stores_nothing_and_is_tried_again()
    {
        var server = await PostgresServer.SharedAsync();
        await using var fixture = new StoreFixture(server);
        await fixture.CommitAsync(1, TestRow.Simple(1, 1));
        await using var other = new NpgsqlConnection(server.ConnectionString + ";Pooling=False;Search Path=" + Schema(fixture));
        await other.OpenAsync(TestContext.Current.CancellationToken);
        await Run("SET deadlock_timeout = '60s'; BEGIN; UPDATE projects SET stored = stored");
        Task<int>? blocked = null;
        fixture.Probe = (step, _) =>
        {
            if (step == StoreStep.InCatalog && blocked is null)
            {
                blocked = Run("UPDATE catalog_state SET version = version");
            }
        };
        var lost = await Assert.ThrowsAsync<StoreUnavailableException>(() => fixture.CommitAsync(2, TestRow.Simple(1, 2)));
        Assert.Contains("beside another transaction", lost.Message, StringComparison.Ordinal);
        await blocked!;
        await Run("ROLLBACK");
        await fixture.CommitAsync(2, TestRow.Simple(1, 2));
        await RequireTwoAsync(fixture);

        async Task<int> Run(string sql)
        {
            await using var command = new NpgsqlCommand(sql, other);
            return await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task A_second_writer_is_refused_and_told_who_writes()
    {
        var server = await PostgresServer.SharedAsync();
        await using var fixture = new StoreFixture(server);
        await fixture.CommitAsync(1, TestRow.Simple(1, 1));
        await using var second = Second(fixture, server);
        var refused = Assert.Throws<IOException>(() => second.Store);
        Assert.Contains($"headroom catalog writer {Environment.MachineName}:{Environment.ProcessId}", refused.Message, StringComparison.Ordinal);
        Assert.Contains("from 127.0.0.1, since 20", refused.Message, StringComparison.Ordinal);
        Assert.Contains("pg_terminate_backend", refused.Message, StringComparison.Ordinal);
        await fixture.CloseAsync();
        Assert.Equal(1, second.Store.Committed[0]);
    }

    [Fact]
    public async Task Whoever_was_taken_over_commits_nothing_more()
    {
        var server = await PostgresServer.SharedAsync();
        await using var fixture = new StoreFixture(server);
        await fixture.CommitAsync(1, TestRow.Simple(1, 1));
        await using var second = Second(fixture, server);
        await EndSessionsAsync(server, fixture);
        await second.CommitAsync(2, TestRow.Simple(1, 2));

        // First while the other holds the lock, then when it does not, then as it was for good.
        await RefusedAsync("written by another Headroom process");
        await second.CloseAsync();
        await RefusedAsync("taken over");
        await RefusedAsync("taken over");
        Assert.Throws<StoreUnavailableException>(() => fixture.Store.Forget(Guid.NewGuid(), Project, 2));
        Assert.Equal(2, second.Store.Committed[0]);
        Assert.Equal(["2"], await second.QueryAsync(1, "SELECT count(*) FROM {events}"));

        async Task RefusedAsync(string why)
        {
            var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => fixture.CommitAsync(2, TestRow.Simple(1, 3)));
            Assert.Contains(why, refused.Message, StringComparison.Ordinal);
            Assert.Equal(refused.Message, fixture.Store.Health.Problem);
        }
    }

    [Fact]
    public async Task A_writer_whose_lock_is_gone_without_its_knowing_is_fenced_within_its_session()
    {
        var server = await PostgresServer.SharedAsync();
        await using var fixture = new StoreFixture(server);
        await fixture.CommitAsync(1, TestRow.Simple(1, 1));
        await server.ExecuteAsync($"UPDATE {Schema(fixture)}.catalog_state SET epoch = epoch + 1, holder = gen_random_uuid(), held_by = 'another'");
        var fenced = await Assert.ThrowsAsync<StoreUnavailableException>(() => fixture.CommitAsync(2, TestRow.Simple(1, 2)));
        Assert.Contains("(another, since", fenced.Message, StringComparison.Ordinal);
        Assert.Equal("1", await server.AskAsync<string>($"SELECT count(*)::text FROM {Schema(fixture)}.segments"));
    }

    [Fact]
    public async Task A_catalog_that_went_back_is_not_written_over()
    {
        var server = await PostgresServer.SharedAsync();
        await using var fixture = new StoreFixture(server);
        await fixture.CommitAsync(1, TestRow.Simple(1, 1));
        await server.ExecuteAsync($"UPDATE {Schema(fixture)}.catalog_state SET version = version - 1");
        await EndSessionsAsync(server, fixture);
        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => fixture.CommitAsync(2, TestRow.Simple(1, 2)));
        Assert.Contains("is at version 0, where this process left it at 1", refused.Message, StringComparison.Ordinal);
        Assert.Throws<StoreUnavailableException>(() => fixture.Store.Forget(Guid.NewGuid(), Project, 2));
    }

    [Fact]
    public async Task An_older_catalog_is_raised_with_what_it_holds()
    {
        var server = await PostgresServer.SharedAsync();
        await using var fixture = new StoreFixture(server);
        using (var batch = fixture.Store.BeginBatch())
        {
            TestRow.Simple(1, 1).AddTo(batch);
            batch.Identities.Persons.Add((Project, new Person(2, StoreFixture.Uuid(2), 1, false, "{}")));
            await batch.CommitAsync(1, CancellationToken.None);
        }

        await fixture.CloseAsync();
        await server.ExecuteAsync($"""
            SET search_path = {Schema(fixture)};
            INSERT INTO meta SELECT 'committed_offset', next_offset FROM log_offsets; DROP TABLE log_offsets;
            DROP TABLE removals; ALTER TABLE projects DROP COLUMN removed_by_retention; ALTER TABLE projects DROP COLUMN removed_by_deletion;
            DROP TABLE person_files; DROP TABLE person_columns; UPDATE catalog_state SET format = 1;
            """);
        Assert.Single(await fixture.PersonsAsync(1));
        await fixture.CommitAsync(2, TestRow.Simple(1, 2));
        await RequireTwoAsync(fixture);
        await fixture.CloseAsync();
        await server.ExecuteAsync($"UPDATE {Schema(fixture)}.catalog_state SET format = {Catalog.Format + 1}");
        Assert.Contains("catalog format", Assert.Throws<InvalidDataException>(() => fixture.Store).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DROP TABLE identities", "lacks identities")]
    [InlineData("DROP TABLE catalog_state", "has tables but not catalog_state")]
    [InlineData("DELETE FROM catalog_state", "catalog_state has no row")]
    [InlineData("ALTER TABLE segments DROP COLUMN checksum", "lacks something of the catalog")]
    public async Task A_damaged_catalog_is_named_at_start_and_nothing_is_removed(string damage, string said)
    {
        var server = await PostgresServer.SharedAsync();
        await using var fixture = new StoreFixture(server);
        await fixture.CommitAsync(1, TestRow.Simple(1, 1));
        await fixture.CloseAsync();
        await server.ExecuteAsync($"SET search_path = {Schema(fixture)}; {damage}");
        var refused = Assert.Throws<InvalidDataException>(() => fixture.Store);
        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
        Assert.Contains($"schema {Schema(fixture)}", refused.Message, StringComparison.Ordinal);
        Assert.Single(Directory.EnumerateFiles(Path.Combine(fixture.Options.DataDirectory, "segments"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Rights_that_lack_are_said_with_what_to_grant()
    {
        var server = await PostgresServer.SharedAsync();
        var role = "r" + Guid.NewGuid().ToString("N");
        await server.ExecuteAsync($"CREATE ROLE {role} LOGIN; REVOKE CREATE ON DATABASE postgres FROM public");
        await using var fixture = new StoreFixture(server);
        fixture.Options.Postgres!.ConnectionString = server.ConnectionString.Replace("Username=postgres", "Username=" + role, StringComparison.Ordinal);
        Assert.Contains($"CREATE SCHEMA IF NOT EXISTS {Schema(fixture)} AUTHORIZATION {role}", Assert.Throws<IOException>(() => fixture.Store).Message, StringComparison.Ordinal);
        await server.ExecuteAsync($"CREATE SCHEMA IF NOT EXISTS {Schema(fixture)} AUTHORIZATION {role}");
        await fixture.CommitAsync(1, TestRow.Simple(1, 1));

        // Taken away while it runs: it says so, and goes on when it has them again.
        await server.ExecuteAsync($"ALTER TABLE {Schema(fixture)}.segments OWNER TO postgres");
        Assert.Contains("lacks a right", (await Assert.ThrowsAsync<StoreUnavailableException>(() => fixture.CommitAsync(2, TestRow.Simple(1, 2)))).Message, StringComparison.Ordinal);
        await server.ExecuteAsync($"ALTER TABLE {Schema(fixture)}.segments OWNER TO {role}");
        await fixture.CommitAsync(2, TestRow.Simple(1, 2));
        await RequireTwoAsync(fixture);
    }

    [Fact]
    public async Task What_cannot_be_reached_or_is_not_there_is_said_at_start_without_the_password()
    {
        var server = await PostgresServer.SharedAsync();
        await using var fixture = new StoreFixture(server);
        foreach (var (wrong, said) in new[] { ("Port=1", "does not answer"), ("Database=nowhere", "CREATE DATABASE nowhere"), ("Username=nobody", "does not let user nobody in") })
        {
            fixture.Options.Postgres!.ConnectionString = server.ConnectionString + ";Password=hidden;" + wrong;
            var refused = Assert.Throws<IOException>(() => fixture.Store);
            Assert.Contains(said, refused.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("hidden", refused.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Files_are_not_removed_because_the_catalog_is_another()
    {
        var server = await PostgresServer.SharedAsync();
        await using var fixture = new StoreFixture(server);
        await fixture.CommitAsync(1, TestRow.Simple(1, 1));
        await fixture.CloseAsync();
        var (options, own) = (fixture.Options, Schema(fixture));
        options.Postgres!.CatalogSchema = own + "x";
        Assert.Contains("belong to another catalog", Assert.Throws<InvalidDataException>(() => fixture.Store).Message, StringComparison.Ordinal);
        var postgres = options.Postgres;
        options.Postgres = null;
        Assert.Contains("Headroom:Catalog=postgres", Assert.Throws<InvalidDataException>(() => fixture.Store).Message, StringComparison.Ordinal);
        options.Postgres = postgres;
        postgres.CatalogSchema = own;
        var mark = Path.Combine(options.DataDirectory, "catalog.postgres");
        File.Move(mark, mark + ".away");
        Assert.Contains("says of which catalog", Assert.Throws<InvalidDataException>(() => fixture.Store).Message, StringComparison.Ordinal);
        File.Move(mark + ".away", mark);
        Assert.Equal(["1"], await fixture.QueryAsync(1, "SELECT count(*) FROM {events}"));

        await using var embedded = new StoreFixture();
        await embedded.CommitAsync(1, TestRow.Simple(1, 1));
        await embedded.CloseAsync();
        await using var moved = new StoreFixture(server, o => o.DataDirectory = embedded.Options.DataDirectory);
        Assert.Contains("Headroom:Catalog=sqlite", Assert.Throws<InvalidDataException>(() => moved.Store).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "headroom", "ConnectionString must name")]
    [InlineData("Host=db;Databas=x", "headroom", "ConnectionString cannot be read")]
    [InlineData("Host=db;Database=x;Multiplexing=true", "headroom", "Multiplexing")]
    [InlineData("Host=db,standby;Database=x", "headroom", "one Host")]
    [InlineData("Host=db;Database=x", "Headroom; DROP", "CatalogSchema")]
    [InlineData("Host=db;Database=x", "pg_mine", "CatalogSchema")]
    [InlineData("Host=db;Database=x", "headroom_catalog", null)]
    public void Settings_are_checked_by_name(string connectionString, string schema, string? said)
    {
        var result = new PostgresCatalogOptionsValidator().Validate(
            Options.DefaultName, new PostgresCatalogOptions { ConnectionString = connectionString, CatalogSchema = schema });
        Assert.Equal(said is null, result.Succeeded);
        if (said is not null)
        {
            Assert.Contains(said, result.FailureMessage, StringComparison.Ordinal);
            Assert.Contains("Headroom:Postgres:", result.FailureMessage, StringComparison.Ordinal);
        }
    }

    /// <summary>HEADROOM_MEASURE=1: what a batch with 50,000 new distinct ids and as many persons costs, in both catalogs.</summary>
    [Fact]
    public async Task Many_new_distinct_ids_are_written_in_few_round_trips()
    {
        var server = await PostgresServer.SharedAsync();
        var ids = Environment.GetEnvironmentVariable("HEADROOM_MEASURE") is null ? 2_000 : 50_000;
        foreach (var name in (string[])["postgres", "sqlite"])
        {
            await using var fixture = name == "sqlite" ? new StoreFixture() : new StoreFixture(server);
            for (var round = 0; round < 3; round++)
            {
                using var batch = fixture.Store.BeginBatch();
                for (var i = 0; i < ids; i++)
                {
                    var key = (round * ids) + i + 1;
                    batch.Identities.DistinctIds.Add((Project, Id(key), key));
                }

                var started = Stopwatch.GetTimestamp();
                await batch.CommitAsync(round + 1, CancellationToken.None);
                var written = Stopwatch.GetElapsedTime(started);
                started = Stopwatch.GetTimestamp();
                Assert.Equal(ids, fixture.Store.FindPersons(Project, [.. Enumerable.Range((round * ids) + 1, ids).Select(static k => Id(k))]).Count);
                TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"{name}: {ids} new distinct ids committed in {written.TotalMilliseconds:0} ms, looked up in {Stopwatch.GetElapsedTime(started).TotalMilliseconds:0} ms"));
            }
        }

        static string Id(int key) => new Guid(key * 7919, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10).ToString();
    }

    private static string Schema(StoreFixture fixture) => fixture.Options.Postgres!.CatalogSchema;

    private static int SegmentFiles(StoreFixture fixture) => Directory.EnumerateFiles(fixture.Store.Files.Segments, "*", SearchOption.AllDirectories).Count();

    private static StoreFixture Second(StoreFixture first, PostgresServer server)
    {
        var directory = first.CopyDirectory();
        var second = new StoreFixture(server, o => o.DataDirectory = directory);
        second.Options.Postgres!.CatalogSchema = Schema(first);
        return second;
    }

    /// <summary>Ends the sessions of the fixture's catalog, as a fail-over does, and waits until they are gone.</summary>
    private static Task EndSessionsAsync(PostgresServer server, StoreFixture fixture) => server.ExecuteAsync($"""
        DO $$ BEGIN
            PERFORM pg_terminate_backend(pid, 10000) FROM pg_locks WHERE locktype = 'relation' AND pid <> pg_backend_pid() AND relation IN (
                SELECT oid FROM pg_class WHERE relnamespace = '{Schema(fixture)}'::regnamespace);
            PERFORM pg_terminate_backend(pid, 10000) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1
                AND ((classid::bigint << 32) | objid::bigint) = {PostgresCatalog.LockKey(Schema(fixture))};
        END $$
        """);

    private static async Task RequireTwoAsync(StoreFixture fixture)
    {
        Assert.Equal(2, fixture.Store.Committed[0]);
        Assert.Equal(["view|u1", "view|u2"], await fixture.QueryAsync(1, "SELECT event, distinct_id FROM {events} ORDER BY 2"));
        Assert.Equal(new LedgerCounts(2, 2, 0, 0), fixture.Store.Ledger(Project));
        Assert.Equal(2, SegmentFiles(fixture));
    }
}
