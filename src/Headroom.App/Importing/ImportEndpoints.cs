using System.ComponentModel;
using System.Globalization;
using Headroom.App.Shared;
using Headroom.App.Shared.Control;
using Headroom.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Headroom.App.Importing;

/// <summary>
/// Files of events, sent to a project. For admins: an import is sending without a write key, and keys are theirs to see; what it adds,
/// and what its events tell of persons, can be taken back by removing data only, which is theirs too.
/// </summary>
public static class ImportEndpoints
{
    private const int MaxText = 1_000;
    private const int MaxName = 200;

    /// <summary>Needs the control data, IEventIntake, IEventLog and IEventStore.</summary>
    public static IServiceCollection AddImporting(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<ImportingOptions>().Bind(configuration.GetSection(ImportingOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ImportingOptions>, ImportingOptionsValidator>();
        services.AddControl(configuration);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<WaitingEvents>();
        services.AddSingleton<Imports>();
        services.ConfigureHttpJsonOptions(static json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, ImportingJson.Default));
        return services;
    }

    /// <summary>Maps /api/projects/{project}/imports.</summary>
    public static void MapImporting(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapProjectGroup().WithTags("Importing").RequireAuthorization(Policies.ProjectAdmin)
            .AddEndpointFilterFactory(TypedParameters.AsProblems).ProducesProblem(StatusCodes.Status404NotFound);
        group.MapPost("/imports", ImportAsync).WithName("importEvents").WithSummary("Takes a file of events in")
            .WithDescription(
                "The body is the file: lines of JSON, CSV, or nginx' or Apache's combined log, plain or gzip, read as it comes. The answer comes at its end; meanwhile the list " +
                "of imports says how far it is. Rows get uuids made of the file, so that the same file again counts nothing twice. What ends early leaves what was taken: its " +
                "problem has the details as import.")
            .Accepts<byte[]>("application/octet-stream", "*/*")
            .ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        group.MapPost("/imports/preview", PreviewAsync).WithName("previewImport").WithSummary("What a file would become")
            .WithDescription("The body is the beginning of the file, at most 256 KiB of it, as it is. Nothing is stored.")
            .Accepts<byte[]>("application/octet-stream", "*/*")
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge);
        group.MapGet("/imports", List).WithName("listImports").WithSummary("Imports that run, and those that ended lately");
        group.MapGet("/imports/{id:guid}", Get).WithName("getImport").WithSummary("One import");
        group.MapDelete("/imports/{id:guid}", Cancel).WithName("cancelImport").WithSummary("Stop an import; what was taken stays");
    }

    private static async Task<Results<Ok<ImportDetails>, ValidationProblem, ProblemHttpResult>> ImportAsync(
        ProjectId project,
        [AsParameters] FileReading reading,
        [Description("The file's name, for people who look at the list.")] string? name,
        HttpContext http, Imports imports, CancellationToken cancellationToken)
    {
        var errors = new Dictionary<string, string[]>();
        var settings = reading.Settings(errors);
        if (name?.Length > MaxName || name?.Any(char.IsControl) == true)
        {
            errors["name"] = [string.Create(CultureInfo.InvariantCulture, $"Must have at most {MaxName} characters, and no control characters.")];
        }

        if (errors.Count > 0)
        {
            return TypedResults.ValidationProblem(errors, title: "The request is not valid.");
        }

        if (http.Request.ContentLength > imports.MaxFileBytes)
        {
            return TypedResults.Problem(
                $"The file is longer than {imports.MaxFileBytes >> 20} MiB (setting {ImportingOptions.Section}:{nameof(ImportingOptions.MaxFileMegabytes)}). Cut it into parts.",
                statusCode: StatusCodes.Status413PayloadTooLarge);
        }

        var visitorKey = await imports.VisitorKeyAsync(project, cancellationToken);
        var (run, refused, problem) = imports.TryBegin(project, string.IsNullOrWhiteSpace(name) ? "A file" : name);
        if (run is null)
        {
            return TypedResults.Problem(problem, statusCode: refused);
        }

        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            // Bounded as it is read.
            size.MaxRequestBodySize = null;
        }

