using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text;
using Headroom.App.Access;
using Headroom.App.Problems;
using Headroom.App.Shared;
using Headroom.App.Shared.Control;
using Headroom.Core;
using Headroom.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Xunit;

namespace Headroom.Tests.Projects;

/// <summary>What is PostgreSQL's own: settings, a server that is away, errors of its statements, secrets and measures.</summary>
public sealed class PostgresControlTests
{
    [Theory]
    [InlineData("", "Headroom:Postgres:ConnectionString")]
    [InlineData("Host=db.example.com", "Headroom:Postgres:ConnectionString")]
    [InlineData("Host=db.example.com;Database=h;Username=h;Password=half;of-it-is-no-keyword=x", "Headroom:Postgres:ConnectionString")]
    [InlineData("Host=db.example.com;Database=h;Username=h;Port=many", "Headroom:Postgres:ConnectionString")]
    [InlineData("Host=db.example.com;Database=h;Username=h;Search Path=mine", "Search Path")]
    [InlineData("Host=db.example.com;Database=h;Username=h;Multiplexing=true", "Multiplexing")]
    [InlineData("Host=db.example.com;Database=h;Username=h", "Headroom:Postgres:MaxPoolSize", "Headroom:Postgres:MaxPoolSize=1")]
    [InlineData("Host=db.example.com;Database=h;Username=h", "Headroom:Postgres:ConnectTimeoutSeconds", "Headroom:Postgres:ConnectTimeoutSeconds=0")]
    [InlineData("Host=db.example.com;Database=h;Username=h", "Headroom:Postgres:CommandTimeoutSeconds", "Headroom:Postgres:CommandTimeoutSeconds=0")]
    [InlineData("Host=db.example.com;Database=h;Username=h", "Headroom:Postgres:StartWaitSeconds", "Headroom:Postgres:StartWaitSeconds=-1")]
    public async Task A_wrong_setting_stops_the_start_and_is_named(string connectionString, string key, params string[] more)
    {
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => ControlHost.StartAsync(
            settings: ["Headroom:Catalog=postgres", $"Headroom:Postgres:ConnectionString={connectionString}", .. more]));

