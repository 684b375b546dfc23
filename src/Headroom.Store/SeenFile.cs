// A seen file holds the uuids of stored events, sorted, so that a retry is recognised exactly. Immutable.
// All integers little-endian.
//
//   0   byte[8]  "HRSEEN01"
//   8   int32    sections           one for each project, ascending
//   12  int32    bloom blocks       of 64 bytes, at least 1
//   16  int64    keys
//   24  int64    min received_at    unix microseconds
//   32  int64    max received_at
//   40  int64    min time of UUIDv7 keys, unix milliseconds; max < min when there are none
//   48  int64    max time of UUIDv7 keys
//   56  int64    0
//   64  sections × { int32 project, int32 0, int64 first key, int64 keys }, padded to a multiple of 64
//   …   bloom blocks
//   …   keys × { uint64 high, uint64 low }, within a section ascending as unsigned 128-bit numbers
//
// The filter is a split-block Bloom filter: a key sets one bit in each of the 8 words of one block.
// A UUIDv7 whose time is outside the file's range is not in it: retries come soon after, so most files are skipped.

using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Headroom.Core;

namespace Headroom.Store;

/// <summary>An event's identity, ordered by project, then as an unsigned 128-bit number.</summary>
internal readonly record struct SeenKey(int Project, ulong High, ulong Low) : IComparable<SeenKey>
{
    public static SeenKey From(ProjectId project, Guid uuid)
    {
        Span<byte> bytes = stackalloc byte[16];
        uuid.TryWriteBytes(bytes, bigEndian: true, out _);
        return new SeenKey(project.Value, BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));
    }

    /// <summary>The time of a UUIDv7 in unix milliseconds, or −1 for any other.</summary>
    public long Version7Milliseconds => ((High >> 12) & 0xF) == 7 ? (long)(High >> 16) : -1;

    /// <summary>SDKs choose uuids, so the bits are mixed before they choose a block.</summary>
    public ulong Hash
    {
        get
        {
            var h = (High * 0x9E3779B97F4A7C15UL) ^ BitOperations.RotateLeft(Low, 32) ^ ((ulong)(uint)Project * 0xC2B2AE3D27D4EB4FUL);
            h ^= h >> 32;
            h *= 0xD6E8FEB86659FD93UL;
            h ^= h >> 32;
            h *= 0xD6E8FEB86659FD93UL;
            return h ^ (h >> 32);
        }
    }

    public int CompareTo(SeenKey other)
    {
        var order = Project.CompareTo(other.Project);
        if (order != 0)
        {
            return order;
        }

        order = High.CompareTo(other.High);
        return order != 0 ? order : Low.CompareTo(other.Low);
    }
}

/// <summary>A seen file mapped into memory: its pages belong to the page cache, not to the heap.</summary>
internal sealed unsafe class SeenFile : IDisposable
{
    internal const int HeaderBytes = 64;
    internal const int SectionBytes = 24;
    internal const int BlockBytes = 64;

    /// <summary>Far more than a file has; their bytes are still a number.</summary>
    private const long MostKeys = 1L << 40;
    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _base;
    private readonly byte* _bloom;
    private readonly ulong* _keys;
    private readonly Section[] _sections;
    private readonly uint _blocks;

    private SeenFile(long id, int level, SharedFile file, MemoryMappedFile map, MemoryMappedViewAccessor view)
    {
        (Id, Level, File, _map, _view) = (id, level, file, map, view);
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref _base);
        var header = new ReadOnlySpan<byte>(_base, HeaderBytes);
        var sections = BinaryPrimitives.ReadInt32LittleEndian(header[8..]);
        _blocks = BinaryPrimitives.ReadUInt32LittleEndian(header[12..]);
        Keys = BinaryPrimitives.ReadInt64LittleEndian(header[16..]);
        MinReceived = BinaryPrimitives.ReadInt64LittleEndian(header[24..]);
        MaxReceived = BinaryPrimitives.ReadInt64LittleEndian(header[32..]);
        MinVersion7 = BinaryPrimitives.ReadInt64LittleEndian(header[40..]);
        MaxVersion7 = BinaryPrimitives.ReadInt64LittleEndian(header[48..]);
        if (header[..6].SequenceEqual("HRSEEN"u8) && header[6..8].SequenceCompareTo("01"u8) > 0)
        {
            throw new InvalidDataException(
                $"{file.Path} has format {System.Text.Encoding.ASCII.GetString(header[6..8])}; this version of Headroom reads up to 01. Start the newer version, or restore a backup made before the upgrade.");
        }

