using Headroom.App.Shared;
using Headroom.App.Writing.Enrichment;
using Headroom.App.Writing.Identity;
using Headroom.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Headroom.App.Writing;

public static class WritingServices
{
    /// <summary>Adds the Writer as a hosted service; it needs an event log, an event store and the project directory.</summary>
    public static IServiceCollection AddWriting(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<WritingOptions>().Bind(configuration.GetSection(WritingOptions.Section)).ValidateOnStart();
        services.AddOptions<GeoOptions>().Bind(configuration.GetSection(GeoOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<WritingOptions>, WritingOptionsValidator>();
        services.AddSingleton<IValidateOptions<GeoOptions>, GeoOptionsValidator>();
        services.AddSingleton<Geo>();
        services.AddSingleton<Writer>(Make);
        services.AddHostedService(provider => provider.GetRequiredService<Writer>());
        services.AddSingleton<IHealthSource>(provider => provider.GetRequiredService<Writer>());
        return services;
    }

    private static Writer Make(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<IOptions<WritingOptions>>();
        var store = provider.GetRequiredService<IEventStore>();
        var persons = new Persons(store, options.Value.MaxPersonBytes);
        var visitors = new Visitors(options.Value.VisitorCache);
        var sessions = new Sessions(options.Value.SessionIdle, options.Value.SessionMax);
        var decoder = new EventDecoder(
            provider.GetRequiredService<IProjectDirectory>(), new Enricher(provider.GetRequiredService<Geo>()), persons, visitors, sessions);
        return ActivatorUtilities.CreateInstance<Writer>(provider, decoder, new WriterMemory(store, persons, visitors));
    }
}
