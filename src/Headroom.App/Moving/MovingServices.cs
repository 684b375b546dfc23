using Headroom.App.Shared;
using Headroom.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Headroom.App.Moving;

/// <summary>The data directory of this process.</summary>
internal sealed record MovingPlace(string DataDirectory);

public static class MovingServices
{
    /// <summary>
    /// What lets a server be moved to other engines while it runs. Needs IEventLog, IEventStore, IProjectDirectory and IInsightAnswers. Before other hosted services,
    /// so that the Writer finds the store where it is to begin.
    /// </summary>
    public static IServiceCollection AddMoving(this IServiceCollection services, IConfiguration configuration)
    {
        if (!OperatingSystem.IsLinux())
        {
            return services;
        }

        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<WriterPauses>();
        services.AddSingleton(new MovingPlace(configuration["Headroom:DataDirectory"] ?? "data"));
        services.AddSingleton<ListenSockets>();
        services.AddSingleton<IConnectionListenerFactory>(static provider => provider.GetRequiredService<ListenSockets>());
        services.AddSingleton<MoveGate>();
        if (MoveArrival.Own is not null && services.LastOrDefault(static service => service.ServiceType == typeof(ISystemProjects))?.ImplementationType is { } type)
        {
            services.AddSingleton<ISystemProjects>(provider => new LateSystemProjects((ISystemProjects)ActivatorUtilities.CreateInstance(provider, type), provider.GetRequiredService<ListenSockets>()));
        }

        services.AddHostedService<MoveUpkeep>();
        services.AddHostedService<MoveChannel>();
        return services;
    }

    /// <summary>What a server tells of itself would be more than the other one has, so it begins when this one is in charge.</summary>
    private sealed class LateSystemProjects(ISystemProjects projects, ListenSockets sockets) : ISystemProjects
    {
        public ValueTask<ProjectId?> FindOrMakeAsync(string name, int retentionDays, CancellationToken cancellationToken) =>
            sockets.IsInCharge ? projects.FindOrMakeAsync(name, retentionDays, cancellationToken) : default;
    }

    /// <summary>Ahead of all that answers, and behind what finds out who asks.</summary>
    public static IApplicationBuilder UseMoveGate(this IApplicationBuilder app) =>
        app.ApplicationServices.GetService<MoveGate>() is { } gate ? app.Use(next => http => gate.HandleAsync(http, next)) : app;
}
