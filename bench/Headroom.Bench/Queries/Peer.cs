using System.Diagnostics;

namespace Headroom.Bench.Queries;

/// <param name="Rows">Columns as text.</param>
internal sealed record PeerAnswer(List<string[]> Rows, TimeSpan Elapsed);

/// <summary>Another engine with the same events.</summary>
internal interface IPeer : IAsyncDisposable
{
    string Name { get; }

    /// <summary>What it is and what it was given.</summary>
    string Description { get; }

    /// <summary>Processor time used so far.</summary>
    TimeSpan ProcessorTime { get; }

    string Statement(Question question);

    Task<PeerAnswer> AskAsync(string statement);
}

internal static class Tools
{
    /// <summary>Runs a program to its end; what it printed.</summary>
    public static async Task<string> RunAsync(string file, IEnumerable<string> arguments, string? input = null)
    {
        using var process = Process.Start(new ProcessStartInfo(file, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        }) ?? throw new InvalidOperationException($"{file} did not start.");
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input ?? "");
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? await output : throw new InvalidOperationException($"{file} ended with {process.ExitCode}:\n{await errors}");
    }

    /// <summary>Text of a value, instants as 2026-11-01 10:00:00.</summary>
    public static string Text(object? value) => value switch
    {
        null or DBNull => "",
        DateTime instant => instant.ToString("yyyy-MM-dd HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture),
        DateOnly day => day.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, System.Globalization.CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };
}
