using CsCheck;
using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Sql;
using Xunit;

namespace Headroom.Tests.Sql;

/// <summary>The persons behind a point of a trend are as many as the point says; of funnels and paths their own tests ask.</summary>
public abstract class PersonsBehindAgreement
{
    private static readonly ProjectId Project = new(1);
    private static readonly LocalCalendar Utc = new(TimeZoneInfo.Utc, false);

    private static readonly Gen<TrendsMath> AnyMath = Gen.OneOfConst(
        TrendsMath.UniquePersons, TrendsMath.UniquePersons, TrendsMath.WeeklyActive, TrendsMath.MonthlyActive, TrendsMath.FirstTime, TrendsMath.FirstMatching);

    /// <summary>Cases tried in a run.</summary>
    protected virtual long Cases => 40;

    private protected abstract ITestEvents Store(IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges);

    [Fact]
    public void As_many_persons_are_behind_a_point_as_it_counts() =>
        Gen.Select(TrendsAgreement.AnyEvent.Array[0, 60], TestMerges.Any, TrendsAgreement.AnyQuery.Array[3, 3], Gen.Select(AnyMath, Gen.Bool).Array[3, 3]).Sample(
            (events, merges, queries, maths) =>
            {
                using var reader = Store(events, merges);
                foreach (var (drawn, (math, cumulative)) in queries.Zip(maths))
                {
                    var query = drawn with
                    {
                        Interval = drawn.Interval is Interval.Hour ? Interval.Day : drawn.Interval,
                        Series = [.. drawn.Series.Select(s => s with { Math = math, Property = null, PerPerson = false, Hidden = false })],
                        Unit = null,
                        Formulas = [],
                        Smoothing = null,
                        Cumulative = cumulative && !math.IsRolling,
                    };
                    if (QueryValidator.Validate(query, Utc, 0, new QueryErrors()) is { } time)
                    {
                        Check(reader, query, time);
                    }
                }
            },
            iter: Cases, threads: 1);

    [Fact]
    public void Behind_a_formula_are_the_persons_behind_each_series_that_it_uses() =>
        Gen.Select(TrendsAgreement.AnyEvent.Array[0, 60], TrendsAgreement.AnyQuery, Gen.Select(AnyMath, Gen.Bool).Array[3], Gen.OneOfConst("A", "C / A", "B - 1", "A * B + C")).Sample(
            (events, drawn, maths, expression) =>
            {
                using var reader = Store(events, []);
                var query = drawn with
                {
                    Interval = Interval.Day,
                    Series = [.. maths.Select((m, i) => drawn.Series[i % drawn.Series.Count] with { Math = m.Item1, Property = null, PerPerson = false, Hidden = false, Event = m.Item2 ? null : drawn.Series[0].Event })],
                    Unit = null,
                    Formulas = [new TrendsFormula("A"), new TrendsFormula(expression)],
                    Smoothing = null,
                    Cumulative = false,
                };
                if (QueryValidator.Validate(query, Utc, 0, new QueryErrors()) is not { } time)
                {
                    return;
                }

                foreach (var bucket in new int?[] { null, 0, time.Current.Count - 1 })
                {
                    var used = expression.Where(char.IsAsciiLetterUpper).SelectMany(letter => Keys(letter - 'A')).Distinct().Order();
                    Assert.Equal(used, Keys(query.Series.Count + 1));

                    List<long> Keys(int line) => [.. Ask(reader, PersonsCompiler.Behind(
                        query, time, new InsightPoint { Series = line, Bucket = bucket }, null, 0, 1_000, Project, reader.Schema(Project), reader.Dialect())).Rows.Select(static r => (long)r[0]!)];
                }
            },
            iter: Cases, threads: 1);

    private static void Check(IEventReader reader, TrendsQuery query, TrendsTime time)
    {
        var plan = TrendsCompiler.Compile(query, time, Project, reader.Schema(Project), reader.Dialect());
        var result = plan.Read(Ask(reader, plan.Statement), DateTimeOffset.UnixEpoch, TimeSpan.Zero);
        foreach (var line in result.Series)
        {
            var shown = line.Breakdown == TrendsSeriesResult.Other
                ? result.Series.Where(s => s.Series == line.Series && s.Breakdown != TrendsSeriesResult.Other).Select(static s => s.Breakdown).ToList()
                : null;
            Period(line.Values, line.Total, false);
            if (line.Compare is { } compare)
            {
                Period(compare.Values, compare.Total, true);
            }

            void Period(IReadOnlyList<double?> values, double? total, bool previous)
            {
                Assert.Equal(total, Behind(null, previous));
                foreach (var i in Enumerable.Range(0, values.Count).Where(i => values[i] > 0 || i == values.Count - 1).Take(3))
                {
                    Assert.Equal(values[i], Behind(i, previous));
                }
            }

            double Behind(int? bucket, bool previous)
            {
                var point = new InsightPoint { Series = line.Series, Bucket = bucket, Compare = previous, Breakdown = line.Breakdown };
                var all = Ask(reader, PersonsCompiler.Behind(query, time, point, shown, 0, 1_000, Project, reader.Schema(Project), reader.Dialect())).Rows;
                Assert.All(all, r => Assert.Equal((long)all.Count, r[1]));
                Assert.Equal(all.Select(static r => (long)r[0]!).Order(), all.Select(static r => (long)r[0]!));
                if (all.Count > 1)
                {
                    var rest = Ask(reader, PersonsCompiler.Behind(
                        query, time, point, shown, (long)all[0][0]!, 1, Project, reader.Schema(Project), reader.Dialect())).Rows;
                    Assert.Equal((all[1][0], (object?)(long)all.Count), (Assert.Single(rest)[0], rest[0][1]));
                }

                return all.Count;
            }
        }
    }

    private static QueryRows Ask(IEventReader reader, StoreQuery query) => reader.QueryAsync(query, CancellationToken.None).AsTask().GetAwaiter().GetResult();
}

public sealed class PersonsBehindTests : PersonsBehindAgreement
{
    private protected override ITestEvents Store(IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges) => new DuckDbEvents(events, merges);

    [Theory]
    [InlineData("""{"kind":"trends","series":[{}],"formulas":[{"expression":"A"}],"range":{"last":7,"unit":"day"}}""", 2, "point.series")]
    [InlineData("""{"kind":"stickiness","series":[{}],"range":{"last":7,"unit":"day"}}""", 1, "point.series")]
    public void There_is_nobody_behind_what_the_query_does_not_have(string query, int series, string field)
    {
        var errors = new QueryErrors();
        InsightPointValidator.Validate(
            System.Text.Json.JsonSerializer.Deserialize<InsightQuery>(query, QueryJson.Options)!, new InsightPoint { Series = series }, "point", errors);
        Assert.Equal([field], errors.ToDictionary().Keys);
    }
}
