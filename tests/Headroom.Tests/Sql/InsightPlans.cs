using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Sql;
using Xunit;

namespace Headroom.Tests.Sql;

internal static class InsightPlans
{
    /// <summary>Runs the scans; the version of the data that they read.</summary>
    public static long Scan(this InsightPlan plan, IEventReader reader) =>
        plan.Scans.Min(s => reader.ScanAsync(s.Statement, s.Sink, CancellationToken.None).AsTask().GetAwaiter().GetResult().DataVersion);

    /// <summary>The persons behind a point, after the scans.</summary>
    public static IReadOnlyList<long> Behind(this InsightPlan plan, InsightPoint point, long now = 0)
    {
        var errors = new QueryErrors();
        plan.CheckPoint(point, "point", errors);
        Assert.Empty(errors.ToDictionary());
        return plan.Persons(point, UnixMicros.ToInstant(now), CancellationToken.None);
    }
}
