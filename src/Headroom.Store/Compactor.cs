using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Headroom.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Headroom.Store;

/// <summary>
/// Keeps files few: merges segments, merges of persons and persons in tiers, one at a time on one thread of low priority, and seen uuids in slices
/// between them (Compactor.Seen.cs). In turn with it, on the same thread, it removes the rows that are to go. After each piece of
/// work it rests, so that it takes its share of a processor and of the disk and no more, unless too many files wait. Each
/// change is one transaction; a crash in between leaves only a file that the next start removes.
/// </summary>
internal sealed partial class Compactor : BackgroundService
{
    private const int OverrideFanIn = 8;

    /// <summary>Fresh segments of one project past which compaction is behind: queries open too many files.</summary>
    private const int BehindSegments = 64;

    /// <summary>Segments of one project and level, of those that may be merged, past which it does not rest: before it is behind, or a high level starves.</summary>
    private const int HurrySegments = BehindSegments / 2;

    /// <summary>Levels, of which each has the fan-in times the rows of the one before.</summary>
    private const int MostLevels = 32;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(10);

    private readonly SegmentStore _store;
    private readonly StoreOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly PersonMerger _persons;
    private bool _removesFirst;

    public Compactor(SegmentStore store, StoreOptions options, TimeProvider time, ILogger<Compactor> logger)
    {
        (_store, _options, _time, _logger) = (store, options, time, logger);
        _persons = new PersonMerger(store.Files);
    }

    /// <summary>Persons of a project up to which all of them are written again whenever their files are merged, instead of in tiers.</summary>
    public long FewPersons { get; init; } = 20_000;

    public override void Dispose()
    {
        base.Dispose();
        if (ExecuteTask is not { IsCompleted: false })
        {
            // Else the thread is still at one, and the process about to end.
            AbandonSeen();
        }

        _persons.Dispose();
    }

