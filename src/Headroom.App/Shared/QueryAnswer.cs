using System.Text.Json;
using Headroom.Core;
using Headroom.Core.Queries;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Headroom.App.Shared;

/// <summary>A query's answer as its asker wants it: as a stream, or whole with its tag, and not sent to who has it already.</summary>
internal static class QueryAnswer
{
    /// <param name="errors">What is wrong with the question, where there is no answer.</param>
    /// <param name="json">How an answer is written in a stream.</param>
    /// <param name="run">
    /// The answer and what its tag is made of; null where there is none. Is given where to tell the progress, null for nowhere, and how long ago the answer may have ceased to
    /// be right.
    /// </param>
    public static async Task<Results<Ok<T>, ValidationProblem, ProblemHttpResult, StatusCodeHttpResult, QueryStreamResult>> AnswerAsync<T>(
        HttpContext http, ProjectInfo project, QueryErrors errors, TimeProvider time, JsonSerializerOptions json,
        Func<Action<QueryProgress>?, TimeSpan, CancellationToken, ValueTask<(T Value, string Tag)?>> run)
    {
        // RFC 9111, 5.2.1.1: the age that the asker is willing to accept.
        var mostBehind = http.Request.GetTypedHeaders().CacheControl?.MaxAge ?? TimeSpan.Zero;
        if (QueryStreamResult.IsAskedFor(http.Request))
        {
            return new QueryStreamResult(
                async (progress, stop) => await run(progress, mostBehind, stop) is { } answer
                    ? QueryStreamResult.End.Answer(JsonSerializer.SerializeToUtf8Bytes(answer.Value, json))
                    : QueryStreamResult.End.Failed(errors),
                project.Id, time);
        }

        return await run(null, mostBehind, http.RequestAborted) is not { } whole
            ? TypedResults.ValidationProblem(errors.ToDictionary())
            : ETags.Tag(http, ETags.Of(whole.Tag)) ? TypedResults.StatusCode(StatusCodes.Status304NotModified) : TypedResults.Ok(whole.Value);
    }
}
