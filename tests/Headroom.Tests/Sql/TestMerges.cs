using CsCheck;

namespace Headroom.Tests.Sql;

/// <summary>Random merges of persons 1 to 6 as a store keeps them: each key that was merged away once, with the one that it counts for in the end.</summary>
internal static class TestMerges
{
    /// <summary>Often none or one; else of several, in any direction, also of those into whom others were merged before.</summary>
    public static readonly Gen<(long From, long To)[]> Any =
        Gen.Select(Gen.Long[1, 6], Gen.Long[1, 6]).Array[0, 5].Select(static pairs =>
        {
            var now = Enumerable.Range(1, 6).ToDictionary(static key => (long)key, static key => (long)key);
            foreach (var (from, to) in pairs)
            {
                var (gone, stays) = (now[from], now[to]);
                foreach (var key in now.Keys.Where(k => now[k] == gone).ToList())
                {
                    now[key] = stays;
                }
            }

            return now.Where(static p => p.Key != p.Value).Select(static p => (p.Key, p.Value)).ToArray();
        });

    /// <summary>The same in the order in which they may have come: of those who count for one, each was merged into the next.</summary>
    public static IReadOnlyList<(long From, long To)> Chained(IReadOnlyList<(long From, long To)> merges) =>
        [.. merges.GroupBy(static m => m.To).SelectMany(static g => g.Select((m, i) => (m.From, g.Skip(i + 1).Select(static next => next.From).Append(g.Key).First())))];

    /// <summary>Those who are somebody after the merges.</summary>
    public static TestPerson[] Known(IEnumerable<TestPerson> persons, IReadOnlyList<(long From, long To)> merges) =>
        [.. persons.Where(p => !merges.Any(m => m.From == p.Key))];
}
