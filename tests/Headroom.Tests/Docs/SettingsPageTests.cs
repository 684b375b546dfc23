using System.Reflection;
using Headroom.App.Writing;
using Headroom.Gateway;
using Headroom.Log;
using Headroom.Scale.Kafka;
using Headroom.Scale.Redis;
using Headroom.Scale.S3;
using Headroom.Store;
using Xunit;

namespace Headroom.Tests.Docs;

/// <summary>docs/operate.md names every setting that there is, and none that there is not.</summary>
public sealed class SettingsPageTests
{
    // Read where the program is put together; they have no options class.
    private static readonly string[] Others =
        ["Headroom:Cache", "Headroom:EventLog", "Headroom:Segments", "Headroom:TrustedProxies", "Headroom:HstsDays", "Headroom:MaxConnections", "Headroom:LogFormat", "Headroom:WebRoot", "Headroom:DrainSeconds"];

    [Fact]
    public void Every_setting_is_documented_and_every_documented_setting_exists()
    {
        var inCode = InCode().Order(StringComparer.Ordinal).ToList();
        Assert.True(inCode.Count > 50);
        Assert.Equal(inCode, Documented().Order(StringComparer.Ordinal));
    }

    internal static IReadOnlySet<string> InCode() => OptionClasses().SelectMany(Keys).Concat(Others).ToHashSet();

    private static IEnumerable<Type> OptionClasses() =>
        new[] { typeof(WritingOptions).Assembly, typeof(EmbeddedEventLogOptions).Assembly, typeof(StoreOptions).Assembly, typeof(KafkaEventLogOptions).Assembly, typeof(GatewayOptions).Assembly }
            .SelectMany(assembly => assembly.GetTypes())
            .Where(type => type.IsClass && type.Name.EndsWith("Options", StringComparison.Ordinal) && SectionOf(type) is not null);

    private static string? SectionOf(Type type) =>
        type == typeof(StoreOptions) ? "Headroom:Store" : type.GetField("Section", BindingFlags.Public | BindingFlags.Static)?.GetRawConstantValue() as string;

    private static IEnumerable<string> Keys(Type type) => type
        .GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(property => type != typeof(StoreOptions) || property.Name != nameof(StoreOptions.DataDirectory))
        .Select(property => $"{SectionOf(type)}:{property.Name}");

    private static IEnumerable<string> Documented()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory!.FullName, "Headroom.slnx")))
        {
            directory = directory.Parent;
        }

        string? section = null;
        foreach (var line in File.ReadLines(Path.Combine(directory.FullName, "docs", "operate.md")))
        {
            if (line.StartsWith('#'))
            {
                section = line.StartsWith("### `Headroom", StringComparison.Ordinal) ? line.Split('`')[1] : null;
            }
            else if (section is not null && line.StartsWith("| `", StringComparison.Ordinal))
            {
                yield return $"{section}:{line.Split('`')[1]}";
            }
        }
    }
}
