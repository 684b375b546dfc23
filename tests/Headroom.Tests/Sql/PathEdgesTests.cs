using CsCheck;
using Headroom.Core;
using Headroom.Sql;
using Xunit;

namespace Headroom.Tests.Sql;

public sealed class PathEdgesTests
{
    [Fact]
    public void Edges_are_counted_as_a_dictionary_counts_them() =>
        Gen.Select(Gen.Select(Gen.Int[1, 19], Gen.Int[-2, 60], Gen.Int[-2, 60], Gen.Long[0, 1_000]).Array[0, 20_000], Gen.Int[1, 4], Gen.Int[1, 500]).Sample(
            (edges, parts, most) =>
            {
                using var pool = new PagePool(0);
                using var memory = new HeldMemory(pool, null);
                var sum = new PathEdges(memory);
                foreach (var part in edges.Chunk((edges.Length / parts) + 1))
                {
                    var mine = new PathEdges(memory);
                    foreach (var (step, from, to, micros) in part)
                    {
                        mine.Add(step, from, to, 1, micros);
                    }

                    sum.TakeAll(mine);
                    Assert.Equal(0, mine.Count);
                }

                var expected = edges.GroupBy(e => (e.Item1, e.Item2, e.Item3)).Select(g => new PathEdgeCount(g.Key.Item1, g.Key.Item2, g.Key.Item3, g.Count(), g.Sum(e => e.Item4))).ToList();
                Assert.Equal(expected.ToHashSet(), sum.Slots.ToArray().Where(e => e.Step != 0).ToHashSet());
                Assert.Equal(expected.Count, sum.Count);
                Assert.Equal(expected.Count > most ? expected.Select(e => e.Count).OrderDescending().ElementAt(most) : 0, sum.LeastOf(most));
            },
            iter: 30);

    [Fact]
    public void Numbers_stay_in_their_order_however_many_and_leave_nothing_behind() =>
        Gen.Long.Array[0, 3_000].Array[1, 4].Sample(
            lists =>
            {
                using var pool = new PagePool(0);
                var memory = new HeldMemory(pool, null);
                var sum = new HeldLongs(memory);
                foreach (var list in lists)
                {
                    var mine = new HeldLongs(memory);
                    foreach (var number in list)
                    {
                        mine.Add(number);
                    }

                    Assert.Equal(list, mine.Numbers.ToArray());
                    sum.TakeAll(mine);
                    Assert.Equal(0, mine.Count);
                }

                Assert.Equal(lists.SelectMany(l => l), sum.Numbers.ToArray());
                memory.Dispose();
                Assert.Equal(0, pool.RentedBytes);
            },
            iter: 100);
}
