// Answers are kept together with what they read: a stretch of time, whether merges were applied or persons read, and the
// oldest version of the data that any of their statements saw. The store tells this by itself (QueryWatch), so a new kind of
// question is cached rightly without doing anything. An answer is given again only where the store says that nothing it
// read has changed since; there is no time to live that would let a stale one pass. Who says to accept an answer of some age
// is given one that is no further behind, and that it is; it is computed again before it is too old for who asks next. See
// docs/decisions/0009-result-cache.md.

using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using System.IO.Hashing;
using System.Text.Json;
using Headroom.App.Shared;
using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Sql;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;
using ZiggyCreatures.Caching.Fusion;

namespace Headroom.App.Insights;

/// <summary>What an answer has read: events in [From, To), merges of persons, persons.</summary>
internal sealed record AnswerReads(long From, long To, bool Merges, bool Persons);

/// <summary>Answers questions, from earlier answers where they still hold. Safe for concurrent use.</summary>
internal sealed class InsightsCache : IDisposable
{
    /// <summary>Tries to catch up with commits that go on, before the whole is computed at once.</summary>
    private const int MostTries = 3;

    private const long Minute = TimeSpan.TicksPerMinute;

    /// <summary>Whoever takes answers that are so old, as dashboards do, would have been given one that has ceased to be right since.</summary>
    private static readonly TimeSpan Recent = TimeSpan.FromSeconds(10);

    /// <summary>However old an answer may be.</summary>
    private static readonly TimeSpan MostBehind = TimeSpan.FromMinutes(1);
    private readonly InsightsService _insights;
    private readonly IEventReader _reader;
    private readonly SqlDialect _dialect;
    private readonly TimeProvider _time;
    private readonly ICohorts? _cohorts;
    private readonly SharedAnswers? _shared;
    private readonly MemoryCache? _memory;
    private readonly FusionCache? _cache;
    private readonly FusionCacheEntryOptions _keep = new() { Duration = TimeSpan.FromDays(1) };
    private readonly KeyedLock _locks = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly PushedOut _pushedOut = new();
    private readonly Meter _meter;
    private readonly long _bytes;

    /// <param name="shared">A second level, which other processes share.</param>
    public InsightsCache(
        InsightsService insights, IEventReader reader, SqlDialect dialect, TimeProvider time, IOptions<InsightsOptions> options, ICohorts? cohorts = null, ISharedCache? shared = null)
    {
        (_insights, _reader, _dialect, _time, _cohorts) = (insights, reader, dialect, time, cohorts);
        _bytes = options.Value.CacheMegabytes * 1_048_576L;
        if (_bytes > 0)
        {
            _memory = new MemoryCache(new MemoryCacheOptions { SizeLimit = _bytes, CompactionPercentage = 0.2, TrackStatistics = true });
            _cache = new FusionCache(new FusionCacheOptions { CacheName = "insights" }, _memory);
            _cache.Events.Memory.Eviction += (_, evicted) =>
            {
                if (evicted.Reason == EvictionReason.Capacity)
                {
                    _pushedOut.Add(evicted.Key);
                }
            };
            if (shared is not null)
            {
                _shared = new SharedAnswers(shared);
                _shared.Watch(key => Find(key)?.IsNewerElsewhere = true);
            }
        }

        _meter = InsightsMetrics.Watch(this);
    }

    public long MostBytes => _bytes;

    /// <summary>Bytes of answers held, as estimated.</summary>
    public long Bytes => _memory?.GetCurrentStatistics()?.CurrentEstimatedSize ?? 0;

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

        if (_cache is null || InsightKey.Of(query, project, _time.GetUtcNow(), cohorts) is not { } key)
        {
            if (await _insights.RunAsync(query, project, errors, cancellationToken) is not { } uncached)
            {
                return null;
            }

            InsightsMetrics.Missed("other");
            return Finish(new Kept(uncached, uncached.DataVersion, start), CacheOutcome.Miss, watch, start);
        }

        if (Find(key) is { } ready)
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
        var known = Find(key);
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
        var source = trends is null ? null : Source(known, trends, project);
        var reason = known is null ? _pushedOut.Holds(key) ? "pushed_out" : "new" : _time.GetElapsedTime(known.HeldAt) <= Recent ? "recent" : "changed";
        if (source is { AddsUp: true, ScansRows: true } && await RefreshAsync(known, source, trends!, project, cancellationToken) is var (refreshed, reuses))
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

