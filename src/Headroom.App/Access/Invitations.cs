// An invitation's token is a mark and 238 random bits. The database has its SHA-256, so a copy of the database opens
// nothing; whoever made it sees it once. It holds for seven days, for one e-mail, and is gone when somebody accepts it.
// Unknown, expired, revoked and used ones are the same to whoever tries them.

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Headroom.App.Shared;
using Headroom.App.Shared.Control;
using Headroom.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Headroom.App.Access;

/// <summary>Links by which people become members of a project, with an account that they have or make. Safe for concurrent use.</summary>
public sealed class Invitations
{
    private const string Mark = "hri_";
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private const int RandomLength = 40;
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    private readonly ControlDatabase _database;
    private readonly ControlDirectory _directory;
    private readonly Accounts _accounts;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly AccessOptions _options;

    internal Invitations(
        ControlDatabase database, ControlDirectory directory, Accounts accounts, TimeProvider time, ILogger<Invitations> logger, IOptions<AccessOptions> options)
    {
        _database = database;
        _directory = directory;
        _accounts = accounts;
        _time = time;
        _logger = logger;
        _options = options.Value;
    }

    /// <summary>Those that wait, the newest first.</summary>
    public async Task<IReadOnlyList<InvitationDetails>> ListAsync(ProjectId project, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        await using var context = await _database.OpenAsync(cancellationToken);
        return await Details(context, context.Invitations.Where(i => i.ProjectId == project.Value && i.ExpiresAt > now)).ToListAsync(cancellationToken);
    }

    /// <summary>Makes a link, whether the e-mail has an account or not; it takes the place of an earlier one for the same e-mail.</summary>
    /// <param name="actor">The role of whoever asks.</param>
    /// <param name="by">The number of whoever asks.</param>
    public async Task<MemberResult<CreatedInvitation>> CreateAsync(
        ProjectId project, NewMember request, ProjectRole actor, int? by, CancellationToken cancellationToken)
    {
        if (Check(request, actor, out var email, out var role) is { } wrong)
        {
            return new(wrong);
        }

        await using var context = await _database.OpenAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        return await context.Users.SingleOrDefaultAsync(u => u.Email == email, cancellationToken) is { } user &&
            await AlreadyInAsync(context, project, user, cancellationToken) is { } known
                ? new(known)
                : await CreateAsync(context, transaction, project, email, role, by, cancellationToken);
    }

    /// <summary>False where the project has no such invitation.</summary>
    public async Task<bool> RevokeAsync(ProjectId project, int id, CancellationToken cancellationToken)
    {
        await using var context = await _database.OpenAsync(cancellationToken);
        if (await context.Invitations.Where(i => i.Id == id && i.ProjectId == project.Value).ExecuteDeleteAsync(cancellationToken) == 0)
        {
            return false;
        }

        AccessLog.InvitationRevoked(_logger, project, id);
        return true;
    }

    /// <summary>What a link is about; null where it opens nothing.</summary>
    public async Task<OpenInvitation?> OpenAsync(string token, CancellationToken cancellationToken)
    {
        if (!IsWellFormed(token))
        {
            return null;
        }

        await using var context = await _database.OpenAsync(cancellationToken);
        var found = await (
            from invitation in Valid(context, token).AsNoTracking()
            join project in context.Projects on invitation.ProjectId equals project.Id
            select new { invitation, project.Name, known = context.Users.Any(u => u.Email == invitation.Email) }).SingleOrDefaultAsync(cancellationToken);
        return found is null ? null
            : new OpenInvitation(found.Name, found.invitation.Email, found.invitation.Role.Text(), found.invitation.ExpiresAt, found.known);
    }

    /// <summary>Makes the account of the invitation's e-mail a member; not found where the link opens nothing for it. Without a refusal the project is there.</summary>
    internal async Task<(ProjectId Project, MemberRefusal? Refusal)> AcceptAsync(string token, Account account, CancellationToken cancellationToken)
    {
        await using var context = await _database.OpenAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        if (await Valid(context, token).SingleOrDefaultAsync(i => i.Email == account.Email, cancellationToken) is not { } invitation ||
            await context.Users.SingleOrDefaultAsync(u => u.Email == account.Email, cancellationToken) is not { } user)
        {
            return (default, new MemberRefusal.NotFound());
        }

        var project = new ProjectId(invitation.ProjectId);
        if (await AlreadyInAsync(context, project, user, cancellationToken) is null)
        {
            if (await JoinAsync(context, project, user, invitation.Role, cancellationToken) is { } refused)
            {
                return (project, refused);
            }

            AccessLog.MemberSet(_logger, project, user.Id, invitation.Role);
        }

        await context.Invitations.Where(i => i.Id == invitation.Id).ExecuteDeleteAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        await _directory.ReloadAsync(cancellationToken);
        return (project, null);
    }

    /// <summary>Makes an account with the invitation's e-mail that is a member, both or neither. Not found where the link opens nothing.</summary>
    internal async Task<(AccountResult Account, ProjectId Project)> AcceptAsync(
        string token, string email, InvitationAnswer answer, CancellationToken cancellationToken)
    {
        var joined = default(ProjectId);
        var result = await _accounts.CreateAsync(
            new NewAccount(email, answer.Name, answer.Password),
            async (context, user, cancel) =>
            {
                if (await Valid(context, token).SingleOrDefaultAsync(i => i.Email == user.Email, cancel) is not { } invitation)
                {
                    return new AccountResult.NotFound();
                }

                joined = new ProjectId(invitation.ProjectId);
                return await JoinAsync(context, joined, user, invitation.Role, cancel) is MemberRefusal.Conflict full
                    ? new AccountResult.Conflict(full.Field, full.Reason)
                    : null;
            },
            cancellationToken);
        await _directory.ReloadAsync(cancellationToken);
        return (result, joined);
    }

