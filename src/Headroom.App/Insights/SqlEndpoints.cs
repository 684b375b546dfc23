using System.Globalization;
using System.Text;
using System.Text.Json;
using Headroom.App.Shared;
using Headroom.Core;
using Headroom.Core.Queries;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;

namespace Headroom.App.Insights;

/// <summary>SQL over a project's own relations. Needs an <see cref="ISqlReader"/>, which not every store is.</summary>
public static class SqlEndpoints
{
    private const int MaxParameters = 1_000;

    private static readonly (SqlFormat Format, string Name, string MediaType)[] Formats =
    [
        (SqlFormat.Json, "json", "application/json"),
        (SqlFormat.Csv, "csv", "text/csv"),
        (SqlFormat.Parquet, "parquet", "application/vnd.apache.parquet"),
        (SqlFormat.Arrow, "arrow", "application/vnd.apache.arrow.stream"),
    ];

    /// <param name="projectGroup">Of /api/projects/{project}, with the host's authorisation.</param>
    public static RouteGroupBuilder MapSql(this RouteGroupBuilder projectGroup)
    {
        var group = projectGroup.MapGroup("/sql").WithTags("SQL").AddEndpointFilter(QueryRefusals.AsProblems);
        group.MapPost("", RunAsync).ReadsOnly()
            .WithName("RunSql").WithSummary("Answers a statement")
            .WithDescription("One SELECT over events, persons and sessions of this project, see schema. As JSON, CSV, Parquet or an Arrow stream, as format or the Accept header says. JSON comes as a stream of events, as of a query, with Accept: text/event-stream.")
            .Accepts<SqlRequest>("application/json")
            .Produces<SqlResultDocument>(StatusCodes.Status200OK, "application/json", [.. Formats.Skip(1).Select(f => f.MediaType)])
            .ProducesValidationProblem()
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        group.MapGet("/schema", SchemaAsync).TaggedByData()
            .WithName("GetSqlSchema").WithSummary("What a statement may read")
            .WithDescription("Relations with their columns. A property has a column of its plain name where that is unambiguous; one that came in several kinds is read as text there, and has a column for each kind beside.")
            .ProducesProblem(StatusCodes.Status404NotFound);
        return projectGroup;
    }

    private static async Task<Results<Ok<SqlSchema>, ProblemHttpResult>> SchemaAsync(
        string project, IProjectDirectory projects, ISqlReader sql, CancellationToken cancellationToken)
    {
        if (await projects.FindAsync(project, cancellationToken) is not { } found)
        {
            return InsightsEndpoints.NoProject();
        }

        return TypedResults.Ok(new SqlSchema(
        [
            .. sql.Relations(found.Id).Select(r => new SqlSchemaRelation(r.Name, r.Description,
                [.. r.Columns.Select(c => new SqlSchemaColumn(c.Name, c.Type, c.Property, [.. c.Kinds.Select(k => (PropertyValueKind)k)], c.Description))])),
        ]));
    }

    private static async Task<IResult> RunAsync(
        string project, HttpContext context, IProjectDirectory projects, InsightsService insights, ISqlReader sql, TimeProvider time,
        IOptions<InsightsOptions> options, CancellationToken cancellationToken)
    {
        if (await projects.FindAsync(project, cancellationToken) is not { } found)
        {
            return InsightsEndpoints.NoProject();
        }

        if (!context.Request.HasJsonContentType())
        {
            return TypedResults.Problem("Send the statement as application/json.", statusCode: StatusCodes.Status415UnsupportedMediaType);
        }

        if (await JsonBody.ReadBytesAsync(context.Request, options.Value.MaxQueryBytes, cancellationToken) is not { } body)
        {
            return InsightsEndpoints.TooLarge(options.Value);
        }

        var errors = new QueryErrors();
        if (Read(body, errors) is not { } request)
        {
            return TypedResults.ValidationProblem(errors.ToDictionary());
        }

        var format = Format(request.Format, context.Request, errors);
        var parameters = Parameters(request.Parameters ?? [], errors);
        if (request.Limit < 1 || request.Limit > options.Value.MaxSqlRows)
        {
            errors.Add("limit", string.Create(CultureInfo.InvariantCulture, $"Must be from 1 to {options.Value.MaxSqlRows} ({InsightsOptions.Section}:MaxSqlRows)."));
        }

        if (errors.Any)
        {
            return TypedResults.ValidationProblem(errors.ToDictionary());
        }

        if (format is SqlFormat.Json && QueryStreamResult.IsAskedFor(context.Request))
        {
            return new QueryStreamResult(
                async (progress, stop) =>
                {
                    try
                    {
                        var answer = await insights.SqlAsync(sql, request.Sql, parameters, format, request.Limit, found, progress, stop);
                        return new QueryStreamResult.End((to, leaving) => SqlHttpResult.WriteJsonAsync(answer, to, leaving), null, answer);
                    }
                    catch (SqlRefusedException e)
                    {
                        errors.Add(e.Part, e.Message);
                        return QueryStreamResult.End.Failed(errors);
                    }
                },
                found.Id, time);
        }

        try
        {
            return new SqlHttpResult(
                await insights.SqlAsync(sql, request.Sql, parameters, format, request.Limit, found, null, cancellationToken), format, Formats.First(f => f.Format == format).MediaType);
        }
        catch (SqlRefusedException e)
        {
            errors.Add(e.Part, e.Message);
            return TypedResults.ValidationProblem(errors.ToDictionary());
        }
    }

