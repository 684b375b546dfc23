using Headroom.App.Shared;
using Headroom.Core;
using Microsoft.Extensions.Logging;

namespace Headroom.Fuzz.Targets;

/// <summary>It is always the same noon, and nothing happens by itself.</summary>
internal sealed class FixedTime : TimeProvider
{
    public static readonly FixedTime Instance = new();
    public static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    public static readonly long Micros = UnixMicros.From(Now);

    public override DateTimeOffset GetUtcNow() => Now;

    /// <summary>It stands still too: a fuzzer that waits for a processor is no overload that capture may refuse for.</summary>
    public override long GetTimestamp() => 1;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => new NoTimer();

    private sealed class NoTimer : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
            // Nothing runs.
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

/// <summary>Two projects: one as projects are, and one that is cookieless and keeps addresses.</summary>
internal sealed class TwoProjects : IProjectDirectory
{
    private static readonly ProjectInfo Plain = new(new ProjectId(1), "plain", TimeZoneInfo.Utc, false, false, ["example.com"]) { DroppedProperties = ["secret"] };
    private static readonly ProjectInfo Cookieless = new(new ProjectId(2), "cookieless", TimeZoneInfo.Utc, true, true, ["example.org"]) { Cookieless = true };

    public IReadOnlyCollection<ProjectInfo> All => [Plain, Cookieless];

    public bool TryGetByWriteKey(ReadOnlySpan<byte> writeKey, out ProjectInfo project) => Take(writeKey.StartsWith("hrw_"u8), writeKey.EndsWith("2"u8), out project);

    public bool TryGetByDomain(ReadOnlySpan<byte> domain, out ProjectInfo project) => Take(domain.StartsWith("example."u8), domain.EndsWith("org"u8), out project);

    public bool TryGet(ProjectId id, out ProjectInfo project) => Take(id.Value is 1 or 2, id.Value == 2, out project);

    public ValueTask RefreshAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    private static bool Take(bool known, bool second, out ProjectInfo project)
    {
        project = second ? Cookieless : Plain;
        return known;
    }
}

internal sealed class FixedSalts : IVisitorSalts
{
    public DaySalts Current { get; } = new(DaySalts.DayOf(FixedTime.Micros), new byte[16], Enumerable.Repeat((byte)1, 16).ToArray());
}

/// <summary>Parts that catch what is thrown log it: so it is not lost.</summary>
internal sealed class CaughtExceptions<T> : ILogger<T>
{
    /// <summary>The first since it was cleared.</summary>
    public Exception? First { get; set; }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        First ??= exception ?? (logLevel >= LogLevel.Warning ? new BrokenLawException(formatter(state, null)) : null);
}

/// <summary>A log that says of each record that it is on disk, and gives it to who looks at it.</summary>
internal sealed class HandOverLog(Action<ReadOnlyMemory<byte>> take) : IEventLog
{
    public LogPosition End => default;

    public LogPosition Opened => default;

    public LogHealth Health => new(true, null, null, 0);

    public ValueTask<LogAppend> AppendAsync(ReadOnlyMemory<byte> record, CancellationToken cancellationToken)
    {
        take(record);
        return ValueTask.FromResult(new LogAppend(LogAppendStatus.Durable, 0, null));
    }

    public ValueTask<LogAppend> AppendAllAsync(IReadOnlyList<ReadOnlyMemory<byte>> records, CancellationToken cancellationToken)
    {
        foreach (var record in records)
        {
            take(record);
        }

        return ValueTask.FromResult(new LogAppend(LogAppendStatus.Durable, 0, null));
    }

    public ILogReader OpenReader(LogPosition position) => throw new NotSupportedException();

    public void Release(string consumer, LogPosition position) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
