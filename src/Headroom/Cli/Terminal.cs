using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Spectre.Console;

namespace Headroom.Cli;

/// <summary>Where a command writes and reads: results to <paramref name="Out"/>, everything else to <paramref name="Error"/>.</summary>
/// <param name="In">Bytes of the standard input.</param>
/// <param name="OutBytes">For long results such as an export; the same place as <paramref name="Out"/>.</param>
/// <param name="Interactive">Whether a person can be asked and progress can be drawn.</param>
internal sealed record Terminal(TextWriter Out, TextWriter Error, Func<Stream> In, Func<Stream> OutBytes, bool Interactive)
{
    public static Terminal Standard() => new(
        Console.Out, Console.Error, Console.OpenStandardInput, Console.OpenStandardOutput,
        !Console.IsErrorRedirected && !Console.IsInputRedirected);

    /// <summary>Draws progress and questions, on the error stream so that results can be piped.</summary>
    public IAnsiConsole Ansi => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Out = new AnsiConsoleOutput(Error),
        Interactive = Interactive ? InteractionSupport.Yes : InteractionSupport.No,
        Ansi = Interactive ? AnsiSupport.Detect : AnsiSupport.No,
    });

    public void WriteJson<T>(T value, JsonTypeInfo<T> type) => Out.WriteLine(JsonSerializer.Serialize(value, type));
}

/// <summary>Ends a command; the message says what went wrong and what to do.</summary>
internal sealed class CommandFailedException(string message, int exitCode = CommandLine.Failed) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}
