using Headroom.Core;
using Headroom.Scale.S3;
using Headroom.Store;
using Headroom.Tests.Store;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headroom.Tests.ObjectStorage;

/// <summary>The store with its files in a real S3 server, under little room, faults and losses.</summary>
public sealed class StoreOverS3Tests(S3ContractServer shared) : IClassFixture<S3ContractServer>, IAsyncDisposable
{
    private const string Count = "SELECT count(*), count(DISTINCT uuid) FROM {events}";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private readonly string _prefix = Guid.NewGuid().ToString("N");
    private readonly List<IDisposable> _clients = [];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync()
    {
        _clients.ForEach(static client => client.Dispose());
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_lost_machine_loses_nothing()
    {
        await using var fixture = await OpenAsync();
        for (var i = 0; i < 4; i++)
        {
            await fixture.CommitAsync(i + 1, TestRow.Simple(1, 2 * i), TestRow.Simple(1, (2 * i) + 1, "click", i * 90_000.0));
        }

        using (var batch = fixture.Store.BeginBatch())
        {
            batch.Identities.Persons.Add((new ProjectId(1), new Person(1, Guid.NewGuid(), 0, true, "{\"plan\":\"pro\"}")));
            batch.Identities.Persons.Add((new ProjectId(1), new Person(2, Guid.NewGuid(), 0, true, "{}")));
            batch.Identities.Merges.Add((new ProjectId(1), 2, 1));
            await batch.CommitAsync(5, Cancelled);
        }

        fixture.Compact();
        var events = await fixture.QueryAsync(1, "SELECT event, count(DISTINCT {person_key}) FROM {events} AS e GROUP BY 1 ORDER BY 1");
        var persons = await fixture.PersonsAsync(1, new PropertyColumnKey("plan", PropertyKind.Text));
        var empty = fixture.CopyDirectory();
        foreach (var folder in StoreFiles.Folders)
        {
            Directory.Delete(Path.Combine(empty, folder), recursive: true);
        }

        await fixture.MoveToAsync(empty);
        Assert.Equal(events, await fixture.QueryAsync(1, "SELECT event, count(DISTINCT {person_key}) FROM {events} AS e GROUP BY 1 ORDER BY 1"));
        Assert.Equal(persons, await fixture.PersonsAsync(1, new PropertyColumnKey("plan", PropertyKind.Text)));

        // A retry of what was stored before is still known.
        await fixture.CommitAsync(6, TestRow.Simple(1, 0));
        Assert.Equal(["8|8"], await fixture.QueryAsync(1, Count));
        Assert.Null(fixture.Store.Health.Problem);
    }

    [Fact]
    public async Task Under_little_room_no_file_vanishes_under_a_reader_and_every_answer_is_right()
    {
        await using var fixture = await OpenAsync(static options => options.CompactionFanIn = 32);
        for (var day = 0; day < 20; day++)
        {
            await fixture.CommitAsync(day + 1, [.. Enumerable.Range(0, 10).Select(i => TestRow.Simple(1, (day * 10) + i, seconds: day * 86_400.0))]);
        }

        // Four of twenty; each query needs three.
        var room = fixture.Store.Health.Bytes / 5;
        fixture.Options.CacheBytes = room;
        var cache = fixture.Store.Files.Cache!;
        cache.Trim();
        Assert.InRange(cache.Bytes, 1, room);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(
            async () =>
            {
                var random = new Random(worker);
                for (var i = 0; i < 15; i++)
                {
                    var from = random.Next(0, 17);
                    var answer = await fixture.Store.QueryAsync(
                        new StoreQuery
                        {
                            Project = new ProjectId(1),
                            Sql = "SELECT count(*), min(epoch_us(\"timestamp\")), max(epoch_us(\"timestamp\")) FROM {events}",
                            From = StoreFixture.Micros(from * 86_400.0),
                            To = StoreFixture.Micros((from + 3) * 86_400.0),
                        }, Cancelled);
                    Assert.Equal([30L, StoreFixture.Micros(from * 86_400.0), StoreFixture.Micros((from + 2) * 86_400.0)], answer.Rows[0]);
                }
            }, Cancelled)));
        Assert.InRange(cache.Bytes, 1, room);
        Assert.Equal(0, cache.PinnedBytes);
        Assert.InRange(Directory.EnumerateFiles(fixture.Store.Files.Segments, "*", SearchOption.AllDirectories).Count(), 1, 4);

