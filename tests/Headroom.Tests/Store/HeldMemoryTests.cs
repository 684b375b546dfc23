using CsCheck;
using Headroom.Core;
using Xunit;

namespace Headroom.Tests.Store;

public sealed class HeldMemoryTests
{
    /// <summary>Each page holds its own number, which nobody else's page may overwrite.</summary>
    [Fact]
    public void Pages_are_nobody_elses_and_what_is_counted_is_what_is_out() =>
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 2], Gen.Int[0, 1_000]).Array[1, 300].Sample(
            actions =>
            {
                using var pool = new PagePool(2 * 1_024 * 1_024);
                var held = Enumerable.Range(0, 3).Select(_ => new HeldMemory(pool, null)).ToArray();
                var pages = held.Select(_ => new List<(MemoryPage Page, long Number)>()).ToArray();
                var next = 0L;
                foreach (var (kind, who, which) in actions)
                {
                    if (kind == 0 && pages[who].Count > 0)
                    {
                        var place = which % pages[who].Count;
                        held[who].Return(pages[who][place].Page);
                        pages[who].RemoveAt(place);
                    }
                    else if (kind == 1 && which < 30)
                    {
                        held[who].Dispose();
                        pages[who].Clear();
                        held[who] = new HeldMemory(pool, null);
                    }
                    else
                    {
                        var page = held[who].Rent(kind == 3 && which % 8 == 0 ? 8 * (1 + which) : PagePool.PageBytes);
                        Write(page, ++next);
                        pages[who].Add((page, next));
                    }

                    Assert.Equal(pages.Sum(p => p.Sum(q => q.Page.Bytes)), pool.RentedBytes);
                    Assert.All(held.Index(), h => Assert.Equal(pages[h.Index].Sum(q => q.Page.Bytes), h.Item.Bytes));
                    Assert.True(pool.KeptBytes <= 2 * 1_024 * 1_024);
                }

                Assert.All(pages.SelectMany(p => p), p => Assert.Equal((p.Number, p.Number), Read(p.Page)));
                foreach (var one in held)
                {
                    one.Dispose();
                }

                Assert.Equal(0, pool.RentedBytes);
            },
            iter: 100);

    [Fact]
    public void What_nobody_asks_for_is_given_back_to_the_system()
    {
        using var pool = new PagePool(8 * 1_024 * 1_024);
        var held = new HeldMemory(pool, null);
        for (var i = 0; i < 40; i++)
        {
            held.Rent();
        }

        held.Dispose();
        Assert.Equal(3 * 1_024 * 1_024, pool.KeptBytes);
        pool.TrimWhenIdle();
        Assert.NotEqual(0, pool.KeptBytes);
        pool.TrimWhenIdle();
        Assert.Equal(0, pool.KeptBytes);
    }

    [Fact]
    public void Past_the_budget_nothing_is_given_and_the_rest_stays_usable()
    {
        using var pool = new PagePool(0);
        var budget = new Budget(10 * PagePool.PageBytes);
        using var held = new HeldMemory(pool, budget);
        var pages = Enumerable.Range(0, 10).Select(_ => held.Rent()).ToList();
        Assert.Throws<QueryRefusedException>(() => held.Rent());
        Assert.Throws<QueryRefusedException>(() => held.Count(1));
        Assert.Equal(10 * PagePool.PageBytes, pool.RentedBytes);
        held.Return(pages[3]);
        held.Rent();
        held.Dispose();
        Assert.Equal((0, 0), (pool.RentedBytes, budget.Granted));
        Assert.Throws<ObjectDisposedException>(() => held.Rent());
    }

    private static unsafe void Write(MemoryPage page, long number) =>
        (*(long*)page.Address, *(long*)(page.Address + (nint)page.Bytes - sizeof(long))) = (number, number);

    private static unsafe (long First, long Last) Read(MemoryPage page) =>
        (*(long*)page.Address, *(long*)(page.Address + (nint)page.Bytes - sizeof(long)));

    private sealed class Budget(long most) : IMemoryBudget
    {
        public long Granted { get; private set; }

        public long Grow(long bytes) => bytes > most ? throw new QueryRefusedException(QueryBound.Memory, "Too much.") : Granted = bytes;

        public void Settle(long bytes) => Granted = bytes;
    }
}
