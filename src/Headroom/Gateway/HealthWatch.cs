using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace Headroom.Gateway;

/// <summary>Asks each process again and again whether it is ready. Begins before the gateway takes requests.</summary>
internal sealed partial class HealthWatch(Destinations destinations, IOptions<GatewayOptions> options, TimeProvider time, ILogger<HealthWatch> logger) : BackgroundService
{
    /// <summary>A process that does not say within this that it is ready is not.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly HttpClient _client = new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        ConnectTimeout = Patience,
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
    }) { Timeout = Patience };

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await LookAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        base.Dispose();
        _client.Dispose();
    }

    /// <summary>One look at all of them.</summary>
    internal Task LookAsync(CancellationToken cancellationToken) => Task.WhenAll(destinations.All.Select(d => LookAsync(d, cancellationToken)));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(options.Value.HealthSeconds), time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await LookAsync(stoppingToken);
        }
    }

    private async Task LookAsync(Destination destination, CancellationToken cancellationToken)
    {
        string? problem = null;
        try
        {
            using var answer = await _client.GetAsync(new Uri(destination.Address + "health/ready"), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            problem = answer.IsSuccessStatusCode ? null : $"says {(int)answer.StatusCode}";
        }
        catch (Exception e) when (e is HttpRequestException or SocketException)
        {
            problem = $"does not answer ({e.Message.TrimEnd('.')})";
        }
        catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            problem = "does not answer in time";
        }

        if (problem is null != destination.Problem is null)
        {
            LogChanged(logger, destination.Role, destination.Address, problem ?? "is ready");
        }

        destination.Problem = problem;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The process with the role {Role} at {Address} {State}")]
    private static partial void LogChanged(ILogger logger, string role, string address, string state);
}
