using Headroom.Core;
using Headroom.Tests.Sql;
using Headroom.Tests.Support;

namespace Headroom.Tests.Store;

/// <summary>The real store after a person and old events were removed from it: it answers as though they had never been there.</summary>
public sealed class TrendsAfterRemovalTests : TrendsAgreement
{
    protected override long Cases => ChosenStore.Cases(12);

    protected override IEventReader Store(
        IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges, IReadOnlySet<string> overflow, IReadOnlyList<TestPerson> persons) =>
        TrendsOverSegmentsTests.FillAndRemove(events, merges, overflow, persons);
}

/// <inheritdoc cref="TrendsAfterRemovalTests"/>
public sealed class FunnelAfterRemovalTests : FunnelAgreement
{
    protected override long Cases => ChosenStore.Cases(8);

    protected override IEventReader Store(IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges, IReadOnlyList<TestPerson> persons) =>
        TrendsOverSegmentsTests.FillAndRemove(events, merges, new HashSet<string>(), persons);
}

/// <inheritdoc cref="TrendsAfterRemovalTests"/>
public sealed class RetentionAfterRemovalTests : RetentionAgreement
{
    protected override long Cases => ChosenStore.Cases(8);

    private protected override IEventReader Store(ActivityCase c) => TrendsOverSegmentsTests.FillAndRemove(c.Events, c.Merges, new HashSet<string>(), c.Persons);
}

/// <inheritdoc cref="TrendsAfterRemovalTests"/>
public sealed class LifecycleAfterRemovalTests : LifecycleAgreement
{
    protected override long Cases => ChosenStore.Cases(8);

    private protected override IEventReader Store(ActivityCase c) => TrendsOverSegmentsTests.FillAndRemove(c.Events, c.Merges, new HashSet<string>(), c.Persons);
}
