using System.Text;
using Headroom.Core;
using Headroom.Store;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headroom.Tests.Store;

public sealed class SegmentStoreTests
{
    private static readonly PropertyColumnKey PlanText = new("plan", PropertyKind.Text);
    private static readonly PropertyColumnKey PlanNumber = new("plan", PropertyKind.Number);
    private static readonly PropertyColumnKey CapitalPlan = new("Plan", PropertyKind.Text);

    [Fact]
    public async Task A_property_in_two_kinds_and_two_cases_has_a_column_for_each()
    {
        await using var fixture = new StoreFixture();
        await fixture.CommitAsync(
            1,
            TestRow.Simple(1, 1) with { Properties = [("plan", "pro"), ("Plan", "PRO")] },
            TestRow.Simple(1, 2) with { Properties = [("plan", 2.5)] });
        Assert.Equal(
            ["pro|∅|PRO", "∅|n2.5|∅"],
            await fixture.QueryAsync(1, "SELECT \"t:plan\", \"n:plan\", \"t:^plan\" FROM {events} ORDER BY 2 NULLS FIRST", PlanText, PlanNumber, CapitalPlan));
        Assert.Equal(new HashSet<PropertyColumnKey> { PlanText, PlanNumber, CapitalPlan }, fixture.Store.Schema(new ProjectId(1)).Columns);
    }

    [Fact]
    public async Task A_column_that_no_segment_has_is_a_typed_null()
    {
        await using var fixture = new StoreFixture();
        const string Sql = "SELECT typeof(\"t:plan\"), typeof(\"n:plan\"), typeof(uuid), typeof(\"timestamp\"), typeof(received_at), typeof(person_key) FROM {events} LIMIT 1";
        await fixture.CommitAsync(1, TestRow.Simple(1, 1));
        Assert.Equal(["VARCHAR|DOUBLE|UUID|TIMESTAMP|TIMESTAMP|BIGINT"], await fixture.QueryAsync(1, Sql, PlanText, PlanNumber));
        Assert.Empty(await fixture.QueryAsync(2, Sql, PlanText, PlanNumber));
        Assert.Equal(["0"], await fixture.QueryAsync(2, "SELECT count(*) FROM {events} LEFT JOIN {overrides} ON from_key = person_key"));
    }

    [Fact]
    public async Task Rows_of_another_project_are_never_read()
    {
        await using var fixture = new StoreFixture();
        await fixture.CommitAsync(1, TestRow.Simple(1, 1, "one"), TestRow.Simple(2, 1, "two"), TestRow.Simple(12, 1, "twelve"));
        Assert.Equal(["one"], await fixture.QueryAsync(1, "SELECT event FROM {events}"));
        Assert.Equal(["two"], await fixture.QueryAsync(2, "SELECT event FROM {events}"));
    }

    [Fact]
    public async Task Segments_outside_the_range_are_not_opened()
    {
        await using var fixture = new StoreFixture();
        await fixture.CommitAsync(1, TestRow.Simple(1, 1, seconds: 0));
        await fixture.CommitAsync(2, TestRow.Simple(1, 2, seconds: 3600));
        var rows = await fixture.Store.QueryAsync(
            new StoreQuery { Project = new ProjectId(1), Sql = "SELECT event FROM {events}", From = StoreFixture.Micros(0), To = StoreFixture.Micros(3600) },
            CancellationToken.None);
        Assert.Equal(1, rows.Segments);
        Assert.Single(rows.Rows);
        Assert.Equal(2, rows.DataVersion);
    }

    [Fact]
    public async Task Rows_are_sorted_by_event_and_time_before_and_after_merging()
    {
        await using var fixture = new StoreFixture();
        for (var batch = 0; batch < 3; batch++)
        {
            await fixture.CommitAsync(
                batch + 1,
                [.. Enumerable.Range(0, 50).Select(i => TestRow.Simple(1, (batch * 50) + i, "e" + (i * 7 % 5), seconds: i * 37 % 50))]);
        }

        const string Sql = """
            SELECT count(*) FROM (SELECT event, "timestamp", lag(event) OVER () AS e, lag("timestamp") OVER () AS t FROM {events})
            WHERE e > event OR (e = event AND t > "timestamp")
            """;
        Assert.True(fixture.Compact() > 0);
        Assert.Single(fixture.Store.State.Project(new ProjectId(1)).Segments);
        Assert.Equal(["0"], await fixture.QueryAsync(1, Sql));
        Assert.Equal(["150"], await fixture.QueryAsync(1, "SELECT count(DISTINCT uuid) FROM {events}"));
    }

