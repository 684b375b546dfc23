using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Logging;

namespace Headroom.App.Access;

/// <summary>Checks passwords that came with a request, throttled, and opens sessions for its browser.</summary>
internal sealed class SignIns(Accounts accounts, Sessions sessions, SignInThrottle throttle, ILogger<SignIns> logger)
{
    /// <summary>The account that e-mail and password belong to, or the answer that refuses them. Exactly one is null.</summary>
    public async Task<(Account? Account, ProblemHttpResult? Refused)> VerifyAsync(HttpContext http, string? email, string? password, CancellationToken cancellationToken)
    {
        var address = http.Connection.RemoteIpAddress;
        var normalized = Accounts.NormalizeEmail(email?.Length > 254 ? "" : email);
        if (await throttle.TryBeginAsync(normalized, address, cancellationToken) is { } wait)
        {
            var seconds = (int)Math.Ceiling(wait.TotalSeconds);
            http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
            AccessMetrics.SignIn("refused");
            AccessLog.SignInRefused(logger, address, seconds);
            return (null, TypedResults.Problem(
                statusCode: StatusCodes.Status429TooManyRequests, title: "Too many failed sign-ins.", detail: $"Try again in {seconds} seconds."));
        }

        if (await accounts.VerifyAsync(normalized, password, cancellationToken) is not { } account)
        {
            AccessMetrics.SignIn("failed");
            AccessLog.SignInFailed(logger, address);
            return (null, TypedResults.Problem(
                statusCode: StatusCodes.Status401Unauthorized, title: "Not signed in.", detail: "The e-mail or the password is wrong."));
        }

        await throttle.SucceededAsync(normalized, address);
        AccessMetrics.SignIn("ok");
        return (account, null);
    }

    /// <summary>A new value for every sign-in: one that was planted in the browser before is worth nothing afterwards.</summary>
    public async Task<SessionState> OpenAsync(HttpContext http, Account account, CancellationToken cancellationToken)
    {
        AccessEndpoints.NotStored(http);
        if (SessionCookie.Of(http.Request) is { } earlier)
        {
            await sessions.CloseAsync(earlier, cancellationToken);
        }

        var (value, expires) = await sessions.OpenAsync(account, cancellationToken);
        SessionCookie.Set(http, value, expires);
        var address = http.Connection.RemoteIpAddress;
        AccessLog.SignedIn(logger, account.Id, address);
        return new SessionState(account, false, Sessions.Token(value));
    }
}
