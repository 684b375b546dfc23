using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using System.Numerics;
using System.Runtime.InteropServices;
using Headroom.Core;

namespace Headroom.Store;

/// <summary>
/// One column of a segment of which few rows have a value. Takes values in any order of rows, and makes pages of them at the cost of the values and of a bit for each row.
/// Buffers are kept between columns. Not safe for concurrent use.
/// </summary>
internal sealed class SparseColumn
{
    private const int LengthBytes = sizeof(int);
    private const int FewSlots = 256;

    private readonly ArrayBufferWriter<byte> _page = new(64 * 1024);
    private PropertyKind _kind;
    private int _count;
    private int[] _rows = new int[1_024];
    private long[] _values = new long[1_024];
    private long[] _ordered = new long[1_024];
    private ulong[] _marks = [];
    private int[] _before = [];
    private int[] _numbers = new int[1_024];

    private byte[] _texts = new byte[16 * 1_024];
    private int[] _ends = new int[FewSlots + 1];
    private int[] _hashes = new int[FewSlots];
    private int[] _inPage = new int[FewSlots];
    private int[] _slots = new int[FewSlots];
    private int _slotCount;
    private int _entries;

    /// <summary>Values.</summary>
    public int Count => _count;

    /// <param name="rows">Of the segment.</param>
    public void Begin(PropertyKind kind, int rows)
    {
        (_kind, _count, _entries, _slotCount) = (kind, 0, 0, FewSlots);
        _slots.AsSpan(0, _slotCount).Clear();
        var words = (rows + 63) >> 6;
        if (_marks.Length < words)
        {
            (_marks, _before) = (new ulong[words], new int[words + 1]);
        }

        _marks.AsSpan(0, words).Clear();
    }

    /// <summary>The number of a text among those of the column.</summary>
    public int Entry(ReadOnlySpan<byte> text)
    {
        var hash = (int)XxHash3.HashToUInt64(text);
        var slot = hash & (_slotCount - 1);
        for (; _slots[slot] is var taken && taken > 0; slot = (slot + 1) & (_slotCount - 1))
        {
            if (_hashes[taken - 1] == hash && Plain(taken - 1)[LengthBytes..].SequenceEqual(text))
            {
                return taken - 1;
            }
        }

        var entry = _entries++;
        if (entry == _hashes.Length)
        {
            Array.Resize(ref _hashes, entry * 2);
            Array.Resize(ref _inPage, entry * 2);
            Array.Resize(ref _ends, (entry * 2) + 1);
        }

        var start = _ends[entry];
        var end = checked(start + LengthBytes + text.Length);
        if (end > _texts.Length)
        {
            Array.Resize(ref _texts, Math.Max(end, checked(_texts.Length * 2)));
        }

        BinaryPrimitives.WriteInt32LittleEndian(_texts.AsSpan(start), text.Length);
        text.CopyTo(_texts.AsSpan(start + LengthBytes));
        (_ends[entry + 1], _hashes[entry], _slots[slot]) = (end, hash, entry + 1);
        if (_entries * 2 > _slotCount)
        {
            GrowSlots();
        }

        return entry;
    }

    public void Add(int row, double value) => Add(row, BitConverter.DoubleToInt64Bits(value));

    public void Add(int row, bool value) => Add(row, value ? 1L : 0);

    /// <param name="row">Each once.</param>
    /// <param name="value">As <see cref="SparsePages.Values"/> has it; of a text its <see cref="Entry"/>.</param>
    public void Add(int row, long value)
    {
        if (_count == _rows.Length)
        {
            Array.Resize(ref _rows, _count * 2);
            Array.Resize(ref _values, _count * 2);
            _ordered = new long[_count * 2];
            _numbers = new int[_count * 2];
        }

        _marks[row >> 6] |= 1UL << row;
        (_rows[_count], _values[_count]) = (row, value);
        _count++;
    }

    /// <summary>All values are there: puts them into the order of rows.</summary>
    public void End(int rows)
    {
        var words = (rows + 63) >> 6;
        var before = 0;
        for (var word = 0; word < words; word++)
        {
            _before[word] = before;
            before += BitOperations.PopCount(_marks[word]);
        }

        _before[words] = before;
        for (var i = 0; i < _count; i++)
        {
            var row = _rows[i];
            var place = _before[row >> 6] + BitOperations.PopCount(_marks[row >> 6] & ((1UL << row) - 1));
            _ordered[place] = _values[i];
        }
    }

