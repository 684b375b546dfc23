using System.Diagnostics;

namespace Headroom.Bench.Faults;

/// <summary>Other programs, to their end.</summary>
internal static class Shell
{
    /// <exception cref="IOException">It is not there, or ended with another code than 0.</exception>
    public static async Task RunAsync(string program, params string[] arguments)
    {
        var (code, said) = await TryAsync(program, arguments);
        if (code != 0)
        {
            throw new IOException($"{program} {string.Join(' ', arguments)} ended with {code}: {said.Trim()}");
        }
    }

    public static async Task<(int Code, string Said)> TryAsync(string program, params string[] arguments)
    {
        var info = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using var process = Process.Start(info) ?? throw new IOException($"{program} did not start.");
            var errors = process.StandardError.ReadToEndAsync();
            var output = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            return (process.ExitCode, output + await errors);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new IOException($"{program}: {e.Message}", e);
        }
    }
}
