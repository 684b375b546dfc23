using CsCheck;
using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Tests.Sql;
using Xunit;

namespace Headroom.Tests.Insights;

// Ranges that move on with the clock.
public sealed partial class InsightsCacheTests
{
    private const long Minute = 60_000_000;
    private const long Hour = 60 * Minute;

    private static readonly (int Last, Interval Unit, Interval Interval)[] Relative =
    [
        (7, Interval.Day, Interval.Day), (3, Interval.Day, Interval.Day), (24, Interval.Hour, Interval.Hour), (30, Interval.Minute, Interval.Minute),
        (36, Interval.Hour, Interval.Day), (3, Interval.Day, Interval.Hour), (2, Interval.Week, Interval.Day), (2, Interval.Month, Interval.Week),
    ];

    private static readonly Gen<long> AnyAge = Gen.OneOf(Gen.Long[-Minute, 3 * Minute], Gen.Long[0, 40 * Minute], Gen.Long[0, 30 * Hour], Gen.Long[0, 16 * 24 * Hour]);

    private static readonly Gen<TestEvent[]> AnyBatch =
        Gen.Select(TrendsAgreement.AnyEvent, AnyAge).Select((e, age) => e with { Timestamp = -age }).Array[0, 5];

    [Fact]
    public void However_the_clock_goes_on_and_whatever_is_added_merged_and_removed_a_range_that_has_moved_on_is_answered_as_if_there_were_no_cache()
    {
        var (moved, outcomes) = (0, new Dictionary<CacheOutcome, int>());
        Gen.Select(
                Gen.OneOfConst(TrendsAgreement.Zones),
                Gen.OneOfConst("2026-11-23T20:00:00Z", "2026-10-24T21:50:00Z", "2026-03-28T22:58:00Z", "2026-10-03T13:00:00Z"),
                Gen.Select(TrendsAgreement.AnyQuery, Gen.OneOfConst(Relative), Gen.Int[0, 9]).Array[5, 5],
                Gen.Select(AnyBatch, Gen.Int[0, 13], Gen.OneOfConst(20 / 60d, 1, 7, 60, 5 * 60, 24 * 60, 41 * 60), Gen.Select(Gen.Long[1, 6], Gen.Long[1, 6])).Array[24, 24],
                AnyBatch.Array[8, 12])
            .Sample(
                (zone, now, queries, actions, before) =>
                {
                    using var cached = new Setup(zone, now: now);
                    cached.Seen.TellsCounts = actions[0].Item2 % 2 == 0;
                    var (step, known) = (0, new Dictionary<InsightQuery, DateTimeOffset>());
                    Add(cached, [.. before.SelectMany(static b => b)], []);
                    var asked = queries.Select(InsightQuery (q) => (q.Item3 == 0 ? q.Item1 : q.Item1 with { Series = [.. q.Item1.Series.Select(Simple)] }) with
                    {
                        Range = new QueryRange { Last = q.Item2.Last, Unit = q.Item2.Unit },
                        Interval = q.Item2.Interval,
                    })
                        .Append(Read("""{"kind":"trends","series":[{"math":"unique_persons"},{}],"range":{"last":7,"unit":"day"},"compare":true,"breakdown":{"property":"plan","limit":2}}"""))
                        .Append(Read("""{"kind":"trends","series":[{"math":"unique_persons"}],"range":{"last":5,"unit":"day"}}"""))
                        .Append(Read("""{"kind":"trends","series":[{"math":"unique_persons"}],"range":{"last":4,"unit":"day"}}"""))
                        .Append(Read("""{"kind":"trends","series":[{"math":"unique_persons"},{}],"range":{"last":30,"unit":"minute"},"interval":"minute","cumulative":true}"""))
                        .Append(Read("""{"kind":"trends","series":[{"math":"unique_persons"},{}],"range":{"last":24,"unit":"hour"},"interval":"hour","formulas":[{"expression":"B / A"}],"breakdown":{"property":"event","limit":2}}"""))
                        .Append(Read("""{"kind":"trends","series":[{"math":"weekly_active"},{"math":"monthly_active","event":"view"},{}],"range":{"last":5,"unit":"day"},"compare":true}"""))
                        .Append(Read("""{"kind":"trends","series":[{"math":"weekly_active"}],"range":{"last":36,"unit":"hour"},"compare":true}"""))
                        .Append(Read("""{"kind":"trends","series":[{"math":"weekly_active"},{"math":"monthly_active"},{"math":"unique_persons"}],"range":{"last":9,"unit":"day"},"compare":true,"breakdown":{"property":"plan","limit":1}}"""))
                        .Append(Read("""{"kind":"trends","series":[{"math":"weekly_active"},{"math":"p90","property":"amount"},{}],"range":{"last":3,"unit":"week"},"interval":"week","compare":true,"breakdown":{"property":"browser","limit":2}}"""))
                        .Append(Read("""{"kind":"trends","series":[{"math":"weekly_active"},{"math":"monthly_active"}],"range":{"last":2,"unit":"month"},"interval":"month","compare":true}"""))
                        .Append(Read("""{"kind":"trends","series":[{"math":"median","property":"amount"},{"math":"p99","property":"mixed"}],"range":{"last":7,"unit":"day"},"compare":true,"breakdown":{"property":"plan","limit":1}}"""))
                        .Append(Read("""{"kind":"trends","series":[{"math":"average","perPerson":true},{"math":"p90","perPerson":true,"property":"amount"},{"math":"max","perPerson":true}],"range":{"last":14,"unit":"day"},"interval":"week","formulas":[{"expression":"A / C"}],"compare":true}"""))
                        .Append(Read("""{"kind":"trends","series":[{"math":"median","perPerson":true},{"math":"min","perPerson":true,"property":"mixed"}],"range":{"last":24,"unit":"hour"},"interval":"hour","breakdown":{"property":"plan","limit":1}}"""))
                        .ToList();
                    foreach (var (batch, action, minutes, merge) in actions)
                    {
                        switch (action)
                        {
                            case < 5:
                                Add(cached, batch, []);
                                break;
                            case 5:
                                Add(cached, batch, merge.Item1 == merge.Item2 ? [(9, 2), (2, 1)] : [merge]);
                                break;
                            case 6:
                                cached.Store.Remove(1 + (batch.Length % 4), long.MinValue);
                                break;
                            case 7:
                                cached.Store.RemoveBefore(UnixMicros.From(cached.Time.GetUtcNow()) - (long)(minutes * Minute * 3));
                                break;
                            default:
                                cached.Time.Advance(TimeSpan.FromMinutes(minutes));
                                Add(cached, action % 3 == 0 ? [] : batch, []);
                                break;
                        }

                        // Not each time, so that several things have happened since.
                        step++;
                        foreach (var query in asked.Where((_, i) => (i + step) % 4 > 0))
                        {
                            var (answer, expected) = cached.Both(query);
                            Assert.Equal(expected is null, answer is null);
                            if (answer is null)
                            {
                                continue;
                            }

                            Same(expected!, answer, query);
                            outcomes[answer.Cache] = outcomes.GetValueOrDefault(answer.Cache) + 1;
                            var first = ((TrendsResult)answer).Buckets[^1];
                            moved += answer.Cache is CacheOutcome.Partial && known.TryGetValue(query, out var last) && last != first ? 1 : 0;
                            known[query] = first;
                        }
                    }
                },
                iter: 8,
                threads: 1);
        Assert.True(moved > 40, $"{moved} {string.Join(' ', outcomes)}");
    }

