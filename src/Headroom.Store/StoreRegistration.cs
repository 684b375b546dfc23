using Headroom.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Headroom.Store;

public static class StoreRegistration
{
    /// <summary>The embedded event store: <see cref="IEventStore"/>, <see cref="IEventReader"/>, <see cref="ISqlReader"/> and its compaction. Its files live in the <see cref="IObjectStore"/> where one was added before, else in the data directory.</summary>
    public static IServiceCollection AddSegmentStore(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<StoreOptions>()
            .Bind(configuration.GetSection("Headroom:Store"))
            .Configure(options => options.DataDirectory = configuration["Headroom:DataDirectory"] ?? options.DataDirectory)
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<StoreOptions>, StoreOptionsValidator>();
        services.AddSingleton(static provider => new SegmentStore(
            provider.GetRequiredService<IOptions<StoreOptions>>().Value,
            provider.GetService<TimeProvider>() ?? TimeProvider.System,
            provider.GetRequiredService<ILogger<SegmentStore>>(),
            objects: provider.GetService<IObjectStore>()));
        services.AddSingleton<IEventStore>(static provider => provider.GetRequiredService<SegmentStore>());
        services.AddSingleton<IEventReader>(static provider => provider.GetRequiredService<SegmentStore>());
        services.AddSingleton<IEventRemoval>(static provider => provider.GetRequiredService<SegmentStore>());
        services.AddSingleton<ISqlReader>(static provider => provider.GetRequiredService<SegmentStore>());
        services.AddHostedService(static provider => new Compactor(
            provider.GetRequiredService<SegmentStore>(),
            provider.GetRequiredService<IOptions<StoreOptions>>().Value,
            provider.GetService<TimeProvider>() ?? TimeProvider.System,
            provider.GetRequiredService<ILogger<Compactor>>()));
        services.AddHostedService(static provider => new Verifier(
            provider.GetRequiredService<SegmentStore>(),
            provider.GetRequiredService<IOptions<StoreOptions>>().Value,
            provider.GetService<TimeProvider>() ?? TimeProvider.System,
            provider.GetRequiredService<ILogger<Verifier>>()));
        if (services.Any(static service => service.ServiceType == typeof(IObjectStore)))
        {
            services.AddHostedService(static provider => new OrphanCollector(
                provider.GetRequiredService<SegmentStore>(),
                provider.GetService<TimeProvider>() ?? TimeProvider.System,
                provider.GetRequiredService<ILogger<OrphanCollector>>()));
        }

        return services;
    }
}
