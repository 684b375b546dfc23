using CsCheck;
using Headroom.Core;
using Headroom.Store;
using Xunit;

namespace Headroom.Tests.Store;

public sealed class ChangesTests
{
    private const long Hour = 3_600_000_000;

    [Fact]
    public void What_was_added_after_a_version_is_always_told() =>
        Gen.Select(Gen.Select(Gen.Long[0, 2_000], Gen.Long[1, 40]).Array[0, 3].Array[0, 150], Gen.Int[0, 150]).Sample(
            (commits, since) =>
            {
                var changes = new ProjectChanges();
                for (var i = 0; i < commits.Length; i++)
                {
                    changes = changes.With(i + 1, [.. commits[i].Select(c => new ChangedRange(c.Item1, c.Item1 + c.Item2))], false, false);
                }

                var told = changes.Since(Math.Min(since, commits.Length), commits.Length);
                Assert.False(told.Everything);
                Assert.True(told.Ranges.Count <= 64);
                foreach (var (at, length) in commits.Skip(since).SelectMany(c => c))
                {
                    for (var t = at; t < at + length; t++)
                    {
                        Assert.True(told.Ranges.Any(r => r.Touches(t, t + 1)), $"{t} of {at}+{length}");
                    }
                }
            },
            iter: 300);

    [Fact]
    public void A_stream_of_commits_leaves_the_past_unchanged()
    {
        var changes = new ProjectChanges();
        for (var i = 1; i <= 10_000; i++)
        {
            changes = changes.With(i, [new ChangedRange(i * 1000, (i * 1000) + 1500)], false, false);
        }

        var told = changes.Since(9_990, 10_000);
        Assert.DoesNotContain(told.Ranges, r => r.Touches(0, 9_000_000));
        Assert.Empty(changes.Since(10_000, 10_000).Ranges);
    }

    [Fact]
    public void Merges_are_told_one_by_one_or_not_at_all() =>
        Gen.Select(Gen.Select(Gen.Int[0, 500], Gen.Int[0, 9]).Array[1, 30], Gen.Int[0, 30]).Sample(
            (commits, since) =>
            {
                var (changes, next, expected, unknown) = (new ProjectChanges(), 1, new List<MergedPerson>(), false);
                since = Math.Min(since, commits.Length);
                for (var i = 0; i < commits.Length; i++)
                {
                    var (count, kind) = commits[i];
                    var merged = kind == 0 ? null : Enumerable.Range(0, kind < 6 ? count % 7 : count).Select(_ => new MergedPerson(next, next++ + 1)).ToList();
                    changes = changes.With(i + 1, [], merged is null or { Count: > 0 }, false, false, merged);
                    if (i >= since)
                    {
                        expected.AddRange(merged ?? []);
                        unknown |= merged is null;
                    }
                }

                var told = changes.Since(since, commits.Length);
                Assert.Equal(unknown || expected.Count > 0, told.Merges);
                if (told.Merged is { } persons)
                {
                    Assert.False(unknown);
                    Assert.Equal(expected, persons);
                }
                else
                {
                    Assert.True(unknown || expected.Count + commits.Max(static c => c.Item1) > 1_024, $"{expected.Count} merges are forgotten.");
                }
            },
            iter: 300);

    [Fact]
    public void The_rows_of_a_batch_touch_the_hours_that_they_are_in() =>
        Gen.Long[0, 400].Array[0, 80].Sample(hours =>
        {
            var ranges = new TouchedTimes().Of([.. hours.Select(h => (h * Hour) + 7)]);
            Assert.True(ranges.Count <= 16);
            Assert.All(hours, h => Assert.Contains(ranges, r => r.Touches((h * Hour) + 7, (h * Hour) + 8)));
            Assert.Equal(ranges.OrderBy(r => r.From), ranges);
        });

    [Fact]
    public void One_late_event_does_not_touch_the_time_between()
    {
        long[] times = [.. Enumerable.Range(0, 1000).Select(i => (100 * Hour) + i), 5 * Hour];
        Assert.Equal(
            [new ChangedRange(5 * Hour, (5 * Hour) + 1), new ChangedRange(100 * Hour, (100 * Hour) + 1000)], new TouchedTimes().Of(times));
    }