    private static SqlRequest? Read(ReadOnlyMemory<byte> body, QueryErrors errors)
    {
        try
        {
            return JsonSerializer.Deserialize(body.Span, SqlJsonContext.Default.SqlRequest);
        }
        catch (JsonException e)
        {
            var path = e.Path?.TrimStart('$').TrimStart('.') ?? "";
            errors.Add(path, path switch
            {
                "sql" => "Must be a text: one SELECT.",
                "limit" => "Must be a whole number.",
                "format" => "Must be json, csv, parquet or arrow.",
                "parameters" => "Must be a list of texts, numbers, true, false and null.",
                _ => """Must be an object like {"sql": "SELECT count(*) FROM events"}.""",
            });
            return null;
        }
    }

    private static SqlFormat Format(string? name, HttpRequest request, QueryErrors errors)
    {
        foreach (var (format, known, mediaType) in Formats)
        {
            if (name is null ? request.GetTypedHeaders().Accept.Any(a => a.MediaType.Equals(mediaType, StringComparison.OrdinalIgnoreCase)) : name == known)
            {
                return format;
            }
        }

        if (name is not null)
        {
            errors.Add("format", "Must be json, csv, parquet or arrow.");
        }

        return SqlFormat.Json;
    }

    private static List<object?> Parameters(IReadOnlyList<JsonElement> values, QueryErrors errors)
    {
        var parameters = new List<object?>(values.Count);
        if (values.Count > MaxParameters)
        {
            errors.Add("parameters", string.Create(CultureInfo.InvariantCulture, $"There may be {MaxParameters}."));
            return parameters;
        }

        for (var i = 0; i < values.Count; i++)
        {
            var value = values[i];
            switch (value.ValueKind)
            {
                case JsonValueKind.String:
                    parameters.Add(value.GetString());
                    break;
                case JsonValueKind.Number:
                    parameters.Add(value.TryGetInt64(out var whole) ? whole : value.GetDouble());
                    break;
                case JsonValueKind.True or JsonValueKind.False:
                    parameters.Add(value.GetBoolean());
                    break;
                case JsonValueKind.Null:
                    parameters.Add(null);
                    break;
                default:
                    errors.Add(string.Create(CultureInfo.InvariantCulture, $"parameters[{i}]"), "Must be a text, a number, true, false or null.");
                    break;
            }
        }

        return parameters;
    }
}

/// <summary>A statement's answer, streamed from where the store keeps it.</summary>
internal sealed class SqlHttpResult(SqlAnswer answer, SqlFormat format, string mediaType) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        await using (answer)
        {
            var response = httpContext.Response;
            response.ContentType = format is SqlFormat.Csv ? mediaType + "; charset=utf-8; header=present" : mediaType;
            response.Headers["Headroom-Rows"] = answer.Rows.ToString(CultureInfo.InvariantCulture);
            response.Headers["Headroom-More"] = answer.More ? "true" : "false";
            if (format is not SqlFormat.Json)
            {
                response.ContentLength = answer.Content.Length;
                await answer.Content.CopyToAsync(response.Body, httpContext.RequestAborted);
                return;
            }

            await WriteJsonAsync(answer, response.Body, httpContext.RequestAborted);
        }
    }

    public static async Task WriteJsonAsync(SqlAnswer answer, Stream to, CancellationToken cancellationToken)
    {
        await to.WriteAsync((byte[])
            [.. "{\"columns\":"u8, .. JsonSerializer.SerializeToUtf8Bytes(answer.Columns, SqlJsonContext.Default.IReadOnlyListSqlResultColumn), .. ",\"rows\":"u8], cancellationToken);
        await answer.Content.CopyToAsync(to, cancellationToken);
        await to.WriteAsync(
            Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
                $",\"rowCount\":{answer.Rows},\"more\":{(answer.More ? "true" : "false")},\"dataVersion\":{answer.DataVersion},\"estimatedRows\":{answer.Estimate.Rows},\"estimatedColumns\":{answer.Estimate.Columns},\"estimatedBytes\":{answer.Estimate.Bytes},\"queuedMs\":{answer.Queued.TotalMilliseconds:0.###},\"elapsedMs\":{answer.Elapsed.TotalMilliseconds:0.###}}}")),
            cancellationToken);
    }
}
