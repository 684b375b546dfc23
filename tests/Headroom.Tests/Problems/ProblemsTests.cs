using System.Text.Json.Nodes;
using Headroom.App.Problems;
using Headroom.App.Shared;
using Headroom.App.Shared.Control;
using Headroom.Core;
using Headroom.Tests.Projects;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Headroom.Tests.Problems;

/// <summary>Problems with what was sent, in the real control data and over HTTP.</summary>
public class ProblemsTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 30, 0, TimeSpan.Zero);

    [Fact]
    public async Task Counts_are_by_hour_and_reason_with_the_latest_examples()
    {
        var time = new JumpingTime(Noon);
        await using var host = await StartAsync(time);
        var (project, _, readKey) = await host.CreateProjectAsync();
        var found = host.Services.GetRequiredService<IngestionProblems>();
        Tell(found, 1, "event_missing", 3, time, "old");
        Assert.Equal(3, (int)(await ReadAsync(host, readKey, project))["kinds"]![0]!["count"]!);
        time.Advance(TimeSpan.FromHours(2));
        Tell(found, 1, "event_missing", 4, time, "<b>new</b>");
        found.Add(new ProjectId(1), ProblemKind.Duplicate, "duplicate", 9);

        var report = await ReadAsync(host, readKey, project, "?days=1");
        Assert.Equal((24, DateTimeOffset.Parse("2026-11-22T15:00:00Z", null)), ((int)report["hours"]!, (DateTimeOffset)report["from"]!));
        Assert.Equal([("rejected", 7), ("duplicate", 9)], report["kinds"]!.AsArray().Select(static k => ((string)k!["kind"]!, (int)k["count"]!)));
        var rejected = report["kinds"]![0]!;
        Assert.Equal(time.GetUtcNow(), (DateTimeOffset)rejected["lastSeen"]!);
        Assert.Equal([(21, 3), (23, 4)], rejected["byHour"]!.AsArray().Select(static (c, i) => (i, (int)c!)).Where(static c => c.Item2 > 0));
        Assert.Equal(["<b>new</b>", "old"], rejected["reasons"]![0]!["examples"]!.AsArray().Select(static e => (string)e!["event"]!));
        Assert.Empty(report["kinds"]![1]!["reasons"]![0]!["examples"]!.AsArray());
    }

    [Fact]
    public async Task They_are_there_after_a_restart_and_gone_after_thirty_days()
    {
        var directory = Directory.CreateTempSubdirectory("headroom-problems-").FullName;
        var time = new JumpingTime(Noon);
        string project, readKey;
        await using (var first = await StartAsync(time, directory))
        {
            (project, _, readKey) = await first.CreateProjectAsync();
            Tell(first.Services.GetRequiredService<IngestionProblems>(), 1, "event_missing", 3, time, "a");
        }

        await using (var second = await StartAsync(time, directory))
        {
            Assert.Equal(3, (int)(await ReadAsync(second, readKey, project))["kinds"]![0]!["count"]!);
            time.Advance(TimeSpan.FromDays(29));
            Assert.Empty((await ReadAsync(second, readKey, project))["kinds"]!.AsArray());
            Assert.Single((await ReadAsync(second, readKey, project, "?days=30"))["kinds"]!.AsArray());
            time.Advance(TimeSpan.FromDays(2));
            await ReadAsync(second, readKey, project);
            Assert.Equal((0L, 0L), (Count(second, "problem_count"), Count(second, "problem_example")));
        }

        SqliteConnection.ClearAllPools();
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task No_more_than_ten_examples_of_a_problem_are_kept()
    {
        var time = new JumpingTime(Noon);
        await using var host = await StartAsync(time);
        var (project, _, readKey) = await host.CreateProjectAsync();
        for (var i = 0; i < 13; i++)
        {
            Tell(host.Services.GetRequiredService<IngestionProblems>(), 1, "event_missing", 1, time, $"e{i}");
            await ReadAsync(host, readKey, project);
            time.Advance(TimeSpan.FromSeconds(1));
        }

        var reason = (await ReadAsync(host, readKey, project))["kinds"]![0]!["reasons"]![0]!;
        Assert.Equal(13, (int)reason["count"]!);
        Assert.Equal(Enumerable.Range(3, 10).Reverse().Select(static i => $"e{i}"), reason["examples"]!.AsArray().Select(static e => (string)e!["event"]!));
        Assert.Equal(10, Count(host, "problem_example"));
    }

    [Fact]
    public async Task A_project_sees_its_own_and_only_people_see_what_is_of_nobody()
    {
        var time = new JumpingTime(Noon);
        await using var host = await StartAsync(time);
        var browser = await host.SignedInAsync();
        var (one, _, oneKey) = await host.CreateProjectAsync("One");
        var (other, _, otherKey) = await host.CreateProjectAsync("Other");
        var found = host.Services.GetRequiredService<IngestionProblems>();
        Tell(found, 1, "event_missing", 1, time, "secret");
        found.Add(IngestionProblems.Nobody, ProblemKind.Rejected, "unknown_key", 5);
        Assert.Empty((await ReadAsync(host, otherKey, other))["kinds"]!.AsArray());
        Assert.Empty((await ReadAsync(host, oneKey, one))["unassigned"]!.AsArray());
        var seen = await browser.GetAsync($"/api/projects/{other}/problems");
        Assert.Equal(("unknown_key", 5), ((string)seen["unassigned"]![0]!["reason"]!, (int)seen["unassigned"]![0]!["count"]!));
        using var program = host.Program(otherKey);
        using var foreign = await program.GetAsync(new Uri($"/api/projects/{one}/problems", UriKind.Relative), ControlHost.Cancel);
        Assert.Equal(403, (int)foreign.StatusCode);
    }

    [Fact]
    public async Task Recent_ones_are_those_of_the_last_hour_just_found_ones_too_without_duplicates()
    {
        var time = new JumpingTime(Noon);
        await using var host = await StartAsync(time);
        var (project, _, readKey) = await host.CreateProjectAsync();
        var found = host.Services.GetRequiredService<IngestionProblems>();
        async Task<DateTimeOffset?> RecentAsync()
        {
            using var program = host.Program(readKey);
            return (DateTimeOffset?)JsonNode.Parse(await program.GetStringAsync(new Uri($"/api/projects/{project}/problems/recent", UriKind.Relative), ControlHost.Cancel))!["lastSeen"];
        }

        found.Add(new ProjectId(1), ProblemKind.Duplicate, "duplicate", 9);
        Assert.Null(await RecentAsync());
        Tell(found, 1, "event_missing", 1, time, "a");
        Assert.Equal(Noon, await RecentAsync());
        time.Advance(TimeSpan.FromMinutes(59));
        Assert.Equal(Noon, await RecentAsync());
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.Null(await RecentAsync());
    }

    [Theory]
    [InlineData("0")]
    [InlineData("31")]
    [InlineData("week")]
    public async Task Days_out_of_bounds_are_refused_by_name(string days)
    {
        await using var host = await StartAsync(new JumpingTime(Noon));
        var browser = await host.SignedInAsync();
        var (project, _, _) = await host.CreateProjectAsync();
        using var answer = await browser.SendAsync(HttpMethod.Get, $"/api/projects/{project}/problems?days={days}");
        Assert.Equal(400, (int)answer.StatusCode);
        Assert.Equal(["days"], (await Browser.ReadAsync(answer))["errors"]!.AsObject().Select(static e => e.Key));
    }

    [Fact]
    public void What_waits_is_bounded()
    {
        var found = new IngestionProblems();
        for (var project = 1; project <= 100; project++)
        {
            for (var i = 0; i < 20; i++)
            {
                found.Add(new ProjectId(project), ProblemKind.Rejected, "malformed", 1);
                if (found.Wants(new ProjectId(project), ProblemKind.Rejected, "malformed"))
                {
                    found.Add(new ProjectId(project), ProblemKind.Rejected, "malformed", Example(Noon, "e"));
                }
            }
        }

        var taken = found.Take();
        Assert.Equal((2_000L, IngestionProblems.ExamplesAll), (taken.Sum(static p => p.Count), taken.Sum(static p => p.Examples.Count)));
        Assert.True(found.Wants(new ProjectId(1), ProblemKind.Rejected, "malformed"));
    }

    private static ProblemExample Example(DateTimeOffset at, string name) => new(at, name, "u", "posthog-js 1", "event", "It is wrong.", "Refused.", "{}");

    private static void Tell(IngestionProblems found, int project, string reason, long count, TimeProvider time, string name)
    {
        found.Add(new ProjectId(project), ProblemKind.Rejected, reason, count);
        found.Add(new ProjectId(project), ProblemKind.Rejected, reason, Example(time.GetUtcNow(), name));
    }

    private static long Count(ControlHost host, string table)
    {
        using var connection = host.Services.GetRequiredService<ControlDatabase>().Engine.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT count(*) FROM {table}";
        return (long)command.ExecuteScalar()!;
    }

    private static async Task<JsonNode> ReadAsync(ControlHost host, string key, string project, string query = "")
    {
        using var program = host.Program(key);
        return JsonNode.Parse(await program.GetStringAsync(new Uri($"/api/projects/{project}/problems{query}", UriKind.Relative), ControlHost.Cancel))!;
    }

    private static Task<ControlHost> StartAsync(TimeProvider time, string? directory = null) =>
        ControlHost.StartAsync(time, directory, static services => services.AddProblems(new ConfigurationBuilder().Build()), static group => group.MapProblems());
}
