using System.Text.Json;
using System.Text.Json.Serialization;
using System.Threading.Channels;
using Headroom.Core;
using Headroom.Core.Queries;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Headroom.App.Insights;

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
internal sealed class QueryStreamResult(Func<Action<QueryProgress>, CancellationToken, Task<QueryStreamResult.End>> run, TimeProvider time) : IResult
{
    /// <summary>Only the newest matter to somebody who reads slowly.</summary>
    private const int MostUnread = 16;

    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);

    /// <summary>One of the two.</summary>
    internal sealed record End(InsightResult? Result, ProblemDetails? Problem);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var cancellationToken = httpContext.RequestAborted;
        var progress = Channel.CreateBounded<QueryProgress>(new BoundedChannelOptions(MostUnread) { FullMode = BoundedChannelFullMode.DropOldest });
        httpContext.Response.ContentType = "text/event-stream";
        httpContext.Response.Headers.CacheControl = "no-store";
        httpContext.Response.Headers["X-Accel-Buffering"] = "no";
        var ending = EndAsync();
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
                    await WriteEventAsync("progress", JsonSerializer.SerializeToUtf8Bytes(said, InsightsJsonContext.Default.QueryProgressEvent));
                }
            }
        }

        var end = await ending;
        await (end.Result is not null
            ? WriteEventAsync("result", JsonSerializer.SerializeToUtf8Bytes(end.Result, QueryJson.Options))
            : WriteEventAsync("error", JsonSerializer.SerializeToUtf8Bytes(end.Problem!, end.Problem!.GetType(), InsightsJsonContext.Default)));

        async Task<End> EndAsync()
        {
            try
            {
                return await run(p => progress.Writer.TryWrite(p), cancellationToken);
            }
            finally
            {
                progress.Writer.Complete();
            }
        }

        Task WriteEventAsync(string name, byte[] json) => WriteAsync([.. "event: "u8, .. System.Text.Encoding.UTF8.GetBytes(name), .. "\ndata: "u8, .. json, .. "\n\n"u8]);

        async Task WriteAsync(byte[] bytes)
        {
            await httpContext.Response.Body.WriteAsync(bytes, cancellationToken);
            await httpContext.Response.Body.FlushAsync(cancellationToken);
        }
    }

    /// <summary>What a plain caller would be answered, for the last event.</summary>
    public static End Failed(ProblemHttpResult problem) => new(null, problem.ProblemDetails);

    public static End Failed(ValidationProblem problem) => new(null, problem.ProblemDetails);
}
