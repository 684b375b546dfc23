using Microsoft.Extensions.Options;

namespace Headroom.Store;

/// <summary>Settings of the embedded event store, section <c>Headroom:Store</c>.</summary>
public sealed class StoreOptions
{
    /// <summary>
    /// Where segments and the catalog live; from <c>Headroom:DataDirectory</c>. Default: data. Its full path must not have
    /// the characters * ? [, with which the query engine means several files.
    /// </summary>
    public string DataDirectory { get; set; } = "data";

    /// <summary>
    /// For how long of arrivals a retried event is recognised. Default 48 hours, at least 24. Longer costs
    /// 18 bytes of disk for each event in the window, not memory.
    /// </summary>
    public TimeSpan DuplicateWindow { get; set; } = TimeSpan.FromHours(48);

    /// <summary>
    /// Property columns of one project, 1 to 10,000, default 2,000. Properties past it go into one JSON column,
    /// which queries read some fifty times slower.
    /// </summary>
    public int MaxPropertyColumns { get; set; } = 2000;

    /// <summary>Segments of one level that are merged into one of the next, 2 to 32, default 8. Lower: fewer files, more rewriting.</summary>
    public int CompactionFanIn { get; set; } = 8;

    /// <summary>Rows past which a segment is not merged any more, default 4,000,000. Higher: fewer files, longer merges.</summary>
    public long MaxSegmentRows { get; set; } = 4_000_000;

    /// <summary>Memory of all running queries together, in MiB, default 1024. Past it a query spills to disk, then is refused.</summary>
    public int QueryMemoryMegabytes { get; set; } = 1024;

    /// <summary>Disk that queries may spill to, in MiB, default 4096.</summary>
    public int QuerySpillMegabytes { get; set; } = 4096;

    /// <summary>Threads of all running queries together; 0 (the default) is one for each processor.</summary>
    public int QueryThreads { get; set; }

    /// <summary>Queries that run at once, default 4. The rest waits.</summary>
    public int MaxConcurrentQueries { get; set; } = 4;

    /// <summary>Queries that wait for their turn, default 128. Past it a query is refused.</summary>
    public int MaxQueuedQueries { get; set; } = 128;
}

internal sealed class StoreOptionsValidator : IValidateOptions<StoreOptions>
{
    public ValidateOptionsResult Validate(string? name, StoreOptions options)
    {
        var errors = new List<string>();
        Check(!string.IsNullOrWhiteSpace(options.DataDirectory), "Headroom:DataDirectory must name a directory.");
        Check(!MeansSeveralFiles(options.DataDirectory),
            "Headroom:DataDirectory must not have the characters * ? [ in its full path: the query engine takes them for a pattern. Choose or rename to a directory without them.");
        Check(options.DuplicateWindow >= TimeSpan.FromHours(24), "Headroom:Store:DuplicateWindow must be at least 24 hours (1.00:00:00).");
        Check(options.MaxPropertyColumns is >= 1 and <= 10_000, "Headroom:Store:MaxPropertyColumns must be from 1 to 10000.");
        Check(options.CompactionFanIn is >= 2 and <= 32, "Headroom:Store:CompactionFanIn must be from 2 to 32.");
        Check(options.MaxSegmentRows is >= 1000 and <= 100_000_000, "Headroom:Store:MaxSegmentRows must be from 1000 to 100000000.");
        Check(options.QueryMemoryMegabytes >= 64, "Headroom:Store:QueryMemoryMegabytes must be at least 64.");
        Check(options.QuerySpillMegabytes >= 0, "Headroom:Store:QuerySpillMegabytes must not be negative.");
        Check(options.QueryThreads is >= 0 and <= 256, "Headroom:Store:QueryThreads must be from 0 to 256.");
        Check(options.MaxConcurrentQueries is >= 1 and <= 64, "Headroom:Store:MaxConcurrentQueries must be from 1 to 64.");
        Check(options.MaxQueuedQueries >= 0, "Headroom:Store:MaxQueuedQueries must not be negative.");
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);

        static bool MeansSeveralFiles(string directory) =>
            !string.IsNullOrWhiteSpace(directory) && Path.GetFullPath(directory).AsSpan().ContainsAny('*', '?', '[');

        void Check(bool ok, string error)
        {
            if (!ok)
            {
                errors.Add(error);
            }
        }
    }
}