    [Theory]
    [InlineData("""{"kind":"trends","series":[{"event":"view"}],"range":{"last":30,"unit":"day"}}""", 24 * 60, 1)]
    [InlineData("""{"kind":"trends","series":[{"event":"view"}],"range":{"last":90,"unit":"day"},"breakdown":{"property":"plan","limit":2}}""", 24 * 60, 1)]
    [InlineData("""{"kind":"trends","series":[{"math":"unique_persons"},{"event":"view"}],"range":{"last":30,"unit":"day"},"compare":true,"formulas":[{"expression":"B / A"}]}""", 24 * 60, 1)]
    [InlineData("""{"kind":"trends","series":[{"math":"unique_persons"}],"range":{"last":30,"unit":"day"},"breakdown":{"property":"plan","limit":2}}""", 3 * 24 * 60, 3)]
    [InlineData("""{"kind":"trends","series":[{"math":"unique_persons"}],"range":{"last":24,"unit":"hour"},"interval":"hour"}""", 60, 1)]
    [InlineData("""{"kind":"trends","series":[{"math":"monthly_active"},{"math":"weekly_active"},{"math":"unique_persons"}],"range":{"last":30,"unit":"day"},"formulas":[{"expression":"C / A"}]}""", 24 * 60, 1)]
    [InlineData("""{"kind":"trends","series":[{"math":"average","property":"amount"}],"range":{"last":30,"unit":"minute"},"interval":"minute"}""", 2, 2)]
    [InlineData("""{"kind":"trends","series":[{"math":"p90","property":"amount"}],"range":{"last":30,"unit":"day"},"breakdown":{"property":"plan","limit":2}}""", 24 * 60, 1)]
    [InlineData("""{"kind":"trends","series":[{"math":"median","perPerson":true,"property":"amount"},{"math":"weekly_active"}],"range":{"last":30,"unit":"day"},"breakdown":{"property":"plan","limit":2}}""", 24 * 60, 1)]
    public async Task A_range_that_has_moved_on_reads_what_is_new_in_it_only(string json, int minutes, int points)
    {
        using var setup = new Setup("UTC");
        var query = (TrendsQuery)Read(json);
        var width = query.Interval is Interval.Minute ? Minute : query.Interval is Interval.Hour ? Hour : 24 * Hour;
        var end = Day(90);
        setup.Time.SetUtcNow(UnixMicros.ToInstant(end - 1));
        setup.Store.Add([.. Enumerable.Range(0, 200).SelectMany(p => Enumerable.Range(0, 5).Select(i => At(end - 1 - (p * width), i + (p % 3))))], [], NoOverflow);
        Assert.Equal(CacheOutcome.Miss, (await setup.AskAsync(query)).Cache);

        // Asked for the second time, in the range that has moved on already.
        await MoveAsync(CacheOutcome.Miss);
        for (var i = 0; i < 3; i++)
        {
            setup.Seen.TakeSpans();
            await MoveAsync(CacheOutcome.Partial);
            Assert.Equal([(end - (points * width), end)], setup.Seen.TakeSpans());
        }

        // A late event besides: its point, and the new ones.
        setup.Store.Add([At(end - (9 * width) - 1, 7)], [], NoOverflow);
        await MoveAsync(CacheOutcome.Partial);
        Assert.Equal([(end - ((9 + 1 + points) * width), end - ((9 + points) * width)), (end - (points * width), end)], setup.Seen.TakeSpans());

        async Task MoveAsync(CacheOutcome outcome)
        {
            setup.Time.Advance(TimeSpan.FromMinutes(minutes));
            end += points * width;
            setup.Store.Add([At(end - 1, 1), At(end - 2, 8)], [], NoOverflow);
            var (answer, expected) = await setup.BothAsync(query);
            Assert.Equal(outcome, answer!.Cache);
            Same(expected!, answer, query);
        }
    }