        // All are more than twice the room.
        var refused = await Assert.ThrowsAsync<QueryRefusedException>(() => fixture.QueryAsync(1, Count));
        Assert.Equal(QueryBound.Cache, refused.Bound);
        Assert.Contains("Headroom:Store:CacheBytes", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_the_server_is_away_what_is_here_is_answered_and_nothing_is_lost()
    {
        await using var server = await S3Server.StartAsync(S3Server.Node);
        using var objects = new S3ObjectStore(server.Options("away", static options => options.Retries = 0), TimeProvider.System);
        await using var fixture = new StoreFixture { Objects = objects };
        await fixture.CommitAsync(1, TestRow.Simple(1, 1));
        await fixture.CommitAsync(2, TestRow.Simple(2, 2));
        File.Delete(fixture.Store.State.Project(new ProjectId(2)).Segments[0].File.Path);
        await fixture.ReopenAsync();
        await server.StopAsync();
        Assert.Equal(["1|1"], await fixture.QueryAsync(1, Count));
        var elsewhere = await Assert.ThrowsAsync<StoreUnavailableException>(() => fixture.QueryAsync(2, Count));
        Assert.Contains("object storage", elsewhere.Message, StringComparison.Ordinal);
        var unwritten = await Assert.ThrowsAsync<StoreUnavailableException>(() => fixture.CommitAsync(3, TestRow.Simple(1, 3)));
        Assert.Contains("object storage", unwritten.Message, StringComparison.Ordinal);
        var health = fixture.Store.Health;
        Assert.Contains("object storage", health.Problem!, StringComparison.Ordinal);
        Assert.NotNull(health.Since);
        Assert.Equal(2, fixture.Store.Committed[0]);
        Assert.Equal(["1|1"], await fixture.QueryAsync(1, Count));

        // It starts without the server too: what the Writer needs is here.
        await fixture.ReopenAsync();
        Assert.Equal(["1|1"], await fixture.QueryAsync(1, Count));
        await server.StartAsync();
        await fixture.CommitAsync(3, TestRow.Simple(1, 3));
        Assert.Equal(["1|1"], await fixture.QueryAsync(2, Count));
        Assert.Equal(["2|2"], await fixture.QueryAsync(1, Count));
        Assert.Null(fixture.Store.Health.Problem);
    }

    [Fact]
    public async Task After_an_outage_that_only_queries_met_the_verifier_finds_the_server_back()
    {
        var objects = await ObjectsAsync();
        await using var fixture = new StoreFixture { Objects = objects };
        await fixture.CommitAsync(1, TestRow.Simple(1, 1));
        File.Delete(fixture.Store.State.Project(new ProjectId(1)).Segments[0].File.Path);
        await fixture.ReopenAsync();
        objects.Before = FaultyObjectStore.Away;
        await Assert.ThrowsAsync<StoreUnavailableException>(() => fixture.QueryAsync(1, Count));
        using var verifier = new Verifier(fixture.Store, fixture.Options, TimeProvider.System, NullLogger<Verifier>.Instance);
        Assert.Throws<ObjectStoreException>(() => verifier.Look(Cancelled));
        Assert.NotNull(fixture.Store.Health.Problem);
        objects.Before = null;
        verifier.Look(Cancelled);
        Assert.Null(fixture.Store.Health.Problem);
    }

    [Fact]
    public async Task A_commit_whose_upload_fails_leaves_neither_rows_nor_objects()
    {
        var objects = await ObjectsAsync();
        await using var fixture = new StoreFixture { Objects = objects };
        await fixture.CommitAsync(1, TestRow.Simple(1, 1));
        objects.Before = static (operation, name) =>
            operation == "put" && name.StartsWith("seen/", StringComparison.Ordinal) ? FaultyObjectStore.Away(operation, name) : Task.CompletedTask;
        await Assert.ThrowsAsync<StoreUnavailableException>(() => fixture.CommitAsync(2, TestRow.Simple(1, 2)));
        Assert.Equal(["1|1"], await fixture.QueryAsync(1, Count));
        Assert.Equal(1, fixture.Store.Committed[0]);
        objects.Before = null;
        await fixture.CommitAsync(2, TestRow.Simple(1, 2));
        Assert.Equal(["2|2"], await fixture.QueryAsync(1, Count));
        await fixture.CloseAsync();
        Assert.Equal(4, Files(_prefix).Count(static file => !file.Contains(FileCache.OwnerName, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_wrong_object_is_fetched_again_once_and_then_told_until_it_is_right()
    {
        var time = new FakeTimeProvider(StoreFixture.Start);
        var objects = await ObjectsAsync();
        await using var fixture = new StoreFixture(static options => options.VerifyInterval = TimeSpan.Zero) { Objects = objects, Time = time };
        await fixture.CommitAsync(1, TestRow.Simple(1, 1));
        var local = fixture.Store.State.Project(new ProjectId(1)).Segments[0].File.Path;
        var remote = Files($"{_prefix}/segments").Single();
        var right = await File.ReadAllBytesAsync(remote, Cancelled);
        var wrong = (byte[])right.Clone();
        wrong[^100] ^= 1;
        await File.WriteAllBytesAsync(remote, wrong, Cancelled);
        File.Delete(local);
        await fixture.ReopenAsync();
        var damaged = await Assert.ThrowsAsync<DataDamagedException>(() => fixture.QueryAsync(1, Count));
        Assert.Contains("damaged in the object storage", damaged.Message, StringComparison.Ordinal);
        Assert.Equal(2, objects.Asked.Count(static asked => asked.StartsWith("get segments", StringComparison.Ordinal)));
        Assert.False(File.Exists(local));
        using var verifier = new Verifier(fixture.Store, fixture.Options, time, NullLogger<Verifier>.Instance);
        verifier.Look(Cancelled);
        Assert.Contains("damaged in the object storage", fixture.Store.Health.Problem!, StringComparison.Ordinal);

        // Right again: found when a minute has gone.
        await File.WriteAllBytesAsync(remote, right, Cancelled);
        verifier.Look(Cancelled);
        Assert.NotNull(fixture.Store.Health.Problem);
        time.Advance(TimeSpan.FromMinutes(1));
        verifier.Look(Cancelled);
        Assert.Null(fixture.Store.Health.Problem);
        Assert.Equal(["1|1"], await fixture.QueryAsync(1, Count));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_wrong_local_copy_is_replaced_from_the_object_storage(bool atStart)
    {
        await using var fixture = await OpenAsync();
        await fixture.CommitAsync(1, TestRow.Simple(1, 1));
        var segment = fixture.Store.State.Project(new ProjectId(1)).Segments[0];
        var bytes = await File.ReadAllBytesAsync(segment.File.Path, Cancelled);
        bytes[^100] ^= 1;
        await File.WriteAllBytesAsync(segment.File.Path, bytes, Cancelled);
        if (atStart)
        {
            await fixture.ReopenAsync();
        }
        else
        {
            Assert.True(fixture.Store.Damaged.IsIntact(segment, whole: true));
        }

        Assert.Equal(["1|1"], await fixture.QueryAsync(1, Count));
        Assert.Null(fixture.Store.Health.Problem);
        Assert.Equal(segment.Checksum, StoreFiles.Checksum(segment.File.Path));
    }

    [Fact]
    public async Task The_verifier_puts_an_object_again_that_has_gone_and_tells_of_one_of_which_there_is_no_copy()
    {
        var objects = await ObjectsAsync();
        await using var fixture = new StoreFixture(static options => options.VerifyInterval = TimeSpan.FromSeconds(5)) { Objects = objects };
        await fixture.CommitAsync(1, TestRow.Simple(1, 1));
        using var verifier = new Verifier(fixture.Store, fixture.Options, TimeProvider.System, NullLogger<Verifier>.Instance);
        File.Delete(Files($"{_prefix}/segments").Single());
        verifier.Look(Cancelled);
        Assert.Single(Files($"{_prefix}/segments"));
        Assert.Null(fixture.Store.Health.Problem);
        File.Delete(fixture.Store.State.Project(new ProjectId(1)).Segments[0].File.Path);
        await fixture.ReopenAsync();
        File.Delete(Files($"{_prefix}/segments").Single());
        using var again = new Verifier(fixture.Store, fixture.Options, TimeProvider.System, NullLogger<Verifier>.Instance);
        again.Look(Cancelled);
        Assert.Contains("missing from the object storage", fixture.Store.Health.Problem!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_that_a_merge_has_replaced_go_after_their_last_reader()
    {
        var objects = await ObjectsAsync();
        await using var fixture = new StoreFixture { Objects = objects };
        for (var i = 0; i < 3; i++)
        {
            await fixture.CommitAsync(i + 1, TestRow.Simple(1, i));
        }

        var first = fixture.Store.State.Project(new ProjectId(1)).Segments[0];
        Assert.True(first.File.TryAcquire());
        fixture.Compact();
        var name = fixture.Store.Files.NameOf(first.File.Path, first.Checksum);
        Assert.NotNull(await objects.FindAsync(name, Cancelled));
        Assert.True(File.Exists(first.File.Path));
        first.File.Release();
        await fixture.CloseAsync();
        Assert.Null(await objects.FindAsync(name, Cancelled));
        Assert.False(File.Exists(first.File.Path));
        Assert.Single(Files($"{_prefix}/segments"));
    }

    [Fact]
    public async Task A_person_who_is_removed_is_in_no_object_and_no_copy()
    {
        await using var fixture = await OpenAsync();
        await fixture.CommitAsync(1, new TestRow(1, 1, "view", "somebody-to-forget", 7, null, StoreFixture.Micros(0)), TestRow.Simple(1, 2));
        using (var batch = fixture.Store.BeginBatch())
        {
            batch.Identities.DistinctIds.Add((new ProjectId(1), "somebody-to-forget", 7));
            batch.Identities.Persons.Add((new ProjectId(1), new Person(7, Guid.NewGuid(), 0, true, "{\"mail\":\"somebody-to-forget\"}")));
            await batch.CommitAsync(2, Cancelled);
        }

        fixture.Store.Forget(Guid.NewGuid(), new ProjectId(1), 7);
        fixture.Compact();
        Assert.Equal(["1|1"], await fixture.QueryAsync(1, Count));
        await fixture.CloseAsync();
        var files = Files(_prefix).Concat(StoreFiles.Folders.SelectMany(folder =>
            Directory.EnumerateFiles(Path.Combine(fixture.Options.DataDirectory, folder), "*", SearchOption.AllDirectories))).ToList();
        Assert.NotEmpty(files);
        Assert.DoesNotContain(files, static file => File.ReadAllText(file, System.Text.Encoding.Latin1).Contains("somebody-to-forget", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Objects_that_nothing_names_go_when_they_are_old_and_others_never()
    {
        // By the server's clock, which is the real one.
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var objects = await ObjectsAsync();
        await using var fixture = new StoreFixture { Objects = objects, Time = time };
        await fixture.CommitAsync(1, TestRow.Simple(1, 1));
        var orphan = Path.Combine(fixture.Options.DataDirectory, "orphan");
        await File.WriteAllTextAsync(orphan, "x", Cancelled);
        await objects.PutAsync([new NewObject("segments/1/99-0.parquet", orphan, 1), new NewObject("notes/mine.txt", orphan, 1)], Cancelled);
        await fixture.Store.CollectAsync(Cancelled);
        Assert.NotNull(await objects.FindAsync("segments/1/99-0.parquet", Cancelled));
        time.Advance(TimeSpan.FromHours(25));
        await fixture.Store.CollectAsync(Cancelled);
        Assert.Null(await objects.FindAsync("segments/1/99-0.parquet", Cancelled));
        Assert.NotNull(await objects.FindAsync("notes/mine.txt", Cancelled));
        Assert.Single(Files($"{_prefix}/segments"));
        Assert.Equal(["1|1"], await fixture.QueryAsync(1, Count));
    }

    [Fact]
    public async Task To_another_catalog_the_objects_are_not_orphans_and_it_is_refused()
    {
        var objects = await ObjectsAsync();
        await using var fixture = new StoreFixture { Objects = objects };
        await fixture.CommitAsync(1, TestRow.Simple(1, 1));
        await using var empty = new StoreFixture { Objects = objects };
        var refused = Assert.Throws<InvalidDataException>(() => empty.Store);
        Assert.Contains("Headroom:S3:Prefix", refused.Message, StringComparison.Ordinal);

        // Nor where it could not be asked at the start.
        objects.Before = FaultyObjectStore.Away;
        _ = empty.Store;
        objects.Before = null;
        await Assert.ThrowsAsync<InvalidDataException>(() => empty.Store.CollectAsync(Cancelled).AsTask());
        Assert.DoesNotContain(objects.Asked, static asked => asked.StartsWith("list", StringComparison.Ordinal) || asked.StartsWith("delete", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_orphan_that_is_about_to_be_named_is_put_after_its_removal()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var objects = await ObjectsAsync();
        await using var fixture = new StoreFixture { Objects = objects, Time = time };
        await fixture.CommitAsync(1, TestRow.Simple(1, 1));
        var behind = fixture.CopyDirectory();
        await fixture.CommitAsync(2, TestRow.Simple(1, 2));

        // As after a crash whose commit did not count: the same batch is written with the same number again.
        await fixture.MoveToAsync(behind);
        time.Advance(TimeSpan.FromHours(25));
        var removing = new TaskCompletionSource();
        var go = new TaskCompletionSource();
        objects.Before = async (operation, name) =>
        {
            if (operation == "delete")
            {
                removing.TrySetResult();
                await go.Task;
            }
        };
        _ = fixture.Store;
        var collecting = fixture.Store.CollectAsync(Cancelled).AsTask();
        await removing.Task.WaitAsync(Deadline, Cancelled);
        var committing = Task.Run(() => fixture.CommitAsync(2, TestRow.Simple(1, 2)), Cancelled);
        go.SetResult();
        await committing;
        await collecting;
        foreach (var segment in fixture.Store.State.Project(new ProjectId(1)).Segments)
        {
            Assert.NotNull(await objects.FindAsync(fixture.Store.Files.NameOf(segment.File.Path, segment.Checksum), Cancelled));
        }
    }

    [Fact]
    public async Task Files_of_a_store_on_disk_are_put_before_any_is_evicted()
    {
        await using var fixture = new StoreFixture(static options => options.CacheBytes = 1);
        await fixture.CommitAsync(1, TestRow.Simple(1, 1));
        await fixture.CommitAsync(2, TestRow.Simple(1, 2));
        var directory = fixture.Options.DataDirectory;
        await using (var moved = new StoreFixture(options => (options.DataDirectory, options.CacheBytes) = (directory, 1)) { Objects = await ObjectsAsync() })
        {
            await fixture.CloseAsync();
            moved.Store.Files.Cache!.Trim();
            Assert.Equal(2, Directory.EnumerateFiles(moved.Store.Files.Segments, "*", SearchOption.AllDirectories).Count());
            await moved.Store.CollectAsync(Cancelled);
            Assert.Equal(4, Files(_prefix).Count(static file => !file.Contains(FileCache.OwnerName, StringComparison.Ordinal)));
            Assert.Empty(Directory.EnumerateFiles(moved.Store.Files.Segments, "*", SearchOption.AllDirectories));
            moved.Options.CacheBytes = 1_000_000;
            Assert.Equal(["2|2"], await moved.QueryAsync(1, Count));
        }
    }

    [Fact]
    public async Task A_download_goes_on_when_its_query_has_left_and_one_that_nobody_waits_for_does_not_begin()
    {
        var objects = await ObjectsAsync();
        await using var fixture = new StoreFixture { Objects = objects };
        await fixture.CommitAsync(1, TestRow.Simple(1, 1));
        var segment = fixture.Store.State.Project(new ProjectId(1)).Segments[0];
        File.Delete(segment.File.Path);
        await fixture.ReopenAsync();
        var begun = new TaskCompletionSource();
        var go = new TaskCompletionSource();
        objects.Before = async (operation, _) =>
        {
            begun.TrySetResult();
            await go.Task;
        };
        using var leaves = new CancellationTokenSource();
        var query = fixture.Store.QueryAsync(new StoreQuery { Project = new ProjectId(1), Sql = Count }, leaves.Token).AsTask();
        await begun.Task.WaitAsync(Deadline, Cancelled);
        await leaves.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => query);
        var late = await Assert.ThrowsAsync<QueryRefusedException>(() => fixture.Store.QueryAsync(
            new StoreQuery { Project = new ProjectId(1), Sql = Count, Timeout = TimeSpan.FromMilliseconds(50) }, Cancelled).AsTask());
        Assert.Equal(QueryBound.Time, late.Bound);
        go.SetResult();
        Assert.Equal(["1|1"], await fixture.QueryAsync(1, Count));
        Assert.Equal(1, objects.Asked.Count(static asked => asked.StartsWith("get segments", StringComparison.Ordinal)));
    }

    private IReadOnlyList<string> Files(string prefix) => shared.Server.Files(prefix);

    private async Task<FaultyObjectStore> ObjectsAsync()
    {
        var server = await shared.GetAsync(S3Server.Node);
        var client = new S3ObjectStore(server.Options(_prefix), TimeProvider.System);
        _clients.Add(client);
        return new FaultyObjectStore(client);
    }

    private async Task<StoreFixture> OpenAsync(Action<StoreOptions>? configure = null) => new(configure) { Objects = await ObjectsAsync() };
}
