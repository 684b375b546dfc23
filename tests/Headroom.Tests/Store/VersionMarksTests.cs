using CsCheck;
using Headroom.Store.Postgres;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headroom.Tests.Store;

public sealed class VersionMarksTests
{
    [Fact]
    public void A_version_was_the_newest_until_the_last_moment_at_which_no_later_one_was_seen()
    {
        var asks = Gen.Select(Gen.Int[0, 400], Gen.Int[0, 2]).Array[1, 40];
        Gen.Select(asks, Gen.Int[0, 45]).Sample((steps, version) =>
        {
            var time = new FakeTimeProvider();
            var marks = new VersionMarks(time, TimeSpan.FromSeconds(2));
            var seen = new List<(long At, long Version)>();
            var now = 0L;
            foreach (var (wait, commits) in steps)
            {
                time.Advance(TimeSpan.FromMilliseconds(wait));
                now += commits;
                marks.Add(time.GetTimestamp(), now);
                seen.Add((time.GetTimestamp(), now));
            }

            var expected = seen.Where(s => s.Version <= version).Select(static s => (long?)s.At).LastOrDefault();
            var kept = expected is { } at && time.GetElapsedTime(at) <= TimeSpan.FromSeconds(2);
            Assert.Equal(kept ? expected : null, marks.AsOf(version));
        });
    }
}