    [Fact]
    public async Task A_shorter_range_of_the_same_question_reads_nothing_that_a_longer_one_has()
    {
        using var setup = new Setup("UTC");
        var (year, week) = (Of(90), Of(7));
        setup.Store.Add([.. Enumerable.Range(0, 90).SelectMany(d => Enumerable.Range(0, 3).Select(i => Event(d, (d + i) % 9)))], [], NoOverflow);
        await setup.AskAsync(year);
        setup.Store.Add([Event(89, 1)], [], NoOverflow);
        await setup.AskAsync(year);
        var statements = setup.Seen.Statements;
        var (answer, expected) = await setup.BothAsync(week);
        Assert.Equal((CacheOutcome.Partial, statements, 0L), (answer!.Cache, setup.Seen.Statements, answer.EstimatedRows));
        Same(expected!, answer, week);
        Assert.Equal(CacheOutcome.Hit, (await setup.AskAsync(week)).Cache);

        // Each is asked on, and neither takes the other's place.
        setup.Store.Add([Event(89, 20)], [], NoOverflow);
        foreach (var query in (InsightQuery[])[year, week, year])
        {
            (answer, expected) = await setup.BothAsync(query);
            Assert.NotEqual(CacheOutcome.Miss, answer!.Cache);
            Same(expected!, answer, query);
        }

        // Most of a longer one would have to be read: as a whole that is quicker.
        Assert.Equal(CacheOutcome.Miss, (await setup.AskAsync(Of(181))).Cache);

        static InsightQuery Of(int days) => Read($$$"""{"kind":"trends","series":[{"math":"unique_persons"}],"range":{"last":{{{days}}},"unit":"day"}}""");
    }

