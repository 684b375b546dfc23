using System.Runtime.CompilerServices;
using Headroom.App.Shared;
using Microsoft.Extensions.Options;

namespace Headroom.Gateway;

internal static class GatewayServices
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void AddGateway(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<GatewayOptions>().Bind(configuration.GetSection(GatewayOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<GatewayOptions>, GatewayOptionsValidator>();
        services.AddHttpForwarder();
        services.AddSingleton<Destinations>();
        services.AddSingleton<IHealthSource>(static provider => provider.GetRequiredService<Destinations>());
        services.AddSingleton<GatewayMetrics>();
        services.AddSingleton<Gateway>();
        services.AddHostedService<HealthWatch>();
    }

    /// <summary>Everything that is not mapped besides.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void MapGateway(this IEndpointRouteBuilder routes)
    {
        var gateway = routes.ServiceProvider.GetRequiredService<Gateway>();
        routes.MapFallback("{**path}", gateway.HandleAsync).ExcludeFromDescription();
    }
}
