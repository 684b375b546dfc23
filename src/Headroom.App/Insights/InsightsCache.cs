// Answers are kept together with what they read: a stretch of time, whether merges were applied or persons read, and the
// oldest version of the data that any of their statements saw. The store tells this by itself (QueryWatch), so a new kind of
// question is cached rightly without doing anything. An answer is given again only where the store says that nothing it
// read has changed since; there is no time to live that would let a stale one pass. Who says to accept an answer of some age
// is given one that is no further behind, and that it is; it is computed again before it is too old for who asks next. See
// docs/decisions/0009-result-cache.md.

using System.Diagnostics.Metrics;
using Headroom.App.Shared;
using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Sql;
using Microsoft.Extensions.Options;

namespace Headroom.App.Insights;

/// <summary>Answers questions, from earlier answers where they still hold. Safe for concurrent use.</summary>
internal sealed class InsightsCache : IDisposable
{
    private const long Minute = TimeSpan.TicksPerMinute;

    /// <summary>Whoever takes answers that are so old, as dashboards do, would have been given one that has ceased to be right since.</summary>
    private static readonly TimeSpan Recent = TimeSpan.FromSeconds(10);

    /// <summary>However old an answer may be.</summary>
    private static readonly TimeSpan MostBehind = TimeSpan.FromMinutes(1);
    private readonly InsightsService _insights;
    private readonly IEventReader _reader;
    private readonly TimeProvider _time;
    private readonly ICohorts? _cohorts;
    private readonly SharedAnswers? _shared;

    /// <summary>Null where no answers are kept.</summary>
    private readonly KeptAnswers? _kept;
    private readonly KeptTrends? _keptTrends;
    private readonly KeyedLock _locks = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Meter _meter;

    /// <param name="shared">A second level, which other processes share.</param>
    public InsightsCache(
        InsightsService insights, IEventReader reader, SqlDialect dialect, TimeProvider time, IOptions<InsightsOptions> options, ICohorts? cohorts = null, ISharedCache? shared = null)
    {
        (_insights, _reader, _time, _cohorts) = (insights, reader, time, cohorts);
        if (options.Value.CacheMegabytes > 0)
        {
            _kept = new KeptAnswers(options.Value.CacheMegabytes * 1_048_576L);
            _keptTrends = new KeptTrends(_kept, insights, reader, dialect, time);
            if (shared is not null)
            {
                _shared = new SharedAnswers(shared);
                _shared.Watch(key => _kept.Find(key)?.IsNewerElsewhere = true);
            }
        }

        _meter = InsightsMetrics.Watch(this);
    }

    public long MostBytes => _kept?.MostBytes ?? 0;

    /// <summary>Bytes of answers held, as estimated.</summary>
    public long Bytes => _kept?.Bytes ?? 0;

