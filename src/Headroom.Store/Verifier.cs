using Headroom.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Headroom.Store;

/// <summary>
/// Looks whether segments are what the catalog says of them: every few seconds that all are there in their length, and one after the other, so
/// that each has its turn in <see cref="StoreOptions.VerifyInterval"/>, that the bytes are the same. A disk that returns other bytes than were
/// written says nothing, and an engine that reads them would count wrongly without a word.
/// </summary>
internal sealed partial class Verifier(SegmentStore store, StoreOptions options, TimeProvider time, ILogger<Verifier> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private double _due;
    private long _last;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await LongWork.RunAsync(() => Look(stoppingToken), stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogFailed(logger, e);
            }
        }
    }

    /// <summary>One look.</summary>
    internal void Look(CancellationToken cancellationToken)
    {
        if (store.Files.Cache is { Outage: not null } cache)
        {
            // While nothing can be asked there, nothing can be said of it.
            cache.Probe(cancellationToken);
        }

        List<Segment> segments = [.. store.State.Projects.Values.SelectMany(static p => p.Segments).OrderBy(static s => s.Id)];
        foreach (var segment in segments)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Check(segment, whole: store.Damaged.Contains(segment.File.Path));
        }

        if (options.VerifyInterval <= TimeSpan.Zero || segments.Count == 0)
        {
            return;
        }

        _due = Math.Min(segments.Count, _due + (segments.Count * (Interval / options.VerifyInterval)));
        for (; _due >= 1; _due--)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var next = segments.Find(s => s.Id > _last) ?? segments[0];
            _last = next.Id;
            Check(next, whole: true);
        }
    }

    private void Check(Segment segment, bool whole)
    {
        // Not for a file that a merge has replaced since.
        if (!segment.File.TryAcquire())
        {
            return;
        }

        try
        {
            store.Damaged.IsIntact(segment, whole, remote: whole && !store.Follows);
        }
        catch (IOException e)
        {
            // Too many open files, for instance: that says nothing of this one, and it has its turn again.
            LogUnread(logger, e, segment.File.Path);
        }
        finally
        {
            segment.File.Release();
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Looking whether segments are damaged failed; it is tried again")]
    private static partial void LogFailed(ILogger logger, Exception cause);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Segment {Path} could not be read to see whether it is damaged; it is tried again")]
    private static partial void LogUnread(ILogger logger, Exception cause, string path);
}
