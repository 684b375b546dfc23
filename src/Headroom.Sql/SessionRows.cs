using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Headroom.Core;
using Headroom.Core.Queries;

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
/// <param name="scan">Puts the sessions together, where the statement gives their events; null where it gives sessions.</param>
internal sealed class SessionRows(int texts, SessionScan? scan = null) : IHoldingSink, IDisposable
{
    private const int FirstText = 7;

    /// <summary>In place of the code of a person that no row is of.</summary>
    private const int NotMet = -2;

    /// <summary>Of a session besides its row: its cell, its place and its line, when an answer is made.</summary>
    private const int BytesToOrder = 16;
    private const int BytesOfPerson = 40;

    /// <summary>Up to this key, 1 MiB of indexes, however few rows there are.</summary>
    private const long FewKeys = 262_144;

    /// <summary>Kept for it at first: sessions are fewer than the events that are read.</summary>
    private const long FewBytes = 4L * 1_024 * 1_024;
    private readonly List<SessionRow> _rows = [];
    private readonly Dictionary<long, int> _persons = [];
    private readonly List<long> _keys = [];
    private readonly List<int>[] _codes = [.. Enumerable.Range(0, texts).Select(_ => new List<int>())];
    private readonly TextCodes? _known = scan is null && texts > 0 ? new TextCodes() : null;

    /// <summary>For columns that are of persons the code of each person.</summary>
    private readonly int[]?[] _ofPersons = new int[]?[texts];
    private HeldMemory? _memory;
    private long _besides;
    private bool _arranged;

    /// <summary>Persons are told by their keys: the highest + 1; 0 where they are numbered as they come.</summary>
    private int _keysEnd;

    public ReadOnlySpan<SessionRow> Rows => CollectionsMarshal.AsSpan(_rows);

    /// <summary>Where the statement's rows go.</summary>
    public IColumnSink Sink => scan is null ? this : scan;

    /// <summary>By code, the texts of all columns, and others that no row has. Only where there is a column of texts.</summary>
    public TextCodes Texts => scan?.Texts ?? _known!;

    TextCodes? IColumnSink.Texts => _known;

    /// <summary>Different persons met, or more than that: each has an index below it.</summary>
    public int Persons => Math.Max(_keysEnd, _keys.Count);

    /// <summary>What a row costs until it is disposed.</summary>
    public int BytesOfRow => Unsafe.SizeOf<SessionRow>() + BytesToOrder + (sizeof(int) * texts);

    /// <summary>Call after the last batch and before reading.</summary>
    public void Arrange(SessionTime time, CancellationToken cancellationToken)
    {
        if (!_arranged)
        {
            scan?.MoveTo(this, time.From, time.To, cancellationToken);
            _arranged = true;
        }
    }

    /// <summary>Before rows are put, by several threads at once.</summary>
    /// <param name="highestKey">Of their persons.</param>
    public void Begin(int count, long highestKey)
    {
        // Keys are dense, so that mostly an index for each is no more than a table of those that are met.
        if (highestKey <= FewKeys + (8L * count))
        {
            _keysEnd = (int)highestKey + 1;
            scan!.Memory.Count((long)sizeof(int) * _keysEnd);
        }

        CollectionsMarshal.SetCount(_rows, count);
        foreach (var codes in _codes)
        {
            CollectionsMarshal.SetCount(codes, count);
        }
    }

    public void Put(int row, SessionRow session) => CollectionsMarshal.AsSpan(_rows)[row] = session;

    /// <param name="code">As the scan has it; −1 for none.</param>
    public void Put(int row, int text, int code) => CollectionsMarshal.AsSpan(_codes[text])[row] = code;

    /// <summary>The index of a person.</summary>
    public int Person(long key)
    {
        if (_keysEnd > 0)
        {
            return (int)key;
        }

        lock (_persons)
        {
            var capacity = _keys.Capacity;
            var index = Index(key);
            if (_keys.Capacity > capacity)
            {
                scan!.Memory.Count(BytesOfPerson * (long)(_keys.Capacity - capacity));
            }

            return index;
        }
    }

    /// <summary>Says that some columns are of persons, who are told by <see cref="PutOfPerson"/>. Rows are arranged before.</summary>
    public void BeginPersons(IReadOnlyList<int> columns)
    {
        foreach (var column in columns)
        {
            scan!.Memory.Count((long)sizeof(int) * Persons);
            var codes = _ofPersons[column] = new int[Persons];
            Array.Fill(codes, NotMet);
            foreach (ref readonly var row in Rows)
            {
                if (row.Person >= 0)
                {
                    codes[row.Person] = -1;
                }
            }
        }
    }

    /// <summary>A text that a person has, whether or not any row is of it.</summary>
    public void PutOfPerson(long key, int column, ReadOnlySpan<byte> utf8)
    {
        var person = _keysEnd > 0 ? (int)Math.Min(key, _keysEnd) : _persons.GetValueOrDefault(key, -1);
        var codes = _ofPersons[column]!;
        if ((uint)person < (uint)codes.Length && codes[person] != NotMet)
        {
            codes[person] = scan!.Texts.Of(utf8);
        }
    }

    /// <summary>After some were put.</summary>
    public void CountTexts() => scan!.CountTexts();

    /// <summary>The keys of the persons of some of the rows, ascending.</summary>
    public IReadOnlyList<long> Keys(Func<int, bool> ofRow)
    {
        var met = new bool[Persons];
        for (var i = 0; i < _rows.Count; i++)
        {
            if (_rows[i].Person is >= 0 and var person && !met[person] && ofRow(i))
            {
                met[person] = true;
            }
        }

        return [.. Enumerable.Range(0, met.Length).Where(person => met[person]).Select(person => _keysEnd > 0 ? person : _keys[person]).Order()];
    }

    /// <summary>Of each row; −1 for none.</summary>
    public ReadOnlySpan<int> Codes(int text)
    {
        var codes = CollectionsMarshal.AsSpan(_codes[text]);
        if (_ofPersons[text] is { } ofPersons)
        {
            for (var i = 0; i < codes.Length; i++)
            {
                codes[i] = _rows[i].Person is >= 0 and var person ? ofPersons[person] : -1;
            }

            _ofPersons[text] = null;
        }

        return codes;
    }

    public long BytesFor(long rows) => Math.Min(FewBytes, rows * BytesOfRow);

    public void Hold(HeldMemory memory)
    {
        _memory?.Dispose();
        _memory = memory;
    }

    /// <summary>Gives back what it held; it is not read afterwards.</summary>
    public void Dispose()
    {
        _memory?.Dispose();
        scan?.Dispose();
    }

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
                person = Index(persons[i]);
            }

            _rows.Add(new SessionRow(person, starts[i], ends[i] - starts[i], (int)views[i], (int)acts[i], (int)matched[i], entered[i] != 0));
        }

        for (var t = 0; t < texts; t++)
        {
            var codes = _codes[t];
            MakeRoom(codes, batch.Count, sizeof(int));
            CollectionsMarshal.SetCount(codes, codes.Count + batch.Count);
            batch.Number(FirstText + t, _known!, CollectionsMarshal.AsSpan(codes)[^batch.Count..]);
        }

        var besides = (BytesOfPerson * (long)_keys.Capacity) + (_known?.Bytes ?? 0);
        if (besides != _besides)
        {
            _memory?.Count(besides - _besides);
            _besides = besides;
        }
    }

    private int Index(long key)
    {
        ref var index = ref CollectionsMarshal.GetValueRefOrAddDefault(_persons, key, out var known);
        if (!known)
        {
            index = _keys.Count;
            _keys.Add(key);
        }

        return index;
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
}