        var bytes = view.SafeMemoryMappedViewHandle.ByteLength;
        if (!header[..8].SequenceEqual("HRSEEN01"u8) || sections < 0 || _blocks == 0 || Keys < 0 || Keys > MostKeys || bytes < (ulong)FileBytes(sections, _blocks, Keys))
        {
            throw NotWhole(file);
        }

        _sections = MemoryMarshal.Cast<byte, Section>(new ReadOnlySpan<byte>(_base + HeaderBytes, sections * SectionBytes)).ToArray();
        foreach (ref readonly var section in _sections.AsSpan())
        {
            // What is read by these places is memory, and not an array that checks them.
            if (section.First < 0 || section.Count < 0 || section.First > Keys - section.Count)
            {
                throw NotWhole(file);
            }
        }

        _bloom = _base + BloomOffset(sections);
        _keys = (ulong*)(_bloom + ((long)_blocks * BlockBytes));
    }

    public long Id { get; }

    public int Level { get; }

    public SharedFile File { get; }

    public long Keys { get; }

    public long MinReceived { get; }

    public long MaxReceived { get; }

    public long MinVersion7 { get; }

    public long MaxVersion7 { get; }

    public ReadOnlySpan<Section> Sections => _sections;

    public static SeenFile Open(long id, int level, string path, StoreFiles? files = null)
    {
        var map = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        MemoryMappedViewAccessor? view = null;
        try
        {
            view = map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
            return new SeenFile(id, level, new SharedFile(path, files), map, view);
        }
        catch
        {
            // The first that the file does is to take the pointer; held, it keeps the view in memory for good.
            view?.SafeMemoryMappedViewHandle.ReleasePointer();
            view?.Dispose();
            map.Dispose();
            throw;
        }
    }

    public static uint BlocksFor(long keys) => (uint)Math.Max(1, Math.Min(uint.MaxValue, (keys * 12 / (BlockBytes * 8)) + 1));

    public static long BloomOffset(int sections) => (HeaderBytes + ((long)sections * SectionBytes) + 63) & ~63L;

    public static long FileBytes(int sections, uint blocks, long keys) =>
        BloomOffset(sections) + ((long)blocks * BlockBytes) + (keys * 16);

    public static void BloomAdd(byte* bloom, uint blocks, ulong hash)
    {
        var words = (ulong*)(bloom + ((long)Block(hash, blocks) * BlockBytes));
        for (var i = 0; i < 8; i++)
        {
            words[i] |= 1UL << Bit((uint)hash, i);
        }
    }

    /// <param name="hash">The key's <see cref="SeenKey.Hash"/>.</param>
    /// <param name="version7">The key's <see cref="SeenKey.Version7Milliseconds"/>.</param>
    public bool Contains(in SeenKey key, ulong hash, long version7)
    {
        if (version7 >= 0 && (version7 < MinVersion7 || version7 > MaxVersion7))
        {
            return false;
        }

        var words = (ulong*)(_bloom + ((long)Block(hash, _blocks) * BlockBytes));
        for (var i = 0; i < 8; i++)
        {
            if ((words[i] & (1UL << Bit((uint)hash, i))) == 0)
            {
                return false;
            }
        }

        return Search(key);
    }

    public (ulong High, ulong Low) Key(long index) => (_keys[index * 2], _keys[(index * 2) + 1]);

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map.Dispose();
    }

    private static InvalidDataException NotWhole(SharedFile file) => new($"{file.Path} is not a whole file of seen uuids. Restore it from a backup.");

    private static uint Block(ulong hash, uint blocks) => (uint)(((hash >> 32) * blocks) >> 32);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Bit(uint low, int word) => (int)((low * (0x47B6137BU + ((uint)word * 0x2DF1424AU))) >> 26);

    private bool Search(in SeenKey key)
    {
        foreach (ref readonly var section in _sections.AsSpan())
        {
            if (section.Project != key.Project)
            {
                continue;
            }

            var low = section.First;
            var high = section.First + section.Count - 1;
            while (low <= high)
            {
                var middle = low + ((high - low) / 2);
                var order = _keys[middle * 2].CompareTo(key.High);
                if (order == 0)
                {
                    order = _keys[(middle * 2) + 1].CompareTo(key.Low);
                }

                if (order == 0)
                {
                    return true;
                }

                if (order < 0)
                {
                    low = middle + 1;
                }
                else
                {
                    high = middle - 1;
                }
            }

            return false;
        }

        return false;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal readonly struct Section(int project, long first, long count)
    {
        public readonly int Project = project;
        public readonly int Reserved = 0;
        public readonly long First = first;
        public readonly long Count = count;
    }
}

