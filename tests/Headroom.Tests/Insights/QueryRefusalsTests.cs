using Headroom.App.Shared;
using Headroom.Core;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Headroom.Tests.Insights;

public sealed class QueryRefusalsTests
{
    [Fact]
    public void Who_asks_for_what_cannot_be_had_now_is_told_to_come_again()
    {
        var context = new DefaultHttpContext();
        var answer = QueryRefusals.Answer(context, new StoreUnavailableException("It is away."));
        Assert.Equal(StatusCodes.Status503ServiceUnavailable, answer.StatusCode);
        Assert.Equal("It is away.", answer.ProblemDetails.Detail);
        Assert.Equal("10", context.Response.Headers.RetryAfter);
    }

    [Fact]
    public void A_query_whose_files_do_not_fit_is_refused_for_good()
    {
        var answer = QueryRefusals.Answer(new DefaultHttpContext(), new QueryRefusedException(QueryBound.Cache, "Too many files."));
        Assert.Equal(StatusCodes.Status422UnprocessableEntity, answer.StatusCode);
        Assert.Equal("cache", answer.ProblemDetails.Extensions["bound"]);
    }
}
