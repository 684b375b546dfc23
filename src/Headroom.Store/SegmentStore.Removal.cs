using System.Collections.Concurrent;
using Headroom.Core;
using Microsoft.Data.Sqlite;
using ParquetSharp;

namespace Headroom.Store;

/// <summary>What is to be removed. The compaction's thread carries it out, see Compactor.Removal.cs.</summary>
internal sealed partial class SegmentStore
{
    /// <summary>Of each project the instant before which events go, until they are gone.</summary>
    public ConcurrentDictionary<ProjectId, long> Cutoffs { get; } = new();

    public async ValueTask<RemovalEstimate> EstimateAsync(ProjectId project, long before, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        using var held = Hold(new StoreQuery { Project = project, Sql = "", From = long.MinValue, To = before, MaxRows = 0 });
        var segments = held.Segments;
        using var pins = await PinAsync(segments.Where(s => s.Extent.MaxTimestamp >= before).Select(static s => s.File.Path), Timeout.InfiniteTimeSpan, again: false, cancellationToken).ConfigureAwait(false);
        return await LongWork.RunAsync(() => Estimate(segments, before), cancellationToken).ConfigureAwait(false);
    }

    public void RemoveBefore(ProjectId project, long? before)
    {
        if (before is { } instant)
        {
            Cutoffs[project] = instant;
        }
        else
        {
            Cutoffs.TryRemove(project, out _);
        }
    }

    public void Forget(Guid id, ProjectId project, long personKey)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_batch.Active)
        {
            throw new InvalidOperationException("A person is forgotten between two batches.");
        }

        var files = new NewFiles(Files);
        try
        {
            lock (_catalog.Gate)
            {
                Settle();
                if (State.Removals.ContainsKey(id))
                {
                    return;
                }

                Forget(id, project, _catalog.OverrideOf(project, personKey) ?? personKey, files);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ParquetException or SqliteException or StoreUnavailableException)
        {
            files.Abandon();
            throw Unavailable(e);
        }
    }

    /// <summary>What is in the way of removals.</summary>
    public ConcurrentDictionary<Guid, string> Problems { get; } = new();

    PersonRemoval? IEventRemoval.Find(Guid id) =>
        State.Removals.TryGetValue(id, out var removal) ? removal.Person with { Problem = Problems.GetValueOrDefault(id) } : null;

    public void Close(Guid id)
    {
        if (State.Removals.ContainsKey(id))
        {
            Change(catalog => catalog.RemoveRemoval(id), state => state with { Removals = state.Removals.Remove(id) });
        }
    }

    /// <summary>As <see cref="Change"/>, and what is deleted can be read from the catalog's files no more.</summary>
    public void Overwrite(Action<Catalog> write, Func<StoreState, StoreState?> next)
    {
        lock (_catalog.Gate)
        {
            _catalog.OverwriteDeleted(true);
            try
            {
                Change(write, next);
            }
            finally
            {
                _catalog.OverwriteDeleted(false);
            }

            _catalog.EmptyWriteAhead();
        }
    }

    private RemovalEstimate Estimate(List<Segment> segments, long before)
    {
        long events = 0;
        long bytes = 0;
        var parts = new List<Segment>();
        foreach (var segment in segments)
        {
            if (segment.Extent.MaxTimestamp < before)
            {
                events += segment.Extent.Rows;
                bytes += segment.Bytes;
            }
            else
            {
                parts.Add(segment);
            }
        }

        var exact = true;
        foreach (var segment in parts)
        {
            var extent = segment.Extent;
            var old = _eventCounts.Tally([segment], [null], [extent.MinTimestamp, before]) is { } counted ? counted[0][0] : -1;
            if (old < 0)
            {
                exact = false;
                old = (long)(extent.Rows * ((before - extent.MinTimestamp) / (extent.MaxTimestamp - extent.MinTimestamp + 1.0)));
            }

            events += old;
            bytes += (long)(segment.Bytes * (old / (double)extent.Rows));
        }

        return new RemovalEstimate(events, exact, bytes, parts.Count == 0);
    }

    private void Forget(Guid id, ProjectId project, long personKey, NewFiles files)
    {
        // Only batches change what is read here, and none is under way.
        long key;
        long[] keys;
        List<string> ids;
        bool isKnown;
        lock (_catalog.Gate)
        {
            key = _catalog.OverrideOf(project, personKey) ?? personKey;
            keys = [key, .. _catalog.MergedInto(project, key)];
            ids = _catalog.DistinctIds(project, key, int.MaxValue);
            isKnown = _catalog.Person(project, key) is not null;
        }

        var removal = new Removal(new PersonRemoval(id, project, keys, ids.Count, 0, 0, false), [.. ids]);
        var gone = isKnown ? WritePersons(files, project, [new PersonRow(key, null)], State.Project(project).PersonColumnKeys).File : null;
        files.Put(CancellationToken.None);
        lock (_catalog.Gate)
        {
            Forget(id, project, key, removal, gone, files);
        }

        LogForgot(_logger, id, project, keys.Length, ids.Count);
    }

    private void Forget(Guid id, ProjectId project, long key, Removal removal, NewPersonFile? gone, NewFiles files)
    {
        var before = State.Project(project);
        var after = before with
        {
            Persons = gone is null ? before.Persons : before.Persons.Add(new PersonFile(gone.Id, project, gone.Level, gone.Rows, gone.Columns, new SharedFile(gone.Path, Files))),
            DataVersion = before.DataVersion + 1,
            Changes = before.Changes.With(before.DataVersion + 1, [], merges: true, persons: true),
        };
        Overwrite(
            catalog =>
            {
                catalog.Forget(project, key);
                if (gone is not null)
                {
                    catalog.AddPersons(gone);
                }

                catalog.Put(removal);
                catalog.Put(after);
                Files.Probe(StoreStep.InCatalog, Files.Catalog);
                files.Keep();
            },
            state => state with { Projects = state.Projects.SetItem(project, after), Removals = state.Removals.Add(id, removal) });
    }
}
