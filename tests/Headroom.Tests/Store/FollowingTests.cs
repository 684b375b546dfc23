using CsCheck;
using Headroom.Core;
using Headroom.Store;
using Headroom.Store.Postgres;
using Headroom.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headroom.Tests.Store;

/// <summary>A store that only reads, beside the one that writes, over a real PostgreSQL.</summary>
public sealed class FollowingTests
{
    private const int Projects = 3;
    private const long Day = 86_400_000_000;
    private static readonly PropertyColumnKey Plan = new("plan", PropertyKind.Text);
    private static readonly ProjectId One = new(1);

    private enum Kind
    {
        Commit,
        Compact,
        RemoveOld,
        Forget,
        Reopen,
    }

    private static readonly Gen<TestRow> GenRow =
        from project in Gen.Int[1, Projects]
        from uuid in Gen.Int[0, 200]
        from owner in Gen.Int[1, 6]
        from late in Gen.Int[0, 30]
        from plan in Gen.OneOfConst("free", "pro")
        from named in Gen.Bool
        select new TestRow(project, uuid, "view", "u" + owner, owner, null, StoreFixture.Micros(-late * 86_400.0))
        {
            Properties = named ? [("plan" + (late % 3), plan)] : [],
        };

    private static readonly Gen<Step> GenStep =
        from kind in Gen.Frequency((7, Gen.Const(Kind.Commit)), (3, Gen.Const(Kind.Compact)), (1, Gen.Const(Kind.RemoveOld)), (1, Gen.Const(Kind.Forget)), (1, Gen.Const(Kind.Reopen)))
        from rows in GenRow.Array[0, 10]
        from merges in Gen.Select(Gen.Int[1, Projects], Gen.Int[1, 6], Gen.Int[1, 6]).Array[0, 2]
        from persons in Gen.Select(Gen.Int[1, Projects], Gen.Int[1, 6], Gen.OneOfConst("free", "pro")).Array[0, 2]
        from looks in Gen.Frequency((2, Gen.Const(true)), (1, Gen.Const(false)))
        from at in Gen.Int[0, 29]
        select new Step(kind, rows, merges, persons, looks, at);

    [Fact]
    public async Task At_each_version_the_reader_answers_as_the_store_that_writes_does()
    {
        var server = await PostgresServer.SharedAsync();
        await GenStep.Array[6, 18].SampleAsync(steps => RunAsync(server, steps), iter: 12, threads: 2);
    }

