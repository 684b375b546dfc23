using System.Globalization;
using System.Text;
using System.IO.Hashing;
using System.Text.Json;
using Headroom.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Headers;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace Headroom.App.Shared;

/// <summary>
/// Tags of answers, all weak: two answers of one tag say the same, though not byte for byte (how long it took is in
/// them). The host's no-store stays: a browser shall not leave events on a shared device's disk, so who wants to save
/// a body remembers answer and tag itself.
/// </summary>
internal static class ETags
{
    /// <summary>Another build may write the same data otherwise.</summary>
    private static readonly Guid Build = typeof(ETags).Module.ModuleVersionId;

    /// <summary>Of what depends on the address, the project's data and its time zone only.</summary>
    public static string Of(ProjectInfo project, ProjectSchema schema, long? version = null)
    {
        // Not the version alone: a backup that was restored counts on from an older one.
        var text = string.Create(CultureInfo.InvariantCulture,
            $"{version ?? schema.DataVersion}|{(version is null ? schema.Rows : 0)}|{(version is null ? schema.MaxTimestamp : 0)}|{project.TimeZone.Id}|{project.WeekStartsOnSunday}");
        return Of(text);
    }

    public static string Of(string content) => Convert.ToHexStringLower(XxHash128.Hash(Encoding.UTF8.GetBytes($"{Build:N}|{content}")));

    /// <summary>
    /// For what depends on the address, the project's data and its time zone only: who has the answer already gets 304, and
    /// nothing is asked of the store.
    /// </summary>
    /// <param name="depends">Whether an address asks for more, which may change without the data.</param>
    public static RouteHandlerBuilder TaggedByData(this RouteHandlerBuilder endpoint, Func<IQueryCollection, bool>? depends = null) => endpoint
        .AddEndpointFilter(async (context, next) =>
        {
            var http = context.HttpContext;
            var services = http.RequestServices;
            if (http.Response.StatusCode != StatusCodes.Status200OK || depends?.Invoke(http.Request.Query) is true ||
                await services.GetRequiredService<IProjectDirectory>().FindAsync(http.GetRouteValue("project") as string ?? "", http.RequestAborted) is not { } project)
            {
                return await next(context);
            }

            // Before the answer is made: one that is newer than its tag is sent once more, and one that is older never kept.
            var tag = Of(project, services.GetRequiredService<IEventReader>().Schema(project.Id));
            if (http.Request.Headers.IfNoneMatch.Count > 0 && Tag(http, tag))
            {
                return TypedResults.StatusCode(StatusCodes.Status304NotModified);
            }

            var answer = await next(context);
            if (Result(answer) is IStatusCodeHttpResult { StatusCode: StatusCodes.Status200OK })
            {
                Tag(http, tag);
            }
            else
            {
                http.Response.Headers.ETag = default;
            }

            return answer;
        })
        .Produces(StatusCodes.Status304NotModified);

    /// <summary>For what depends on more than the data: it is made all the same, and not sent to who has it already. It must not say how it was made.</summary>
    public static RouteHandlerBuilder TaggedByContent(this RouteHandlerBuilder endpoint) => endpoint
        .AddEndpointFilter(static async (context, next) =>
        {
            var answer = await next(context);
            if (Result(answer) is not (IStatusCodeHttpResult { StatusCode: StatusCodes.Status200OK } and IValueHttpResult { Value: { } value } result))
            {
                return answer;
            }

            // The type that the endpoint names, which has its way to be written.
            var http = context.HttpContext;
            var options = http.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
            var json = JsonSerializer.SerializeToUtf8Bytes(value, options.GetTypeInfo(result.GetType().GenericTypeArguments[0]));
            return Tag(http, Of(Convert.ToHexStringLower(XxHash128.Hash(json)))) ? TypedResults.StatusCode(StatusCodes.Status304NotModified) : answer;
        })
        .Produces(StatusCodes.Status304NotModified);

    private static object? Result(object? answer) => answer is INestedHttpResult nested ? nested.Result : answer;

    /// <summary>Puts the tag on the answer; true where the asker has this answer already, for a 304.</summary>
    public static bool Tag(HttpContext context, string tag)
    {
        var own = new EntityTagHeaderValue($"\"{tag}\"", isWeak: true);
        context.Response.Headers.ETag = own.ToString();
        foreach (var known in new RequestHeaders(context.Request.Headers).IfNoneMatch)
        {
            if (known.Compare(own, useStrongComparison: false))
            {
                return true;
            }
        }

        return false;
    }
}
