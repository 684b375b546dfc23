using System.ComponentModel;
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
            if (await ReasonAgainstDisksAsync() is not { } reason)
            {
                Assert.Contains(said, static line => line.StartsWith("ok     power loss", StringComparison.Ordinal));
            }
            else
            {
                Assert.Contains(said, static line => line.StartsWith("power loss: not tried: ", StringComparison.Ordinal));
                TestContext.Current.AddWarning($"The loss of power was not tried: {reason}");
            }
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

    /// <summary>Why the laboratory cannot have a disk of its own here, found out without it; null where it can.</summary>
    private static async Task<string?> ReasonAgainstDisksAsync()
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
        {
            return "that takes Linux and root.";
        }

        var home = Directory.CreateTempSubdirectory("headroom-mount-").FullName;
        var (image, mount) = (Path.Combine(home, "image"), Path.Combine(home, "disk"));
        Directory.CreateDirectory(mount);
        try
        {
            await using (var file = File.Create(image))
            {
                file.SetLength(16 << 20);
            }

            return await ProblemAsync("mkfs.ext4", "-q", "-F", image) ?? await ProblemAsync("mount", "-o", "loop", image, mount)
                ?? await ProblemAsync("fsfreeze", "--freeze", mount) ?? await ProblemAsync("fsfreeze", "--unfreeze", mount);
        }
        finally
        {
            await ProblemAsync("umount", mount);
            Directory.Delete(home, recursive: true);
        }
    }

    /// <summary>What a program said that failed or is not there; null where it did not fail.</summary>
    private static async Task<string?> ProblemAsync(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            var errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await output;
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            return process.ExitCode == 0 ? null : $"{program}: {errors.Trim()}";
        }
        catch (Win32Exception e)
        {
            return $"{program}: {e.Message}";
        }
    }
}
