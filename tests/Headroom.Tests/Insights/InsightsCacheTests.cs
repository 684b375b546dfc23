using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Headroom.App.Insights;
using Headroom.App.Shared;
using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Sql;
using Headroom.Tests.Sql;
using Headroom.Tests.Store;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headroom.Tests.Insights;

/// <summary>Over the real store. Nothing stale is ever answered, and what did not change is not computed again.</summary>
public sealed partial class InsightsCacheTests
{
    private static readonly HashSet<string> NoOverflow = [];

    [Fact]
    public void Whatever_is_added_merged_and_asked_in_between_the_cache_answers_as_if_there_were_none()
    {
        var outcomes = new Dictionary<CacheOutcome, int>();
        Gen.Select(
                Gen.OneOfConst(TrendsAgreement.Zones),
                TrendsAgreement.AnyQuery.Array[3, 3],
                TrendsAgreement.AnyEvent.Array[0, 6].Array[14, 14],
                Gen.Int[0, 9].Array[14, 14],
                TrendsAgreement.AnyEvent.Array[20, 40])
            .Sample(
                (zone, queries, batches, actions, before) =>
                {
                    using var cached = new Setup(zone);
                    cached.Seen.TellsCounts = actions[0] % 2 == 0;
                    cached.Store.Add(before, [], NoOverflow);
                    // Most of what dashboards ask can be added up; as drawn, a third of the series cannot.
                    var asked = queries.Select(InsightQuery (q, i) => i == 0 ? q : q with { Series = [.. q.Series.Select(Simple)] })
                        .Append(Read("""{"kind":"paths","range":{"from":"2026-03-01","to":"2026-05-31"},"include":["events"],"breakdown":{"property":"plan","limit":2}}"""))
                        .Append(Read("""{"kind":"sessions","range":{"from":"2026-03-01","to":"2026-05-31"},"interval":"month","breakdown":{"property":"browser"}}"""))
                        .Append(Read("""{"kind":"sessions","range":{"from":"2026-03-01","to":"2026-12-31"},"interval":"month","breakdown":{"eventProperty":"group.company.plan"}}"""))
                        .Append(Read("""{"kind":"retention","range":{"from":"2026-03-01","to":"2026-03-31"},"interval":"week","start":{},"return":{},"cohortBy":"first_ever"}"""))
                        .Append(Read("""{"kind":"lifecycle","range":{"from":"2026-10-01","to":"2026-11-30"},"interval":"week","breakdown":{"property":"plan","limit":2}}"""))
                        .Append(Read("""{"kind":"stickiness","range":{"from":"2026-03-01","to":"2026-05-31"},"interval":"week","series":[{}],"breakdown":{"property":"browser","limit":2}}"""))
                        .Append(Read("""{"kind":"trends","series":[{"math":"unique_persons"},{}],"range":{"from":"2026-01-01","to":"2026-12-31"},"interval":"week","compare":true,"breakdown":{"property":"event","limit":4}}"""))
                        .Append(Read("""{"kind":"trends","series":[{"math":"unique_persons"}],"range":{"from":"2026-01-01","to":"2026-12-31"},"interval":"month","breakdown":{"property":"plan","limit":6}}"""))
                        .Append(Read("""{"kind":"trends","series":[{"math":"unique_persons"},{}],"range":{"from":"2026-01-01","to":"2026-12-31"},"interval":"week","compare":true}"""))
                        .ToList();
                    for (var i = 0; i < actions.Length; i++)
                    {
                        if (actions[i] < 7)
                        {
                            cached.Store.Add(batches[i], [], NoOverflow);
                        }
                        else if (actions[i] < 9)
                        {
                            cached.Store.Add(batches[i], [(2 + (i % 5), 1)], NoOverflow);
                        }
                        else
                        {
                            cached.Time.Advance(TimeSpan.FromHours(9));
                        }

                        foreach (var query in asked)
                        {
                            var (answer, expected) = cached.Both(query);
                            Assert.Equal(expected is null, answer is null);
                            if (answer is not null)
                            {
                                lock (outcomes)
                                {
                                    outcomes[answer.Cache] = outcomes.GetValueOrDefault(answer.Cache) + 1;
                                }

                                Same(expected!, answer, query);
                            }
                        }
                    }
                },
                iter: 8,
                threads: 1);
        Assert.True(outcomes.GetValueOrDefault(CacheOutcome.Hit) > 20, string.Join(' ', outcomes));
        Assert.True(outcomes.GetValueOrDefault(CacheOutcome.Partial) > 20, string.Join(' ', outcomes));
        Assert.True(outcomes.GetValueOrDefault(CacheOutcome.Miss) > 20, string.Join(' ', outcomes));
    }

