using Headroom.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Headroom.Log;

public static class EmbeddedEventLogServices
{
    /// <summary>
    /// Registers the embedded log as the <see cref="IEventLog"/>. It is opened before any hosted service starts, so that
    /// damaged files stop the start, and closed when the services are disposed, after all of them have stopped. Where there
    /// is an <see cref="IEventStore"/>, records that it has taken in are not checked again.
    /// </summary>
    public static IServiceCollection AddEmbeddedEventLog(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<EmbeddedEventLogOptions>()
            .Bind(configuration.GetSection(EmbeddedEventLogOptions.Section))
            .PostConfigure(options =>
            {
                if (string.IsNullOrWhiteSpace(options.Directory))
                {
                    options.Directory = Path.Combine(configuration["Headroom:DataDirectory"] ?? "data", "log");
                }
            })
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<EmbeddedEventLogOptions>, EmbeddedEventLogOptionsValidator>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider =>
        {
            var options = provider.GetRequiredService<IOptions<EmbeddedEventLogOptions>>().Value;
            return EmbeddedEventLog.Open(
                options,
                new DiskLogFiles(options.Directory),
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<EmbeddedEventLog>>(),
                verifyFrom: provider.GetService<IEventStore>()?.Committed[0] ?? 0);
        });
        services.AddSingleton<IEventLog>(provider => provider.GetRequiredService<EmbeddedEventLog>());
        services.AddHostedService<Opening>();
        return services;
    }

    /// <summary>A log of its own in a directory, which refuses appends at so many bytes and keeps nothing that was released.</summary>
    public static IEventLog OpenBounded(IServiceProvider services, string directory, long maxBytes) => EmbeddedEventLog.Open(
        new EmbeddedEventLogOptions
        {
            Directory = directory,
            FileBytes = Math.Clamp(maxBytes / 16, 4096, 64L << 20),
            RetainFor = TimeSpan.Zero,
            RetainBytes = 0,
            MaxBytes = maxBytes,
        },
        new DiskLogFiles(directory),
        services.GetRequiredService<TimeProvider>(),
        services.GetRequiredService<ILogger<EmbeddedEventLog>>());

    private sealed class Opening(IServiceProvider services) : IHostedLifecycleService
    {
        public Task StartingAsync(CancellationToken cancellationToken)
        {
            services.GetRequiredService<EmbeddedEventLog>();
            return Task.CompletedTask;
        }

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
