using System.Data.Common;
using System.Globalization;
using Headroom.App.Shared.Control;
using Headroom.Core;
using Headroom.Scale.S3;
using Headroom.Store.Moving;
using Headroom.Store.Postgres;

namespace Headroom.Cli.Moving;

/// <summary>One of the two places of a move, as its settings say.</summary>
internal sealed class MoveSide : IAsyncDisposable
{
    private readonly ServiceProvider _objects;

    public MoveSide(IConfiguration configuration, string dataDirectory)
    {
        Settings = new ConfigurationBuilder()
            .AddConfiguration(configuration)
            .AddInMemoryCollection(new Dictionary<string, string?> { ["Headroom:DataDirectory"] = dataDirectory, ["Headroom:Postgres:StartWaitSeconds"] = "0" })
            .Build();
        DataDirectory = dataDirectory;
        IsPostgres = Settings["Headroom:Catalog"] == "postgres";
        var postgres = IsPostgres ? Settings.GetSection(PostgresCatalogOptions.Section).Get<PostgresCatalogOptions>() ?? new PostgresCatalogOptions() : null;
        ConnectionString = postgres?.ConnectionString;
        Catalog = new MovedCatalog(dataDirectory, postgres);
        LogName = new ServiceCollection().AddEventLog(Settings);
        LogDirectory = Path.GetFullPath(Settings["Headroom:Log:Directory"] is { Length: > 0 } log ? log : Path.Combine(dataDirectory, "log"));
        _objects = new ServiceCollection().AddObjectStorage(Settings).BuildServiceProvider();
        Objects = _objects.GetService<IObjectStore>();
    }

    public IConfigurationRoot Settings { get; }

    public string DataDirectory { get; }

    public MovedCatalog Catalog { get; }

    /// <summary>Under which catalogs keep their place; null for an embedded one.</summary>
    public string? LogName { get; }

    public string LogDirectory { get; }

    public IObjectStore? Objects { get; }

    /// <summary>Where PostgreSQL is; null without.</summary>
    public string? Database => Part("Host") is null ? null : string.Create(CultureInfo.InvariantCulture, $"{Part("Host")}:{Part("Port") ?? "5432"}/{Part("Database")}");

    private bool IsPostgres { get; }

    private string? ConnectionString { get; }

    /// <summary>Whether both have one topic, which stays.</summary>
    public bool SharesLog(MoveSide other) =>
        LogName is not null && LogName == other.LogName && Settings["Headroom:Kafka:BootstrapServers"] == other.Settings["Headroom:Kafka:BootstrapServers"];

    /// <summary>Whether both have one database for the control data, which stays.</summary>
    public bool SharesControl(MoveSide other) =>
        IsPostgres && other.IsPostgres && Database == other.Database && Part("Search Path") == other.Part("Search Path");

    public Task<TableSet> OpenControlAsync(CancellationToken cancellationToken) => IsPostgres
        ? TableSet.OpenPostgresAsync(ConnectionString!, null, cancellationToken)
        : TableSet.OpenSqliteAsync(Path.Combine(DataDirectory, ControlFile.Name), cancellationToken);

    public Task PrepareControlAsync(CancellationToken cancellationToken) => MovedControl.PrepareAsync(Settings, cancellationToken);

    public long? ControlLock => IsPostgres ? MovedControl.WriteLock : null;

    public ValueTask DisposeAsync() => _objects.DisposeAsync();

    private string? Part(string key) =>
        IsPostgres && new DbConnectionStringBuilder { ConnectionString = ConnectionString }.TryGetValue(key, out var value) ? value.ToString() : null;
}
