using Headroom.System.Tests.Support;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(SharedServer))]

// Tests here wait for processes and measure them; two at a time on two cores would wait for each other.
[assembly: Parallelization(Mode = ParallelMode.None)]

namespace Headroom.System.Tests.Support;

/// <summary>One running server for the tests that only need projects of their own.</summary>
public sealed class SharedServer : IAsyncLifetime
{
    private HeadroomServer? _server;
    private int _projects;

    internal HeadroomServer Server => _server ?? throw new InvalidOperationException("Not started.");

    public async ValueTask InitializeAsync() => _server = await HeadroomServer.StartAsync();

    internal Task<ProjectClient> NewProjectAsync(params string[] domains) =>
        Server.AddProjectAsync($"test {Interlocked.Increment(ref _projects)}", domains);

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }
}
