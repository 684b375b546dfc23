using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Headroom.App.Shared;
using Headroom.App.Shared.Control;
using Headroom.Core;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Headroom.App.Access;

/// <summary>Names of the schemes, and the claims they make.</summary>
internal static class AccessSchemes
{
    /// <summary>Chooses between the other two by the Authorization header.</summary>
    public const string Default = "headroom";

    public const string Session = ProjectRoles.Session;
    public const string ReadKey = "read-key";
    public const string Cookie = "headroom_session";

    /// <summary>Over TLS. Browsers take a cookie of this name only from the host itself, over TLS: no neighbouring host can plant one.</summary>
    public const string SecureCookie = "__Host-" + Cookie;

    public const string CsrfHeader = "X-CSRF-Token";

    /// <summary>The one project that a read key reads.</summary>
    public const string ProjectClaim = "project";

    public static bool IsReadKeyOf(this ClaimsPrincipal user, ProjectId project) =>
        user.Identity is { IsAuthenticated: true, AuthenticationType: ReadKey } && user.HasClaim(ProjectClaim, project.ToString());

    public static Account? Account(this ClaimsPrincipal user) => user.IsSession()
        ? new Account(user.FindFirstValue(ClaimTypes.NameIdentifier)!, user.FindFirstValue(ClaimTypes.Email)!, user.FindFirstValue(ClaimTypes.Name)!, user.IsOperator())
        : null;
}

/// <summary>A person by the cookie. A cookie that opens no session is no error: the request is just nobody's.</summary>
internal sealed class SessionAuthenticationHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, Sessions sessions)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (SessionCookie.Of(Request) is not { } cookie ||
            await sessions.FindAsync(cookie, Context.RequestAborted) is not { } session)
        {
            return AuthenticateResult.NoResult();
        }

        if (session.Renewed)
        {
            SessionCookie.Set(Context, cookie, session.ExpiresAt);
        }

        Claim[] operators = session.Account.Operator ? [new Claim(ProjectRoles.OperatorClaim, "")] : [];
        var identity = new ClaimsIdentity(
            [
                .. operators,
                new Claim(ClaimTypes.NameIdentifier, session.Account.Id),
                new Claim(ClaimTypes.Email, session.Account.Email),
                new Claim(ClaimTypes.Name, session.Account.Name),
            ],
            AccessSchemes.Session);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme.Name));
    }
}

/// <summary>A program by a read key in the Authorization header.</summary>
internal sealed class ReadKeyAuthenticationHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, ControlDirectory directory)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    private const string Bearer = "Bearer ";
    private const int MaxKey = 128;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        var key = header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? header[Bearer.Length..].Trim() : "";
        if (key.Length > MaxKey || !key.StartsWith("hrr_", StringComparison.Ordinal))
        {
            return AuthenticateResult.Fail("A read key begins with hrr_.");
        }

        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(key));
        if (!directory.TryGetByReadKeyHash(hash, out var project))
        {
            await directory.RefreshAsync(Context.RequestAborted);
            if (!directory.TryGetByReadKeyHash(hash, out project))
            {
                return AuthenticateResult.Fail("The read key is unknown.");
            }
        }

        var identity = new ClaimsIdentity(
            [new Claim(AccessSchemes.ProjectClaim, project.ToString()), new Claim(ClaimTypes.NameIdentifier, Convert.ToHexStringLower(hash))],
            AccessSchemes.ReadKey);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme.Name));
    }
}

internal static class SessionCookie
{
    /// <summary>The value that the browser sent, under the one name that counts for how the request came.</summary>
    public static string? Of(HttpRequest request) => request.Cookies[Name(request)];

    public static void Set(HttpContext context, string value, DateTimeOffset expires) =>
        context.Response.Cookies.Append(Name(context.Request), value, Options(context, expires));

    public static void Clear(HttpContext context) => context.Response.Cookies.Delete(Name(context.Request), Options(context, null));

    private static string Name(HttpRequest request) => request.IsHttps ? AccessSchemes.SecureCookie : AccessSchemes.Cookie;

    private static CookieOptions Options(HttpContext context, DateTimeOffset? expires) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Lax,
        Secure = context.Request.IsHttps,
        Path = "/",
        Expires = expires,
        IsEssential = true,
    };
}
