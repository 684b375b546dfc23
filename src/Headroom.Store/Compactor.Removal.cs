using Headroom.Core;
using Microsoft.Extensions.Logging;

namespace Headroom.Store;

/// <summary>
/// Removes rows for good: events that are too old, and persons with their events. A segment of which nothing is left is
/// dropped, one that loses a part is written again; both together with the counts of what went, in one transaction.
/// </summary>
internal sealed partial class Compactor
{
    /// <summary>Files of which it is known that they have nothing of a person; by the removal.</summary>
    private readonly Dictionary<Guid, HashSet<long>> _clean = [];

    /// <summary>Does one piece of work; false when there is none.</summary>
    private bool Remove(StoreState state, CancellationToken cancellationToken)
    {
        foreach (var (project, before) in _store.Cutoffs)
        {
            if (RemoveOld(state.Project(project), before, cancellationToken))
            {
                return true;
            }

            // A later instant may have taken its place meanwhile.
            _store.Cutoffs.TryRemove(KeyValuePair.Create(project, before));
        }

        foreach (var removal in state.Removals.Values)
        {
            if (!removal.Person.IsDone && RemovePerson(state.Project(removal.Person.Project), removal, cancellationToken))
            {
                return true;
            }
        }

        return false;
    }

    private bool RemoveOld(ProjectState project, long before, CancellationToken cancellationToken)
    {
        var whole = project.Segments.Where(s => s.Extent.MaxTimestamp < before).ToList();
        if (whole.Count > 0)
        {
            var times = whole.ConvertAll(static s => new ChangedRange(s.Extent.MinTimestamp, s.Extent.MaxTimestamp + 1));
            Swap(whole, null, whole.Sum(static s => s.Extent.Rows), times, null);
            return true;
        }

        var part = project.Segments.FirstOrDefault(s => s.Extent.MinTimestamp < before && !_store.Damaged.Contains(s.File.Path));
        if (part is null)
        {
            return false;
        }

        using var pins = _store.Pin([part.File.Path], cancellationToken);
        Rewrite(part, Find(part, new Unwanted { Before = before }, cancellationToken)!, null, cancellationToken);
        return true;
    }

    private bool RemovePerson(ProjectState project, Removal removal, CancellationToken cancellationToken)
    {
        if (!_clean.TryGetValue(removal.Person.Id, out var clean))
        {
            RemoveFromPersonFiles(project, removal.Person.Keys, cancellationToken);
            _clean[removal.Person.Id] = clean = [];
        }

        var unwanted = Unwanted.Of(removal);
        foreach (var segment in project.Segments)
        {
            if (clean.Contains(segment.Id) || _store.Damaged.Contains(segment.File.Path))
            {
                continue;
            }

            cancellationToken.ThrowIfCancellationRequested();
            using var pins = _store.Pin([segment.File.Path], cancellationToken);
            if (Find(segment, unwanted, cancellationToken) is { } rows)
            {
                Rewrite(segment, rows, removal, cancellationToken);
                return true;
            }

            clean.Add(segment.Id);
        }

        if (project.Segments.FirstOrDefault(s => _store.Damaged.Contains(s.File.Path)) is { } damaged)
        {
            // It is not done while a file may hold the person.
            _store.Problems[removal.Person.Id] =
                $"The segment {damaged.File.Path} cannot be read, and may hold events of the person. Restore it from a backup; the removal goes on by itself.";
            return false;
        }

        // The distinct ids have served their purpose, and are the person's.
        var done = new Removal(removal.Person with { IsDone = true }, []);
        _store.Overwrite(catalog => catalog.Put(done), current => current with { Removals = current.Removals.SetItem(done.Person.Id, done) });
        _clean.Remove(done.Person.Id);
        LogRemoved(_logger, done.Person.Id, project.Project, done.Person.Events, done.Person.Segments);
        return true;
    }

    /// <summary>
    /// All files at once: with the row that says that the person is gone, older rows of the person must go too.
    /// </summary>
    private void RemoveFromPersonFiles(ProjectState project, IReadOnlyList<long> keys, CancellationToken cancellationToken)
    {
        using var pins = _store.Pin(project.Persons.Select(static f => f.File.Path), cancellationToken);
        var swaps = new List<(PersonFile Old, NewPersonFile? New)>();
        foreach (var file in project.Persons)
        {
            if (_persons.Count(file, keys) is var rows and > 0)
            {
                swaps.Add((file, rows == file.Rows ? null : WriteWithout(file, keys, cancellationToken)));
            }
        }

        if (swaps.Count == 0)
        {
            return;
        }

        _store.Change(
            catalog =>
            {
                foreach (var (old, made) in swaps)
                {
                    catalog.RemovePersons(old.Id);
                    if (made is not null)
                    {
                        catalog.AddPersons(made);
                    }
                }
            },
            current =>
            {
                var before = current.Project(project.Project);
                var files = before.Persons;
                foreach (var (old, made) in swaps)
                {
                    files = made is null ? files.Remove(old)
                        : files.Replace(old, new PersonFile(made.Id, made.Project, made.Level, made.Rows, made.Columns, new SharedFile(made.Path, _store.Files)));
                }

                return current with { Projects = current.Projects.SetItem(project.Project, before with { Persons = files }) };
            });
        foreach (var (old, _) in swaps)
        {
            old.File.Release();
        }
    }

