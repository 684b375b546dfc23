using System.Globalization;
using Headroom.App.Shared;
using Headroom.App.Shared.Control;
using Headroom.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Headroom.App.Access;

/// <summary>
/// Who may do what in a project, for the API and the command line. Every change is one transaction that takes SQLite's
/// write lock first, and is in this process's snapshot when it returns. Nobody gives, changes or takes a role above their own.
/// </summary>
public sealed class Members
{
    private readonly ControlDatabase _database;
    private readonly ControlDirectory _directory;
    private readonly Accounts _accounts;
    private readonly Invitations _invitations;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    internal Members(
        ControlDatabase database, ControlDirectory directory, Accounts accounts, Invitations invitations, TimeProvider time, ILogger<Members> logger)
    {
        _database = database;
        _directory = directory;
        _accounts = accounts;
        _invitations = invitations;
        _time = time;
        _logger = logger;
    }

    /// <summary>The operators and the members, by name.</summary>
    public async Task<IReadOnlyList<MemberDetails>> ListAsync(ProjectId project, CancellationToken cancellationToken)
    {
        await using var context = await _database.OpenAsync(cancellationToken);
        var rows = await (
            from user in context.Users.AsNoTracking()
            join member in context.Members.Where(m => m.ProjectId == project.Value) on user.Id equals member.UserId into memberships
            from membership in memberships.DefaultIfEmpty()
            where user.Role == UserRole.Operator || membership != null
            orderby user.Name, user.Id
            select new { user, membership }).ToListAsync(cancellationToken);
        return [.. rows.Select(static row => Details(row.user, row.membership))];
    }

    /// <summary>Makes the person of an e-mail a member, or an invitation where there is no such account.</summary>
    /// <param name="actor">The role of whoever asks.</param>
    /// <param name="by">The number of whoever asks; null for the command line.</param>
    public async Task<MemberResult<AddedMember>> AddAsync(
        ProjectId project, NewMember request, ProjectRole actor, int? by, CancellationToken cancellationToken)
    {
        if (Invitations.Check(request, actor, out var email, out var role) is { } wrong)
        {
            return new(wrong);
        }

        await using var context = await _database.OpenAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        if (await context.Users.SingleOrDefaultAsync(u => u.Email == email, cancellationToken) is not { } user)
        {
            var invited = await _invitations.CreateAsync(context, transaction, project, email, role, by, cancellationToken);
            return invited.Value is { } invitation ? new(new AddedMember(null, invitation)) : new(invited.Refusal!);
        }

        if (await _invitations.JoinAsync(context, project, user, role, cancellationToken) is { } refused)
        {
            return new(refused);
        }

        await transaction.CommitAsync(cancellationToken);
        await _directory.ReloadAsync(cancellationToken);
        AccessLog.MemberSet(_logger, project, user.Id, role);
        return new(new AddedMember(Details(user, new MemberRow { Role = role, CreatedAt = _time.GetUtcNow() }), null));
    }

    /// <summary>Makes an account and a member of it, both or neither.</summary>
    public async Task<AccountResult> AddNewAsync(
        ProjectId project, ProjectRole role, string? email, string? name, string? password, CancellationToken cancellationToken)
    {
        var result = await _accounts.CreateAsync(
            new NewAccount(email, name, password),
            async (context, user, cancel) => user.Role == UserRole.Operator ? null
                : await _invitations.JoinAsync(context, project, user, role, cancel) switch
                {
                    null => null,
                    MemberRefusal.Conflict conflict => new AccountResult.Conflict(conflict.Field, conflict.Reason),
                    _ => new AccountResult.NotFound(),
                },
            cancellationToken);
        await _directory.ReloadAsync(cancellationToken);
        return result;
    }

