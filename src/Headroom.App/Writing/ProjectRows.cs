using Headroom.Core;

namespace Headroom.App.Writing;

/// <summary>A property name as the Writer met it: what it means, and its columns in the present batch.</summary>
internal sealed class PropertyPlan(byte[] name, bool isDropped = false)
{
    private const int MaxColumnName = 400;
    private readonly PropertyColumn?[] _columns = new PropertyColumn?[4];
    private readonly bool _mayUse = !isDropped && name.Length is > 0 and <= MaxColumnName && !JsonText.HasControls(name);
    private long _stamp;
    private int _refused;

    public byte[] Name => name;

    /// <summary>The project keeps none of it.</summary>
    public bool IsDropped => isDropped;

    public KnownProperty Known { get; } = KnownProperties.Find(name);

    /// <summary>The property that followed this one last time: most often it does so again.</summary>
    public PropertyPlan? Next { get; set; }

    /// <summary>The last text of this batch: the same value again shares its bytes.</summary>
    public TextSlice LastText { get; set; }

    /// <summary>The column, or null where the project may have no more.</summary>
    public PropertyColumn? Column(ProjectRows project, PropertyKind kind)
    {
        if (_stamp != project.Stamp)
        {
            _stamp = project.Stamp;
            _refused = _mayUse ? 0 : 15;
            LastText = TextSlice.Null;
            Array.Clear(_columns);
        }

        var column = _columns[(int)kind];
        if (column is null && (_refused & (1 << (int)kind)) == 0)
        {
            if (project.Batch.MayUseColumn(project.Id, name, kind))
            {
                _columns[(int)kind] = column = project.Rows.Column(name, kind);
            }
            else
            {
                _refused |= 1 << (int)kind;
            }
        }

        return column;
    }
}

/// <summary>An event name and its text in the present batch.</summary>
internal sealed class EventName(byte[] name)
{
    public byte[] Name => name;

    public EventKind Kind { get; } =
        name.AsSpan().SequenceEqual("$identify"u8) ? EventKind.Identify :
        name.AsSpan().SequenceEqual("$create_alias"u8) ? EventKind.Alias :
        name.AsSpan().SequenceEqual("$merge_dangerously"u8) ? EventKind.MergeDangerously :
        name.AsSpan().SequenceEqual("$groupidentify"u8) ? EventKind.Group : EventKind.Plain;

    public long Stamp { get; set; }

    public TextSlice Slice { get; set; }
}

internal enum EventKind
{
    Plain,
    Identify,
    Alias,
    MergeDangerously,
    Group,
}

/// <summary>One project's side of the present batch, and what is worth keeping between batches.</summary>
internal sealed class ProjectRows(ProjectId id)
{
    private const int MaxPlans = 20_000;
    private const int MaxEventNames = 5_000;
    private readonly Utf8Map<PropertyPlan> _plans = new();
    private readonly Utf8Map<EventName> _names = new();
    private readonly PropertyPlan?[] _known = new PropertyPlan?[(int)KnownProperty.Count];
    private EventName? _lastName;

    public ProjectId Id => id;

    public IStoreBatch Batch { get; private set; } = null!;

    public EventColumns Rows { get; private set; } = null!;

    /// <summary>Differs for each batch.</summary>
    public long Stamp { get; private set; }

    public bool KeepIp { get; private set; }

    /// <summary>What the project does not store; null where it stores everything.</summary>
    public DroppedProperties? Dropped { get; private set; }

    public long Received { get; set; }

    public long Rejected { get; set; }

    public long Duplicates { get; set; }

    /// <summary>How often each problem was found in the present batch.</summary>
    public long[] Problems { get; } = new long[(int)WriterProblem.Count];

    /// <summary>Stands before the first property of an event.</summary>
    public PropertyPlan Root { get; private set; } = new([]);

    /// <summary>Stands before the first of an event's groups.</summary>
    public PropertyPlan GroupsRoot { get; private set; } = new([]);

    public void Begin(IStoreBatch batch, long stamp, bool keepIp, IReadOnlyList<string> dropped)
    {
        var unchanged = Dropped?.Is(dropped) ?? dropped.Count == 0;
        if (!unchanged)
        {
            Dropped = dropped.Count == 0 ? null : new DroppedProperties(dropped);
        }

        // A plan knows whether its property is dropped.
        if (_plans.Count > MaxPlans || !unchanged)
        {
            _plans.Clear();
            Array.Clear(_known);
            Root = new PropertyPlan([]);
            GroupsRoot = new PropertyPlan([]);
        }

        if (_names.Count > MaxEventNames)
        {
            _names.Clear();
            _lastName = null;
        }

        Batch = batch;
        Rows = batch.Rows(id);
        Stamp = stamp;
        KeepIp = keepIp;
        Received = Rejected = Duplicates = 0;
        Array.Clear(Problems);
    }

    public PropertyPlan Plan(PropertyPlan previous, ReadOnlySpan<byte> name)
    {
        var plan = previous.Next;
        if (plan is not null && name.SequenceEqual(plan.Name))
        {
            return plan;
        }

        if (!_plans.TryGet(name, out plan))
        {
            plan = new PropertyPlan(name.ToArray(), Dropped?.Contains(name) ?? false);
            _plans.Set(name, plan);
        }

        previous.Next = plan;
        return plan;
    }

    public PropertyPlan Plan(KnownProperty known) => _known[(int)known] ??= Plan(new PropertyPlan([]), KnownProperties.Name(known));

    public EventName Name(ReadOnlySpan<byte> name)
    {
        var found = _lastName;
        if (found is null || !name.SequenceEqual(found.Name))
        {
            if (!_names.TryGet(name, out found))
            {
                found = new EventName(name.ToArray());
                _names.Set(name, found);
            }

            _lastName = found;
        }

        if (found.Stamp != Stamp)
        {
            found.Stamp = Stamp;
            found.Slice = Rows.Store(name);
        }

        return found;
    }
}
