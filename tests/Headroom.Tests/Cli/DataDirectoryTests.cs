using System.CommandLine;
using Headroom.Cli;
using Xunit;

namespace Headroom.Tests.Cli;

/// <summary>Not beside others, for the environment is everybody's.</summary>
[CollectionDefinition(nameof(DataDirectoryTests), DisableParallelization = true)]
[Collection(nameof(DataDirectoryTests))]
public sealed class DataDirectoryTests : IDisposable
{
    private const string Variable = "Headroom__DataDirectory";
    private readonly string? _before = Environment.GetEnvironmentVariable(Variable);
    private readonly string _folder = Directory.CreateTempSubdirectory("headroom-settings-").FullName;

    public DataDirectoryTests() => Environment.SetEnvironmentVariable(Variable, null);

    [Fact]
    public void An_argument_wins_over_the_environment_the_environment_over_the_file_and_the_file_over_the_default()
    {
        Assert.Equal("./data", Find());
        File.WriteAllText(Path.Combine(_folder, "appsettings.json"), """{"Headroom":{"DataDirectory":"/of/the/file"}}""");
        Assert.Equal("/of/the/file", Find());
        Environment.SetEnvironmentVariable(Variable, "/of/the/environment");
        Assert.Equal("/of/the/environment", Find());
        Assert.Equal("/of/an/argument", Find("--Headroom:DataDirectory=/of/an/argument"));
    }

    [Theory]
    [InlineData("/given", "--data", "/given")]
    [InlineData("./data", "--data", "./data")]
    [InlineData("/of/the/environment")]
    public void Only_a_directory_that_is_given_wins_over_the_environment(string expected, params string[] arguments)
    {
        Environment.SetEnvironmentVariable(Variable, "/of/the/environment");
        var data = CommandLine.DataOption();
        var parsed = new Command("serve") { data }.Parse(arguments);

        Assert.Equal(expected, parsed.GetValue(data));
        Assert.Equal(expected, ServeCommands.DirectoryOf(parsed, data, []));
    }

    [Fact]
    public void An_argument_for_the_setting_holds_where_data_is_not_given()
    {
        var data = CommandLine.DataOption();
        var command = new Command("serve") { data };
        string[] settings = ["--Headroom:DataDirectory=/of/an/argument"];

        Assert.Equal("/of/an/argument", ServeCommands.DirectoryOf(command.Parse([]), data, settings));
        Assert.Equal("/given", ServeCommands.DirectoryOf(command.Parse(["--data", "/given"]), data, settings));
    }

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(Variable, _before);
        Directory.Delete(_folder, recursive: true);
    }

    private string Find(params string[] arguments) => DataDirectory.Find(_folder, arguments);
}
