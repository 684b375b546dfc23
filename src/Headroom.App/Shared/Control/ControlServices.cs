using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Headroom.App.Shared.Control;

internal static class ControlServices
{
    /// <summary>The control data, for every slice that needs it; adding it twice is adding it once.</summary>
    public static IServiceCollection AddControl(this IServiceCollection services, IConfiguration configuration)
    {
        if (services.Any(static service => service.ServiceType == typeof(ControlDatabase)))
        {
            return services;
        }

        services.AddOptions<ControlOptions>().Bind(configuration.GetSection(ControlOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ControlOptions>, ControlOptionsValidator>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<IControlEngine>(static provider => new SqliteControl(provider.GetRequiredService<IOptions<ControlOptions>>().Value.DataDirectory));
        services.AddSingleton<ControlDatabase>();
        services.AddSingleton<ControlDirectory>();
        services.AddSingleton<IProjectDirectory>(static provider => provider.GetRequiredService<ControlDirectory>());
        services.AddSingleton<IProjectAccess>(static provider => provider.GetRequiredService<ControlDirectory>());
        services.AddSingleton<ICohorts>(static provider => provider.GetRequiredService<ControlDirectory>());
        services.AddSingleton<IHealthSource>(static provider => provider.GetRequiredService<ControlDirectory>());
        services.AddSingleton<VisitorSalts>();
        services.AddSingleton<IVisitorSalts>(static provider => provider.GetRequiredService<VisitorSalts>());
        services.AddSingleton<IHostedService, ControlUpkeep>();
        return services;
    }
}
