using System.Globalization;
using System.Security.Claims;
using Headroom.App.Shared.Control;
using Headroom.Core;

namespace Headroom.App.Shared;

/// <summary>What somebody may do in a project; each role may all that those before it may.</summary>
public enum ProjectRole
{
    /// <summary>Reads everything but secrets.</summary>
    Viewer,

    /// <summary>Also changes dashboards, their links, cohorts and annotations.</summary>
    Editor,

    /// <summary>Also changes settings, keys, and members up to admins.</summary>
    Admin,

    /// <summary>Also makes and unmakes owners.</summary>
    Owner,
}

/// <summary>Roles as the API and the control data write them, and who has which.</summary>
public static class ProjectRoles
{
    public const string Names = "viewer, editor, admin or owner";

    /// <summary>The authentication of people, as opposed to that of read keys.</summary>
    internal const string Session = "session";

    /// <summary>The claim that an operator's session has.</summary>
    internal const string OperatorClaim = "operator";

    public static string Text(this ProjectRole role) => role switch
    {
        ProjectRole.Viewer => "viewer",
        ProjectRole.Editor => "editor",
        ProjectRole.Admin => "admin",
        _ => "owner",
    };

    /// <summary>Null where the text is no role.</summary>
    public static ProjectRole? Parse(string? text) => text switch
    {
        "viewer" => ProjectRole.Viewer,
        "editor" => ProjectRole.Editor,
        "admin" => ProjectRole.Admin,
        "owner" => ProjectRole.Owner,
        _ => null,
    };

    internal static bool IsSession(this ClaimsPrincipal user) => user.Identity is { IsAuthenticated: true, AuthenticationType: Session };

    internal static bool IsOperator(this ClaimsPrincipal user) => user.IsSession() && user.HasClaim(static claim => claim.Type == OperatorClaim);

    /// <summary>The number of the account that is signed in; null for a read key and for nobody.</summary>
    internal static int? Person(this ClaimsPrincipal user) =>
        user.IsSession() && int.TryParse(user.FindFirstValue(ClaimTypes.NameIdentifier), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;

    /// <summary>What the person who is signed in may do in a project; null where there is no such project as far as they may know.</summary>
    internal static ProjectRole? RoleOf(this ControlDirectory directory, ClaimsPrincipal user, ProjectId project) =>
        user.Person() is not { } person || !directory.TryGet(project, out _) ? null
            : user.IsOperator() ? ProjectRole.Owner
            : directory.Member(project, person);
}
