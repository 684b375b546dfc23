using System.Net;
using Headroom.App.Shared;
using Headroom.App.Shared.Control;
using Headroom.Core;
using Microsoft.Extensions.Logging;

namespace Headroom.App.Access;

internal static partial class AccessLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Audit: user {User} ({Role}) created.")]
    public static partial void UserCreated(ILogger logger, int user, UserRole role);

    [LoggerMessage(Level = LogLevel.Information, Message = "Audit: user {User} is {Role} now.")]
    public static partial void UserRoleChanged(ILogger logger, int user, UserRole role);

    [LoggerMessage(Level = LogLevel.Information, Message = "Audit: user {User} removed.")]
    public static partial void UserRemoved(ILogger logger, int user);

    [LoggerMessage(Level = LogLevel.Information, Message = "Audit: user {User} is {Role} of project {Project} now.")]
    public static partial void MemberSet(ILogger logger, ProjectId project, int user, ProjectRole role);

    [LoggerMessage(Level = LogLevel.Information, Message = "Audit: user {User} is no member of project {Project} any more.")]
    public static partial void MemberRemoved(ILogger logger, ProjectId project, int user);

    [LoggerMessage(Level = LogLevel.Information, Message = "Audit: invitation {Invitation} to project {Project} as {Role} made.")]
    public static partial void Invited(ILogger logger, ProjectId project, int invitation, ProjectRole role);

    [LoggerMessage(Level = LogLevel.Information, Message = "Audit: invitation {Invitation} to project {Project} revoked.")]
    public static partial void InvitationRevoked(ILogger logger, ProjectId project, int invitation);

    [LoggerMessage(Level = LogLevel.Information, Message = "Audit: password of user {User} changed; all other sessions ended.")]
    public static partial void PasswordChanged(ILogger logger, int user);

    [LoggerMessage(Level = LogLevel.Information, Message = "Audit: user {User} signed in from {Address}.")]
    public static partial void SignedIn(ILogger logger, string user, IPAddress? address);

    [LoggerMessage(Level = LogLevel.Information, Message = "Audit: user {User} signed out from {Address}.")]
    public static partial void SignedOut(ILogger logger, string user, IPAddress? address);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Audit: sign-in from {Address} failed.")]
    public static partial void SignInFailed(ILogger logger, IPAddress? address);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Audit: sign-in from {Address} refused for {Seconds} s after too many failures.")]
    public static partial void SignInRefused(ILogger logger, IPAddress? address, int seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Audit: set-up tried from {Address}, but there is an owner already.")]
    public static partial void SetupRefused(ILogger logger, IPAddress? address);
}
