using System.Text;
using Headroom.Core;

namespace Headroom.Store;

/// <summary>The batch in progress. The store keeps one and its buffers for its life.</summary>
internal sealed class StoreBatch(SegmentStore store, int maxColumns) : IStoreBatch
{
    /// <summary>Rows of projects that this many batches did not touch are forgotten, so that memory stays bounded.</summary>
    private const int ForgetAfterBatches = 64;

    private readonly Dictionary<ProjectId, ProjectRows> _projects = [];
    private readonly Dictionary<ProjectId, LedgerCounts> _counts = [];
    private StoreState _state = new();
    private long _number;

    public SeenBatch Seen { get; } = new();

    public IdentityChanges Identities { get; } = new();

    public bool Active { get; private set; }

    /// <summary>Which of the store's batches it is, from 1.</summary>
    public long Number => _number;

    public IReadOnlyDictionary<ProjectId, LedgerCounts> Counts => _counts;

    public IEnumerable<EventColumns> AllRows
    {
        get
        {
            foreach (var project in _projects.Values)
            {
                if (project.LastUsed == _number)
                {
                    yield return project.Rows;
                }
            }
        }
    }

    public void Begin(StoreState state)
    {
        _state = state;
        _number++;
        Active = true;
    }

    public bool TryAddUuid(ProjectId project, Guid uuid, long receivedAt)
    {
        var key = SeenKey.From(project, uuid);
        var hash = key.Hash;
        if (Seen.Contains(key, hash))
        {
            return false;
        }

        var version7 = key.Version7Milliseconds;
        foreach (var file in _state.Seen.AsSpan())
        {
            if (file.Contains(key, hash, version7))
            {
                return false;
            }
        }

        Seen.Add(key, hash, receivedAt);
        return true;
    }

    public EventColumns Rows(ProjectId project) => Use(project).Rows;

    public bool MayUseColumn(ProjectId project, ReadOnlySpan<byte> nameUtf8, PropertyKind kind)
    {
        var own = Use(project);
        var key = new PropertyColumnKey(Encoding.UTF8.GetString(nameUtf8), kind);
        var committed = _state.Project(project).Columns;
        if (committed.ContainsKey(key) || own.NewColumns.Contains(key) || key == ProjectSchema.OverflowColumn)
        {
            return true;
        }

        if (committed.Count + own.NewColumns.Count >= maxColumns)
        {
            return false;
        }

        own.NewColumns.Add(key);
        return true;
    }

    public void Count(ProjectId project, long received, long rejected, long duplicates)
    {
        var counts = _counts.GetValueOrDefault(project);
        _counts[project] = counts with
        {
            Received = counts.Received + received,
            Rejected = counts.Rejected + rejected,
            Duplicates = counts.Duplicates + duplicates,
        };
    }

    public ValueTask CommitAsync(LogPosition next, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(!Active, this);
        cancellationToken.ThrowIfCancellationRequested();
        store.Commit(this, next, cancellationToken);
        End(committed: true);
        return ValueTask.CompletedTask;
    }

    public void Dispose()
    {
        if (Active)
        {
            End(committed: false);
        }
    }

    private void End(bool committed)
    {
        Active = false;
        Seen.Clear();
        _counts.Clear();
        Identities.DistinctIds.Clear();
        Identities.Persons.Clear();
        Identities.Merges.Clear();
        foreach (var (id, project) in _projects)
        {
            // What an abandoned batch has seen of columns must leave no trace either.
            if (project.LastUsed < _number - ForgetAfterBatches || (!committed && project.LastUsed == _number))
            {
                _projects.Remove(id);
                continue;
            }

            project.Rows.Clear();
            project.NewColumns.Clear();
        }

        _state = new StoreState();
    }

    private ProjectRows Use(ProjectId project)
    {
        ObjectDisposedException.ThrowIf(!Active, this);
        if (!_projects.TryGetValue(project, out var own))
        {
            own = new ProjectRows(new EventColumns(project));
            _projects.Add(project, own);
        }

        own.LastUsed = _number;
        return own;
    }

    private sealed class ProjectRows(EventColumns rows)
    {
        public EventColumns Rows { get; } = rows;

        public HashSet<PropertyColumnKey> NewColumns { get; } = [];

        public long LastUsed { get; set; }
    }
}
