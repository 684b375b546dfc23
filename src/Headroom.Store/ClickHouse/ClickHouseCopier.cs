using Headroom.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Headroom.Store.ClickHouse;

/// <summary>
/// Copies what the store had before ClickHouse was set, one file after the other, deletes rows of files that count no more, and finds out
/// when a ClickHouse that was away can be asked again. In a process that only reads it does only the last.
/// </summary>
internal sealed partial class ClickHouseCopier(SegmentStore store, ClickHouseCopies copies, TimeProvider time, ILogger<ClickHouseCopier> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Told = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var works = true;
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                await copies.ReadyAsync(stoppingToken);
                if (copies.Outage is not null)
                {
                    await copies.TryAgainAsync(stoppingToken);
                }

                if (!store.Follows)
                {
                    await CopyAsync(stoppingToken);
                    await copies.DeleteDroppedAsync(stoppingToken);
                }

                if (!works)
                {
                    LogWorks(logger);
                    works = true;
                }
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                if (works)
                {
                    LogFailed(logger, e);
                    works = false;
                }
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task CopyAsync(CancellationToken cancellationToken)
    {
        var missing = store.State.Projects.Values.SelectMany(static p => p.Segments.Select(static s => s.File).Concat(p.Others)).Where(f => !copies.HasCopied(f.Path)).ToList();
        if (missing.Count == 0)
        {
            return;
        }

        var (done, told) = (0, time.GetTimestamp());
        LogCopying(logger, done, missing.Count);
        foreach (var file in missing)
        {
            // One that was replaced meanwhile has another in its place, which was copied with it.
            if (!file.TryAcquire())
            {
                continue;
            }

            try
            {
                using var pins = store.Pin([file.Path], cancellationToken);
                await copies.CopyCountedAsync(file.Path, cancellationToken);
            }
            finally
            {
                file.Release();
            }

            done++;
            if (time.GetElapsedTime(told) >= Told)
            {
                LogCopying(logger, done, missing.Count);
                told = time.GetTimestamp();
            }
        }

        LogCopied(logger, missing.Count);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Copying what was stored before to ClickHouse: {Done} of {Files} files; until a project's are all there its questions are answered from the segments")]
    private static partial void LogCopying(ILogger logger, int done, int files);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Files} files are copied to ClickHouse; it answers now")]
    private static partial void LogCopied(ILogger logger, int files);

    [LoggerMessage(Level = LogLevel.Warning, Message = "ClickHouse cannot be used; questions are answered from the segments, and it is tried again")]
    private static partial void LogFailed(ILogger logger, Exception cause);

    [LoggerMessage(Level = LogLevel.Information, Message = "ClickHouse can be used again")]
    private static partial void LogWorks(ILogger logger);
}
