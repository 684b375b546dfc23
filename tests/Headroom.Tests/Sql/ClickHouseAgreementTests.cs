using Headroom.Core;
using Headroom.Tests.Support;
using Xunit;

namespace Headroom.Tests.Sql;

[Collection(ClickHouseProcess.Collection)]
public sealed class TrendsOverClickHouseTests : TrendsAgreement
{
    protected override long Cases => 20;

    protected override IEventReader Store(
        IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges, IReadOnlySet<string> overflow, IReadOnlyList<TestPerson> persons) =>
        new ClickHouseEvents(events, merges, overflow, persons);
}

[Collection(ClickHouseProcess.Collection)]
public sealed class FunnelsOverClickHouseTests : FunnelAgreement
{
    protected override long Cases => 20;

    protected override IEventReader Store(IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges, IReadOnlyList<TestPerson> persons) =>
        new ClickHouseEvents(events, merges, null, persons);
}

[Collection(ClickHouseProcess.Collection)]
public sealed class RetentionOverClickHouseTests : RetentionAgreement
{
    protected override long Cases => 20;

    private protected override IEventReader Store(ActivityCase c) => new ClickHouseEvents(c.Events, c.Merges, null, c.Persons);
}

[Collection(ClickHouseProcess.Collection)]
public sealed class LifecycleOverClickHouseTests : LifecycleAgreement
{
    protected override long Cases => 20;

    private protected override IEventReader Store(ActivityCase c) => new ClickHouseEvents(c.Events, c.Merges, null, c.Persons);
}

[Collection(ClickHouseProcess.Collection)]
public sealed class StickinessOverClickHouseTests : StickinessAgreement
{
    protected override long Cases => 20;

    private protected override IEventReader Store(ActivityCase c) => new ClickHouseEvents(c.Events, c.Merges, null, c.Persons);
}

[Collection(ClickHouseProcess.Collection)]
public sealed class SessionsOverClickHouseTests : SessionsAgreement
{
    protected override long Cases => 6;

    protected override IEventReader Store(IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges, IReadOnlySet<string> overflow) =>
        new ClickHouseEvents(events, merges, overflow);
}

[Collection(ClickHouseProcess.Collection)]
public sealed class PathsOverClickHouseTests : PathsAgreement
{
    protected override long Cases => 10;

    private protected override ITestEvents Store(IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges, IReadOnlyList<TestPerson> persons) =>
        new ClickHouseEvents(events, merges, null, persons);
}

[Collection(ClickHouseProcess.Collection)]
public sealed class PersonsBehindOverClickHouseTests : PersonsBehindAgreement
{
    protected override long Cases => 10;

    private protected override ITestEvents Store(IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges) => new ClickHouseEvents(events, merges);
}

[Collection(ClickHouseProcess.Collection)]
public sealed class CohortsOverClickHouseTests : CohortAgreement
{
    protected override long Cases => 20;

    private protected override ITestEvents Store(IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges, IReadOnlyList<TestPerson> persons) =>
        new ClickHouseEvents(events, merges, null, persons);
}