    /// <summary>Does one piece of work; false when there is none.</summary>
    public bool RunOnce(CancellationToken cancellationToken)
    {
        // In turn, so that neither a flood of small files nor a large removal keeps the other waiting.
        _removesFirst = !_removesFirst;
        _store.RequireCatalog();
        var state = _store.State;
        var work = _removesFirst
            ? Remove(state, cancellationToken) || Merge(_store.State, cancellationToken)
            : Merge(state, cancellationToken) || Remove(_store.State, cancellationToken);
        _store.CompactionBehind = IsBehind(_store.State);
        return work;
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                LowerPriority();
                try
                {
                    Loop(stoppingToken);
                }
                finally
                {
                    AbandonSeen();
                }

                done.SetResult();
            }
            catch (OperationCanceledException)
            {
                done.SetResult();
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        })
        {
            IsBackground = true,
            Name = "store-compaction",
        };
        thread.Start();
        return done.Task;
    }

    private void Loop(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var pause = Interval;
            try
            {
                var started = _time.GetTimestamp();
                if (RunOnce(stop))
                {
                    Rest(_time.GetElapsedTime(started), stop);
                    continue;
                }
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // Nothing is lost: the inputs still count. A full disk or a damaged input is tried again later.
                LogFailed(_logger, e);
                pause = RetryAfter;
            }

            Task.Delay(pause, _time, stop).GetAwaiter().GetResult();
        }
    }

    private void Rest(TimeSpan worked, CancellationToken stop)
    {
        var rest = worked * ((1 / _options.CompactionShare) - 1);
        var began = _time.GetTimestamp();
        while (rest - _time.GetElapsedTime(began) is var left && left > TimeSpan.Zero && !MustHurry(_store.State))
        {
            Task.Delay(left < Interval ? left : Interval, _time, stop).GetAwaiter().GetResult();
        }
    }

    private bool MustHurry(StoreState state)
    {
        Span<int> waiting = stackalloc int[MostLevels];
        foreach (var project in state.Projects.Values)
        {
            waiting.Clear();
            foreach (var segment in project.Segments)
            {
                if (MayMerge(segment) && ++waiting[Math.Min(segment.Level, MostLevels - 1)] > Math.Max(HurrySegments, 2 * _options.CompactionFanIn))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private bool MayMerge(Segment segment) => segment.Extent.Rows < _options.MaxSegmentRows && !_store.Damaged.Contains(segment.File.Path);

    private bool Merge(StoreState state, CancellationToken cancellationToken)
    {
        if (_seenFirst && MergeSeen(state, TimeSpan.Zero, cancellationToken))
        {
            return true;
        }

        var started = _time.GetTimestamp();
        if (MergeOverrides(state, cancellationToken) || MergePersons(state, cancellationToken) || MergeSegments(state, cancellationToken))
        {
            GiveSeenATurn(_time.GetElapsedTime(started));
            return true;
        }

        return MergeSeen(state, Interval, cancellationToken);
    }

    private bool MergeSegments(StoreState state, CancellationToken cancellationToken)
    {
        if (Pick(state) is not { } inputs)
        {
            return false;
        }

        using var pins = _store.Pin(inputs.Select(static s => s.File.Path), cancellationToken);

        // Bytes that a disk returns otherwise than they were written would be as good as any in the merged file.
        if (inputs.FindAll(input => !_store.Damaged.IsIntact(input, whole: true)).Count > 0)
        {
            return true;
        }

        var started = _time.GetTimestamp();
        var project = inputs[0].Project;
        var id = _store.NextFileId();
        var path = Catalog.SegmentPath(_store.Files, project, id);
        var merged = Write(path, temporary => SegmentMerger.Merge(temporary, inputs.ConvertAll(static s => s.File.Path), cancellationToken), cancellationToken);
        var columns = new SortedSet<int>();
        var extent = inputs[0].Extent;
        var (logFrom, logTo) = (long.MaxValue, 0L);
        for (var i = 0; i < inputs.Count; i++)
        {
            var input = inputs[i];
            columns.UnionWith(input.Columns);
            extent = i == 0 ? extent : Union(extent, input.Extent);
            logFrom = Math.Min(logFrom, input.LogFrom);
            logTo = Math.Max(logTo, input.LogTo);
        }

        var record = new NewSegment(
            id, project, inputs[0].Level + 1, extent, merged.Bytes, merged.Checksum, logFrom, logTo, [.. columns], path);
        var segment = new Segment(
            id, project, record.Level, extent, record.Bytes, record.Checksum, logFrom, logTo, record.Columns, new SharedFile(path, _store.Files));
        _store.Change(
            catalog =>
            {
                foreach (var input in inputs)
                {
                    catalog.RemoveSegment(input.Id);
                }

                catalog.Add(record);
            },
            current =>
            {
                var before = current.Project(project);
                var after = before with { Segments = before.Segments.RemoveRange(inputs).Add(segment) };
                return current with { Projects = current.Projects.SetItem(project, after) };
            });
        foreach (var input in inputs)
        {
            input.File.Release();
        }

        _store.Metrics.Compacted(extent.Rows, merged.Bytes, _time.GetElapsedTime(started));
        return true;
    }

    /// <summary>The oldest segments of the lowest level that has enough of them.</summary>
    private List<Segment>? Pick(StoreState state)
    {
        List<Segment>? best = null;
        foreach (var project in state.Projects.Values)
        {
            foreach (var level in project.Segments.Where(MayMerge).GroupBy(static s => s.Level))
            {
                if (best is not null && best[0].Level <= level.Key)
                {
                    continue;
                }

                var candidates = level.OrderBy(static s => s.Id).ToList();
                if (candidates.Count < _options.CompactionFanIn)
                {
                    continue;
                }

                var inputs = new List<Segment>();
                long rows = 0;
                foreach (var candidate in candidates)
                {
                    if (inputs.Count == _options.CompactionFanIn || (inputs.Count > 1 && rows + candidate.Extent.Rows > _options.MaxSegmentRows))
                    {
                        break;
                    }

                    inputs.Add(candidate);
                    rows += candidate.Extent.Rows;
                }

                best = inputs;
            }
        }

        return best;
    }

    private bool MergeOverrides(StoreState state, CancellationToken cancellationToken)
    {
        foreach (var project in state.Projects.Values)
        {
            if (project.Overrides.Length < OverrideFanIn)
            {
                continue;
            }

            var inputs = project.Overrides;
            var id = _store.NextFileId();
            var path = Catalog.OverridePath(_store.Files, project.Project, id);
            long rows = 0;
            using var pins = _store.Pin(inputs.Select(static o => o.File.Path), cancellationToken);
            var (bytes, checksum) = Write(path, temporary => rows = OverrideFiles.Merge(temporary, inputs), cancellationToken);
            var record = new NewFile(id, rows, bytes, checksum, 0, path);
            _store.Change(
                catalog =>
                {
                    foreach (var input in inputs)
                    {
                        catalog.RemoveOverrides(input.Id);
                    }

                    catalog.AddOverrides(project.Project, record);
                },
                current =>
                {
                    var before = current.Project(project.Project);
                    var files = before.Overrides.RemoveRange(inputs).Insert(0, new OverrideFile(id, project.Project, rows, new SharedFile(path, _store.Files)));
                    return current with { Projects = current.Projects.SetItem(project.Project, before with { Overrides = files }) };
                });
            foreach (var input in inputs)
            {
                input.File.Release();
            }

            return true;
        }

        return false;
    }

    /// <summary>Merges files of persons in tiers, and all of a project into a new base when a tenth of it has changed.</summary>
    private bool MergePersons(StoreState state, CancellationToken cancellationToken)
    {
        foreach (var project in state.Projects.Values)
        {
            var changes = project.Persons.Where(static f => !f.IsBase).ToList();
            var changed = changes.Sum(static f => f.Rows);
            var whole = project.Persons.Sum(static f => f.Rows) - changed;
            var tier = changes.GroupBy(static f => f.Level).OrderBy(static g => g.Key).FirstOrDefault(g => g.Count() >= _options.CompactionFanIn);
            if (changed > Math.Max(FewPersons, whole / 10) || (tier is not null && changed + whole <= FewPersons))
            {
                Merge(project, [.. project.Persons], PersonFiles.BaseLevel, cancellationToken);
                return true;
            }

            if (tier is not null)
            {
                Merge(project, [.. tier], Math.Min(tier.Key + 1, PersonFiles.BaseLevel - 1), cancellationToken);
                return true;
            }
        }

        return false;
    }

    private void Merge(ProjectState project, List<PersonFile> inputs, int level, CancellationToken cancellationToken)
    {
        var id = _store.NextFileId();
        var path = Catalog.PersonPath(_store.Files, project.Project, id);
        var columns = inputs.SelectMany(static f => f.Columns).ToHashSet();
        var named = project.PersonColumns.Where(c => columns.Contains(c.Value)).Select(static c => (c.Key, (int?)c.Value)).ToList();
        long rows = 0;
        using var pins = _store.Pin(inputs.Select(static f => f.File.Path), cancellationToken);
        var (bytes, checksum) = Write(path, temporary => rows = _persons.Merge(temporary, inputs, level == PersonFiles.BaseLevel, named), cancellationToken);
        var record = new NewPersonFile(id, project.Project, level, rows, bytes, checksum, [.. columns.Order()], path);
        _store.Change(
            catalog =>
            {
                foreach (var input in inputs)
                {
                    catalog.RemovePersons(input.Id);
                }

                catalog.AddPersons(record);
            },
            current =>
            {
                var before = current.Project(project.Project);
                var files = before.Persons.RemoveRange(inputs).Insert(0, new PersonFile(id, project.Project, level, rows, record.Columns, new SharedFile(path, _store.Files)));
                return current with { Projects = current.Projects.SetItem(project.Project, before with { Persons = files }) };
            });
        foreach (var input in inputs)
        {
            input.File.Release();
        }
    }

    private (long Bytes, long Checksum) Write(string path, Action<string> write, CancellationToken cancellationToken)
    {
        var temporary = path + StoreFiles.TemporarySuffix;
        try
        {
            _store.Files.Probe(StoreStep.FileWriting, path);
            write(temporary);
            var file = _store.Files.Seal(temporary, path);
            _store.Files.Put([file], cancellationToken);
            return (file.Bytes, file.Checksum);
        }
        catch
        {
            StoreFiles.DeleteQuietly(temporary);
            _store.Files.Delete(path);
            throw;
        }
    }

    private static bool IsBehind(StoreState state)
    {
        foreach (var project in state.Projects.Values)
        {
            var fresh = 0;
            foreach (var segment in project.Segments)
            {
                fresh += segment.Level == 0 ? 1 : 0;
            }

            if (fresh > BehindSegments)
            {
                return true;
            }
        }

        return false;
    }

    private static SegmentExtent Union(in SegmentExtent a, in SegmentExtent b) => new(
        a.Rows + b.Rows,
        Math.Min(a.MinTimestamp, b.MinTimestamp),
        Math.Max(a.MaxTimestamp, b.MaxTimestamp),
        Math.Min(a.MinReceived, b.MinReceived),
        Math.Max(a.MaxReceived, b.MaxReceived));

    private static void LowerPriority()
    {
        if (OperatingSystem.IsLinux())
        {
            // .NET's thread priorities do nothing on Linux; a niceness is per thread there, and 0 is the calling one.
            // Lower still, it would starve under the very load that makes the files it has to merge.
            _ = SetPriority(0, 0, 3);
        }
        else
        {
            Thread.CurrentThread.Priority = ThreadPriority.BelowNormal;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A merge of files, or a removal from one, failed; nothing is lost, it is tried again")]
    private static partial void LogFailed(ILogger logger, Exception cause);

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, uint who, int value);
}