        var status = await imports.RunAsync(run, http.Request.BodyReader, http.Request.ContentLength, settings, visitorKey, cancellationToken);
        var details = run.Details;
        return status == StatusCodes.Status200OK
            ? TypedResults.Ok(details)
            : TypedResults.Problem(
                details.Problem ?? "The import was cancelled. What was taken stays; the same file sent again goes on without counting anything twice.",
                statusCode: status, title: "The import ended before the file did.", extensions: new Dictionary<string, object?> { ["import"] = details });
    }

    private static async Task<Results<Ok<ImportPreview>, ValidationProblem, ProblemHttpResult>> PreviewAsync(
        ProjectId project,
        [AsParameters] FileReading reading,
        [Description("Whether the file goes on after the body.")] bool? cut,
        HttpContext http, Imports imports, CancellationToken cancellationToken)
    {
        var errors = new Dictionary<string, string[]>();
        var settings = reading.Settings(errors);
        if (errors.Count > 0)
        {
            return TypedResults.ValidationProblem(errors, title: "The request is not valid.");
        }

        return await JsonBody.ReadBytesAsync(http.Request, ImportPreviews.MaxPieceBytes, cancellationToken) is { } piece
            ? TypedResults.Ok(await ImportPreviews.ReadAsync(piece, cut ?? false, settings, await imports.VisitorKeyAsync(project, cancellationToken), cancellationToken))
            : TypedResults.Problem(
                string.Create(CultureInfo.InvariantCulture, $"The beginning may have at most {ImportPreviews.MaxPieceBytes} bytes."), statusCode: StatusCodes.Status413PayloadTooLarge);
    }

    private static Ok<ImportList> List(ProjectId project, Imports imports) => TypedResults.Ok(new ImportList(imports.List(project), imports.MaxFileBytes));

    private static Results<Ok<ImportDetails>, ProblemHttpResult> Get(ProjectId project, Guid id, Imports imports) =>
        imports.Find(project, id) is { } run ? TypedResults.Ok(run.Details) : NotFound();

    private static Results<NoContent, ProblemHttpResult> Cancel(ProjectId project, Guid id, Imports imports)
    {
        if (imports.Find(project, id) is not { } run)
        {
            return NotFound();
        }

        run.Cancel();
        return TypedResults.NoContent();
    }

    private static ProblemHttpResult NotFound() =>
        TypedResults.Problem(statusCode: StatusCodes.Status404NotFound, title: "There is no such thing in this project.");

    /// <summary>How a file is read, as a request says it.</summary>
    internal sealed class FileReading
    {
        [FromQuery(Name = "format")]
        [Description("ndjson, csv or log; auto, or left out, goes by the first line.")]
        public string? Format { get; init; }

        [FromQuery(Name = "map")]
        [Description("CSV: FIELD=COLUMN for event, distinct_id, timestamp and uuid, once for each; without a column the field has none. Left out, columns of the fields' own names.")]
        public string[]? Map { get; init; }

        [FromQuery(Name = "delimiter")]
        [Description("CSV: the character between columns; left out, by the header.")]
        public string? Delimiter { get; init; }

        [FromQuery(Name = "event")]
        [Description("The event's name for CSV without such a column, and for access logs instead of $pageview.")]
        public string? Event { get; init; }

        [FromQuery(Name = "site")]
        [Description("Access logs: what comes before the path, such as https://example.com.")]
        public string? Site { get; init; }

        public ImportSettings Settings(Dictionary<string, string[]> errors)
        {
            var form = ImportSettings.FormOf(Format);
            if (form is null && Format is not (null or "" or "auto"))
            {
                errors["format"] = ["Must be ndjson, csv, log or auto."];
            }

            if (Delimiter?.Length > 1)
            {
                errors["delimiter"] = ["Must be one character."];
            }

            foreach (var (field, text) in (ReadOnlySpan<(string, string?)>)[("event", Event), ("site", Site)])
            {
                if (text?.Length > MaxText)
                {
                    errors[field] = [string.Create(CultureInfo.InvariantCulture, $"Must have at most {MaxText} characters.")];
                }
            }

            var mapping = new Dictionary<string, string>();
            foreach (var given in Map ?? [])
            {
                var at = given.IndexOf('=', StringComparison.Ordinal);
                if (at <= 0 || !ImportSettings.Fields.Contains(given[..at]) || !mapping.TryAdd(given[..at], given[(at + 1)..]))
                {
                    errors["map"] = ["Must be FIELD=COLUMN, once for each of event, distinct_id, timestamp and uuid."];
                }
            }

            return new ImportSettings(form, mapping, string.IsNullOrEmpty(Delimiter) ? null : Delimiter[0], string.IsNullOrEmpty(Event) ? null : Event, string.IsNullOrEmpty(Site) ? null : Site);
        }
    }
}
