using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Headroom.Core;

namespace Headroom.Store;

/// <summary>What one batch changes in the catalog, computed before the transaction.</summary>
internal sealed class Commitment(StoreState state, StoreFiles store)
{
    private readonly Dictionary<(ProjectId Project, long From), long> _overrides = [];
    private readonly Dictionary<(ProjectId Project, long To), List<long>> _mergedInto = [];
    private readonly Dictionary<ProjectId, long> _lastKeys = [];

    public List<NewSegment> Segments { get; } = [];

    public List<NewColumn> NewColumns { get; } = [];

    public List<(ProjectId Project, NewFile File)> OverrideFiles { get; } = [];

    public List<NewPersonFile> PersonFiles { get; } = [];

    public List<NewColumn> NewPersonColumns { get; } = [];

    /// <summary>Projects in which a person was merged that had been merged into another one already.</summary>
    private readonly HashSet<ProjectId> _mergedAgain = [];

    /// <summary>Merges in order, their targets resolved.</summary>
    public List<Override> Merges { get; } = [];

    /// <summary>Rows of overrides that change, flattened.</summary>
    public IEnumerable<Override> Overrides
    {
        get
        {
            foreach (var ((project, from), to) in _overrides)
            {
                yield return new Override(project, from, to);
            }
        }
    }

    public NewFile? Seen { get; set; }

    /// <summary>When the rows are dated, of each project that has any.</summary>
    public Dictionary<ProjectId, List<ChangedRange>> Times { get; } = [];

    public HashSet<ProjectId> Touched { get; } = [];

    /// <summary>The ids of a segment's columns, ascending; columns new to the project get the next ones.</summary>
    public int[] ColumnIds(ProjectId project, IReadOnlyList<PropertyColumn> columns) =>
        ColumnIds(project, columns, state.Project(project).Columns, NewColumns);

    public int[] PersonColumnIds(ProjectId project, IReadOnlyList<PropertyColumn> columns) =>
        ColumnIds(project, columns, state.Project(project).PersonColumns, NewPersonColumns);

    internal static int[] ColumnIds(
        ProjectId project, IReadOnlyList<PropertyColumn> columns, ImmutableDictionary<PropertyColumnKey, int> known, List<NewColumn> fresh)
    {
        var added = 0;
        var ids = new int[columns.Count];
        for (var i = 0; i < ids.Length; i++)
        {
            if (!known.TryGetValue(columns[i].Key, out ids[i]))
            {
                // Columns are never taken away, so their count is the last id.
                ids[i] = known.Count + ++added;
                fresh.Add(new NewColumn(project, ids[i], columns[i].Key));
            }
        }

        Array.Sort(ids);
        return ids;
    }

    public void UseKey(ProjectId project, long key) =>
        _lastKeys[project] = Math.Max(_lastKeys.GetValueOrDefault(project), key);

    public void Flatten(List<(ProjectId Project, long FromKey, long ToKey)> merges, Catalog catalog)
    {
        foreach (var (project, from, to) in merges)
        {
            var target = _overrides.TryGetValue((project, to), out var moved) ? moved : catalog.OverrideOf(project, to) ?? to;
            UseKey(project, Math.Max(from, target));
            if (target == from)
            {
                continue;
            }

            if ((_overrides.TryGetValue((project, from), out var known) ? known : catalog.OverrideOf(project, from)) is { } other && other != target)
            {
                _mergedAgain.Add(project);
            }

            // Whatever counted for the merged key counts for its target now; keys that this batch has moved already
            // are in _mergedInto under where they went.
            foreach (var earlier in catalog.MergedInto(project, from))
            {
                if (!_overrides.ContainsKey((project, earlier)))
                {
                    Move(project, earlier, target);
                }
            }

            if (_mergedInto.Remove((project, from), out var inBatch))
            {
                foreach (var earlier in inBatch)
                {
                    Move(project, earlier, target);
                }
            }

            Move(project, from, target);
            Merges.Add(new Override(project, from, target));
        }
    }

