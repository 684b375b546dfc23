using System.Diagnostics;
using Headroom.System.Tests.Support;
using Xunit;

namespace Headroom.System.Tests.Faults;

/// <summary>
/// The short form of the fault laboratory, ./bench/run faults --quick: some faults once each, on a real server under load. HEADROOM_FAULTS_SEED
/// makes the choices of another run again.
/// </summary>
public sealed class FaultTests(ITestOutputHelper output)
{
    private static readonly TimeSpan s_most = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task Faults_lose_nothing_are_told_disturb_nobody_else_and_are_recovered_from_without_a_hand()
    {
        var bench = Path.Combine(Repository.Root, "artifacts", "bin", "Headroom.Bench", "release", "Headroom.Bench");
        Assert.SkipUnless(File.Exists(bench), $"The laboratory is not built: {bench} is missing. ./test builds it.");
        var arguments = new List<string> { "faults", "--quick" };
        if (Environment.GetEnvironmentVariable("HEADROOM_FAULTS_SEED") is { Length: > 0 } seed)
        {
            arguments.AddRange(["--seed", seed]);
        }

        var info = new ProcessStartInfo(bench, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, Environment = { ["HEADROOM_BIN"] = Repository.Program } };
        using var process = Process.Start(info) ?? throw new InvalidOperationException("The laboratory did not start.");
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(s_most);
        try
        {
            var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
            var said = new List<string>();
            while (await process.StandardOutput.ReadLineAsync(deadline.Token) is { } line)
            {
                // Faults that this machine does not let one try are among these lines, with the reason.
                output.WriteLine(line);
                said.Add(line);
            }

            await process.WaitForExitAsync(deadline.Token);
            Assert.True(process.ExitCode == 0, $"{string.Join('\n', said.Where(static line => line.StartsWith("FAILED", StringComparison.Ordinal)))}\n{await errors}");
            Assert.Contains(said, static line => line.StartsWith("ok     kill -9", StringComparison.Ordinal));
        }
        finally
        {
            if (!process.HasExited)
            {
                // With a signal that it hears, so that it leaves nothing mounted and no server running.
                using var end = Process.Start("kill", ["-TERM", process.Id.ToString()]);
                await Task.WhenAny(process.WaitForExitAsync(CancellationToken.None), Task.Delay(TimeSpan.FromSeconds(20), CancellationToken.None));
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