    public async Task<MemberResult<MemberDetails>> ChangeAsync(
        ProjectId project, int person, string? role, ProjectRole actor, CancellationToken cancellationToken)
    {
        if (ProjectRoles.Parse(role) is not { } wanted)
        {
            return new(new MemberRefusal.Invalid(new Dictionary<string, string[]> { ["role"] = [$"The role is {ProjectRoles.Names}."] }));
        }

        await using var context = await _database.OpenAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var (user, member, refusal) = await FindAsync(context, project, person, actor, cancellationToken);
        if (refusal is not null || Above(wanted, actor) is not null)
        {
            return new(refusal ?? Above(wanted, actor)!);
        }

        if (wanted < member!.Role)
        {
            await Invitations.WithdrawAsync(context, project, person, cancellationToken);
        }

        member.Role = wanted;
        await context.SaveChangesAsync(cancellationToken);
        if (await WithoutOwnerAsync(context, project, cancellationToken) is not null)
        {
            return new(LastOwner("role"));
        }

        await transaction.CommitAsync(cancellationToken);
        await _directory.ReloadAsync(cancellationToken);
        AccessLog.MemberSet(_logger, project, person, wanted);
        return new(Details(user!, member));
    }

    /// <summary>Null where it is done.</summary>
    public async Task<MemberRefusal?> RemoveAsync(ProjectId project, int person, ProjectRole actor, CancellationToken cancellationToken)
    {
        await using var context = await _database.OpenAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var (_, member, refusal) = await FindAsync(context, project, person, actor, cancellationToken);
        if (refusal is not null)
        {
            return refusal;
        }

        await Invitations.WithdrawAsync(context, project, person, cancellationToken);
        context.Members.Remove(member!);
        await context.SaveChangesAsync(cancellationToken);
        if (await WithoutOwnerAsync(context, project, cancellationToken) is not null)
        {
            return LastOwner("id");
        }

        await transaction.CommitAsync(cancellationToken);
        await _directory.ReloadAsync(cancellationToken);
        AccessLog.MemberRemoved(_logger, project, person);
        return null;
    }

    /// <summary>Null where it is done. Everybody may take away the role that they have.</summary>
    public Task<MemberRefusal?> LeaveAsync(ProjectId project, int person, CancellationToken cancellationToken) =>
        RemoveAsync(project, person, ProjectRole.Owner, cancellationToken);

    /// <summary>A project that nobody owns as the transaction stands, of all or only <paramref name="project"/>; operators own each.</summary>
    internal static async Task<int?> WithoutOwnerAsync(ControlContext context, ProjectId? project, CancellationToken cancellationToken)
    {
        if (await context.Users.AnyAsync(static u => u.Role == UserRole.Operator, cancellationToken))
        {
            return null;
        }

        var only = project?.Value;
        return await context.Projects
            .Where(p => (only == null || p.Id == only) && !context.Members.Any(m => m.ProjectId == p.Id && m.Role == ProjectRole.Owner))
            .OrderBy(p => p.Id).Select(p => (int?)p.Id).FirstOrDefaultAsync(cancellationToken);
    }

    /// <summary>Refuses a role that whoever asks may neither give nor take.</summary>
    internal static MemberRefusal? Above(ProjectRole role, ProjectRole actor) => role <= actor ? null
        : new MemberRefusal.Forbidden($"This needs the role {role.Text()} in the project; yours is {actor.Text()}.");

    private static MemberRefusal.Conflict LastOwner(string field) =>
        new(field, "This is the project's last owner, and no operator runs the server. Make somebody else owner first.");

    private static MemberDetails Details(UserRow user, MemberRow? member) => user.Role == UserRole.Operator
        ? new MemberDetails(Text(user.Id), user.Email, user.Name, ProjectRole.Owner.Text(), true, null)
        : new MemberDetails(Text(user.Id), user.Email, user.Name, member!.Role.Text(), false, member.CreatedAt);

    private static string Text(int id) => id.ToString(CultureInfo.InvariantCulture);

    private static async Task<(UserRow? User, MemberRow? Member, MemberRefusal? Refusal)> FindAsync(
        ControlContext context, ProjectId project, int person, ProjectRole actor, CancellationToken cancellationToken)
    {
        var user = await context.Users.SingleOrDefaultAsync(u => u.Id == person, cancellationToken);
        if (user is { Role: UserRole.Operator })
        {
            return (user, null, new MemberRefusal.Conflict("id", "This person runs the server and is an owner of every project; headroom user role changes that."));
        }

        var member = await context.Members.SingleOrDefaultAsync(m => m.ProjectId == project.Value && m.UserId == person, cancellationToken);
        return (user, member, member is null ? new MemberRefusal.NotFound() : Above(member.Role, actor));
    }
}
