using Headroom.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Headroom.Scale.Kafka;

public static class KafkaEventLogServices
{
    /// <summary>
    /// Registers a Kafka topic as the <see cref="IEventLog"/>. It is opened where it is first asked for, as every hosted service that appends or
    /// reads does before any of them starts, so that brokers that cannot be reached stop the start, and closed when the services are disposed.
    /// </summary>
    /// <param name="openSpill">Opens a durable log of one partition in a directory, which takes at most so many bytes.</param>
    /// <param name="left">Told each record that a process before has left in the spill, before the brokers are given it.</param>
    /// <returns>The name under which a store keeps its place in it.</returns>
    public static string AddKafkaEventLog(
        this IServiceCollection services, IConfiguration configuration, Func<IServiceProvider, string, long, IEventLog> openSpill, Func<IServiceProvider, Action<ReadOnlySpan<byte>>> left)
    {
        services.AddOptions<KafkaEventLogOptions>()
            .Bind(configuration.GetSection(KafkaEventLogOptions.Section))
            .PostConfigure(options =>
            {
                if (string.IsNullOrWhiteSpace(options.SpillDirectory))
                {
                    options.SpillDirectory = Path.Combine(configuration["Headroom:DataDirectory"] ?? "data", "log-spill");
                }
            })
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<KafkaEventLogOptions>, KafkaEventLogOptionsValidator>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<IEventLog>(provider =>
        {
            var options = provider.GetRequiredService<IOptions<KafkaEventLogOptions>>().Value;
            var time = provider.GetRequiredService<TimeProvider>();
            var logger = provider.GetRequiredService<ILogger<KafkaEventLog>>();
            var log = KafkaEventLog.Open(options, time, logger);
            if (options.SpillBytes == 0)
            {
                return log;
            }

            var spill = openSpill(provider, options.SpillDirectory, options.SpillBytes);
            return new SpillingEventLog(log, spill, SpillPlace.In(options.SpillDirectory), left(provider), time, logger);
        });
        return KafkaEventLog.NameOf(configuration[$"{KafkaEventLogOptions.Section}:{nameof(KafkaEventLogOptions.Topic)}"] ?? new KafkaEventLogOptions().Topic);
    }
}
