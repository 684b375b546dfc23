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
using Microsoft.Win32.SafeHandles;

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
    internal const int KeyBytes = 16;

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
        BloomOffset(sections) + ((long)blocks * BlockBytes) + (keys * KeyBytes);

    /// <summary>The block of the filter that a key is in.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Block(ulong hash, uint blocks) => (uint)(((hash >> 32) * blocks) >> 32);

    /// <param name="block">Of the key, <see cref="BlockBytes"/> long.</param>
    public static void BloomAdd(byte* block, ulong hash)
    {
        var words = (ulong*)block;
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

/// <summary>
/// Writes seen files. Keys are written in order, and the filter, which is written at random places, is made in memory: as a mapped file it would be
/// thrown out and read again all the time where a container has little memory for files.
/// </summary>
internal static unsafe class SeenFileWriter
{
    /// <summary>Blocks of the filter that are made at a time, 16 MiB: what a large merge takes of memory, and less than caches miss of it.</summary>
    private const uint PartBlocks = (16 << 20) / SeenFile.BlockBytes;

    /// <summary>From keys in ascending order without repeats.</summary>
    public static void Write(string path, ReadOnlySpan<SeenKey> keys, long minReceived, long maxReceived, uint partBlocks = PartBlocks)
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

        using var output = new Output(path, sections, keys.Length, partBlocks);
        foreach (ref readonly var key in keys)
        {
            output.Add(key);
        }

        while (output.NextPart())
        {
            foreach (ref readonly var key in keys)
            {
                output.Filter(key);
            }
        }

        output.Finish(minReceived, maxReceived);
    }

    /// <summary>
    /// One file with the keys of several; keys of sections stay apart by project. It is written as what is returned is gone through, and whole at its end; the
    /// inputs must stay open until then.
    /// </summary>
    /// <param name="sliceKeys">Keys that are gone through at a time; each key is once for itself, and once for each part of the filter but the first.</param>
    /// <returns>After each slice but the last, its keys.</returns>
    public static IEnumerable<long> Merge(string path, IReadOnlyList<SeenFile> inputs, long sliceKeys = long.MaxValue, uint partBlocks = PartBlocks)
    {
        var counts = new SortedDictionary<int, long>();
        long keys = 0;
        var (minReceived, maxReceived) = (long.MaxValue, long.MinValue);
        foreach (var input in inputs)
        {
            keys += input.Keys;
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

        using var output = new Output(path, sections, keys, partBlocks);
        var left = sliceKeys;
        var positions = new (long Next, long End)[inputs.Count];
        foreach (var section in sections)
        {
            FindSection(section.Project, inputs, positions);
            for (long done = 0; done < section.Count;)
            {
                if (left == 0)
                {
                    yield return left = sliceKeys;
                }

                var slice = Math.Min(left, section.Count - done);
                MergeSection(output, section.Project, slice, inputs, positions);
                done += slice;
                left -= slice;
            }
        }

        while (output.NextPart())
        {
            foreach (var input in inputs)
            {
                for (var s = 0; s < input.Sections.Length; s++)
                {
                    var section = input.Sections[s];
                    for (long done = 0; done < section.Count;)
                    {
                        if (left == 0)
                        {
                            yield return left = sliceKeys;
                        }

                        var slice = Math.Min(left, section.Count - done);
                        Filter(output, input, section.Project, section.First + done, slice);
                        done += slice;
                        left -= slice;
                    }
                }
            }
        }

        output.Finish(minReceived, maxReceived);
    }

    /// <summary>Where the keys of a project are in each input.</summary>
    private static void FindSection(int project, IReadOnlyList<SeenFile> inputs, (long Next, long End)[] positions)
    {
        for (var i = 0; i < positions.Length; i++)
        {
            positions[i] = default;
            foreach (ref readonly var candidate in inputs[i].Sections)
            {
                if (candidate.Project == project)
                {
                    positions[i] = (candidate.First, candidate.First + candidate.Count);
                }
            }
        }
    }

    private static void MergeSection(Output output, int project, long keys, IReadOnlyList<SeenFile> inputs, (long Next, long End)[] positions)
    {
        for (long n = 0; n < keys; n++)
        {
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
            output.Add(new SeenKey(project, least.High, least.Low));
        }
    }

    private static void Filter(Output output, SeenFile input, int project, long first, long keys)
    {
        for (var n = first; n < first + keys; n++)
        {
            var (high, low) = input.Key(n);
            output.Filter(new SeenKey(project, high, low));
        }
    }

    /// <summary>A file that is written: every key once by <see cref="Add"/>, and for each further part of the filter once more by <see cref="Filter"/>.</summary>
    private sealed class Output : IDisposable
    {
        private const int BufferKeys = (1 << 20) / SeenFile.KeyBytes;

        /// <summary>
        /// Bytes after which the disk has them. A container's memory full of pages that wait to be written stops everything in it that asks for memory.
        /// </summary>
        private const long FlushBytes = 32 << 20;

        private readonly SafeFileHandle _file;
        private readonly List<SeenFile.Section> _sections;
        private readonly long _keys;
        private readonly long _filterOffset;
        private readonly uint _blocks;
        private readonly uint _partBlocks;
        private readonly byte* _part;
        private readonly ulong* _buffer;
        private readonly int _bufferKeys;
        private uint _firstBlock;
        private int _buffered;
        private long _keysOffset;
        private long _flushed;
        private long _minVersion7 = long.MaxValue;
        private long _maxVersion7 = long.MinValue;

        public Output(string path, List<SeenFile.Section> sections, long keys, uint partBlocks)
        {
            (_sections, _keys) = (sections, keys);
            _blocks = SeenFile.BlocksFor(keys);
            _partBlocks = Math.Min(_blocks, partBlocks);
            _filterOffset = SeenFile.BloomOffset(sections.Count);
            _keysOffset = _filterOffset + ((long)_blocks * SeenFile.BlockBytes);
            _flushed = _keysOffset;
            _file = File.OpenHandle(
                path, FileMode.Create, FileAccess.Write, FileShare.Read, FileOptions.None, preallocationSize: SeenFile.FileBytes(sections.Count, _blocks, keys));
            _part = (byte*)NativeMemory.AllocZeroed(_partBlocks, SeenFile.BlockBytes);
            _bufferKeys = (int)Math.Clamp(keys, 1, BufferKeys);
            _buffer = (ulong*)NativeMemory.Alloc((nuint)_bufferKeys, SeenFile.KeyBytes);
        }

        /// <summary>The next key in order, also into the first part of the filter.</summary>
        public void Add(in SeenKey key)
        {
            if (_buffered == _bufferKeys)
            {
                WriteKeys();
            }

            _buffer[_buffered * 2] = key.High;
            _buffer[(_buffered * 2) + 1] = key.Low;
            _buffered++;
            Filter(key);
            var time = key.Version7Milliseconds;
            if (time >= 0)
            {
                _minVersion7 = Math.Min(_minVersion7, time);
                _maxVersion7 = Math.Max(_maxVersion7, time);
            }
        }

        /// <summary>A key, in any order, into the part of the filter that is being made.</summary>
        public void Filter(in SeenKey key)
        {
            var hash = key.Hash;
            var block = SeenFile.Block(hash, _blocks) - _firstBlock;
            if (block < _partBlocks)
            {
                SeenFile.BloomAdd(_part + ((long)block * SeenFile.BlockBytes), hash);
            }
        }

        /// <summary>Writes the part of the filter that was made and begins the next; false after the last.</summary>
        public bool NextPart()
        {
            var blocks = Math.Min(_partBlocks, _blocks - _firstBlock);
            var part = new Span<byte>(_part, (int)blocks * SeenFile.BlockBytes);
            RandomAccess.Write(_file, part, _filterOffset + ((long)_firstBlock * SeenFile.BlockBytes));
            part.Clear();
            _firstBlock += blocks;
            return _firstBlock < _blocks;
        }

        /// <summary>Once every part of the filter is written.</summary>
        public void Finish(long minReceived, long maxReceived)
        {
            WriteKeys();
            var head = new byte[_filterOffset];
            "HRSEEN01"u8.CopyTo(head);
            BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(8), _sections.Count);
            BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(12), _blocks);
            BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(16), _keys);
            BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(24), minReceived);
            BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(32), maxReceived);
            BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(40), _minVersion7);
            BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(48), _maxVersion7);
            MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_sections)).CopyTo(head.AsSpan(SeenFile.HeaderBytes));
            RandomAccess.Write(_file, head, 0);
        }

        public void Dispose()
        {
            NativeMemory.Free(_part);
            NativeMemory.Free(_buffer);
            _file.Dispose();
        }

        private void WriteKeys()
        {
            var bytes = new ReadOnlySpan<byte>(_buffer, _buffered * SeenFile.KeyBytes);
            RandomAccess.Write(_file, bytes, _keysOffset);
            _keysOffset += bytes.Length;
            _buffered = 0;
            if (_keysOffset - _flushed >= FlushBytes)
            {
                RandomAccess.FlushToDisk(_file);
                _flushed = _keysOffset;
            }
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
