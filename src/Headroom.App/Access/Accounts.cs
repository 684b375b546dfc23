using System.Globalization;
using System.Text;
using Headroom.App.Shared;
using Headroom.App.Shared.Control;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Headroom.App.Access;

/// <summary>A person who may sign in.</summary>
/// <param name="Operator">Runs the server: an owner of every project, who may make more.</param>
public sealed record Account(string Id, string Email, string Name, bool Operator);

/// <summary>As the command line lists them.</summary>
/// <param name="Role">operator or member.</param>
/// <param name="Projects">Those that it is a member of; an operator sees all others, too.</param>
public sealed record AccountDetails(string Id, string Email, string Name, string Role, DateTimeOffset CreatedAt, IReadOnlyList<Membership> Projects);

/// <param name="Role">viewer, editor, admin or owner.</param>
public sealed record Membership(string Project, string Role);

/// <summary>What came of a change to accounts.</summary>
public abstract record AccountResult
{
    private AccountResult()
    {
    }

    public sealed record Done(Account Account) : AccountResult;

    /// <summary>Fields and what is wrong with them.</summary>
    public sealed record Invalid(IReadOnlyDictionary<string, string[]> Errors) : AccountResult;

    /// <summary>The e-mail is taken, somebody made the first account before, or a project would be nobody's.</summary>
    public sealed record Conflict(string Field, string Reason) : AccountResult;

    public sealed record NotFound : AccountResult;
}

/// <summary>What an account is made of.</summary>
/// <param name="IsFirst">It is only made where there is none.</param>
internal sealed record NewAccount(string? Email, string? Name, string? Password, bool IsOperator = false, bool IsFirst = false);

/// <summary>People and their passwords in the control database, for the API and the command line.</summary>
public sealed class Accounts : IDisposable
{
    private const int MinPassword = 8;
    private const int MaxPassword = 256;
    private const int MaxEmail = 254;
    private const int MaxName = 100;
    private const int MaxUsers = 1000;
    private const string SetUp = "There is an operator already; sign in.";

    private readonly ControlDatabase _database;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly PasswordHasher<string> _hasher;
    private readonly Lazy<string> _nobody;

    // Hashing is the only thing here that costs CPU on purpose: two at a time leave the rest of the machine to work.
    private readonly SemaphoreSlim _hashing = new(2, 2);
    private volatile bool _hasUsers;

    internal Accounts(ControlDatabase database, TimeProvider time, ILogger<Accounts> logger, IOptions<AccessOptions> options)
    {
        _database = database;
        _time = time;
        _logger = logger;
        _hasher = new PasswordHasher<string>(Options.Create(new PasswordHasherOptions { IterationCount = options.Value.PasswordIterations }));
        _nobody = new Lazy<string>(() => _hasher.HashPassword("", "nobody"));
    }

    /// <summary>Whether nobody can sign in yet. Once somebody can, the database is not asked again.</summary>
    public async ValueTask<bool> SetupNeededAsync(CancellationToken cancellationToken)
    {
        if (!_hasUsers)
        {
            await using var context = await _database.OpenAsync(cancellationToken);
            _hasUsers = await context.Users.AnyAsync(cancellationToken);
        }

        return !_hasUsers;
    }

    /// <summary>Makes the first user. Of several callers at once one succeeds: the check and the row are one transaction.</summary>
    public Task<AccountResult> CreateFirstAsync(string? email, string? name, string? password, CancellationToken cancellationToken) =>
        CreateAsync(new NewAccount(email, name, password, IsFirst: true), null, cancellationToken);

    /// <summary>Makes a user, who sees no project yet unless <paramref name="isOperator"/>; the first one is an operator in any case.</summary>
    public Task<AccountResult> CreateAsync(string? email, string? name, string? password, bool isOperator, CancellationToken cancellationToken) =>
        CreateAsync(new NewAccount(email, name, password, isOperator), null, cancellationToken);

    public async Task<IReadOnlyList<AccountDetails>> ListAsync(CancellationToken cancellationToken)
    {
        await using var context = await _database.OpenAsync(cancellationToken);
        var rows = await context.Users.AsNoTracking().OrderBy(u => u.Id).ToListAsync(cancellationToken);
        var members = (await context.Members.AsNoTracking().OrderBy(m => m.ProjectId).ToListAsync(cancellationToken)).ToLookup(m => m.UserId);
        return
        [
            .. rows.Select(u => new AccountDetails(
                Text(u.Id), u.Email, u.Name, Text(u.Role), u.CreatedAt, [.. members[u.Id].Select(m => new Membership(Text(m.ProjectId), m.Role.Text()))])),
        ];
    }