    [Theory]
    [InlineData("""{"kind":"trends","series":[{"event":"view"}],"range":{"last":90,"unit":"day"}}""")]
    [InlineData("""{"kind":"trends","series":[{"event":"view","math":"unique_persons"},{"math":"average","property":"amount"}],"range":{"last":90,"unit":"day"}}""")]
    [InlineData("""{"kind":"trends","series":[{"math":"weekly_active"},{"math":"monthly_active"}],"range":{"last":90,"unit":"day"}}""")]
    [InlineData("""{"kind":"trends","series":[{"event":"view"}],"range":{"last":90,"unit":"day"},"breakdown":{"property":"plan","limit":2}}""")]
    [InlineData("""{"kind":"trends","series":[{"math":"unique_persons"}],"range":{"last":90,"unit":"day"},"breakdown":{"property":"plan","limit":4}}""")]
    [InlineData("""{"kind":"trends","series":[{"math":"p95","property":"amount"},{"math":"median","property":"amount"}],"range":{"last":90,"unit":"day"},"breakdown":{"property":"plan","limit":2}}""")]
    [InlineData("""{"kind":"trends","series":[{"math":"average","perPerson":true},{"math":"p90","perPerson":true,"property":"amount"}],"range":{"last":90,"unit":"day"}}""")]
    [InlineData("""{"kind":"trends","series":[{"math":"weekly_active"},{"math":"unique_persons"}],"range":{"last":90,"unit":"day"},"breakdown":{"property":"plan","limit":2}}""")]
    [InlineData("""{"kind":"trends","series":[{"math":"weekly_active"},{"math":"monthly_active"},{}],"range":{"last":13,"unit":"week"},"interval":"week","compare":true}""")]
    [InlineData("""{"kind":"trends","series":[{"math":"monthly_active"},{"math":"unique_persons"}],"range":{"last":6,"unit":"month"},"interval":"month","breakdown":{"property":"plan","limit":2}}""")]
    public async Task A_live_dashboard_reads_its_last_point_only(string json)
    {
        using var setup = new Setup("UTC");
        var query = Read(json);
        setup.Store.Add([.. Enumerable.Range(0, 90).SelectMany(d => Enumerable.Range(0, 5).Select(i => Event(d, i)))], [], NoOverflow);
        Assert.Equal(CacheOutcome.Miss, (await setup.AskAsync(query)).Cache);
        Assert.Equal(CacheOutcome.Hit, (await setup.AskAsync(query)).Cache);
        setup.Store.Add([Event(89, 1)], [], NoOverflow);
        await setup.AskAsync(query);
        setup.Seen.TakeSpans();
        for (var i = 0; i < 3; i++)
        {
            setup.Store.Add([Event(89, i), Event(89, 7)], [], NoOverflow);
            var (answer, expected) = await setup.BothAsync(query);
            Assert.Equal(CacheOutcome.Partial, answer!.Cache);
            Same(expected!, answer, query);
            Assert.Equal([(Day(89), Day(90))], setup.Seen.TakeSpans());
        }

        // A late event: its day and, because it was touched too, the last one; nothing between.
        setup.Store.Add([Event(10, 3), Event(89, 3)], [], NoOverflow);
        var (late, whole) = await setup.BothAsync(query);
        Assert.Equal(CacheOutcome.Partial, late!.Cache);
        Same(whole!, late, query);
        Assert.Equal([(Day(10), Day(11)), (Day(89), Day(90))], setup.Seen.TakeSpans());
    }

    [Theory]
    [InlineData("""{"kind":"trends","series":[{},{"event":"view"}],"range":{"last":90,"unit":"day"},"compare":true}""")]
    [InlineData("""{"kind":"trends","series":[{"event":"view"}],"range":{"last":90,"unit":"day"},"cumulative":true}""")]
    [InlineData("""{"kind":"trends","series":[{"event":"view"}],"range":{"last":90,"unit":"day"},"breakdown":{"property":"plan","limit":2}}""")]
    public async Task What_the_store_counts_without_a_statement_is_counted_for_the_last_point_only(string json)
    {
        using var setup = new Setup("UTC");
        setup.Seen.TellsCounts = true;
        var query = Read(json);
        setup.Store.Add([.. Enumerable.Range(0, 90).SelectMany(d => Enumerable.Range(0, 5).Select(i => Event(d, i)))], [], NoOverflow);
        await setup.AskAsync(query);
        setup.Store.Add([Event(89, 1)], [], NoOverflow);
        await setup.AskAsync(query);
        var statements = setup.Seen.Statements;
        setup.Seen.TakeSpans();
        for (var i = 0; i < 3; i++)
        {
            setup.Store.Add([Event(89, i), Event(89, 9)], [], NoOverflow);
            var (answer, expected) = await setup.BothAsync(query);
            Assert.Equal((CacheOutcome.Partial, statements), (answer!.Cache, setup.Seen.Statements));
            Same(expected!, answer, query);
            Assert.Equal([(Day(89), Day(90))], setup.Seen.TakeSpans());
        }
    }

