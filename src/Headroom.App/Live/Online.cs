using System.Collections.Concurrent;
using System.Globalization;
using Headroom.App.Shared;
using Headroom.Core;
using Headroom.Sql;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Headroom.App.Live;

/// <summary>The live view's numbers. Minutes are the clock's, oldest first; the last one is going on.</summary>
/// <param name="Online">Persons with an event in the last 5 minutes.</param>
/// <param name="EventsPerMinute">Events of the last 60 seconds.</param>
public sealed record OnlineMessage(long Online, long EventsPerMinute, IReadOnlyList<long> Minutes);

/// <summary>Asks the store for a project's live numbers, once for all who watch it. Safe for concurrent use.</summary>
internal sealed class OnlineCounts(
    IEventReader reader, SqlDialect dialect, TimeProvider time, IOptions<LiveOptions> options, ILogger<OnlineCounts> logger)
{
    private readonly ConcurrentDictionary<ProjectId, Slot> _slots = new();

    /// <summary>At most as old as the time between two messages; null where the store could not answer.</summary>
    public Task<OnlineMessage?> GetAsync(ProjectId project, CancellationToken cancellationToken)
    {
        var slot = _slots.GetOrAdd(project, static _ => new Slot());
        lock (slot.Gate)
        {
            if (slot.Answer is null || (slot.Answer.IsCompleted && time.GetElapsedTime(slot.At) >= MaxAge))
            {
                slot.At = time.GetTimestamp();
                // Not the watcher's token: others wait for the same answer, and the query has its own timeout.
                slot.Answer = Task.Run(() => AskAsync(project), CancellationToken.None);
            }

            return slot.Answer.WaitAsync(cancellationToken);
        }
    }

    /// <summary>A little less than the period, so that a watcher's own tick does not find its last answer just in time.</summary>
    private TimeSpan MaxAge => TimeSpan.FromSeconds(options.Value.OnlineSeconds * 0.9);

    private async Task<OnlineMessage?> AskAsync(ProjectId project)
    {
        try
        {
            var now = UnixMicros.From(time.GetUtcNow());
            var query = OnlineCompiler.Compile(now, project, reader.Schema(project), dialect);
            var rows = await reader.QueryAsync(query with { Timeout = TimeSpan.FromSeconds(options.Value.OnlineSeconds * 2) }, CancellationToken.None);
            LiveMetrics.OnlineQueries.Add(1, new KeyValuePair<string, object?>("outcome", "ok"));
            return Read(rows);
        }
        catch (Exception e)
        {
            logger.OnlineFailed(e, project, options.Value.OnlineSeconds);
            LiveMetrics.OnlineQueries.Add(1, new KeyValuePair<string, object?>("outcome", "failed"));
            return null;
        }
    }

    private static OnlineMessage Read(QueryRows rows)
    {
        var minutes = new long[OnlineCompiler.Minutes];
        var online = 0L;
        var recent = 0L;
        foreach (var row in rows.Rows)
        {
            if (row[0] is null)
            {
                recent = Number(row[2]);
                online = Number(row[3]);
            }
            else
            {
                minutes[Number(row[0])] = Number(row[1]);
            }
        }

        return new OnlineMessage(online, recent, minutes);
    }

    private static long Number(object? value) => Convert.ToInt64(value, CultureInfo.InvariantCulture);

    private sealed class Slot
    {
        public Lock Gate { get; } = new();

        public Task<OnlineMessage?>? Answer { get; set; }

        public long At { get; set; }
    }
}
