using System.CommandLine;
using System.CommandLine.Help;
using Headroom.Cli;
using Xunit;

namespace Headroom.Tests.Docs;

/// <summary>docs/cli.md names every command and option that there is, with its default, and none that there is not.</summary>
public sealed class CommandLinePageTests
{
    [Fact]
    public void Every_command_and_option_is_documented_and_every_documented_one_exists()
    {
        var inCode = Commands(CommandLine.Build(Terminal.Standard()), "headroom").ToList();
        Assert.True(inCode.Count > 30);
        Assert.Equal(inCode.Order(StringComparer.Ordinal), Documented().Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> Commands(Command command, string path)
    {
        foreach (var inner in command.Subcommands)
        {
            foreach (var line in Commands(inner, $"{path} {inner.Name}"))
            {
                yield return line;
            }
        }

        if (command.Subcommands.Count > 0 && command.Action is null)
        {
            yield break;
        }

        var heading = string.Join(' ', command.Arguments.Select(argument => argument.Name).Prepend(path));
        yield return heading;
        foreach (var option in command.Options.Where(option => option is not HelpOption))
        {
            var names = string.Join(", ", option.Aliases.Prepend(option.Name));
            var value = option.ValueType == typeof(bool) ? "" : " " + option.HelpName;
            var preset = option.ValueType != typeof(bool) && option.HasDefaultValue ? $"`{option.GetDefaultValue()}`" : "";
            yield return $"{heading} | {names}{value} | {preset}";
        }
    }

    private static IEnumerable<string> Documented()
    {
        string? heading = null;
        foreach (var line in File.ReadLines(Path.Combine(MarkdownFiles.Root, "docs", "cli.md")))
        {
            if (line.StartsWith('#'))
            {
                heading = line.StartsWith("### `headroom", StringComparison.Ordinal) ? line.Split('`')[1] : null;
                if (heading is not null)
                {
                    yield return heading;
                }
            }
            else if (heading is not null && line.StartsWith("| `-", StringComparison.Ordinal))
            {
                var cells = line.Split('|', StringSplitOptions.TrimEntries);
                yield return $"{heading} | {cells[1].Trim('`')} | {cells[2]}";
            }
        }
    }
}
