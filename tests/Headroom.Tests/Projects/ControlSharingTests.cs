using System.Text;
using Headroom.App.Access;
using Headroom.App.Projects;
using Headroom.App.Shared;
using Headroom.App.Shared.Control;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headroom.Tests.Projects;

/// <summary>What holds for the control data whichever database keeps it, also between processes.</summary>
public class ControlSharingTests
{
    [Fact]
    public async Task The_migrations_hold_the_whole_model_and_the_start_knows_the_newest()
    {
        await using var host = await ControlHost.StartAsync();
        await using var context = await host.Services.GetRequiredService<ControlDatabase>().OpenAsync(ControlHost.Cancel);

        Assert.False(context.Database.HasPendingModelChanges());
        Assert.Equal(ControlDatabase.NewestMigration, context.Database.GetMigrations().Last());
        Assert.Equal(context.Database.GetMigrations(), await context.Database.GetAppliedMigrationsAsync(ControlHost.Cancel));
    }

    [Fact]
    public async Task A_project_id_is_never_used_again()
    {
        await using var host = await ControlHost.StartAsync();
        var first = await host.CreateProjectAsync("First");
        await using (var context = await host.Services.GetRequiredService<ControlDatabase>().OpenAsync(ControlHost.Cancel))
        {
            await context.Projects.ExecuteDeleteAsync(ControlHost.Cancel);
        }

        var second = await host.CreateProjectAsync("Second");

        Assert.NotEqual(first.Id, second.Id);
    }

    [Fact]
    public async Task A_key_works_at_once_in_its_own_process()
    {
        await using var host = await ControlHost.StartAsync();
        var project = await host.CreateProjectAsync();

        Assert.True(host.Directory.TryGetByWriteKey(Encoding.UTF8.GetBytes(project.WriteKey), out var found));
        Assert.Equal(project.Id, found.Id.ToString());
    }

    [Fact]
    public async Task A_key_of_another_process_works_after_a_refresh()
    {
        // The clock stands still, so the regular look does not happen.
        await using var host = await ControlHost.StartAsync(new FakeTimeProvider());
        await using var other = await ControlHost.StartAsync(new FakeTimeProvider(), host.DataDirectory);
        var project = await other.CreateProjectAsync();
        var key = Encoding.UTF8.GetBytes(project.WriteKey);
        Assert.False(host.Directory.TryGetByWriteKey(key, out _));

        await host.Directory.RefreshAsync(ControlHost.Cancel);

        Assert.True(host.Directory.TryGetByWriteKey(key, out _));
    }

    [Fact]
    public async Task A_key_of_another_process_works_within_a_second_without_anybody_asking()
    {
        var time = new FakeTimeProvider();
        await using var host = await ControlHost.StartAsync(time);
        await using var other = await ControlHost.StartAsync(new FakeTimeProvider(), host.DataDirectory);
        var project = await other.CreateProjectAsync();

        while (!host.Directory.TryGetByWriteKey(Encoding.UTF8.GetBytes(project.WriteKey), out _))
        {
            time.Advance(TimeSpan.FromMilliseconds(500));
            await Task.Yield();
            ControlHost.Cancel.ThrowIfCancellationRequested();
        }
    }

    [Fact]
    public async Task Refreshes_of_many_callers_are_one_read_and_wait_their_turn()
    {
        var time = new FakeTimeProvider();
        await using var host = await ControlHost.StartAsync(time);
        await host.Directory.RefreshAsync(ControlHost.Cancel);

        var callers = Enumerable.Range(0, 20).Select(_ => host.Directory.RefreshAsync(ControlHost.Cancel).AsTask()).ToList();
        var all = Task.WhenAll(callers);
        Assert.False(all.IsCompleted);

        while (!all.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }

        await all;
    }

