using CsCheck;
using Headroom.Sql;
using Xunit;

namespace Headroom.Tests.Sql;

public sealed class PersonSetTests
{
    private static readonly Gen<uint[]> AnyKeys =
        from most in Gen.OneOfConst(10u, 300u, 20_000u, (uint)PersonSet.MaxKey)
        from keys in Gen.UInt[1, most].Array[0, most < 20_000 ? 400 : 3_000]
        select keys;

    [Fact]
    public void Each_person_is_in_a_set_and_in_a_union_of_sets_once() => AnyKeys.Array[1, 4].Sample(groups =>
    {
        var union = new PersonSet();
        foreach (var keys in groups)
        {
            // Dense keys become bits before the highest one comes, rare ones after.
            var set = new PersonSet();
            foreach (var key in keys.Where(k => k < 1_000_000))
            {
                set.Add(key);
                union.Add(key);
            }

            Assert.Equal(keys.Where(k => k < 1_000_000).Distinct().Count(), set.Count);
            var rest = new PersonSet();
            foreach (var key in keys)
            {
                rest.Add(key);
            }

            Assert.Equal(keys.Distinct().Count(), rest.Count);
            var together = new PersonSet();
            foreach (var some in keys.Select(static k => (long)k).Prepend(0).Chunk(100))
            {
                Assert.True(together.AddAll(some));
            }

            Assert.Equal(rest.Count, together.Count);
            set.UnionWith(rest);
            Assert.Equal(keys.Distinct().Count(), set.Count);
            union.UnionWith(set);
        }

        Assert.Equal(groups.SelectMany(k => k).Distinct().Count(), union.Count);
    }, iter: 30);
}
