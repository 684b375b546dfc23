using Headroom.App.Shared;
using Headroom.Log;
using Headroom.Scale.Kafka;

namespace Headroom;

/// <summary>Which event log there is: <c>Headroom:EventLog</c>.</summary>
internal static class EventLogs
{
    private const string Key = "Headroom:EventLog";

    /// <summary>Registers it and returns its name, under which the store keeps its place; null for the embedded one.</summary>
    public static string? AddEventLog(this IServiceCollection services, IConfiguration configuration)
    {
        switch (configuration[Key] ?? "embedded")
        {
            case "embedded":
                services.AddEmbeddedEventLog(configuration);
                return null;
            case "kafka":
                return services.AddKafkaEventLog(configuration, EmbeddedEventLogServices.OpenBounded, static provider => provider.GetRequiredService<WaitingEvents>().Acknowledged);
            case var other:
                throw new InvalidOperationException($"{Key} is \"{other}\"; it is embedded or kafka.");
        }
    }
}
