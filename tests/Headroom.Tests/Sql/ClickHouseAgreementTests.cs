using System.Text;
using Headroom.Core;
using Headroom.Tests.Support;
using Xunit;

namespace Headroom.Tests.Sql;

[Collection(ClickHouseProcess.Collection)]
public sealed class TrendsOverClickHouseTests : TrendsAgreement
{
    public TrendsOverClickHouseTests() => ClickHouseProcess.Require();

    protected override long Cases => ClickHouseProcess.Cases(20);

    protected override IEventReader Store(
        IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges, IReadOnlySet<string> overflow, IReadOnlyList<TestPerson> persons) =>
        new ClickHouseEvents(events, merges, overflow, persons);
}

[Collection(ClickHouseProcess.Collection)]
public sealed class FunnelsOverClickHouseTests : FunnelAgreement
{
    public FunnelsOverClickHouseTests() => ClickHouseProcess.Require();

    protected override long Cases => ClickHouseProcess.Cases(20);

    protected override IEventReader Store(IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges, IReadOnlyList<TestPerson> persons) =>
        new ClickHouseEvents(events, merges, null, persons);
}

[Collection(ClickHouseProcess.Collection)]
public sealed class RetentionOverClickHouseTests : RetentionAgreement
{
    public RetentionOverClickHouseTests() => ClickHouseProcess.Require();

    protected override long Cases => ClickHouseProcess.Cases(20);

    private protected override IEventReader Store(ActivityCase c) => new ClickHouseEvents(c.Events, c.Merges, null, c.Persons);
}

[Collection(ClickHouseProcess.Collection)]
public sealed class LifecycleOverClickHouseTests : LifecycleAgreement
{
    public LifecycleOverClickHouseTests() => ClickHouseProcess.Require();

    protected override long Cases => ClickHouseProcess.Cases(20);

    private protected override IEventReader Store(ActivityCase c) => new ClickHouseEvents(c.Events, c.Merges, null, c.Persons);
}

[Collection(ClickHouseProcess.Collection)]
public sealed class StickinessOverClickHouseTests : StickinessAgreement
{
    public StickinessOverClickHouseTests() => ClickHouseProcess.Require();

    protected override long Cases => ClickHouseProcess.Cases(20);

    private protected override IEventReader Store(ActivityCase c) => new ClickHouseEvents(c.Events, c.Merges, null, c.Persons);
}

[Collection(ClickHouseProcess.Collection)]
public sealed class SessionsOverClickHouseTests : SessionsAgreement
{
    public SessionsOverClickHouseTests() => ClickHouseProcess.Require();

    protected override long Cases => ClickHouseProcess.Cases(6);

    /// <summary>Its place in the order of texts.</summary>
    protected override IComparable Rank(string text) => Convert.ToHexString(Encoding.UTF8.GetBytes(text));

    protected override ITestEvents Store(
        IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges, IReadOnlySet<string> overflow, IReadOnlyList<TestPerson> persons) =>
        new ClickHouseEvents(events, merges, overflow, persons);
}

[Collection(ClickHouseProcess.Collection)]
public sealed class PathsOverClickHouseTests : PathsAgreement
{
    public PathsOverClickHouseTests() => ClickHouseProcess.Require();

    protected override long Cases => ClickHouseProcess.Cases(10);

    private protected override ITestEvents Store(IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges, IReadOnlyList<TestPerson> persons) =>
        new ClickHouseEvents(events, merges, null, persons);
}

[Collection(ClickHouseProcess.Collection)]
public sealed class PersonsBehindOverClickHouseTests : PersonsBehindAgreement
{
    public PersonsBehindOverClickHouseTests() => ClickHouseProcess.Require();

    protected override long Cases => ClickHouseProcess.Cases(10);

    private protected override ITestEvents Store(IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges) => new ClickHouseEvents(events, merges);
}

[Collection(ClickHouseProcess.Collection)]
public sealed class CohortsOverClickHouseTests : CohortAgreement
{
    public CohortsOverClickHouseTests() => ClickHouseProcess.Require();

    protected override long Cases => ClickHouseProcess.Cases(20);

    private protected override ITestEvents Store(IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges, IReadOnlyList<TestPerson> persons) =>
        new ClickHouseEvents(events, merges, null, persons);
}
