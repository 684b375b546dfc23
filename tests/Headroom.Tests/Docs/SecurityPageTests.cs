using System.Text.RegularExpressions;
using Xunit;

namespace Headroom.Tests.Docs;

/// <summary>Every line of the threat model in docs/security.md names tests, and they are there.</summary>
public sealed partial class SecurityPageTests
{
    [Fact]
    public void Every_threat_names_its_tests_and_they_exist()
    {
        var tests = new[] { "tests", Path.Combine("web", "src") }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(MarkdownFiles.Root, folder), "*", SearchOption.AllDirectories))
            .Where(static file => !file.Contains("node_modules", StringComparison.Ordinal))
            .Where(static file => file.EndsWith("Tests.cs", StringComparison.Ordinal) || file.EndsWith(".test.ts", StringComparison.Ordinal))
            .ToLookup(static file => Path.GetFileName(file), File.ReadAllText);
        var wrong = Problems(File.ReadAllLines(Path.Combine(MarkdownFiles.Root, "docs", "security.md")), tests, out var lines);

        Assert.Empty(wrong);
        Assert.True(lines > 30);
    }

    [Fact]
    public void A_threat_without_a_test_is_told()
    {
        var tests = new[] { "public void It_holds()" }.ToLookup(static _ => "WallTests.cs");
        string[] page =
        [
            "| threat | what stops it | tests |", "|---|---|---|",
            "| one | a wall | `WallTests.It_holds` |", "| two | a wall | |", "| three | a wall | `WallTests.It_falls` |", "| four | a wall | `NoTests.It_holds` |",
        ];

        Assert.Equal(["two names no test", "three: WallTests.It_falls", "four: NoTests.It_holds"], Problems(page, tests, out var lines));
        Assert.Equal(4, lines);
    }

    private static List<string> Problems(string[] page, ILookup<string, string> tests, out int lines)
    {
        var wrong = new List<string>();
        lines = 0;
        var inTable = false;
        foreach (var line in page)
        {
            if (!line.StartsWith('|'))
            {
                inTable = false;
                continue;
            }

            if (line.StartsWith("|---", StringComparison.Ordinal))
            {
                inTable = true;
                continue;
            }

            if (!inTable)
            {
                continue;
            }

            lines++;
            var cells = line.Trim('|').Split('|');
            var named = Named().Matches(cells[^1]).Select(static match => match.Groups[1].Value).ToList();
            if (named.Count == 0)
            {
                wrong.Add($"{cells[0].Trim()} names no test");
            }

            wrong.AddRange(named.Where(name => !Exists(name, tests)).Select(name => $"{cells[0].Trim()}: {name}"));
        }

        return wrong;
    }

    private static bool Exists(string name, ILookup<string, string> tests)
    {
        // A test of the web app is its file and its title.
        if (name.Split(": ", 2) is [var file, var title])
        {
            return tests[file].Any(text => text.Contains($"it('{title}'", StringComparison.Ordinal));
        }

        return name.Split('.') is [var type, var method] &&
            tests[type + ".cs"].Any(text => Regex.IsMatch(text, $@"public (async )?(Task|void|ValueTask) {Regex.Escape(method)}\("));
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Named();
}
