using Headroom.Tests.Sql;
using Headroom.Tests.Support;

namespace Headroom.Tests.Store;

/// <summary>The real store: events in several segments, some of them compacted.</summary>
public sealed class SessionsOverSegmentsTests : SessionsAgreement
{
    protected override long Cases => ChosenStore.Cases(10);

    protected override ITestEvents Store(
        IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges, IReadOnlySet<string> overflow, IReadOnlyList<TestPerson> persons) =>
        TrendsOverSegmentsTests.Fill(events, merges, overflow, persons);
}
