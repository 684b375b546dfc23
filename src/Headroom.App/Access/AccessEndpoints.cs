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

/// <param name="Current">The password until now.</param>
/// <param name="Password">From 8 to 256 characters.</param>
public sealed record PasswordChange(string? Current, string? Password);

[JsonSerializable(typeof(SessionState))]
[JsonSerializable(typeof(SetupRequest))]
[JsonSerializable(typeof(SignInRequest))]
[JsonSerializable(typeof(PasswordChange))]
[JsonSerializable(typeof(IReadOnlyList<MemberDetails>))]
[JsonSerializable(typeof(NewMember))]
[JsonSerializable(typeof(MemberChange))]
[JsonSerializable(typeof(AddedMember))]
[JsonSerializable(typeof(IReadOnlyList<InvitationDetails>))]
[JsonSerializable(typeof(CreatedInvitation))]
[JsonSerializable(typeof(OpenInvitation))]
[JsonSerializable(typeof(InvitationAnswer))]
[JsonSerializable(typeof(JoinedProject))]
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
        group.MapPost("/session/password", ChangePasswordAsync).RequireAuthorization(Policies.SignedIn).WithName("changePassword")
            .WithSummary("Change one's own password; all other sessions end").ProducesProblem(StatusCodes.Status429TooManyRequests);
        group.MapPost("/setup", SetupAsync).AllowAnonymous().WithName("setup").WithSummary("Make the first account, the operator's; possible once")
            .ProducesProblem(StatusCodes.Status409Conflict);
    }

    private static async Task<Ok<SessionState>> GetAsync(HttpContext http, Accounts accounts, CancellationToken cancellationToken)
    {
        NotStored(http);
        var account = http.User.Account();
        return account is null
            ? TypedResults.Ok(new SessionState(null, await accounts.SetupNeededAsync(cancellationToken), ""))
            : TypedResults.Ok(new SessionState(account, false, Sessions.Token(SessionCookie.Of(http.Request)!)));
    }

    private static async Task<Results<Ok<SessionState>, ProblemHttpResult>> SignInAsync(
        SignInRequest request, HttpContext http, SignIns signIns, CancellationToken cancellationToken)
    {
        if (FromElsewhere(http) is { } elsewhere)
        {
            return elsewhere;
        }

        var (account, refused) = await signIns.VerifyAsync(http, request.Email, request.Password, cancellationToken);
        return account is null ? refused! : TypedResults.Ok(await signIns.OpenAsync(http, account, cancellationToken));
    }

    private static async Task<Results<NoContent, ValidationProblem, ProblemHttpResult>> ChangePasswordAsync(
        PasswordChange request, HttpContext http, Accounts accounts, SignIns signIns, CancellationToken cancellationToken)
    {
        var email = http.User.Account()!.Email;
        var (account, refused) = await signIns.VerifyAsync(http, email, request.Current, cancellationToken);
        if (account is null)
        {
            // Not 401: the session is as good as it was.
            return refused!.StatusCode != StatusCodes.Status401Unauthorized ? refused
                : Wrong("current", "This is not your password.");
        }

        var keep = Sessions.Hash(SessionCookie.Of(http.Request)!);
        return await accounts.SetPasswordAsync(email, request.Password, keep, cancellationToken) is AccountResult.Invalid invalid
            ? TypedResults.ValidationProblem(invalid.Errors, title: "The request is not valid.")
            : TypedResults.NoContent();

        static ValidationProblem Wrong(string field, string reason) =>
            TypedResults.ValidationProblem(new Dictionary<string, string[]> { [field] = [reason] }, title: "The request is not valid.");
    }

    private static async Task<NoContent> SignOutAsync(
        HttpContext http, Sessions sessions, ILogger<AccessOptions> logger, CancellationToken cancellationToken)
    {
        await sessions.CloseAsync(SessionCookie.Of(http.Request)!, cancellationToken);
        SessionCookie.Clear(http);
        var address = http.Connection.RemoteIpAddress;
        var user = http.User.Account()!.Id;
        AccessLog.SignedOut(logger, user, address);
        return TypedResults.NoContent();
    }

    private static async Task<Results<Created<SessionState>, ValidationProblem, ProblemHttpResult>> SetupAsync(
        SetupRequest request, HttpContext http, Accounts accounts, SignIns signIns, ILogger<AccessOptions> logger,
        CancellationToken cancellationToken)
    {
        if (FromElsewhere(http) is { } refused)
        {
            return refused;
        }

        switch (await accounts.CreateFirstAsync(request.Email, request.Name, request.Password, cancellationToken))
        {
            case AccountResult.Done done:
                return TypedResults.Created("/api/session", await signIns.OpenAsync(http, done.Account, cancellationToken));
            case AccountResult.Invalid invalid:
                return TypedResults.ValidationProblem(invalid.Errors, title: "The request is not valid.");
            default:
                var address = http.Connection.RemoteIpAddress;
                AccessLog.SetupRefused(logger, address);
                return TypedResults.Problem(
                    statusCode: StatusCodes.Status409Conflict, title: "Already set up.", detail: "There is an operator already; sign in.");
        }
    }

    internal static void NotStored(HttpContext http) => http.Response.Headers.CacheControl = "no-store";

    // Signing in has no session that a token could be bound to. Browsers say where a request comes from, and another
    // site must not sign somebody in as somebody else.
    internal static ProblemHttpResult? FromElsewhere(HttpContext http) =>
        http.Request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site"
            ? TypedResults.Problem(statusCode: StatusCodes.Status403Forbidden, detail: "Signing in works from Headroom's own pages only.")
            : null;
}