    [Fact]
    public async Task More_rows_than_a_row_group_keep_their_values_through_writing_and_merging()
    {
        await using var fixture = new StoreFixture();
        const int Rows = SegmentFormat.RowGroupRows + 5000;
        for (var batch = 0; batch < 3; batch++)
        {
            await fixture.CommitAsync(batch + 1, [.. Enumerable.Range(batch * Rows, Rows).Select(static i => TestRow.Simple(1, i, "e" + (i % 3), i % 1000) with
            {
                Properties = i % 4 == 0 ? [] : [("plan", "u" + i), ("n", (double)i)],
            })]);
        }

        const string Sql = """
            SELECT count(*), count("t:plan"), sum(CASE WHEN "t:plan" = distinct_id AND "n:n" = person_key - 1 THEN 1 ELSE 0 END) FROM {events}
            """;
        PropertyColumnKey[] columns = [PlanText, new("n", PropertyKind.Number)];
        var before = await fixture.QueryAsync(1, Sql, columns);
        Assert.Equal([$"{3 * Rows}|{3 * Rows * 3 / 4}|{3 * Rows * 3 / 4}"], before);
        Assert.True(fixture.Compact() > 0);
        Assert.Equal(before, await fixture.QueryAsync(1, Sql, columns));
    }

    [Fact]
    public async Task Queries_see_whole_batches_while_segments_are_merged_under_them()
    {
        await using var fixture = new StoreFixture();
        using var stop = new CancellationTokenSource();
        await fixture.CommitAsync(1, TestRow.Simple(1, 0), TestRow.Simple(1, 1));
        var queries = Task.Run(
            async () =>
            {
                var last = 0L;
                var count = 0;
                while (!stop.IsCancellationRequested || count == 0)
                {
                    var rows = await fixture.Store.QueryAsync(
                        new StoreQuery { Project = new ProjectId(1), Sql = "SELECT count(*) FROM {events}" }, CancellationToken.None);
                    var now = (long)rows.Rows[0][0]!;
                    Assert.Equal(0, now % 2);
                    Assert.Equal(rows.DataVersion * 2, now);
                    Assert.True(now >= last);
                    last = now;
                    count++;
                }

                return count;
            });
        for (var i = 1; i < 60; i++)
        {
            await fixture.CommitAsync(i + 1, TestRow.Simple(1, i * 2), TestRow.Simple(1, (i * 2) + 1));
            fixture.Compact();
        }

        await stop.CancelAsync();
        Assert.True(await queries > 0);
    }

    [Fact]
    public async Task Uuids_are_forgotten_after_the_window_and_not_before()
    {
        await using var fixture = new StoreFixture(static o => o.DuplicateWindow = TimeSpan.FromHours(24));
        var time = new FakeTimeProvider(StoreFixture.Start.AddHours(30));
        await fixture.CommitAsync(1, TestRow.Simple(1, 1));
        await fixture.CommitAsync(2, TestRow.Simple(1, 2) with { ReceivedAt = StoreFixture.Micros(23 * 3600) });
        fixture.Compact(time);
        using (var batch = fixture.Store.BeginBatch())
        {
            Assert.False(TestRow.Simple(1, 1).AddTo(batch));
        }

        await fixture.CommitAsync(3, TestRow.Simple(1, 3) with { ReceivedAt = StoreFixture.Micros(25 * 3600) });
        fixture.Compact(time);
        using (var batch = fixture.Store.BeginBatch())
        {
            Assert.True(TestRow.Simple(1, 1).AddTo(batch));
            Assert.False(TestRow.Simple(1, 2).AddTo(batch));
        }
    }

