using System.Net.Http.Json;
using Headroom.Tests.Projects;
using Xunit;

namespace Headroom.Tests.Access;

public sealed class ReadKeyTests
{
    public static TheoryData<string, string, int> Endpoints => new()
    {
        // What a read key of the project itself gets; of any other project it is always 403.
        { "GET", "/api/projects/{project}", 200 },
        { "GET", "/api/projects/{project}/ledger", 200 },
        { "POST", "/api/projects/{project}/query", 200 },
        { "POST", "/api/projects/{project}/unmarked", 403 },
        { "PATCH", "/api/projects/{project}", 403 },
        { "GET", "/api/projects/{project}/keys", 403 },
        { "POST", "/api/projects/{project}/keys", 403 },
        { "DELETE", "/api/projects/{project}/keys/1", 403 },
    };

    [Theory]
    [MemberData(nameof(Endpoints))]
    public async Task A_read_key_reads_its_own_project_and_nothing_else(string method, string path, int own)
    {
        await using var host = await ControlHost.StartAsync();
        var mine = await host.CreateProjectAsync("Mine");
        var other = await host.CreateProjectAsync("Other");

        Assert.Equal(own, await StatusAsync(mine.ReadKey, mine.Id));
        Assert.Equal(403, await StatusAsync(mine.ReadKey, other.Id));
        Assert.Equal(403, await StatusAsync(mine.ReadKey, "999"));
        Assert.Equal(403, await StatusAsync(mine.ReadKey, "0" + mine.Id + "x"));
        Assert.Equal(401, await StatusAsync(mine.WriteKey, mine.Id));
        Assert.Equal(401, await StatusAsync("hrr_" + new string('x', 40), mine.Id));
        Assert.Equal(401, await StatusAsync(mine.ReadKey + "x", mine.Id));

        async Task<int> StatusAsync(string key, string project)
        {
            using var program = host.Program(key);
            using var request = new HttpRequestMessage(new HttpMethod(method), path.Replace("{project}", project, StringComparison.Ordinal));
            if (method is "POST" or "PATCH")
            {
                request.Content = JsonContent.Create(new { kind = "read", name = "x" });
            }

            using var answer = await program.SendAsync(request, ControlHost.Cancel);
            return (int)answer.StatusCode;
        }
    }

    [Fact]
    public async Task A_read_key_does_not_list_or_make_projects()
    {
        await using var host = await ControlHost.StartAsync();
        var project = await host.CreateProjectAsync();
        using var program = host.Program(project.ReadKey);

        Assert.Equal(403, (int)(await program.GetAsync(new Uri("/api/projects", UriKind.Relative), ControlHost.Cancel)).StatusCode);
        Assert.Equal(403, (int)(await program.PostAsJsonAsync("/api/projects", new { name = "x" }, ControlHost.Cancel)).StatusCode);
    }

    [Fact]
    public async Task A_read_key_made_by_another_process_a_moment_ago_works()
    {
        await using var host = await ControlHost.StartAsync();
        await using var other = await ControlHost.StartAsync(dataDirectory: host.DataDirectory);
        var project = await other.CreateProjectAsync();
        using var program = host.Program(project.ReadKey);

        Assert.Equal(200, (int)(await program.GetAsync(new Uri($"/api/projects/{project.Id}", UriKind.Relative), ControlHost.Cancel)).StatusCode);
    }

    [Fact]
    public async Task Nobody_gets_problem_details_and_a_person_sees_which_project_is_missing()
    {
        await using var host = await ControlHost.StartAsync();
        var browser = await host.SignedInAsync();
        using var nobody = await host.Browse().SendAsync(HttpMethod.Get, "/api/projects/1");
        using var missing = await browser.SendAsync(HttpMethod.Get, "/api/projects/999");

        Assert.Equal(401, (int)nobody.StatusCode);
        Assert.Equal("application/problem+json", nobody.Content.Headers.ContentType?.MediaType);
        Assert.Equal(404, (int)missing.StatusCode);
        Assert.Contains("no such project", await missing.Content.ReadAsStringAsync(ControlHost.Cancel), StringComparison.Ordinal);
    }
}
