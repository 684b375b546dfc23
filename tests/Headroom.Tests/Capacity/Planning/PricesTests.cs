using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Headroom.App.Capacity.Planning;
using Xunit;

namespace Headroom.Tests.Capacity.Planning;

public sealed class PricesTests
{
    [Fact]
    public void The_table_of_the_product_is_dated_names_its_sources_and_has_sizes_from_2_to_32()
    {
        Assert.Equal(["aws", "azure", "gcp"], PriceTable.Default.Providers.Select(static provider => provider.Id));
        foreach (var provider in PriceTable.Default.Providers)
        {
            Assert.Equal([2, 4, 8, 16, 32], provider.Machines.Select(static machine => machine.Processors));
            Assert.Contains(provider.Date.ToString("yyyy-MM-dd"), provider.Basis, StringComparison.Ordinal);
            Assert.StartsWith("https://", provider.Source, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("providers/0/machines/1/hourly", "-1", "providers[0].machines[1].hourly: must be above 0, is -1")]
    [InlineData("providers/1/machines/0/processors", "0", "providers[1].machines[0].processors: must be 1 or more, is 0")]
    [InlineData("providers/1/machines/3/processors", "3", "providers[1].machines[3].processors: machines must be in ascending order of size")]
    [InlineData("providers/2/source", "\"somewhere\"", "providers[2].source: must be the address of a page, is \"somewhere\"")]
    [InlineData("providers/0/kafka/hourly", "-0.5", "providers[0].kafka.hourly: must be 0 or more, is -0.5")]
    [InlineData("providers/1/id", "\"aws\"", "providers: aws is there 2 times")]
    [InlineData("providers/0/name", "\"\"", "providers[0].name: must not be empty")]
    [InlineData("providers", "[]", "providers: must have one at least")]
    [InlineData("providers/0/date", "\"June\"", "providers[0].date")]
    [InlineData("providers/0/machines/0/hourly", "\"one\"", "providers[0].machines[0].hourly")]
    [InlineData("providers/0/redis", "null", "redis")]
    [InlineData("nonsense", "1", "nonsense")]
    public void A_wrong_table_is_refused_with_the_field(string path, string value, string message)
    {
        var table = JsonNode.Parse(JsonSerializer.Serialize(PriceTable.Default, PriceJson.Default.PriceTable))!;
        var steps = path.Split('/');
        var node = table;
        foreach (var step in steps[..^1])
        {
            node = int.TryParse(step, out var index) ? node[index]! : node[step]!;
        }

        node[steps[^1]] = JsonNode.Parse(value);
        var refused = Assert.Throws<InvalidDataException>(() => PriceTable.Parse(Encoding.UTF8.GetBytes(table.ToJsonString()), "prices.json"));
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
        Assert.StartsWith("prices.json is not a price table", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_wrong_field_is_named_at_once()
    {
        var json = JsonSerializer.Serialize(PriceTable.Default, PriceJson.Default.PriceTable).Replace("0.1008", "-1", StringComparison.Ordinal).Replace("0.096", "0", StringComparison.Ordinal);
        var refused = Assert.Throws<InvalidDataException>(() => PriceTable.Parse(Encoding.UTF8.GetBytes(json), "p"));
        Assert.Contains("providers[0].machines[0].hourly", refused.Message, StringComparison.Ordinal);
        Assert.Contains("providers[1].machines[0].hourly", refused.Message, StringComparison.Ordinal);
    }
}
