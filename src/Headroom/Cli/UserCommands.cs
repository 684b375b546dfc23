using System.CommandLine;
using System.Security.Cryptography;
using Headroom.App.Access;
using Headroom.App.Shared;
using Headroom.Core;
using Spectre.Console;

namespace Headroom.Cli;

/// <summary><c>headroom user add | list | role | remove | passwd</c>.</summary>
internal static class UserCommands
{
    private const string Readable = "abcdefghjkmnpqrstuvwxyz23456789";

    private static readonly string[] ProjectRoleNames =
        [ProjectRole.Viewer.Text(), ProjectRole.Editor.Text(), ProjectRole.Admin.Text(), ProjectRole.Owner.Text()];

    public static Command Build(Terminal terminal) => new("user", "Make and list the people who sign in.")
    {
        Add(terminal), List(terminal), Role(terminal), Remove(terminal), Passwd(terminal),
    };

    /// <summary>Twenty letters and digits that are not mistaken for each other: 99 random bits.</summary>
    public static string MakePassword() => RandomNumberGenerator.GetString(Readable, 20);

    private static Command Add(Terminal terminal)
    {
        var email = new Argument<string>("EMAIL") { Description = "The address with which the person signs in." };
        var name = new Option<string?>("--name") { Description = "The person's name. Default: what stands before the @.", HelpName = "NAME" };
        var fromInput = PasswordOption();
        var isOperator = new Option<bool>("--operator") { Description = "Runs the server: an owner of every project, who may make more." };
        var project = ProjectOption("Make the person a member of this project, by its id or name; who has an account keeps it.");
        var role = new Option<string?>("--role") { Description = "The member's role: viewer, editor, admin or owner. Default: viewer.", HelpName = "ROLE" };
        role.AcceptOnlyFromAmong(ProjectRoleNames);
        var data = CommandLine.DataOption();
        var json = CommandLine.JsonOption();
        var command = new Command("add", """
            Make a person who may sign in, or a member of a project. The first person is an operator; others see the projects
            of which they are members.

            Examples:
              headroom user add ada@example.com --name Ada
              headroom user add bob@example.com --project Shop --role editor
              pass show headroom | headroom user add ada@example.com --operator --password-stdin
            """)
        { email, name, fromInput, isOperator, project, role, data, json };
        command.Validators.Add(result =>
        {
            if (result.GetValue(isOperator) && result.GetValue(project) is not null)
            {
                result.AddError("--operator and --project exclude each other: an operator is an owner of every project.");
            }
            else if (result.GetValue(role) is not null && result.GetValue(project) is null)
            {
                result.AddError("--role is a role in a --project.");
            }
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var control = ControlData.Open(parsed.GetValue(data)!);
            var address = parsed.GetValue(email)!;
            var (added, given) = (parsed.GetValue(project), parsed.GetValue(role) ?? ProjectRole.Viewer.Text());
            var to = added is null ? (ProjectId?)null : ControlData.IdOf(await control.FindProjectAsync(added, cancellationToken));
            if (to is { } joined && await control.FindAccountAsync(address, cancellationToken) is { } known)
            {
                ControlData.Require((await control.Members.AddAsync(joined, new NewMember(address, given), ProjectRole.Owner, null, cancellationToken)).Refusal);
                await PrintAsync(terminal, new SavedUser(known.Id, known.Email, null), parsed.GetValue(json));
                return CommandLine.Done;
            }

            var (password, made) = await ReadPasswordAsync(terminal, parsed.GetValue(fromInput), cancellationToken);
            var account = ControlData.Require(to is { } its
                ? await control.Members.AddNewAsync(its, ProjectRoles.Parse(given)!.Value, address, parsed.GetValue(name), password, cancellationToken)
                : await control.Accounts.CreateAsync(address, parsed.GetValue(name), password, parsed.GetValue(isOperator), cancellationToken));
            await PrintAsync(terminal, new SavedUser(account.Id, account.Email, made ? password : null), parsed.GetValue(json));
            if (to is null && !account.Operator && !parsed.GetValue(json))
            {
                await terminal.Out.WriteLineAsync($"Sees no project yet: headroom user add {account.Email} --project PROJECT --role ROLE");
            }

            return CommandLine.Done;
        });
        return command;
    }

