using CsCheck;
using Headroom.App.Capacity;
using Headroom.App.Capacity.Advising;
using Headroom.App.Capacity.Measuring;
using Headroom.App.Insights;
using Xunit;

namespace Headroom.Tests.Capacity.Measuring;

public sealed class WorkloadTests
{
    [Fact]
    public void A_percentile_is_within_an_eighth_of_the_exact_one_whatever_came_before()
    {
        // Times from ten microseconds to a minute, as many small as large.
        var times = Gen.Double[-5, 1.8].Select(static power => Math.Pow(10, power));
        Gen.Select(times.Array[0, 50], times.Array[ResponseTimes.Least, 400], Gen.Double[0.5, 0.999]).Sample((before, after, share) =>
        {
            var seen = new ResponseTimes();
            Array.ForEach(before, seen.Add);
            var began = seen.Read();
            Array.ForEach(after, seen.Add);
            var exact = after.Order().ElementAt((int)Math.Ceiling(share * after.Length) - 1);
            var told = ResponseTimes.Percentile([(began, seen.Read())], share);
            Assert.NotNull(told);
            Assert.InRange(told.Value, exact * 0.8, exact * 1.25);
        });
    }

    [Fact]
    public void Of_few_requests_no_percentile_is_told_and_counts_may_wrap_around()
    {
        var times = new ResponseTimes();
        var began = times.Read();
        for (var i = 1; i < ResponseTimes.Least; i++)
        {
            times.Add(0.01);
        }

        Assert.Null(ResponseTimes.Percentile([(began, times.Read())], 0.99));
        times.Add(0.01);
        Assert.InRange(ResponseTimes.Percentile([(began, times.Read())], 0.99)!.Value, 0.008, 0.0125);
        Assert.Null(ResponseTimes.Percentile([(times.Read(), times.Read())], 0.99));

        var wrapped = times.Read();
        var bucket = Array.FindIndex(wrapped, static count => count > 0);
        began[bucket] = uint.MaxValue - 9;
        wrapped[bucket] = 190;
        Assert.InRange(ResponseTimes.Percentile([(began, wrapped)], 0.99)!.Value, 0.008, 0.0125);

        // Nothing is too short or too long.
        times.Add(0);
        times.Add(1e9);
        Assert.Equal(ResponseTimes.Least + 2, times.Read().Sum(static count => count));
    }

    [Fact]
    public void The_99th_percentile_is_that_of_the_last_ten_minutes()
    {
        var (capture, queries) = (new ResponseTimes(), new ResponseTimes());
        var samples = new List<Sample>();
        var before = Reading(0);
        for (var i = 1; i <= 200; i++)
        {
            // Slow at first; of queries there are too few.
            for (var n = 0; n < 10; n++)
            {
                capture.Add(i < 100 ? 2 : 0.004);
            }

            if (i % 50 == 0)
            {
                queries.Add(1);
            }

            var after = Reading(i);
            samples.Add(new Sample(before, after));
            before = after;
        }

        var rounds = Round.Of(Process("own"), samples);
        Assert.InRange(Workload.P99(rounds, Flow.Ingest)!.Value, 0.0032, 0.005);
        Assert.InRange(Workload.P99([.. rounds.Take(90)], Flow.Ingest)!.Value, 1.6, 2.5);
        Assert.Null(Workload.P99(rounds, Flow.Queries));
        Assert.Null(Workload.P99(rounds, Flow.Storage));
        Assert.Null(Workload.P99([], Flow.Ingest));

        Reading Reading(int second) => new(default, 10 * second, [], default) { Work = new Workload(capture.Read(), queries.Read(), Workload.None.Queries) };
    }