    private NewPersonFile WriteWithout(PersonFile file, IReadOnlyList<long> keys, CancellationToken cancellationToken)
    {
        var id = _store.NextFileId();
        var path = Catalog.PersonPath(_store.Files, file.Project, id);
        long left = 0;
        var (bytes, checksum) = Write(path, temporary => left = _persons.Without(temporary, file, keys), cancellationToken);
        return new NewPersonFile(id, file.Project, file.Level, left, bytes, checksum, file.Columns, path);
    }

    private RowsToRemove? Find(Segment segment, Unwanted unwanted, CancellationToken cancellationToken)
    {
        // What is left would be written again, and damage with it as though it were right.
        return _store.Damaged.IsIntact(segment, whole: true)
            ? SegmentMerger.Find(segment.File.Path, unwanted, cancellationToken)
            : throw new InvalidDataException($"The segment {segment.File.Path} is missing or damaged.");
    }

    private void Rewrite(Segment old, RowsToRemove rows, Removal? removal, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        if (rows.Left.Rows == 0)
        {
            Swap([old], null, rows.Count, [rows.Times], removal);
            return;
        }

        var id = _store.NextFileId();
        var path = Catalog.SegmentPath(_store.Files, old.Project, id);
        var (bytes, checksum) = Write(path, temporary => SegmentMerger.Write(temporary, old.File.Path, rows, cancellationToken), cancellationToken);
        var made = new NewSegment(id, old.Project, old.Level, rows.Left, bytes, checksum, old.LogFrom, old.LogTo, old.Columns, path);
        Swap([old], made, rows.Count, [rows.Times], removal);
        if (removal is not null)
        {
            _clean[removal.Person.Id].Add(id);
        }

        _store.Metrics.Compacted(rows.Left.Rows, bytes, _time.GetElapsedTime(started));
    }

    /// <summary>Puts what is left of segments in their place, with the counts of what went.</summary>
    /// <param name="removal">Whose rows went; null for those that were too old.</param>
    private void Swap(List<Segment> old, NewSegment? made, long removed, List<ChangedRange> times, Removal? removal)
    {
        var project = old[0].Project;
        StoreState? next = null;
        _store.Files.Probe(StoreStep.BeforeCatalog, _store.Files.Catalog);
        _store.Change(
            catalog =>
            {
                var state = _store.State;
                var before = state.Project(project);
                var segments = before.Segments.RemoveRange(old);
                if (made is not null)
                {
                    segments = segments.Add(new Segment(
                        made.Id, project, made.Level, made.Extent, made.Bytes, made.Checksum, made.LogFrom, made.LogTo, made.Columns, new SharedFile(made.Path, _store.Files)));
                }

                var after = before with
                {
                    Segments = segments,
                    Ledger = removal is null
                        ? before.Ledger with { RemovedByRetention = before.Ledger.RemovedByRetention + removed }
                        : before.Ledger with { RemovedByDeletion = before.Ledger.RemovedByDeletion + removed },
                    DataVersion = before.DataVersion + 1,
                    Changes = before.Changes.With(before.DataVersion + 1, times, merges: false, persons: false, removals: true),
                };
                next = state with { Projects = state.Projects.SetItem(project, after) };
                foreach (var segment in old)
                {
                    catalog.RemoveSegment(segment.Id);
                }

                if (made is not null)
                {
                    catalog.Add(made);
                }

                if (removal is not null)
                {
                    var counted = removal with { Person = removal.Person with { Events = removal.Person.Events + removed, Segments = removal.Person.Segments + old.Count } };
                    catalog.Put(counted);
                    next = next with { Removals = next.Removals.SetItem(counted.Person.Id, counted) };
                }

                catalog.Put(after);
                _store.Files.Probe(StoreStep.InCatalog, _store.Files.Catalog);
            },
            _ => next);
        _store.Files.Probe(StoreStep.AfterCatalog, _store.Files.Catalog);
        foreach (var segment in old)
        {
            segment.File.Release();
        }

        _store.Metrics.Removed(removed, removal is null);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Removal {Id}: {Events} events of a person of project {Project} are gone, of {Segments} segments")]
    private static partial void LogRemoved(ILogger logger, Guid id, ProjectId project, long events, int segments);
}
