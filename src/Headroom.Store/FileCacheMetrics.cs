using System.Diagnostics.Metrics;
using Headroom.Core;

namespace Headroom.Store;

/// <summary>Instruments of the local copies; see docs/metrics.md.</summary>
internal sealed class FileCacheMetrics : IDisposable
{
    private readonly Meter _meter = new(Telemetry.Name);
    private readonly Counter<long> _hits;
    private readonly Counter<long> _misses;
    private readonly Counter<long> _evictions;
    private readonly Counter<long> _orphans;

    public FileCacheMetrics(FileCache cache)
    {
        _hits = _meter.CreateCounter<long>("headroom_store_cache_hits_total", "{file}", "Files that were there when they were needed");
        _misses = _meter.CreateCounter<long>("headroom_store_cache_misses_total", "{file}", "Files that had to be downloaded, or compared after a start, when they were needed");
        _evictions = _meter.CreateCounter<long>("headroom_store_cache_evictions_total", "{file}", "Local copies that made room for others");
        _orphans = _meter.CreateCounter<long>("headroom_store_orphans_removed_total", "{object}", "Objects that nothing named, removed");
        _meter.CreateObservableGauge("headroom_store_cache_bytes", () => cache.Bytes, "By", "Bytes of local copies");
        _meter.CreateObservableGauge("headroom_store_cache_pinned_bytes", () => cache.PinnedBytes, "By", "Bytes of local copies that are read now");
    }

    public void Asked(int hits, int misses)
    {
        _hits.Add(hits);
        _misses.Add(misses);
    }

    public void Evicted() => _evictions.Add(1);

    public void OrphansRemoved(int count) => _orphans.Add(count);

    public void Dispose() => _meter.Dispose();
}
