using CsCheck;
using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Sql;
using Xunit;

namespace Headroom.Tests.Sql;

/// <summary>The persons behind a point of a trend are as many as the point says; of funnels and paths their own tests ask.</summary>
public sealed class PersonsBehindTests
{
    private static readonly ProjectId Project = new(1);
    private static readonly LocalCalendar Utc = new(TimeZoneInfo.Utc, false);

    [Fact]
    public void As_many_persons_are_behind_a_point_as_it_counts() =>
        Gen.Select(TrendsAgreement.AnyEvent.Array[0, 60], Gen.Bool, TrendsAgreement.AnyQuery.Array[3, 3]).Sample(
            (events, merged, queries) =>
            {
                (long, long)[] merges = merged ? [(2, 1), (3, 1)] : [];
                using var reader = new DuckDbEvents(events, merges);
                foreach (var drawn in queries)
                {
                    var query = drawn with
                    {
                        Interval = drawn.Interval is Interval.Hour ? Interval.Day : drawn.Interval,
                        Series = [.. drawn.Series.Select(static s => s with { Math = TrendsMath.UniquePersons, Property = null, PerPerson = false, Hidden = false })],
                        Unit = null,
                        Formulas = [],
                        Smoothing = null,
                        Cumulative = false,
                    };
                    if (QueryValidator.Validate(query, Utc, 0, new QueryErrors()) is { } time)
                    {
                        Check(reader, query, time);
                    }
                }
            },
            iter: 40, threads: 1);

    [Theory]
    [InlineData("""{"kind":"trends","series":[{"math":"unique_persons"}],"range":{"last":7,"unit":"day"},"unit":{"group":"company"}}""", "group")]
    [InlineData("""{"kind":"trends","series":[{"math":"unique_persons"}],"range":{"last":7,"unit":"day"},"cumulative":true}""", "own bucket")]
    [InlineData("""{"kind":"trends","series":[{"math":"weekly_active"}],"range":{"last":7,"unit":"day"}}""", "own bucket")]
    [InlineData("""{"kind":"trends","series":[{"math":"first_time"}],"range":{"last":7,"unit":"day"}}""", "own bucket")]
    public void Points_that_do_not_count_the_persons_of_their_bucket_are_refused(string query, string says)
    {
        var errors = new QueryErrors();
        InsightPointValidator.Validate(
            System.Text.Json.JsonSerializer.Deserialize<InsightQuery>(query, QueryJson.Options)!, new InsightPoint { Series = 0 }, "point", errors);
        Assert.Contains(says, Assert.Single(errors.ToDictionary()["point"]), StringComparison.Ordinal);
    }

    private static void Check(DuckDbEvents reader, TrendsQuery query, TrendsTime time)
    {
        var plan = TrendsCompiler.Compile(query, time, Project, reader.Schema(Project), DuckDbDialect.Instance);
        var result = plan.Read(Ask(reader, plan.Statement), Utc, DateTimeOffset.UnixEpoch, TimeSpan.Zero);
        foreach (var line in result.Series)
        {
            var shown = line.Breakdown == TrendsSeriesResult.Other
                ? result.Series.Where(s => s.Series == line.Series && s.Breakdown != TrendsSeriesResult.Other).Select(static s => s.Breakdown).ToList()
                : null;
            Assert.Equal(line.Total, Behind(time.Current.From, time.Current.To));
            var buckets = time.Current;
            foreach (var i in Enumerable.Range(0, buckets.Count).Where(i => line.Values[i] > 0).Take(3))
            {
                Assert.Equal(line.Values[i], Behind(Math.Max(buckets.From, buckets.Starts[i]), i + 1 < buckets.Count ? buckets.Starts[i + 1] : buckets.To));
            }

            double Behind(long from, long to)
            {
                var all = Ask(reader, PersonsCompiler.Behind(
                    query, line.Series, from, to, line.Breakdown, shown, 0, 1_000, Project, reader.Schema(Project), DuckDbDialect.Instance)).Rows;
                Assert.All(all, r => Assert.Equal((long)all.Count, r[1]));
                Assert.Equal(all.Select(static r => (long)r[0]!).Order(), all.Select(static r => (long)r[0]!));
                if (all.Count > 1)
                {
                    var rest = Ask(reader, PersonsCompiler.Behind(
                        query, line.Series, from, to, line.Breakdown, shown, (long)all[0][0]!, 1, Project, reader.Schema(Project), DuckDbDialect.Instance)).Rows;
                    Assert.Equal((all[1][0], (object?)(long)all.Count), (Assert.Single(rest)[0], rest[0][1]));
                }

                return all.Count;
            }
        }
    }

    private static QueryRows Ask(DuckDbEvents reader, StoreQuery query) => reader.QueryAsync(query, CancellationToken.None).AsTask().GetAwaiter().GetResult();
}
