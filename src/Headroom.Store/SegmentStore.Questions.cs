using System.Diagnostics;
using Headroom.Core;
using ParquetSharp;

namespace Headroom.Store;

/// <summary>Questions: each is asked of one state, whose files stay until it is answered.</summary>
internal sealed partial class SegmentStore
{
    public ValueTask<QueryRows> QueryAsync(StoreQuery query, CancellationToken cancellationToken) =>
        AskAsync<QueryRows>(query, Files.Copies is { } copies && query.Engine is StoreEngine.ClickHouse ? copies.QueryAsync : _engine.RunAsync, cancellationToken);

    public ValueTask<ScanSummary> ScanAsync(StoreQuery query, IColumnSink sink, CancellationToken cancellationToken) =>
        AskAsync(
            query,
            (q, state, segments, token) =>
            {
                if (Files.Copies is not { } copies || q.Engine is not StoreEngine.ClickHouse)
                {
                    return _engine.ScanAsync(q, state, segments, sink, token);
                }

                (sink as IHoldingSink)?.Hold(_engine.Hold());
                return copies.ScanAsync(q, state, segments, sink, token);
            },
            cancellationToken);

    public ValueTask<EventTally?> CountAsync(ProjectId project, IReadOnlyList<string?> names, long[] bounds, CancellationToken cancellationToken)
    {
        // What its answer depends on is told as for a statement.
        var range = new StoreQuery { Project = project, Sql = "", From = bounds[0], To = bounds[^1], MaxRows = 0 };
        var started = _time.GetTimestamp();
        return AskAsync<EventTally?>(
            range, async (_, state, segments, token) => await LongWork.RunAsync(() => _eventCounts.Tally(segments, names, bounds), token).ConfigureAwait(false) is { } counts
                ? new EventTally(counts, state.DataVersion, _time.GetElapsedTime(started), segments.Count)
                : null, cancellationToken, onlyFooters: true);
    }

    public ValueTask<IReadOnlyList<NamedTally>?> CountNamesAsync(ProjectId project, long[] bounds, int mostNames, CancellationToken cancellationToken)
    {
        var range = new StoreQuery { Project = project, Sql = "", From = bounds[0], To = bounds[^1], MaxRows = 0 };
        return AskAsync(range, async (_, _, segments, token) => await LongWork.RunAsync(() => _eventCounts.TallyAll(segments, bounds, mostNames), token).ConfigureAwait(false), cancellationToken, onlyFooters: true);
    }

    public ValueTask<TextTally?> CountTextsAsync(StoreQuery query, string name, PropertyColumnKey text, int mostCells, CancellationToken cancellationToken) =>
        query.Engine is StoreEngine.ClickHouse ? ValueTask.FromResult<TextTally?>(null)
            : AskAsync(query, (q, state, segments, token) => _engine.CountTextsAsync(q, name, text, mostCells, state, segments, token), cancellationToken);

    private async ValueTask<T> AskAsync<T>(
        StoreQuery query, Func<StoreQuery, ProjectState, List<Segment>, CancellationToken, ValueTask<T>> ask, CancellationToken cancellationToken, bool onlyFooters = false)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        for (var (attempt, again) = (1, Follows); ; attempt++)
        {
            try
            {
                return await AskOnceAsync(query, ask, onlyFooters, again, cancellationToken).ConfigureAwait(false);
            }
            catch (FileReplacedException e)
            {
                again = await FindReplacementAsync(e, query.Project, attempt, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <param name="again">Whether a file that is gone is looked for in a newer state, and no damage yet.</param>
    private async ValueTask<T> AskOnceAsync<T>(
        StoreQuery query, Func<StoreQuery, ProjectState, List<Segment>, CancellationToken, ValueTask<T>> ask, bool onlyFooters, bool again, CancellationToken cancellationToken)
    {
        using var held = Hold(query);
        var (state, segments) = (held.State, held.Segments);
        var started = _time.GetTimestamp();
        long bytes = 0;
        foreach (var segment in segments)
        {
            bytes += segment.Bytes;
        }

        Metrics.QueryGiven(bytes);
        using var span = Telemetry.Source.StartActivity("store read");
        span?.SetTag("headroom.store.from", query.Engine is StoreEngine.ClickHouse ? "clickhouse" : onlyFooters ? "footers" : "segments")
            .SetTag("headroom.store.segments", segments.Count).SetTag("headroom.store.bytes", bytes);
        try
        {
            // What ClickHouse is asked needs no file.
            var needsFiles = query.Engine is StoreEngine.Segments;
            if (needsFiles)
            {
                Damaged.RequireNone(segments);
            }

            using var pins = needsFiles ? await PinAsync(query, state, segments, onlyFooters, again, cancellationToken).ConfigureAwait(false) : default;
            var answer = await ask(query, state, segments, cancellationToken).ConfigureAwait(false);
            Metrics.Queried(_time.GetElapsedTime(started), "ok");
            return answer;
        }
        catch (Exception e) when (e is QueryRefusedException or SqlRefusedException)
        {
            Metrics.Queried(_time.GetElapsedTime(started), "refused");
            throw;
        }
        catch (OperationCanceledException)
        {
            Metrics.Queried(_time.GetElapsedTime(started), "cancelled");
            throw;
        }
        catch (Exception e) when (e is StoreUnavailableException or DataDamagedException)
        {
            Metrics.Queried(_time.GetElapsedTime(started), "error");
            span?.SetStatus(ActivityStatusCode.Error);
            throw;
        }
        catch (Exception e) when (e is System.Data.Common.DbException or ParquetException or IOException)
        {
            Metrics.Queried(_time.GetElapsedTime(started), "error");
            span?.SetStatus(ActivityStatusCode.Error);
            if (query.Engine is not StoreEngine.Segments)
            {
                throw;
            }

            Damaged.Find(segments, e);
            Damaged.RequireNone(segments, e);
            throw;
        }
    }

    /// <summary>The newest state of a query's project, with the files that it needs.</summary>
    private HeldFiles Hold(StoreQuery query)
    {
        while (true)
        {
            // Where the compaction swaps files between our reading the state and taking them, the state is newer afterwards.
            if (HeldFiles.TryTake(State.Project(query.Project), query.From, query.To) is { } held)
            {
                QueryWatch.Current?.Read(query, held.State.DataVersion);
                return held;
            }
        }
    }
}