    private static Command Role(Terminal terminal)
    {
        var email = new Argument<string>("EMAIL") { Description = "The address with which the person signs in." };
        var role = new Argument<string>("ROLE") { Description = "viewer, editor, admin or owner of the project; without one operator or member." };
        role.AcceptOnlyFromAmong([.. ProjectRoleNames, "operator", "member"]);
        var project = ProjectOption("The project, by its id or name.");
        var data = CommandLine.DataOption();
        var command = new Command("role", """
            Change a member's role in a project, or who is an operator. It holds from the person's next request on.

            Examples:
              headroom user role bob@example.com admin --project Shop
              headroom user role ada@example.com operator
            """)
        { email, role, project, data };
        command.Validators.Add(result =>
        {
            var ofServer = result.GetValue(role) is "operator" or "member";
            if (ofServer != result.GetValue(project) is null)
            {
                result.AddError(ofServer ? "operator and member are no roles in a --project." : "viewer, editor, admin and owner are roles in a --project.");
            }
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var control = ControlData.Open(parsed.GetValue(data)!);
            if (parsed.GetValue(project) is not { } named)
            {
                ControlData.Require(await control.Accounts.SetOperatorAsync(parsed.GetValue(email), parsed.GetValue(role) == "operator", cancellationToken));
                return CommandLine.Done;
            }

            var id = ControlData.IdOf(await control.FindProjectAsync(named, cancellationToken));
            var person = await control.FindPersonAsync(parsed.GetValue(email)!, cancellationToken);
            ControlData.Require((await control.Members.ChangeAsync(id, person, parsed.GetValue(role), ProjectRole.Owner, cancellationToken)).Refusal);
            return CommandLine.Done;
        });
        return command;
    }

    private static Command Remove(Terminal terminal)
    {
        var email = new Argument<string>("EMAIL") { Description = "The address with which the person signs in." };
        var project = ProjectOption("End the membership of this project only, by its id or name.");
        var data = CommandLine.DataOption();
        var command = new Command("remove", """
            Remove a person with all sessions, or a member from a project. What they made stays.

            Examples:
              headroom user remove bob@example.com --project Shop
              headroom user remove bob@example.com
            """)
        { email, project, data };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var control = ControlData.Open(parsed.GetValue(data)!);
            if (parsed.GetValue(project) is not { } named)
            {
                ControlData.Require(await control.Accounts.RemoveAsync(parsed.GetValue(email), cancellationToken));
                return CommandLine.Done;
            }

            var id = ControlData.IdOf(await control.FindProjectAsync(named, cancellationToken));
            var person = await control.FindPersonAsync(parsed.GetValue(email)!, cancellationToken);
            ControlData.Require(await control.Members.RemoveAsync(id, person, ProjectRole.Owner, cancellationToken));
            return CommandLine.Done;
        });
        return command;
    }

    private static Command List(Terminal terminal)
    {
        var data = CommandLine.DataOption();
        var json = CommandLine.JsonOption();
        var command = new Command("list", "List the people who may sign in, each with the projects of which they are members.") { data, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var control = ControlData.Open(parsed.GetValue(data)!);
            var users = await control.Accounts.ListAsync(cancellationToken);
            if (parsed.GetValue(json))
            {
                terminal.WriteJson(users, CliJson.Default.IReadOnlyListAccountDetails);
                return CommandLine.Done;
            }

            foreach (var user in users)
            {
                var projects = string.Join(", ", user.Projects.Select(static membership => $"{membership.Project} {membership.Role}"));
                await terminal.Out.WriteLineAsync($"{user.Id,-6} {user.Role,-8} {user.Email}  {user.Name}{(projects.Length > 0 ? $"  ({projects})" : "")}");
            }

            return CommandLine.Done;
        });
        return command;
    }

    private static Command Passwd(Terminal terminal)
    {
        var email = new Argument<string>("EMAIL") { Description = "The address with which the person signs in." };
        var fromInput = PasswordOption();
        var data = CommandLine.DataOption();
        var json = CommandLine.JsonOption();
        var command = new Command("passwd", """
            Set a person's password; all their sessions end.

            Example:
              headroom user passwd ada@example.com
            """)
        { email, fromInput, data, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var control = ControlData.Open(parsed.GetValue(data)!);
            var (password, made) = await ReadPasswordAsync(terminal, parsed.GetValue(fromInput), cancellationToken);
            var account = ControlData.Require(await control.Accounts.SetPasswordAsync(parsed.GetValue(email), password, cancellationToken));
            await PrintAsync(terminal, new SavedUser(account.Id, account.Email, made ? password : null), parsed.GetValue(json));
            return CommandLine.Done;
        });
        return command;
    }

    private static Option<string?> ProjectOption(string description) => new("--project") { Description = description, HelpName = "PROJECT" };

    private static Option<bool> PasswordOption() => new("--password-stdin")
    {
        Description = "Read the password from the standard input. Otherwise it is asked for, or made up where nobody can be asked.",
    };

    private static async Task<(string Password, bool Made)> ReadPasswordAsync(Terminal terminal, bool fromInput, CancellationToken cancellationToken)
    {
        if (fromInput)
        {
            using var reader = new StreamReader(terminal.In());
            return (await reader.ReadLineAsync(cancellationToken) ?? "", false);
        }

        return terminal.Interactive
            ? (await terminal.Ansi.PromptAsync(new TextPrompt<string>("Password:").Secret(), cancellationToken), false)
            : (MakePassword(), true);
    }

    private static async Task PrintAsync(Terminal terminal, SavedUser user, bool json)
    {
        if (json)
        {
            terminal.WriteJson(user, CliJson.Default.SavedUser);
            return;
        }

        await terminal.Out.WriteLineAsync($"User      {user.User}  {user.Email}");
        if (user.Password is not null)
        {
            await terminal.Out.WriteLineAsync($"Password  {user.Password}  (shown this once)");
        }
    }
}