    [Fact]
    public async Task Persons_who_are_merged_are_one_in_kept_points_which_are_not_read_again()
    {
        using var setup = new Setup("UTC");
        var query = Read("""{"kind":"trends","series":[{"math":"unique_persons"},{"event":"view"}],"range":{"last":30,"unit":"day"},"breakdown":{"property":"plan","limit":2}}""");
        setup.Store.Add([.. Enumerable.Range(60, 30).SelectMany(d => Enumerable.Range(0, 10).Select(i => Event(d, (d + i) % 17)))], [], NoOverflow);
        await setup.AskAsync(query);
        await NextAsync([Event(89, 1)], [], CacheOutcome.Miss);
        var statements = setup.Seen.Statements;
        await NextAsync([], [(3, 2), (5, 4)], CacheOutcome.Partial);
        Assert.Equal(statements, setup.Seen.Statements);
        setup.Seen.TakeSpans();
        await NextAsync([Event(89, 2), Event(89, 4), Event(89, 20)], [(4, 2), (21, 2), (8, 7)], CacheOutcome.Partial);
        Assert.Equal([(Day(89), Day(90))], setup.Seen.TakeSpans());

        // One who was merged into somebody else already takes events along that are counted for that one.
        await NextAsync([], [(8, 9)], CacheOutcome.Miss);
        await NextAsync([Event(89, 2)], [], CacheOutcome.Miss);
        await NextAsync([], [(9, 7)], CacheOutcome.Partial);
        setup.Store.Remove(7, long.MinValue);
        await NextAsync([], [], CacheOutcome.Miss);

        async Task NextAsync(TestEvent[] events, (long From, long To)[] merges, CacheOutcome outcome)
        {
            if (events.Length + merges.Length > 0)
            {
                setup.Store.Add(events, merges, NoOverflow);
            }

            var (answer, expected) = await setup.BothAsync(query);
            Assert.Equal(outcome, answer!.Cache);
            Same(expected!, answer, query);
        }
    }

    [Fact]
    public async Task A_merge_while_points_are_computed_is_in_the_answer_as_a_whole_or_not_at_all()
    {
        using var setup = new Setup("UTC");
        var query = Read("""{"kind":"trends","series":[{"math":"unique_persons"}],"range":{"last":30,"unit":"day"}}""");
        setup.Store.Add([.. Enumerable.Range(60, 30).SelectMany(d => Enumerable.Range(0, 10).Select(i => Event(d, (d + i) % 17)))], [], NoOverflow);
        await setup.AskAsync(query);
        setup.Store.Add([Event(89, 1)], [], NoOverflow);
        await setup.AskAsync(query);
        setup.Store.Add([Event(89, 2)], [], NoOverflow);
        setup.Seen.Before = () => setup.Store.Add([], [(3, 2), (5, 4)], NoOverflow);
        var (answer, expected) = await setup.BothAsync(query);
        Assert.Equal(CacheOutcome.Partial, answer!.Cache);
        Same(expected!, answer, query);
    }

