using System.CommandLine;
using Headroom.Cli.Demo;

namespace Headroom.Cli;

/// <summary><c>headroom serve</c> and <c>headroom demo</c>.</summary>
internal static class ServeCommands
{
    public static Command Serve()
    {
        var data = CommandLine.DataOption();
        var urls = UrlsOption();
        var roles = new Option<string>("--roles")
        {
            Description = "The roles of this process, separated by commas.",
            HelpName = "ROLES",
            DefaultValueFactory = static _ => "all",
        };
        var command = new Command("serve", """
            Run the server. Settings are given as --Section:Key=value or as environment variables.

            Examples:
              headroom serve
              headroom serve --data /var/lib/headroom --urls http://127.0.0.1:8080
              headroom serve --Headroom:Capture:MaxBodyBytes=10000000
              headroom serve --roles query --data /var/lib/headroom-query
            """)
        { data, urls, roles };
        var settings = TakeSettings(command);
        command.SetAction((parsed, cancellationToken) => Server.RunAsync(
            new ServerSettings(
                DirectoryOf(parsed, data, settings(parsed)),
                parsed.GetValue(urls)!,
                parsed.GetValue(roles)!.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
                settings(parsed)),
            cancellationToken));
        return command;
    }

    public static Command Demo(Terminal terminal)
    {
        var data = CommandLine.DataOption();
        var urls = UrlsOption();
        var days = new Option<int>("--days")
        {
            Description = "Days of history to make up at the first start.",
            HelpName = "DAYS",
            DefaultValueFactory = static _ => 30,
        };
        days.Validators.Add(static result =>
        {
            if (result.GetValueOrDefault<int>() is < 0 or > 366)
            {
                result.AddError("--days must be from 0 to 366.");
            }
        });
        var command = new Command("demo", """
            Run the server with a demo project that keeps receiving events. A second start goes on where the first ended.

            Examples:
              headroom demo
              headroom demo --data /tmp/headroom-demo --urls http://127.0.0.1:9000
            """)
        { data, urls, days };
        var settings = TakeSettings(command);
        command.SetAction((parsed, cancellationToken) => DemoRunner.RunAsync(
            new ServerSettings(DirectoryOf(parsed, data, settings(parsed)), parsed.GetValue(urls)!, ["all"], settings(parsed)),
            parsed.GetValue(days), terminal, TimeProvider.System, cancellationToken));
        return command;
    }

    internal static string DirectoryOf(ParseResult parsed, Option<string> data, string[] settings) =>
        parsed.GetResult(data) is { Implicit: false } ? parsed.GetValue(data)! : DataDirectory.Find(AppContext.BaseDirectory, settings);

    private static Option<string> UrlsOption() => new("--urls")
    {
        Description = "What to listen on; several are separated by semicolons.",
        HelpName = "URLS",
        DefaultValueFactory = static _ => "http://localhost:8080",
    };

    // Whatever else is given must look like a setting, so that a misspelt option is still an error.
    private static Func<ParseResult, string[]> TakeSettings(Command command)
    {
        var rest = new Argument<string[]>("SETTINGS")
        {
            Description = "Settings as --Section:Key=value.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        rest.Validators.Add(static result =>
        {
            foreach (var token in result.Tokens)
            {
                var name = token.Value.Split('=', 2)[0];
                if (!name.StartsWith("--", StringComparison.Ordinal) || !name.Contains(':', StringComparison.Ordinal) || !token.Value.Contains('='))
                {
                    result.AddError($"\"{token.Value}\" is neither an option nor a setting such as --Section:Key=value.");
                }
            }
        });
        command.Add(rest);
        return parsed => parsed.GetValue(rest) ?? [];
    }
}