    [Fact]
    public async Task A_query_that_began_with_replaced_files_is_answered_while_they_are_kept()
    {
        var time = new FakeTimeProvider(StoreFixture.Start);
        await using var pair = await PairAsync(time: time);
        await pair.CommitAsync(3);
        await using var reader = pair.OpenReader();
        pair.Writer.Compact();
        var kept = pair.Objects.Names.Count;

        // It knows nothing of the merge, and has fetched nothing before it.
        Assert.Equal("3", await CountAsync(reader));
        Assert.Equal(3, reader.State.Project(One).Segments.Length);
        time.Advance(pair.Writer.Options.KeepReplaced);
        await UntilAsync(() => pair.Objects.Names.Count < kept);
        Assert.True(reader.CatchUp());
        Assert.Equal("3", await CountAsync(reader));
        Assert.Single(reader.State.Project(One).Segments);
        Assert.Single(Directory.EnumerateFiles(reader.Files.Segments, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_query_that_meets_a_missing_file_is_asked_once_more_of_the_newest_state()
    {
        await using var pair = await PairAsync(TimeSpan.Zero);
        await pair.CommitAsync(3);
        await using var reader = pair.OpenReader();
        pair.Writer.Compact();
        await UntilAsync(() => pair.Objects.Names.Count(static n => n.StartsWith("segments/", StringComparison.Ordinal)) == 1);
        Assert.Equal("3", await CountAsync(reader));
        Assert.Null(reader.Health.Problem);
        Assert.Single(reader.State.Project(One).Segments);
    }

    [Fact]
    public async Task A_file_that_is_missing_and_still_named_is_damage_and_is_told()
    {
        await using var pair = await PairAsync();
        await pair.CommitAsync(1);
        await using var reader = pair.OpenReader();
        foreach (var name in pair.Objects.Names.Where(static n => n.StartsWith("segments/", StringComparison.Ordinal)))
        {
            await pair.Objects.DeleteAsync(name, CancellationToken.None);
        }

        await Assert.ThrowsAsync<DataDamagedException>(() => CountAsync(reader));
        Assert.Contains("missing from the object storage", reader.Health.Problem, StringComparison.Ordinal);
        Assert.False(reader.Health.IsDegraded);
    }

    [Fact]
    public async Task While_the_catalog_is_away_it_goes_on_with_what_it_knows_and_says_since_when()
    {
        var server = await PostgresServer.SharedAsync();
        await using var proxy = new CuttingProxy(server.Port);
        var time = new FakeTimeProvider(StoreFixture.Start);
        await using var pair = await PairAsync();
        await pair.CommitAsync(2);
        await using var reader = pair.OpenReader(proxy.Port, time);
        proxy.Close();
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Throws<StoreUnavailableException>(() => reader.CatchUp());
        Assert.Null(reader.Health.Problem);
        time.Advance(TimeSpan.FromSeconds(6));
        Assert.Throws<StoreUnavailableException>(() => reader.CatchUp());
        Assert.Contains("missing from the answers here, for 7 s so far", reader.Health.Problem, StringComparison.Ordinal);
        Assert.Equal(StoreFixture.Start, reader.Health.Since);
        Assert.True(reader.Health.IsDegraded);
        Assert.Equal(7, reader.Behind.TotalSeconds);
        Assert.Equal("2", await CountAsync(reader));
        await pair.CommitAsync(1);
        proxy.Open();
        Assert.True(reader.CatchUp());
        Assert.Null(reader.Health.Problem);
        Assert.Equal("3", await CountAsync(reader));
    }

    [Fact]
    public async Task A_file_that_is_gone_while_the_catalog_is_away_is_an_error_that_says_so()
    {
        var server = await PostgresServer.SharedAsync();
        await using var proxy = new CuttingProxy(server.Port);
        await using var pair = await PairAsync(TimeSpan.Zero);
        await pair.CommitAsync(3);
        await using var reader = pair.OpenReader(proxy.Port);
        pair.Writer.Compact();
        await UntilAsync(() => pair.Objects.Names.Count(static n => n.StartsWith("segments/", StringComparison.Ordinal)) == 1);
        proxy.Close();
        var problem = await Assert.ThrowsAsync<StoreUnavailableException>(() => CountAsync(reader));
        Assert.Contains("was replaced", problem.Message, StringComparison.Ordinal);
        Assert.Contains("Ask again later", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_catalog_that_went_back_is_not_followed()
    {
        await using var pair = await PairAsync();
        await pair.CommitAsync(2);
        await using var reader = pair.OpenReader();
        await pair.ExecuteAsync("UPDATE catalog_state SET version = version - 1");
        Assert.Contains("Restart this process", Assert.Throws<InvalidDataException>(() => reader.CatchUp()).Message, StringComparison.Ordinal);
        Assert.NotNull(reader.Health.Problem);
        Assert.False(reader.Health.IsDegraded);
    }

    [Fact]
    public async Task Where_a_change_in_between_is_not_known_all_has_changed()
    {
        await using var pair = await PairAsync();
        await pair.CommitAsync(1);
        await using var reader = pair.OpenReader();
        await pair.CommitAsync(2);
        await pair.ExecuteAsync("DELETE FROM catalog_changes WHERE version = 2");
        Assert.True(reader.CatchUp());
        Assert.True(reader.ChangedSince(One, 1).Everything);
        Assert.True(reader.ChangedSince(One, 2).Everything);
        Assert.False(reader.ChangedSince(One, 3).Everything);
        await pair.CommitAsync(1);
        Assert.True(reader.CatchUp());
        Assert.False(reader.ChangedSince(One, 3).Everything);
        Assert.False(reader.CatchUp());
    }

    [Fact]
    public async Task Removals_are_told_as_such_and_not_as_merges()
    {
        await using var pair = await PairAsync();
        await pair.CommitAsync(2);
        await using var reader = pair.OpenReader();
        var version = reader.State.Project(One).DataVersion;
        pair.Writer.Store.RemoveBefore(One, long.MaxValue);
        pair.Writer.Compact();
        Assert.True(reader.CatchUp());
        var changes = reader.ChangedSince(One, version);
        Assert.Equal((false, false, true), (changes.Everything, changes.Merges, changes.Removals));
    }

    [Fact]
    public async Task Old_changes_do_not_pile_up()
    {
        await using var pair = await PairAsync();
        await pair.CommitAsync(1);
        await pair.ExecuteAsync("UPDATE projects SET data_version = 1022");
        await pair.ExecuteAsync("INSERT INTO catalog_changes SELECT 1, n, 0, 0, '' FROM generate_series(2, 1022) AS n");
        await pair.Writer.ReopenAsync();
        await pair.CommitAsync(2);
        Assert.Equal(512, await pair.AskAsync("SELECT count(*) FROM catalog_changes"));
        Assert.Equal(513, await pair.AskAsync("SELECT min(version) FROM catalog_changes"));
    }

    [Fact]
    public async Task Questions_are_answered_wholly_while_batches_and_merges_go_on()
    {
        await using var pair = await PairAsync(TimeSpan.Zero);
        await pair.CommitAsync(1);
        await using var reader = pair.OpenReader();
        var writing = Task.Run(async () =>
        {
            for (var i = 0; i < 40; i++)
            {
                await pair.CommitAsync(1);
                pair.Writer.Compact();
            }
        }, TestContext.Current.CancellationToken);
        long before = 0;
        var asked = 0;
        while (!writing.IsCompleted)
        {
            if (asked++ % 3 == 0)
            {
                reader.CatchUp();
            }

            var now = long.Parse(await CountAsync(reader), System.Globalization.CultureInfo.InvariantCulture);
            Assert.InRange(now, before, 41);
            before = now;
        }

        await writing;
        reader.CatchUp();
        Assert.Equal("41", await CountAsync(reader));
    }

    [Fact]
    public async Task It_takes_no_batches_and_needs_a_catalog_that_is_there()
    {
        await using var pair = await PairAsync();
        await pair.CommitAsync(1);
        await using (var reader = pair.OpenReader())
        {
            Assert.Contains("only reads", Assert.Throws<InvalidOperationException>(() => reader.BeginBatch()).Message, StringComparison.Ordinal);

            // Beside it the other still writes.
            await pair.CommitAsync(1);
        }

        pair.ReaderSchema = "c" + Guid.NewGuid().ToString("N");
        Assert.Contains("start that one first", Assert.Throws<IOException>(() => pair.OpenReader()).Message, StringComparison.Ordinal);
    }

    private static async Task RunAsync(PostgresServer server, Step[] steps)
    {
        await using var pair = new Pair(server, TimeSpan.Zero, TimeProvider.System);
        _ = pair.Writer.Store;
        await using var reader = pair.OpenReader();
        var offset = 0L;
        var changesAreKnown = true;
        foreach (var step in steps)
        {
            switch (step.Kind)
            {
                case Kind.Commit:
                    await CommitAsync(pair.Writer.Store, step, ++offset);
                    break;
                case Kind.Compact:
                    pair.Writer.Compact();
                    break;
                case Kind.RemoveOld:
                    pair.Writer.Store.RemoveBefore(One, StoreFixture.Micros(-step.At * 86_400.0));
                    pair.Writer.Compact();
                    break;
                case Kind.Forget:
                    pair.Writer.Store.Forget(Guid.NewGuid(), new ProjectId(1 + (step.At % Projects)), 1 + (step.At % 6));
                    pair.Writer.Compact();
                    break;
                default:
                    await pair.Writer.ReopenAsync();
                    changesAreKnown = false;
                    break;
            }

            if (step.Looks)
            {
                reader.CatchUp();
                await CompareAsync(pair.Writer.Store, reader, changesAreKnown);
            }
        }

        reader.CatchUp();
        await CompareAsync(pair.Writer.Store, reader, changesAreKnown);
    }

    private static async Task CommitAsync(SegmentStore store, Step step, long offset)
    {
        using var batch = store.BeginBatch();
        foreach (var row in step.Rows)
        {
            if (row.AddTo(batch))
            {
                batch.Identities.DistinctIds.Add((new ProjectId(row.Project), row.DistinctId, row.PersonKey));
            }
        }

        foreach (var (project, key, plan) in step.Persons)
        {
            batch.Identities.Persons.Add((new ProjectId(project), new Person(key, StoreFixture.Uuid(key + 1000), StoreFixture.Micros(0), true, $"{{\"plan\":\"{plan}\"}}")));
        }

        foreach (var (project, from, to) in step.Merges)
        {
            if (from != to)
            {
                batch.Identities.Merges.Add((new ProjectId(project), from, to));
            }
        }

        await batch.CommitAsync(offset, CancellationToken.None);
    }

    private static async Task CompareAsync(SegmentStore writer, SegmentStore reader, bool changesAreKnown)
    {
        for (var number = 1; number <= Projects; number++)
        {
            var project = new ProjectId(number);
            var (expected, found) = (writer.Schema(project), reader.Schema(project));
            Assert.Equal(expected.DataVersion, found.DataVersion);
            Assert.Equal((expected.Rows, expected.Bytes, expected.MinTimestamp, expected.MaxTimestamp), (found.Rows, found.Bytes, found.MinTimestamp, found.MaxTimestamp));
            Assert.Equal(expected.Columns.Order(Comparer<PropertyColumnKey>.Create(static (a, b) => string.CompareOrdinal(a.Name, b.Name))), found.Columns.Order(Comparer<PropertyColumnKey>.Create(static (a, b) => string.CompareOrdinal(a.Name, b.Name))));
            Assert.Equal(writer.Ledger(project), reader.Ledger(project));
            Assert.Equal(writer.LastPersonKey(project), reader.LastPersonKey(project));
            string[] ids = [.. Enumerable.Range(1, 6).Select(static i => "u" + i)];
            Assert.Equal(writer.FindPersons(project, ids).OrderBy(static p => p.Key), reader.FindPersons(project, ids).OrderBy(static p => p.Key));
            foreach (var sql in (string[])
            [
                "SELECT uuid, event, distinct_id, {person_key}, \"timestamp\" FROM {events} AS e ORDER BY uuid",
                "SELECT from_key, to_key FROM {overrides} ORDER BY ALL",
            ])
            {
                Assert.Equal(await RowsAsync(writer, new StoreQuery { Project = project, Sql = sql }), await RowsAsync(reader, new StoreQuery { Project = project, Sql = sql }));
            }

            var persons = new StoreQuery { Project = project, Sql = "SELECT person_key, uuid, \"t:plan\" FROM {persons} ORDER BY 1", PersonColumns = [Plan] };
            Assert.Equal(await RowsAsync(writer, persons), await RowsAsync(reader, persons));
            long[] bounds = [.. Enumerable.Range(-32, 34).Select(static i => (StoreFixture.Micros(0) / Day * Day) + (i * Day))];
            Assert.Equal((await writer.CountAsync(project, [null], bounds, CancellationToken.None))!.Counts[0], (await reader.CountAsync(project, [null], bounds, CancellationToken.None))!.Counts[0]);
            for (var version = 0L; version <= expected.DataVersion && changesAreKnown; version++)
            {
                var (theirs, ours) = (writer.ChangedSince(project, version), reader.ChangedSince(project, version));
                Assert.Equal((theirs.DataVersion, theirs.Everything, theirs.Merges, theirs.Persons), (ours.DataVersion, ours.Everything, ours.Merges, ours.Persons));
                Assert.Equal(theirs.Ranges, ours.Ranges);
            }
        }
    }

    private static async Task<List<string>> RowsAsync(SegmentStore store, StoreQuery query) =>
        [.. (await store.QueryAsync(query, CancellationToken.None)).Rows.Select(static r => string.Join("|", r.Select(StoreFixture.Text)))];

    private static async Task<string> CountAsync(SegmentStore store) =>
        (await RowsAsync(store, new StoreQuery { Project = One, Sql = "SELECT count(*) FROM {events}" }))[0];

    private static async Task UntilAsync(Func<bool> there)
    {
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!there())
        {
            await Task.Delay(10, late.Token);
        }
    }

    private static async Task<Pair> PairAsync(TimeSpan? keep = null, TimeProvider? time = null) =>
        new(await PostgresServer.SharedAsync(), keep, time ?? TimeProvider.System);

    /// <summary>A store that writes, and what one beside it needs.</summary>
    private sealed class Pair : IAsyncDisposable
    {
        private readonly PostgresServer _server;
        private readonly List<string> _directories = [];
        private long _offset;
        private int _uuid;

        public Pair(PostgresServer server, TimeSpan? keep, TimeProvider time)
        {
            _server = server;
            Writer = new StoreFixture(server, options => options.KeepReplaced = keep ?? options.KeepReplaced) { Objects = Objects, Time = time };
        }

        public MemoryObjects Objects { get; } = new();

        public StoreFixture Writer { get; }

        /// <summary>Another one than the writer's.</summary>
        public string? ReaderSchema { get; set; }

        public SegmentStore OpenReader(int? port = null, TimeProvider? time = null)
        {
            var directory = Directory.CreateTempSubdirectory("headroom-reader-").FullName;
            _directories.Add(directory);
            var options = new StoreOptions
            {
                DataDirectory = directory,
                QueryMemoryMegabytes = 256,
                QueryThreads = 2,
                Postgres = new PostgresCatalogOptions
                {
                    ConnectionString = PostgresServer.ConnectionStringTo(port ?? _server.Port),
                    CatalogSchema = ReaderSchema ?? Writer.Options.Postgres!.CatalogSchema,
                },
            };
            return new SegmentStore(options, time ?? TimeProvider.System, NullLogger<SegmentStore>.Instance, objects: Objects, follows: true);
        }

        /// <summary>So many batches of a row each.</summary>
        public async Task CommitAsync(int batches)
        {
            for (var i = 0; i < batches; i++)
            {
                await Writer.CommitAsync(++_offset, TestRow.Simple(1, _uuid++));
            }
        }

        public Task ExecuteAsync(string sql) => AskAsync(sql);

        public async Task<long> AskAsync(string sql)
        {
            await using var connection = new Npgsql.NpgsqlConnection(_server.ConnectionString + ";Pooling=False;Search Path=" + Writer.Options.Postgres!.CatalogSchema);
            await connection.OpenAsync();
            await using var command = new Npgsql.NpgsqlCommand(sql, connection);
            return await command.ExecuteScalarAsync() is long number ? number : 0;
        }

        public async ValueTask DisposeAsync()
        {
            await Writer.DisposeAsync();
            foreach (var directory in _directories)
            {
                Directory.Delete(directory, recursive: true);
            }
        }
    }

    private sealed record Step(Kind Kind, TestRow[] Rows, (int Project, int From, int To)[] Merges, (int Project, int Key, string Plan)[] Persons, bool Looks, int At)
    {
        public override string ToString() =>
            $"{Kind} at {At} looks {Looks} rows [{string.Join("; ", Rows.AsEnumerable())}] merges [{string.Join(",", Merges)}] persons [{string.Join(",", Persons)}]";
    }
}
