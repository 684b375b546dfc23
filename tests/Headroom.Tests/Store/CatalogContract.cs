using Headroom.Core;
using Headroom.Store;
using Headroom.Tests.Support;
using Xunit;

namespace Headroom.Tests.Store;

/// <summary>What a store does whatever its catalog is. The random half is in StoreModelTests.</summary>
public abstract class CatalogContract
{
    private static readonly ProjectId Project = new(1);

    [Fact]
    public async Task Merging_keeps_files_few_and_deletes_what_it_replaced()
    {
        await using var fixture = await FixtureAsync();
        for (var i = 0; i < 40; i++)
        {
            await fixture.CommitAsync(i + 1, TestRow.Simple(1, i));
            fixture.Compact();
        }

        using (fixture.Store.BeginBatch())
        {
            Assert.InRange(fixture.Store.State.Project(new ProjectId(1)).Segments.Length, 1, 9);
            Assert.InRange(fixture.Store.State.Seen.Length, 1, 9);
            Assert.Equal(
                fixture.Store.Health.Segments,
                Directory.EnumerateFiles(fixture.Store.Files.Segments, "*", SearchOption.AllDirectories).Count());
            Assert.Equal(fixture.Store.State.Seen.Length, Directory.EnumerateFiles(fixture.Store.Files.Seen).Count());
        }

        Assert.Equal(["40"], await fixture.QueryAsync(1, "SELECT count(*) FROM {events}"));
        Assert.Equal(40, fixture.Store.Schema(new ProjectId(1)).DataVersion);
    }

    [Fact]
    public async Task A_batch_that_is_dropped_leaves_no_trace()
    {
        await using var fixture = await FixtureAsync();
        using (var batch = fixture.Store.BeginBatch())
        {
            Assert.True((TestRow.Simple(1, 1) with { Properties = [("plan", "x")] }).AddTo(batch));
            batch.Identities.DistinctIds.Add((new ProjectId(1), "u1", 5));
        }

        Assert.Equal(0, fixture.Store.Health.Segments);
        Assert.Equal(default, fixture.Store.Ledger(new ProjectId(1)));
        Assert.Empty(fixture.Store.FindPersons(new ProjectId(1), ["u1"]));
        Assert.Equal(0, fixture.Store.LastPersonKey(new ProjectId(1)));
        using var next = fixture.Store.BeginBatch();
        Assert.True(TestRow.Simple(1, 1).AddTo(next));
        Assert.False(next.Rows(new ProjectId(1)).HasColumn("plan"u8, PropertyKind.Text));
    }

    [Fact]
    public async Task Columns_of_a_project_are_bounded_and_overflow_is_told()
    {
        await using var fixture = await FixtureAsync(static o => o.MaxPropertyColumns = 2);
        await fixture.CommitAsync(1, TestRow.Simple(1, 1) with { Properties = [("a", "x")] });
        using var batch = fixture.Store.BeginBatch();
        var project = new ProjectId(1);
        Assert.True(batch.MayUseColumn(project, "a"u8, PropertyKind.Text));
        Assert.True(batch.MayUseColumn(project, "b"u8, PropertyKind.Text));
        Assert.False(batch.MayUseColumn(project, "c"u8, PropertyKind.Text));
        Assert.False(batch.MayUseColumn(project, "a"u8, PropertyKind.Number));
        Assert.True(batch.MayUseColumn(project, "b"u8, PropertyKind.Text));
        Assert.True(batch.MayUseColumn(new ProjectId(2), "c"u8, PropertyKind.Text));
        Assert.True(batch.MayUseColumn(project, "$overflow"u8, PropertyKind.Json));
        Assert.False(fixture.Store.Schema(project).Overflowed);
        var rows = batch.Rows(project);
        rows.Column("$overflow"u8, PropertyKind.Json).AddText(
            rows.AddRow(StoreFixture.Uuid(9), rows.Store("e"u8), rows.Store("u"u8), 1, TextSlice.Null, 1, 1), rows.Store("{}"u8));
        await batch.CommitAsync(2, CancellationToken.None);
        Assert.True(fixture.Store.Schema(project).Overflowed);
    }

