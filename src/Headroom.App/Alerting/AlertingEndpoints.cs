using System.ComponentModel;
using Headroom.App.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;

namespace Headroom.App.Alerting;

public static class AlertingEndpoints
{
    private const int DefaultHours = 24;
    private const int MostHours = 168;
    private const int DefaultResolved = 20;
    private const int MaxBodyBytes = 1024;

    /// <summary>Maps /api/alerts, for operators.</summary>
    public static void MapAlerting(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/api/alerts").WithTags("Alerts").RequireAuthorization(Policies.Operator)
            .WithMetadata(new RequestSizeLimitAttribute(MaxBodyBytes)).AddEndpointFilterFactory(TypedParameters.AsProblems);
        group.MapGet("/", Read).WithName("listAlerts").WithSummary("What is wrong with the server now, what was, and who is told")
            .WithDescription("Of the whole server, for operators. Up to 200 that are well again are kept, over restarts too.")
            .ProducesValidationProblem();
        group.MapPost("/{id}/acknowledge", Acknowledge).WithName("acknowledgeAlert").WithSummary("Say that you know of an alert: nobody is reminded of it for a while")
            .ProducesProblem(StatusCodes.Status404NotFound);
        group.MapPost("/test", TestAsync).WithName("testAlerts").WithSummary("Send a test message by every channel, and see what each says");
    }

    private static Ok<AlertsReport> Read(
        AlertBook book, AlertSender sender, [Description("How many of those that are well again, at most 200; 20 where it is left out.")] int? resolved) =>
        TypedResults.Ok(new AlertsReport(book.Firing, book.Resolved(Math.Clamp(resolved ?? DefaultResolved, 0, AlertBook.MostResolved)), sender.Status));

    private static Results<Ok<Alert>, ProblemHttpResult, ValidationProblem> Acknowledge(
        [Description("As part:writer.")] string id, AlertAcknowledgement request, AlertBook book, TimeProvider time)
    {
        var hours = request.Hours ?? DefaultHours;
        if (hours is < 1 or > MostHours)
        {
            return TypedResults.ValidationProblem(new Dictionary<string, string[]> { ["hours"] = [$"Must be from 1 to {MostHours}."] });
        }

        return book.Acknowledge(id, time.GetUtcNow().AddHours(hours)) is { } alert
            ? TypedResults.Ok(alert)
            : TypedResults.Problem("No alert of this id fires now.", statusCode: StatusCodes.Status404NotFound);
    }

    private static async Task<Ok<AlertTest>> TestAsync(AlertSender sender, IOptions<AlertingOptions> options, TimeProvider time, CancellationToken cancellationToken) =>
        TypedResults.Ok(new AlertTest(await sender.TestAsync(AlertMessage.Test(options.Value, time.GetUtcNow()), cancellationToken)));
}
