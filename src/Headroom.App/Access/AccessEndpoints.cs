using System.Text.Json.Serialization;
using Headroom.App.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Headroom.App.Access;

/// <summary>Who is signed in.</summary>
/// <param name="CsrfToken">For the header X-CSRF-Token; empty when nobody is signed in.</param>
public sealed record SessionState(Account? User, bool SetupNeeded, string CsrfToken);

public sealed record SetupRequest(string? Email, string? Name, string? Password);

public sealed record SignInRequest(string? Email, string? Password);

[JsonSerializable(typeof(SessionState))]
[JsonSerializable(typeof(SetupRequest))]
[JsonSerializable(typeof(SignInRequest))]
[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
internal sealed partial class AccessJson : JsonSerializerContext;

public static class AccessEndpoints
{
    private const int MaxBodyBytes = 16 * 1024;

    /// <summary>Maps /api/session and /api/setup.</summary>
    public static void MapAccess(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/api").WithTags("Signing in").WithMetadata(new RequestSizeLimitAttribute(MaxBodyBytes));
        group.MapGet("/session", GetAsync).AllowAnonymous().WithName("getSession").WithSummary("Who is signed in, and the antiforgery token");
        group.MapPost("/session", SignInAsync).AllowAnonymous().WithName("signIn").WithSummary("Sign in")
            .ProducesProblem(StatusCodes.Status401Unauthorized).ProducesProblem(StatusCodes.Status429TooManyRequests);
        group.MapDelete("/session", SignOutAsync).RequireAuthorization(Policies.SignedIn).WithName("signOut").WithSummary("Sign out");
        group.MapPost("/setup", SetupAsync).AllowAnonymous().WithName("setup").WithSummary("Make the owner; possible once")
            .ProducesProblem(StatusCodes.Status409Conflict);
    }

    private static async Task<Ok<SessionState>> GetAsync(HttpContext http, Accounts accounts, CancellationToken cancellationToken)
    {
        NotStored(http);
        var account = http.User.Account();
        return account is null
            ? TypedResults.Ok(new SessionState(null, await accounts.SetupNeededAsync(cancellationToken), ""))
            : TypedResults.Ok(new SessionState(account, false, Sessions.Token(http.Request.Cookies[AccessSchemes.Cookie]!)));
    }

    private static async Task<Results<Ok<SessionState>, ProblemHttpResult>> SignInAsync(
        SignInRequest request, HttpContext http, Accounts accounts, Sessions sessions, SignInThrottle throttle,
        ILogger<AccessOptions> logger, CancellationToken cancellationToken)
    {
        if (FromElsewhere(http) is { } refused)
        {
            return refused;
        }

        var address = http.Connection.RemoteIpAddress;
        var email = Accounts.NormalizeEmail(request.Email?.Length > 254 ? "" : request.Email);
        if (throttle.TryBegin(email, address) is { } wait)
        {
            var seconds = (int)Math.Ceiling(wait.TotalSeconds);
            http.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
            AccessMetrics.SignIn("refused");
            AccessLog.SignInRefused(logger, address, seconds);
            return TypedResults.Problem(
                statusCode: StatusCodes.Status429TooManyRequests, title: "Too many failed sign-ins.", detail: $"Try again in {seconds} seconds.");
        }

        if (await accounts.VerifyAsync(email, request.Password, cancellationToken) is not { } account)
        {
            AccessMetrics.SignIn("failed");
            AccessLog.SignInFailed(logger, address);
            return TypedResults.Problem(
                statusCode: StatusCodes.Status401Unauthorized, title: "Not signed in.", detail: "The e-mail or the password is wrong.");
        }

        throttle.Succeeded(email, address);
        AccessMetrics.SignIn("ok");
        AccessLog.SignedIn(logger, account.Id, address);
        return TypedResults.Ok(await OpenAsync(http, sessions, account, cancellationToken));
    }

    private static async Task<NoContent> SignOutAsync(
        HttpContext http, Sessions sessions, ILogger<AccessOptions> logger, CancellationToken cancellationToken)
    {
        await sessions.CloseAsync(http.Request.Cookies[AccessSchemes.Cookie]!, cancellationToken);
        SessionCookie.Clear(http);
        var address = http.Connection.RemoteIpAddress;
        var user = http.User.Account()!.Id;
        AccessLog.SignedOut(logger, user, address);
        return TypedResults.NoContent();
    }

    private static async Task<Results<Created<SessionState>, ValidationProblem, ProblemHttpResult>> SetupAsync(
        SetupRequest request, HttpContext http, Accounts accounts, Sessions sessions, ILogger<AccessOptions> logger,
        CancellationToken cancellationToken)
    {
        if (FromElsewhere(http) is { } refused)
        {
            return refused;
        }

        switch (await accounts.CreateOwnerAsync(request.Email, request.Name, request.Password, cancellationToken))
        {
            case AccountResult.Done done:
                return TypedResults.Created("/api/session", await OpenAsync(http, sessions, done.Account, cancellationToken));
            case AccountResult.Invalid invalid:
                return TypedResults.ValidationProblem(invalid.Errors, title: "The request is not valid.");
            default:
                var address = http.Connection.RemoteIpAddress;
                AccessLog.SetupRefused(logger, address);
                return TypedResults.Problem(
                    statusCode: StatusCodes.Status409Conflict, title: "Already set up.", detail: "There is an owner already; sign in.");
        }
    }

    // A new value for every sign-in: one that was planted in the browser before is worth nothing afterwards.
    private static async Task<SessionState> OpenAsync(HttpContext http, Sessions sessions, Account account, CancellationToken cancellationToken)
    {
        NotStored(http);
        if (http.Request.Cookies[AccessSchemes.Cookie] is { } earlier)
        {
            await sessions.CloseAsync(earlier, cancellationToken);
        }

        var (value, expires) = await sessions.OpenAsync(account, cancellationToken);
        SessionCookie.Set(http, value, expires);
        return new SessionState(account, false, Sessions.Token(value));
    }

    private static void NotStored(HttpContext http) => http.Response.Headers.CacheControl = "no-store";

    // Signing in has no session that a token could be bound to. Browsers say where a request comes from, and another
    // site must not sign somebody in as somebody else.
    private static ProblemHttpResult? FromElsewhere(HttpContext http) =>
        http.Request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site"
            ? TypedResults.Problem(statusCode: StatusCodes.Status403Forbidden, detail: "Signing in works from Headroom's own pages only.")
            : null;
}