    [Theory]
    [InlineData("""{"kind":"trends","series":[{"math":"weekly_active"}],"range":{"last":7,"unit":"day"},"compare":true,"breakdown":{"property":"plan","limit":1}}""")]
    [InlineData("""{"kind":"trends","series":[{"math":"weekly_active"}],"range":{"last":2,"unit":"week"},"interval":"week","compare":true,"breakdown":{"property":"plan","limit":1}}""")]
    public async Task Values_of_actives_are_shown_by_the_days_that_the_present_period_looks_back_over(string json)
    {
        using var setup = new Setup("UTC");
        var query = Read(json);

        // Many of one value on days that only the period before looks at, or that nothing does.
        setup.Store.Add([.. Enumerable.Range(40, 36).SelectMany(d => Enumerable.Range(0, 9).Select(i => Event(d, 1 + (4 * i)))), Event(88, 2)], [], NoOverflow);
        await setup.AskAsync(query);
        for (var i = 0; i < 3; i++)
        {
            setup.Store.Add([Event(89, 2 + (4 * i))], [], NoOverflow);
            var (answer, expected) = await setup.BothAsync(query);
            Assert.Equal("p2", ((TrendsResult)expected!).Series[0].Breakdown);
            Assert.Equal(i == 0 ? CacheOutcome.Miss : CacheOutcome.Partial, answer!.Cache);
            Same(expected, answer, query);
        }
    }

    [Fact]
    public async Task A_commit_between_scans_of_apart_points_is_in_all_of_them_or_in_none()
    {
        using var setup = new Setup("UTC");
        var query = Read("""{"kind":"trends","series":[{"math":"unique_persons"},{"event":"view"}],"range":{"last":90,"unit":"day"}}""");
        setup.Store.Add([.. Enumerable.Range(0, 90).Select(d => Event(d, d % 7))], [], NoOverflow);
        await setup.AskAsync(query);
        setup.Store.Add([Event(89, 1)], [], NoOverflow);
        await setup.AskAsync(query);
        setup.Store.Add([Event(10, 20), Event(89, 20)], [], NoOverflow);
        setup.Seen.Before = () => setup.Seen.Before = () => setup.Store.Add([Event(10, 30), Event(89, 30)], [], NoOverflow);
        var (answer, expected) = await setup.BothAsync(query);
        Assert.Equal(CacheOutcome.Partial, answer!.Cache);

        // A column that came with the commit could be missing, so that the answer says that it is of the version before.
        Same(expected!, answer with { DataVersion = expected!.DataVersion }, query);
    }

    [Fact]
    public async Task The_number_of_a_person_has_those_of_who_was_merged_into_it_without_reading_points_again()
    {
        using var setup = new Setup("UTC");
        var query = Read("""{"kind":"trends","series":[{"math":"max","perPerson":true},{"math":"median","perPerson":true,"property":"amount"}],"range":{"last":30,"unit":"day"},"breakdown":{"property":"plan","limit":2}}""");
        setup.Store.Add([.. Enumerable.Range(60, 30).SelectMany(d => Enumerable.Range(0, 10).Select(i => Event(d, (d + i) % 17)))], [], NoOverflow);
        await setup.AskAsync(query);
        setup.Store.Add([Event(89, 1)], [], NoOverflow);
        await setup.AskAsync(query);
        var statements = setup.Seen.Statements;
        setup.Store.Add([], [(3, 2), (5, 4), (9, 4)], NoOverflow);
        var (answer, expected) = await setup.BothAsync(query);
        Assert.Equal((CacheOutcome.Partial, statements), (answer!.Cache, setup.Seen.Statements));
        Same(expected!, answer, query);
    }

