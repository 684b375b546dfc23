using Headroom.App.Shared;

namespace Headroom;

/// <summary>
/// The time between the request to stop and the end of taking requests, in which /health/ready says that this process is not ready: whoever sends
/// requests here sends them elsewhere by then. <c>Headroom:DrainSeconds</c>.
/// </summary>
internal sealed class Draining(TimeSpan delay, TimeProvider time, IHostApplicationLifetime lifetime) : IHostedLifecycleService
{
    private const string Key = "Headroom:DrainSeconds";

    /// <summary>Where roles are apart there is something in front that must notice; one whole process has nobody who could take over.</summary>
    private const double ApartSeconds = 5;

    /// <summary>What there is to say while it is on.</summary>
    public PartHealth? Health => lifetime.ApplicationStopping.IsCancellationRequested
        ? new PartHealth("process", false, "This process is stopping. What it has taken it still answers; send new requests elsewhere.", null)
        : null;

    public static void Add(IServiceCollection services, IConfiguration configuration, IReadOnlyList<string> roles)
    {
        var seconds = configuration.GetValue<double?>(Key) ?? (Roles.IsWhole(roles) ? 0 : ApartSeconds);
        if (seconds is not (>= 0 and <= 600))
        {
            throw new InvalidOperationException(FormattableString.Invariant($"{Key} is {seconds}; it is from 0 to 600."));
        }

        var delay = TimeSpan.FromSeconds(seconds);
        services.Configure<HostOptions>(options => options.ShutdownTimeout += delay);
        services.AddSingleton(provider => new Draining(delay, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<IHostApplicationLifetime>()));
        services.AddHostedService(static provider => provider.GetRequiredService<Draining>());
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Cut short where the host is told not to wait.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken) =>
        await Task.Delay(delay, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