    /// <summary>Null where the query is wrong, as <paramref name="errors"/> says.</summary>
    /// <param name="progress">Told by the store what becomes of each statement; must not block.</param>
    /// <param name="mostBehind">How long ago the answer may have ceased to be right; not more than a minute.</param>
    public async ValueTask<InsightAnswer?> RunAsync(
        InsightQuery query, ProjectInfo project, QueryErrors errors, Action<QueryProgress>? progress, TimeSpan mostBehind, CancellationToken cancellationToken)
    {
        var start = _time.GetTimestamp();
        var watch = QueryWatch.Begin(progress);
        if (Cohorts(query, project, errors) is not { } cohorts)
        {
            return null;
        }

        if (_kept is null || InsightKey.Of(query, project, _time.GetUtcNow(), cohorts) is not { } key)
        {
            if (await _insights.RunAsync(query, project, errors, cancellationToken) is not { } uncached)
            {
                return null;
            }

            InsightsMetrics.Missed("other");
            return Finish(new KeptAnswer(uncached, uncached.DataVersion, start), CacheOutcome.Miss, watch, start);
        }

        if (_kept.Find(key) is { } ready)
        {
            var holds = Holds(ready, query, project.Id);
            var allowed = mostBehind < MostBehind ? mostBehind : MostBehind;
            if (_time.GetElapsedTime(ready.HeldAt) is var behind && behind < allowed && ready.TryCatchUp())
            {
                var half = allowed / 2;
                CatchUp(key, ready, query, project, behind < half ? half - behind : TimeSpan.Zero);
            }

            if (holds)
            {
                return Finish(ready, CacheOutcome.Hit, watch, start);
            }

            if (behind < allowed)
            {
                return Finish(ready, CacheOutcome.Behind, watch, start, behind);
            }
        }

        // Of many who ask the same at once one computes, and the others find its answer. FusionCache's own protection
        // begins where an entry has expired, and only the store can say whether one of ours has.
        using var turn = await _locks.EnterAsync(key, cancellationToken);
        var known = _kept.Find(key);
        if (known is not null && Holds(known, query, project.Id))
        {
            return Finish(known, CacheOutcome.Hit, watch, start);
        }

        if (_shared is not null && known is not { IsNewerElsewhere: false } && await FindSharedAsync(key, known, query, project, cancellationToken) is { } other)
        {
            KeepHere(key, other, query, project, cohorts);
            return Finish(other, CacheOutcome.Hit, watch, start);
        }

        var trends = cohorts.Count == 0 ? query as TrendsQuery : null;
        var question = trends is null ? null : TrendsQuestion.Of(trends, project, _time.GetUtcNow());
        var source = question is null ? null : _keptTrends!.Source(known, question);
        var reason = known is null ? _kept.WasPushedOut(key) ? "pushed_out" : "new" : _time.GetElapsedTime(known.HeldAt) <= Recent ? "recent" : "changed";
        if (source is { AddsUp: true } && await _keptTrends!.RefreshAsync(known, source, question!, cancellationToken) is var (refreshed, reuses))
        {
            if (!reuses)
            {
                InsightsMetrics.Missed(reason);
            }

            Keep(key, refreshed, query, project, cohorts);
            return Finish(refreshed, reuses ? CacheOutcome.Partial : CacheOutcome.Miss, watch, start);
        }

        if (await _insights.RunAsync(query, project, errors, cancellationToken) is not { } result)
        {
            return null;
        }

        var computed = new KeptAnswer(result, Math.Min(result.DataVersion, watch.Version), start)
        {
            Reads = watch.Reads > 0 ? Reads(watch, NamedReads.Of(query, cohorts)) : null,
            AddsUp = known is null or { AddsUp: true } && source is null or { AddsUp: true } && trends is not null && TrendsParts.AddsUp(trends),
        };
        InsightsMetrics.Missed(reason);
        Keep(key, computed, query, project, cohorts);
        return Finish(computed, CacheOutcome.Miss, watch, start);
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
        _meter.Dispose();
        _kept?.Dispose();
    }

    /// <summary>
    /// Computes an answer again that was given to somebody who accepts one behind, after a while and unless it still holds: for those who ask
    /// next, and not by the one who asked. Once for each time that it is asked for, so that what nobody looks at any more rests.
    /// </summary>
    private void CatchUp(string key, KeptAnswer kept, InsightQuery query, ProjectInfo project, TimeSpan after)
    {
        var stop = _stop.Token;
        var due = Task.Delay(after, _time, stop);
        using (ExecutionContext.SuppressFlow())
        {
            _ = Task.Run(
                async () =>
                {
                    try
                    {
                        await due;
                        if (_kept!.Find(key) is { } now && !Holds(now, query, project.Id))
                        {
                            await RunAsync(query, project, new QueryErrors(), null, TimeSpan.Zero, stop);
                        }
                    }
                    catch (Exception)
                    {
                        // It is in the log and in metrics already; who asks when the answer is too old is told.
                    }
                    finally
                    {
                        kept.CaughtUp();
                    }
                }, stop);
        }
    }

    /// <summary>The cohorts that the query names, by number; null where one is not there.</summary>
    private List<CohortInfo>? Cohorts(InsightQuery query, ProjectInfo project, QueryErrors errors)
    {
        var found = new SortedDictionary<int, CohortInfo>();
        foreach (var (path, id) in CohortReferences.Of(query))
        {
            if (_cohorts?.Find(project.Id, id) is { } cohort)
            {
                found[id] = cohort;
            }
            else
            {
                errors.Add(path, "There is no such cohort.");
            }
        }

        return errors.Any ? null : [.. found.Values];
    }