    [Theory]
    [InlineData("""{"kind":"trends","series":[{"math":"p90","property":"amount"}],"range":{"last":30,"unit":"day"}}""")]
    [InlineData("""{"kind":"trends","series":[{"math":"p90","perPerson":true,"property":"amount"}],"range":{"last":30,"unit":"day"}}""")]
    public async Task Numbers_that_are_too_many_to_be_kept_are_computed_as_a_whole(string json)
    {
        using var setup = new Setup("UTC", megabytes: 1);
        var query = Read(json);
        setup.Store.Add([.. Enumerable.Range(60, 30).SelectMany(d => Enumerable.Range(0, 500).Select(i => Event(d, i)))], [], NoOverflow);
        for (var i = 0; i < 4; i++)
        {
            var (answer, expected) = await setup.BothAsync(query);
            Assert.Equal(CacheOutcome.Miss, answer!.Cache);
            Same(expected!, answer, query);
            setup.Store.Add([Event(89, i)], [], NoOverflow);
        }
    }

    [Fact]
    public async Task What_a_range_was_before_it_moved_on_takes_no_memory()
    {
        using var setup = new Setup("UTC");
        var query = Read("""{"kind":"trends","series":[{"math":"unique_persons"}],"range":{"last":60,"unit":"minute"},"interval":"minute"}""");
        long early = 0;
        for (var i = 0; i < 200; i++)
        {
            var now = UnixMicros.From(setup.Time.GetUtcNow());
            setup.Store.Add([.. Enumerable.Range(0, 20).Select(p => At(now, p))], [], NoOverflow);
            await setup.AskAsync(query);
            setup.Time.Advance(TimeSpan.FromMinutes(1));
            early = i == 80 ? setup.Cache.Bytes : early;
        }

        Assert.InRange(setup.Cache.Bytes, 1, early + (early / 4));
    }

    [Fact]
    public async Task Events_that_were_removed_are_in_no_answer_whose_persons_are_kept_by_period()
    {
        using var setup = new Setup("UTC", megabytes: 1);
        var query = Read("""{"kind":"trends","series":[{"math":"unique_persons"}],"range":{"last":30,"unit":"day"}}""");

        // Few of many keys on each day, so that the sets of days take more than may be kept.
        setup.Store.Add([.. Enumerable.Range(60, 30).SelectMany(d => Enumerable.Range(0, 1_200).Select(i => Keyed(d, 1 + (((d * 7) + (i * 499)) % 599_993))))], [], NoOverflow);
        await setup.AskAsync(query);
        await NextAsync([Keyed(89, 1)], CacheOutcome.Miss);
        await NextAsync([Keyed(89, 600_000)], CacheOutcome.Partial);
        await NextAsync([Keyed(70, 600_000), Keyed(89, 600_001)], CacheOutcome.Partial);
        setup.Store.RemoveBefore(Day(62));
        await NextAsync([], CacheOutcome.Miss);
        await NextAsync([Keyed(89, 600_002)], CacheOutcome.Miss);
        await NextAsync([Keyed(89, 600_003)], CacheOutcome.Partial);

        // Of whole periods nothing can be taken into another range.
        setup.Time.Advance(TimeSpan.FromDays(1));
        await NextAsync([], CacheOutcome.Miss);

        async Task NextAsync(TestEvent[] events, CacheOutcome outcome)
        {
            if (events.Length > 0)
            {
                setup.Store.Add(events, [], NoOverflow);
            }

            var (answer, expected) = await setup.BothAsync(query);
            Assert.Equal(outcome, answer!.Cache);
            Same(expected!, answer, query);
        }

        static TestEvent Keyed(int day, long key) => new("view", "u" + key, key, Day(day) + Hour, new Dictionary<string, object>());
    }

    private static void Add(Setup setup, IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges)
    {
        var now = UnixMicros.From(setup.Time.GetUtcNow());
        setup.Store.Add([.. events.Select(e => e with { Timestamp = now + e.Timestamp, Uuid = Guid.CreateVersion7() })], merges, NoOverflow);
    }

    private static TestEvent At(long timestamp, int person) =>
        new("view", "u" + person, person + 1, timestamp, new Dictionary<string, object> { ["plan"] = "p" + (person % 4), ["amount"] = (double)person });
}
