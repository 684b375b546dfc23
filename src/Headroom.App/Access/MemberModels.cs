using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Headroom.App.Access;

/// <summary>Somebody who may see a project.</summary>
/// <param name="Id">The account's.</param>
/// <param name="Operator">An owner because of running the server; not a member's role that could be changed.</param>
/// <param name="Since">Null for an operator.</param>
public sealed record MemberDetails(
    string Id,
    string Email,
    string Name,
    [property: Description("What the person may do"), AllowedValues("viewer", "editor", "admin", "owner")] string Role,
    [property: Description("Runs the server, and is an owner of every project because of it")] bool Operator,
    DateTimeOffset? Since);

/// <summary>Both are needed.</summary>
public sealed record NewMember(string? Email, [property: AllowedValues("viewer", "editor", "admin", "owner", null)] string? Role);

public sealed record MemberChange([property: AllowedValues("viewer", "editor", "admin", "owner", null)] string? Role);

/// <summary>A link that waits to be opened; without its token, which nobody has any more.</summary>
/// <param name="InvitedBy">By name; null once that person is gone, and where the command line did it.</param>
public sealed record InvitationDetails(
    string Id,
    string Email,
    [property: AllowedValues("viewer", "editor", "admin", "owner")] string Role,
    string? InvitedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt);

public sealed record CreatedInvitation(
    InvitationDetails Invitation, [property: Description("Shown this once; the link is /invite/ and this")] string Token);

/// <summary>What came of adding somebody: exactly one is not null.</summary>
/// <param name="Member">Whoever had an account and is a member from now on.</param>
/// <param name="Invitation">For whoever has none.</param>
public sealed record AddedMember(MemberDetails? Member, CreatedInvitation? Invitation);

/// <summary>What whoever has an invitation's link is told.</summary>
/// <param name="Project">Its name.</param>
/// <param name="HasAccount">The person of the e-mail signs in; otherwise they make an account.</param>
public sealed record OpenInvitation(
    string Project,
    string Email,
    [property: AllowedValues("viewer", "editor", "admin", "owner")] string Role,
    DateTimeOffset ExpiresAt,
    bool HasAccount);

/// <summary>The password is the account's, or that of the new one; the name is for a new one and may be left out.</summary>
public sealed record InvitationAnswer(string? Password = null, string? Name = null);

/// <param name="Project">Its id.</param>
public sealed record JoinedProject(string Project, SessionState Session);

/// <summary>Why something was not done with members. A retry never helps.</summary>
public abstract record MemberRefusal
{
    private MemberRefusal()
    {
    }

    /// <summary>Fields and what is wrong with them.</summary>
    public sealed record Invalid(IReadOnlyDictionary<string, string[]> Errors) : MemberRefusal;

    /// <summary>There is no such project, member or invitation.</summary>
    public sealed record NotFound : MemberRefusal;

    /// <summary>The field collides with something that exists, or with a bound.</summary>
    public sealed record Conflict(string Field, string Reason) : MemberRefusal;

    /// <summary>Whoever asks has too low a role for it.</summary>
    public sealed record Forbidden(string Reason) : MemberRefusal;
}

/// <summary>Either what was asked for or why not; exactly one of the two is null.</summary>
public readonly record struct MemberResult<T>
    where T : class
{
    public MemberResult(T value) => Value = value;

    public MemberResult(MemberRefusal refusal) => Refusal = refusal;

    public T? Value { get; }

    public MemberRefusal? Refusal { get; }
}
