using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace Headroom.Tests.Importing;

/// <summary>What is allocated is told for the whole process, so nothing else may run beside it.</summary>
[CollectionDefinition(nameof(ImportMemoryTests), DisableParallelization = true)]
[Collection(nameof(ImportMemoryTests))]
[SuppressMessage("Reliability", "CA2025", Justification = "A body is its request's, which disposes of it.")]
public sealed class ImportMemoryTests
{
    [Fact]
    public async Task Quotes_that_do_not_match_cost_one_row_however_long_it_is_and_little_memory()
    {
        await using var host = await ImportHost.StartAsync();
        var bad = string.Concat(Enumerable.Repeat("a\"b,", 1_500));
        var file = Encoding.UTF8.GetBytes($"event,distinct_id,timestamp\ne,u,2026-11-20\n{bad}\na\"b,u,2026-11-20\ne,u,2026-11-20\n");
        await host.PostAsync("/imports/preview", new ByteArrayContent(file));

        JsonNode? preview = null;
        var least = long.MaxValue;
        for (var i = 0; i < 3; i++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            preview = (await host.PostAsync("/imports/preview", new ByteArrayContent(file))).Body;
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        // For each of 1,500 fields a text of 6,000 characters would be 18 MB, twice.
        Assert.InRange(least, 0, 15_000_000);
        Assert.Equal([2L, 5L], preview!["events"]!.AsArray().Select(static e => (long)e!["line"]!));
        Assert.Equal([3L, 4L], preview["refusals"]!.AsArray().Select(static r => (long)r!["line"]!));
        Assert.All(preview["refusals"]!.AsArray(), static r => Assert.Equal("Its quotes do not match.", (string)r!["reason"]!));

        var (_, header) = await host.PostAsync("/imports/preview", new ByteArrayContent(Encoding.UTF8.GetBytes("ev\"ent,n\ne,1\n")));
        Assert.Equal("The quotes of its first line do not match.", (string)header["problem"]!);
    }
}
