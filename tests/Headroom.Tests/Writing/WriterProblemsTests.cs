using Headroom.App.Shared;
using Xunit;

namespace Headroom.Tests.Writing;

/// <summary>What the Writer tells of what it cannot store as it was sent.</summary>
public sealed class WriterProblemsTests
{
    [Fact]
    public void Nothing_is_told_of_events_without_a_problem()
    {
        var bench = new WriterBench();
        bench.Write(new Sent("a", "u") { Properties = """{"plan":"pro"}""" }, Sent.Identify("u", "anon"));
        Assert.Empty(bench.Problems.Take());
    }

    [Fact]
    public void A_merge_of_two_identified_persons_is_told_with_who_and_why()
    {
        var bench = new WriterBench();
        bench.Write(Sent.Identify("one", "a"), Sent.Identify("two", "b"), Sent.Identify("one", "two") with { Properties = """{"$anon_distinct_id":"two","$lib":"web","$lib_version":"1.2"}""" });
        var problem = Assert.Single(bench.Problems.Take());
        Assert.Equal((ProblemKind.Merge, "identified", 1L), (problem.Kind, problem.Reason, problem.Count));
        var example = Assert.Single(problem.Examples);
        Assert.Equal(("$identify", "one", "web 1.2", "$anon_distinct_id"), (example.Event, example.DistinctId, example.Library, example.Field));
        Assert.Contains("“two”", example.Wrong, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("user", "null")]
    [InlineData("undefined", "anon")]
    public void A_merge_with_an_id_that_stands_for_nobody_is_told(string user, string anonymous)
    {
        var bench = new WriterBench();
        bench.Write(Sent.Identify(user, anonymous));
        var problem = Assert.Single(bench.Problems.Take());
        Assert.Equal((ProblemKind.Merge, "illegal_id", 1), (problem.Kind, problem.Reason, problem.Examples.Count));
    }

    [Fact]
    public void Duplicates_are_only_counted()
    {
        var bench = new WriterBench();
        var sent = new Sent("a", "u");
        bench.Write(sent, sent);
        bench.Write(sent);
        var problem = Assert.Single(bench.Problems.Take());
        Assert.Equal((ProblemKind.Duplicate, 2L, 0), (problem.Kind, problem.Count, problem.Examples.Count));
    }

    [Fact]
    public void A_property_past_the_bound_on_columns_is_told_by_events()
    {
        var bench = new WriterBench(new FakeStore { MaxColumns = 2 });
        bench.Write(Enumerable.Range(0, 20).Select(static i => new Sent("a", "u") { Properties = """{"one":1,"two":"x","three \"<b>":"198.51.100.7","$ip":"198.51.100.7"}""" }));
        var problem = Assert.Single(bench.Problems.Take());
        Assert.Equal((ProblemKind.Changed, "column_overflow", 20L, IngestionProblems.ExamplesEach), (problem.Kind, problem.Reason, problem.Count, problem.Examples.Count));
        Assert.Equal("""three \"<b>""", problem.Examples[0].Field);
        Assert.StartsWith("""{"three \"<b>":""", problem.Examples[0].Json, StringComparison.Ordinal);
    }

    [Fact]
    public void A_batch_that_is_begun_again_tells_its_problems_once()
    {
        var bench = new WriterBench();
        using (var batch = bench.Store.BeginBatch())
        {
            bench.Builder.Begin(batch);
            bench.Builder.Add(new Headroom.Core.LogRecord(0, 1, WriterBench.Record(Sent.Identify("user", "null"))));
            bench.Builder.Finish();
        }

        bench.Builder.Reset();
        Assert.Empty(bench.Problems.Take());
        bench.Write(Sent.Identify("user", "null"));
        Assert.Equal(1, Assert.Single(bench.Problems.Take()).Count);
    }
}
