using System.Diagnostics;
using System.Text.Json.Nodes;
using Xunit;

namespace Headroom.System.Tests.Support;

/// <summary>Runs a script of tests/clients with one JSON argument; what it printed last is its answer.</summary>
internal static class Node
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(3);

    /// <param name="within">How long it may take; three minutes where it is left out.</param>
    public static async Task<JsonNode> RunAsync(string script, JsonObject input, TimeSpan? within = null)
    {
        Assert.True(
            Directory.Exists(Path.Combine(Repository.Clients, "node_modules")),
            "The clients are not installed: run ./test, or npm ci --ignore-scripts in tests/clients.");
        var info = new ProcessStartInfo("node")
        {
            WorkingDirectory = Repository.Clients,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        info.ArgumentList.Add(script);
        info.ArgumentList.Add(input.ToJsonString());
        using var process = Process.Start(info) ?? throw new InvalidOperationException("node did not start.");
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(within ?? s_deadline);
        try
        {
            var errors = process.StandardError.ReadToEndAsync(deadline.Token);
            var output = await process.StandardOutput.ReadToEndAsync(deadline.Token);
            await process.WaitForExitAsync(deadline.Token);
            Assert.True(process.ExitCode == 0, $"node {script} ended with {process.ExitCode}:\n{output}\n{await errors}");
            return JsonNode.Parse(output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1])!;
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
