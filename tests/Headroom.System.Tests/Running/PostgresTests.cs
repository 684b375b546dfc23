using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Headroom.System.Tests.Crashes;
using Headroom.System.Tests.Support;
using Headroom.Tests.Support;
using Xunit;

namespace Headroom.System.Tests.Running;

/// <summary>The real program with its control data in a real PostgreSQL.</summary>
public sealed class PostgresTests
{
    private const string Password = "not-for-logs-31";

    [Fact]
    public async Task PostgreSQL_keeps_the_control_data_and_while_it_is_down_no_event_is_lost_and_it_is_told()
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var postgres = await PostgresServer.StartAsync();
        await postgres.ExecuteAsync("CREATE ROLE headroom LOGIN");
        await postgres.ExecuteAsync("CREATE DATABASE headroom OWNER headroom");
        await using var server = await HeadroomServer.StartWithAsync(new Dictionary<string, string>
        {
            ["Headroom__Catalog"] = "postgres",
            ["Headroom__Postgres__ConnectionString"] = $"Host=127.0.0.1;Port={postgres.Port};Database=headroom;Username=headroom;Password={Password}",
        });

        // The command line and the server are two processes on one database.
        var project = await server.AddProjectAsync("Shop");
        var owner = await SignedIn.SetUpAsync(server, project.Id);
        Assert.Contains("Bob", (await owner.OfServerAsync(HttpMethod.Post, "/api/projects", new { name = "Bob's" })).ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(2, await postgres.AskAsync<long>("SELECT count(*) FROM project", "headroom"));
        Assert.False(File.Exists(Path.Combine(server.DataDirectory, "control.db")));
        var events = new AcknowledgedEvents(project);
        using var sending = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var sender = events.SendAsync(sending.Token);
        await Until.TrueAsync("events are acknowledged", () => Task.FromResult(events.Acknowledged.Count > 100));

        await postgres.StopAsync(immediately: true);
        await Until.TrueAsync("it is told that the database is away", async () => (string?)(await server.PartAsync("control"))["status"] == "failing");
        Assert.False(await server.IsReadyAsync());
        var before = events.Acknowledged.Count;
        await Until.TrueAsync("events are acknowledged meanwhile", () => Task.FromResult(events.Acknowledged.Count > before + 1000));
        Assert.NotNull((await server.PartAsync("control"))["since"]);

        using (var told = await server.Http.PostAsJsonAsync(new Uri("/api/session", UriKind.Relative), new { email = SignedIn.Email, password = SignedIn.Password }, cancel))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, told.StatusCode);
            Assert.Contains("does not answer", await told.Content.ReadAsStringAsync(cancel), StringComparison.Ordinal);
        }

        var command = await server.RunHereAsync("project", "list", "--data", server.DataDirectory);
        Assert.NotEqual(0, command.Code);
        Assert.Contains("PostgreSQL at 127.0.0.1", command.Errors, StringComparison.Ordinal);

        await postgres.StartAgainAsync();
        await Until.TrueAsync("it goes on by itself", server.IsReadyAsync);
        await sending.CancelAsync();
        await sender;
        await events.RetryAsync();
        Assert.Equal(events.Acknowledged.Count, (await project.DrainAsync()).Stored);

        var metrics = await server.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), cancel);
        foreach (var metric in (string[])["connections_in_use", "connections_waiting", "wait_duration_seconds_count", "retries_total"])
        {
            Assert.Contains($"headroom_postgres_{metric}", metrics, StringComparison.Ordinal);
        }

        await server.KillAsync();
        await server.StartProcessAsync();
        Assert.Equal(events.Acknowledged.Count, (await project.DrainAsync()).Stored);
        Assert.Contains("Bob", (await owner.OfServerAsync(HttpMethod.Get, "/api/projects")).ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Password, server.Output + command.Output + command.Errors, StringComparison.Ordinal);

        var backup = await server.RunHereAsync("backup", Path.Combine(Path.GetTempPath(), "headroom-no-backup"), "--data", server.DataDirectory);
        Assert.NotEqual(0, backup.Code);
        Assert.Contains("PostgreSQL's own means", backup.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_with_SQLite_starts_without_what_PostgreSQL_needs_and_without_what_EF_Core_needs_for_databases()
    {
        await using var server = await HeadroomServer.StartAsync();

        // What is certainly there shows that the test sees.
        Assert.True(server.HasLoaded("Microsoft.Data.Sqlite"));
        Assert.False(server.HasLoaded("Npgsql"));
        Assert.False(server.HasLoaded("Microsoft.EntityFrameworkCore.Relational"));
    }
}