    /// <summary>Makes somebody an operator, or no operator any more; refused where a project would be nobody's then.</summary>
    public Task<AccountResult> SetOperatorAsync(string? email, bool isOperator, CancellationToken cancellationToken) =>
        ChangeAsync(
            email,
            async (context, row) =>
            {
                if (!isOperator)
                {
                    await Invitations.WithdrawAsync(context, null, row.Id, cancellationToken);
                }

                row.Role = isOperator ? UserRole.Operator : UserRole.Member;
                await context.SaveChangesAsync(cancellationToken);
                AccessLog.UserRoleChanged(_logger, row.Id, row.Role);
            },
            cancellationToken);

    /// <summary>Deletes a user with sessions and memberships; refused where a project would be nobody's then. What they wrote stays.</summary>
    public Task<AccountResult> RemoveAsync(string? email, CancellationToken cancellationToken) =>
        ChangeAsync(
            email,
            async (context, row) =>
            {
                await Invitations.WithdrawAsync(context, null, row.Id, cancellationToken);
                context.Users.Remove(row);
                await context.SaveChangesAsync(cancellationToken);
                AccessLog.UserRemoved(_logger, row.Id);
            },
            cancellationToken);

    /// <summary>Sets a password and ends every session of that person.</summary>
    public Task<AccountResult> SetPasswordAsync(string? email, string? password, CancellationToken cancellationToken) =>
        SetPasswordAsync(email, password, [], cancellationToken);

    /// <param name="keep">The hash of the one session that does not end.</param>
    internal async Task<AccountResult> SetPasswordAsync(string? email, string? password, byte[] keep, CancellationToken cancellationToken)
    {
        var errors = new Dictionary<string, string[]>();
        CheckPassword(errors, password);
        if (errors.Count > 0)
        {
            return new AccountResult.Invalid(errors);
        }

        var hash = await HashAsync(password!, cancellationToken);
        var normalized = NormalizeEmail(email);
        await using var context = await _database.OpenAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var row = await context.Users.SingleOrDefaultAsync(u => u.Email == normalized, cancellationToken);
        if (row is null)
        {
            return new AccountResult.NotFound();
        }

        row.PasswordHash = hash;
        await context.SaveChangesAsync(cancellationToken);
        await context.Sessions.Where(s => s.UserId == row.Id && s.Hash != keep).ExecuteDeleteAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        AccessLog.PasswordChanged(_logger, row.Id);
        return new AccountResult.Done(AccountOf(row));
    }

    /// <summary>
    /// The account that e-mail and password belong to, or null. An unknown e-mail costs the same work as a wrong
    /// password, so that the time tells nothing.
    /// </summary>
    public async Task<Account?> VerifyAsync(string? email, string? password, CancellationToken cancellationToken)
    {
        if (password is null or "" or { Length: > MaxPassword } || email is null or { Length: > MaxEmail })
        {
            return null;
        }

        var normalized = NormalizeEmail(email);
        await using var context = await _database.OpenAsync(cancellationToken);
        var row = await context.Users.AsNoTracking().SingleOrDefaultAsync(u => u.Email == normalized, cancellationToken);
        var verdict = await VerifyHashAsync(row?.PasswordHash, password, cancellationToken);
        if (row is null || verdict == PasswordVerificationResult.Failed)
        {
            return null;
        }

        if (verdict == PasswordVerificationResult.SuccessRehashNeeded)
        {
            var renewed = await HashAsync(password, cancellationToken);
            await context.Users.Where(u => u.Id == row.Id && u.PasswordHash == row.PasswordHash)
                .ExecuteUpdateAsync(set => set.SetProperty(u => u.PasswordHash, renewed), cancellationToken);
        }

        return AccountOf(row);
    }

    public void Dispose() => _hashing.Dispose();

    internal static string NormalizeEmail(string? email) => (email ?? "").Trim().Normalize(NormalizationForm.FormC).ToLowerInvariant();

    internal static Account AccountOf(UserRow row) => new(Text(row.Id), row.Email, row.Name, row.Role == UserRole.Operator);

    internal static void CheckEmail(Dictionary<string, string[]> errors, string normalized)
    {
        if (!IsEmail(normalized))
        {
            errors["email"] = ["This is not an e-mail address."];
        }
    }

    private static string Text(UserRole role) => role == UserRole.Operator ? "operator" : "member";