        var computed = new Kept(result, Math.Min(result.DataVersion, watch.Version), start)
        {
            ScansRows = watch.Estimate.Rows > 0,
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
        _cache?.Dispose();
        _memory?.Dispose();
    }

    /// <summary>
    /// Computes an answer again that was given to somebody who accepts one behind, after a while and unless it still holds: for those who ask
    /// next, and not by the one who asked. Once for each time that it is asked for, so that what nobody looks at any more rests.
    /// </summary>
    private void CatchUp(string key, Kept kept, InsightQuery query, ProjectInfo project, TimeSpan after)
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
                        if (Find(key) is { } now && !Holds(now, query, project.Id))
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

    private Kept? Find(string key) => _cache!.TryGet<Kept>(key) is { HasValue: true } found ? found.Value : null;

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
    private async ValueTask<Kept?> FindSharedAsync(string key, Kept? known, InsightQuery query, ProjectInfo project, CancellationToken cancellationToken)
    {
        // Before it is asked, so that what is told meanwhile is not forgotten.
        known?.IsNewerElsewhere = false;
        if (await _shared!.FindAsync(key, cancellationToken) is not { } found)
        {
            return null;
        }

        var kept = new Kept(found.Result, found.Version, _time.GetTimestamp())
        {
            ScansRows = found.ScansRows,
            Reads = found.Reads,
            AddsUp = found.AddsUp && known is null or { AddsUp: true },
            Parts = known?.Parts,
            PartsVersion = known?.PartsVersion,
        };
        var holds = kept.Tag == found.Tag ? Holds(kept, query, project.Id) : (bool?)null;
        InsightsMetrics.Shared(holds is null ? "unreadable" : holds.Value ? "hit" : "changed");
        return holds is true ? kept : null;
    }

    private void Keep(string key, Kept kept, InsightQuery query, ProjectInfo project, List<CohortInfo> cohorts)
    {
        if (KeepHere(key, kept, query, project, cohorts))
        {
            _shared?.Keep(new SharedAnswer
            {
                Key = key,
                Version = kept.Version,
                Reads = kept.Reads,
                ScansRows = kept.ScansRows,
                AddsUp = kept.AddsUp,
                HasBreakdown = SharedAnswers.HasBreakdown(kept.Result),
                Tag = kept.Tag,
                Result = kept.Result,
            });
        }
    }

    private bool KeepHere(string key, Kept kept, InsightQuery query, ProjectInfo project, List<CohortInfo> cohorts)
    {
        // Where the present has moved on meanwhile (midnight), the answer may be of another range than the key.
        var bytes = kept.Bytes;
        if (bytes > _bytes / 4 || InsightKey.Of(query, project, _time.GetUtcNow(), cohorts) != key)
        {
            return false;
        }

        _cache!.Set(key, kept, _keep.Duplicate().SetSize(bytes));
        if (query is TrendsQuery trends && cohorts.Count == 0)
        {
            Note(key, trends, project);
        }

        return true;
    }

    private static AnswerReads Reads(QueryWatch watch, NamedReads named) => new(
        named.AllTimes ? long.MinValue : watch.From, named.AllTimes ? long.MaxValue : watch.To, watch.ReadsMerges, watch.ReadsPersons || named.Persons);

    /// <summary>Whether nothing that the answer depends on has changed.</summary>
    private bool Holds(Kept kept, InsightQuery query, ProjectId project)
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
        if (changes.DataVersion == kept.Version)
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

    /// <summary>
    /// The answer whose points another one to the same trend is put together from: the one before, or one of another range that has at least half of
    /// them. Else the one of the range that has moved on since, which tells that the same was asked before. Null where there is none.
    /// </summary>
    private Kept? Source(Kept? known, TrendsQuery query, ProjectInfo project)
    {
        if (known is { Parts: not null } or { AddsUp: false } ||
            QueryValidator.Validate(query, new LocalCalendar(project.TimeZone, project.WeekStartsOnSunday), UnixMicros.From(_time.GetUtcNow()), new QueryErrors()) is not { } time)
        {
            return known;
        }

        var points = TrendsPoints.Of(query, time);
        var (best, most) = (known, points.Count / 2);
        foreach (var (asked, key) in Ranges(InsightKey.OfAnyRange(query, project)).Latest)
        {
            if (Find(key) is not { } kept)
            {
                continue;
            }

            if (kept is { AddsUp: true, Parts: { } parts } && parts.At(points) is var (_, missing) && Touched(kept, query, project.Id, points, missing) is { } touched && touched.Points.Count <= most)
            {
                (best, most) = (kept, touched.Points.Count - 1);
            }
            else if (asked == query.Range)
            {
                best ??= kept;
            }
        }

        return best;
    }

