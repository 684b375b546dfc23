using Headroom.Core;
using Headroom.Store;
using Headroom.Tests.Support;
using Xunit;

namespace Headroom.Tests.Store;

/// <summary>Rows that are removed for good, and everything else as it was. The random half is in StoreModelTests.</summary>
public sealed class RemovalTests
{
    private const double Day = 86_400;
    private static readonly ProjectId Project = new(1);

    [Fact]
    public async Task Over_row_groups_exactly_the_rows_of_a_person_go_and_every_column_keeps_its_rows()
    {
        await using var fixture = new StoreFixture(static options => options.CacheBytes = 1L << 30);
        const int Rows = 300_000;
        await fixture.CommitAsync(1, [.. Enumerable.Range(0, Rows).Select(static i => new TestRow(
            1, i, i % 3 == 0 ? "buy" : "view", "u" + (i % 7), 1 + (i % 7), null, StoreFixture.Micros(-i % 5_000))
        {
            Properties = i % 2 == 0 ? [("n", (double)i)] : [("t", "v" + i)],
        })]);

        // A run of rows longer than a row group, and single ones between others.
        fixture.Store.Forget(Guid.NewGuid(), Project, 3);
        var many = Guid.NewGuid();
        await fixture.CommitAsync(2, [.. Enumerable.Range(Rows, 200_000).Select(static i => new TestRow(1, i, "view", "many", 99, null, StoreFixture.Micros(i)))]);
        fixture.Compact();
        fixture.Store.Forget(many, Project, 99);
        fixture.Compact();
        var left = Enumerable.Range(0, Rows).Where(static i => i % 7 != 2).ToList();
        Assert.Equal(left.Count, fixture.Store.Schema(Project).Rows);
        Assert.Equal(
            [$"{left.Count}|{left.Count(static i => i % 3 == 0)}|n{left.Where(static i => i % 2 == 0).Sum(static i => (double)i):R}|{left.Count(static i => i % 2 == 1)}|0"],
            await fixture.QueryAsync(
                1, """
                SELECT count(*), count(*) FILTER (event = 'buy'), sum("n:number"), count("t:text") FILTER (distinct_id <> 'u2'), count(*) FILTER (person_key IN (3, 99)) FROM {events}
                """.Replace("n:number", new PropertyColumnKey("n", PropertyKind.Number).ColumnName, StringComparison.Ordinal)
                .Replace("t:text", new PropertyColumnKey("t", PropertyKind.Text).ColumnName, StringComparison.Ordinal),
                new("n", PropertyKind.Number), new("t", PropertyKind.Text)));
        Assert.Equal(200_000, ((IEventRemoval)fixture.Store).Find(many)!.Events);
    }

    [Fact]
    public async Task What_a_retention_would_free_is_exact_for_whole_segments_and_from_counts_for_parts()
    {
        await using var fixture = new StoreFixture();
        await fixture.CommitAsync(1, TestRow.Simple(1, 1, seconds: -9 * Day), TestRow.Simple(1, 2, seconds: -8 * Day));
        await fixture.CommitAsync(2, TestRow.Simple(1, 3, seconds: -7 * Day), TestRow.Simple(1, 4), TestRow.Simple(1, 5));
        await fixture.CommitAsync(3, TestRow.Simple(2, 6, seconds: -9 * Day));
        var whole = await fixture.Store.EstimateAsync(Project, StoreFixture.Micros(-7.5 * Day), CancellationToken.None);
        Assert.Equal((2L, true, true), (whole.Events, whole.IsEventsExact, whole.IsBytesExact));
        Assert.Equal(fixture.Store.State.Project(Project).Segments[0].Bytes, whole.Bytes);
        var part = await fixture.Store.EstimateAsync(Project, StoreFixture.Micros(-6 * Day), CancellationToken.None);
        Assert.Equal((3L, true, false), (part.Events, part.IsEventsExact, part.IsBytesExact));
        Assert.True(part.Bytes > whole.Bytes);

        // Not the start of a quarter of an hour that has events: by time only.
        var guess = await fixture.Store.EstimateAsync(Project, StoreFixture.Micros(-7 * Day) + 1, CancellationToken.None);
        Assert.False(guess.IsEventsExact);
        Assert.Equal(0, (await fixture.Store.EstimateAsync(new ProjectId(3), StoreFixture.Micros(0), CancellationToken.None)).Events);
    }

    [Fact]
    public async Task A_retention_that_is_withdrawn_removes_nothing_more_and_other_projects_keep_theirs()
    {
        await using var fixture = new StoreFixture();
        await fixture.CommitAsync(1, TestRow.Simple(1, 1, seconds: -9 * Day), TestRow.Simple(2, 2, seconds: -9 * Day));
        fixture.Store.RemoveBefore(Project, StoreFixture.Micros(0));
        fixture.Store.RemoveBefore(Project, null);
        fixture.Compact();
        Assert.Equal(1, fixture.Store.Schema(Project).Rows);
        fixture.Store.RemoveBefore(Project, StoreFixture.Micros(0));
        var segment = fixture.Store.State.Project(Project).Segments[0].File.Path;
        fixture.Compact();
        Assert.False(File.Exists(segment));
        Assert.Equal((0L, 1L), (fixture.Store.Schema(Project).Rows, fixture.Store.Schema(new ProjectId(2)).Rows));
        Assert.Equal((1L, 0L), (fixture.Store.Ledger(Project).RemovedByRetention, fixture.Store.Ledger(new ProjectId(2)).RemovedByRetention));

        // What comes late is there until the next time that it is asked for.
        await fixture.CommitAsync(2, TestRow.Simple(1, 3, seconds: -8 * Day));
        fixture.Compact();
        Assert.Equal(1, fixture.Store.Schema(Project).Rows);
    }

