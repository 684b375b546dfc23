using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Headroom.Core;

namespace Headroom.Sql;

/// <summary>How often persons went from one item to another, and how long that took them together.</summary>
/// <param name="Step">Which step of a way the second one is, from 1.</param>
[StructLayout(LayoutKind.Sequential)]
internal record struct PathEdgeCount(int Step, int From, int To, long Count, long Micros);

/// <summary>Edges of ways, counted, in memory that is counted for the query. One thread's.</summary>
internal sealed unsafe class PathEdges(HeldMemory memory)
{
    private const int FewSlots = 1_024;
    private MemoryPage? _page;
    private PathEdgeCount* _slots;
    private int _bits;

    /// <summary>Different ones.</summary>
    public int Count { get; private set; }

    /// <summary>All places, those with step 0 empty.</summary>
    public ReadOnlySpan<PathEdgeCount> Slots => new(_slots, _page is null ? 0 : 1 << _bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(int step, int from, int to, long count, long micros)
    {
        // At most half full.
        if (2 * Count >= Slots.Length)
        {
            Grow();
        }

        var mask = (1 << _bits) - 1;
        for (var place = Place(step, from, to, _bits); ; place = (place + 1) & mask)
        {
            ref var slot = ref _slots[place];
            if (slot.Step == 0)
            {
                slot = new PathEdgeCount(step, from, to, count, micros);
                Count++;
                return;
            }

            if (slot.To == to && slot.From == from && slot.Step == step)
            {
                slot.Count += count;
                slot.Micros += micros;
                return;
            }
        }
    }

    /// <summary>Takes the edges of another one, which has none afterwards.</summary>
    public void TakeAll(PathEdges other)
    {
        // They come in the order of this table's places: without room for all of them from the start they would crowd at its beginning.
        while (2 * (Count + other.Count) > Slots.Length)
        {
            Grow();
        }

        foreach (ref readonly var edge in other.Slots)
        {
            if (edge.Step != 0)
            {
                Add(edge.Step, edge.From, edge.To, edge.Count, edge.Micros);
            }
        }

        other.Clear();
    }

    /// <summary>The largest of the counts but so many; 0 where there are no more than that.</summary>
    public long LeastOf(int most)
    {
        if (Count <= most)
        {
            return 0;
        }

        var page = memory.Rent((long)Count * sizeof(long));
        var counts = new Span<long>((void*)page.Address, Count);
        var n = 0;
        foreach (ref readonly var edge in Slots)
        {
            if (edge.Step != 0)
            {
                counts[n++] = edge.Count;
            }
        }

        counts.Sort();
        var least = counts[^(most + 1)];
        memory.Return(page);
        return least;
    }

    private static int Place(int step, int from, int to, int bits)
    {
        var hash = (((ulong)(uint)from << 32) | (uint)to) * 0x9E37_79B9_7F4A_7C15;
        hash = (hash ^ (hash >> 32) ^ (uint)step) * 0xD6E8_FEB8_6659_FD93;
        return (int)(hash >> (64 - bits));
    }

    private void Clear()
    {
        if (_page is not null)
        {
            memory.Return(_page);
        }

        _slots = null;
        (_page, _bits, Count) = (null, 0, 0);
    }

    private void Grow()
    {
        var old = _page;
        var edges = Slots;
        _bits = old is null ? BitOperations.Log2(FewSlots) : _bits + 1;
        var bytes = (long)sizeof(PathEdgeCount) << _bits;
        _page = memory.Rent(bytes);
        _slots = (PathEdgeCount*)_page.Address;
        NativeMemory.Clear(_slots, (nuint)bytes);
        Count = 0;
        foreach (ref readonly var edge in edges)
        {
            if (edge.Step != 0)
            {
                Add(edge.Step, edge.From, edge.To, edge.Count, edge.Micros);
            }
        }

        if (old is not null)
        {
            memory.Return(old);
        }
    }
}
