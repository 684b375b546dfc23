using Xunit;

namespace Headroom.Tests.Writing;

public sealed class GroupsTests
{
    [Fact]
    public void Each_group_of_an_event_is_a_property_and_the_object_stays_as_it_was_sent()
    {
        const string groups = """{"company":"c\u00e9","team \"x\"":"t","number":5,"none":null,"deep":{"a":1},"list":["c"],"empty":""}""";
        var row = new WriterBench().WriteOne(new Sent("e", "u") { Properties = $$"""{"$groups":{{groups}},"plan":"pro"}""" });
        Assert.Equal(groups, row["j:$groups"]);
        Assert.Equal("cé", row["t:$groups.company"]);
        Assert.Equal("t", row["t:$groups.team \"x\""]);
        Assert.Equal(5d, row["n:$groups.number"]);
        Assert.Equal("", row["t:$groups.empty"]);
        Assert.Null(row["t:$groups.none"]);
        Assert.Null(row["j:$groups.deep"]);
        Assert.Null(row["j:$groups.list"]);
        Assert.Equal("pro", row["t:plan"]);
    }

    [Fact]
    public void What_is_no_object_has_no_groups_and_past_the_tenth_they_are_only_in_the_object()
    {
        var bench = new WriterBench();
        Assert.Equal("[\"company\"]", bench.WriteOne(new Sent("e", "u") { Properties = """{"$groups":["company"]}""" })["j:$groups"]);
        var twelve = string.Join(',', Enumerable.Range(0, 12).Select(i => $"\"g{i}\":\"k\""));
        var row = bench.WriteOne(new Sent("e", "u") { Properties = "{\"$groups\":{" + twelve + "}}" });
        Assert.Equal("k", row["t:$groups.g9"]);
        Assert.Null(row["t:$groups.g10"]);
    }
}
