using Headroom.App.Shared;
using Headroom.App.Writing.Enrichment;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Headroom.App.Writing;

public static class WritingServices
{
    /// <summary>
    /// The Writer as a hosted service with its health. Needs <c>IEventLog</c>, <c>IEventStore</c> and
    /// <see cref="IProjectDirectory"/>.
    /// </summary>
    public static IServiceCollection AddWriting(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<WritingOptions>().Bind(configuration.GetSection(WritingOptions.Section)).ValidateOnStart();
        services.AddOptions<GeoOptions>().Bind(configuration.GetSection(GeoOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<WritingOptions>, WritingOptionsValidator>();
        services.AddSingleton<IValidateOptions<GeoOptions>, GeoOptionsValidator>();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<WaitingEvents>();
        services.TryAddSingleton<WriterPauses>();
        services.TryAddSingleton<LiveFeed>();
        services.TryAddSingleton<IngestionProblems>();
        services.AddSingleton<Geo>();
        services.AddSingleton<BatchBuilder>();
        services.AddSingleton<Writer>();
        services.AddSingleton<IHealthSource>(static provider => provider.GetRequiredService<Writer>());
        services.AddHostedService(static provider => provider.GetRequiredService<Writer>());
        return services;
    }
}
