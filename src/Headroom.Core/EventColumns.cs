namespace Headroom.Core;

/// <summary>A piece of the text arena of an <see cref="EventColumns"/>, UTF-8. Length −1 is null.</summary>
public readonly record struct TextSlice(int Offset, int Length)
{
    public static readonly TextSlice Null = new(0, -1);

    public bool IsNull => Length < 0;
}

/// <summary>
/// The rows of one project in one batch, as columns: what the Writer fills and an event store makes a segment of.
/// Rows are in arrival order; the store sorts. Text lives in one pinned arena, so that a store can hand pointers
/// into it to native code. Reused between batches; not safe for concurrent use.
/// </summary>
public sealed class EventColumns(ProjectId project)
{
    /// <summary>Columns that no row has used for this many batches are forgotten, so that memory stays bounded.</summary>
    private const int ForgetAfterBatches = 64;

    private readonly Dictionary<Utf8Key, PropertyColumn> _byName = new(Utf8KeyComparer.Instance);
    private readonly List<PropertyColumn> _columns = [];
    private byte[] _arena = GC.AllocateUninitializedArray<byte>(64 * 1024, pinned: true);
    private int _arenaLength;

    public ProjectId Project => project;

    /// <summary>Rows.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of text held: with <see cref="Count"/>, what decides when a batch is full.</summary>
    public int TextBytes => _arenaLength;

    public Guid[] Uuid { get; private set; } = new Guid[1024];

    public TextSlice[] Event { get; private set; } = new TextSlice[1024];

    public TextSlice[] DistinctId { get; private set; } = new TextSlice[1024];

    /// <summary>Dense within the project, from 1.</summary>
    public long[] PersonKey { get; private set; } = new long[1024];

    public TextSlice[] SessionId { get; private set; } = new TextSlice[1024];

    /// <summary>Unix microseconds.</summary>
    public long[] Timestamp { get; private set; } = new long[1024];

    /// <summary>Unix microseconds.</summary>
    public long[] ReceivedAt { get; private set; } = new long[1024];

    /// <summary>All property columns ever asked for and not forgotten; those with a Count of 0 have no value in this batch.</summary>
    public IReadOnlyList<PropertyColumn> Properties => _columns;

    /// <summary>The pinned text arena; valid up to <see cref="TextBytes"/> and until the next store of a text.</summary>
    public byte[] Arena => _arena;

    public ReadOnlySpan<byte> Text(TextSlice slice) => _arena.AsSpan(slice.Offset, Math.Max(0, slice.Length));

    /// <summary>Copies UTF-8 text into the arena.</summary>
    public TextSlice Store(ReadOnlySpan<byte> utf8)
    {
        utf8.CopyTo(Reserve(utf8.Length));
        return Take(utf8.Length);
    }

    /// <summary>Room for at least <paramref name="bytes"/> at the end of the arena, to be filled and then taken.</summary>
    public Span<byte> Reserve(int bytes)
    {
        if (_arena.Length - _arenaLength < bytes)
        {
            var larger = GC.AllocateUninitializedArray<byte>(checked(Math.Max(_arena.Length * 2, _arenaLength + bytes)), pinned: true);
            _arena.AsSpan(0, _arenaLength).CopyTo(larger);
            _arena = larger;
        }

        return _arena.AsSpan(_arenaLength);
    }

    /// <summary>Keeps the first <paramref name="bytes"/> of what was reserved.</summary>
    public TextSlice Take(int bytes)
    {
        var slice = new TextSlice(_arenaLength, bytes);
        _arenaLength += bytes;
        return slice;
    }

    /// <summary>Adds a row whose property values follow by <see cref="PropertyColumn"/>'s Add methods; returns its index.</summary>
    public int AddRow(Guid uuid, TextSlice eventName, TextSlice distinctId, long personKey, TextSlice sessionId, long timestamp, long receivedAt)
    {
        if (Count == Uuid.Length)
        {
            Grow();
        }

        var row = Count++;
        Uuid[row] = uuid;
        Event[row] = eventName;
        DistinctId[row] = distinctId;
        PersonKey[row] = personKey;
        SessionId[row] = sessionId;
        Timestamp[row] = timestamp;
        ReceivedAt[row] = receivedAt;
        return row;
    }

    /// <summary>The column for a property of a kind, made when it is new.</summary>
    public PropertyColumn Column(ReadOnlySpan<byte> nameUtf8, PropertyKind kind)
    {
        var lookup = _byName.GetAlternateLookup<Utf8Probe>();
        if (lookup.TryGetValue(new Utf8Probe(nameUtf8, kind), out var column))
        {
            return column;
        }

        var bytes = nameUtf8.ToArray();
        column = new PropertyColumn(bytes, kind);
        _byName.Add(new Utf8Key(bytes, kind), column);
        _columns.Add(column);
        return column;
    }

    /// <summary>The column if a row of this batch, or a recent one, has used it.</summary>
    public bool HasColumn(ReadOnlySpan<byte> nameUtf8, PropertyKind kind) =>
        _byName.GetAlternateLookup<Utf8Probe>().ContainsKey(new Utf8Probe(nameUtf8, kind));

