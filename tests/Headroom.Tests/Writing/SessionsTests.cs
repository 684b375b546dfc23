using Xunit;

namespace Headroom.Tests.Writing;

public sealed class SessionsTests
{
    [Theory]
    [InlineData(30 * 60, true)]
    [InlineData((30 * 60) + 1, false)]
    public void Thirty_idle_minutes_still_join(int seconds, bool same)
    {
        var bench = new WriterBench();
        var first = bench.WriteOne(new Sent("a", "u"));
        var second = bench.WriteOne(new Sent("b", "u").At(TimeSpan.FromSeconds(seconds)));
        Assert.Equal(same, first.SessionId == second.SessionId);
    }

    [Theory]
    [InlineData(12)]
    [InlineData(11)]
    public void A_session_crosses_midnight_in_any_zone(int hoursAfterNoon)
    {
        // Midnight in UTC, and in Berlin.
        var bench = new WriterBench();
        var before = bench.WriteOne(new Sent("a", "u").At(TimeSpan.FromHours(hoursAfterNoon) - TimeSpan.FromMinutes(1)));
        var after = bench.WriteOne(new Sent("b", "u").At(TimeSpan.FromHours(hoursAfterNoon) + TimeSpan.FromMinutes(1)));
        Assert.Equal(before.SessionId, after.SessionId);
    }

    [Fact]
    public void A_session_lasts_a_day_at_most()
    {
        var bench = new WriterBench();
        var rows = bench.Write(Enumerable.Range(0, 100).Select(i => new Sent("a", "u").At(TimeSpan.FromMinutes(20 * i))));
        Assert.Equal(2, rows.Select(r => r.SessionId).Distinct().Count());
        Assert.Equal(73, rows.Count(r => r.SessionId == rows[0].SessionId));
    }

    [Fact]
    public void A_late_event_joins_the_session_that_covers_it()
    {
        var bench = new WriterBench();
        var rows = bench.Write(
            new Sent("a", "u"), new Sent("b", "u").At(TimeSpan.FromMinutes(20)), new Sent("c", "u").At(TimeSpan.FromHours(3)),
            new Sent("late", "u").At(TimeSpan.FromMinutes(10)), new Sent("later", "u").At(TimeSpan.FromMinutes(-29)));
        Assert.Equal(rows[0].SessionId, rows[3].SessionId);
        Assert.Equal(rows[0].SessionId, rows[4].SessionId);
        Assert.NotEqual(rows[0].SessionId, rows[2].SessionId);
    }

    [Fact]
    public void The_sdk_s_session_is_taken_as_it_is()
    {
        var row = new WriterBench().WriteOne(new Sent("a", "u") { Properties = """{"$session_id":"s-1"}""" });
        Assert.Equal("s-1", row.SessionId);
        Assert.Null(row["t:$session_id"]);
    }

    [Fact]
    public void Visitors_do_not_share_sessions_and_neither_do_projects()
    {
        var bench = new WriterBench();
        var rows = bench.WriteRecords(
            WriterBench.Record(1, 0, "", "", new Sent("a", "u"), new Sent("a", "v")), WriterBench.Record(2, 0, "", "", new Sent("a", "u")));
        Assert.Equal(3, rows.Select(r => r.SessionId).Distinct().Count());
    }

    [Fact]
    public async Task A_session_goes_on_after_a_restart()
    {
        var bench = new WriterBench();
        var before = bench.WriteOne(new Sent("a", "u"));
        var again = new WriterBench(bench.Store);
        await bench.Store.ReadOpenSessionsAsync(0, again.Builder, TestContext.Current.CancellationToken);
        Assert.Equal(before.SessionId, again.WriteOne(new Sent("b", "u").At(TimeSpan.FromMinutes(29))).SessionId);
    }

    [Fact]
    public async Task A_restart_does_not_take_the_sdk_s_session_for_its_own()
    {
        var bench = new WriterBench();
        bench.Write(new Sent("a", "u") { Properties = """{"$session_id":"0193a000-0000-7000-8000-000000000000"}""" });
        var again = new WriterBench(bench.Store);
        await bench.Store.ReadOpenSessionsAsync(0, again.Builder, TestContext.Current.CancellationToken);
        Assert.NotEqual("0193a000-0000-7000-8000-000000000000", again.WriteOne(new Sent("b", "u")).SessionId);
    }

    [Fact]
    public void The_id_is_a_version_7_uuid_of_the_first_event()
    {
        var id = Guid.Parse(new WriterBench().WriteOne(new Sent("a", "u")).SessionId!);
        Assert.Equal(7, id.Version);
        Assert.Equal(Convert.ToHexStringLower(BitConverter.GetBytes(Sent.Noon / 1000).Reverse().ToArray())[4..], id.ToString("N")[..12]);
    }

    [Fact]
    public void A_cookieless_visit_crosses_midnight_under_yesterday_s_id()
    {
        var bench = new WriterBench();
        var first = bench.WriteOne(new Sent("$pageview", "old"));
        var second = bench.WriteOne(new Sent("$pageview", "new") { PreviousDistinctId = "old" }.At(TimeSpan.FromMinutes(20)));
        Assert.Equal(("old", first.SessionId, first.PersonKey), (second.DistinctId, second.SessionId, second.PersonKey));
        var nextDay = bench.WriteOne(new Sent("$pageview", "new") { PreviousDistinctId = "old" }.At(TimeSpan.FromHours(2)));
        Assert.Equal("new", nextDay.DistinctId);
        Assert.NotEqual(first.SessionId, nextDay.SessionId);
    }
}
