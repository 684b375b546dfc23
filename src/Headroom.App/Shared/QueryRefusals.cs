using Headroom.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Headroom.App.Shared;

/// <summary>A store's refusal as an answer, in one place.</summary>
internal static class QueryRefusals
{
    /// <summary>An endpoint filter: what endpoints behind it are refused is answered as a problem.</summary>
    public static async ValueTask<object?> AsProblems(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (QueryRefusedException e)
        {
            return Answer(context.HttpContext, e);
        }
        catch (DataDamagedException e)
        {
            return Problem(e);
        }
        catch (StoreUnavailableException)
        {
            return Unavailable(context.HttpContext);
        }
        catch (OperationCanceledException) when (context.HttpContext.RequestAborted.IsCancellationRequested)
        {
            // Nobody is left to read an answer.
            return TypedResults.StatusCode(StatusCodes.Status499ClientClosedRequest);
        }
    }

    /// <summary>As the answer to a request: who met a full queue is told to come again.</summary>
    public static ProblemHttpResult Answer(HttpContext http, QueryRefusedException e)
    {
        if (e.Bound is QueryBound.Busy)
        {
            http.Response.Headers.RetryAfter = "1";
        }

        return Problem(e);
    }

    /// <summary>As the answer to a request, with when to come again.</summary>
    public static ProblemHttpResult Unavailable(HttpContext http)
    {
        http.Response.Headers.RetryAfter = "5";
        return Unavailable();
    }

    /// <summary>The reason names machines, and is in the log and in what operators see of the store.</summary>
    public static ProblemHttpResult Unavailable() =>
        TypedResults.Problem(
            "What this answer needs does not answer now: the catalog, in which persons are looked up, or the object storage, where files are that were not read lately. What needs neither goes on. Ask again in a moment. Whoever runs this server finds the reason at /health/ready and in its log.",
            statusCode: StatusCodes.Status503ServiceUnavailable, title: "Stored data cannot be had now.");

    public static ProblemHttpResult Problem(DataDamagedException e) =>
        TypedResults.Problem(e.Message, statusCode: StatusCodes.Status500InternalServerError, title: "Stored data is damaged.");

    public static ProblemHttpResult Problem(QueryRefusedException e)
    {
        var busy = e.Bound is QueryBound.Busy;
        return TypedResults.Problem(
            e.Message,
            statusCode: busy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status422UnprocessableEntity,
            title: busy ? "Too many queries at once." : "The query went past a bound.",
            extensions: new Dictionary<string, object?> { ["bound"] = e.Bound.ToString().ToLowerInvariant() });
    }
}
