using Headroom.App.Shared;
using Headroom.App.Shared.Control;
using Headroom.Core.Queries;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Headroom.App.Dashboards;

public static class DashboardsRegistration
{
    /// <summary>Needs the questions and answers that insights offer.</summary>
    public static IServiceCollection AddDashboards(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddControl(configuration);
        services.AddOptions<DashboardsOptions>().Bind(configuration.GetSection(DashboardsOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<DashboardsOptions>, DashboardsOptionsValidator>();
        services.AddSingleton<DashboardCatalog>();
        services.AddSingleton<TileReader>();
        services.AddSingleton(static provider => new DashboardShares(
            provider.GetRequiredService<ControlDatabase>(),
            provider.GetRequiredService<IProjectDirectory>(),
            provider.GetRequiredService<TileReader>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<DashboardShares>>(),
            provider.GetRequiredService<IOptions<DashboardsOptions>>()));
        services.ConfigureHttpJsonOptions(static json =>
        {
            // Behind that of queries, which writes their results in a way of its own.
            var chain = json.SerializerOptions.TypeInfoResolverChain;
            chain.Insert(chain.IndexOf(QueryJson.Resolver) + 1, DashboardsJson.Default);
        });
        return services;
    }
}