    /// <summary>
    /// Takes back, within the caller's transaction, what somebody invited others to who has lost the right to: with a link kept for later they would be in again.
    /// </summary>
    /// <param name="project">Null for all.</param>
    internal static Task WithdrawAsync(ControlContext context, ProjectId? project, int by, CancellationToken cancellationToken)
    {
        var only = project?.Value;
        return context.Invitations.Where(i => i.InvitedBy == by && (only == null || i.ProjectId == only)).ExecuteDeleteAsync(cancellationToken);
    }

    /// <summary>What is wrong with a request to add somebody; otherwise what it says.</summary>
    internal static MemberRefusal? Check(NewMember request, ProjectRole actor, out string email, out ProjectRole role)
    {
        var errors = new Dictionary<string, string[]>();
        email = Accounts.NormalizeEmail(request.Email);
        Accounts.CheckEmail(errors, email);
        if (ProjectRoles.Parse(request.Role) is not { } given)
        {
            errors["role"] = [$"The role is {ProjectRoles.Names}."];
            given = ProjectRole.Viewer;
        }

        role = given;
        return errors.Count > 0 ? new MemberRefusal.Invalid(errors) : Members.Above(role, actor);
    }

    /// <summary>Adds a member within the caller's transaction; an invitation that waited for them is gone with it.</summary>
    internal async Task<MemberRefusal?> JoinAsync(ControlContext context, ProjectId project, UserRow user, ProjectRole role, CancellationToken cancellationToken)
    {
        if (!await context.Projects.AnyAsync(p => p.Id == project.Value, cancellationToken))
        {
            return new MemberRefusal.NotFound();
        }

        if (await AlreadyInAsync(context, project, user, cancellationToken) is { } known)
        {
            return known;
        }

        if (await context.Members.CountAsync(m => m.ProjectId == project.Value, cancellationToken) >= _options.MaxMembers)
        {
            return new MemberRefusal.Conflict("email", $"The project has {_options.MaxMembers} members already, which is the limit ({AccessOptions.Section}:MaxMembers).");
        }

        context.Members.Add(new MemberRow { ProjectId = project.Value, UserId = user.Id, Role = role, CreatedAt = _time.GetUtcNow() });
        await context.SaveChangesAsync(cancellationToken);
        await context.Invitations.Where(i => i.ProjectId == project.Value && i.Email == user.Email).ExecuteDeleteAsync(cancellationToken);
        return null;
    }

    /// <summary>Makes a link and commits the caller's transaction.</summary>
    internal async Task<MemberResult<CreatedInvitation>> CreateAsync(
        ControlContext context, IDbContextTransaction transaction, ProjectId project, string email, ProjectRole role, int? by, CancellationToken cancellationToken)
    {
        if (!await context.Projects.AnyAsync(p => p.Id == project.Value, cancellationToken))
        {
            return new(new MemberRefusal.NotFound());
        }

        var now = _time.GetUtcNow();
        await context.Invitations.Where(i => i.ProjectId == project.Value && (i.ExpiresAt <= now || i.Email == email)).ExecuteDeleteAsync(cancellationToken);
        if (await context.Invitations.CountAsync(i => i.ProjectId == project.Value, cancellationToken) >= _options.MaxInvitations)
        {
            return new(new MemberRefusal.Conflict(
                "email", $"{_options.MaxInvitations} invitations to the project wait already, which is the limit ({AccessOptions.Section}:MaxInvitations). Revoke one first."));
        }

        var token = Mark + RandomNumberGenerator.GetString(Alphabet, RandomLength);
        var row = new InvitationRow
        {
            ProjectId = project.Value,
            Email = email,
            Role = role,
            Hash = Hash(token),
            InvitedBy = by,
            CreatedAt = now,
            ExpiresAt = now + Lifetime,
        };
        context.Invitations.Add(row);
        await context.SaveChangesAsync(cancellationToken);
        var details = await Details(context, context.Invitations.Where(i => i.Id == row.Id)).SingleAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        AccessLog.Invited(_logger, project, row.Id, role);
        return new(new CreatedInvitation(details, token));
    }

    private static async Task<MemberRefusal?> AlreadyInAsync(ControlContext context, ProjectId project, UserRow user, CancellationToken cancellationToken) =>
        user.Role == UserRole.Operator
            ? new MemberRefusal.Conflict("email", "This person runs the server and is an owner of every project already.")
            : await context.Members.AsNoTracking().SingleOrDefaultAsync(m => m.ProjectId == project.Value && m.UserId == user.Id, cancellationToken) is { } member
                ? new MemberRefusal.Conflict("email", $"This person is a member already, as {member.Role.Text()}.")
                : null;

    private static IQueryable<InvitationDetails> Details(ControlContext context, IQueryable<InvitationRow> rows) =>
        from row in rows.AsNoTracking()
        join user in context.Users on row.InvitedBy equals user.Id into inviters
        from inviter in inviters.DefaultIfEmpty()
        orderby row.Id descending
        select new InvitationDetails(
            row.Id.ToString(CultureInfo.InvariantCulture), row.Email, row.Role.Text(), inviter == null ? null : inviter.Name, row.CreatedAt, row.ExpiresAt);

    private static bool IsWellFormed(string token) => token.Length == Mark.Length + RandomLength && token.StartsWith(Mark, StringComparison.Ordinal);

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    private IQueryable<InvitationRow> Valid(ControlContext context, string token)
    {
        var hash = Hash(token);
        var now = _time.GetUtcNow();
        return context.Invitations.Where(i => i.Hash == hash && i.ExpiresAt > now);
    }
}
