using Headroom.Bench;
using Headroom.System.Tests.Support;
using Xunit;

namespace Headroom.System.Tests.Running;

public sealed class SmallMemoryTests
{
    private const long Megabyte = 1 << 20;

    [Fact]
    public async Task In_a_small_container_the_bounds_of_memory_follow_from_it_and_what_is_set_wins()
    {
        var reason = MemoryGroup.ReasonAgainst();
        Assert.SkipUnless(reason is null, reason ?? "");
        using var container = MemoryGroup.Make();
        container.Limit(512 * Megabyte);
        await using (var server = await HeadroomServer.StartByAsync(container.Wrapper, "--Headroom:Writing:VisitorCache=1234"))
        {
            await SaysAsync(server, "There are 512 MiB of memory", "128 MiB for all queries");
            var metrics = (await server.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken)).Split('\n');
            Assert.Equal(8 * Megabyte, Value(metrics, "headroom_writer_batch_limit_bytes"));
        }

        container.Limit(1024 * Megabyte);
        await using var set = await HeadroomServer.StartByAsync(container.Wrapper, "--Headroom:Store:QueryMemoryMegabytes=777");
        await SaysAsync(set, "There are 1024 MiB of memory", "777 MiB for all queries");
    }

    private static Task SaysAsync(HeadroomServer server, params string[] texts) =>
        Until.TrueAsync($"the server says {string.Join(" and ", texts)}", () => Task.FromResult(texts.All(text => server.Output.Contains(text, StringComparison.Ordinal))), detail: () => Task.FromResult(server.Output));

    private static double Value(string[] metrics, string name) =>
        double.Parse(metrics.Single(line => line.StartsWith(name, StringComparison.Ordinal)).Split(' ')[1], global::System.Globalization.CultureInfo.InvariantCulture);
}