    /// <summary>Makes it empty for the next batch and keeps the buffers.</summary>
    public void Clear()
    {
        Count = 0;
        _arenaLength = 0;
        for (var i = _columns.Count - 1; i >= 0; i--)
        {
            var column = _columns[i];
            column.UnusedBatches = column.Count == 0 ? column.UnusedBatches + 1 : 0;
            column.Clear();
            if (column.UnusedBatches > ForgetAfterBatches)
            {
                _byName.Remove(new Utf8Key(column.NameUtf8, column.Kind));
                _columns.RemoveAt(i);
            }
        }
    }

    private void Grow()
    {
        var size = Uuid.Length * 2;
        Uuid = Larger(Uuid, size);
        Event = Larger(Event, size);
        DistinctId = Larger(DistinctId, size);
        PersonKey = Larger(PersonKey, size);
        SessionId = Larger(SessionId, size);
        Timestamp = Larger(Timestamp, size);
        ReceivedAt = Larger(ReceivedAt, size);
    }

    private static T[] Larger<T>(T[] array, int size)
    {
        Array.Resize(ref array, size);
        return array;
    }
}

/// <summary>The values of one property and kind in a batch: sparse, by ascending row.</summary>
public sealed class PropertyColumn
{
    private int[] _rows = new int[64];
    private TextSlice[] _texts;
    private double[] _numbers;
    private bool[] _booleans;

    internal PropertyColumn(byte[] nameUtf8, PropertyKind kind)
    {
        NameUtf8 = nameUtf8;
        Kind = kind;
        Key = new PropertyColumnKey(System.Text.Encoding.UTF8.GetString(nameUtf8), kind);
        ColumnName = Key.ColumnName;
        _texts = kind is PropertyKind.Text or PropertyKind.Json ? new TextSlice[64] : [];
        _numbers = kind is PropertyKind.Number ? new double[64] : [];
        _booleans = kind is PropertyKind.Boolean ? new bool[64] : [];
    }

    public byte[] NameUtf8 { get; }

    public PropertyKind Kind { get; }

    public PropertyColumnKey Key { get; }

    public string ColumnName { get; }

    /// <summary>Values.</summary>
    public int Count { get; private set; }

    /// <summary>The row of each value, ascending, without repeats.</summary>
    public ReadOnlySpan<int> Rows => _rows.AsSpan(0, Count);

    /// <summary>For Text and Json.</summary>
    public ReadOnlySpan<TextSlice> Texts => _texts.AsSpan(0, Count);

    public ReadOnlySpan<double> Numbers => _numbers.AsSpan(0, Count);

    public ReadOnlySpan<bool> Booleans => _booleans.AsSpan(0, Count);

    internal int UnusedBatches { get; set; }

    /// <summary>A second value for the same row replaces the first, as with a repeated key in JSON.</summary>
    public void AddText(int row, TextSlice value)
    {
        // Next may replace the array, so it goes first.
        var at = Next(row);
        _texts[at] = value;
    }

    public void AddNumber(int row, double value)
    {
        // Next may replace the array, so it goes first.
        var at = Next(row);
        _numbers[at] = value;
    }

    public void AddBoolean(int row, bool value)
    {
        // Next may replace the array, so it goes first.
        var at = Next(row);
        _booleans[at] = value;
    }

    internal void Clear() => Count = 0;

    private int Next(int row)
    {
        if (Count > 0 && _rows[Count - 1] == row)
        {
            return Count - 1;
        }

        if (Count == _rows.Length)
        {
            var size = Count * 2;
            Array.Resize(ref _rows, size);
            if (_texts.Length > 0)
            {
                Array.Resize(ref _texts, size);
            }

            if (_numbers.Length > 0)
            {
                Array.Resize(ref _numbers, size);
            }

            if (_booleans.Length > 0)
            {
                Array.Resize(ref _booleans, size);
            }
        }

        _rows[Count] = row;
        return Count++;
    }
}

internal readonly record struct Utf8Key(byte[] Name, PropertyKind Kind);

internal readonly ref struct Utf8Probe(ReadOnlySpan<byte> name, PropertyKind kind)
{
    public ReadOnlySpan<byte> Name { get; } = name;

    public PropertyKind Kind { get; } = kind;
}

internal sealed class Utf8KeyComparer : IEqualityComparer<Utf8Key>, IAlternateEqualityComparer<Utf8Probe, Utf8Key>
{
    public static readonly Utf8KeyComparer Instance = new();

    public bool Equals(Utf8Key x, Utf8Key y) => x.Kind == y.Kind && x.Name.AsSpan().SequenceEqual(y.Name);

    public int GetHashCode(Utf8Key obj) => Hash(obj.Name, obj.Kind);

    public bool Equals(Utf8Probe alternate, Utf8Key other) =>
        alternate.Kind == other.Kind && alternate.Name.SequenceEqual(other.Name);

    public int GetHashCode(Utf8Probe alternate) => Hash(alternate.Name, alternate.Kind);

    public Utf8Key Create(Utf8Probe alternate) => new(alternate.Name.ToArray(), alternate.Kind);

    private static int Hash(ReadOnlySpan<byte> name, PropertyKind kind)
    {
        var hash = new HashCode();
        hash.AddBytes(name);
        hash.Add((byte)kind);
        return hash.ToHashCode();
    }
}
