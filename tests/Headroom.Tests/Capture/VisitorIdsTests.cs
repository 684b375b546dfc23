using System.Text;
using CsCheck;
using Headroom.App.Capture;
using Headroom.App.Shared;
using Headroom.Core;
using Xunit;

namespace Headroom.Tests.Capture;

public sealed class VisitorIdsTests
{
    private const long Day = 86_400L * 1_000_000;
    private static readonly long Now = UnixMicros.From(CaptureHost.Now);
    private static readonly DaySalts Salts = MemoryProjects.SaltsOf(CaptureHost.Now);

    private static readonly Gen<Visitor> Visitors = Gen.Select(
        Gen.Int[1, 3], Gen.OneOfConst(0L, 1L, Day, 2 * Day, 9 * Day), Gen.OneOfConst("", "1", "12", "203.0.113.9"), Gen.OneOfConst("", "2", "23", "Mozilla/5.0"),
        Gen.OneOfConst("", "3", "example.com"), Gen.OneOfConst("", "3", "x"),
        (project, before, ip, agent, site, extra) => new Visitor(project, Now - before, ip, agent, site, extra));

    [Fact]
    public void Two_visitors_have_one_id_only_where_they_are_the_same_on_the_same_day() =>
        Gen.Select(Visitors, Visitors).Sample((a, b) =>
            Assert.Equal(a with { Timestamp = a.Timestamp / Day } == b with { Timestamp = b.Timestamp / Day }, IdOf(a).Id == IdOf(b).Id));

    [Fact]
    public void One_after_another_they_have_the_ids_that_each_has_alone() =>
        Visitors.Array[1, 8].Sample(visitors =>
        {
            Span<byte> buffer = stackalloc byte[VisitorIds.BufferBytes];
            var ids = new VisitorIds(new ProjectId(1), Salts, buffer);
            foreach (var visitor in visitors)
            {
                Find(ref ids, visitor);
                Assert.Equal(IdOf(visitor with { Project = 1 }), (Encoding.ASCII.GetString(ids.Id), Encoding.ASCII.GetString(ids.PreviousId)));
            }
        });

    [Fact]
    public void Today_s_visitor_is_found_again_from_the_day_before_and_no_earlier_one_is()
    {
        var visitor = new Visitor(1, Now, "203.0.113.9", "Mozilla/5.0", "example.com", "");
        Assert.Equal(IdOf(visitor with { Timestamp = Now - Day }).Id, IdOf(visitor).Previous);
        Assert.Empty(IdOf(visitor with { Timestamp = Now - Day }).Previous);
        Assert.Empty(IdOf(visitor with { Timestamp = Now - (2 * Day) }).Previous);
    }

    [Fact]
    public void An_id_is_the_same_on_whichever_of_its_two_days_it_is_made()
    {
        var visitor = new Visitor(1, Now, "203.0.113.9", "Mozilla/5.0", "example.com", "");
        Assert.Equal(IdOf(visitor), IdOf(visitor));
        Assert.Equal(IdOf(visitor).Id, IdOf(visitor, MemoryProjects.SaltsOf(CaptureHost.Now.AddDays(1))).Id);
        Assert.NotEqual(IdOf(visitor).Id, IdOf(visitor, MemoryProjects.SaltsOf(CaptureHost.Now.AddDays(2))).Id);
    }

    [Fact]
    public void What_is_ahead_of_the_clock_is_of_today()
    {
        var visitor = new Visitor(1, Now, "203.0.113.9", "Mozilla/5.0", "Example.com", "");
        Assert.Equal(IdOf(visitor), IdOf(visitor with { Timestamp = Now + Day, Site = "eXample.COM" }));
    }

    [Fact]
    public void What_is_too_long_counts_by_its_beginning()
    {
        var visitor = new Visitor(1, Now, new string('1', 64), new string('a', 1000), new string('b', 256), new string('c', 100));
        var longer = new Visitor(1, Now, visitor.Ip + "2", visitor.UserAgent + "2", visitor.Site + "2", visitor.Extra + "2");
        Assert.Equal(IdOf(visitor), IdOf(longer));
    }

    [Fact]
    public void Days_begin_at_midnight_before_1970_too()
    {
        Assert.Equal([-2, -1, -1, 0, 0, 1], new[] { -Day - 1, -Day, -1, 0, Day - 1, Day }.Select(DaySalts.DayOf));
    }

    private static (string Id, string Previous) IdOf(Visitor visitor, DaySalts? salts = null)
    {
        Span<byte> buffer = stackalloc byte[VisitorIds.BufferBytes];
        var ids = new VisitorIds(new ProjectId(visitor.Project), salts ?? Salts, buffer);
        Find(ref ids, visitor);
        return (Encoding.ASCII.GetString(ids.Id), Encoding.ASCII.GetString(ids.PreviousId));
    }

    private static void Find(ref VisitorIds ids, Visitor visitor) => ids.Find(
        visitor.Timestamp, Encoding.UTF8.GetBytes(visitor.Ip), Encoding.UTF8.GetBytes(visitor.UserAgent), Encoding.UTF8.GetBytes(visitor.Site), Encoding.UTF8.GetBytes(visitor.Extra));

    private sealed record Visitor(int Project, long Timestamp, string Ip, string UserAgent, string Site, string Extra);
}