    [Fact]
    public async Task Open_sessions_are_the_last_of_each_distinct_id_with_their_extent()
    {
        await using var fixture = new StoreFixture();
        TestRow Row(int uuid, string session, double seconds) =>
            new(1, uuid, "e", "u", 1, session, StoreFixture.Micros(seconds));
        await fixture.CommitAsync(1, Row(1, "s1", 0), Row(2, "s2", 100), Row(3, "s2", 4000), new TestRow(1, 4, "e", "old", 2, "s0", StoreFixture.Micros(5)));
        var sessions = new OpenSessions();
        Assert.Equal(1, await fixture.Store.ReadOpenSessionsAsync(StoreFixture.Micros(3000), sessions, CancellationToken.None));
        Assert.Equal([(new ProjectId(1), "u", "s2", StoreFixture.Micros(100), StoreFixture.Micros(4000))], sessions.Taken);
    }

    private sealed class OpenSessions : IOpenSessionSink
    {
        public List<(ProjectId, string, string, long, long)> Taken { get; } = [];

        public void Take(ProjectId project, ReadOnlySpan<byte> distinctId, ReadOnlySpan<byte> sessionId, long start, long last) =>
            Taken.Add((project, Encoding.UTF8.GetString(distinctId), Encoding.UTF8.GetString(sessionId), start, last));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_missing_or_damaged_segment_is_named_by_queries_and_health(bool missing)
    {
        await using var fixture = new StoreFixture();
        await fixture.CommitAsync(1, TestRow.Simple(1, 1));
        await fixture.CommitAsync(2, TestRow.Simple(2, 1));
        var path = fixture.Store.State.Project(new ProjectId(1)).Segments[0].File.Path;
        await fixture.CloseAsync();
        if (missing)
        {
            File.Delete(path);
        }
        else
        {
            var bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
            await File.WriteAllBytesAsync(path, bytes.AsMemory(0, bytes.Length / 2), TestContext.Current.CancellationToken);
        }

        var error = await Assert.ThrowsAsync<DataDamagedException>(() => fixture.QueryAsync(1, "SELECT event FROM {events}"));
        Assert.Contains(Path.GetRelativePath(fixture.Options.DataDirectory, path), error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(fixture.Options.DataDirectory, error.Message, StringComparison.Ordinal);
        Assert.Contains(path, fixture.Store.Health.Problem, StringComparison.Ordinal);
        Assert.Equal(["view"], await fixture.QueryAsync(2, "SELECT event FROM {events}"));
    }

    [Fact]
    public async Task What_was_answered_before_a_segment_was_found_damaged_is_not_built_upon()
    {
        await using var fixture = new StoreFixture();
        await fixture.CommitAsync(1, TestRow.Simple(1, 1));
        var project = new ProjectId(1);
        var segment = fixture.Store.State.Project(project).Segments[0];
        var bytes = await File.ReadAllBytesAsync(segment.File.Path, TestContext.Current.CancellationToken);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(segment.File.Path, bytes, TestContext.Current.CancellationToken);
        await fixture.CommitAsync(2, TestRow.Simple(1, 2));
        var before = fixture.Store.Schema(project).DataVersion;
        Assert.False(fixture.Store.ChangedSince(project, before).Everything);

        Assert.False(fixture.Store.Damaged.IsIntact(segment, whole: true));
        Assert.True(fixture.Store.ChangedSince(project, before).Everything);
        await fixture.CommitAsync(3, TestRow.Simple(1, 3));
        Assert.True(fixture.Store.ChangedSince(project, before).Everything);
        Assert.False(fixture.Store.ChangedSince(project, fixture.Store.Schema(project).DataVersion).Everything);

        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(segment.File.Path, bytes, TestContext.Current.CancellationToken);
        Assert.True(fixture.Store.Damaged.IsIntact(segment, whole: true));
        Assert.True(fixture.Store.ChangedSince(project, before).Everything);
    }

    [Fact]
    public async Task A_damaged_segment_does_not_stop_the_merging_of_others()
    {
        await using var fixture = new StoreFixture();
        for (var i = 0; i < 4; i++)
        {
            await fixture.CommitAsync(i + 1, TestRow.Simple(1, i));
        }

        var path = fixture.Store.State.Project(new ProjectId(1)).Segments[1].File.Path;
        await File.WriteAllBytesAsync(path, new byte[100], TestContext.Current.CancellationToken);
        using var compactor = fixture.Compactor();
        while (fixture.Store.State.Seen.Length > 3)
        {
            Assert.True(compactor.RunOnce(CancellationToken.None));
        }

        Assert.True(compactor.RunOnce(CancellationToken.None));
        Assert.Contains(path, fixture.Store.Health.Problem, StringComparison.Ordinal);
        Assert.True(compactor.RunOnce(CancellationToken.None));
        Assert.Equal(2, fixture.Store.State.Project(new ProjectId(1)).Segments.Length);
    }

    [Fact]
    public async Task A_second_writer_on_one_directory_is_refused()
    {
        await using var fixture = new StoreFixture();
        await fixture.CommitAsync(1, TestRow.Simple(1, 1));
        await using var second = new StoreFixture(o => o.DataDirectory = fixture.Options.DataDirectory);
        var error = Assert.Throws<IOException>(() => second.Store);
        Assert.Contains("in use by another Headroom process", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_process_may_read_the_catalog_while_it_is_written()
    {
        await using var fixture = new StoreFixture();
        await fixture.CommitAsync(1, TestRow.Simple(1, 1));
        await using var reader = new SqliteConnection($"Data Source={fixture.Store.Files.Catalog};Mode=ReadOnly;Pooling=False");
        await reader.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = reader.CreateCommand();
        command.CommandText = "SELECT sum(rows) FROM segments";
        Assert.Equal(1L, await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
        await fixture.CommitAsync(2, TestRow.Simple(1, 2));
        Assert.Equal(2L, await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_newer_file_of_each_kind_is_refused()
    {
        await using var fixture = new StoreFixture();
        using (var batch = fixture.Store.BeginBatch())
        {
            TestRow.Simple(1, 1).AddTo(batch);
            batch.Identities.Persons.Add((new ProjectId(1), new Person(1, StoreFixture.Uuid(1), 0, true, "{}")));
            batch.Identities.Merges.Add((new ProjectId(1), 2, 1));
            await batch.CommitAsync(1, CancellationToken.None);
        }

        var project = fixture.Store.State.Project(new ProjectId(1));
        string[] paths =
        [
            Assert.Single(project.Segments).File.Path, Assert.Single(project.Overrides).File.Path, Assert.Single(project.Persons).File.Path,
            Assert.Single(fixture.Store.State.Seen).File.Path,
        ];
        await fixture.CloseAsync();
        foreach (var path in paths)
        {
            var bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
            var (was, at) = path.EndsWith(".seen", StringComparison.Ordinal)
                ? ("01"u8.ToArray(), "HRSEEN".Length)
                : ("1"u8.ToArray(), bytes.AsSpan().IndexOf("headroom.format"u8) + "headroom.format".Length + 2);
            Assert.Equal(was, bytes[at..(at + was.Length)]);
            bytes[at + was.Length - 1] = (byte)'9';
            await File.WriteAllBytesAsync(path, bytes, TestContext.Current.CancellationToken);
            var error = Assert.Throws<InvalidDataException>(() => fixture.Store);
            Assert.Contains(path, error.Message, StringComparison.Ordinal);
            Assert.Contains("Start the newer version", error.Message, StringComparison.Ordinal);
            bytes[at + was.Length - 1] = was[^1];
            await File.WriteAllBytesAsync(path, bytes, TestContext.Current.CancellationToken);
        }

        await fixture.ReopenAsync();
    }

    [Fact]
    public async Task A_newer_catalog_is_refused()
    {
        await using var fixture = new StoreFixture();
        var path = fixture.Store.Files.Catalog;
        await fixture.CloseAsync();
        await using (var connection = new SqliteConnection($"Data Source={path};Pooling=False"))
        {
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            await using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version = 99";
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        var error = Assert.Throws<InvalidDataException>(() => fixture.Store);
        Assert.Contains("catalog format 99", error.Message, StringComparison.Ordinal);
    }

    // Tests run as any user, root included, for whom no directory is unwritable: the disk's refusal comes from the
    // probe that stands at each write.
}