    /// <param name="key">See <see cref="InsightKey.OfAnyRange"/>.</param>
    private LatestRanges Ranges(string key) => _cache!.TryGet<LatestRanges>(key) is { HasValue: true } found ? found.Value : LatestRanges.None;

    /// <summary>Notes the range of an answer that adds up. That of the same question before the range moved on is asked for no more.</summary>
    private void Note(string key, TrendsQuery query, ProjectInfo project)
    {
        var anyRange = InsightKey.OfAnyRange(query, project);
        var before = Ranges(anyRange);
        if (before.Latest is [var first, ..] && first == (query.Range, key))
        {
            return;
        }

        foreach (var (_, old) in before.Latest.Where(r => r.Asked == query.Range && r.Key != key))
        {
            _cache!.Remove(old);
        }

        _cache!.Set(anyRange, before.With(query.Range, key), _keep.Duplicate().SetSize(LatestRanges.Bytes));
    }

    /// <summary>
    /// The answer with only those points computed that new events touched, or that its range has besides; null where the whole has to be. The points
    /// of one answer are all of one version: commits that touch others meanwhile make it begin again.
    /// </summary>
    /// <param name="source">To the same query, of this range or another; where its parts have nothing for the range, all points are computed and kept.</param>
    private async ValueTask<(Kept Kept, bool Reuses)?> RefreshAsync(Kept? known, Kept source, TrendsQuery query, ProjectInfo project, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        var calendar = new LocalCalendar(project.TimeZone, project.WeekStartsOnSunday);
        if (QueryValidator.Validate(query, calendar, UnixMicros.From(now), new QueryErrors()) is not { } time)
        {
            return null;
        }

        var points = TrendsPoints.Of(query, time);
        var reused = source.Parts?.At(points);
        var (before, missing) = reused ?? (TrendsParts.None(query, points), []);
        var began = _time.GetTimestamp();
        var needed = Needed();
        for (var i = 0; i < MostTries && needed is var (touched, merged, version); i++)
        {
            if (before.With(merged) is not { } others)
            {
                return null;
            }

            if (touched.Count == 0)
            {
                return (Refreshed(others, version), true);
            }

            var schema = _reader.Schema(project.Id);
            if (schema.Engine is not StoreEngine.Segments)
            {
                return null;
            }

            var rows = await RowsAsync(TrendsParts.Compile(query, points, touched, project.Id, schema, _dialect), cancellationToken);
            var parts = rows is null ? null : others.With(touched, rows, _bytes / 8);
            if (parts is null || parts.Bytes > _bytes / 4)
            {
                // What is of another range adds up there.
                (known ?? (reused is null ? source : null))?.AddsUp = false;
                return null;
            }

            needed = Needed();
            if (needed is { } since && touched.Holds(since.Points) && since.Merged.Count == merged.Count)
            {
                // A column that came between the two is not in the statement, so the answer is of the older.
                return (Refreshed(parts, Math.Min(schema.DataVersion, rows!.DataVersion)), reused is not null);
            }
        }

        return null;

        Changed? Needed() =>
            reused is null ? new Changed(TrendsParts.All(points), [], source.Version) : Touched(source, query, project.Id, points, missing);

        Kept Refreshed(TrendsParts parts, long version) => new(parts.Answer(version, now), version, began)
        {
            ScansRows = true,
            Reads = source.Reads is { } reads ? reads with { From = points.From, To = points.To } : null,
            AddsUp = true,
            Parts = parts,
        };
    }

    /// <summary>What has to be done so that it is an answer; null where what is kept does not hold for the other points.</summary>
    private Changed? Touched(Kept source, TrendsQuery query, ProjectId project, TrendsPoints points, IReadOnlyList<int> missing)
    {
        var changes = _reader.ChangedSince(project, source.PartsVersion ?? source.Version);
        var merged = TrendsParts.CountsPersons(query) ? changes.Merged : changes.Merges && source.Reads is not { Merges: false } ? null : [];
        return changes.Everything || merged is null || (changes.Persons && source.Reads is not { Persons: false }) || (changes.Removals && source.Parts is { KeepsRemoved: true })
            ? null : new Changed(TrendsParts.Touched(points, changes.Ranges, missing), merged, changes.DataVersion);
    }

