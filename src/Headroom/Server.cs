using Headroom.App.Access;
using Headroom.App.Projects;

namespace Headroom;

/// <summary>What the command line decides about a server.</summary>
/// <param name="DataDirectory">Where everything is kept.</param>
/// <param name="Urls">What it listens on, as in ASPNETCORE_URLS.</param>
/// <param name="Roles">The roles of this process; all of them with "all".</param>
/// <param name="ConfigurationArguments">Settings as --Section:Key=value.</param>
/// <param name="Demo">Whether it serves the demo project.</param>
internal sealed record ServerSettings(string DataDirectory, string Urls, IReadOnlyList<string> Roles, string[] ConfigurationArguments, bool Demo);

/// <summary>Builds the host and runs it until it is told to stop.</summary>
internal static class Server
{
    public static async Task<int> RunAsync(ServerSettings settings, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder(settings.ConfigurationArguments);
        builder.Configuration["Headroom:DataDirectory"] = settings.DataDirectory;
        builder.WebHost.UseUrls(settings.Urls);
        builder.Services.AddProjects(builder.Configuration).AddAccess(builder.Configuration);
        await using var app = builder.Build();
        app.MapAccess();
        app.MapProjects();
        await app.StartAsync(cancellationToken);
        await app.WaitForShutdownAsync(cancellationToken);
        return 0;
    }
}
