using Headroom.App.Moving;
using Headroom.App.Shared;
using Headroom.Core;
using Headroom.Store.Postgres;

namespace Headroom;

/// <summary>
/// A second process with the role writer, which waits for its turn: it answers /health and /metrics, everything else with 503, and takes over in the
/// moment in which the session of the one that writes ends. <c>Headroom:Standby</c>, for both of them.
/// </summary>
internal sealed partial class Standby(TimeProvider time) : IProcessHealth
{
    private const string Key = "Headroom:Standby";
    private static readonly TimeSpan s_moment = TimeSpan.FromMilliseconds(250);
    private readonly DateTimeOffset _since = time.GetUtcNow();
    private volatile string _why = "Who writes is not known yet.";

    public PartHealth Health => new("process", false, $"This process stands by, and takes over when the one that writes ends. {_why}", _since);

    /// <summary>Whether it is asked for. A move hands the writing over by itself.</summary>
    public static bool IsOn(IConfiguration configuration) => configuration.GetValue(Key, false) && MoveArrival.Own is null;

    /// <summary>Every error of standing by with these roles and engines, or none.</summary>
    public static IReadOnlyList<string> Validate(IReadOnlyList<string> roles, Engines engines)
    {
        List<string> errors = [];
        if (!Roles.Has(roles, Roles.Writer))
        {
            errors.Add($"{Key}: only a process with the role writer can stand by for another; the others are there in any number. Leave it out.");
        }

        foreach (var (shared, set) in new[] { (engines.SharedLog, "Headroom:EventLog=kafka"), (engines.SharedControl, "Headroom:Catalog=postgres"), (engines.SharedSegments, "Headroom:Segments=s3") })
        {
            if (!shared)
            {
                errors.Add($"{Key}: who takes over needs what the other one had; set {set}.");
            }
        }

        return errors;
    }

    /// <summary>Waits for the turn, and answers meanwhile.</summary>
    /// <param name="builder">With the settings, the addresses and the observability of the server.</param>
    /// <returns>The turn, or null where the process was told to stop.</returns>
    public static async Task<CatalogTurn?> WaitAsync(WebApplicationBuilder builder, CancellationToken cancellationToken)
    {
        var standby = new Standby(TimeProvider.System);
        builder.Services.AddProblemDetails();
        builder.Services.AddSingleton<IProcessHealth>(standby);
        var app = builder.Build();
        await using (app)
        {
            app.MapHealth();
            app.MapPrometheusScrapingEndpoint("/metrics");
            app.MapFallback(standby.RefuseAsync);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(app.Lifetime.ApplicationStopping, cancellationToken);
            var turn = CatalogTurn.WaitAsync(builder.Configuration, why => standby.Note(app.Logger, why), stop.Token);

            // Where nobody writes, nothing need be answered for the moment that it takes to find that out.
            if (await Task.WhenAny(turn, Task.Delay(s_moment, cancellationToken)) == turn)
            {
                return await turn;
            }

            Waiting.Is = true;
            await app.StartAsync(cancellationToken);
            try
            {
                return await turn;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return null;
            }
            finally
            {
                Waiting.Is = false;
                await app.StopAsync(CancellationToken.None);
            }
        }
    }

    private Task RefuseAsync(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "1";
        return TypedResults.Problem(statusCode: StatusCodes.Status503ServiceUnavailable, title: "This process stands by.", detail: _why).ExecuteAsync(context);
    }

    private void Note(ILogger logger, string why)
    {
        if (why != _why)
        {
            _why = why;
            LogWaits(logger, why);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "This process stands by. {Why}")]
    private static partial void LogWaits(ILogger logger, string why);

    /// <summary>As a metric, from the first time on that a process stands by.</summary>
    private static class Waiting
    {
        private static volatile bool s_is;

        static Waiting() => Telemetry.Meter.CreateObservableGauge(
            "headroom_standby", static () => s_is ? 1 : 0, description: "1 while the process stands by for the one that writes, 0 from when it writes itself.");

        public static bool Is
        {
            set => s_is = value;
        }
    }
}

/// <summary>
/// Ends the process that writes when another one has taken over: what it knows is not what counts any more. Whoever supervises it starts it again, and then
/// it stands by.
/// </summary>
internal sealed partial class TakeOverWatch(IEventStore store, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<TakeOverWatch> logger) : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(2);

    /// <summary>Whether that is why the process ends.</summary>
    public bool HasEnded { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
            {
                if (await Task.Run(store.TakenOverBy, stoppingToken).ConfigureAwait(false) is { } other)
                {
                    HasEnded = true;
                    LogTakenOver(logger, other);
                    lifetime.StopApplication();
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The process ends.
        }
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "Another process has taken over the writing: {Other}. This one ends, to be started again and to stand by; nothing acknowledged is lost")]
    private static partial void LogTakenOver(ILogger logger, string other);
}
