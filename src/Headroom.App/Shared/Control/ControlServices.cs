using System.Runtime.CompilerServices;
using Headroom.App.Shared.Control.Postgres;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
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
        services.AddOptions<PostgresOptions>().Bind(configuration.GetSection(PostgresOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<PostgresOptions>, PostgresOptionsValidator>();
        services.AddSingleton<IControlEngine>(static provider => provider.GetRequiredService<IOptions<ControlOptions>>().Value is { Catalog: ControlOptions.Sqlite } options
            ? new SqliteControl(options.DataDirectory)
            : Postgres(provider));
        services.AddExceptionHandler<ControlUnavailable>();
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

    // Not inlined: with it Npgsql would be loaded where nobody needs it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static PostgresControl Postgres(IServiceProvider provider) => new PostgresControl(
        provider.GetRequiredService<IOptions<PostgresOptions>>().Value, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<ControlDatabase>>());
}
