using Headroom.Tests.Sql;
using Headroom.Tests.Support;

namespace Headroom.Tests.Store;

/// <summary>The real store: events in several segments, some of them compacted.</summary>
public sealed class PathsOverSegmentsTests : PathsAgreement
{
    protected override long Cases => ChosenStore.Cases(8);

    private protected override ITestEvents Store(IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges, IReadOnlyList<TestPerson> persons) =>
        TrendsOverSegmentsTests.Fill(events, merges, new HashSet<string>(), persons);
}

public sealed class CohortsOverSegmentsTests : CohortAgreement
{
    protected override long Cases => ChosenStore.Cases(8);

    private protected override ITestEvents Store(IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges, IReadOnlyList<TestPerson> persons) =>
        TrendsOverSegmentsTests.Fill(events, merges, new HashSet<string>(), persons);
}

public sealed class PersonsBehindOverSegmentsTests : PersonsBehindAgreement
{
    protected override long Cases => ChosenStore.Cases(5);

    private protected override ITestEvents Store(IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges) =>
        TrendsOverSegmentsTests.Fill(events, merges, new HashSet<string>());
}
