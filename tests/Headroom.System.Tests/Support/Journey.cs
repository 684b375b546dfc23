using System.Net;
using System.Text.Json.Nodes;
using Xunit;

namespace Headroom.System.Tests.Support;

/// <summary>How a journey through the app begins mostly: a server of its own, a project, and the account of the owner, who makes it.</summary>
internal sealed class Journey : IAsyncDisposable
{
    private Journey(HeadroomServer server, ProjectClient project, SignedIn owner) => (Server, Project, Owner) = (server, project, owner);

    public HeadroomServer Server { get; }

    /// <summary>Its name is Shop.</summary>
    public ProjectClient Project { get; }

    public SignedIn Owner { get; }

    /// <param name="arguments">Of the server.</param>
    public static async Task<Journey> BeginAsync(params string[] arguments)
    {
        var server = await HeadroomServer.StartAsync(arguments);
        try
        {
            var project = await server.AddProjectAsync("Shop");
            return new Journey(server, project, await SignedIn.SetUpAsync(server, project.Id));
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends events to the project, and waits until they are stored.</summary>
    public async Task StoreAsync(JsonArray events)
    {
        Assert.Equal(HttpStatusCode.OK, await Project.SendAsync(events, TestContext.Current.CancellationToken));
        await Project.StoredAsync(events.Count);
    }

    /// <summary>As <see cref="Visit.RunAsync"/>; the script is told the project and how the owner signs in, too.</summary>
    public Task<JsonNode> RunAsync(string script, string size, string theme, JsonObject? input = null)
    {
        input ??= [];
        input["email"] = SignedIn.Email;
        input["password"] = SignedIn.Password;
        input["project"] = Project.Id;
        return Visit.RunAsync(script, Server, size, theme, input);
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
