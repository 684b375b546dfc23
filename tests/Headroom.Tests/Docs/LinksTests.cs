using System.Text.RegularExpressions;
using Xunit;

namespace Headroom.Tests.Docs;

/// <summary>Every relative link of every page leads to something that is there.</summary>
public sealed partial class LinksTests
{
    [Fact]
    public void Every_relative_link_resolves()
    {
        var seen = 0;
        var broken = new List<string>();
        foreach (var page in MarkdownFiles.All())
        {
            foreach (Match link in Link().Matches(File.ReadAllText(page)))
            {
                var target = link.Groups[1].Value.Split('#')[0];
                if (target.Length == 0 || target.Contains(':', StringComparison.Ordinal))
                {
                    continue;
                }

                seen++;
                if (!Path.Exists(Path.Combine(Path.GetDirectoryName(page)!, Uri.UnescapeDataString(target))))
                {
                    broken.Add($"{Path.GetRelativePath(MarkdownFiles.Root, page)}: {target}");
                }
            }
        }

        Assert.True(seen > 10);
        Assert.Empty(broken);
    }

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();
}
