using System.Text;
using Headroom.Core;
using Headroom.Scale.S3;
using Headroom.Store;
using Headroom.Store.ClickHouse;
using Headroom.Store.Postgres;
using Headroom.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace Headroom.Tests.Store;

/// <summary>A store in a directory of its own, with the compaction run by hand; of the chosen kind (<see cref="ChosenStore"/>) where a test does not say.</summary>
internal sealed class StoreFixture : IAsyncDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);
    private readonly List<string> _directories = [];
    private readonly Dictionary<string, string> _schemas = [];
    private readonly PostgresServer? _server;
    private readonly S3ObjectStore? _s3;
    private SegmentStore? _store;
    private Compactor? _compactor;
    private MortalObjects? _objects;

    public StoreFixture(Action<StoreOptions>? configure = null)
    {
        Options = new StoreOptions
        {
            DataDirectory = NewDirectory(),
            CompactionFanIn = 3,
            QueryMemoryMegabytes = 256,
            QueryThreads = 2,
        };
        if (ChosenStore.IsPostgresS3)
        {
            (_server, _s3) = ChosenStore.Take();
            Objects = _s3;
            Options.Postgres = NewSchema(_server.Port);
            Options.CacheBytes = ChosenStore.RoomForFiles;
        }

        configure?.Invoke(Options);
    }

    /// <summary>As above, with the catalog in a schema of its own.</summary>
    public StoreFixture(PostgresServer server, Action<StoreOptions>? configure = null, int? port = null)
        : this(configure)
    {
        _server = server;
        Options.Postgres = NewSchema(port ?? server.Port);
    }

    public StoreOptions Options { get; }

    public long FewPersons { get; init; } = 20_000;

    /// <summary>Null for as many as a server goes through at a time.</summary>
    public long? SeenSliceKeys { get; init; }

    /// <summary>Where the files live; null for the directory.</summary>
    public IObjectStore? Objects { get; init; }

    /// <summary>A ClickHouse that has the same rows, made for each opening of the store and ended with it; null for none.</summary>
    public Func<StoreOptions, ClickHouseCopies>? ClickHouse { get; set; }

    /// <summary>That of the open store.</summary>
    public ClickHouseCopies? Copies { get; private set; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Asked at each step of making files durable; may throw.</summary>
    public Action<StoreStep, string>? Probe { get; set; }

    public SegmentStore Store => _store ??= new SegmentStore(
        Options, Time, NullLogger<SegmentStore>.Instance, (step, path) => Probe?.Invoke(step, path), objects: Objects is null ? null : _objects = new MortalObjects(Objects),
        copies: Copies = ClickHouse?.Invoke(Options));

    public static long Micros(double seconds) => UnixMicros.From(Start) + (long)(seconds * 1_000_000);

    public static ProjectId Project(int id) => new(id);

    public static Guid Uuid(int number) => new(number, 0x1234, 0x4abc, 0x80, 1, 2, 3, 4, 5, 6, 7);

    public Compactor Compactor(TimeProvider? time = null)
    {
        time ??= new FakeTimeProvider(Start.AddDays(1));
        return SeenSliceKeys is { } keys
            ? new(Store, Options, time, NullLogger<Compactor>.Instance) { FewPersons = FewPersons, SeenSliceKeys = keys }
            : new(Store, Options, time, NullLogger<Compactor>.Instance) { FewPersons = FewPersons };
    }

    public int Compact(TimeProvider time)
    {
        using var compactor = Compactor(time);
        return Run(compactor, int.MaxValue);
    }

    /// <summary>Does pieces of work until there are none, or so many; what is under way then goes on the next time, as long as the store is open.</summary>
    public int Compact(int most = int.MaxValue) => Run(_compactor ??= Compactor(), most);

    public async Task ReopenAsync()
    {
        await CloseAsync();
        _ = Store;
    }

    public async Task CloseAsync()
    {
        _compactor?.Dispose();
        _compactor = null;
        if (_store is not null)
        {
            await _store.DisposeAsync();
            _store = null;
            Copies?.Dispose();
            Copies = null;
        }
    }

    /// <summary>Goes on with a copy of the directory, as it was at a crash.</summary>
    public async Task MoveToAsync(string directory)
    {
        await CloseAsync();
        Options.DataDirectory = directory;
        if (Options.Postgres is { } postgres)
        {
            postgres.CatalogSchema = _schemas[directory];
        }
    }

    /// <summary>What a crash leaves. Of files that are objects the store deletes none from here on: its process is dead.</summary>
    public string Crash()
    {
        _objects?.Die();
        return CopyDirectory();
    }

    public string CopyDirectory()
    {
        var copy = NewDirectory();
        foreach (var directory in Directory.EnumerateDirectories(Options.DataDirectory, "*", SearchOption.AllDirectories))
        {
            Directory.CreateDirectory(directory.Replace(Options.DataDirectory, copy, StringComparison.Ordinal));
        }

        foreach (var file in Directory.EnumerateFiles(Options.DataDirectory, "*", SearchOption.AllDirectories))
        {
            if (!file.EndsWith("store.lock", StringComparison.Ordinal))
            {
                File.Copy(file, file.Replace(Options.DataDirectory, copy, StringComparison.Ordinal));
            }
        }

        if (Options.Postgres is { } postgres)
        {
            _schemas[copy] = CopySchema(postgres.CatalogSchema);
        }

        return copy;
    }

    public async Task CommitAsync(long offset, params TestRow[] rows)
    {
        using var batch = Store.BeginBatch();
        foreach (var row in rows)
        {
            row.AddTo(batch);
        }

        await batch.CommitAsync(offset, CancellationToken.None);
    }

    public async Task<List<string>> QueryAsync(int project, string sql, params PropertyColumnKey[] columns)
    {
        var rows = await Store.QueryAsync(
            new StoreQuery { Project = Project(project), Sql = sql, Columns = columns }, CancellationToken.None);
        return [.. rows.Rows.Select(r => string.Join("|", r.Select(Text)))];
    }

    public async Task<List<string>> PersonsAsync(int project, params PropertyColumnKey[] columns)
    {
        var names = string.Concat(columns.Select(static c => ", \"" + c.ColumnName.Replace("\"", "\"\"", StringComparison.Ordinal) + "\""));
        var rows = await Store.QueryAsync(
            new StoreQuery { Project = Project(project), Sql = $"SELECT person_key, uuid, created_at, is_identified{names} FROM {{persons}} ORDER BY 1", PersonColumns = columns },
            CancellationToken.None);
        return [.. rows.Rows.Select(r => string.Join("|", r.Select(Text)))];
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _s3?.Dispose();
        foreach (var directory in _directories)
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    public static string Text(object? value) => value switch
    {
        null => "∅",
        DateTime t => UnixMicros.From(new DateTimeOffset(t)).ToString(),
        bool b => b ? "true" : "false",
        double d => "n" + d.ToString("R"),
        _ => value.ToString()!,
    };

    private static int Run(Compactor compactor, int most)
    {
        var pieces = 0;
        while (pieces < most && compactor.RunOnce(CancellationToken.None))
        {
            pieces++;
        }

        return pieces;
    }

    /// <summary>With what counts in it now.</summary>
    private string CopySchema(string schema)
    {
        var copy = "c" + Guid.NewGuid().ToString("N");
        using var connection = new NpgsqlConnection(_server!.ConnectionString + ";Pooling=False");
        connection.Open();
        using var command = new NpgsqlCommand(
            $"""
            CREATE SCHEMA {copy};
            DO $$ DECLARE name text; BEGIN
                FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = '{schema}' LOOP
                    EXECUTE format('CREATE TABLE {copy}.%I (LIKE {schema}.%I INCLUDING ALL)', name, name);
                    EXECUTE format('INSERT INTO {copy}.%I SELECT * FROM {schema}.%I', name, name);
                END LOOP;
            END $$
            """, connection);
        command.ExecuteNonQuery();
        return copy;
    }

    private static PostgresCatalogOptions NewSchema(int port) => new()
    {
        ConnectionString = PostgresServer.ConnectionStringTo(port),
        CatalogSchema = "c" + Guid.NewGuid().ToString("N"),
    };

    private string NewDirectory()
    {
        var directory = Path.Combine(Path.GetTempPath(), "headroom-store-" + Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(directory);
        _directories.Add(directory);
        return directory;
    }
}

internal sealed record TestRow(int Project, int Uuid, string Event, string DistinctId, long PersonKey, string? Session, long Timestamp)
{
    public IReadOnlyList<(string Name, object Value)> Properties { get; init; } = [];

    public long ReceivedAt { get; init; } = StoreFixture.Micros(0);

    public static TestRow Simple(int project, int uuid, string name = "view", double seconds = 0) =>
        new(project, uuid, name, "u" + uuid, uuid + 1, null, StoreFixture.Micros(seconds));

    /// <summary>Counts it in the ledger, and adds the row unless it is a duplicate.</summary>
    public bool AddTo(IStoreBatch batch)
    {
        var project = StoreFixture.Project(Project);
        var fresh = batch.TryAddUuid(project, StoreFixture.Uuid(Uuid), ReceivedAt);
        batch.Count(project, 1, 0, fresh ? 0 : 1);
        if (!fresh)
        {
            return false;
        }

        var rows = batch.Rows(project);
        var row = rows.AddRow(
            StoreFixture.Uuid(Uuid), Store(rows, Event), Store(rows, DistinctId), PersonKey,
            Session is null ? TextSlice.Null : Store(rows, Session), Timestamp, ReceivedAt);
        foreach (var (name, value) in Properties)
        {
            var utf8 = Encoding.UTF8.GetBytes(name);
            switch (value)
            {
                case double number:
                    rows.Column(utf8, PropertyKind.Number).AddNumber(row, number);
                    break;
                case bool boolean:
                    rows.Column(utf8, PropertyKind.Boolean).AddBoolean(row, boolean);
                    break;
                case string text:
                    rows.Column(utf8, PropertyKind.Text).AddText(row, Store(rows, text));
                    break;
                default:
                    rows.Column(utf8, PropertyKind.Json).AddText(row, Store(rows, value.ToString()!));
                    break;
            }
        }

        return true;
    }

    private static TextSlice Store(EventColumns rows, string text) => rows.Store(Encoding.UTF8.GetBytes(text));
}
