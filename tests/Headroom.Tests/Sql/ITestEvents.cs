using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Sql;

namespace Headroom.Tests.Sql;

/// <summary>Events and persons of a test in a real store.</summary>
public interface ITestEvents : IEventReader, IDisposable
{
    SqlDialect Dialect { get; }

    Func<int, CohortSource?> Cohorts { get; set; }
}

internal static class TestDialects
{
    /// <summary>Of a store's own it is that of what answers its insights.</summary>
    public static SqlDialect Dialect(this IEventReader reader) => (reader as ITestEvents)?.Dialect ?? SqlDialect.Of(reader.Schema(new ProjectId(1)));
}