    /// <summary>What another process has computed, where the store of this one says that it holds.</summary>
    /// <param name="known">Whose parts are as good for the answer of another process as for its own.</param>
    private async ValueTask<KeptAnswer?> FindSharedAsync(string key, KeptAnswer? known, InsightQuery query, ProjectInfo project, CancellationToken cancellationToken)
    {
        // Before it is asked, so that what is told meanwhile is not forgotten.
        known?.IsNewerElsewhere = false;
        if (await _shared!.FindAsync(key, cancellationToken) is not { } found)
        {
            return null;
        }

        var kept = new KeptAnswer(found.Result, found.Version, _time.GetTimestamp())
        {
            Reads = found.Reads,
            AddsUp = found.AddsUp && known is null or { AddsUp: true },
            Parts = known?.Parts,
            PartsVersion = known?.PartsVersion,
        };
        var holds = kept.Tag == found.Tag ? Holds(kept, query, project.Id) : (bool?)null;
        InsightsMetrics.Shared(holds is null ? "unreadable" : holds.Value ? "hit" : "changed");
        return holds is true ? kept : null;
    }

    private void Keep(string key, KeptAnswer kept, InsightQuery query, ProjectInfo project, List<CohortInfo> cohorts)
    {
        if (KeepHere(key, kept, query, project, cohorts))
        {
            _shared?.Keep(new SharedAnswer
            {
                Key = key,
                Version = kept.Version,
                Reads = kept.Reads,
                AddsUp = kept.AddsUp,
                HasBreakdown = SharedAnswers.HasBreakdown(kept.Result),
                Tag = kept.Tag,
                Result = kept.Result,
            });
        }
    }

    private bool KeepHere(string key, KeptAnswer kept, InsightQuery query, ProjectInfo project, List<CohortInfo> cohorts)
    {
        // Where the present has moved on meanwhile (midnight), the answer may be of another range than the key.
        var bytes = kept.Bytes;
        if (!_kept!.Fits(bytes) || InsightKey.Of(query, project, _time.GetUtcNow(), cohorts) != key)
        {
            return false;
        }

        _kept.Keep(key, kept, bytes);
        if (query is TrendsQuery trends && cohorts.Count == 0)
        {
            _keptTrends!.Note(key, trends, project);
        }

        return true;
    }

    private static AnswerReads Reads(QueryWatch watch, NamedReads named) => new(
        named.AllTimes ? long.MinValue : watch.From, named.AllTimes ? long.MaxValue : watch.To, watch.ReadsMerges, watch.ReadsPersons || named.Persons);

    /// <summary>Whether nothing that the answer depends on has changed.</summary>
    private bool Holds(KeptAnswer kept, InsightQuery query, ProjectId project)
    {
        // Trends depend on the present by their range only, which is part of the key. Of others this is not known: where
        // they read past the moment at which they were computed, they hold to the end of its minute.
        if (query is not TrendsQuery && (kept.Reads is null || kept.Reads.To > UnixMicros.From(kept.Result.ComputedAt)) &&
            _time.GetUtcNow().UtcTicks / Minute != kept.Result.ComputedAt.UtcTicks / Minute)
        {
            return false;
        }

        var now = _time.GetTimestamp();
        var changes = _reader.ChangedSince(project, kept.Version);
        if (changes.DataVersion == kept.Version && !changes.Everything)
        {
            kept.HeldAt = now;
            return true;
        }

        if (kept.Reads is not { } reads || changes.Everything || (changes.Merges && reads.Merges) || (changes.Persons && reads.Persons) ||
            changes.Ranges.Any(r => r.Touches(reads.From, reads.To)))
        {
            return false;
        }

        kept.HeldAt = now;
        kept.Advance(changes.DataVersion);
        return true;
    }

    private InsightAnswer Finish(KeptAnswer kept, CacheOutcome outcome, QueryWatch watch, long start, TimeSpan behind = default)
    {
        InsightsMetrics.Answered(outcome);
        var age = _time.GetUtcNow() - kept.Result.ComputedAt;
        return new InsightAnswer(
            kept.Result with
            {
                DataVersion = kept.Version,
                Cache = outcome,
                AgeMs = Math.Round(Math.Max(0, age.TotalMilliseconds), 3),
                BehindMs = Math.Round(behind.TotalMilliseconds, 3),
                EstimatedRows = watch.Estimate.Rows,
                EstimatedColumns = watch.Estimate.Columns,
                EstimatedBytes = watch.Estimate.Bytes,
                QueuedMs = Math.Round(watch.Queued.TotalMilliseconds, 3),
                ElapsedMs = Math.Round(_time.GetElapsedTime(start).TotalMilliseconds, 3),
            },
            kept.Tag);
    }
}