    [Fact]
    public async Task A_range_that_new_events_do_not_touch_is_answered_from_the_cache_however_many_come()
    {
        using var setup = new Setup("Europe/Berlin");
        var query = Read("""{"kind":"trends","series":[{"math":"p95","property":"amount"}],"range":{"from":"2026-08-01","to":"2026-08-20"},"compare":true}""");
        setup.Store.Add([.. Enumerable.Range(0, 60).Select(d => Event(d - 40, 1))], [], NoOverflow);
        await setup.AskAsync(query);
        for (var i = 0; i < 200; i++)
        {
            setup.Store.Add([Event(80 + (i % 10), i)], [], NoOverflow);
        }

        var (answer, expected) = await setup.BothAsync(query);
        Assert.Equal((CacheOutcome.Hit, 0L), (answer!.Cache, answer.EstimatedRows));
        Assert.Equal(setup.Store.Schema(Setup.Project.Id).DataVersion, answer.DataVersion);
        Same(expected!, answer, query);
    }

    [Fact]
    public async Task What_the_store_no_longer_stands_by_is_not_given_again_though_nothing_was_added()
    {
        using var setup = new Setup("UTC");
        var query = Read("""{"kind":"trends","series":[{"math":"sum","property":"amount"},{"math":"unique_persons"}],"range":{"from":"2026-08-01","to":"2026-08-20"}}""");
        setup.Store.Add([Event(3, 1)], [], NoOverflow);
        await setup.AskAsync(query);
        Assert.Equal(CacheOutcome.Hit, (await setup.AskAsync(query)).Cache);
        setup.Seen.Doubts = true;
        Assert.Equal(CacheOutcome.Miss, (await setup.AskAsync(query)).Cache);
        Assert.Equal(CacheOutcome.Miss, (await setup.AskAsync(query)).Cache);
    }

    [Fact]
    public async Task Who_accepts_an_answer_of_some_age_is_given_one_that_is_no_further_behind_while_it_is_computed_again()
    {
        using var setup = new Setup("UTC");
        var query = Read("""{"kind":"trends","series":[{"math":"unique_persons"}],"range":{"last":90,"unit":"day"}}""");
        setup.Store.Add([Event(88, 1)], [], NoOverflow);
        var first = await setup.AskBehindAsync(query, 10);
        Assert.Equal((CacheOutcome.Miss, 0d), (first.Cache, first.BehindMs));
        setup.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal((CacheOutcome.Hit, 0d), ((await setup.AskBehindAsync(query, 10)).Cache, first.BehindMs));
        setup.Store.Add([Event(89, 2)], [], NoOverflow);
        setup.Time.Advance(TimeSpan.FromSeconds(4));
        var statements = setup.Seen.Statements;
        var behind = await setup.AskBehindAsync(query, 10);
        Assert.Equal((CacheOutcome.Behind, 4_000d, statements), (behind.Cache, behind.BehindMs, setup.Seen.Statements));
        Same(first, behind with { DataVersion = first.DataVersion }, query);

        // Past half of the age it is computed, and not by who asks.
        setup.Time.Advance(TimeSpan.FromSeconds(3));
        while ((await setup.AskBehindAsync(query, 10)).Cache is CacheOutcome.Behind)
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        var (answer, expected) = await setup.BothAsync(query);
        Assert.Equal(CacheOutcome.Hit, answer!.Cache);
        Same(expected!, answer, query);
    }

    [Fact]
    public async Task An_answer_that_is_asked_for_again_and_again_is_computed_before_it_is_too_old_for_who_asks_next()
    {
        using var setup = new Setup("UTC");
        var query = Read("""{"kind":"trends","series":[{"math":"unique_persons"}],"range":{"last":90,"unit":"day"}}""");
        setup.Store.Add([Event(88, 1)], [], NoOverflow);
        await setup.AskBehindAsync(query, 10);
        setup.Store.Add([Event(89, 2)], [], NoOverflow);
        var statements = setup.Seen.Statements;

        // Who asks once may never come back.
        setup.Time.Advance(TimeSpan.FromSeconds(8));
        await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.Equal(statements, setup.Seen.Statements);
        Assert.Equal(CacheOutcome.Behind, (await setup.AskBehindAsync(query, 10)).Cache);
        await PassAsync(statements, TimeSpan.Zero);
        setup.Time.Advance(TimeSpan.FromSeconds(12));
        Assert.Equal(CacheOutcome.Hit, (await setup.AskBehindAsync(query, 10)).Cache);

        // It is right when it is given, and not half of the time later.
        Assert.Equal(CacheOutcome.Hit, (await setup.AskBehindAsync(query, 10)).Cache);
        statements = setup.Seen.Statements;
        setup.Store.Add([Event(89, 3)], [], NoOverflow);
        await PassAsync(statements, TimeSpan.FromSeconds(6));
        setup.Time.Advance(TimeSpan.FromSeconds(12));
        Assert.Equal(CacheOutcome.Hit, (await setup.AskBehindAsync(query, 10)).Cache);

        async Task PassAsync(int before, TimeSpan span)
        {
            while (setup.Seen.Statements == before)
            {
                setup.Time.Advance(span);
                await Task.Delay(5, TestContext.Current.CancellationToken);
            }
        }
    }

