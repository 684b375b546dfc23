using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Headroom;

/// <summary>
/// An entry of the log as one line of text, with the trace id where there is one, whatever is in it. Names of files and pieces of what was sent come from strangers: a line
/// break in them would be an entry of its own, an escape sequence would be obeyed by the terminal that shows the log, and an
/// override of the writing direction would show another text than there is.
/// </summary>
internal sealed class PlainConsoleFormatter() : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "headroom";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var message = logEntry.Formatter(logEntry.State, logEntry.Exception);
        textWriter.Write(TimeProvider.System.GetUtcNow().ToString("HH:mm:ss.fff ", CultureInfo.InvariantCulture));
        textWriter.Write(Word(logEntry.LogLevel));
        textWriter.Write(": ");
        textWriter.Write(logEntry.Category);
        if (Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity)
        {
            // Ahead of what strangers may have written.
            textWriter.Write(" trace ");
            textWriter.Write(activity.TraceId.ToHexString());
            textWriter.Write(':');
        }

        textWriter.Write(' ');
        WriteVisible(textWriter, message);
        if (logEntry.Exception is { } exception)
        {
            textWriter.Write(' ');
            WriteVisible(textWriter, exception.ToString());
        }

        textWriter.Write('\n');
    }

    internal static void WriteVisible(TextWriter target, string text)
    {
        foreach (var c in text)
        {
            if (c is '\n' or '\r' or '\t')
            {
                target.Write(' ');
            }
            else if (char.IsControl(c) || CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
            {
                target.Write(string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"));
            }
            else
            {
                target.Write(c);
            }
        }
    }

    private static string Word(LogLevel level) => level switch
    {
        LogLevel.Trace => "trce",
        LogLevel.Debug => "dbug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "fail",
        _ => "crit",
    };
}
