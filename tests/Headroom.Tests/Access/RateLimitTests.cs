using System.Net.Http.Json;
using System.Text.Json;
using Headroom.Tests.Projects;
using Xunit;

namespace Headroom.Tests.Access;

public sealed class RateLimitTests
{
    [Fact]
    public async Task A_read_key_that_asks_too_often_is_told_when_to_come_again_and_others_go_on()
    {
        await using var host = await ControlHost.StartAsync(settings: ["Headroom:RateLimits:RequestsPerSecond=1", "Headroom:RateLimits:Burst=3"]);
        var busy = await host.CreateProjectAsync("Busy");
        var other = await host.CreateProjectAsync("Other");
        var browser = await host.SignedInAsync();
        using var program = host.Program(busy.ReadKey);
        HttpResponseMessage? refused = null;
        for (var i = 0; i < 200 && refused is null; i++)
        {
            var answer = await program.PostAsJsonAsync($"/api/projects/{busy.Id}/query", new { }, ControlHost.Cancel);
            if ((int)answer.StatusCode == 429)
            {
                Assert.True(i >= 3);
                refused = answer;
            }
        }

        Assert.NotNull(refused);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 5);
        Assert.Equal("application/problem+json", refused.Content.Headers.ContentType!.MediaType);
        var problem = await refused.Content.ReadFromJsonAsync<JsonElement>(ControlHost.Cancel);
        Assert.Contains("Headroom:RateLimits:RequestsPerSecond", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(429, problem.GetProperty("status").GetInt32());

        using var another = host.Program(other.ReadKey);
        Assert.Equal(200, (int)(await another.PostAsJsonAsync($"/api/projects/{other.Id}/query", new { }, ControlHost.Cancel)).StatusCode);
        using var person = await browser.SendAsync(HttpMethod.Post, $"/api/projects/{busy.Id}/query", new { });
        Assert.Equal(200, (int)person.StatusCode);
    }

    [Fact]
    public async Task Who_has_no_key_is_told_so_however_often()
    {
        await using var host = await ControlHost.StartAsync(settings: ["Headroom:RateLimits:RequestsPerSecond=1", "Headroom:RateLimits:Burst=1"]);
        using var nobody = host.Program("hrr_" + new string('x', 40));
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(401, (int)(await nobody.PostAsJsonAsync("/api/projects/1/query", new { }, ControlHost.Cancel)).StatusCode);
        }
    }

    [Fact]
    public async Task Without_a_limit_nobody_is_refused()
    {
        await using var host = await ControlHost.StartAsync(settings: ["Headroom:RateLimits:RequestsPerSecond=0", "Headroom:RateLimits:Burst=1"]);
        var project = await host.CreateProjectAsync();
        using var program = host.Program(project.ReadKey);
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal(200, (int)(await program.PostAsJsonAsync($"/api/projects/{project.Id}/query", new { }, ControlHost.Cancel)).StatusCode);
        }
    }
}
