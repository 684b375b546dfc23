using Headroom.App.Shared;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Headroom.App.Removal;

public static class RemovalRegistration
{
    /// <summary>Retention and the removal of persons. Needs the control data, IEventLog, IEventReader and IEventRemoval.</summary>
    public static IServiceCollection AddRemoval(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<WriterPauses>();
        services.AddSingleton<Deletions>();
        services.AddHostedService<Removals>();
        services.ConfigureHttpJsonOptions(static json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, RemovalJson.Default));
        return services;
    }
}
