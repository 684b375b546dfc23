using Headroom.Core;
using Headroom.Tests.Sql;
using Headroom.Tests.Support;

namespace Headroom.Tests.Store;

/// <summary>The real store: events in several segments, some of them compacted.</summary>
public sealed class FunnelOverSegmentsTests : FunnelAgreement
{
    protected override long Cases => ChosenStore.Cases(20);

    protected override IEventReader Store(IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges, IReadOnlyList<TestPerson> persons) =>
        TrendsOverSegmentsTests.Fill(events, merges, new HashSet<string>(), persons);
}