/// <summary>Writes seen files. The file is allocated whole before it is mapped, so that a full disk is an error and not a signal.</summary>
internal static unsafe class SeenFileWriter
{
    /// <summary>From keys in ascending order without repeats.</summary>
    public static void Write(string path, ReadOnlySpan<SeenKey> keys, long minReceived, long maxReceived)
    {
        var sections = new List<SeenFile.Section>();
        var first = 0;
        for (var i = 1; i <= keys.Length; i++)
        {
            if (i == keys.Length || keys[i].Project != keys[first].Project)
            {
                sections.Add(new SeenFile.Section(keys[first].Project, first, i - first));
                first = i;
            }
        }

        var blocks = SeenFile.BlocksFor(keys.Length);
        var bytes = SeenFile.FileBytes(sections.Count, blocks, keys.Length);
        using var output = new Output(path, bytes, sections, blocks);
        foreach (ref readonly var key in keys)
        {
            output.Add(key);
        }

        output.Finish(sections, keys.Length, minReceived, maxReceived);
    }

    /// <summary>One file with the keys of several; keys of sections stay apart by project.</summary>
    public static void Merge(string path, IReadOnlyList<SeenFile> inputs, CancellationToken cancellationToken)
    {
        var counts = new SortedDictionary<int, long>();
        long upper = 0;
        var (minReceived, maxReceived) = (long.MaxValue, long.MinValue);
        foreach (var input in inputs)
        {
            upper += input.Keys;
            minReceived = Math.Min(minReceived, input.MinReceived);
            maxReceived = Math.Max(maxReceived, input.MaxReceived);
            foreach (ref readonly var section in input.Sections)
            {
                counts[section.Project] = counts.GetValueOrDefault(section.Project) + section.Count;
            }
        }

        // A key is in one file only, since a second arrival is a duplicate: the sums are exact.
        var sections = new List<SeenFile.Section>();
        long first = 0;
        foreach (var (project, count) in counts)
        {
            sections.Add(new SeenFile.Section(project, first, count));
            first += count;
        }

        var blocks = SeenFile.BlocksFor(upper);
        using var output = new Output(path, SeenFile.FileBytes(sections.Count, blocks, upper), sections, blocks);
        var positions = new (long Next, long End)[inputs.Count];
        foreach (var section in sections)
        {
            for (var i = 0; i < positions.Length; i++)
            {
                positions[i] = default;
                foreach (ref readonly var candidate in inputs[i].Sections)
                {
                    if (candidate.Project == section.Project)
                    {
                        positions[i] = (candidate.First, candidate.First + candidate.Count);
                    }
                }
            }

            MergeSection(output, section, inputs, positions, cancellationToken);
        }

        output.Finish(sections, upper, minReceived, maxReceived);
    }

