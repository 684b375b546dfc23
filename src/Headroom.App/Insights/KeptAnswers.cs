using System.Collections.Immutable;
using Headroom.Core.Queries;
using Microsoft.Extensions.Caching.Memory;
using ZiggyCreatures.Caching.Fusion;

namespace Headroom.App.Insights;

/// <summary>
/// The answers of this process, by their key, up to so many bytes: those not asked for the longest go first, and any after a day. Safe for concurrent use.
/// </summary>
internal sealed class KeptAnswers : IDisposable
{
    private readonly MemoryCache _memory;
    private readonly FusionCache _cache;
    private readonly FusionCacheEntryOptions _keep = new() { Duration = TimeSpan.FromDays(1) };
    private readonly PushedOut _pushedOut = new();

    /// <param name="mostBytes">More than 0.</param>
    public KeptAnswers(long mostBytes)
    {
        MostBytes = mostBytes;
        _memory = new MemoryCache(new MemoryCacheOptions { SizeLimit = mostBytes, CompactionPercentage = 0.2, TrackStatistics = true });
        _cache = new FusionCache(new FusionCacheOptions { CacheName = "insights" }, _memory);
        _cache.Events.Memory.Eviction += (_, evicted) =>
        {
            if (evicted.Reason == EvictionReason.Capacity)
            {
                _pushedOut.Add(evicted.Key);
            }
        };
    }

    public long MostBytes { get; }

    /// <summary>Bytes of answers held, as estimated.</summary>
    public long Bytes => _memory.GetCurrentStatistics()?.CurrentEstimatedSize ?? 0;

    public KeptAnswer? Find(string key) => _cache.TryGet<KeptAnswer>(key) is { HasValue: true } found ? found.Value : null;

    /// <summary>False where it is too large.</summary>
    public bool Fits(long bytes) => bytes <= MostBytes / 4;

    /// <param name="bytes">What it takes.</param>
    public void Keep(string key, KeptAnswer answer, long bytes) => _cache.Set(key, answer, _keep.Duplicate().SetSize(bytes));

    public void Forget(string key) => _cache.Remove(key);

    /// <summary>Whether an answer went for others, and not because it was old.</summary>
    public bool WasPushedOut(string key) => _pushedOut.Holds(key);

    /// <param name="key">See <see cref="InsightKey.OfAnyRange"/>.</param>
    public LatestRanges Ranges(string key) => _cache.TryGet<LatestRanges>(key) is { HasValue: true } found ? found.Value : LatestRanges.None;

    /// <param name="key">As for <see cref="Ranges"/>.</param>
    public void Keep(string key, LatestRanges ranges) => _cache.Set(key, ranges, _keep.Duplicate().SetSize(LatestRanges.Bytes));

    public void Dispose()
    {
        _cache.Dispose();
        _memory.Dispose();
    }
}

/// <summary>In which ranges a trend was asked lately, the last one first, with the keys of the answers. A relative range is here once, as it was resolved last.</summary>
internal sealed record LatestRanges(ImmutableArray<(QueryRange Asked, string Key)> Latest)
{
    /// <summary>A dashboard has few ranges at a time.</summary>
    private const int Most = 4;

    /// <summary>Memory held, roughly.</summary>
    public const long Bytes = Most * 512;

    public static readonly LatestRanges None = new([]);

    public LatestRanges With(QueryRange asked, string key) => new([(asked, key), .. Latest.Where(r => r.Asked != asked).Take(Most - 1)]);
}
