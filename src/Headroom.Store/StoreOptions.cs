using Headroom.Store.Postgres;
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

    /// <summary>
    /// The part of one processor's time, and of its disk's with it, that merging and removing take while they keep up, 0.05 to 1, default 0.5: after each piece of
    /// work the compaction rests in proportion. Where too many files wait it does not rest. Lower leaves more to queries, and more files to read for them.
    /// </summary>
    public double CompactionShare { get; set; } = 0.5;

    /// <summary>Rows past which a segment is not merged any more, default 4,000,000. Higher: fewer files, longer merges.</summary>
    public long MaxSegmentRows { get; set; } = 4_000_000;

    /// <summary>
    /// In which time each segment's file is read once and compared with its checksum, default 24 hours; 0 turns it off. Shorter finds damage
    /// sooner, and reads more. That files are there, in their length, is looked at every few seconds in any case.
    /// </summary>
    public TimeSpan VerifyInterval { get; set; } = TimeSpan.FromHours(24);

    /// <summary>
    /// Memory of all running queries together, in MiB, default 1024: what the query engine may take for each of them, and the events, persons and
    /// sessions that insights keep while they are answered. Each has a bound of its own within it, see <see cref="MemoryPerQueryMegabytes"/>.
    /// </summary>
    public int QueryMemoryMegabytes { get; set; } = 1024;

    /// <summary>
    /// Memory of one large query, in MiB; past it the query spills to disk, then is refused. 0 (the default) shares three
    /// quarters of <see cref="QueryMemoryMegabytes"/> among the slots for large queries, half of <see cref="MaxConcurrentQueries"/>;
    /// small ones share most of the rest. What a query keeps of events, persons and sessions may take as much again, where that much is there beside a large
    /// query. More lets bigger questions stay in memory, with fewer of them at once.
    /// </summary>
    public int MemoryPerQueryMegabytes { get; set; }

    /// <summary>
    /// Rows to scan from which on a query is large, default 1,000,000. Lower keeps more slots free for quick ones; a
    /// small query that runs out of its memory is run again as a large one.
    /// </summary>
    public long LargeQueryRows { get; set; } = 1_000_000;

    /// <summary>
    /// Rows that a query may have to scan, known before it runs; past it the query is refused. 0 (the default) is no bound.
    /// A bound keeps a shared server quick, and makes long ranges of busy projects impossible.
    /// </summary>
    public long MaxScannedRows { get; set; }

    /// <summary>Disk that queries may spill to, in MiB, default 4096.</summary>
    public int QuerySpillMegabytes { get; set; } = 4096;

    /// <summary>Threads of all running queries together; 0 (the default) is one for each processor.</summary>
    public int QueryThreads { get; set; }

    /// <summary>
    /// Queries that run at once, default 4; large ones half of that, and one project all but one. The rest waits. More
    /// shortens the queue and leaves each less memory.
    /// </summary>
    public int MaxConcurrentQueries { get; set; } = 4;

    /// <summary>Queries that wait for their turn, default 128, those of one project three quarters of it. Past it a query is refused.</summary>
    public int MaxQueuedQueries { get; set; } = 128;

    /// <summary>Where the catalog is, from <c>Headroom:Postgres</c>; null for a file of the data directory.</summary>
    internal PostgresCatalogOptions? Postgres { get; set; }

    /// <summary>
    /// With <c>Headroom:Segments</c> = s3: local copies of files, in bytes, default 10 GiB. Files that are read now may take twice as much; a query
    /// that needs more is refused. More answers more without the object storage. Files of uuids, see <see cref="DuplicateWindow"/>, are kept beside it.
    /// </summary>
    public long CacheBytes { get; set; } = 10L * 1024 * 1024 * 1024;

    /// <summary>
    /// With <c>Headroom:Segments</c> = s3: for how long an object that nothing names is kept, default a day, at least an hour. Longer than a
    /// commit can take: such an object may be of one that is under way.
    /// </summary>
    public TimeSpan OrphanAge { get; set; } = TimeSpan.FromDays(1);

    /// <summary>
    /// With <c>Headroom:Segments</c> = s3 and <c>Headroom:Catalog</c> = postgres: for how long an object is kept after another has taken its place, or what it
    /// held was removed, default 5 minutes. Longer than the longest query of the processes that only read.
    /// </summary>
    public TimeSpan KeepReplaced { get; set; } = TimeSpan.FromMinutes(5);

    internal int LargeSlots => Math.Max(1, MaxConcurrentQueries / 2);

    internal int SmallSlots => MaxConcurrentQueries - LargeSlots;

    internal int LargeMegabytes => MemoryPerQueryMegabytes > 0 ? MemoryPerQueryMegabytes : Math.Max(1, QueryMemoryMegabytes * 3 / 4 / LargeSlots);

    /// <summary>A quarter of what large ones leave is for what queries keep of events, persons and sessions, so that a little is kept also while every slot is taken.</summary>
    internal int SmallMegabytes => SmallSlots == 0 ? 0 : Math.Max(Math.Min(8, RestMegabytes / SmallSlots), RestMegabytes * 3 / 4 / SmallSlots);

    /// <summary>What one query may hold beside its slot's memory.</summary>
    internal int HeldMegabytes => Math.Max(8, Math.Min(LargeMegabytes, QueryMemoryMegabytes - LargeMegabytes));

    /// <summary>All slots and what is held beside them; that of one query is there in any case.</summary>
    internal int AllMegabytes => Math.Max(Math.Max(QueryMemoryMegabytes, LargeMegabytes + HeldMegabytes), (LargeSlots * LargeMegabytes) + (SmallSlots * SmallMegabytes));

    private int RestMegabytes => QueryMemoryMegabytes - (LargeSlots * LargeMegabytes);
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
        Check(options.CompactionShare is >= 0.05 and <= 1, "Headroom:Store:CompactionShare must be from 0.05 to 1.");
        Check(options.MaxSegmentRows is >= 1000 and <= 100_000_000, "Headroom:Store:MaxSegmentRows must be from 1000 to 100000000.");
        Check(options.VerifyInterval >= TimeSpan.Zero, "Headroom:Store:VerifyInterval must not be negative; 0 turns it off.");
        Check(options.QueryMemoryMegabytes >= 64, "Headroom:Store:QueryMemoryMegabytes must be at least 64.");
        Check(options.MemoryPerQueryMegabytes >= 0, "Headroom:Store:MemoryPerQueryMegabytes must not be negative.");
        Check(options.MaxConcurrentQueries is < 1 or > 64 || (options.LargeMegabytes >= 8 && (options.SmallSlots == 0 || options.SmallMegabytes >= 8)),
            "Headroom:Store:QueryMemoryMegabytes is too small: the slots for large queries (half of MaxConcurrentQueries) with MemoryPerQueryMegabytes each must leave at least 8 MiB for each of the others.");
        Check(options.LargeQueryRows >= 0, "Headroom:Store:LargeQueryRows must not be negative.");
        Check(options.MaxScannedRows >= 0, "Headroom:Store:MaxScannedRows must not be negative; 0 is no bound.");
        Check(options.QuerySpillMegabytes >= 0, "Headroom:Store:QuerySpillMegabytes must not be negative.");
        Check(options.QueryThreads is >= 0 and <= 256, "Headroom:Store:QueryThreads must be from 0 to 256.");
        Check(options.MaxConcurrentQueries is >= 1 and <= 64, "Headroom:Store:MaxConcurrentQueries must be from 1 to 64.");
        Check(options.MaxQueuedQueries >= 0, "Headroom:Store:MaxQueuedQueries must not be negative.");
        Check(options.CacheBytes >= 1, "Headroom:Store:CacheBytes must be at least 1.");
        Check(options.OrphanAge >= TimeSpan.FromHours(1), "Headroom:Store:OrphanAge must be at least an hour (01:00:00).");
        Check(options.KeepReplaced >= TimeSpan.Zero, "Headroom:Store:KeepReplaced must not be negative.");
        Check(options.Postgres is not { Replicas.Count: > 0 } || options.KeepReplaced >= options.Postgres.MaxReplicaStaleness * 4,
            "Headroom:Postgres:MaxReplicaStalenessSeconds must be at most a quarter of Headroom:Store:KeepReplaced: what a replica names that is behind is still read while it is kept. Lower the one or raise the other, in every process alike.");
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