    [Theory]
    [InlineData(10, 10)]
    [InlineData(0, 0)]
    [InlineData(3_600, 60)]
    public async Task An_answer_that_is_further_behind_than_was_asked_or_a_minute_is_computed_before_it_is_given(double accepted, double passed)
    {
        using var setup = new Setup("UTC");
        var query = Read("""{"kind":"trends","series":[{"math":"unique_persons"}],"range":{"last":90,"unit":"day"}}""");
        setup.Store.Add([Event(88, 1)], [], NoOverflow);
        await setup.AskAsync(query);
        setup.Store.Add([Event(89, 2)], [], NoOverflow);
        setup.Time.Advance(TimeSpan.FromSeconds(passed));
        var answer = await setup.AskBehindAsync(query, accepted);
        Assert.NotEqual(CacheOutcome.Behind, answer.Cache);
        Same((await setup.BothAsync(query)).Expected!, answer, query);
    }

    [Fact]
    public async Task A_merge_changes_persons_of_all_times_and_nothing_else()
    {
        using var setup = new Setup("UTC");
        var persons = Read("""{"kind":"trends","series":[{"math":"unique_persons"}],"range":{"last":90,"unit":"day"}}""");
        var counts = Read("""{"kind":"trends","series":[{}],"range":{"last":90,"unit":"day"}}""");
        setup.Store.Add([Event(3, 1), Event(3, 2)], [], NoOverflow);
        Assert.Equal(2, Total(await setup.AskAsync(persons)));
        await setup.AskAsync(counts);
        setup.Store.Add([], [(3, 2)], NoOverflow);
        var merged = await setup.AskAsync(persons);
        Assert.Equal((CacheOutcome.Miss, 1d), (merged.Cache, Total(merged)));
        Assert.Equal(CacheOutcome.Hit, (await setup.AskAsync(counts)).Cache);

        // The same where the persons are kept as a set already.
        setup.Store.Add([Event(3, 5), Event(89, 6)], [], NoOverflow);
        await setup.AskAsync(persons);
        setup.Store.Add([Event(89, 7)], [], NoOverflow);
        Assert.Equal(CacheOutcome.Partial, (await setup.AskAsync(persons)).Cache);
        setup.Store.Add([Event(89, 8)], [(7, 2)], NoOverflow);
        var (answer, expected) = await setup.BothAsync(persons);
        Assert.Equal(4, Total(answer!));
        Same(expected!, answer!, persons);
    }

    [Theory]
    [InlineData("person.tier")]
    [InlineData("group.company.tier")]
    public async Task A_property_that_nobody_had_yet_changes_the_past_when_somebody_is_told_to_have_it(string property)
    {
        using var setup = new Setup("UTC");
        InsightQuery[] queries =
        [
            Read($$$"""{"kind":"trends","series":[{"filters":[{"property":"{{{property}}}","values":["pro"]}]}],"range":{"from":"2026-10-01","to":"2026-10-31"}}"""),
            Read($$$"""{"kind":"funnel","steps":[{},{"filters":[{"property":"{{{property}}}","values":["pro"]}]}],"range":{"from":"2026-10-01","to":"2026-10-31"},"window":{"count":7,"unit":"day"}}"""),
        ];
        setup.Store.Add([.. Enumerable.Range(0, 3).Select(i => Event(50 + i, 1) with { Properties = new Dictionary<string, object> { ["$groups.company"] = "c1" } })], [], NoOverflow);
        foreach (var query in queries)
        {
            await setup.AskAsync(query);
        }

        setup.Store.Put(new TestPerson(2, new Dictionary<string, object> { ["tier"] = "pro" }).Row);
        setup.Store.Add(
            [
                new TestEvent("$groupidentify", "g", 0, Day(89), new Dictionary<string, object>
                {
                    ["$group_type"] = "company", ["$group_key"] = "c1", ["$group_set"] = new JsonText("""{"tier":"pro"}"""),
                }),
            ], [], NoOverflow);
        foreach (var query in queries)
        {
            var (answer, expected) = await setup.BothAsync(query);
            Same(expected!, answer!, query);
        }

        Assert.Equal(3, Total(await setup.AskAsync(queries[0])));
    }

