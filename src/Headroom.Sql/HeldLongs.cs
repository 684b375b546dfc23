using Headroom.Core;

namespace Headroom.Sql;

/// <summary>Numbers in memory that is counted for the query. One thread's.</summary>
internal sealed unsafe class HeldLongs(HeldMemory memory)
{
    private const int Few = 16;
    private MemoryPage? _page;
    private int _capacity;

    public int Count { get; private set; }

    /// <summary>Valid until the next one is added.</summary>
    public Span<long> Numbers => _page is null ? [] : new Span<long>((void*)_page.Address, Count);

    public void Add(long number)
    {
        if (Count == _capacity)
        {
            Grow(Math.Max(Few, 2L * Count));
        }

        ((long*)_page!.Address)[Count++] = number;
    }

    /// <summary>Takes the numbers of another one, which has none afterwards.</summary>
    public void TakeAll(HeldLongs other)
    {
        if (other.Count > _capacity - Count)
        {
            Grow((long)Count + other.Count);
        }

        var numbers = other.Numbers;
        Count += numbers.Length;
        numbers.CopyTo(Numbers[^numbers.Length..]);
        other.Clear();
    }

    private void Clear()
    {
        if (_page is not null)
        {
            memory.Return(_page);
        }

        (_page, _capacity, Count) = (null, 0, 0);
    }

    private void Grow(long capacity)
    {
        var page = memory.Rent(capacity * sizeof(long));
        Numbers.CopyTo(new Span<long>((void*)page.Address, Count));
        if (_page is not null)
        {
            memory.Return(_page);
        }

        (_page, _capacity) = (page, checked((int)capacity));
    }
}
