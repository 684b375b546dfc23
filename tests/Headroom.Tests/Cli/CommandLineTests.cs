using System.Text;
using System.Text.Json.Nodes;
using Headroom.Cli;
using Headroom.Tests.Projects;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Headroom.Tests.Cli;

public sealed class CommandLineTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("headroom-cli-").FullName;

    [Theory]
    [InlineData(2, "nonsense")]
    [InlineData(2, "project", "add")]
    [InlineData(2, "project", "add", "Shop", "--nonsense")]
    [InlineData(2, "project", "keys", "Shop", "--add", "admin")]
    [InlineData(2, "project", "keys", "Shop", "--add", "read", "--delete", "1")]
    [InlineData(2, "import", "file.ndjson")]
    [InlineData(2, "import", "file.ndjson", "--key", "hrw_x", "--url", "nonsense")]
    [InlineData(2, "import", "file.csv", "--key", "hrw_x", "--map", "event")]
    [InlineData(2, "export")]
    [InlineData(2, "backup")]
    [InlineData(2, "restore", "backup")]
    [InlineData(1, "restore", "missing", "--data", "new")]
    [InlineData(1, "backup", "new", "--data", "missing")]
    [InlineData(1, "backup", "missing", "--verify")]
    [InlineData(2, "serve", "--datadir")]
    [InlineData(2, "serve", "stray")]
    [InlineData(2, "demo", "--days", "1000")]
    [InlineData(1, "import", "missing.ndjson", "--key", "hrw_x")]
    [InlineData(1, "project", "keys", "Missing")]
    [InlineData(1, "project", "add", "Shop", "--time-zone", "Mars/Olympus")]
    [InlineData(1, "user", "passwd", "nobody@example.com")]
    [InlineData(0, "version")]
    [InlineData(0, "--help")]
    [InlineData(0, "import", "--help")]
    [InlineData(0, "project", "list")]
    public async Task The_exit_code_tells_a_wrong_command_line_from_a_failure(int code, params string[] arguments)
    {
        var takesData = arguments[0] is "project" or "user" && arguments.Length > 1;
        var run = await RunAsync(takesData ? [.. arguments, "--data", _data] : arguments);

        Assert.Equal(code, run.Code);
        Assert.Equal(code != 0, run.Error.Length > 0);
    }

    [Theory]
    [InlineData("import")]
    [InlineData("export")]
    [InlineData("serve")]
    [InlineData("demo")]
    [InlineData("project add")]
    [InlineData("user add")]
    [InlineData("backup")]
    [InlineData("restore")]
    [InlineData("plan")]
    public async Task Help_shows_examples(string command)
    {
        var run = await RunAsync([.. command.Split(' '), "--help"]);

        Assert.Contains("Example", run.Out, StringComparison.Ordinal);
        Assert.Contains($"headroom {command}", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Project_add_answers_with_the_id_and_both_keys()
    {
        var added = await RunAsync("project", "add", "Shop", "--data", _data, "--json");
        var answer = JsonNode.Parse(added.Out)!.AsObject();
        var listed = JsonNode.Parse((await RunAsync("project", "list", "--data", _data, "--json")).Out)!.AsArray();
        var keys = JsonNode.Parse((await RunAsync("project", "keys", "shop", "--data", _data, "--json")).Out)!.AsArray();

        Assert.Equal(0, added.Code);
        Assert.Equal(["project", "writeKey", "readKey"], answer.Select(m => m.Key));
        Assert.Equal("Shop", (string?)listed.Single()!["name"]);
        Assert.Equal((string?)answer["project"], (string?)listed.Single()!["id"]);
        Assert.Equal((string?)answer["writeKey"], (string?)keys[0]!["key"]);
        Assert.Null(keys[1]!["key"]);
    }

    [Fact]
    public async Task A_running_server_knows_the_key_that_the_command_line_made()
    {
        await using var host = await ControlHost.StartAsync(dataDirectory: _data);

        var added = JsonNode.Parse((await RunAsync("project", "add", "Shop", "--data", _data, "--json")).Out)!;

        using var program = host.Program((string)added["readKey"]!);
        using var answer = await program.GetAsync(new Uri($"/api/projects/{added["project"]}", UriKind.Relative), ControlHost.Cancel);
        Assert.Equal(200, (int)answer.StatusCode);
    }

    [Fact]
    public async Task A_user_signs_in_with_the_password_that_was_read_or_made_up()
    {
        await using var host = await ControlHost.StartAsync(dataDirectory: _data);
        var made = JsonNode.Parse((await RunAsync("user", "add", "ada@example.com", "--data", _data, "--json")).Out)!;
        Assert.Equal(200, await SignInAsync((string)made["password"]!));

        var set = await RunWithInputAsync("a new password\n", "user", "passwd", "ada@example.com", "--password-stdin", "--data", _data, "--json");

        Assert.Null(JsonNode.Parse(set.Out)!["password"]);
        Assert.Equal(401, await SignInAsync((string)made["password"]!));
        Assert.Equal(200, await SignInAsync("a new password"));
        Assert.Equal("operator", (string?)JsonNode.Parse((await RunAsync("user", "list", "--data", _data, "--json")).Out)![0]!["role"]);

        Task<int> SignInAsync(string password) =>
            host.Browse().StatusAsync(HttpMethod.Post, "/api/session", new { email = "ada@example.com", password });
    }

    [Fact]
    public async Task Members_are_added_given_roles_and_removed()
    {
        await RunAsync("project", "add", "Shop", "--data", _data);
        await RunAsync("user", "add", "ada@example.com", "--data", _data);

        Assert.Equal(0, (await RunAsync("user", "add", "bob@example.com", "--project", "Shop", "--role", "editor", "--data", _data)).Code);
        Assert.Contains("Sees no project yet", (await RunAsync("user", "add", "carol@example.com", "--data", _data)).Out, StringComparison.Ordinal);
        Assert.Null(JsonNode.Parse((await RunAsync("user", "add", "carol@example.com", "--project", "1", "--data", _data, "--json")).Out)!["password"]);
        Assert.Equal(["operator ", "member 1 editor", "member 1 viewer"], await RolesAsync());

        Assert.Equal(0, (await RunAsync("user", "role", "bob@example.com", "owner", "--project", "Shop", "--data", _data)).Code);
        Assert.Equal(0, (await RunAsync("user", "role", "ada@example.com", "member", "--data", _data)).Code);
        Assert.Equal(0, (await RunAsync("user", "remove", "carol@example.com", "--project", "Shop", "--data", _data)).Code);
        Assert.Equal(["member ", "member 1 owner", "member "], await RolesAsync());

        var last = await RunAsync("user", "role", "bob@example.com", "viewer", "--project", "Shop", "--data", _data);
        Assert.Equal(1, last.Code);
        Assert.Contains("last owner", last.Error, StringComparison.Ordinal);
        Assert.Equal(1, (await RunAsync("user", "remove", "bob@example.com", "--data", _data)).Code);
        Assert.Equal(0, (await RunAsync("user", "remove", "carol@example.com", "--data", _data)).Code);
        Assert.Equal(["member ", "member 1 owner"], await RolesAsync());

        async Task<IEnumerable<string>> RolesAsync() =>
            JsonNode.Parse((await RunAsync("user", "list", "--data", _data, "--json")).Out)!.AsArray().Select(user =>
                $"{user!["role"]} {string.Join(' ', user["projects"]!.AsArray().Select(its => $"{its!["project"]} {its["role"]}"))}");
    }

    [Fact]
    public async Task A_role_of_the_server_is_none_of_a_project_and_the_other_way_round()
    {
        string[][] wrong =
        [
            ["user", "role", "ada@example.com", "operator", "--project", "Shop"],
            ["user", "role", "ada@example.com", "editor"],
            ["user", "role", "ada@example.com", "king"],
            ["user", "add", "ada@example.com", "--role", "editor"],
            ["user", "add", "ada@example.com", "--operator", "--project", "Shop"],
        ];
        foreach (var arguments in wrong)
        {
            Assert.Equal(2, (await RunAsync([.. arguments, "--data", _data])).Code);
        }
    }

    [Fact]
    public async Task The_same_name_twice_needs_the_id()
    {
        await RunAsync("project", "add", "Shop", "--data", _data);
        await RunAsync("project", "add", "Shop", "--data", _data);

        Assert.Equal(1, (await RunAsync("project", "keys", "Shop", "--data", _data)).Code);
        Assert.Equal(0, (await RunAsync("project", "keys", "2", "--data", _data)).Code);
    }

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(_data, recursive: true);
    }

    private static Task<(int Code, string Out, string Error)> RunAsync(params string[] arguments) => RunWithInputAsync("", arguments);

    private static async Task<(int Code, string Out, string Error)> RunWithInputAsync(string input, params string[] arguments)
    {
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var terminal = new Terminal(output, error, () => new MemoryStream(Encoding.UTF8.GetBytes(input)), () => new MemoryStream(), Interactive: false);
        var code = await CommandLine.RunAsync(arguments, terminal, ControlHost.Cancel);
        return (code, output.ToString(), error.ToString());
    }
}