    private async ValueTask<QueryRows?> RowsAsync(StoreQuery statement, CancellationToken cancellationToken)
    {
        try
        {
            return await _insights.QueryAsync("trends", statement, cancellationToken);
        }
        catch (QueryRefusedException e) when (e.Bound is QueryBound.Memory or QueryBound.Rows)
        {
            // Parts may be larger than the answer that is made of them.
            return null;
        }
    }

    private InsightAnswer Finish(Kept kept, CacheOutcome outcome, QueryWatch watch, long start, TimeSpan behind = default)
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

    /// <summary>What changed of a trend's points.</summary>
    /// <param name="Points">To be computed.</param>
    /// <param name="Merged">Of the persons of the other points.</param>
    /// <param name="Version">Up to which what was added is in it.</param>
    private readonly record struct Changed(TrendsTouched Points, IReadOnlyList<MergedPerson> Merged, long Version);

    /// <summary>In which ranges a trend was asked lately, the last one first, with the keys of the answers. A relative range is here once, as it was resolved last.</summary>
    private sealed record LatestRanges(ImmutableArray<(QueryRange Asked, string Key)> Latest)
    {
        /// <summary>A dashboard has few ranges at a time.</summary>
        private const int Most = 4;

        /// <summary>Memory held, roughly.</summary>
        public const long Bytes = Most * 512;

        public static readonly LatestRanges None = new([]);

        public LatestRanges With(QueryRange asked, string key) => new([(asked, key), .. Latest.Where(r => r.Asked != asked).Take(Most - 1)]);
    }

    /// <summary>An answer with what it depends on.</summary>
    private sealed class Kept
    {
        private readonly long _json;
        private long _version;
        private long _heldAt;
        private int _catchingUp;
        private bool _isNewerElsewhere;

        /// <param name="heldAt">When it was begun.</param>
        public Kept(InsightResult result, long version, long heldAt)
        {
            (Result, _version, _heldAt) = (result, version, heldAt);
            var json = JsonSerializer.SerializeToUtf8Bytes(
                result with { DataVersion = 0, ComputedAt = default, ElapsedMs = 0 }, QueryJson.Options);
            _json = json.Length;
            Tag = Convert.ToHexStringLower(XxHash128.Hash(json));
        }

        public InsightResult Result { get; }

        public string Tag { get; }

        /// <summary>The version up to which it is known to hold.</summary>
        public long Version => Volatile.Read(ref _version);

        /// <summary>When it was last known to be right, a timestamp of the clock.</summary>
        public long HeldAt
        {
            get => Volatile.Read(ref _heldAt);
            set => Volatile.Write(ref _heldAt, value);
        }

        /// <summary>Null where they are unknown.</summary>
        public AnswerReads? Reads { get; init; }

        /// <summary>Else the whole is as quick as a part.</summary>
        public bool ScansRows { get; init; }

        public bool AddsUp { get; set; }

        public TrendsParts? Parts { get; init; }

        /// <summary>The version that the parts are of.</summary>
        public long? PartsVersion
        {
            get => field ?? (Parts is null ? null : Version);
            init;
        }

        /// <summary>Another process has kept an answer since this one was looked for there.</summary>
        public bool IsNewerElsewhere
        {
            get => Volatile.Read(ref _isNewerElsewhere);
            set => Volatile.Write(ref _isNewerElsewhere, value);
        }

        /// <summary>Numbers as objects take about three times their text.</summary>
        public long Bytes => 1_024 + (3 * _json) + (Parts?.Bytes ?? 0);

        /// <summary>For one at a time.</summary>
        public bool TryCatchUp() => Interlocked.Exchange(ref _catchingUp, 1) == 0;

        public void CaughtUp() => Volatile.Write(ref _catchingUp, 0);

        public void Advance(long version)
        {
            var known = Version;
            while (known < version && Interlocked.CompareExchange(ref _version, version, known) is var seen && seen != known)
            {
                known = seen;
            }
        }
    }
}
