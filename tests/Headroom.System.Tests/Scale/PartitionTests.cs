using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Headroom.System.Tests.Support;
using Xunit;

namespace Headroom.System.Tests.Scale;

/// <summary>
/// A cluster whose processes are in networks of their own: each is killed, cut off and, where it is a component, gone for a time, under load.
/// HEADROOM_PARTITION_SECONDS says for how long, 2 when not set; with 10 or more every process has its turn and not one of each kind.
/// </summary>
public sealed class PartitionTests(ITestOutputHelper output)
{
    private const int PageSize = 1000;
    private const int LongForm = 10;
    private static readonly string[] s_components = ["postgres", "redis", "s3", "kafka"];
    private static readonly TimeSpan s_recovery = TimeSpan.FromMinutes(3);

    private static int Seconds => int.TryParse(Environment.GetEnvironmentVariable("HEADROOM_PARTITION_SECONDS"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : 2;

    [Fact]
    public async Task No_acknowledged_event_is_lost_or_doubled_and_queries_recover_whatever_is_killed_or_cut_off()
    {
        Assert.SkipWhen(ClusterScripts.Missing() is not null, ClusterScripts.Missing() ?? "");
        Assert.SkipWhen(NetworkNamespace.Missing() is not null, NetworkNamespace.Missing() ?? "");
        var began = Stopwatch.GetTimestamp();
        await using var cluster = await ClusterScripts.StartAsync(["--apart"], ("Headroom__Insights__MaxEventsPage", $"{PageSize}"));
        output.WriteLine($"{Stopwatch.GetElapsedTime(began).TotalSeconds:0} s until ready");
        var all = (await cluster.StatusAsync()).Processes;
        var clients = all.ToDictionary(static process => process.Name, process => NetworkNamespace.Http(cluster.Switch, process.Address, TimeSpan.FromSeconds(10)));
        var captures = Named("capture");
        var queries = Named("query") is { Count: > 0 } apart ? apart : Named("writer");
        if (clients.ContainsKey("gateway"))
        {
            captures = [.. captures, .. Named("gateway")];
            queries = [.. queries, .. Named("gateway")];
        }

        var writer = Project("writer");
        var turns = all.Select(static process => process.Name).Where(static name => name != "zookeeper" && (Seconds >= LongForm || !name.EndsWith("-2", StringComparison.Ordinal))).ToList();
        var load = new UnderFaults(captures, queries);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var running = load.RunAsync(stop.Token);
        try
        {
            await RecoverAsync("the start");
            foreach (var name in turns)
            {
                await CutAsync(name, true);
                Assert.False(await IsHeardAsync(name), $"{name} is cut off.");
                await WaitAsync();
                await CutAsync(name, false);
                await Until.TrueAsync($"{name} is back", () => IsHeardAsync(name));
                await RecoverAsync($"{name} was cut off");
            }

            foreach (var name in turns)
            {
                await cluster.KillAsync(name);
                if (s_components.Contains(name))
                {
                    await WaitAsync();
                }

                await cluster.StartAgainAsync();
                await RecoverAsync($"{name} was killed");
            }
        }
        finally
        {
            await stop.CancelAsync();
            await running;
        }

        await load.FinishAsync(s_recovery);
        output.WriteLine($"{load.Acknowledged.Count} acknowledged, {load.Answers} questions answered, {load.Refusals} not; {Stopwatch.GetElapsedTime(began).TotalSeconds:0} s");
        await Until.TrueAsync("all is stored", async () => (await writer.LedgerAsync()).Stored >= load.Acknowledged.Count, s_recovery, async () => (await writer.LedgerAsync()).ToString());
        await writer.DrainAsync(s_recovery);

        var acknowledged = load.Acknowledged.ToHashSet();
        Assert.True(acknowledged.Count > 500, "There was load.");
        Assert.True(load.Answers > turns.Count, "There were questions.");
        foreach (var query in queries)
        {
            await Until.TrueAsync("it answers from all that is stored", async () => await query.TotalAsync("counted") >= acknowledged.Count, s_recovery);
            var stored = (await query.EventsAsync(PageSize)).Select(e => Guid.Parse((string)e["uuid"]!)).ToList();
            Assert.Empty(acknowledged.Except(stored));
            Assert.Empty(stored.Except(acknowledged));
            Assert.Equal(stored.Count, stored.Distinct().Count());
            Assert.Equal(stored.Count, await query.TotalAsync("counted"));
        }

        foreach (var client in clients.Values)
        {
            client.Dispose();
        }

        List<ProjectClient> Named(string kind) => [.. all.Where(process => process.Name.StartsWith(kind, StringComparison.Ordinal)).Select(process => Project(process.Name))];

        ProjectClient Project(string name) => new(clients[name], cluster.Project, cluster.WriteKey, cluster.ReadKey);

        // Of the cable at the switch: whoever hangs on it hears nothing and is told nothing.
        Task CutAsync(string name, bool cut)
        {
            var octet = int.Parse(all.Single(process => process.Name == name).Address.Split('.', ':')[3], CultureInfo.InvariantCulture);
            return NetworkNamespace.IpAsync("-n", cluster.Switch, "link", "set", $"to{octet - 10}", cut ? "down" : "up");
        }

        // Whether anything comes back from a new connection.
        async Task<bool> IsHeardAsync(string name)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            patience.CancelAfter(TimeSpan.FromMilliseconds(700));
            var address = all.Single(process => process.Name == name).Address.Split(':');
            using var socket = NetworkNamespace.Make(cluster.Switch);
            try
            {
                await socket.ConnectAsync(address[0], int.Parse(address[1], CultureInfo.InvariantCulture), patience.Token);
                return true;
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                return false;
            }
        }

        static Task WaitAsync() => Task.Delay(TimeSpan.FromSeconds(Seconds), TestContext.Current.CancellationToken);

        // Whoever answers questions does, each of them, and events are acknowledged.
        async Task RecoverAsync(string after)
        {
            var from = Stopwatch.GetTimestamp();
            foreach (var query in queries)
            {
                await Until.TrueAsync($"questions are answered after {after}", () => UnderFaults.AnswersAsync(query, TestContext.Current.CancellationToken), s_recovery);
            }

            var before = load.Acknowledged.Count;
            await Until.TrueAsync($"events are acknowledged after {after}", () => Task.FromResult(load.Acknowledged.Count > before + 20), s_recovery);
            output.WriteLine($"{after}: well {Stopwatch.GetElapsedTime(from).TotalSeconds:0.0} s later, {load.Waiting} batches wait");
        }
    }
}