        Assert.Contains(key, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("half", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("of-it", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_the_server_is_away_keys_stay_known_requests_are_told_and_it_goes_on_by_itself()
    {
        await using var server = await PostgresServer.StartAsync();
        var logs = new Lines();
        await using var host = await StartAsync(await PostgresData.NewAsync(server), logs);
        var ada = await host.SignedInAsync();
        var project = await host.CreateProjectAsync();
        var key = Encoding.UTF8.GetBytes(project.WriteKey);

        await server.StopAsync(immediately: true);
        using (var told = await ada.SendAsync(HttpMethod.Get, "/api/projects"))
        {
            Assert.Equal(503, (int)told.StatusCode);
            Assert.True(told.Headers.RetryAfter is not null);
            Assert.Equal("A database cannot be reached.", (string?)(await Browser.ReadAsync(told))["title"]);
        }

        Assert.Equal(503, await host.Browse().StatusAsync(HttpMethod.Post, "/api/session", new { email = ControlHost.Email, password = ControlHost.Password }));
        await host.Directory.RefreshAsync(ControlHost.Cancel);
        Assert.True(host.Directory.TryGetByWriteKey(key, out _));
        var health = host.Directory.Health;
        Assert.False(health.Ok);
        Assert.NotNull(health.Since);
        Assert.Contains("cannot be read", health.Detail, StringComparison.Ordinal);
        Assert.Equal(16, host.Services.GetRequiredService<IVisitorSalts>().Current.Today.Length);

        await server.StartAgainAsync();
        await UntilAsync(() => host.Directory.Health.Ok);
        Assert.Equal(200, await ada.StatusAsync(HttpMethod.Get, "/api/projects"));
        await host.CreateProjectAsync("Second");
        Assert.Contains(logs.All, line => line.Contains("can be read again", StringComparison.Ordinal));
        Assert.DoesNotContain(logs.All, static line => line.Contains(PostgresData.Password, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_fail_over_between_two_requests_is_not_noticed(bool crash)
    {
        await using var server = await PostgresServer.StartAsync();
        await using var host = await StartAsync(await PostgresData.NewAsync(server));
        var ada = await host.SignedInAsync();
        var project = await host.CreateProjectAsync();

        // Connections that lie in the pool lead to nowhere afterwards.
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => ada.StatusAsync(HttpMethod.Get, "/api/projects")));
        await server.StopAsync(immediately: crash);
        await server.StartAgainAsync();

        Assert.Equal(200, await ada.StatusAsync(HttpMethod.Get, "/api/projects"));
        await server.ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'headroom'");
        Assert.Equal(201, await ada.StatusAsync(HttpMethod.Post, $"/api/projects/{project.Id}/annotations", new { at = "2026-11-25T12:00:00Z", text = "Launch" }));
        await server.ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'headroom'");
        await host.CreateProjectAsync("Second");
        await server.ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'headroom'");
        Assert.Equal("", host.Directory.Members(1));
    }

    [Fact]
    public async Task The_start_waits_for_a_server_that_comes_and_says_so()
    {
        await using var server = await PostgresServer.StartAsync();
        var place = await PostgresData.NewAsync(server);
        await server.StopAsync(immediately: false);
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync(place, null, "Headroom:Postgres:StartWaitSeconds=0"));
        Assert.Contains("PostgreSQL at 127.0.0.1", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(PostgresData.Password, refused.ToString(), StringComparison.Ordinal);

        var logs = new Lines();
        var starting = StartAsync(place, logs);
        await UntilAsync(() => logs.All.Any(static line => line.Contains("does not answer", StringComparison.Ordinal)));
        await server.StartAgainAsync();
        await using var host = await starting;

        Assert.Contains(logs.All, static line => line.Contains("answers now", StringComparison.Ordinal));
        Assert.DoesNotContain(logs.All, static line => line.Contains(PostgresData.Password, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_wrong_password_stops_the_start_at_once_and_is_told_nowhere()
    {
        await using var server = await PostgresServer.StartAsync();
        var place = await PostgresData.NewAsync(server);
        var file = await server.AskAsync<string>("SHOW hba_file");
        await server.ExecuteAsync($"COPY (SELECT 'host all all 127.0.0.1/32 scram-sha-256') TO '{file}'; SELECT pg_reload_conf()");
        var logs = new Lines();

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync(place, logs));

        Assert.Contains("password authentication failed", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(PostgresData.Password, refused.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(logs.All, static line => line.Contains(PostgresData.Password, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("40001")]
    [InlineData("40P01")]
    public async Task A_serialisation_failure_and_a_deadlock_are_tried_again(string state)
    {
        var server = await PostgresServer.SharedAsync();
        await using var host = await StartAsync(await PostgresData.NewAsync(server));
        await host.SignedInAsync();
        await FailAsync(host, state, "session", times: 2);

        Assert.Equal(200, await host.Browse().StatusAsync(HttpMethod.Post, "/api/session", new { email = ControlHost.Email, password = ControlHost.Password }));
    }

    [Fact]
    public async Task What_goes_on_failing_ends_within_bounds_and_what_failed_inside_of_a_transaction_is_told()
    {
        var server = await PostgresServer.SharedAsync();
        await using var host = await StartAsync(await PostgresData.NewAsync(server));
        var ada = await host.SignedInAsync();
        await FailAsync(host, "40001", "session", times: 1000);
        Assert.Equal(503, await host.Browse().StatusAsync(HttpMethod.Post, "/api/session", new { email = ControlHost.Email, password = ControlHost.Password }));

        await FailAsync(host, "40001", "project", times: 1);
        Assert.Equal(503, await ada.StatusAsync(HttpMethod.Post, "/api/projects", new { name = "Shop" }));
        Assert.Equal(201, await ada.StatusAsync(HttpMethod.Post, "/api/projects", new { name = "Shop" }));
    }

    [Fact]
    public async Task An_error_that_no_repetition_helps_is_neither_repeated_nor_called_an_outage()
    {
        var server = await PostgresServer.SharedAsync();
        await using var host = await StartAsync(await PostgresData.NewAsync(server));
        var ada = await host.SignedInAsync();
        await FailAsync(host, "22012", "session", times: 1);
        Assert.Equal(500, await host.Browse().StatusAsync(HttpMethod.Post, "/api/session", new { email = ControlHost.Email, password = ControlHost.Password }));

        Assert.Equal(400, await ada.StatusAsync(HttpMethod.Post, "/api/projects", new { name = "a\0b" }));
        Assert.True(host.Directory.Health.Ok);
    }

    [Fact]
    public async Task Writers_of_several_processes_take_turns()
    {
        var server = await PostgresServer.SharedAsync();
        await using var host = await StartAsync(await PostgresData.NewAsync(server));
        await using (var context = await host.Database.OpenAsync(ControlHost.Cancel))
        {
            await using var transaction = await context.Database.BeginTransactionAsync(ControlHost.Cancel);
            var waiting = host.CreateProjectAsync();
            while (await server.AskAsync<long>("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") == 0)
            {
                await Task.Delay(20, ControlHost.Cancel);
            }

            Assert.False(waiting.IsCompleted);
            await transaction.CommitAsync(ControlHost.Cancel);
            await waiting;
        }
    }

    [Fact]
    public async Task Problems_that_cannot_be_written_wait_for_the_server()
    {
        await using var server = await PostgresServer.StartAsync();
        var time = new JumpingTime(new DateTimeOffset(2026, 11, 23, 12, 30, 0, TimeSpan.Zero));
        await using var host = await ControlHost.StartAsync(
            time, null, static services => services.AddProblems(new ConfigurationBuilder().Build()), static group => group.MapProblems(),
            "Headroom:Catalog=postgres", $"Headroom:Postgres:ConnectionString={await PostgresData.NewAsync(server)}");
        var project = await host.CreateProjectAsync();
        var found = host.Services.GetRequiredService<IngestionProblems>();
        var store = host.Services.GetRequiredService<ProblemStore>();
        found.Add(new ProjectId(1), ProblemKind.Rejected, "event_missing", 3);

        await server.StopAsync(immediately: true);
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(async () => await store.ReadAsync(new ProjectId(1), 1, false, ControlHost.Cancel));
        await server.StartAgainAsync();

        var report = await store.ReadAsync(new ProjectId(int.Parse(project.Id, System.Globalization.CultureInfo.InvariantCulture)), 1, false, ControlHost.Cancel);
        Assert.Equal(3, Assert.Single(report.Kinds).Count);
    }

    [Fact]
    public async Task Connections_are_counted_given_back_and_waited_for_within_bounds()
    {
        var server = await PostgresServer.SharedAsync();
        long used = 0, waits = 0;
        using var listener = new MeterListener();
        var own = new AsyncLocal<bool> { Value = true };
        listener.InstrumentPublished = static (instrument, l) =>
        {
            if (instrument.Name.StartsWith("headroom_postgres_", StringComparison.Ordinal))
            {
                l.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) =>
        {
            if (own.Value && instrument.Name == "headroom_postgres_connections_in_use")
            {
                Interlocked.Add(ref used, value);
            }
        });
        listener.SetMeasurementEventCallback<double>((_, _, _, _) => Interlocked.Add(ref waits, own.Value ? 1 : 0));
        listener.Start();
        await using var host = await StartAsync(await PostgresData.NewAsync(server), null, "Headroom:Postgres:MaxPoolSize=3", "Headroom:Postgres:ConnectTimeoutSeconds=1");
        var before = Interlocked.Read(ref used);

        var taken = new List<System.Data.Common.DbConnection>();
        for (var i = 0; i < 2; i++)
        {
            taken.Add(await host.Database.ConnectAsync(ControlHost.Cancel));
        }

        Assert.Equal(before + 2, Interlocked.Read(ref used));
        await using (var context = await host.Database.OpenAsync(ControlHost.Cancel))
        {
            // The directory has the third.
            var refused = await Assert.ThrowsAnyAsync<Exception>(() => context.Users.CountAsync(ControlHost.Cancel));
            Assert.True(host.Database.Engine.IsAway(refused));
        }

        foreach (var connection in taken)
        {
            await connection.DisposeAsync();
        }

        await using (var context = await host.Database.OpenAsync(ControlHost.Cancel))
        {
            Assert.Equal(0, await context.Users.CountAsync(ControlHost.Cancel));
        }

        Assert.Equal(before, Interlocked.Read(ref used));
        Assert.True(Interlocked.Read(ref waits) >= 4);
    }

    private static Task<ControlHost> StartAsync(string place, Lines? logs = null, params string[] settings) => ControlHost.StartAsync(
        configure: services => services.AddLogging(logging =>
        {
            if (logs is not null)
            {
                logging.SetMinimumLevel(LogLevel.Trace).AddProvider(new Recorder(logs));
            }
        }),
        settings: ["Headroom:Catalog=postgres", $"Headroom:Postgres:ConnectionString={place}", .. settings]);

    /// <summary>Lets the next inserts into a table fail.</summary>
    private static async Task FailAsync(ControlHost host, string state, string table, int times)
    {
        await using var connection = await host.Database.ConnectAsync(ControlHost.Cancel);
        await using var command = connection.CreateCommand();
        command.CommandText = $"""
            CREATE SEQUENCE fails_{table};
            CREATE FUNCTION fail_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF nextval('fails_{table}') <= {times} THEN RAISE EXCEPTION 'made to fail' USING ERRCODE = '{state}'; END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER fail BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION fail_{table}();
            """;
        await command.ExecuteNonQueryAsync(ControlHost.Cancel);
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        while (!holds())
        {
            await Task.Delay(20, ControlHost.Cancel);
        }
    }

    /// <summary>Everything that was logged, with exceptions.</summary>
    private sealed class Lines
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public IReadOnlyCollection<string> All => _lines;

        public void Add(string line) => _lines.Enqueue(line);
    }

    private sealed class Recorder(Lines lines) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Add($"{formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}