    [Fact]
    public async Task The_store_tells_times_merges_and_persons_and_forgets_at_a_restart()
    {
        await using var fixture = new StoreFixture();
        var project = StoreFixture.Project(1);
        await fixture.CommitAsync(1, TestRow.Simple(1, 1), TestRow.Simple(2, 2));
        var version = fixture.Store.Schema(project).DataVersion;
        Assert.Equal(DataChanges.None(version), Reader(fixture).ChangedSince(project, version));

        await fixture.CommitAsync(2, TestRow.Simple(1, 3, seconds: 100), TestRow.Simple(1, 4, seconds: -1_000_000));
        var changes = Reader(fixture).ChangedSince(project, version);
        Assert.Equal((false, false, false, version + 1), (changes.Everything, changes.Merges, changes.Persons, changes.DataVersion));
        Assert.Equal(
            [new ChangedRange(StoreFixture.Micros(-1_000_000), StoreFixture.Micros(-1_000_000) + 1), new ChangedRange(StoreFixture.Micros(100), StoreFixture.Micros(100) + 1)],
            changes.Ranges);
        Assert.Empty(Reader(fixture).ChangedSince(StoreFixture.Project(2), fixture.Store.Schema(StoreFixture.Project(2)).DataVersion).Ranges);

        using (var batch = fixture.Store.BeginBatch())
        {
            batch.Identities.Merges.Add((project, 3, 2));
            batch.Identities.Persons.Add((project, new Person(2, Guid.NewGuid(), 0, true, "{}")));
            await batch.CommitAsync(3, CancellationToken.None);
        }

        changes = Reader(fixture).ChangedSince(project, version + 1);
        Assert.Equal((false, true, true), (changes.Everything, changes.Merges, changes.Persons));
        fixture.Compact();
        Assert.Equal(version + 2, fixture.Store.Schema(project).DataVersion);

        await fixture.ReopenAsync();
        Assert.True(Reader(fixture).ChangedSince(project, version + 1).Everything);
        Assert.Equal(DataChanges.None(version + 2), Reader(fixture).ChangedSince(project, version + 2));
    }

    [Fact]
    public async Task The_store_tells_that_events_were_removed()
    {
        await using var fixture = new StoreFixture();
        var project = StoreFixture.Project(1);
        await fixture.CommitAsync(1, TestRow.Simple(1, 1), TestRow.Simple(1, 2, seconds: -1_000_000));
        var version = fixture.Store.Schema(project).DataVersion;
        fixture.Store.RemoveBefore(project, StoreFixture.Micros(-1));
        fixture.Compact();
        var changes = Reader(fixture).ChangedSince(project, version);
        Assert.Equal((false, false, true), (changes.Everything, changes.Merges, changes.Removals));
        Assert.Contains(changes.Ranges, static r => r.Touches(StoreFixture.Micros(-1_000_000), StoreFixture.Micros(-1_000_000) + 1));
        version = changes.DataVersion;
        await fixture.CommitAsync(2, TestRow.Simple(1, 3));
        Assert.False(Reader(fixture).ChangedSince(project, version).Removals);
    }

    [Fact]
    public async Task A_watch_knows_what_was_read_what_it_costs_and_at_which_version()
    {
        await using var fixture = new StoreFixture();
        await fixture.CommitAsync(1, TestRow.Simple(1, 1), TestRow.Simple(1, 2, seconds: 5));
        var watch = QueryWatch.Begin(null);
        await fixture.Store.QueryAsync(
            new StoreQuery { Project = StoreFixture.Project(1), Sql = "SELECT count(*) FROM {events}", From = StoreFixture.Micros(-9), To = StoreFixture.Micros(9) }, CancellationToken.None);
        Assert.Equal(
            (1, StoreFixture.Micros(-9), StoreFixture.Micros(9), false, false, 2L, 1L),
            (watch.Reads, watch.From, watch.To, watch.ReadsMerges, watch.ReadsPersons, watch.Estimate.Rows, watch.Version));
        await fixture.QueryAsync(1, "SELECT count(*) FROM {events} AS e LEFT JOIN {overrides} AS o ON o.from_key = e.person_key");
        Assert.Equal((2, long.MinValue, long.MaxValue, true, false), (watch.Reads, watch.From, watch.To, watch.ReadsMerges, watch.ReadsPersons));
        Assert.Null(fixture.Store.FindPerson(StoreFixture.Project(1), "u1"));
        Assert.True(watch.ReadsPersons);
    }

    [Fact]
    public async Task A_query_that_would_scan_too_many_rows_is_refused_before_it_runs()
    {
        await using var fixture = new StoreFixture(static o => o.MaxScannedRows = 2);
        await fixture.CommitAsync(1, TestRow.Simple(1, 1), TestRow.Simple(1, 2));
        Assert.Equal(["2"], await fixture.QueryAsync(1, "SELECT count(*) FROM {events}"));
        await fixture.CommitAsync(2, TestRow.Simple(1, 3));
        var refused = await Assert.ThrowsAsync<QueryRefusedException>(() => fixture.QueryAsync(1, "SELECT count(*) FROM {events}"));
        Assert.Equal(QueryBound.Cost, refused.Bound);
        Assert.Contains("MaxScannedRows", refused.Message, StringComparison.Ordinal);
    }

    private static IEventReader Reader(StoreFixture fixture) => fixture.Store;
}
