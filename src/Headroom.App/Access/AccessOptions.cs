using Microsoft.Extensions.Options;

namespace Headroom.App.Access;

/// <summary>Signing in; section <c>Headroom:Access</c>.</summary>
public sealed class AccessOptions
{
    public const string Section = "Headroom:Access";

    /// <summary>Days without use after which a session ends. Default 14. Longer is more comfortable on a shared device's thief too.</summary>
    public int SessionIdleDays { get; set; } = 14;

    /// <summary>Days after which a session ends however much it is used. Default 90.</summary>
    public int SessionMaxDays { get; set; } = 90;

    /// <summary>
    /// Failed sign-ins of one address for one e-mail within <see cref="SignInWindowMinutes"/> after which more are refused.
    /// Default 5. One address may fail ten times as often over all e-mails, and for one e-mail all addresses from which
    /// it was not signed in with lately may fail twenty times as often together.
    /// </summary>
    public int SignInFailures { get; set; } = 5;

    /// <summary>Minutes after the first failure until the count begins anew. Default 15.</summary>
    public int SignInWindowMinutes { get; set; } = 15;

    /// <summary>Members of one project at most. Default 200. Each is an entry in the snapshot that every process keeps in memory.</summary>
    public int MaxMembers { get; set; } = 200;

    /// <summary>Invitations to one project that wait to be accepted, at most. Default 100.</summary>
    public int MaxInvitations { get; set; } = 100;

    /// <summary>
    /// Rounds of PBKDF2 (HMAC-SHA-512) for a password. Default 210,000, some 100 ms: what makes a stolen database slow
    /// to guess also makes each sign-in cost CPU. Older hashes are renewed when their owner signs in.
    /// </summary>
    public int PasswordIterations { get; set; } = 210_000;
}

internal sealed class AccessOptionsValidator : IValidateOptions<AccessOptions>
{
    public ValidateOptionsResult Validate(string? name, AccessOptions options)
    {
        List<string> errors = [];
        InRange(nameof(options.SessionIdleDays), options.SessionIdleDays, 1, 365);
        InRange(nameof(options.SessionMaxDays), options.SessionMaxDays, 1, 3650);
        InRange(nameof(options.SignInFailures), options.SignInFailures, 1, 1000);
        InRange(nameof(options.SignInWindowMinutes), options.SignInWindowMinutes, 1, 1440);
        InRange(nameof(options.MaxMembers), options.MaxMembers, 1, 10_000);
        InRange(nameof(options.MaxInvitations), options.MaxInvitations, 1, 10_000);
        InRange(nameof(options.PasswordIterations), options.PasswordIterations, 100, 10_000_000);
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);

        void InRange(string key, int value, int min, int max)
        {
            if (value < min || value > max)
            {
                errors.Add($"{AccessOptions.Section}:{key} must be from {min} to {max}.");
            }
        }
    }
}
