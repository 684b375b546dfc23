using Headroom.Core;
using Headroom.Tests.Sql;
using Headroom.Tests.Support;

namespace Headroom.Tests.Store;

/// <summary>The real store: events in several segments, some of them compacted.</summary>
public sealed class RetentionOverSegmentsTests : RetentionAgreement
{
    protected override long Cases => ChosenStore.Cases(15);

    private protected override IEventReader Store(ActivityCase c) => TrendsOverSegmentsTests.Fill(c.Events, c.Merges, new HashSet<string>(), c.Persons);
}

public sealed class StickinessOverSegmentsTests : StickinessAgreement
{
    protected override long Cases => ChosenStore.Cases(15);

    private protected override IEventReader Store(ActivityCase c) => TrendsOverSegmentsTests.Fill(c.Events, c.Merges, new HashSet<string>(), c.Persons);
}

public sealed class LifecycleOverSegmentsTests : LifecycleAgreement
{
    protected override long Cases => ChosenStore.Cases(15);

    private protected override IEventReader Store(ActivityCase c) => TrendsOverSegmentsTests.Fill(c.Events, c.Merges, new HashSet<string>(), c.Persons);
}