    [Fact]
    public void What_processes_did_is_added_up_also_over_a_restart_of_one()
    {
        var (fast, slow, began) = (new ResponseTimes(), new ResponseTimes(), new ResponseTimes());
        var none = Reading(0, fast, 0);
        Many(fast, 990, 0.001);
        var first = new Sample(none, Reading(1, fast, 5));
        Many(slow, 10, 3);
        var second = new Sample(none, Reading(1, slow, 7));
        var rounds = new List<Round> { Told(first, second) };
        Assert.InRange(Workload.P99(rounds, Flow.Queries)!.Value, 0.0008, 0.00125);
        Assert.Equal(12, Assert.Single(Workload.QueriesOf(rounds)).Value.Count);

        // The second has told nothing new, and is not counted again.
        var before = Reading(1, fast, 5);
        Many(fast, 1, 0.001);
        rounds.Add(Told(new Sample(before, Reading(2, fast, 6)), second));
        Assert.Equal(13, Assert.Single(Workload.QueriesOf(rounds)).Value.Count);

        // Then it begins anew.
        Many(began, 20, 3);
        rounds.Add(Told(new Sample(Reading(2, fast, 6), Reading(3, fast, 6)), new Sample(Reading(0, new ResponseTimes(), 0), Reading(1, began, 2))));
        Assert.InRange(Workload.P99(rounds, Flow.Queries)!.Value, 2.4, 3.75);
        Assert.Equal(15, Assert.Single(Workload.QueriesOf(rounds)).Value.Count);

        static void Many(ResponseTimes times, int count, double seconds)
        {
            for (var i = 0; i < count; i++)
            {
                times.Add(seconds);
            }
        }

        static Reading Reading(int second, ResponseTimes times, long count) => new(default, 10 * second, [], default)
        {
            Work = new Workload([], times.Read(), new Dictionary<QueryKind, QueryWork> { [new QueryKind("funnel", false)] = new(count, count, count) }),
        };

        static Round Told(Sample one, Sample other) => new(default, [new ProcessSample(Process("own"), one), new ProcessSample(Process("other"), other)]);
    }

    [Fact]
    public void Queries_are_summed_by_kind_and_by_what_they_read()
    {
        const string Kind = "a kind of this test";
        using var kinds = new QueryKinds();
        var before = Reading();
        for (var i = 0; i < 20; i++)
        {
            InsightsMetrics.Ran(Kind, readsJson: true, TimeSpan.FromSeconds(0.8), 1_000_000);
            InsightsMetrics.Ran(Kind, readsJson: false, TimeSpan.FromSeconds(0.1), 2_000_000);
        }

        Sample[] samples = [new Sample(before, Reading())];
        var work = Workload.QueriesOf(Round.Of(Process("own"), samples)).Where(static pair => pair.Key.Kind == Kind).ToDictionary();
        Assert.Equal(new QueryWork(20, 16, 20_000_000), Rounded(work[new QueryKind(Kind, true)]));
        Assert.Equal(new QueryWork(20, 2, 40_000_000), Rounded(work[new QueryKind(Kind, false)]));

        var slow = Assert.Single(SlowQueries.Of(work));
        Assert.Equal(16.0 / 18, slow.ShareOfTime, 1e-9);
        Assert.Equal(8e-7, slow.RowSeconds!.Value, 1e-12);
        Assert.Equal(5e-8, slow.ColumnRowSeconds!.Value, 1e-12);
        Assert.Equal(1 / 16.0, slow.Needed, 1e-9);

        // What no query of the kind has shown is not claimed, nor what a few have.
        work.Remove(new QueryKind(Kind, false));
        Assert.Empty(SlowQueries.Of(work));
        work[new QueryKind(Kind, false)] = new QueryWork(3, 0.3, 6_000_000);
        Assert.Empty(SlowQueries.Of(work));

        Reading Reading() => new(default, 0, [], default) { Work = new Workload([], [], kinds.Read()) };

        static QueryWork Rounded(QueryWork work) => work with { Seconds = Math.Round(work.Seconds, 6) };
    }

    private static MeasuredProcess Process(string name) => new(name, "host", "machine", ProcessRoles.Whole);
}