    [Fact]
    public async Task Answers_that_were_kept_hear_of_a_removal()
    {
        await using var fixture = new StoreFixture();
        await fixture.CommitAsync(1, TestRow.Simple(1, 1, seconds: -9 * Day), TestRow.Simple(1, 2));
        var version = fixture.Store.Schema(Project).DataVersion;
        fixture.Store.RemoveBefore(Project, StoreFixture.Micros(-Day));
        fixture.Compact();
        var changes = fixture.Store.ChangedSince(Project, version);
        Assert.Contains(changes.Ranges, static r => r.Touches(StoreFixture.Micros(-9 * Day), StoreFixture.Micros(-9 * Day) + 1));
        Assert.DoesNotContain(changes.Ranges, static r => r.Touches(StoreFixture.Micros(0), StoreFixture.Micros(0) + 1));
        fixture.Store.Forget(Guid.NewGuid(), Project, 3);
        Assert.True(fixture.Store.ChangedSince(Project, version).Persons);
    }

    [Fact]
    public async Task Nothing_of_a_forgotten_person_is_left_in_any_file()
    {
        await using var fixture = new StoreFixture { FewPersons = 2 };
        await PutAsync(fixture, 1, "secret-id", "secret@example.com");
        await PutAsync(fixture, 2, "other-id", "other@example.com");
        fixture.Compact();
        await PutAsync(fixture, 1, "secret-id", "secret@example.com again");
        fixture.Store.Forget(Guid.NewGuid(), Project, 1);
        Assert.Null(fixture.Store.FindPerson(Project, "secret-id"));
        Assert.Equal(["2"], (await fixture.PersonsAsync(1)).Select(static l => l.Split('|')[0]));
        fixture.Compact();
        Assert.Equal(["2"], (await fixture.PersonsAsync(1)).Select(static l => l.Split('|')[0]));
        await fixture.CloseAsync();
        foreach (var path in Directory.EnumerateFiles(fixture.Options.DataDirectory, "*", SearchOption.AllDirectories))
        {
            var text = System.Text.Encoding.Latin1.GetString(await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken));
            Assert.False(text.Contains("secret", StringComparison.Ordinal), path);
        }
    }

    [Fact]
    public async Task A_session_of_a_forgotten_person_is_not_taken_up_again()
    {
        await using var fixture = new StoreFixture();
        await fixture.CommitAsync(1, new TestRow(1, 1, "view", "gone", 1, "s1", StoreFixture.Micros(0)), new TestRow(1, 2, "view", "here", 2, "s2", StoreFixture.Micros(0)));
        fixture.Store.Forget(Guid.NewGuid(), Project, 1);
        Assert.Equal(1, await fixture.Store.ReadOpenSessionsAsync(StoreFixture.Micros(-60), new NoSessions(), CancellationToken.None));
    }

    [Fact]
    public async Task A_removal_that_meets_a_damaged_segment_says_so_and_is_not_done()
    {
        Assert.SkipWhen(ChosenStore.IsPostgresS3, "Over object storage a damaged copy is fetched again: StoreOverS3Tests.");
        await using var fixture = new StoreFixture();
        await fixture.CommitAsync(1, TestRow.Simple(1, 1), TestRow.Simple(1, 2));
        await fixture.CommitAsync(2, TestRow.Simple(1, 3));
        var path = fixture.Store.State.Project(Project).Segments[0].File.Path;
        var bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(path, new byte[bytes.Length], TestContext.Current.CancellationToken);
        var id = Guid.NewGuid();
        fixture.Store.Forget(id, Project, 4);
        using (var compactor = fixture.Compactor())
        {
            Assert.ThrowsAny<Exception>(() => Drain(compactor));
            Drain(compactor);
        }

        var removal = ((IEventRemoval)fixture.Store).Find(id)!;
        Assert.Equal((1L, false), (removal.Events, removal.IsDone));
        Assert.Contains(path, removal.Problem, StringComparison.Ordinal);
        await File.WriteAllBytesAsync(path, bytes, TestContext.Current.CancellationToken);
        await fixture.ReopenAsync();
        fixture.Compact();
        Assert.True(((IEventRemoval)fixture.Store).Find(id)!.IsDone);

        static void Drain(Compactor compactor)
        {
            while (compactor.RunOnce(CancellationToken.None))
            {
            }
        }
    }

    private static async Task PutAsync(StoreFixture fixture, long key, string distinctId, string email)
    {
        using var batch = fixture.Store.BeginBatch();
        new TestRow(1, (int)(key * 1_000) + email.Length, "view", distinctId, key, null, StoreFixture.Micros(0)) { Properties = [("email", email)] }.AddTo(batch);
        batch.Identities.DistinctIds.Add((Project, distinctId, key));
        batch.Identities.Persons.Add((Project, new Person(key, StoreFixture.Uuid((int)key), 1, true, $$"""{"email":"{{email}}"}""")));
        await batch.CommitAsync(fixture.Store.Committed[0] + 1, CancellationToken.None);
    }

    private sealed class NoSessions : IOpenSessionSink
    {
        public void Take(ProjectId project, ReadOnlySpan<byte> distinctId, ReadOnlySpan<byte> sessionId, long start, long last)
        {
        }
    }
}
