using System.Globalization;
using System.Text.Json.Nodes;
using Xunit;

namespace Headroom.System.Tests.Support;

/// <summary><c>headroom demo</c>, with the person who may sign in to it.</summary>
internal sealed class Demo : IAsyncDisposable
{
    public const string Email = "demo@headroom.local";

    private const string ReadKey = "hrr_demo000000000000000000000000000000000000";

    private Demo(HeadroomServer server, JsonNode state)
    {
        Server = server;
        Password = (string)state["password"]!;
        Project = new ProjectClient(server.Http, (string)state["project"]!, "", ReadKey);
    }

    public HeadroomServer Server { get; }

    public string Password { get; }

    public ProjectClient Project { get; }

    /// <param name="days">Of its history.</param>
    public static async Task<Demo> StartAsync(int days)
    {
        var server = await HeadroomServer.StartDemoAsync("--days", days.ToString(CultureInfo.InvariantCulture));
        try
        {
            return new Demo(server, JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(server.DataDirectory, "demo.json"), TestContext.Current.CancellationToken))!);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until all of the history was sent; some of it may wait to be stored.</summary>
    public Task HistoryIsSentAsync() =>
        Until.TrueAsync("the demo's history is sent", () => Task.FromResult(Server.Output.Contains("history is complete", StringComparison.Ordinal)));

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
