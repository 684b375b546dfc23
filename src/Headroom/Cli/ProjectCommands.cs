using System.CommandLine;
using System.Globalization;
using Headroom.App.Projects;
using Spectre.Console;

namespace Headroom.Cli;

/// <summary><c>headroom project add | list | keys</c>; they work on the data directory, also while a server runs on it.</summary>
internal static class ProjectCommands
{
    public static Command Build(Terminal terminal) => new("project", "Make and list projects and their keys.")
    {
        Add(terminal), List(terminal), Keys(terminal),
    };

    private static Command Add(Terminal terminal)
    {
        var name = new Argument<string>("NAME") { Description = "The project's name." };
        var timeZone = new Option<string?>("--time-zone") { Description = "IANA time zone in which days are counted. Default: UTC.", HelpName = "ZONE" };
        var domains = new Option<string[]>("--domain") { Description = "A domain by which Plausible's script names the project; may be repeated.", HelpName = "DOMAIN" };
        var data = CommandLine.DataOption();
        var json = CommandLine.JsonOption();
        var command = new Command("add", """
            Make a project and print its keys. The read key is shown this once.

            Examples:
              headroom project add Shop
              headroom project add Shop --time-zone Europe/Berlin --domain shop.example
              headroom project add Shop --data /var/lib/headroom --json
            """)
        { name, timeZone, domains, data, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var control = ControlData.Open(parsed.GetValue(data)!);
            var created = ControlData.Require(await control.Projects.CreateAsync(
                new NewProject(parsed.GetValue(name), parsed.GetValue(timeZone), parsed.GetValue(domains)), cancellationToken));
            if (parsed.GetValue(json))
            {
                terminal.WriteJson(new AddedProject(created.Project.Id, created.WriteKey, created.ReadKey), CliJson.Default.AddedProject);
            }
            else
            {
                await terminal.Out.WriteLineAsync($"""
                    Project    {created.Project.Id}  {created.Project.Name}
                    Write key  {created.WriteKey}  (for SDKs; public)
                    Read key   {created.ReadKey}  (secret; shown this once)
                    """);
            }

            return CommandLine.Done;
        });
        return command;
    }

    private static Command List(Terminal terminal)
    {
        var data = CommandLine.DataOption();
        var json = CommandLine.JsonOption();
        var command = new Command("list", "List the projects.") { data, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var control = ControlData.Open(parsed.GetValue(data)!);
            var projects = await control.Projects.ListAsync(cancellationToken);
            if (parsed.GetValue(json))
            {
                terminal.WriteJson(projects, CliJson.Default.IReadOnlyListProjectDetails);
                return CommandLine.Done;
            }

            foreach (var project in projects)
            {
                await terminal.Out.WriteLineAsync($"{project.Id,-6} {project.Name}  ({project.TimeZone})");
            }

            return CommandLine.Done;
        });
        return command;
    }

    private static Command Keys(Terminal terminal)
    {
        var name = new Argument<string>("PROJECT") { Description = "The project's id or name." };
        var add = new Option<string?>("--add") { Description = "Make a key: write or read.", HelpName = "KIND" };
        add.AcceptOnlyFromAmong("write", "read");
        var label = new Option<string>("--name") { Description = "A name for the new key.", HelpName = "NAME", DefaultValueFactory = static _ => "Command line" };
        var delete = new Option<int?>("--delete") { Description = "Delete the key with this id.", HelpName = "ID" };
        var data = CommandLine.DataOption();
        var json = CommandLine.JsonOption();
        var command = new Command("keys", """
            List a project's keys, make one or delete one.

            Examples:
              headroom project keys Shop
              headroom project keys Shop --add read --name Reports
              headroom project keys 1 --delete 3
            """)
        { name, add, label, delete, data, json };
        command.Validators.Add(result =>
        {
            if (result.GetValue(add) is not null && result.GetValue(delete) is not null)
            {
                result.AddError("--add and --delete exclude each other.");
            }
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var control = ControlData.Open(parsed.GetValue(data)!);
            var project = await control.FindProjectAsync(parsed.GetValue(name)!, cancellationToken);
            var id = ControlData.IdOf(project);
            if (parsed.GetValue(add) is { } kind)
            {
                var created = ControlData.Require(await control.Projects.CreateKeyAsync(id, new NewKey(kind, parsed.GetValue(label)), cancellationToken));
                if (parsed.GetValue(json))
                {
                    terminal.WriteJson(created, CliJson.Default.CreatedKey);
                }
                else
                {
                    await terminal.Out.WriteLineAsync(created.Key);
                }
            }
            else if (parsed.GetValue(delete) is { } key)
            {
                if (!await control.Projects.DeleteKeyAsync(id, key, cancellationToken))
                {
                    throw new CommandFailedException(string.Create(CultureInfo.InvariantCulture, $"Project {project.Id} has no key {key}."));
                }
            }
            else
            {
                await PrintAsync(terminal, await control.Projects.ListKeysAsync(id, cancellationToken), parsed.GetValue(json));
            }

            return CommandLine.Done;
        });
        return command;
    }

    private static async Task PrintAsync(Terminal terminal, IReadOnlyList<KeyDetails> keys, bool json)
    {
        if (json)
        {
            terminal.WriteJson(keys, CliJson.Default.IReadOnlyListKeyDetails);
            return;
        }

        foreach (var key in keys)
        {
            await terminal.Out.WriteLineAsync($"{key.Id,-6} {key.Kind,-6} {key.Key ?? key.Prefix + "…"}  {key.Name}");
        }
    }
}