    private static void MergeSection(
        Output output, SeenFile.Section section, IReadOnlyList<SeenFile> inputs, (long Next, long End)[] positions, CancellationToken cancellationToken)
    {
        for (long n = 0; n < section.Count; n++)
        {
            if ((n & 0xFFFF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            var best = -1;
            (ulong High, ulong Low) least = default;
            for (var i = 0; i < positions.Length; i++)
            {
                if (positions[i].Next == positions[i].End)
                {
                    continue;
                }

                var key = inputs[i].Key(positions[i].Next);
                if (best < 0 || key.CompareTo(least) < 0)
                {
                    (best, least) = (i, key);
                }
            }

            positions[best].Next++;
            output.Add(new SeenKey(section.Project, least.High, least.Low));
        }
    }

    private sealed class Output : IDisposable
    {
        private readonly FileStream _stream;
        private readonly MemoryMappedFile _map;
        private readonly MemoryMappedViewAccessor _view;
        private readonly byte* _base;
        private readonly byte* _bloom;
        private readonly uint _blocks;
        private ulong* _next;
        private long _minVersion7 = long.MaxValue;
        private long _maxVersion7 = long.MinValue;

        public Output(string path, long bytes, List<SeenFile.Section> sections, uint blocks)
        {
            _stream = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.ReadWrite,
                BufferSize = 0,
                PreallocationSize = bytes,
            });
            _stream.SetLength(bytes);
            _map = MemoryMappedFile.CreateFromFile(_stream, null, bytes, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
            _view = _map.CreateViewAccessor(0, bytes);
            _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _base);
            _blocks = blocks;
            _bloom = _base + SeenFile.BloomOffset(sections.Count);
            _next = (ulong*)(_bloom + ((long)blocks * SeenFile.BlockBytes));
        }

        public void Add(in SeenKey key)
        {
            _next[0] = key.High;
            _next[1] = key.Low;
            _next += 2;
            SeenFile.BloomAdd(_bloom, _blocks, key.Hash);
            var time = key.Version7Milliseconds;
            if (time >= 0)
            {
                _minVersion7 = Math.Min(_minVersion7, time);
                _maxVersion7 = Math.Max(_maxVersion7, time);
            }
        }

        public void Finish(List<SeenFile.Section> sections, long keys, long minReceived, long maxReceived)
        {
            var header = new Span<byte>(_base, SeenFile.HeaderBytes);
            "HRSEEN01"u8.CopyTo(header);
            BinaryPrimitives.WriteInt32LittleEndian(header[8..], sections.Count);
            BinaryPrimitives.WriteUInt32LittleEndian(header[12..], _blocks);
            BinaryPrimitives.WriteInt64LittleEndian(header[16..], keys);
            BinaryPrimitives.WriteInt64LittleEndian(header[24..], minReceived);
            BinaryPrimitives.WriteInt64LittleEndian(header[32..], maxReceived);
            BinaryPrimitives.WriteInt64LittleEndian(header[40..], _minVersion7);
            BinaryPrimitives.WriteInt64LittleEndian(header[48..], _maxVersion7);
            var table = new Span<byte>(_base + SeenFile.HeaderBytes, sections.Count * SeenFile.SectionBytes);
            MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(sections)).CopyTo(table);
        }

        public void Dispose()
        {
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
            _map.Dispose();
            _stream.Dispose();
        }
    }
}

/// <summary>The uuids of the batch in progress: an open-addressing set whose memory is kept between batches.</summary>
internal sealed class SeenBatch
{
    private int[] _slots = new int[4096];
    private SeenKey[] _keys = new SeenKey[2048];

    public int Count { get; private set; }

    public long MinReceived { get; private set; } = long.MaxValue;

    public long MaxReceived { get; private set; } = long.MinValue;

    public bool Contains(in SeenKey key, ulong hash)
    {
        var mask = (uint)_slots.Length - 1;
        for (var at = (uint)hash & mask; ; at = (at + 1) & mask)
        {
            var slot = _slots[at];
            if (slot == 0)
            {
                return false;
            }

            if (_keys[slot - 1] == key)
            {
                return true;
            }
        }
    }

    /// <summary>A key that is not there yet.</summary>
    public void Add(in SeenKey key, ulong hash, long receivedAt)
    {
        if (Count == _keys.Length)
        {
            Grow();
        }

        _keys[Count++] = key;
        Place(hash, Count);
        MinReceived = Math.Min(MinReceived, receivedAt);
        MaxReceived = Math.Max(MaxReceived, receivedAt);
    }

    /// <summary>The keys in ascending order, in a buffer that is valid until the next call.</summary>
    public ReadOnlySpan<SeenKey> Sorted(ref SeenKey[] buffer)
    {
        if (buffer.Length < Count)
        {
            buffer = new SeenKey[_keys.Length];
        }

        _keys.AsSpan(0, Count).CopyTo(buffer);
        buffer.AsSpan(0, Count).Sort();
        return buffer.AsSpan(0, Count);
    }

    public void Clear()
    {
        Array.Clear(_slots);
        Count = 0;
        (MinReceived, MaxReceived) = (long.MaxValue, long.MinValue);
    }

    private void Grow()
    {
        Array.Resize(ref _keys, _keys.Length * 2);
        _slots = new int[_slots.Length * 2];
        for (var i = 0; i < Count; i++)
        {
            Place(_keys[i].Hash, i + 1);
        }
    }

    private void Place(ulong hash, int value)
    {
        var mask = (uint)_slots.Length - 1;
        var at = (uint)hash & mask;
        while (_slots[at] != 0)
        {
            at = (at + 1) & mask;
        }

        _slots[at] = value;
    }
}