    [Fact]
    public async Task A_domain_finds_its_project_whatever_its_case_and_belongs_to_one_only()
    {
        await using var host = await ControlHost.StartAsync();
        var catalog = host.Services.GetRequiredService<ProjectCatalog>();
        var created = await catalog.CreateAsync(new NewProject("Blog", Domains: ["Example.com", "münchen.example"]), ControlHost.Cancel);

        Assert.True(host.Directory.TryGetByDomain("EXAMPLE.com"u8, out var found));
        Assert.True(host.Directory.TryGetByDomain("MÜNCHEN.example"u8, out _));
        Assert.False(host.Directory.TryGetByDomain("example.org"u8, out _));
        Assert.False(host.Directory.TryGetByDomain(new byte[4096], out _));
        Assert.Equal(created.Value!.Project.Id, found.Id.ToString());
        var second = await catalog.CreateAsync(new NewProject("Copy", Domains: ["example.com"]), ControlHost.Cancel);
        Assert.IsType<ProjectRefusal.Conflict>(second.Refusal);
    }

    [Fact]
    public async Task Salts_change_with_the_day_are_made_a_day_ahead_last_two_days_and_are_the_same_in_every_process()
    {
        var time = new JumpingTime(new DateTimeOffset(2026, 11, 23, 23, 59, 59, TimeSpan.Zero));
        await using var host = await ControlHost.StartAsync(time);
        await using var other = await ControlHost.StartAsync(time, host.DataDirectory);
        var salts = host.Services.GetRequiredService<IVisitorSalts>();
        var first = salts.Current;
        Assert.Equal(16, first.Today.Length);
        Assert.Equal(first.Today.ToArray(), other.Services.GetRequiredService<IVisitorSalts>().Current.Today.ToArray());

        time.Advance(TimeSpan.FromSeconds(1));
        var second = salts.Current;

        Assert.Equal(first.Today.ToArray(), second.Yesterday.ToArray());
        Assert.NotEqual(first.Today.ToArray(), second.Today.ToArray());
        time.Advance(TimeSpan.FromDays(1));
        _ = salts.Current;
        await using var context = await host.Services.GetRequiredService<ControlDatabase>().OpenAsync(ControlHost.Cancel);
        Assert.Equal(3, await context.VisitorSalts.CountAsync(ControlHost.Cancel));
    }

    [Fact]
    public async Task Many_processes_make_a_new_database_at_once()
    {
        var directory = Directory.CreateTempSubdirectory("headroom-control-").FullName;
        var hosts = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => ControlHost.StartAsync(new FakeTimeProvider(), directory))));

        await Task.WhenAll(hosts.Select((host, i) => host.CreateProjectAsync($"Project {i}")));

        Assert.Equal(4, (await hosts[0].Services.GetRequiredService<ProjectCatalog>().ListAsync(ControlHost.Cancel)).Select(p => p.Id).Distinct().Count());
        foreach (var host in hosts)
        {
            await host.DisposeAsync();
        }

        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task Of_all_who_set_up_at_once_in_several_processes_one_becomes_the_owner()
    {
        await using var host = await ControlHost.StartAsync();
        await using var other = await ControlHost.StartAsync(dataDirectory: host.DataDirectory);

        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() =>
            (i % 2 == 0 ? host : other).Browse().StatusAsync(HttpMethod.Post, "/api/setup", new { email = $"u{i}@example.com", name = "Ada", password = ControlHost.Password }))));

        Assert.Single(results, 201);
        Assert.Single(await host.Services.GetRequiredService<Accounts>().ListAsync(ControlHost.Cancel));
    }

    [Fact]
    public async Task A_domain_that_many_take_at_once_is_given_to_one()
    {
        await using var host = await ControlHost.StartAsync();
        await using var other = await ControlHost.StartAsync(dataDirectory: host.DataDirectory);

        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() =>
            (i % 2 == 0 ? host : other).Services.GetRequiredService<ProjectCatalog>().CreateAsync(new NewProject($"P{i}", Domains: ["one.example"]), ControlHost.Cancel))));

        Assert.Single(results, result => result.Value is not null);
        Assert.All(results.Where(result => result.Value is null), result => Assert.IsType<ProjectRefusal.Conflict>(result.Refusal));
    }
}
