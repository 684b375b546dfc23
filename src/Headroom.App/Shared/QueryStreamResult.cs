using System.Text.Json;
using System.Text.Json.Serialization;
using System.Threading.Channels;
using Headroom.Core;
using Headroom.Core.Queries;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Headroom.App.Shared;

/// <summary>Where a query is, before its answer.</summary>
/// <param name="State">queued or running.</param>
/// <param name="Place">In the queue, from 1; 0 while it runs.</param>
/// <param name="EstimatedRows">Rows that its statement has to scan.</param>
/// <param name="EstimatedColumns">Columns that it has to read of each.</param>
/// <param name="EstimatedBytes">Bytes of files that these are, estimated by the columns' share of them.</param>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record QueryProgressEvent(string State, int Place, long EstimatedRows, int EstimatedColumns, long EstimatedBytes);

/// <summary>
/// A query's answer as server-sent events: progress as often as it changes, then result or error, then the end. A line of
/// comment goes out while nothing happens, so that no proxy takes the connection for dead.
/// </summary>
/// <param name="run">Tells the progress, which must not block, and gives what the stream ends with. What the store refuses becomes a problem here.</param>
internal sealed partial class QueryStreamResult(Func<Action<QueryProgress>, CancellationToken, Task<QueryStreamResult.End>> run, ProjectId project, TimeProvider time) : IResult
{
    /// <summary>Only the newest matter to somebody who reads slowly.</summary>
    private const int MostUnread = 16;

    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);

    /// <summary>Whether the request asks for a stream.</summary>
    public static bool IsAskedFor(HttpRequest request) =>
        request.GetTypedHeaders().Accept.Any(a => a.MediaType.Equals("text/event-stream", StringComparison.OrdinalIgnoreCase));

    /// <summary>An answer or a problem.</summary>
    /// <param name="WriteAsync">Writes the answer as JSON on one line.</param>
    /// <param name="Held">What the answer holds until it is written.</param>
    internal sealed record End(Func<Stream, CancellationToken, Task>? WriteAsync, ProblemDetails? Problem, IAsyncDisposable? Held = null)
    {
        public static End Answer(byte[] json) => new((to, stop) => to.WriteAsync(json, stop).AsTask(), null);

        /// <summary>What a plain caller would be answered.</summary>
        public static End Failed(ProblemHttpResult problem) => new(null, problem.ProblemDetails);

        /// <summary>What a plain caller would be answered.</summary>
        public static End Failed(QueryErrors errors) => new(null, TypedResults.ValidationProblem(errors.ToDictionary()).ProblemDetails);
    }

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var cancellationToken = httpContext.RequestAborted;
        var progress = Channel.CreateBounded<QueryProgress>(new BoundedChannelOptions(MostUnread) { FullMode = BoundedChannelFullMode.DropOldest });
        httpContext.Response.ContentType = "text/event-stream";
        httpContext.Response.Headers.CacheControl = "no-store";
        httpContext.Response.Headers["X-Accel-Buffering"] = "no";
        var ending = EndAsync();
        try
        {
            await TellAsync();
        }
        finally
        {
            // Also of a stream that nobody reads any more: its query has been told to end.
            await ((Task)ending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (ending is { IsCompletedSuccessfully: true } && (await ending).Held is { } held)
            {
                await held.DisposeAsync();
            }
        }

        async Task TellAsync()
        {
            QueryProgress? last = null;
            while (true)
            {
                var more = progress.Reader.WaitToReadAsync(cancellationToken).AsTask();
                try
                {
                    if (!await more.WaitAsync(Silence, time, cancellationToken))
                    {
                        break;
                    }
                }
                catch (TimeoutException)
                {
                    await WriteAsync(": waiting\n\n"u8.ToArray());
                    continue;
                }

                while (progress.Reader.TryRead(out var item))
                {
                    if (item != last)
                    {
                        last = item;
                        var said = new QueryProgressEvent(
                            item.State is QueryState.Queued ? "queued" : "running", item.Place, item.Estimate.Rows, item.Estimate.Columns, item.Estimate.Bytes);
                        await WriteAsync([.. "event: progress\ndata: "u8, .. JsonSerializer.SerializeToUtf8Bytes(said, QueryStreamJson.Default.QueryProgressEvent), .. "\n\n"u8]);
                    }
                }
            }

            var end = await ending;
            if (end.WriteAsync is { } answer)
            {
                await httpContext.Response.Body.WriteAsync("event: result\ndata: "u8.ToArray(), cancellationToken);
                await answer(httpContext.Response.Body, cancellationToken);
                await WriteAsync("\n\n"u8.ToArray());
            }
            else
            {
                await WriteAsync([.. "event: error\ndata: "u8, .. JsonSerializer.SerializeToUtf8Bytes(end.Problem!, end.Problem!.GetType(), QueryStreamJson.Default), .. "\n\n"u8]);
            }
        }

        async Task<End> EndAsync()
        {
            try
            {
                return await run(p => progress.Writer.TryWrite(p), cancellationToken);
            }
            catch (QueryRefusedException e)
            {
                return End.Failed(QueryRefusals.Problem(e));
            }
            catch (DataDamagedException e)
            {
                return End.Failed(QueryRefusals.Problem(e));
            }
            catch (StoreUnavailableException)
            {
                return End.Failed(QueryRefusals.Unavailable());
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // The status has gone out, so the host's handler of exceptions cannot answer.
                LogFailed(httpContext.RequestServices.GetRequiredService<ILogger<QueryStreamResult>>(), e, project);
                return End.Failed(TypedResults.Problem(statusCode: StatusCodes.Status500InternalServerError));
            }
            finally
            {
                progress.Writer.Complete();
            }
        }

        async Task WriteAsync(byte[] bytes)
        {
            await httpContext.Response.Body.WriteAsync(bytes, cancellationToken);
            await httpContext.Response.Body.FlushAsync(cancellationToken);
        }
    }

    [LoggerMessage(LogLevel.Error, "A streamed query of project {Project} failed.")]
    private static partial void LogFailed(ILogger logger, Exception exception, ProjectId project);
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, NumberHandling = JsonNumberHandling.Strict)]
[JsonSerializable(typeof(QueryProgressEvent))]
[JsonSerializable(typeof(ProblemDetails))]
[JsonSerializable(typeof(HttpValidationProblemDetails))]
[JsonSerializable(typeof(string))]
internal sealed partial class QueryStreamJson : JsonSerializerContext;
