using System.IO.Hashing;
using Headroom.Core;

namespace Headroom.App.Writing.Identity;

/// <summary>A distinct id of a project: whose it is and which of its sessions are open.</summary>
internal sealed class Visitor(ProjectId project, byte[] id)
{
    private PersonState? _person;

    public ProjectId Project => project;

    public byte[] Id => id;

    /// <summary>Null until it was looked up or made. Follows merges.</summary>
    public PersonState? Person
    {
        get
        {
            while (_person?.MergedInto is { } next)
            {
                _person = next;
            }

            return _person;
        }

        set => _person = value;
    }

    /// <summary>The batch in which its person was last asked for.</summary>
    public long AskedStamp { get; set; }

    public long SliceStamp { get; set; }

    /// <summary>Its text in the batch of <see cref="SliceStamp"/>.</summary>
    public TextSlice Slice { get; set; }

    public bool Used { get; set; } = true;

    /// <summary>Open sessions that the Writer made, few.</summary>
    public VisitorSession[] Sessions { get; set; } = [];
}

/// <summary>
/// The distinct ids in memory. Bounded between batches by second chance: an id that was not used since the hand
/// passed last goes. A batch itself may go past the bound by the ids that it brings.
/// </summary>
internal sealed class Visitors(int capacity)
{
    private readonly Dictionary<VisitorKey, Visitor> _map = new(VisitorComparer.Instance);
    private readonly List<Visitor> _ring = [];
    private int _hand;

    public int Count => _ring.Count;

    public Visitor GetOrAdd(ProjectId project, ReadOnlySpan<byte> id)
    {
        var lookup = _map.GetAlternateLookup<VisitorProbe>();
        var probe = new VisitorProbe(project.Value, id);
        if (lookup.TryGetValue(probe, out var visitor))
        {
            visitor.Used = true;
            return visitor;
        }

        visitor = new Visitor(project, id.ToArray());
        _map.Add(new VisitorKey(project.Value, visitor.Id), visitor);
        _ring.Add(visitor);
        return visitor;
    }

    public Visitor? Find(ProjectId project, ReadOnlySpan<byte> id) =>
        _map.GetAlternateLookup<VisitorProbe>().TryGetValue(new VisitorProbe(project.Value, id), out var visitor) ? visitor : null;

    /// <summary>Lets ids go until the bound holds; <paramref name="evicted"/> hears of each.</summary>
    public void Trim(Action<Visitor> evicted)
    {
        while (_ring.Count > capacity)
        {
            if (_hand >= _ring.Count)
            {
                _hand = 0;
            }

            var visitor = _ring[_hand];
            if (visitor.Used)
            {
                visitor.Used = false;
                _hand++;
                continue;
            }

            _ring[_hand] = _ring[^1];
            _ring.RemoveAt(_ring.Count - 1);
            _map.Remove(new VisitorKey(visitor.Project.Value, visitor.Id));
            evicted(visitor);
        }
    }

    public void Clear()
    {
        _map.Clear();
        _ring.Clear();
        _hand = 0;
    }

    private readonly record struct VisitorKey(int Project, byte[] Id);

    private readonly ref struct VisitorProbe(int project, ReadOnlySpan<byte> id)
    {
        public int Project { get; } = project;

        public ReadOnlySpan<byte> Id { get; } = id;
    }

    private sealed class VisitorComparer : IEqualityComparer<VisitorKey>, IAlternateEqualityComparer<VisitorProbe, VisitorKey>
    {
        public static readonly VisitorComparer Instance = new();

        public bool Equals(VisitorKey x, VisitorKey y) => x.Project == y.Project && x.Id.AsSpan().SequenceEqual(y.Id);

        public int GetHashCode(VisitorKey obj) => Hash(obj.Project, obj.Id);

        public bool Equals(VisitorProbe alternate, VisitorKey other) =>
            alternate.Project == other.Project && alternate.Id.SequenceEqual(other.Id);

        public int GetHashCode(VisitorProbe alternate) => Hash(alternate.Project, alternate.Id);

        public VisitorKey Create(VisitorProbe alternate) => new(alternate.Project, alternate.Id.ToArray());

        private static int Hash(int project, ReadOnlySpan<byte> id) => (int)XxHash3.HashToUInt64(id, Utf8Comparer.Seed + project);
    }
}