    [Fact]
    public async Task The_age_of_an_answer_is_in_it()
    {
        using var setup = new Setup("UTC");
        var query = Read("""{"kind":"trends","series":[{}],"range":{"last":3,"unit":"day"}}""");
        setup.Store.Add([Event(88, 1)], [], NoOverflow);
        var first = await setup.AskAsync(query);
        Assert.Equal((CacheOutcome.Miss, 0d, 1L), (first.Cache, first.AgeMs, first.EstimatedRows));
        setup.Time.Advance(TimeSpan.FromMinutes(3));
        var again = await setup.AskAsync(query);
        Assert.Equal((CacheOutcome.Hit, 180_000d, 0L), (again.Cache, again.AgeMs, again.EstimatedRows));
        Assert.Equal((0, 0L), (again.EstimatedColumns, again.EstimatedBytes));
        Assert.Equal(first.ComputedAt, again.ComputedAt);
        setup.Time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(CacheOutcome.Miss, (await setup.AskAsync(query)).Cache);
    }

    [Fact]
    public async Task Many_who_ask_the_same_at_once_are_answered_by_one_statement_and_one_who_leaves_harms_nobody()
    {
        using var setup = new Setup("UTC");
        var query = Read("""{"kind":"trends","series":[{}],"range":{"last":3,"unit":"day"}}""");
        setup.Store.Add([Event(88, 1)], [], NoOverflow);
        setup.Seen.Hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var leaving = new CancellationTokenSource();
        var first = setup.AskUntilAsync(query, leaving.Token);
        var others = Enumerable.Range(0, 20).Select(_ => setup.AskAsync(query)).ToList();
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.DoesNotContain(others, o => o.IsCompleted);
        setup.Seen.Hold.SetResult();
        var answers = await Task.WhenAll(others);
        Assert.Single(answers, a => a.Cache is CacheOutcome.Miss);
        Assert.Equal(2, setup.Seen.Statements);
    }

    [Fact]
    public async Task A_commit_while_points_are_computed_is_in_the_answer_as_a_whole()
    {
        using var setup = new Setup("UTC");
        var query = Read("""{"kind":"trends","series":[{}],"range":{"last":90,"unit":"day"}}""");
        setup.Store.Add([Event(3, 1), Event(50, 1)], [], NoOverflow);
        await setup.AskAsync(query);
        setup.Store.Add([Event(89, 1)], [], NoOverflow);
        await setup.AskAsync(query);
        setup.Store.Add([Event(89, 2)], [], NoOverflow);
        setup.Seen.Before = () => setup.Store.Add([Event(10, 3), Event(89, 3)], [], NoOverflow);
        var (answer, expected) = await setup.BothAsync(query);
        Assert.Equal(CacheOutcome.Partial, answer!.Cache);
        Assert.Equal(6, Total(answer));
        Same(expected!, answer, query);

        // Where commits go on for ever, the whole is computed of one version.
        var day = 11;
        void Again()
        {
            setup.Store.Add([Event(day++, 3)], [], NoOverflow);
            setup.Seen.Before = Again;
        }

        setup.Store.Add([Event(89, 2)], [], NoOverflow);
        setup.Seen.Before = Again;
        Assert.Equal(CacheOutcome.Miss, (await setup.AskAsync(query)).Cache);
        setup.Seen.Before = null;
        (answer, expected) = await setup.BothAsync(query);
        Same(expected!, answer!, query);
    }

    [Fact]
    public async Task While_events_arrive_no_answer_is_older_than_its_question()
    {
        using var setup = new Setup("UTC");
        InsightQuery[] queries =
        [
            Read("""{"kind":"trends","series":[{}],"range":{"last":90,"unit":"day"}}"""),
            Read("""{"kind":"trends","series":[{"math":"unique_persons"}],"range":{"last":90,"unit":"day"}}"""),
            Read("""{"kind":"trends","series":[{"math":"sum","property":"amount"}],"range":{"last":90,"unit":"day"}}"""),
            Read("""{"kind":"trends","series":[{"math":"p90","property":"amount"},{}],"range":{"last":90,"unit":"day"}}"""),
        ];
        await setup.AskAsync(queries[0]);
        var random = new Random(7);
        var (begun, committed) = (0, 0);
        var outcomes = new System.Collections.Concurrent.ConcurrentDictionary<CacheOutcome, int>();
        var writing = Task.Run(
            () =>
            {
                for (var i = 1; i <= 250; i++)
                {
                    Volatile.Write(ref begun, i);
                    // Each a person of its own and an amount of 1, mostly of today.
                    var day = random.Next(4) == 0 ? random.Next(90) : 89;
                    var added = new TestEvent("view", "u" + i, i, Day(day), new Dictionary<string, object> { ["amount"] = 1d });
                    setup.Store.Add([added], [], NoOverflow);
                    Volatile.Write(ref committed, i);
                }
            },
            TestContext.Current.CancellationToken);
        await Task.WhenAll(queries.Concat(queries).Select(query => Task.Run(
            async () =>
            {
                while (!writing.IsCompleted)
                {
                    var least = Volatile.Read(ref committed);
                    var answer = await setup.AskAsync(query);
                    var most = Volatile.Read(ref begun);
                    Assert.InRange(((TrendsResult)answer).Series[^1].Total!.Value, least, most);
                    outcomes.AddOrUpdate(answer.Cache, 1, static (_, n) => n + 1);
                }
            },
            TestContext.Current.CancellationToken)));
        await writing;
        foreach (var query in queries)
        {
            Assert.Equal(250, ((TrendsResult)await setup.AskAsync(query)).Series[^1].Total);
        }

        Assert.True(outcomes.GetValueOrDefault(CacheOutcome.Partial) > 0, string.Join(' ', outcomes));
    }

