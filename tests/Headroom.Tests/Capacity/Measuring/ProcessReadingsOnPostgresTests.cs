using Headroom.App.Capacity;
using Headroom.App.Capacity.Measuring;
using Headroom.Core;
using Headroom.Tests.Projects;
using Headroom.Tests.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Xunit;

namespace Headroom.Tests.Capacity.Measuring;

/// <summary>Processes of an installation that tell each other over a real PostgreSQL what they measured.</summary>
public sealed class ProcessReadingsOnPostgresTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Two_hosts_keep_their_rows_and_a_third_makes_samples_of_both_until_one_leaves()
    {
        var place = await PostgresData.NewAsync(await PostgresServer.SharedAsync());
        await using var reading = await StartAsync(place, null);
        await using var capture = await StartAsync(place, new ProcessRoles(true, false, false), "capture-1");
        var query = await StartAsync(place, new ProcessRoles(false, false, true), "query-1");
        var (rounds, own, clock) = (new Rounds(), Own(0), 0.0);
        var readings = Readings(reading);

        Round? round = null;
        await UntilAsync(async () => (round = await NextAsync()) is { Processes.Count: 3 });
        Assert.Equal(["own", "capture-1", "query-1"], round!.Processes.Select(static one => one.Process.Name));
        Assert.Equal([new ProcessRoles(true, false, false), new ProcessRoles(false, false, true)], round.Processes.Skip(1).Select(static one => one.Process.Roles));
        Assert.All(round.Processes.Skip(1), static one =>
        {
            Assert.InRange(one.Sample.Seconds, 0.5, 60);
            Assert.InRange(one.Sample.Busy, 0, one.Sample.Processors + 0.1);
            Assert.Equal(Environment.ProcessorCount, one.Sample.Processors);
        });

        await query.DisposeAsync();
        await UntilAsync(async () => (round = await NextAsync()) is { Processes.Count: 2 });
        Assert.Equal("capture-1", round!.Processes[1].Process.Name);

        async Task<Round?> NextAsync()
        {
            await Task.Delay(200, ControlHost.Cancel);
            return rounds.Next(Own(clock += 0.2), await readings.ReadAsync(ControlHost.Cancel));
        }
    }

    [Fact]
    public async Task A_database_that_is_away_costs_readings_and_nothing_else()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var host = await StartAsync(await PostgresData.NewAsync(server), null);
        var readings = Readings(host);
        await readings.WriteAsync(Own(1), ControlHost.Cancel);

        await server.StopAsync(immediately: true);
        await readings.WriteAsync(Own(2), ControlHost.Cancel);
        Assert.Empty(await readings.ReadAsync(ControlHost.Cancel));

        await server.StartAgainAsync();
        await UntilAsync(async () =>
        {
            await readings.WriteAsync(Own(3), ControlHost.Cancel);
            return (await readings.ReadAsync(ControlHost.Cancel)) is [{ Reading.Timestamp: 3 }];
        });
    }

    [Fact]
    public async Task A_process_has_one_row_which_goes_a_day_after_its_last_reading_and_what_is_no_reading_is_left_out()
    {
        var place = await PostgresData.NewAsync(await PostgresServer.SharedAsync());
        await using var host = await StartAsync(place, null);
        var time = new JumpingTime(new DateTimeOffset(2026, 11, 26, 10, 0, 0, TimeSpan.Zero));
        var readings = new ProcessReadings(host.Database, time, NullLogger<ProcessReadings>.Instance);
        await readings.WriteAsync(Own(1), ControlHost.Cancel);
        await readings.WriteAsync(Own(2), ControlHost.Cancel);
        await ExecuteAsync(place, $"INSERT INTO process_reading VALUES ('other', {UnixMicros.From(time.GetUtcNow())}, 'hello')");

        Assert.Equal(2, Assert.Single(await readings.ReadAsync(ControlHost.Cancel)).Reading.Timestamp);
        Assert.Equal(2L, await ExecuteAsync(place, "SELECT count(*) FROM process_reading"));

        time.Advance(TimeSpan.FromHours(25));
        Assert.Empty(await readings.ReadAsync(ControlHost.Cancel));
        Assert.Equal(0L, await ExecuteAsync(place, "SELECT count(*) FROM process_reading"));
    }

    /// <summary>With roles a host that measures itself every second.</summary>
    private static Task<ControlHost> StartAsync(string place, ProcessRoles? roles, string name = "") => ControlHost.StartAsync(
        configure: services =>
        {
            if (roles is { } found)
            {
                services.AddCapacityReadings(
                    new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["Headroom:Capacity:SampleSeconds"] = "1", ["Headroom:Capacity:Process"] = name }).Build(), found);
            }
        },
        settings: ["Headroom:Catalog=postgres", $"Headroom:Postgres:ConnectionString={place}"]);

    private static ProcessReadings Readings(ControlHost host) => new(host.Database, TimeProvider.System, NullLogger<ProcessReadings>.Instance);

    private static ProcessReading Own(double timestamp) => new(
        new MeasuredProcess("own", "h", "m", ProcessRoles.Whole), Guid.Empty, 1,
        new Reading(DateTimeOffset.UnixEpoch, timestamp, new double[Enum.GetValues<Quantity>().Length], new MachineReading(timestamp, timestamp, 2, 1, 2, 0, 0, 0)));

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(ControlHost.Cancel);
        late.CancelAfter(Patience);
        while (!await condition())
        {
            late.Token.ThrowIfCancellationRequested();
        }
    }

    private static async Task<object?> ExecuteAsync(string place, string sql)
    {
        await using var connection = new NpgsqlConnection(place + ";Pooling=false");
        await connection.OpenAsync(ControlHost.Cancel);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(ControlHost.Cancel);
    }
}
