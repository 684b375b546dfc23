using Headroom.Core;
using Headroom.Tests.Sql;

namespace Headroom.Tests.Store;

/// <summary>The real store: events in several segments, some of them compacted.</summary>
public sealed class RetentionOverSegmentsTests : RetentionAgreement
{
    protected override long Cases => 20;

    protected override IEventReader Store(IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges) =>
        TrendsOverSegmentsTests.Fill(events, merges, new HashSet<string>());
}

public sealed class StickinessOverSegmentsTests : StickinessAgreement
{
    protected override long Cases => 20;

    protected override IEventReader Store(IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges) =>
        TrendsOverSegmentsTests.Fill(events, merges, new HashSet<string>());
}
