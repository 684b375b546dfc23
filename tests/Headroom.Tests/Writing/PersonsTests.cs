using CsCheck;
using Headroom.App.Writing.Identity;
using Headroom.Core;
using Xunit;

namespace Headroom.Tests.Writing;

public sealed class PersonsTests
{
    private const string Personless = """{"$process_person_profile":false}""";

    [Fact]
    public void An_identify_before_the_anonymous_event_still_makes_one_person()
    {
        var bench = new WriterBench();
        bench.Write(new Sent("$pageview", "user"), Sent.Identify("user", "anon"), new Sent("clicked", "anon"));
        Assert.Equal(1, bench.Store.UniquePersons(1));
        Assert.True(bench.Store.FindPerson(1, "anon")!.IsIdentified);
    }

    [Fact]
    public void A_second_identify_changes_nothing()
    {
        var bench = new WriterBench();
        bench.Write(new Sent("clicked", "anon"), Sent.Identify("user", "anon"));
        var person = bench.Store.FindPerson(1, "user");
        var writes = bench.Store.PersonWrites;
        bench.Write(Sent.Identify("user", "anon"));
        Assert.Equal(person, bench.Store.FindPerson(1, "user"));
        Assert.Equal(writes, bench.Store.PersonWrites);
        Assert.Equal(1, bench.Store.UniquePersons(1));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void An_identify_makes_one_person_of_both_ids_whichever_was_known(bool user, bool anonymous)
    {
        var bench = new WriterBench();
        bench.Write([.. user ? [new Sent("x", "user")] : Array.Empty<Sent>(), .. anonymous ? [new Sent("x", "anon")] : Array.Empty<Sent>()]);
        bench.Write(Sent.Identify("user", "anon"));
        bench.Write(new Sent("x", "user"), new Sent("x", "anon"));
        Assert.Equal(bench.Store.FindPerson(1, "user"), bench.Store.FindPerson(1, "anon"));
        Assert.True(bench.Store.FindPerson(1, "user")!.IsIdentified);
        Assert.Equal(1, bench.Store.UniquePersons(1));
    }

    [Fact]
    public void An_identify_as_oneself_changes_no_other_person()
    {
        var bench = new WriterBench();
        bench.Write(new Sent("x", "user"), new Sent("x", "other"));
        bench.Write(Sent.Identify("user", "user"));
        Assert.Equal(2, bench.Store.UniquePersons(1));
        Assert.NotEqual(bench.Store.FindPerson(1, "user"), bench.Store.FindPerson(1, "other"));
    }

    [Theory]
    [InlineData("$identify", "$anon_distinct_id", 2)]
    [InlineData("$create_alias", "alias", 2)]
    [InlineData("$merge_dangerously", "alias", 1)]
    public void Two_identified_persons_are_merged_only_dangerously(string name, string property, int persons)
    {
        var bench = new WriterBench();
        bench.Write(Sent.Identify("a", "anon-a"), Sent.Identify("b", "anon-b"));
        bench.Write(new Sent(name, "a") { Properties = $$"""{"{{property}}":"b"}""" });
        bench.Write(new Sent("x", "a"), new Sent("x", "b"));
        Assert.Equal(persons, bench.Store.UniquePersons(1));
    }

    [Theory]
    [InlineData("anonymous")]
    [InlineData("Guest")]
    [InlineData("[object Object]")]
    [InlineData("undefined")]
    [InlineData("NaN")]
    [InlineData("None")]
    [InlineData("0")]
    [InlineData(" null ")]
    [InlineData("'true'")]
    public void A_mistake_for_an_id_merges_nobody(string id)
    {
        Assert.True(IllegalIds.Contains(System.Text.Encoding.UTF8.GetBytes(id)));
        var bench = new WriterBench();
        bench.Write(new Sent("x", id), new Sent("x", "user"), Sent.Identify("user", id), Sent.Identify(id, "anon"), new Sent("x", "anon"));
        Assert.Equal(3, bench.Store.UniquePersons(1));
    }

    [Fact]
    public void Personless_events_have_a_key_and_no_person_until_a_merge_brings_them_over()
    {
        var bench = new WriterBench();
        var row = bench.WriteOne(new Sent("$pageview", "anon") { Properties = Personless, Set = """{"a":1}""" });
        Assert.NotEqual(0, row.PersonKey);
        Assert.Null(bench.Store.FindPerson(1, "anon"));
        bench.Write(new Sent("$pageview", "user"));
        Assert.Equal(2, bench.Store.UniquePersons(1));
        bench.Write(Sent.Identify("user", "anon"));
        Assert.Equal(1, bench.Store.UniquePersons(1));
    }

    [Fact]
    public void A_personless_id_becomes_a_person_with_its_first_other_event()
    {
        var bench = new WriterBench();
        bench.Write(new Sent("a", "id") { Properties = Personless });
        bench = new WriterBench(bench.Store);
        bench.Write(new Sent("b", "id"));
        Assert.Equal(PersonUuid.Of(new ProjectId(1), "id"u8), bench.Store.FindPerson(1, "id")!.Uuid);
        Assert.Single(bench.Store.Rows.Select(r => r.PersonKey).Distinct());
    }

    [Fact]
    public void Set_overwrites_set_once_does_not_and_unset_removes()
    {
        var bench = new WriterBench();
        bench.Write(new Sent("a", "id") { Set = """{"plan":"free","n":1}""", SetOnce = """{"first":"x","n":2}""" });
        Assert.Equal("""{"plan":"free","n":1,"first":"x"}""", bench.Store.FindPerson(1, "id")!.Properties);
        bench = new WriterBench(bench.Store);
        bench.Write(new Sent("a", "id") { Set = """{"pl\u0061n":"pro"}""", SetOnce = """{"first":"y"}""", Unset = """["n"]""" });
        Assert.Equal("""{"plan":"pro","first":"x"}""", bench.Store.FindPerson(1, "id")!.Properties);
        var writes = bench.Store.PersonWrites;
        bench.Write(new Sent("a", "id") { Set = """{"plan":"pro"}""", Unset = """["gone"]""" });
        Assert.Equal(writes, bench.Store.PersonWrites);
    }

    [Fact]
    public void In_a_merge_the_target_s_property_wins_and_the_rest_is_inherited()
    {
        var bench = new WriterBench();
        bench.Write(new Sent("a", "anon") { Set = """{"k":"anon","only":1}""" }.At(TimeSpan.FromHours(-2)));
        bench.Write(new Sent("a", "user") { Set = """{"k":"user"}""" });
        bench.Write(Sent.Identify("user", "anon"));
        var person = bench.Store.FindPerson(1, "anon")!;
        Assert.Equal("""{"k":"user","only":1}""", person.Properties);
        Assert.Equal(Sent.Noon - 7_200_000_000, person.CreatedAt);
    }

    [Fact]
    public void A_group_is_no_person_and_has_no_session()
    {
        var bench = new WriterBench();
        var row = bench.WriteOne(new Sent("$groupidentify", "$company_c1") { Set = """{"a":1}""" });
        Assert.Equal(0, row.PersonKey);
        Assert.Null(row.SessionId);
        Assert.Null(bench.Store.FindPerson(1, "$company_c1"));
    }

    [Fact]
    public void Unknown_ids_of_a_batch_are_looked_up_together()
    {
        var bench = new WriterBench();
        bench.Write(Enumerable.Range(0, 50).Select(i => new Sent("a", "id" + i)));
        Assert.Equal(1, bench.Store.Lookups);
        bench.Write(Enumerable.Range(0, 50).Select(i => new Sent("a", "id" + i)));
        Assert.Equal(1, bench.Store.Lookups);
        Assert.Equal(Enumerable.Range(1, 50).Select(i => (long)i), bench.Store.Rows.Take(50).Select(r => r.PersonKey));
    }

    [Fact]
    public void Rows_of_known_persons_are_read_together_where_the_store_is_a_round_trip_away()
    {
        var bench = new WriterBench(new FakeStore { ReadsTogether = true });
        Sent[] events = [.. Enumerable.Range(0, 20).Select(static i => new Sent("x", "u" + i) { Set = $$"""{"n":{{i}}}""" })];
        bench.Write(events);
        bench = new WriterBench(bench.Store);
        var before = bench.Store.SingleReads;
        bench.Write([.. events.Select(static e => e with { Uuid = Guid.NewGuid(), Set = """{"more":true}""" })]);
        Assert.Equal(before, bench.Store.SingleReads);
        Assert.Equal("""{"n":7,"more":true}""", bench.Store.FindPerson(1, "u7")!.Properties);
    }

    [Fact]
    public void A_person_s_properties_are_bounded()
    {
        var bench = new WriterBench();
        for (var i = 0; i < 200; i++)
        {
            bench.Write(new Sent("a", "id") { Set = $$"""{"k{{i}}":"{{new string('x', 1000)}}"}""" });
        }

        Assert.InRange(bench.Store.FindPerson(1, "id")!.Properties.Length, 60_000, 70_000);
    }

    /// <summary>One human on several devices: whatever arrives first, there is one person, in one batch or in many.</summary>
    [Fact]
    public void Merging_does_not_depend_on_the_order_of_arrival()
    {
        Sent[] events =
        [
            new("$pageview", "phone"), new("$pageview", "laptop") { Properties = Personless }, new("bought", "user"),
            Sent.Identify("user", "phone"), Sent.Identify("user", "laptop"), Sent.Alias("user", "crm-7"),
            new("imported", "crm-7"), new("$pageview", "stranger"),
        ];
        Gen.Select(Gen.Shuffle(events), Gen.Int[1, 8], Gen.Int[1, 4]).Sample((order, size, cache) =>
        {
            var bench = new WriterBench(new FakeStore { ReadsTogether = cache % 2 == 1 }, visitors: cache);
            foreach (var chunk in order.Chunk(size))
            {
                bench.Write(chunk.Select(e => e with { Uuid = Guid.NewGuid() }));
            }

            Assert.Equal(2, bench.Store.UniquePersons(1));
            Assert.True(bench.Store.FindPerson(1, "crm-7")!.IsIdentified);
            Assert.Equal(bench.Store.FindPerson(1, "phone"), bench.Store.FindPerson(1, "laptop"));
            Assert.Equal(bench.Store.FindPerson(1, "phone"), bench.Store.FindPerson(1, "user"));
        }, iter: 300);
    }

    /// <summary>What a batch is must not show: keys, persons and sessions follow from the log alone.</summary>
    [Fact]
    public void The_rows_do_not_depend_on_how_the_log_is_cut_into_batches()
    {
        var ids = Gen.OneOfConst("a", "b", "c", "d", "e");
        var gen = Gen.OneOf(
            Gen.Select(ids, Gen.Int[0, 5000], (id, s) => new Sent("x", id) { Set = "{\"s\":" + s + "}" }.At(TimeSpan.FromSeconds(s))),
            Gen.Select(ids, Gen.Bool, (id, p) => new Sent("x", id) { Properties = p ? Personless : "{}" }),
            Gen.Select(ids, ids, Sent.Identify),
            Gen.Select(ids, ids, Sent.Alias));
        Gen.Select(gen.Array[1, 40], Gen.Int[1, 10], Gen.Int[1, 10]).Sample((events, first, second) =>
        {
            var one = new WriterBench();
            var two = new WriterBench(new FakeStore { ReadsTogether = true }, visitors: 2);
            foreach (var chunk in events.Chunk(first))
            {
                one.Write(chunk);
            }

            foreach (var chunk in events.Chunk(second))
            {
                two.Write(chunk);
            }

            Assert.Equal(one.Store.Rows.Select(r => (r.Uuid, r.PersonKey)), two.Store.Rows.Select(r => (r.Uuid, r.PersonKey)));
            foreach (var id in new[] { "a", "b", "c", "d", "e" })
            {
                var (left, right) = (one.Store.FindPerson(1, id), two.Store.FindPerson(1, id));
                Assert.Equal(left, right);
            }
        }, iter: 500);
    }
}
