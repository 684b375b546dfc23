using Headroom.App.Shared;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Headroom.App.Alerting;

public static class AlertingServices
{
    /// <summary>
    /// Alerts of the operator. Needs IEventLog, IEventStore and IProjectDirectory; whoever forecasts walls registers an
    /// <see cref="IWallSource"/>, before or after. Said last, so that everything it looks at is there first.
    /// </summary>
    public static IServiceCollection AddAlerting(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<AlertingOptions>().Bind(configuration.GetSection(AlertingOptions.Section)).ValidateOnStart();
        services.AddOptions<AlertingEmailOptions>().Bind(configuration.GetSection(AlertingEmailOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<AlertingOptions>, AlertingRangesValidator>();
        services.AddSingleton<IValidateOptions<AlertingOptions>, AlertingOptionsValidator>();
        services.AddSingleton<IValidateOptions<AlertingEmailOptions>, AlertingEmailRangesValidator>();
        services.AddSingleton<IValidateOptions<AlertingEmailOptions>, AlertingEmailOptionsValidator>();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<WaitingEvents>();
        services.TryAddSingleton<IWallSource, NoWalls>();
        var data = Path.GetFullPath(configuration["Headroom:DataDirectory"] ?? "data");
        var log = configuration["Headroom:Log:Directory"];
        services.AddSingleton<AlertSignals>();
        services.AddSingleton(provider => new DiskWatch(
            string.IsNullOrWhiteSpace(log) ? [("data", data)] : [("data", data), ("log", Path.GetFullPath(log))], provider.GetRequiredService<TimeProvider>(), DiskWatch.Of));
        services.AddSingleton(static provider =>
        {
            var options = provider.GetRequiredService<IOptions<AlertingOptions>>().Value;
            return new AlertBook(options.ResolveAfter, options.RemindAfter);
        });
        services.AddSingleton(provider => new AlertFile(data, provider.GetRequiredService<ILogger<AlertFile>>()));
        services.AddSingleton(static provider => new AlertSender(
            AlertChannels.Of(provider.GetRequiredService<IOptions<AlertingOptions>>(), provider.GetRequiredService<IOptions<AlertingEmailOptions>>()),
            provider.GetRequiredService<AlertBook>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<AlertSender>>()));
        services.AddSingleton<AlertSources>();
        services.AddSingleton<AlertWatch>();
        services.AddSingleton<IHealthSource>(static provider => provider.GetRequiredService<AlertWatch>());
        services.AddHostedService(static provider => provider.GetRequiredService<AlertWatch>());
        services.ConfigureHttpJsonOptions(static json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, AlertingJson.Default));
        return services;
    }
}
