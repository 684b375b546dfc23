using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Headroom.Core;

namespace Headroom.Sql;

/// <param name="Person">Index among the persons; −1 for nobody.</param>
/// <param name="At">First event, unix microseconds.</param>
/// <param name="Length">To the last event, microseconds.</param>
/// <param name="Entered">Whether its bounce counts.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct SessionRow(int Person, long At, long Length, int Views, int Acts, int Matched, bool Entered);

/// <summary>
/// Sessions out of a scan of <see cref="SessionsSql"/>, with their texts as codes. Costs about 40 bytes for each session, 16 while they are put
/// in order, and 4 for each of their texts, counted as what the query holds; the statement's row limit is a bound, too.
/// </summary>
internal sealed class SessionRows(int texts) : IHoldingSink, IDisposable
{
    private const int FirstText = 7;

    /// <summary>Of a session besides its row: its cell, its place and its line, when an answer is made.</summary>
    private const int BytesToOrder = 16;
    private const int BytesOfPerson = 40;

    /// <summary>About, without its characters, of which its code has as many.</summary>
    private const int BytesOfText = 64;

    /// <summary>Kept for it at first: sessions are fewer than the events that are read.</summary>
    private const long FewBytes = 4L * 1_024 * 1_024;
    private readonly List<SessionRow> _rows = [];
    private readonly Dictionary<long, int> _persons = [];
    private readonly List<long> _keys = [];
    private readonly List<int>[] _codes = [.. Enumerable.Range(0, texts).Select(_ => new List<int>())];
    private readonly TextCodes? _known = texts == 0 ? null : new TextCodes();

    /// <summary>For each column, the code + 1 of each text of all columns; 0 for those that it has not.</summary>
    private readonly List<int>[] _own = [.. Enumerable.Range(0, texts).Select(_ => new List<int>())];
    private int[] _numbers = [];
    private readonly List<string>[] _texts = [.. Enumerable.Range(0, texts).Select(_ => new List<string>())];
    private HeldMemory? _memory;
    private long _besides;

    public ReadOnlySpan<SessionRow> Rows => CollectionsMarshal.AsSpan(_rows);

    TextCodes? IColumnSink.Texts => _known;

    /// <summary>Different persons met.</summary>
    public int Persons => _keys.Count;

    /// <summary>The keys of the persons of some of the rows, ascending.</summary>
    public IReadOnlyList<long> Keys(Func<int, bool> ofRow)
    {
        var met = new bool[_keys.Count];
        for (var i = 0; i < _rows.Count; i++)
        {
            if (_rows[i].Person is >= 0 and var person && !met[person] && ofRow(i))
            {
                met[person] = true;
            }
        }

        return [.. _keys.Where((_, person) => met[person]).Order()];
    }

    /// <summary>Of each row; −1 for none.</summary>
    public ReadOnlySpan<int> Codes(int text) => CollectionsMarshal.AsSpan(_codes[text]);

    /// <summary>The texts met, by code.</summary>
    public IReadOnlyList<string> Texts(int text) => _texts[text];

    public long BytesFor(long rows) => Math.Min(FewBytes, rows * (Unsafe.SizeOf<SessionRow>() + BytesToOrder + (sizeof(int) * texts)));

    public void Hold(HeldMemory memory)
    {
        _memory?.Dispose();
        _memory = memory;
    }

    /// <summary>Gives back what it held; it is not read afterwards.</summary>
    public void Dispose() => _memory?.Dispose();

    public void Take(ColumnBatch batch)
    {
        MakeRoom(_rows, batch.Count, Unsafe.SizeOf<SessionRow>() + BytesToOrder);
        var persons = batch.Longs(0);
        var starts = batch.Longs(1);
        var ends = batch.Longs(2);
        var views = batch.Longs(3);
        var acts = batch.Longs(4);
        var matched = batch.Longs(5);
        var entered = batch.Longs(6);
        for (var i = 0; i < batch.Count; i++)
        {
            var person = -1;
            if (!batch.IsNull(0, i))
            {
                ref var index = ref CollectionsMarshal.GetValueRefOrAddDefault(_persons, persons[i], out var known);
                if (!known)
                {
                    index = _keys.Count;
                    _keys.Add(persons[i]);
                }

                person = index;
            }

            _rows.Add(new SessionRow(person, starts[i], ends[i] - starts[i], (int)views[i], (int)acts[i], (int)matched[i], entered[i] != 0));
        }

        for (var t = 0; t < texts; t++)
        {
            MakeRoom(_codes[t], batch.Count, sizeof(int));
            Add(batch, t);
        }

        var besides = (BytesOfPerson * (long)_keys.Capacity) + (_known?.Bytes ?? 0);
        for (var t = 0; t < texts; t++)
        {
            // A text that was met is there as a string, too.
            besides += (sizeof(int) * (long)_own[t].Capacity) + (BytesOfText * (long)_texts[t].Count);
        }

        if (besides != _besides)
        {
            _memory?.Count(besides - _besides);
            _besides = besides;
        }
    }

    /// <summary>Counts what a list will take before it takes it.</summary>
    private void MakeRoom<T>(List<T> list, int more, int bytes)
    {
        if (list.Count + more > list.Capacity)
        {
            var capacity = Math.Max(list.Count + more, 2 * list.Capacity);
            _memory?.Count(bytes * (long)(capacity - list.Capacity));
            list.Capacity = capacity;
        }
    }

    private void Add(ColumnBatch batch, int text)
    {
        var (codes, own, all) = (_codes[text], _own[text], _texts[text]);
        if (_numbers.Length < batch.Count)
        {
            _numbers = new int[batch.Count];
        }

        var numbers = _numbers.AsSpan(0, batch.Count);
        batch.Number(FirstText + text, _known!, numbers);
        foreach (var number in numbers)
        {
            if (number < 0)
            {
                codes.Add(-1);
                continue;
            }

            if (number >= own.Count)
            {
                CollectionsMarshal.SetCount(own, Math.Max(number + 1, 2 * own.Count));
            }

            if (own[number] == 0)
            {
                all.Add(_known!.Text(number));
                own[number] = all.Count;
            }

            codes.Add(own[number] - 1);
        }
    }
}

/// <summary>Sessions put into cells (a bucket, a row of a list, both), in the order of the cells.</summary>
internal sealed class SessionCells
{
    private readonly int[] _order;
    private readonly int[] _ends;

    /// <param name="cells">The cell of each session; −1 for those in none.</param>
    public SessionCells(ReadOnlySpan<int> cells, int count)
    {
        _ends = new int[count];
        foreach (var cell in cells)
        {
            if (cell >= 0)
            {
                _ends[cell]++;
            }
        }

        var end = 0;
        var fill = new int[count];
        for (var i = 0; i < count; i++)
        {
            fill[i] = end;
            _ends[i] = end += _ends[i];
        }

        _order = new int[end];
        for (var i = 0; i < cells.Length; i++)
        {
            if (cells[i] >= 0)
            {
                _order[fill[cells[i]]++] = i;
            }
        }
    }

    public int Count => _ends.Length;

    /// <summary>The sessions of a cell, in the order of the scan.</summary>
    public ReadOnlySpan<int> Of(int cell)
    {
        var from = cell == 0 ? 0 : _ends[cell - 1];
        return _order.AsSpan(from, _ends[cell] - from);
    }
}