    private static string Text(int id) => id.ToString(CultureInfo.InvariantCulture);

    private static void CheckPassword(Dictionary<string, string[]> errors, string? password)
    {
        if (password is null || password.Length is < MinPassword or > MaxPassword)
        {
            errors["password"] = ["A password has 8 to 256 characters."];
        }
    }

    private static bool IsEmail(string email)
    {
        var at = email.IndexOf('@', StringComparison.Ordinal);
        return email.Length <= MaxEmail && at > 0 && at == email.LastIndexOf('@') && at < email.Length - 1 &&
            !email.Any(static c => char.IsWhiteSpace(c) || char.IsControl(c));
    }

    /// <param name="alongside">What belongs to the same transaction; a refusal of it undoes the account.</param>
    internal async Task<AccountResult> CreateAsync(
        NewAccount account, Func<ControlContext, UserRow, CancellationToken, Task<AccountResult?>>? alongside, CancellationToken cancellationToken)
    {
        // Cheap and not binding: it spares a stranger's call the hash and tells nothing but what GET /api/session does.
        if (account.IsFirst && !await SetupNeededAsync(cancellationToken))
        {
            return new AccountResult.Conflict("email", SetUp);
        }

        var errors = new Dictionary<string, string[]>();
        var normalized = NormalizeEmail(account.Email);
        CheckEmail(errors, normalized);
        var display = account.Name?.Trim() is { Length: > 0 } given ? given : normalized.Split('@')[0];
        if (display.Length > MaxName || display.Any(char.IsControl))
        {
            errors["name"] = ["A name has at most 100 characters and no control characters."];
        }

        CheckPassword(errors, account.Password);
        if (errors.Count > 0)
        {
            return new AccountResult.Invalid(errors);
        }

        var hash = await HashAsync(account.Password!, cancellationToken);
        await using var context = await _database.OpenAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var users = await context.Users.CountAsync(cancellationToken);
        if (account.IsFirst && users > 0)
        {
            _hasUsers = true;
            return new AccountResult.Conflict("email", SetUp);
        }

        if (users >= MaxUsers)
        {
            return new AccountResult.Conflict("email", "There are 1000 users already, which is the limit.");
        }

        if (await context.Users.AnyAsync(u => u.Email == normalized, cancellationToken))
        {
            return new AccountResult.Conflict("email", "There is a user with this e-mail already.");
        }

        // Who comes first by the command line runs the place just as well.
        var row = new UserRow
        {
            Email = normalized,
            Name = display,
            PasswordHash = hash,
            Role = users == 0 || account.IsOperator ? UserRole.Operator : UserRole.Member,
            CreatedAt = _time.GetUtcNow(),
        };
        context.Users.Add(row);
        await context.SaveChangesAsync(cancellationToken);
        if (alongside is not null && await alongside(context, row, cancellationToken) is { } refused)
        {
            return refused;
        }

        await transaction.CommitAsync(cancellationToken);
        _hasUsers = true;
        AccessLog.UserCreated(_logger, row.Id, row.Role);
        return new AccountResult.Done(AccountOf(row));
    }

    private async Task<AccountResult> ChangeAsync(string? email, Func<ControlContext, UserRow, Task> change, CancellationToken cancellationToken)
    {
        var normalized = NormalizeEmail(email);
        await using var context = await _database.OpenAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        if (await context.Users.SingleOrDefaultAsync(u => u.Email == normalized, cancellationToken) is not { } row)
        {
            return new AccountResult.NotFound();
        }

        await change(context, row);
        if (await Members.WithoutOwnerAsync(context, null, cancellationToken) is { } project)
        {
            return new AccountResult.Conflict("email", $"Project {Text(project)} would have no owner: make somebody one first.");
        }

        await transaction.CommitAsync(cancellationToken);
        return new AccountResult.Done(AccountOf(row));
    }

    private async Task<string> HashAsync(string password, CancellationToken cancellationToken)
    {
        await _hashing.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(() => _hasher.HashPassword("", password), cancellationToken);
        }
        finally
        {
            _hashing.Release();
        }
    }

    private async Task<PasswordVerificationResult> VerifyHashAsync(string? hash, string password, CancellationToken cancellationToken)
    {
        await _hashing.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(
                () =>
                {
                    // Asked for whether it is needed or not: making it costs as much as a verification.
                    var nobody = _nobody.Value;
                    return _hasher.VerifyHashedPassword("", hash ?? nobody, password);
                },
                cancellationToken);
        }
        finally
        {
            _hashing.Release();
        }
    }
}