    private void Move(ProjectId project, long from, long target)
    {
        _overrides[(project, from)] = target;
        ref var list = ref CollectionsMarshal.GetValueRefOrAddDefault(_mergedInto, (project, target), out _);
        (list ??= []).Add(from);
    }

    public StoreState Next(StoreState current, StoreBatch batch, LogPosition position)
    {
        var persons = new HashSet<ProjectId>();
        foreach (var (project, _, key) in batch.Identities.DistinctIds)
        {
            UseKey(project, key);
            persons.Add(project);
        }

        foreach (var (project, person) in batch.Identities.Persons)
        {
            UseKey(project, person.Key);
            persons.Add(project);
        }

        Touched.UnionWith(batch.Counts.Keys);
        Touched.UnionWith(_lastKeys.Keys);
        var projects = current.Projects.ToBuilder();
        foreach (var project in Touched)
        {
            projects[project] = Next(current.Project(project), batch.Counts.GetValueOrDefault(project), persons.Contains(project));
        }

        return current with { Projects = projects.ToImmutable(), Committed = position };
    }

    private ProjectState Next(ProjectState before, LedgerCounts counts, bool personsChanged)
    {
        var project = before.Project;
        var segments = before.Segments;
        long stored = 0;
        foreach (var s in Segments)
        {
            if (s.Project == project)
            {
                stored += s.Extent.Rows;
                segments = segments.Add(new Segment(
                    s.Id, project, s.Level, s.Extent, s.Bytes, s.Checksum, s.LogFrom, s.LogTo, s.Columns, new SharedFile(s.Path, store)));
            }
        }

        var columns = before.Columns;
        var keys = before.ColumnKeys;
        foreach (var column in NewColumns)
        {
            if (column.Project == project)
            {
                columns = columns.Add(column.Key, column.Id);
                keys = keys.Add(column.Key);
            }
        }

        var overrides = before.Overrides;
        foreach (var (owner, file) in OverrideFiles)
        {
            if (owner == project)
            {
                overrides = overrides.Add(new OverrideFile(file.Id, project, file.Rows, new SharedFile(file.Path, store)));
            }
        }

        var persons = before.Persons;
        foreach (var file in PersonFiles)
        {
            if (file.Project == project)
            {
                persons = persons.Add(new PersonFile(file.Id, project, file.Level, file.Rows, file.Columns, new SharedFile(file.Path, store)));
            }
        }

        var personColumns = before.PersonColumns;
        var personKeys = before.PersonColumnKeys;
        foreach (var column in NewPersonColumns)
        {
            if (column.Project == project)
            {
                personColumns = personColumns.Add(column.Key, column.Id);
                personKeys = personKeys.Add(column.Key);
            }
        }

        return before with
        {
            Persons = persons,
            PersonColumns = personColumns,
            PersonColumnKeys = personKeys,
            Segments = segments,
            Columns = columns,
            ColumnKeys = keys,
            Overrides = overrides,
            Ledger = before.Ledger with
            {
                Received = before.Ledger.Received + counts.Received,
                Stored = before.Ledger.Stored + stored,
                Duplicates = before.Ledger.Duplicates + counts.Duplicates,
                Rejected = before.Ledger.Rejected + counts.Rejected,
            },
            DataVersion = before.DataVersion + 1,
            Changes = before.Changes.With(before.DataVersion + 1, Times.GetValueOrDefault(project) ?? [], Merges.Exists(m => m.Project == project), personsChanged, removals: false,
                _mergedAgain.Contains(project) ? null : [.. Merges.Where(m => m.Project == project).Select(static m => new MergedPerson(m.FromKey, m.ToKey))]),
            LastPersonKey = Math.Max(before.LastPersonKey, _lastKeys.GetValueOrDefault(project)),
        };
    }
}
