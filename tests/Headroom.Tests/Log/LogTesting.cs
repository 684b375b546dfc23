using System.Text;
using Headroom.Core;
using Headroom.Log;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headroom.Tests.Log;

internal static class LogTesting
{
    public static readonly DateTimeOffset Start = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);

    public static EmbeddedEventLogOptions Options(Action<EmbeddedEventLogOptions>? change = null)
    {
        var options = new EmbeddedEventLogOptions { Directory = "x", FileBytes = 4096, MaxRecordBytes = 1 << 20, MinFreeDiskBytes = 0 };
        change?.Invoke(options);
        return options;
    }

    public static EmbeddedEventLog Open(
        SimulatedDisk disk, EmbeddedEventLogOptions? options = null, FakeTimeProvider? time = null, ILogger? logger = null, long verifyFrom = 0) =>
        EmbeddedEventLog.Open(options ?? Options(), disk.Mount(), time ?? new FakeTimeProvider(Start), logger ?? NullLogger.Instance, verifyFrom);

    public static async Task<LogAppend> Append(this EmbeddedEventLog log, string text) =>
        await log.AppendAsync(Encoding.UTF8.GetBytes(text), CancellationToken.None);

    public static async Task AppendDurably(this EmbeddedEventLog log, string text) =>
        Assert.Equal(LogAppendStatus.Durable, (await log.Append(text)).Status);

    public static List<string> ReadAll(this EmbeddedEventLog log, long offset = 0)
    {
        using var reader = log.OpenReader(offset);
        return reader.ReadRest();
    }

    public static List<string> ReadRest(this ILogReader reader)
    {
        var texts = new List<string>();
        while (reader.TryRead(1000) is { Count: > 0 } records)
        {
            foreach (var record in records)
            {
                texts.Add(Encoding.UTF8.GetString(record.Payload.Span));
            }
        }

        return texts;
    }
}

internal sealed class ListLogger : ILogger
{
    public List<(LogLevel Level, string Text)> Entries { get; } = [];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (Entries)
        {
            Entries.Add((logLevel, formatter(state, exception)));
        }
    }
}
