using Headroom.Core;
using Headroom.Store.ClickHouse;
using Headroom.Store.Postgres;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Headroom.Store;

public static class StoreRegistration
{
    /// <summary>
    /// The embedded event store: <see cref="IEventStore"/>, <see cref="IEventReader"/>, <see cref="ISqlReader"/> and its compaction. Its files live in the
    /// <see cref="IObjectStore"/> where one was added before, else in the data directory.
    /// </summary>
    /// <param name="log">The name of the log that it is fed from; null for the embedded one.</param>
    /// <param name="follows">Whether it only reads, beside a process that writes; then nobody may begin a batch, and there is no compaction.</param>
    /// <param name="turn">To write, which was waited for.</param>
    public static IServiceCollection AddSegmentStore(
        this IServiceCollection services, IConfiguration configuration, string? log = null, bool follows = false, CatalogTurn? turn = null)
    {
        services.AddOptions<StoreOptions>()
            .Bind(configuration.GetSection("Headroom:Store"))
            .Configure(options => options.DataDirectory = configuration["Headroom:DataDirectory"] ?? options.DataDirectory)
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<StoreOptions>, StoreOptionsValidator>();
        if (configuration["Headroom:Catalog"] == "postgres")
        {
            services.AddOptions<PostgresCatalogOptions>().Bind(configuration.GetSection(PostgresCatalogOptions.Section)).Configure(options => options.Turn = turn).ValidateOnStart();
            services.AddSingleton<IValidateOptions<PostgresCatalogOptions>, PostgresCatalogOptionsValidator>();
            services.AddOptions<StoreOptions>().Configure<IOptions<PostgresCatalogOptions>>(static (store, postgres) => store.Postgres = postgres.Value);
        }

        var hasClickHouse = !string.IsNullOrEmpty(configuration[ClickHouseOptions.Section + ":Url"]);
        if (hasClickHouse)
        {
            services.AddOptions<ClickHouseOptions>().Bind(configuration.GetSection(ClickHouseOptions.Section)).ValidateOnStart();
            services.AddSingleton<IValidateOptions<ClickHouseOptions>, ClickHouseOptionsValidator>();
            services.AddSingleton(provider =>
            {
                var options = provider.GetRequiredService<IOptions<ClickHouseOptions>>().Value;
                return new ClickHouseCopies(
                    new ClickHouseServer(options.ConnectionString, options.Place.Cluster), options.Place, options.Bounds, provider.GetRequiredService<IOptions<StoreOptions>>().Value, !follows,
                    provider.GetService<TimeProvider>() ?? TimeProvider.System, provider.GetRequiredService<ILogger<ClickHouseCopies>>());
            });
            services.AddHostedService(static provider => new ClickHouseCopier(
                provider.GetRequiredService<SegmentStore>(),
                provider.GetRequiredService<ClickHouseCopies>(),
                provider.GetService<TimeProvider>() ?? TimeProvider.System,
                provider.GetRequiredService<ILogger<ClickHouseCopier>>()));
        }

        services.AddSingleton(provider => new SegmentStore(
            provider.GetRequiredService<IOptions<StoreOptions>>().Value,
            provider.GetService<TimeProvider>() ?? TimeProvider.System,
            provider.GetRequiredService<ILogger<SegmentStore>>(),
            log: log ?? SegmentStore.EmbeddedLog,
            objects: provider.GetService<IObjectStore>(),
            follows: follows,
            copies: hasClickHouse ? provider.GetRequiredService<ClickHouseCopies>() : null));
        services.AddSingleton<IEventStore>(static provider => provider.GetRequiredService<SegmentStore>());
        services.AddSingleton<IEventReader>(static provider => provider.GetRequiredService<SegmentStore>());
        services.AddSingleton<ISqlReader>(static provider => provider.GetRequiredService<SegmentStore>());
        if (follows)
        {
            services.AddHostedService(static provider => new Follower(
                provider.GetRequiredService<SegmentStore>(),
                provider.GetService<TimeProvider>() ?? TimeProvider.System,
                provider.GetRequiredService<ILogger<Follower>>()));
        }
        else
        {
            services.AddStoreWork();
        }

        services.AddHostedService(static provider => new Verifier(
            provider.GetRequiredService<SegmentStore>(),
            provider.GetRequiredService<IOptions<StoreOptions>>().Value,
            provider.GetService<TimeProvider>() ?? TimeProvider.System,
            provider.GetRequiredService<ILogger<Verifier>>()));
        return services;
    }

    /// <summary>What only the process does that writes.</summary>
    private static void AddStoreWork(this IServiceCollection services)
    {
        services.AddSingleton<IEventRemoval>(static provider => provider.GetRequiredService<SegmentStore>());
        services.AddHostedService(static provider => new Compactor(
            provider.GetRequiredService<SegmentStore>(),
            provider.GetRequiredService<IOptions<StoreOptions>>().Value,
            provider.GetService<TimeProvider>() ?? TimeProvider.System,
            provider.GetRequiredService<ILogger<Compactor>>()));
        if (services.Any(static service => service.ServiceType == typeof(IObjectStore)))
        {
            services.AddHostedService(static provider => new OrphanCollector(
                provider.GetRequiredService<SegmentStore>(),
                provider.GetService<TimeProvider>() ?? TimeProvider.System,
                provider.GetRequiredService<ILogger<OrphanCollector>>()));
        }
    }
}