    /// <summary>Writes the pages of some rows.</summary>
    /// <param name="from">A multiple of 64.</param>
    /// <param name="start">Where they will be in the file.</param>
    public NewChunk Write(ArrayBufferWriter<byte> to, int from, int rows, long start)
    {
        var words = (rows + 63) >> 6;
        var values = _ordered.AsSpan(_before[from >> 6].._before[(from >> 6) + words]);
        var begin = to.WrittenCount;
        var entries = _kind is PropertyKind.Number or PropertyKind.Boolean ? 0 : Number(values);
        var hasDictionary = entries > 0 && entries * 2 <= values.Length;
        var dictionaryBytes = 0;
        if (hasDictionary)
        {
            _page.ResetWrittenCount();
            for (var (i, next) = (0, 0); next < entries; i++)
            {
                if (_numbers[i] == next)
                {
                    _page.Write(Plain((int)values[i]));
                    next++;
                }
            }

            WritePage(to, isDictionary: true, entries, PageHeader.Plain);
            dictionaryBytes = to.WrittenCount - begin;
        }

        _page.ResetWrittenCount();
        var page = new CompactWriter(_page);
        page.Int32LittleEndian(0);
        PageRuns.WriteLevels(page, MemoryMarshal.AsBytes(_marks.AsSpan(from >> 6, words))[..((rows + 7) / 8)], rows);
        MemoryMarshal.TryGetArray(_page.WrittenMemory, out var written);
        BinaryPrimitives.WriteInt32LittleEndian(written.AsSpan(), _page.WrittenCount - LengthBytes);
        if (hasDictionary)
        {
            var bits = Math.Max(1, BitOperations.Log2((uint)Math.Max(1, entries - 1)) + 1);
            page.Byte((byte)bits);
            PageRuns.WriteNumbers(_page, bits, _numbers.AsSpan(0, values.Length));
        }
        else
        {
            WritePlain(values);
        }

        WritePage(to, isDictionary: false, rows, hasDictionary ? PageHeader.DictionaryNumbers : PageHeader.Plain);
        return new NewChunk(rows, start, dictionaryBytes, to.WrittenCount - begin);
    }

    private void WritePlain(ReadOnlySpan<long> values)
    {
        switch (_kind)
        {
            case PropertyKind.Number:
                _page.Write(MemoryMarshal.AsBytes(values));
                break;
            case PropertyKind.Boolean:
                var bytes = (values.Length + 7) / 8;
                var into = _page.GetSpan(bytes)[..bytes];
                into.Clear();
                for (var i = 0; i < values.Length; i++)
                {
                    into[i >> 3] |= (byte)(values[i] << (i & 7));
                }

                _page.Advance(bytes);
                break;
            default:
                foreach (var entry in values)
                {
                    _page.Write(Plain((int)entry));
                }

                break;
        }
    }

    private void WritePage(ArrayBufferWriter<byte> to, bool isDictionary, int values, int encoding)
    {
        PageHeader.Write(to, isDictionary, _page.WrittenCount, values, encoding);
        to.Write(_page.WrittenSpan);
    }

    /// <summary>Numbers the texts of some values in the order in which they come. Returns how many there are.</summary>
    private int Number(ReadOnlySpan<long> values)
    {
        _inPage.AsSpan(0, _entries).Clear();
        var entries = 0;
        for (var i = 0; i < values.Length; i++)
        {
            ref var number = ref _inPage[values[i]];
            if (number == 0)
            {
                number = ++entries;
            }

            _numbers[i] = number - 1;
        }

        return entries;
    }

    /// <summary>A text as a page without a dictionary has it, and a dictionary.</summary>
    private ReadOnlySpan<byte> Plain(int entry) => _texts.AsSpan(_ends[entry].._ends[entry + 1]);

    private void GrowSlots()
    {
        _slotCount *= 2;
        if (_slots.Length < _slotCount)
        {
            _slots = new int[_slotCount];
        }

        _slots.AsSpan(0, _slotCount).Clear();
        for (var entry = 0; entry < _entries; entry++)
        {
            var slot = _hashes[entry] & (_slotCount - 1);
            while (_slots[slot] > 0)
            {
                slot = (slot + 1) & (_slotCount - 1);
            }

            _slots[slot] = entry + 1;
        }
    }
}
