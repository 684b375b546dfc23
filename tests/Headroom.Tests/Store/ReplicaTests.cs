using System.Diagnostics;
using System.Globalization;
using CsCheck;
using Headroom.Core;
using Headroom.Store;
using Headroom.Store.Postgres;
using Headroom.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Xunit;

namespace Headroom.Tests.Store;

/// <summary>A store that only reads, over a real PostgreSQL and a real streaming replica of it. They stay for all tests of the class, which put back what they changed.</summary>
public sealed class ReplicaTests(ReplicaTests.Servers servers) : IClassFixture<ReplicaTests.Servers>
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);
    private static readonly ProjectId One = new(1);

    private enum Kind
    {
        Commit,
        Wait,
        Pause,
        Resume,
        Cut,
        Mend,
    }

    [Fact]
    public async Task The_replica_is_read_while_it_is_fresh_and_the_primary_while_it_is_not_and_no_answer_is_older_than_the_bound()
    {
        await using var pair = await servers.PairAsync();
        await pair.CommitAsync();
        await using var reader = pair.OpenReader();
        using var watch = new Watch(pair, reader);
        await watch.UntilReadAsync("replica");

        // All that it does goes there: the primary is only asked for the version.
        Assert.NotEqual(0, await servers.Replica.AskAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'headroom catalog follower%'"));
        Assert.Empty(reader.FindPersons(One, ["nobody"]));
        const string Lookups = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'headroom catalog lookups%' AND query LIKE '%FROM identities%'";
        Assert.Equal((1, 0), (await servers.Replica.AskAsync<long>(Lookups), await servers.Primary.AskAsync<long>(Lookups)));
        Assert.Null(reader.Health.Problem);

        await servers.Replica.ExecuteAsync("SELECT pg_wal_replay_pause()");
        await watch.UntilReadAsync("primary");
        Assert.True(reader.CatalogFallbacks >= 1);
        await watch.UntilAsync(() => reader.Health.Problem is not null);
        Assert.True(reader.Health.IsDegraded);
        Assert.Contains("MaxReplicaStalenessSeconds is 2", reader.Health.Problem, StringComparison.Ordinal);
        Assert.InRange(reader.Since(Replica(reader).AsOf!.Value).TotalSeconds, Bound.TotalSeconds / 2, 60);

        await servers.Replica.ExecuteAsync("SELECT pg_wal_replay_resume()");
        await watch.UntilReadAsync("replica");
        Assert.Null(reader.Health.Problem);

        await servers.Replica.StopAsync(immediately: true);
        Assert.Empty(reader.FindPersons(One, ["nobody"]));
        await watch.UntilReadAsync("primary");
        Assert.True(reader.CatalogFallbacks >= 2);

        await servers.Replica.StartAgainAsync();
        await watch.UntilReadAsync("replica");
        Assert.True(await watch.EndAsync() > 20);

        // A busy machine adds some.
        Assert.Equal(pair.Fallbacks, reader.CatalogFallbacks);
    }

    [Fact]
    public async Task Each_read_is_told_with_the_kind_of_its_server_and_looks_at_the_version_are_none()
    {
        await using var pair = await servers.PairAsync();
        await pair.CommitAsync();
        var files = new StoreFiles("/nowhere") { AreCopies = true };
        using var alone = PostgresCatalog.OpenToRead(pair.Settings(), TimeProvider.System, NullLogger.Instance);
        var told = Told(alone);
        var known = alone.Follow(files, SegmentStore.EmbeddedLog, null).Next!.State;
        Assert.Equal([false], told);
        Assert.Null(alone.Follow(files, SegmentStore.EmbeddedLog, known).Next);
        Assert.Equal([false], told);
        using (alone.Looking())
        {
            Assert.Null(alone.PersonKey(One, "nobody"));
        }

        Assert.Equal([false, false], told);
        using var beside = PostgresCatalog.OpenToRead(pair.Settings(servers.Replica.Port), TimeProvider.System, NullLogger.Instance);
        var toldBeside = Told(beside);
        known = null;
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!toldBeside.Contains(true))
        {
            late.Token.ThrowIfCancellationRequested();
            await pair.CommitAsync();
            known = beside.Follow(files, SegmentStore.EmbeddedLog, known).Next?.State ?? known;
        }

        Assert.Equal(2, told.Count);

        static List<bool> Told(PostgresCatalog catalog)
        {
            var told = new List<bool>();
            catalog.WasRead = (took, replica) =>
            {
                Assert.True(took > TimeSpan.Zero);
                told.Add(replica);
            };
            return told;
        }
    }

    [Fact]
    public async Task A_replica_that_is_cut_off_from_the_primary_is_left_and_one_that_shows_nothing_new_where_nothing_happens_is_not()
    {
        await using var pair = await servers.PairAsync();
        await pair.CommitAsync();
        await using var reader = pair.OpenReader();
        await using (var watch = new Watch(pair, reader))
        {
            await watch.UntilReadAsync("replica");
            await watch.EndAsync();
        }

        servers.Way.Close();
        for (var started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < Bound * 0.85;)
        {
            reader.CatchUp();

            // Where this came late, it may rightly have been left already.
            var read = Read(reader);
            Assert.True(read == "replica" || Stopwatch.GetElapsedTime(started) >= Bound * 0.85);
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        await using (var watch = new Watch(pair, reader))
        {
            await watch.UntilReadAsync("primary");
            servers.Way.Open();
            await watch.UntilReadAsync("replica");
            await watch.EndAsync();
        }
    }

    [Fact]
    public async Task A_replica_of_which_nothing_is_heard_is_left_within_the_bound_and_another_is_read()
    {
        await using var pair = await servers.PairAsync();
        await pair.CommitAsync();
        await using var proxy = new CuttingProxy(servers.Replica.Port);
        await using var reader = pair.OpenReader(proxy.Port, servers.Replica.Port);
        await using var watch = new Watch(pair, reader);
        await watch.UntilAsync(() => reader.CatalogServers[0].IsRead);
        proxy.Stall();
        await watch.UntilAsync(() => reader.CatalogServers[1].IsRead);
        await watch.EndAsync();
    }

    [Fact]
    public async Task While_the_primary_is_out_of_reach_the_replica_is_read_and_health_says_that_nobody_knows_how_old_it_is()
    {
        await using var pair = await servers.PairAsync();
        await pair.CommitAsync();
        await using var proxy = new CuttingProxy(servers.Primary.Port);
        pair.PrimaryPort = proxy.Port;
        await using var reader = pair.OpenReader();
        await UntilAsync(() => reader.CatchUp() || Read(reader) == "replica");
        proxy.Close();
        await UntilAsync(() =>
        {
            try
            {
                reader.CatchUp();
                return false;
            }
            catch (StoreUnavailableException)
            {
                return reader.Behind > Bound - TimeSpan.FromMilliseconds(600);
            }
        });
        await pair.CommitAsync();
        await UntilAsync(() =>
        {
            Assert.Throws<StoreUnavailableException>(() => reader.CatchUp());
            return reader.State.Committed == pair.Writer.Store.Committed;
        });
        await UntilAsync(() =>
        {
            Assert.Throws<StoreUnavailableException>(() => reader.CatchUp());
            return reader.Health.Problem is not null;
        });
        Assert.True(reader.Health.IsDegraded);
        Assert.Contains("cannot be read", reader.Health.Problem, StringComparison.Ordinal);
        Assert.Empty(reader.FindPersons(One, ["nobody"]));
        proxy.Open();
        await UntilAsync(() =>
        {
            try
            {
                reader.CatchUp();
                return reader.Health.Problem is null;
            }
            catch (StoreUnavailableException)
            {
                return false;
            }
        });
        Assert.Equal("replica", Read(reader));
    }

    [Fact]
    public async Task What_is_no_replica_of_the_server_is_not_read()
    {
        await using var pair = await servers.PairAsync();
        await pair.CommitAsync();

        // Another installation's server, and the primary itself by another address.
        var other = await PostgresServer.SharedAsync();
        await using var itself = new CuttingProxy(servers.Primary.Port);
        await using var reader = pair.OpenReader(other.Port, itself.Port);
        await UntilAsync(() => reader.CatchUp() || reader.Health.Problem is not null);
        Assert.Equal("primary", Read(reader));
        Assert.Contains("is no replica of that server", reader.Health.Problem, StringComparison.Ordinal);
        Assert.Contains("is no standby", reader.Health.Problem, StringComparison.Ordinal);
        Assert.Equal(0, reader.CatalogFallbacks);
    }

    [Fact]
    public async Task Whatever_happens_to_the_replica_what_was_seen_never_goes_back_and_is_never_older_than_the_bound() =>
        await Gen.Select(Gen.Frequency(
            (4, Gen.Const(Kind.Commit)), (4, Gen.Const(Kind.Wait)), (1, Gen.Const(Kind.Pause)), (1, Gen.Const(Kind.Resume)), (1, Gen.Const(Kind.Cut)), (1, Gen.Const(Kind.Mend))), Gen.Int[100, 300])
            .Array[10, 16].SampleAsync(RunAsync, iter: 1, threads: 1);

    [Theory]
    [InlineData("Host=replica", 5, null)]
    [InlineData("Port=5433", 5, "one Host")]
    [InlineData("Host=a,b", 5, "one Host")]
    [InlineData("Host=db", 5, "twice")]
    [InlineData("Hosst=x", 5, "cannot be read")]
    [InlineData("Host=replica", 1, "MaxReplicaStalenessSeconds must be from 2 to 300")]
    [InlineData("Host=replica", 301, "MaxReplicaStalenessSeconds must be from 2 to 300")]
    public void Settings_are_checked_by_name(string replica, int seconds, string? said)
    {
        var options = new PostgresCatalogOptions { ConnectionString = "Host=db;Database=x;Password='a;b'", MaxReplicaStalenessSeconds = seconds };
        options.Replicas.Add(replica);
        var result = new PostgresCatalogOptionsValidator().Validate(Options.DefaultName, options);
        Assert.Equal(said, said is null ? result.FailureMessage : result.FailureMessage!.Contains(said, StringComparison.Ordinal) ? said : result.FailureMessage);
    }

    [Theory]
    [InlineData(20, true)]
    [InlineData(19, false)]
    public void What_a_replica_may_be_behind_is_far_less_than_what_was_replaced_is_kept(int seconds, bool isEnough)
    {
        var options = new StoreOptions { KeepReplaced = TimeSpan.FromSeconds(seconds), Postgres = new PostgresCatalogOptions { ConnectionString = "Host=db;Database=x" } };
        Assert.True(new StoreOptionsValidator().Validate(Options.DefaultName, options).Succeeded);
        options.Postgres.Replicas.Add("Host=replica");
        var result = new StoreOptionsValidator().Validate(Options.DefaultName, options);
        Assert.Equal(isEnough, result.Succeeded);
        Assert.True(isEnough || result.FailureMessage!.Contains("Headroom:Store:KeepReplaced", StringComparison.Ordinal));
    }

    private static string Read(SegmentStore reader) => reader.CatalogServers.Single(static s => s.IsRead).IsReplica ? "replica" : "primary";

    private static CatalogServer Replica(SegmentStore reader) => reader.CatalogServers.First(static s => s.IsReplica);

    private static async Task UntilAsync(Func<bool> there)
    {
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!there())
        {
            await Task.Delay(50, late.Token);
        }
    }

    private async Task RunAsync((Kind Kind, int Milliseconds)[] steps)
    {
        await using var pair = await servers.PairAsync();
        await pair.CommitAsync();
        await using var reader = pair.OpenReader();
        try
        {
            foreach (var (kind, milliseconds) in steps)
            {
                switch (kind)
                {
                    case Kind.Commit:
                        await pair.CommitAsync();
                        break;
                    case Kind.Wait:
                        for (var i = 0; i < milliseconds / 100; i++)
                        {
                            await Task.Delay(200, TestContext.Current.CancellationToken);
                            pair.Look(reader);
                        }

                        break;
                    case Kind.Pause:
                        await servers.Replica.ExecuteAsync("SELECT pg_wal_replay_pause()");
                        break;
                    case Kind.Resume:
                        await servers.Replica.ExecuteAsync("SELECT pg_wal_replay_resume()");
                        break;
                    case Kind.Cut:
                        servers.Way.Close();
                        break;
                    case Kind.Mend:
                        servers.Way.Open();
                        break;
                }

                pair.Look(reader);
            }
        }
        finally
        {
            servers.Way.Open();
            await servers.Replica.ExecuteAsync("SELECT pg_wal_replay_resume()");
        }
    }

    /// <summary>A primary, and a replica that replicates through a proxy.</summary>
    public sealed class Servers : IAsyncDisposable
    {
        private readonly Lazy<Task> _started;

        public Servers() => _started = new(StartAsync);

        internal PostgresServer Primary { get; private set; } = null!;

        internal PostgresServer Replica { get; private set; } = null!;

        /// <summary>From the replica to the primary.</summary>
        internal CuttingProxy Way { get; private set; } = null!;

        internal async Task<Pair> PairAsync()
        {
            await _started.Value;
            var pair = new Pair(this);

            // The catalog is there, and the replica has it.
            _ = pair.Writer.Store;
            await Replica.ExecuteAsync("SELECT pg_wal_replay_resume()");
            using var late = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            while (!await Replica.AskAsync<bool>($"SELECT to_regclass('{pair.Schema}.catalog_changes') IS NOT NULL"))
            {
                await Task.Delay(20, late.Token);
            }

            return pair;
        }

        public async ValueTask DisposeAsync()
        {
            if (_started.IsValueCreated)
            {
                await Replica.DisposeAsync();
                await Way.DisposeAsync();
                await Primary.DisposeAsync();
            }
        }

        private async Task StartAsync()
        {
            Primary = await PostgresServer.StartAsync();
            Way = new CuttingProxy(Primary.Port);
            Replica = await Primary.StartReplicaAsync(Way.Port);
        }
    }

    /// <summary>A store that writes, what one beside it needs, and what was committed when.</summary>
    internal sealed class Pair : IAsyncDisposable
    {
        private readonly Servers _servers;
        private readonly MemoryObjects _objects = new();
        private readonly List<string> _directories = [];
        private readonly List<(long Answered, long Position)> _commits = [];
        private long _offset;
        private long _seen;
        private long _looked;

        public Pair(Servers servers)
        {
            _servers = servers;
            PrimaryPort = servers.Primary.Port;
            Writer = new StoreFixture(servers.Primary) { Objects = _objects };
        }

        public StoreFixture Writer { get; }

        public int PrimaryPort { get; set; }

        /// <summary>How often a look found the replica left for the primary.</summary>
        public long Fallbacks { get; private set; }

        public string Schema => Writer.Options.Postgres!.CatalogSchema;

        public SegmentStore OpenReader(params int[] replicas)
        {
            var directory = Directory.CreateTempSubdirectory("headroom-reader-").FullName;
            _directories.Add(directory);
            var postgres = Settings(replicas.Length == 0 ? [_servers.Replica.Port] : replicas);
            var options = new StoreOptions { DataDirectory = directory, QueryMemoryMegabytes = 256, QueryThreads = 2, Postgres = postgres };
            Assert.True(new PostgresCatalogOptionsValidator().Validate(Options.DefaultName, postgres).Succeeded);
            return new SegmentStore(options, TimeProvider.System, NullLogger<SegmentStore>.Instance, objects: _objects, follows: true);
        }

        public PostgresCatalogOptions Settings(params int[] replicas)
        {
            var postgres = new PostgresCatalogOptions
            {
                ConnectionString = PostgresServer.ConnectionStringTo(PrimaryPort),
                CatalogSchema = Schema,
                MaxReplicaStalenessSeconds = (int)Bound.TotalSeconds,
            };
            foreach (var port in replicas)
            {
                postgres.Replicas.Add(string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={port}"));
            }

            return postgres;
        }

        public async Task CommitAsync()
        {
            await Writer.CommitAsync(++_offset, TestRow.Simple(1, (int)_offset));
            lock (_commits)
            {
                _commits.Add((Stopwatch.GetTimestamp(), _offset));
            }
        }

        /// <summary>Looks at the catalog, as is done four times a second; what is answered from before and after must not be too old.</summary>
        public void Look(SegmentStore reader)
        {
            RequireRecent(reader);
            var before = Read(reader);
            reader.CatchUp();
            Fallbacks += before == "replica" && Read(reader) == "primary" ? 1 : 0;
            _looked = Stopwatch.GetTimestamp();
            RequireRecent(reader);
        }

        private void RequireRecent(SegmentStore reader)
        {
            // The state first, so that what is committed meanwhile is none that it must have.
            var state = reader.State.Committed.Sum;
            var now = Stopwatch.GetTimestamp();

            // A look that comes late, as it may on a busy machine, is late for what is shown as well.
            var late = _looked == 0 ? TimeSpan.Zero : Stopwatch.GetElapsedTime(_looked, now) - LookEvery;
            var bound = late > TimeSpan.Zero ? Bound + late : Bound;
            Assert.True(state >= _seen, $"{state} after {_seen}");
            _seen = state;
            lock (_commits)
            {
                foreach (var (answered, position) in _commits)
                {
                    Assert.True(position <= state || Stopwatch.GetElapsedTime(answered, now) <= bound, $"{position} is missing {Stopwatch.GetElapsedTime(answered, now).TotalSeconds:0.00} s after it was committed");
                }
            }
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

    /// <summary>Commits and looks all the time.</summary>
    private sealed class Watch : IAsyncDisposable, IDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Pair _pair;
        private readonly SegmentStore _reader;
        private readonly Task _writing;
        private readonly Task _looking;
        private int _looks;

        public Watch(Pair pair, SegmentStore reader)
        {
            (_pair, _reader) = (pair, reader);
            _writing = Task.Run(async () =>
            {
                while (!_stop.IsCancellationRequested)
                {
                    await pair.CommitAsync();
                    await Task.Delay(70);
                }
            });
            _looking = Task.Run(async () =>
            {
                while (!_stop.IsCancellationRequested)
                {
                    pair.Look(reader);
                    _looks++;
                    await Task.Delay(200);
                }
            });
        }

        public Task UntilReadAsync(string kind) => UntilAsync(() => Read(_reader) == kind);

        public async Task UntilAsync(Func<bool> there)
        {
            using var late = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            while (!there())
            {
                if (_looking.IsCompleted)
                {
                    await _looking;
                }

                await Task.Delay(20, late.Token);
            }
        }

        /// <summary>The looks that were made, of which none failed.</summary>
        public async Task<int> EndAsync()
        {
            await _stop.CancelAsync();
            await _writing;
            await _looking;
            _pair.Look(_reader);
            return _looks;
        }

        public void Dispose() => _stop.Dispose();

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await Task.WhenAll(_writing, _looking).ContinueWith(static _ => { }, TaskScheduler.Default);
            Dispose();
        }
    }
}