    [Fact]
    public async Task What_failed_is_not_kept()
    {
        using var setup = new Setup("UTC");
        var query = Read("""{"kind":"trends","series":[{}],"range":{"last":3,"unit":"day"}}""");
        setup.Seen.Refusal = new QueryRefusedException(QueryBound.Time, "Too long.");
        await Assert.ThrowsAsync<QueryRefusedException>(() => setup.AskAsync(query));
        setup.Seen.Refusal = null;
        Assert.Equal(CacheOutcome.Miss, (await setup.AskAsync(query)).Cache);
    }

    [Fact]
    public async Task After_a_restart_of_the_store_nothing_older_is_trusted()
    {
        using var setup = new Setup("UTC");
        var query = Read("""{"kind":"trends","series":[{}],"range":{"last":3,"unit":"day"}}""");
        setup.Store.Add([Event(88, 1)], [], NoOverflow);
        await setup.AskAsync(query);
        setup.Store.Add([Event(1, 1)], [], NoOverflow);
        await setup.Store.ReopenAsync();
        Assert.Equal(CacheOutcome.Miss, (await setup.AskAsync(query)).Cache);
        Assert.Equal(CacheOutcome.Hit, (await setup.AskAsync(query)).Cache);
    }

    [Fact]
    public async Task Answers_take_no_more_than_their_memory_and_none_where_that_is_nothing()
    {
        using var setup = new Setup("UTC", 1);
        for (var i = 0; i < 60; i++)
        {
            await setup.AskAsync(Read($$"""{"kind":"trends","series":[{"event":"e{{i}}"}],"range":{"last":{{2000 + i}},"unit":"hour"},"interval":"hour"}"""));
        }

        Assert.InRange(setup.Cache.Bytes, 1, 1_048_576);
        using var none = new Setup("UTC", 0);
        var query = Read("""{"kind":"trends","series":[{}],"range":{"last":3,"unit":"day"}}""");
        await none.AskAsync(query);
        Assert.Equal(CacheOutcome.Miss, (await none.AskAsync(query)).Cache);
    }