    [Fact]
    public async Task Persons_survive_a_restart_and_merges_move_their_distinct_ids()
    {
        await using var fixture = await FixtureAsync();
        var project = new ProjectId(1);
        using (var batch = fixture.Store.BeginBatch())
        {
            for (var key = 1; key <= 3; key++)
            {
                batch.Identities.DistinctIds.Add((project, "u" + key, key));
                batch.Identities.Persons.Add((project, new Person(key, StoreFixture.Uuid(key), key, key == 2, "{\"a\":1}")));
            }

            batch.Identities.Merges.Add((project, 1, 2));
            batch.Identities.Merges.Add((project, 2, 3));
            await batch.CommitAsync(1, CancellationToken.None);
        }

        await fixture.ReopenAsync();
        Assert.Equal(3, fixture.Store.LastPersonKey(project));
        Assert.Equal(new Dictionary<string, long> { ["u1"] = 3, ["u2"] = 3, ["u3"] = 3 }, fixture.Store.FindPersons(project, ["u1", "u2", "u3", "u4"]));
        Assert.Null(fixture.Store.GetPerson(project, 1));
        Assert.Equal(new Person(3, StoreFixture.Uuid(3), 3, false, "{\"a\":1}"), fixture.Store.FindPerson(project, "u1"));
        Assert.Equal(["1|3", "2|3"], await fixture.QueryAsync(1, "SELECT * FROM {overrides} ORDER BY 1"));
    }

    [Fact]
    public async Task Files_that_no_transaction_knows_are_removed_at_start()
    {
        await using var fixture = await FixtureAsync();
        await fixture.CommitAsync(1, TestRow.Simple(1, 1));
        string[] orphans =
        [
            Path.Combine(fixture.Store.Files.Segments, "1", "99.parquet"), Path.Combine(fixture.Store.Files.Segments, "1", "98.parquet.tmp"),
            Path.Combine(fixture.Store.Files.Seen, "97.seen"),
        ];
        foreach (var orphan in orphans)
        {
            await File.WriteAllTextAsync(orphan, "junk", TestContext.Current.CancellationToken);
        }

        await fixture.ReopenAsync();
        Assert.All(orphans, static o => Assert.False(File.Exists(o)));
        Assert.Equal(["1"], await fixture.QueryAsync(1, "SELECT count(*) FROM {events}"));
        Assert.Null(fixture.Store.Health.Problem);
    }

    [Fact]
    public async Task A_full_disk_is_told_with_since_when_and_heals_by_itself()
    {
        await using var fixture = await FixtureAsync();
        await fixture.CommitAsync(1, TestRow.Simple(1, 1));
        fixture.Probe = static (step, _) =>
        {
            if (step == StoreStep.FileWritten)
            {
                throw new IOException("No space left on device");
            }
        };
        await Assert.ThrowsAsync<StoreUnavailableException>(() => fixture.CommitAsync(2, TestRow.Simple(1, 2)));
        var first = fixture.Store.Health;
        await Assert.ThrowsAsync<StoreUnavailableException>(() => fixture.CommitAsync(2, TestRow.Simple(1, 2)));
        Assert.Equal(first.Since, fixture.Store.Health.Since);
        Assert.NotNull(first.Since);
        Assert.Equal(1, fixture.Store.Committed[0]);
        Assert.Single(Directory.EnumerateFiles(fixture.Store.Files.Segments, "*", SearchOption.AllDirectories));
        Assert.Equal(["1"], await fixture.QueryAsync(1, "SELECT count(*) FROM {events}"));
        fixture.Probe = null;
        await fixture.CommitAsync(2, TestRow.Simple(1, 2));
        Assert.Null(fixture.Store.Health.Problem);
    }

    [Fact]
    public async Task Distinct_ids_are_any_text_and_come_back_in_the_order_of_their_bytes()
    {
        await using var fixture = await FixtureAsync();
        string[] ids = ["", " ", "%", "A", "a", "a b", "größe", new string('x', 200), "\uffff", "\U0001f600"];
        using (var batch = fixture.Store.BeginBatch())
        {
            batch.Identities.DistinctIds.AddRange(ids.Select(static id => (Project, id, 7L)));
            batch.Identities.DistinctIds.Add((Project, "nul\0 inside", 8));
            batch.Identities.DistinctIds.Add((Project, "a", 9));
            batch.Identities.DistinctIds.Add((Project, "a", 7));
            batch.Identities.DistinctIds.Add((new ProjectId(2), "a", 3));
            await batch.CommitAsync(1, CancellationToken.None);
        }

        Assert.Equal(ids, fixture.Store.DistinctIds(Project, 7, 100));
        Assert.Equal(ids[..3], fixture.Store.DistinctIds(Project, 7, 3));
        var found = fixture.Store.FindPersons(Project, [.. ids, "nul\0 inside", "nul", "unknown"]);
        Assert.Equal(ids.Length + 1, found.Count);
        Assert.Equal((7L, 8L), (found["a"], found["nul\0 inside"]));
        Assert.Empty(fixture.Store.FindPersons(Project, []));
    }

