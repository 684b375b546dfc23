using System.Diagnostics;
using System.Net;
using Headroom.App.Access;
using Headroom.App.Alerting;
using Headroom.App.Capacity;
using Headroom.App.Capture;
using Headroom.App.Dashboards;
using Headroom.App.Importing;
using Headroom.App.Insights;
using Headroom.App.Live;
using Headroom.App.Moving;
using Headroom.App.Problems;
using Headroom.App.Projects;
using Headroom.App.Removal;
using Headroom.App.Shared;
using Headroom.App.Writing;
using Headroom.Cli;
using Headroom.Core;
using Headroom.Gateway;
using Headroom.Scale.S3;
using Headroom.Store;
using Headroom.Store.Postgres;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Headroom;

/// <summary>Composes the parts into one process: the only place where adapters meet ports.</summary>
internal static partial class Server
{
    /// <summary>Threads of the pool beyond one for each processor.</summary>
    private const int SpareThreads = 2;

    public static async Task<int> RunAsync(ServerSettings settings, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var memory = MemoryLimit.Bytes;
        SmallMemory.BoundHeap(memory);
        KeepThreads();
        using var types = new FailedTypes();
        CatalogTurn? turn = null;
        WebApplication? app = null;
        try
        {
            var builder = Begin(settings);
            if (Standby.IsOn(builder.Configuration))
            {
                turn = await Standby.WaitAsync(builder, cancellationToken);
                if (turn is null)
                {
                    return CommandLine.Done;
                }

                started = Stopwatch.GetTimestamp();
                builder = Begin(settings);
            }

            // Mapping the endpoints opens the log and the store, so damage and wrong settings show here already.
            app = Compose(builder, settings.Roles, turn);
            await app.StartAsync(cancellationToken);
        }
        catch (RolesException wrong)
        {
            await Console.Error.WriteLineAsync(wrong.Message);
            return CommandLine.Usage;
        }
        catch (Exception problem) when (problem is not OperationCanceledException)
        {
            await Console.Error.WriteLineAsync($"Headroom cannot start: {problem.Message}");
            if (app is not null)
            {
                await app.DisposeAsync();
            }

            turn?.Dispose();
            return CommandLine.Failed;
        }

        var address = app.Urls.FirstOrDefault() ?? settings.Urls;
        var milliseconds = (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        types.End(app.Lifetime, app.Logger);
        LogReady(app.Logger, ProductVersion.Text, address, settings.DataDirectory, milliseconds);
        if (memory < SmallMemory.Enough)
        {
            var store = app.Services.GetRequiredService<IOptions<StoreOptions>>().Value;
            LogSmallMemory(app.Logger, memory >> 20, store.QueryMemoryMegabytes);
        }

        if (settings.Ready is not null)
        {
            await settings.Ready(app.Services, address, app.Lifetime.ApplicationStopping);
        }

        await app.WaitForShutdownAsync(cancellationToken);
        var isTakenOver = app.Services.GetService<TakeOverWatch>() is { HasEnded: true };
        await app.DisposeAsync();
        turn?.Dispose();
        return types.Any || isTakenOver ? CommandLine.Failed : CommandLine.Done;
    }

    /// <param name="clock">The system's where it is left out.</param>
    internal static WebApplication Build(ServerSettings settings, TimeProvider? clock = null)
    {
        var builder = Begin(settings);
        builder.Services.AddSingleton(clock ?? TimeProvider.System);
        return Compose(builder, settings.Roles, turn: null);
    }

    /// <summary>
    /// The thread pool begins with a thread for each processor, and adds one only after half a second in which nothing was taken from its
    /// queue. Whoever waits for a disk or a lock there, or compiles, would keep a small machine's requests waiting.
    /// </summary>
    private static void KeepThreads()
    {
        ThreadPool.GetMinThreads(out var workers, out var completions);
        ThreadPool.SetMinThreads(Math.Max(workers, Environment.ProcessorCount + SpareThreads), completions);
    }

    /// <summary>Reads the settings, and refuses those that cannot work together.</summary>
    private static WebApplicationBuilder Begin(ServerSettings settings)
    {
        var data = Path.GetFullPath(settings.DataDirectory);
        Directory.CreateDirectory(data);
        DataDirectory.RequireWhole(data);
        if (MoveArrival.Own is not { Returns: true })
        {
            MoveMarks.RequireNotMoved(data);
        }

        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            Args = settings.ConfigurationArguments,
            ContentRootPath = AppContext.BaseDirectory,
        });
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = SmallMemory.Defaults(MemoryLimit.Bytes) });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["Headroom:DataDirectory"] = data });
        var engines = Engines.Of(builder.Configuration);
        IReadOnlyList<string> wrong = [.. Roles.Validate(settings.Roles, engines), .. Standby.IsOn(builder.Configuration) ? Standby.Validate(settings.Roles, engines) : []];
        if (wrong.Count > 0)
        {
            throw new RolesException(wrong);
        }

        if (!builder.Configuration.GetSection("Kestrel:Endpoints").Exists() && MoveArrival.Own is null)
        {
            ListenAddresses.RequireFree(settings.Urls);
        }

        builder.WebHost.UseUrls(settings.Urls.Split(';'));
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null; // Capture has its own limit, answered in each protocol's form.
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
            kestrel.Limits.MaxConcurrentConnections = MostConnections(builder.Configuration);

            // What is read ahead of a request that nobody works on yet, or that is refused, is in no bound of capture's.
            kestrel.Limits.MaxRequestBufferSize = 128 * 1024;
        });

        // A read without a buffer first, to save 4 KiB for each idle connection, is one system call more for each request.
        builder.WebHost.UseSockets(sockets => sockets.WaitForDataBeforeAllocatingBuffer = false);
        builder.AddObservability();
        return builder;
    }

    /// <param name="turn">To write, where this process has stood by for it.</param>
    private static WebApplication Compose(WebApplicationBuilder builder, IReadOnlyList<string> roles, CatalogTurn? turn)
    {
        AddParts(builder, roles, turn);
        var app = builder.Build();
        if (Roles.Has(roles, Roles.Gateway))
        {
            MapGatewayAlone(app);
        }
        else if (Roles.Has(roles, Roles.Writer) || Roles.Has(roles, Roles.Query))
        {
            MapParts(app, roles);
        }
        else
        {
            MapCaptureAlone(app);
        }

        return app;
    }

    private static long? MostConnections(IConfiguration configuration)
    {
        const string Key = "Headroom:MaxConnections";
        var most = configuration.GetValue(Key, 20_000);
        return most switch
        {
            > 0 => most,
            0 => null,
            _ => throw new InvalidOperationException($"{Key} is {most}; it is at least 0, which is no bound."),
        };
    }

    private static void AddParts(WebApplicationBuilder builder, IReadOnlyList<string> roles, CatalogTurn? turn)
    {
        var services = builder.Services;
        var configuration = builder.Configuration;
        var (captures, writes) = (Roles.Has(roles, Roles.Capture), Roles.Has(roles, Roles.Writer));
        services.TryAddSingleton(TimeProvider.System);
        services.AddProblemDetails();
        services.AddHostedService<IdleMemory>();
        Draining.Add(services, configuration, roles);
        AddForwardedHeaders(services, configuration);
        if (Roles.Has(roles, Roles.Gateway))
        {
            services.AddGateway(configuration);
            return;
        }

        var measured = new ProcessRoles(captures, writes, Roles.Has(roles, Roles.Query));
        services.AddSingleton(new WaitingEvents(sharedLog: !captures));
        services.AddProjects(configuration);
        services.AddProblems(configuration);
        string? log = null;
        if (captures || writes)
        {
            services.AddSingleton<IHealthSource, LogHealthSource>();
            log = services.AddEventLog(configuration);

            // Imports and measures take capture's way into the log too.
            services.AddCapture(configuration);
            services.AddSingleton(new PostHogLibrary(Path.Combine(WebRoot(configuration), "posthog")));
        }

        if (writes || Roles.Has(roles, Roles.Query))
        {
            AddReadingParts(services, configuration, log, follows: !writes, turn);
        }

        if (writes)
        {
            AddWritingParts(services, configuration, Roles.IsWhole(roles));
            if (turn is not null)
            {
                services.AddSingleton<TakeOverWatch>();
                services.AddHostedService(static provider => provider.GetRequiredService<TakeOverWatch>());
            }

            var engines = Engines.Of(configuration);
            services.AddCapacity(configuration, measured, hasOthers: engines.SharedControl && (engines.SharedLog || engines.SharedSegments));
        }
        else
        {
            services.AddCapacityReadings(configuration, measured);
        }
    }

    /// <param name="follows">Whether another process writes the store.</param>
    private static void AddReadingParts(IServiceCollection services, IConfiguration configuration, string? log, bool follows, CatalogTurn? turn)
    {
        services.AddSingleton<IHealthSource, StoreHealthSource>();
        services.AddSharedState(configuration);
        services.AddApiDocument();
        services.AddAccess(configuration);
        services.AddObjectStorage(configuration);
        services.AddSegmentStore(configuration, log, follows, turn);
        services.AddInsights(configuration);
        services.AddDashboards(configuration);
    }

    private static void AddWritingParts(IServiceCollection services, IConfiguration configuration, bool isWhole)
    {
        if (isWhole)
        {
            services.AddMoving(configuration);
        }

        services.AddSingleton<LiveFeed>();
        services.AddRemoval();
        services.AddImporting(configuration);
        services.AddWriting(configuration);
        services.AddLive(configuration);
        services.AddAlerting(configuration);
    }

    private static void AddForwardedHeaders(IServiceCollection services, ConfigurationManager configuration) =>

        // Last of all: the framework's own switch for these headers would believe them of everybody.
        services.PostConfigure<ForwardedHeadersOptions>(options =>
        {
            options.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
            options.KnownProxies.Clear();
            options.KnownProxies.Add(IPAddress.IPv6Loopback);
            options.KnownIPNetworks.Clear();
            options.KnownIPNetworks.Add(new System.Net.IPNetwork(new IPAddress([127, 0, 0, 0]), 8));
            foreach (var proxy in configuration.GetSection("Headroom:TrustedProxies").Get<string[]>() ?? [])
            {
                if (System.Net.IPNetwork.TryParse(proxy, out var network))
                {
                    options.KnownIPNetworks.Add(network);
                }
                else if (IPAddress.TryParse(proxy, out var address))
                {
                    options.KnownProxies.Add(address);
                }
                else
                {
                    throw new InvalidOperationException($"Headroom:TrustedProxies: \"{proxy}\" is neither an address nor a network such as 10.0.0.0/8.");
                }
            }
        });

    /// <summary>What is asked of a process that only captures: events, health and metrics.</summary>
    private static void MapCaptureAlone(WebApplication app)
    {
        app.UseForwardedHeaders();
        app.UseCapture();
        app.UseRouting();
        app.UseRequestTraces();
        app.UseSecurityHeaders(app.Configuration);
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.MapCapture();
        app.MapHealth();
        app.Services.GetRequiredService<PartMetrics>();
        ConnectionMetrics.Observe(MostConnections(app.Configuration));
        app.MapPrometheusScrapingEndpoint("/metrics");
    }

    /// <summary>Its own health and metrics; all else is for a process behind it.</summary>
    private static void MapGatewayAlone(WebApplication app)
    {
        app.UseForwardedHeaders();
        app.UseRouting();
        app.UseRequestTraces();
        app.UseExceptionHandler();
        app.MapHealth();
        app.Services.GetRequiredService<PartMetrics>();
        ConnectionMetrics.Observe(MostConnections(app.Configuration));
        app.MapPrometheusScrapingEndpoint("/metrics");
        app.MapGateway();
    }

    private static void MapParts(WebApplication app, IReadOnlyList<string> roles)
    {
        var (captures, writes) = (Roles.Has(roles, Roles.Capture), Roles.Has(roles, Roles.Writer));
        app.UseForwardedHeaders();
        app.UseMoveGate();
        if (captures)
        {
            app.UseCapture();
        }

        // Said here, or the framework would route every request before capture sees it.
        app.UseRouting();
        app.UseRequestTraces();
        app.UseSecurityHeaders(app.Configuration);
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        if (!Roles.IsWhole(roles))
        {
            app.UseRoles(roles);
        }

        app.UseAuthentication();
        app.UseAuthorization();
        app.UseRateLimiter();
        if (captures)
        {
            app.MapCapture();
        }

        app.MapAccess();
        app.MapProjects();
        app.MapMembers();
        if (writes)
        {
            app.MapRemoval();
            app.MapImporting();
        }

        var project = app.MapProjectGroup();
        project.CountResponseBytes();
        project.MapInsights();
        project.MapSql();
        project.MapProblems();
        project.MapDashboards();
        if (writes)
        {
            project.MapLive();
            app.MapCapacity(project);
        }

        app.MapSharedDashboards();
        if (writes)
        {
            app.MapAlerting();
            app.Services.GetRequiredService<LedgerMetrics>();
        }

        app.MapHealth();
        app.Services.GetRequiredService<PartMetrics>();
        ConnectionMetrics.Observe(MostConnections(app.Configuration));
        app.MapPrometheusScrapingEndpoint("/metrics");
        app.MapApiDocument();
        var web = WebRoot(app.Configuration);
        app.MapSharedPages(web);
        app.MapWebAssets(web);
    }

    private static string WebRoot(IConfiguration configuration) => configuration["Headroom:WebRoot"] ?? Path.Combine(AppContext.BaseDirectory, "wwwroot");

    [LoggerMessage(Level = LogLevel.Information, Message = "Headroom {Version} is ready at {Address} with its data in {Directory} after {Milliseconds} ms")]
    private static partial void LogReady(ILogger logger, string version, string address, string directory, long milliseconds);

    [LoggerMessage(Level = LogLevel.Information, Message = "There are {Megabytes} MiB of memory for this process, so the bounds of what takes much of it follow from that where they are not set: {QueryMegabytes} MiB for all queries together (Headroom:Store:QueryMemoryMegabytes). More: docs/operate.md, Memory")]
    private static partial void LogSmallMemory(ILogger logger, long megabytes, int queryMegabytes);
}