    [Fact]
    public async Task Why_an_answer_was_not_in_the_cache_is_told()
    {
        var (reasons, heard) = (new List<string?>(), new AsyncLocal<List<string?>?>());
        using var listener = new MeterListener();
        listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Name == "headroom_insights_cache_misses_total")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) => heard.Value?.Add((string?)tags[0].Value));
        listener.Start();

        // Other tests ask too; what flows from here is this one's.
        heard.Value = reasons;
        using var setup = new Setup("UTC", 1);
        var sessions = Read("""{"kind":"trends","series":[{"math":"unique_sessions"}],"range":{"last":90,"unit":"day"}}""");
        setup.Store.Add([Event(3, 1)], [], NoOverflow);
        await setup.AskAsync(sessions);
        await setup.AskAsync(sessions);
        setup.Store.Add([Event(89, 1)], [], NoOverflow);
        setup.Time.Advance(TimeSpan.FromSeconds(4));
        await setup.AskAsync(sessions);
        setup.Store.Add([Event(89, 1)], [], NoOverflow);
        setup.Time.Advance(TimeSpan.FromSeconds(20));
        await setup.AskAsync(sessions);
        Assert.Equal(["new", "recent", "changed"], reasons);

        // More than there is room for. What is pushed out is told a moment later.
        reasons.Clear();
        for (var round = 0; round < 50 && !reasons.Contains("pushed_out"); round++)
        {
            for (var i = 0; i < 40; i++)
            {
                await setup.AskAsync(Read($$"""{"kind":"trends","series":[{"event":"e{{i}}"}],"range":{"last":{{2000 + i}},"unit":"hour"},"interval":"hour"}"""));
            }
        }

        Assert.Contains("pushed_out", reasons);
        Assert.All(reasons.Take(40), static reason => Assert.Equal("new", reason));
    }

    [Fact]
    public void A_member_that_adding_up_does_not_know_makes_the_whole_be_computed()
    {
        static bool AddsUp(string json) => TrendsParts.AddsUp((TrendsQuery)Read(json));
        Assert.True(AddsUp("""{"kind":"trends","series":[{}],"range":{"last":3,"unit":"day"},"compare":true}"""));
        Assert.True(AddsUp("""{"kind":"trends","series":[{"math":"median","property":"x"}],"range":{"last":3,"unit":"day"}}"""));
        Assert.True(AddsUp("""{"kind":"trends","series":[{}],"range":{"last":3,"unit":"day"},"breakdown":{"property":"x"}}"""));
        Assert.True(AddsUp("""{"kind":"trends","series":[{"math":"unique_persons"}],"range":{"last":3,"unit":"day"},"breakdown":{"property":"x"}}"""));
        Assert.False(AddsUp("""{"kind":"trends","series":[{"math":"unique_persons"}],"range":{"last":3,"unit":"day"},"unit":{"group":"company"}}"""));
        Assert.False(AddsUp("""{"kind":"trends","series":[{"math":"average","perPerson":true}],"range":{"last":3,"unit":"day"},"unit":{"group":"company"}}"""));
        Assert.True(AddsUp("""{"kind":"trends","series":[{"math":"median","perPerson":true}],"range":{"last":3,"unit":"day"}}"""));
        Assert.True(AddsUp("""{"kind":"trends","series":[{"math":"weekly_active"}],"range":{"last":3,"unit":"day"}}"""));
        Assert.True(AddsUp("""{"kind":"trends","series":[{"math":"weekly_active"}],"range":{"last":3,"unit":"week"},"interval":"week"}"""));
        Assert.True(AddsUp("""{"kind":"trends","series":[{"math":"weekly_active"}],"range":{"last":3,"unit":"day"},"breakdown":{"property":"x"}}"""));
        Assert.False(AddsUp("""{"kind":"trends","series":[{"math":"weekly_active"}],"range":{"last":3,"unit":"hour"},"interval":"hour"}"""));
        Assert.False(AddsUp("""{"kind":"trends","series":[{"math":"unique_sessions"}],"range":{"last":3,"unit":"day"}}"""));
        Assert.False(AddsUp("""{"kind":"trends","series":[{"math":"first_time"}],"range":{"last":3,"unit":"day"}}"""));
    }

    /// <summary>Of a kind whose points are kept.</summary>
    private static TrendsSeries Simple(TrendsSeries series) =>
        series.Math is TrendsMath.UniqueSessions || series.Math.IsFirst ? series with { Math = TrendsMath.UniquePersons } : series;

    private static InsightQuery Read(string json) => QueryJson.Read(System.Text.Encoding.UTF8.GetBytes(json), new QueryErrors())!;

    private static double Total(InsightResult result) => ((TrendsResult)result).Series[0].Total!.Value;

    /// <summary>Day 90 begins tomorrow.</summary>
    private static long Day(int day) => TestEvent.Micros("2026-11-24T00:00:00Z") + ((day - 90) * 86_400_000_000L);

    private static TestEvent Event(int day, int person) =>
        new("view", "u" + person, person + 1, Day(day) + 3_600_000_000, new Dictionary<string, object> { ["plan"] = "p" + (person % 4), ["amount"] = (double)person });

    internal static void Same(InsightResult expected, InsightResult actual, InsightQuery query)
    {
        var (one, other) = (Normal(expected), Normal(actual));
        Assert.True(one == other, $"{one}\n{other}\n{JsonSerializer.Serialize(query, QueryJson.Options)} {actual.Cache}");

        static string Normal(InsightResult result)
        {
            var node = JsonSerializer.SerializeToNode(
                result with { ComputedAt = default, ElapsedMs = 0, Cache = default, AgeMs = 0, BehindMs = 0, EstimatedRows = 0, EstimatedColumns = 0, EstimatedBytes = 0, QueuedMs = 0 }, QueryJson.Options)!;
            return Round(node)!.ToJsonString();
        }

        // Numbers added up in another order differ in their last digits.
        static JsonNode? Round(JsonNode? node) => node switch
        {
            JsonObject o => new JsonObject(o.Select(m => KeyValuePair.Create(m.Key, Round(m.Value)))),
            JsonArray a => new JsonArray([.. a.Select(Round)]),
            JsonValue v when v.GetValueKind() is JsonValueKind.Number => JsonValue.Create(v.GetValue<double>().ToString("G12", CultureInfo.InvariantCulture)),
            _ => node?.DeepClone(),
        };
    }

    private sealed class Setup : IDisposable
    {
        private readonly InsightsService _plain;

        public Setup(string zone, int megabytes = 16, string now = "2026-11-23T20:00:00Z")
        {
            Time = new FakeTimeProvider(DateTimeOffset.Parse(now, CultureInfo.InvariantCulture));
            Info = Project with { TimeZone = TimeZoneInfo.FindSystemTimeZoneById(zone) };
            Seen = new Watched(Store);
            var options = Options.Create(new InsightsOptions { CacheMegabytes = megabytes });
            _plain = new InsightsService(Store, DuckDbDialect.Instance, Time, options, NullLogger<InsightsService>.Instance);
            var insights = new InsightsService(Seen, DuckDbDialect.Instance, Time, options, NullLogger<InsightsService>.Instance);
            Cache = new InsightsCache(insights, Seen, DuckDbDialect.Instance, Time, options);
        }

        public static ProjectInfo Project { get; } = new(new ProjectId(1), "One", TimeZoneInfo.Utc, false, false, []);

        public ProjectInfo Info { get; }

        public FakeTimeProvider Time { get; }

        public TrendsOverSegmentsTests.Reader Store { get; } = new();

        public Watched Seen { get; }

        public InsightsCache Cache { get; }

        public (InsightResult? Answer, InsightResult? Expected) Both(InsightQuery query) => BothAsync(query).GetAwaiter().GetResult();

        public async Task<(InsightResult? Answer, InsightResult? Expected)> BothAsync(InsightQuery query)
        {
            var answer = await Cache.RunAsync(query, Info, new QueryErrors(), null, TimeSpan.Zero, CancellationToken.None);
            return (answer?.Result, await _plain.RunAsync(query, Info, new QueryErrors(), CancellationToken.None));
        }

        public Task<InsightResult> AskAsync(InsightQuery query) => AskUntilAsync(query, CancellationToken.None);

        public async Task<InsightResult> AskUntilAsync(InsightQuery query, CancellationToken leaving) =>
            (await Cache.RunAsync(query, Info, new QueryErrors(), null, TimeSpan.Zero, leaving))!.Result;

        public async Task<InsightResult> AskBehindAsync(InsightQuery query, double seconds) =>
            (await Cache.RunAsync(query, Info, new QueryErrors(), null, TimeSpan.FromSeconds(seconds), CancellationToken.None))!.Result;

        public void Dispose()
        {
            Cache.Dispose();
            Store.Dispose();
        }
    }

    /// <summary>The store, with what is asked of it noted.</summary>
    private sealed class Watched(TrendsOverSegmentsTests.Reader store) : IEventReader
    {
        private readonly List<(long From, long To)> _spans = [];

        public int Statements { get; private set; }

        /// <summary>Whether the store tells of counts that it keeps; else rows are to be counted.</summary>
        public bool TellsCounts { get; set; }

        public TaskCompletionSource? Hold { get; set; }

        public Exception? Refusal { get; set; }

        /// <summary>Called once, before the next statement is run.</summary>
        public Action? Before { get; set; }

        public ProjectSchema Schema(ProjectId project) => store.Schema(project);

        /// <summary>Whether the store no longer stands by anything it told until now, though nothing was committed since.</summary>
        public bool Doubts { get; set; }

        public DataChanges ChangedSince(ProjectId project, long version) =>
            Doubts ? DataChanges.All(store.Schema(project).DataVersion) : store.ChangedSince(project, version);

        public Person? FindPerson(ProjectId project, string distinctId) => store.FindPerson(project, distinctId);

        /// <summary>The times of what was asked since the last call, in order.</summary>
        public List<(long From, long To)> TakeSpans()
        {
            List<(long From, long To)> spans = [.. _spans.Order()];
            _spans.Clear();
            return spans;
        }

        public async ValueTask<EventTally?> CountAsync(ProjectId project, IReadOnlyList<string?> names, long[] bounds, CancellationToken cancellationToken)
        {
            if (!TellsCounts)
            {
                return null;
            }

            _spans.Add((bounds[0], bounds[^1]));
            return await store.CountAsync(project, names, bounds, cancellationToken);
        }

        public async ValueTask<TextTally?> CountTextsAsync(StoreQuery query, string name, PropertyColumnKey text, int mostCells, CancellationToken cancellationToken)
        {
            if (!TellsCounts)
            {
                return null;
            }

            _spans.Add((query.From, query.To));
            return await store.CountTextsAsync(query, name, text, mostCells, cancellationToken);
        }

        public async ValueTask<ScanSummary> ScanAsync(StoreQuery query, IColumnSink sink, CancellationToken cancellationToken)
        {
            await NoteAsync(query, cancellationToken);
            return await store.ScanAsync(query, sink, cancellationToken);
        }

        public async ValueTask<QueryRows> QueryAsync(StoreQuery query, CancellationToken cancellationToken)
        {
            await NoteAsync(query, cancellationToken);
            return await store.QueryAsync(query, cancellationToken);
        }

        private async Task NoteAsync(StoreQuery query, CancellationToken cancellationToken)
        {
            Statements++;
            var before = Before;
            Before = null;
            before?.Invoke();
            lock (_spans)
            {
                // A statement for points has all of their stretches in it.
                _spans.AddRange(query.Sql.StartsWith("WITH d0", StringComparison.Ordinal)
                    ? query.Parameters.OfType<DateTime>().Select(static t => UnixMicros.From(new DateTimeOffset(t))).Order().Chunk(2).Where(static c => c.Length == 2).Select(static c => (c[0], c[1]))
                    : [(query.From, query.To)]);
            }

            if (Refusal is not null)
            {
                throw Refusal;
            }

            if (Hold is not null)
            {
                await Hold.Task.WaitAsync(cancellationToken);
            }
        }
    }
}
