using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace Headroom.App.Shared.Control;

/// <summary>Answers a request that the database of the control data did not serve: 503 where it may serve the next one, 400 for a text that it cannot keep.</summary>
internal sealed class ControlUnavailable(ControlDatabase database) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (database.Engine.IsUnstorable(cause))
            {
                await TypedResults.Problem(
                    "A text has a character that the database cannot keep, such as U+0000.", statusCode: StatusCodes.Status400BadRequest).ExecuteAsync(httpContext);
                return true;
            }

            if (database.Engine.IsAway(cause))
            {
                httpContext.Response.Headers.RetryAfter = "5";
                await TypedResults.Problem(
                    "A database that this needs does not answer. Events are taken all the same. Try again in some seconds; /health/ready says which part is failing and since when.",
                    statusCode: StatusCodes.Status503ServiceUnavailable, title: "A database cannot be reached.").ExecuteAsync(httpContext);
                return true;
            }
        }

        return false;
    }
}
