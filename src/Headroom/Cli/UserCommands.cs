using System.CommandLine;
using System.Security.Cryptography;
using Spectre.Console;

namespace Headroom.Cli;

/// <summary><c>headroom user add | list | passwd</c>.</summary>
internal static class UserCommands
{
    private const string Readable = "abcdefghjkmnpqrstuvwxyz23456789";

    public static Command Build(Terminal terminal) => new("user", "Make and list the people who sign in.")
    {
        Add(terminal), List(terminal), Passwd(terminal),
    };

    /// <summary>Twenty letters and digits that are not mistaken for each other: 99 random bits.</summary>
    public static string MakePassword() => RandomNumberGenerator.GetString(Readable, 20);

    private static Command Add(Terminal terminal)
    {
        var email = new Argument<string>("EMAIL") { Description = "The address with which the person signs in." };
        var name = new Option<string?>("--name") { Description = "The person's name. Default: what stands before the @.", HelpName = "NAME" };
        var fromInput = PasswordOption();
        var data = CommandLine.DataOption();
        var json = CommandLine.JsonOption();
        var command = new Command("add", """
            Make a person who may sign in. The first one is the owner.

            Examples:
              headroom user add ada@example.com --name Ada
              pass show headroom | headroom user add ada@example.com --password-stdin
            """)
        { email, name, fromInput, data, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var control = ControlData.Open(parsed.GetValue(data)!);
            var (password, made) = await ReadPasswordAsync(terminal, parsed.GetValue(fromInput), cancellationToken);
            var account = ControlData.Require(await control.Accounts.CreateAsync(
                parsed.GetValue(email), parsed.GetValue(name), password, cancellationToken));
            await PrintAsync(terminal, new SavedUser(account.Id, account.Email, made ? password : null), parsed.GetValue(json));
            return CommandLine.Done;
        });
        return command;
    }

    private static Command List(Terminal terminal)
    {
        var data = CommandLine.DataOption();
        var json = CommandLine.JsonOption();
        var command = new Command("list", "List the people who may sign in.") { data, json };
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
                await terminal.Out.WriteLineAsync($"{user.Id,-6} {user.Role,-7} {user.Email}  {user.Name}");
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
