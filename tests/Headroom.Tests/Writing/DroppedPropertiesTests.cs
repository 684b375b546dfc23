using Xunit;

namespace Headroom.Tests.Writing;

public sealed class DroppedPropertiesTests
{
    [Fact]
    public void What_a_project_drops_is_stored_of_no_event_and_no_person_and_the_rest_is()
    {
        var bench = new WriterBench();
        bench.Directory.Dropped = ["email", "größe", "$browser", "$groups.company"];
        var row = bench.WriteOne(new Sent("view", "u")
        {
            Properties = """{"email":"a@b.example","größe":{"a":[1]},"gr\u00f6\u00dfe":3,"$browser":"Firefox","plan":"pro","$groups":{"company":"c1","team":"t1"}}""",
            Set = """{"email":"a@b.example","name":"Ada","gr\u00f6\u00dfe":[1,{"email":2}]}""",
            SetOnce = """{"first":{"email":1},"email":null}""",
        });
        Assert.Equal(["j:$groups", "t:$groups.team", "t:plan"], row.Properties.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("""{"name":"Ada","first":{"email":1}}""", bench.Store.FindPerson(1, "u")!.Properties);
    }

    [Fact]
    public void A_browser_that_is_dropped_is_not_found_out_from_the_request_either()
    {
        const string Firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0";
        var bench = new WriterBench();
        Assert.Contains("t:$browser", Assert.Single(bench.WriteRecords(WriterBench.Record(1, 0, "", Firefox, new Sent("view", "u")))).Properties.Keys);
        bench.Directory.Dropped = ["$browser"];
        Assert.DoesNotContain("t:$browser", Assert.Single(bench.WriteRecords(WriterBench.Record(1, 0, "", Firefox, new Sent("view", "u")))).Properties.Keys);

        // From now on, both ways.
        bench.Directory.Dropped = [];
        Assert.Contains("t:$browser", Assert.Single(bench.WriteRecords(WriterBench.Record(1, 0, "", Firefox, new Sent("view", "u")))).Properties.Keys);
    }
}
