// The cookie's value is 256 random bits and says nothing. The database has its SHA-256, so a copy of the database opens
// no session; deleting the row ends the session in every process at once.
//
// The antiforgery token is an HMAC keyed by the cookie's value: only who can read an answer of this origin has it, it is
// bound to one session, needs no storage and no key ring, and holds in every process. docs/decisions/0007-control-data.md.

using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Headroom.App.Shared.Control;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Headroom.App.Access;

/// <summary>A session that is valid now.</summary>
/// <param name="Renewed">The expiry has just been moved: the cookie is to be set again.</param>
internal sealed record ValidSession(Account Account, DateTimeOffset ExpiresAt, bool Renewed);

internal sealed class Sessions(ControlDatabase database, TimeProvider time, IOptions<AccessOptions> options)
{
    private const int ValueBytes = 32;
    private static readonly TimeSpan BetweenRenewals = TimeSpan.FromHours(1);

    /// <summary>Opens a session and returns the cookie's value, which exists nowhere else. Ended sessions are swept up.</summary>
    public async Task<(string Value, DateTimeOffset ExpiresAt)> OpenAsync(Account account, CancellationToken cancellationToken)
    {
        var value = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(ValueBytes));
        var now = time.GetUtcNow();
        var expires = now.AddDays(Math.Min(options.Value.SessionIdleDays, options.Value.SessionMaxDays));
        await using var context = await database.OpenAsync(cancellationToken);
        await context.Sessions.Where(s => s.ExpiresAt <= now).ExecuteDeleteAsync(cancellationToken);
        context.Sessions.Add(new SessionRow
        {
            Hash = Hash(value),
            UserId = int.Parse(account.Id, System.Globalization.CultureInfo.InvariantCulture),
            CreatedAt = now,
            ExpiresAt = expires,
        });
        await context.SaveChangesAsync(cancellationToken);
        return (value, expires);
    }

    /// <summary>The session of a cookie's value; null where there is none or it has ended.</summary>
    public async Task<ValidSession?> FindAsync(string value, CancellationToken cancellationToken)
    {
        if (!IsWellFormed(value))
        {
            return null;
        }

        var hash = Hash(value);
        var now = time.GetUtcNow();
        await using var context = await database.OpenAsync(cancellationToken);
        var found = await context.Sessions.AsNoTracking()
            .Where(s => s.Hash == hash && s.ExpiresAt > now)
            .Join(context.Users, s => s.UserId, u => u.Id, (session, user) => new { session, user })
            .SingleOrDefaultAsync(cancellationToken);
        if (found is null)
        {
            return null;
        }

        var expires = now.AddDays(options.Value.SessionIdleDays);
        var end = found.session.CreatedAt.AddDays(options.Value.SessionMaxDays);
        if (expires > end)
        {
            expires = end;
        }

        // At most one write an hour and session: a read of the app must not become a write of the database.
        var renew = expires - found.session.ExpiresAt >= BetweenRenewals;
        if (renew)
        {
            await context.Sessions.Where(s => s.Hash == hash)
                .ExecuteUpdateAsync(set => set.SetProperty(s => s.ExpiresAt, expires), cancellationToken);
        }

        return new ValidSession(Accounts.AccountOf(found.user), renew ? expires : found.session.ExpiresAt, renew);
    }

    public async Task CloseAsync(string value, CancellationToken cancellationToken)
    {
        if (IsWellFormed(value))
        {
            var hash = Hash(value);
            await using var context = await database.OpenAsync(cancellationToken);
            await context.Sessions.Where(s => s.Hash == hash).ExecuteDeleteAsync(cancellationToken);
        }
    }

    /// <summary>The antiforgery token of the session with this cookie value.</summary>
    public static string Token(string value) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.ASCII.GetBytes(value), "headroom antiforgery"u8));

    /// <summary>Whether the header carries the token of the cookie; the comparison takes the same time for any wrong one.</summary>
    public static bool IsTokenOf([NotNullWhen(true)] string? cookie, string? header) =>
        cookie is not null && header is not null && IsWellFormed(cookie) &&
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(header), Encoding.ASCII.GetBytes(Token(cookie)));

    private static bool IsWellFormed(string value) => value.Length == 43 && Base64Url.IsValid(value);

    internal static byte[] Hash(string value) => SHA256.HashData(Encoding.ASCII.GetBytes(value));
}