    [Fact]
    public async Task What_one_batch_says_of_a_person_twice_is_what_it_says_last()
    {
        await using var fixture = await FixtureAsync();
        using (var batch = fixture.Store.BeginBatch())
        {
            batch.Identities.DistinctIds.Add((Project, "u", 1));
            batch.Identities.Persons.Add((Project, new Person(1, StoreFixture.Uuid(1), 1, false, "{}")));
            batch.Identities.Persons.Add((Project, new Person(1, StoreFixture.Uuid(1), 1, true, "{\"a\":\"\\u0000\"}")));
            await batch.CommitAsync(1, CancellationToken.None);
        }

        var last = new Person(1, StoreFixture.Uuid(1), 1, true, "{\"a\":\"\\u0000\"}");
        Assert.Equal(last, fixture.Store.FindPerson(Project, "u"));
        Assert.True(fixture.Store.GetPersons(Project, [1, 2]) is not { } together || (together.Count == 1 && together[1] == last));
    }

    [Fact]
    public async Task A_removal_that_is_under_way_goes_on_after_a_restart()
    {
        await using var fixture = await FixtureAsync();
        using (var batch = fixture.Store.BeginBatch())
        {
            TestRow.Simple(1, 1).AddTo(batch);
            TestRow.Simple(1, 2).AddTo(batch);
            batch.Identities.DistinctIds.Add((Project, "u1", 2));
            batch.Identities.DistinctIds.Add((Project, "u2", 3));
            batch.Identities.Persons.Add((Project, new Person(2, StoreFixture.Uuid(2), 1, false, "{}")));
            batch.Identities.Merges.Add((Project, 9, 2));
            await batch.CommitAsync(1, CancellationToken.None);
        }

        var id = Guid.NewGuid();
        fixture.Store.Forget(id, Project, 9);
        await fixture.ReopenAsync();
        var removal = ((IEventRemoval)fixture.Store).Find(id)!;
        Assert.Equal((false, 1, "2,9"), (removal.IsDone, removal.DistinctIds, string.Join(',', removal.Keys)));
        Assert.Null(fixture.Store.FindPerson(Project, "u1"));
        fixture.Compact();
        Assert.Equal((true, 1L), (((IEventRemoval)fixture.Store).Find(id)!.IsDone, ((IEventRemoval)fixture.Store).Find(id)!.Events));
        Assert.Equal(["u2"], await fixture.QueryAsync(1, "SELECT distinct_id FROM {events}"));
        fixture.Store.Close(id);
        await fixture.ReopenAsync();
        Assert.Null(((IEventRemoval)fixture.Store).Find(id));
        Assert.Equal(1, fixture.Store.Ledger(Project).RemovedByDeletion);
    }

    [Fact]
    public async Task Files_of_persons_that_are_gone_are_made_anew_from_the_catalog()
    {
        await using var fixture = await FixtureAsync();
        using (var batch = fixture.Store.BeginBatch())
        {
            batch.Identities.Persons.AddRange([.. Enumerable.Range(1, 3).Select(static i => (Project, new Person(i, StoreFixture.Uuid(i), i, false, "{\"plan\":\"p" + i + "\"}")))]);
            await batch.CommitAsync(1, CancellationToken.None);
        }

        var path = fixture.Store.State.Project(Project).Persons[0].File.Path;
        await fixture.CloseAsync();
        File.Delete(path);
        Assert.Equal(
            [.. Enumerable.Range(1, 3).Select(static i => $"{i}|{StoreFixture.Uuid(i)}|{i}|false|p{i}")], await fixture.PersonsAsync(1, new PropertyColumnKey("plan", PropertyKind.Text)));
    }

    private protected abstract Task<StoreFixture> FixtureAsync(Action<StoreOptions>? configure = null);
}

public sealed class SqliteCatalogContractTests : CatalogContract
{
    private protected override Task<StoreFixture> FixtureAsync(Action<StoreOptions>? configure = null) => Task.FromResult(new StoreFixture(configure));
}

public sealed class PostgresCatalogContractTests : CatalogContract
{
    private protected override async Task<StoreFixture> FixtureAsync(Action<StoreOptions>? configure = null) => new(await PostgresServer.SharedAsync(), configure);
}
