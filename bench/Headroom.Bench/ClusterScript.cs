using System.Diagnostics;
using System.Net.NetworkInformation;

namespace Headroom.Bench;

/// <summary>Runs what is in deploy/cluster. For the benchmarks and for the system tests.</summary>
internal static class ClusterScript
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(6);
    private static readonly string s_folder = Path.Combine(RepositoryFolder.Root(), "deploy", "cluster");

    /// <param name="script">Its file name.</param>
    /// <returns>Its exit code and all it printed.</returns>
    /// <exception cref="OperationCanceledException">It took more than six minutes.</exception>
    public static async Task<(int Code, string Output)> RunAsync(string script, IEnumerable<string> arguments, IEnumerable<(string Name, string Value)> environment)
    {
        var info = new ProcessStartInfo(Path.Combine(s_folder, script), arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            info.Environment[name] = value;
        }

        using var process = Process.Start(info) ?? throw new InvalidOperationException($"{script} did not start.");
        process.StandardInput.Close();
        using var patience = new CancellationTokenSource(s_patience);
        var output = process.StandardOutput.ReadToEndAsync(patience.Token);
        var errors = process.StandardError.ReadToEndAsync(patience.Token);
        await process.WaitForExitAsync(patience.Token);
        return (process.ExitCode, await output + await errors);
    }

    /// <summary>What deploy/cluster/start left for whoever signs in: PROJECT, WRITE_KEY, READ_KEY and the owner's.</summary>
    public static async Task<Dictionary<string, string>> SignInAsync(string folder) => (await File.ReadAllLinesAsync(Path.Combine(folder, "sign-in")))
        .Select(static line => line.Split('=', 2)).ToDictionary(static pair => pair[0], static pair => pair[1]);

    /// <summary>The first of forty ports on which nothing listens; below those that the kernel gives to connections.</summary>
    public static int FreeRange()
    {
        var taken = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Select(static end => end.Port).ToHashSet();
        return Enumerable.Range(0, 100).Select(static _ => Random.Shared.Next(12_000, 32_000)).First(port => !Enumerable.Range(port, 40).Any(taken.Contains));
    }
}
