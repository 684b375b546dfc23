using Headroom.App.Shared;
using Headroom.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Xunit;

namespace Headroom.Tests.Insights;

public sealed class QueryRefusalsTests
{
    [Fact]
    public async Task A_catalog_that_is_away_is_answered_with_503_and_without_naming_machines()
    {
        var http = new DefaultHttpContext();
        var answer = Assert.IsType<ProblemHttpResult>(await QueryRefusals.AsProblems(
            EndpointFilterInvocationContext.Create(http), static _ => throw new StoreUnavailableException("The catalog in PostgreSQL at 10.0.0.5 …")));
        Assert.Equal(503, answer.StatusCode);
        Assert.DoesNotContain("10.0.0.5", answer.ProblemDetails.Detail, StringComparison.Ordinal);
        Assert.Equal("5", http.Response.Headers.RetryAfter);
    }
}
