using Headroom.Core;
using Microsoft.Extensions.Logging;

namespace Headroom.Store;

/// <summary>The sessions that a Writer goes on with after a start, out of the events.</summary>
internal sealed partial class SegmentStore
{
    private const int MaxOpenSessions = 2_000_000;

    public async ValueTask<long> ReadOpenSessionsAsync(long since, IOpenSessionSink sink, CancellationToken cancellationToken)
    {
        long sessions = 0;

        // A session lasts a day at most, so its first event is no older than that before its last.
        var from = Math.Max(UnixMicros.Min, since - (24L * 3600 * 1_000_000));
        foreach (var project in State.Projects.Keys)
        {
            // Whoever is to be forgotten begins anew, also while the events are still there.
            long[] leaving = [.. State.Removals.Values.Where(r => r.Person.Project == project).SelectMany(static r => r.Person.Keys)];
            var staying = leaving.Length == 0 ? "" : $"AND person_key NOT IN ({string.Join(',', leaving)})";
            var query = new StoreQuery
            {
                Project = project,
                Sql = $$"""
                    SELECT distinct_id, arg_max(session_id, last), epoch_us(arg_max(start, last)), epoch_us(max(last))
                    FROM (SELECT distinct_id, session_id, min("timestamp") AS start, max("timestamp") AS last FROM {events}
                          WHERE "timestamp" >= $1 AND session_id IS NOT NULL {{staying}} GROUP BY distinct_id, session_id)
                    GROUP BY distinct_id HAVING max(last) >= $2 ORDER BY max(last) DESC LIMIT $3
                    """,
                Parameters = [UnixMicros.ToInstant(from).UtcDateTime, UnixMicros.ToInstant(since).UtcDateTime, (long)MaxOpenSessions],
                From = from,
                MaxRows = MaxOpenSessions,
                Timeout = TimeSpan.FromMinutes(2),
            };
            try
            {
                sessions += (await ScanAsync(query, new OpenSessionColumns(project, sink), cancellationToken).ConfigureAwait(false)).Rows;
            }
            catch (Exception e) when (e is DataDamagedException or QueryRefusedException { Bound: QueryBound.Cache })
            {
                // Its visitors begin new sessions. Without this, no event of any project would be stored until the file is back.
                LogSessionsUnknown(_logger, project, e.Message);
            }
        }

        return sessions;
    }

    private sealed class OpenSessionColumns(ProjectId project, IOpenSessionSink sink) : IColumnSink
    {
        public void Take(ColumnBatch batch)
        {
            var starts = batch.Longs(2);
            var lasts = batch.Longs(3);
            for (var i = 0; i < batch.Count; i++)
            {
                sink.Take(project, batch.Utf8(0, i), batch.Utf8(1, i), starts[i], lasts[i]);
            }
        }
    }
}
