using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Headroom.Core;
using Headroom.Log;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headroom.Tests.Log;

[SuppressMessage("Reliability", "CA2025", Justification = "Every append is awaited before the log is disposed.")]
public sealed class EmbeddedEventLogTests
{
    private readonly SimulatedDisk _disk = new(new Random(1));
    private readonly FakeTimeProvider _time = new(LogTesting.Start);

    [Fact]
    public async Task Appends_during_an_fsync_share_the_next_one()
    {
        await using var log = LogTesting.Open(_disk);
        var before = _disk.Flushes;
        _disk.FlushGate.Reset();
        var appends = Enumerable.Range(0, 100).Select(i => log.Append($"record {i}")).ToArray();
        Assert.DoesNotContain(appends, append => append.IsCompleted);
        Assert.Equal(0, log.EndOffset);
        Assert.Empty(log.ReadAll());
        _disk.FlushGate.Set();
        await Task.WhenAll(appends);
        Assert.InRange(_disk.Flushes - before, 1, 2);
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"record {i}"), log.ReadAll());
    }

    [Fact]
    public async Task Where_many_records_came_together_the_next_ones_are_gathered_for_a_millisecond()
    {
        await using var log = LogTesting.Open(_disk);
        var (few, many) = (await FastestAfterAsync(7), await FastestAfterAsync(8));
        Assert.True(many >= TimeSpan.FromMilliseconds(0.9), $"after many records: {many.TotalMilliseconds} ms");
        Assert.True(few < many, $"after few records {few.TotalMilliseconds} ms, after many {many.TotalMilliseconds} ms");

        async Task<TimeSpan> FastestAfterAsync(int records)
        {
            var fastest = TimeSpan.MaxValue;
            for (var i = 0; i < 30; i++)
            {
                await log.AppendAllAsync([.. Enumerable.Repeat<ReadOnlyMemory<byte>>("before"u8.ToArray(), records)], CancellationToken.None);
                var started = Stopwatch.GetTimestamp();
                await log.AppendDurably("next");
                var took = Stopwatch.GetElapsedTime(started);
                fastest = took < fastest ? took : fastest;
            }

            return fastest;
        }
    }

    [Fact]
    public async Task A_consumer_lags_by_the_bytes_after_what_it_has_released()
    {
        await using var log = LogTesting.Open(_disk);
        await log.AppendDurably("one");
        var first = log.EndOffset;
        await log.AppendDurably("two");
        Assert.Empty(log.Lags);

        log.Release("writer", first);
        log.Release("export", log.EndOffset);

        Assert.Equal([("export", 0L), ("writer", log.EndOffset - first)], log.Lags.OrderBy(static lag => lag.Consumer, StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_torn_tail_is_cut_off_with_a_warning()
    {
        await using (var log = LogTesting.Open(_disk))
        {
            await log.AppendDurably("one");
            await log.AppendDurably("two");
        }

        var bytes = _disk.ReadAll(LogFormat.FileName(0));
        _disk.WriteAll(LogFormat.FileName(0), bytes[..^1]);
        var logger = new ListLogger();
        await using var again = LogTesting.Open(_disk, logger: logger);
        Assert.Equal(["one"], again.ReadAll());
        Assert.Contains(logger.Entries, entry => entry.Level == LogLevel.Warning && entry.Text.StartsWith("Cut 18 bytes", StringComparison.Ordinal));
        await again.AppendDurably("three");
        Assert.Equal(["one", "three"], again.ReadAll());
    }

    [Fact]
    public async Task A_hole_within_the_last_group_is_a_torn_tail()
    {
        await using (var log = LogTesting.Open(_disk))
        {
            await log.AppendDurably("one");
            _disk.FlushGate.Reset();
            while (_disk.FlushBegun.Wait(0, TestContext.Current.CancellationToken))
            {
                // The flushes so far.
            }

            var first = log.Append("two");
            await _disk.FlushBegun.WaitAsync(TestContext.Current.CancellationToken);
            var rest = new[] { log.Append("three"), log.Append("four") };
            _disk.FlushGate.Set();
            await Task.WhenAll([first, .. rest]);
        }

        var bytes = _disk.ReadAll(LogFormat.FileName(0));
        var (three, four) = (bytes.AsSpan().IndexOf("three"u8), bytes.AsSpan().IndexOf("four"u8));
        Assert.Equal(three - LogFormat.RecordHeaderBytes + 21, four - LogFormat.RecordHeaderBytes);
        Assert.Equal(21, BitConverter.ToInt32(bytes, four - 12));
        bytes[three] ^= 1;
        _disk.WriteAll(LogFormat.FileName(0), bytes);
        await using var again = LogTesting.Open(_disk);
        Assert.Equal(["one", "two"], again.ReadAll());
    }

    [Fact]
    public async Task A_corrupt_middle_stops_the_start_and_names_the_way_on()
    {
        await using (var log = LogTesting.Open(_disk))
        {
            await log.AppendDurably("one");
            await log.AppendDurably("two");
            await log.AppendDurably("three");
        }

        var bytes = _disk.ReadAll(LogFormat.FileName(0));
        var at = bytes.AsSpan().IndexOf("two"u8);
        bytes[at] ^= 1;
        _disk.WriteAll(LogFormat.FileName(0), bytes);
        var place = $"{LogFormat.FileName(0)}@{at - LogFormat.RecordHeaderBytes}";
        var error = Assert.Throws<LogCorruptException>(() => LogTesting.Open(_disk));
        Assert.Contains("/disk/" + LogFormat.FileName(0), error.Message, StringComparison.Ordinal);
        Assert.Contains($"at byte {at - LogFormat.RecordHeaderBytes} (log offset 19)", error.Message, StringComparison.Ordinal);
        Assert.Contains(place, error.Message, StringComparison.Ordinal);
        Assert.Equal(bytes, _disk.ReadAll(LogFormat.FileName(0)));

        await using var again = LogTesting.Open(_disk, LogTesting.Options(o => o.SkipCorruptAt.Add(place)));
        Assert.Equal(["one", "three"], again.ReadAll());
    }

    [Fact]
    public async Task Damage_in_an_older_file_stops_the_reader_and_shows_in_the_health()
    {
        var big = new string('x', 3000);
        long end;
        await using (var log = LogTesting.Open(_disk))
        {
            await log.AppendDurably("a" + big);
            await log.AppendDurably("b" + big);
            await log.AppendDurably("c" + big);
            end = log.EndOffset;
        }

        var name = _disk.Damage(1, 1000);
        await using var again = LogTesting.Open(_disk, verifyFrom: end);
        using var reader = again.OpenReader(0);
        Assert.Single(reader.TryRead(1000));
        var error = Assert.Throws<LogCorruptException>(() => reader.TryRead(1000));
        Assert.Contains($"{name}@64", error.Message, StringComparison.Ordinal);
        Assert.Equal(error.Message, again.Health.Problem);
        Assert.True(again.Health.Writable);
        var part = new LogHealthSource(again).Health;
        Assert.Equal((false, error.Message), (part.Ok, part.Detail));
        await again.DisposeAsync();

        await using var skipping = LogTesting.Open(_disk, LogTesting.Options(o => o.SkipCorruptAt.Add($"{name}@64")));
        Assert.Equal(["a" + big, "c" + big], skipping.ReadAll());
    }

    [Fact]
    public async Task What_a_consumer_will_read_again_is_checked_at_start()
    {
        var big = new string('x', 3000);
        var offsets = new List<long>();
        await using (var log = LogTesting.Open(_disk))
        {
            for (var i = 0; i < 4; i++)
            {
                offsets.Add((await log.Append(i + big)).Offset);
            }
        }

        var name = _disk.Damage(1, 1000);
        foreach (var from in new[] { 0, offsets[1] })
        {
            var error = Assert.Throws<LogCorruptException>(() => LogTesting.Open(_disk, verifyFrom: from));
            Assert.Contains($"/disk/{name} is damaged at byte 64 (log offset {offsets[1]})", error.Message, StringComparison.Ordinal);
            Assert.Contains($"SkipCorruptAt__0={name}@64", error.Message, StringComparison.Ordinal);
        }

        // What every consumer has passed is not needed again.
        await using (var log = LogTesting.Open(_disk, verifyFrom: offsets[2]))
        {
            Assert.Equal(["2" + big, "3" + big], log.ReadAll(offsets[2]));
        }

        await using var skipping = LogTesting.Open(_disk, LogTesting.Options(o => o.SkipCorruptAt.Add($"{name}@64")));
        Assert.Equal(["0" + big, "2" + big, "3" + big], skipping.ReadAll());
    }

    [Fact]
    public async Task Damage_is_stepped_over_within_the_memory_that_the_file_has_whatever_the_next_one_says_of_its_length()
    {
        await using (var log = LogTesting.Open(_disk))
        {
            await log.AppendDurably("one");
        }

        const long Next = 1L << 40;
        var header = new byte[LogFormat.FileHeaderBytes];
        LogFormat.WriteFileHeader(header, new LogFileHeader(Next, Next, LogTesting.Start));
        _disk.WriteAll(LogFormat.FileName(Next), header);
        var place = $"{LogFormat.FileName(0)}@{_disk.ReadAll(LogFormat.FileName(0)).Length}";
        Assert.Contains(place, Assert.Throws<LogCorruptException>(() => LogTesting.Open(_disk)).Message, StringComparison.Ordinal);

        await using var skipping = LogTesting.Open(_disk, LogTesting.Options(o => o.SkipCorruptAt.Add(place)));
        Assert.Equal(["one"], skipping.ReadAll());
        Assert.Equal(Next, skipping.EndOffset);
    }

    [Fact]
    public async Task Several_records_of_one_append_share_one_commit_and_one_answer()
    {
        await using var log = LogTesting.Open(_disk);
        await log.AppendDurably("zero");
        var before = _disk.Flushes;
        var all = await log.AppendAllAsync([new("one"u8.ToArray()), new("two"u8.ToArray()), new("three"u8.ToArray())], CancellationToken.None);
        Assert.Equal(new LogAppend(LogAppendStatus.Durable, 20, null), all);
        Assert.Equal(before + 1, _disk.Flushes);
        Assert.Equal(["zero", "one", "two", "three"], log.ReadAll());
    }

    [Fact]
    public async Task Of_several_records_of_one_append_none_is_kept_when_one_is_not()
    {
        ReadOnlyMemory<byte> small = "small"u8.ToArray();
        await using var log = LogTesting.Open(
            _disk, LogTesting.Options(o => (o.QueueBytes, o.MaxRecordBytes, o.QueueRecords) = (4096, 2048, 4)), _time);
        Assert.Equal(LogAppendStatus.TooLarge, (await log.AppendAllAsync([small, new byte[2049]], CancellationToken.None)).Status);
        Assert.Equal(LogAppendStatus.TooLarge, (await log.AppendAllAsync([small, new byte[2048], new byte[2048]], CancellationToken.None)).Status);
        Assert.Equal(LogAppendStatus.TooLarge, (await log.AppendAllAsync([small, small, small, small, small], CancellationToken.None)).Status);
        _disk.Capacity = _disk.Size + 30;
        Assert.Equal(LogAppendStatus.Unavailable, (await log.AppendAllAsync([small, small], CancellationToken.None)).Status);
        _disk.Capacity = long.MaxValue;
        Assert.Equal(LogAppendStatus.Unavailable, (await log.AppendAllAsync([small, small], CancellationToken.None)).Status);
        Assert.Empty(log.ReadAll());
        await log.MaintainAsync();
        Assert.Equal(LogAppendStatus.Durable, (await log.AppendAllAsync([small, small], CancellationToken.None)).Status);
        Assert.Equal(["small", "small"], log.ReadAll());
    }

    [Fact]
    public async Task A_disk_short_of_its_reserve_refuses_before_it_is_full_and_recovers_by_itself()
    {
        await using var log = LogTesting.Open(_disk, LogTesting.Options(o => o.MinFreeDiskBytes = 8000), _time);
        await log.AppendDurably("before");
        _disk.Capacity = _disk.Size + 7999;
        await log.MaintainAsync();
        var refused = await log.Append("short");
        Assert.Equal(LogAppendStatus.Unavailable, refused.Status);
        Assert.Contains("MinFreeDiskBytes", refused.Reason, StringComparison.Ordinal);
        Assert.Equal(new LogHealth(false, refused.Reason, LogTesting.Start, log.Health.Bytes), log.Health);
        Assert.Equal(["before"], log.ReadAll());

        // At the reserve itself it would go back and forth.
        _disk.Capacity = _disk.Size + 8999;
        await log.MaintainAsync();
        Assert.False(log.Health.Writable);
        _disk.Capacity = _disk.Size + 9000;
        var looked = log.MaintainAsync();
        _time.Advance(TimeSpan.FromSeconds(1));
        await looked;
        Assert.True(log.Health.Writable);
        await log.AppendDurably("after");
    }

    [Fact]
    public async Task Free_space_is_looked_at_while_groups_are_written()
    {
        await using var log = LogTesting.Open(_disk, LogTesting.Options(o => o.MinFreeDiskBytes = 8000), _time);
        _disk.Capacity = _disk.Size + 7999;
        await log.AppendDurably("not looked at yet");
        _time.Advance(TimeSpan.FromSeconds(2));
        await log.AppendDurably("looked at after it");
        await log.MaintainAsync();
        Assert.False(log.Health.Writable);
    }

    [Fact]
    public async Task Files_kept_for_a_replay_make_room_when_the_disk_is_short()
    {
        var big = new string('x', 3000);
        await using var log = LogTesting.Open(_disk, LogTesting.Options(o => o.MinFreeDiskBytes = 4000), _time);
        await log.AppendDurably(big);
        var second = await log.Append(big);
        await log.AppendDurably(big);
        log.Release("writer", second.Offset);
        await log.MaintainAsync();
        Assert.Equal(3, _disk.Names.Count);
        _disk.Capacity = _disk.Size + 3000;
        await log.MaintainAsync();
        Assert.Equal(2, _disk.Names.Count);
        Assert.True(log.Health.Writable);
        Assert.Equal([big, big], log.ReadAll());
    }

    [Fact]
    public async Task A_newer_format_is_refused()
    {
        await using (var log = LogTesting.Open(_disk))
        {
            await log.AppendDurably("one");
        }

        var bytes = _disk.ReadAll(LogFormat.FileName(0));
        bytes[8] = 2;
        _disk.WriteAll(LogFormat.FileName(0), bytes);
        Assert.Contains("format 2", Assert.Throws<NotSupportedException>(() => LogTesting.Open(_disk)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_file_between_two_stops_the_start()
    {
        var big = new string('x', 3000);
        await using (var log = LogTesting.Open(_disk))
        {
            for (var i = 0; i < 3; i++)
            {
                await log.AppendDurably(big);
            }
        }

        using (var files = _disk.Mount())
        {
            files.Delete(_disk.Names[1]);
        }

        Assert.Throws<LogCorruptException>(() => LogTesting.Open(_disk));
    }

    [Fact]
    public async Task Retention_never_removes_what_a_consumer_has_not_passed()
    {
        var big = new string('x', 3000);
        await using var log = LogTesting.Open(_disk, LogTesting.Options(o => o.RetainBytes = 0), _time);
        var offsets = new List<long>();
        for (var i = 0; i < 5; i++)
        {
            offsets.Add((await log.Append(big)).Offset);
        }

        // The last one is too old to take more, and an empty one is begun after it.
        _time.Advance(TimeSpan.FromDays(30));
        await log.MaintainAsync();
        Assert.Equal(6, _disk.Names.Count);

        log.Release("slow", offsets[1]);
        log.Release("fast", offsets[4]);
        await log.MaintainAsync();
        Assert.Equal(5, _disk.Names.Count);
        log.Release("slow", offsets[2] - 1);
        await log.MaintainAsync();
        Assert.Equal(5, _disk.Names.Count);
        Assert.Equal(4, log.ReadAll().Count);
        Assert.Throws<LogCorruptException>(() => log.OpenReader(1));

        log.Release("slow", log.EndOffset);
        log.Release("fast", log.EndOffset);
        await log.MaintainAsync();
        Assert.Single(_disk.Names);
    }

    [Fact]
    public async Task Released_files_are_kept_for_their_time()
    {
        var big = new string('x', 3000);
        await using var log = LogTesting.Open(_disk, LogTesting.Options(o => o.RetainFor = TimeSpan.FromHours(1)), _time);
        await log.AppendDurably(big);
        await log.AppendDurably(big);
        log.Release("writer", log.EndOffset);
        await log.MaintainAsync();
        Assert.Equal(2, _disk.Names.Count);
        _time.Advance(TimeSpan.FromMinutes(61));
        await log.MaintainAsync();

        // The first is gone; the second takes no more, and is kept as long again.
        Assert.Equal(2, _disk.Names.Count);
        Assert.Single(log.ReadAll());
        _time.Advance(TimeSpan.FromMinutes(61));
        await log.MaintainAsync();
        Assert.Single(_disk.Names);
        Assert.Equal(log.EndOffset, log.FirstOffset);

        // Nothing to end in an empty one, however old.
        _time.Advance(TimeSpan.FromDays(30));
        await log.MaintainAsync();
        Assert.Single(_disk.Names);
    }

    [Fact]
    public async Task A_file_that_cannot_be_removed_is_tried_again()
    {
        var big = new string('x', 3000);
        await using var log = LogTesting.Open(_disk, LogTesting.Options(o => o.RetainBytes = 0), _time);
        await log.AppendDurably(big);
        await log.AppendDurably(big);
        _disk.RefusesDeletes = true;
        log.Release("writer", log.EndOffset);
        await log.MaintainAsync();
        Assert.Equal(2, _disk.Names.Count);
        Assert.Single(log.ReadAll());
        Assert.Equal(_disk.Size, log.Health.Bytes);
        _disk.RefusesDeletes = false;
        await log.MaintainAsync();
        Assert.Single(_disk.Names);
    }

    [Fact]
    public async Task A_full_disk_makes_appends_unavailable_until_space_returns()
    {
        await using var log = LogTesting.Open(_disk, time: _time);
        await log.AppendDurably("before");
        _disk.Capacity = _disk.Size + 10;
        var refused = await log.Append("while full");
        Assert.Equal(LogAppendStatus.Unavailable, refused.Status);
        Assert.Contains("No space left", refused.Reason, StringComparison.Ordinal);
        Assert.False(log.Health.Writable);
        Assert.Equal(LogTesting.Start, log.Health.Since);
        Assert.Contains("No space left", log.Health.Problem, StringComparison.Ordinal);
        Assert.Equal(["before"], log.ReadAll());

        _time.Advance(TimeSpan.FromSeconds(1));
        await log.MaintainAsync();
        Assert.Equal(LogAppendStatus.Unavailable, (await log.Append("still full")).Status);

        _disk.Capacity = long.MaxValue;
        _time.Advance(TimeSpan.FromSeconds(1));
        await log.MaintainAsync();
        Assert.Equal(new LogHealth(true, null, null, log.Health.Bytes), log.Health);
        await log.AppendDurably("after");
        Assert.Equal(["before", "after"], log.ReadAll());
        await log.DisposeAsync();
        await using var again = LogTesting.Open(_disk);
        Assert.Equal(["before", "after"], again.ReadAll());
    }

    [Fact]
    public async Task After_a_failed_fsync_nothing_is_built_on_the_lost_bytes()
    {
        await using (var log = LogTesting.Open(_disk, time: _time))
        {
            await log.AppendDurably("before");
            _disk.FailingFlushes = 1;
            Assert.Equal(LogAppendStatus.Unavailable, (await log.Append("lost")).Status);
            Assert.Equal(["before"], log.ReadAll());
            await log.MaintainAsync();
            await log.AppendDurably("after");
            Assert.Equal(["before", "after"], log.ReadAll());
        }

        _disk.LosePower();
        await using var again = LogTesting.Open(_disk);
        Assert.Equal(["before", "after"], again.ReadAll());
    }

    [Fact]
    public async Task A_backlog_at_its_bound_refuses_until_the_consumer_moves_on()
    {
        var big = new string('x', 3000);
        await using var log = LogTesting.Open(_disk, LogTesting.Options(o => (o.RetainBytes, o.MaxBytes) = (0, 10_000)), _time);
        await log.AppendDurably(big);
        await log.AppendDurably(big);
        await log.AppendDurably(big);
        var refused = await log.Append(big);
        Assert.Equal(LogAppendStatus.Unavailable, refused.Status);
        Assert.Contains("MaxBytes", refused.Reason, StringComparison.Ordinal);
        Assert.False(log.Health.Writable);
        log.Release("writer", log.EndOffset);
        await log.MaintainAsync();
        Assert.True(log.Health.Writable);
        await log.AppendDurably(big);
    }

    [Fact]
    public async Task The_queue_is_bounded()
    {
        await using var log = LogTesting.Open(_disk, LogTesting.Options(o => (o.QueueBytes, o.MaxRecordBytes) = (4096, 2048)), _time);
        _disk.FlushGate.Reset();
        var appends = Enumerable.Range(0, 10).Select(_ => log.Append(new string('x', 1000))).ToArray();
        _disk.FlushGate.Set();
        var results = await Task.WhenAll(appends);
        Assert.InRange(results.Count(result => result.Status == LogAppendStatus.Durable), 4, 9);
        Assert.All(results.Where(result => result.Status != LogAppendStatus.Durable), result => Assert.Contains("QueueBytes", result.Reason, StringComparison.Ordinal));
        Assert.Equal(LogAppendStatus.TooLarge, (await log.Append(new string('x', 2049))).Status);
    }

    [Fact]
    public async Task Cancelling_ends_the_wait_and_not_the_append()
    {
        await using var log = LogTesting.Open(_disk);
        using var cancellation = new CancellationTokenSource();
        _disk.FlushGate.Reset();
        var append = log.AppendAsync("kept"u8.ToArray(), cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => append);
        _disk.FlushGate.Set();
        await log.AppendDurably("next");
        Assert.Equal(["kept", "next"], log.ReadAll());
    }

    [Fact]
    public async Task A_waiting_reader_is_woken_by_an_append_and_ended_by_disposal()
    {
        var log = LogTesting.Open(_disk);
        using var reader = log.OpenReader(0);
        var waiting = reader.ReadAsync(1000, CancellationToken.None).AsTask();
        await log.AppendDurably("one");
        Assert.Equal("one", Encoding.UTF8.GetString((await waiting)[0].Payload.Span));
        var end = reader.ReadAsync(1000, CancellationToken.None).AsTask();
        await log.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => end);
        Assert.Equal(LogAppendStatus.Unavailable, (await log.Append("late")).Status);
    }

    [Fact]
    public async Task A_reader_resumes_at_a_next_offset_and_not_beyond_the_end()
    {
        await using var log = LogTesting.Open(_disk);
        await log.AppendDurably("one");
        await log.AppendDurably("two");
        using var reader = log.OpenReader(0);
        var first = Assert.Single(reader.TryRead(1));
        Assert.Equal(["two"], log.ReadAll(first.NextOffset));
        Assert.Contains("ContinueFrom", Assert.Throws<LogCorruptException>(() => log.OpenReader(log.EndOffset + 1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disk_that_stands_still_is_told_within_ten_seconds_and_no_longer_than_it_does()
    {
        await using var log = LogTesting.Open(_disk, time: _time);
        await log.AppendDurably("before");
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(log.Health.Problem);
        while (_disk.FlushBegun.CurrentCount > 0)
        {
            await _disk.FlushBegun.WaitAsync(TestContext.Current.CancellationToken);
        }

        _disk.FlushGate.Reset();
        var append = log.Append("waits");
        await _disk.FlushBegun.WaitAsync(TestContext.Current.CancellationToken);
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.Contains("has not taken a write for 6 s", log.Health.Problem, StringComparison.Ordinal);
        Assert.Equal(_time.GetUtcNow().AddSeconds(-6), log.Health.Since);
        _disk.FlushGate.Set();
        Assert.Equal(LogAppendStatus.Durable, (await append).Status);
        Assert.Null(log.Health.Problem);
    }

    [Fact]
    public async Task A_log_that_ends_before_what_was_taken_in_does_not_open_as_what_it_took_then_nobody_would_read()
    {
        await using (var log = LogTesting.Open(_disk))
        {
            await log.AppendDurably("one");
        }

        var error = Assert.Throws<LogCorruptException>(() => LogTesting.Open(_disk, verifyFrom: 5000));
        Assert.Contains("ContinueFrom=5000", error.Message, StringComparison.Ordinal);
        await using var told = LogTesting.Open(_disk, LogTesting.Options(static o => o.ContinueFrom = 5000), verifyFrom: 5000);
        Assert.Equal(5000, told.EndOffset);
    }

    [Fact]
    public async Task A_log_told_to_continue_later_does_so_without_losing_what_it_has()
    {
        await using (var log = LogTesting.Open(_disk))
        {
            await log.AppendDurably("one");
        }

        var options = LogTesting.Options(o => o.ContinueFrom = 5000);
        for (var i = 0; i < 2; i++)
        {
            await using var log = LogTesting.Open(_disk, options);
            Assert.Equal(5000 + (i * 19), log.EndOffset);
            await log.AppendDurably("two");
            Assert.Equal(["one", .. Enumerable.Repeat("two", i + 1)], log.ReadAll());
            Assert.Equal(Enumerable.Repeat("two", i + 1), log.ReadAll(5000));
        }
    }

    [Fact]
    public async Task Many_appenders_and_readers_on_real_files_agree()
    {
        var directory = Directory.CreateTempSubdirectory("headroom-log-").FullName;
        try
        {
            var options = LogTesting.Options(o => o.FileBytes = 1 << 16);
            await using (var log = EmbeddedEventLog.Open(options, new DiskLogFiles(directory), TimeProvider.System, NullLogger.Instance))
            {
                Assert.Throws<IOException>(() => new DiskLogFiles(directory));
                var readers = Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
                {
                    using var reader = log.OpenReader(0);
                    var seen = new List<(long, string)>();
                    while (seen.Count < 4000)
                    {
                        foreach (var record in await reader.ReadAsync(5000, CancellationToken.None))
                        {
                            seen.Add((record.Offset, Encoding.UTF8.GetString(record.Payload.Span)));
                        }
                    }

                    return seen;
                })).ToArray();
                var appended = await Task.WhenAll(Enumerable.Range(0, 40).Select(worker => Task.Run(async () =>
                {
                    var mine = new List<(long, string)>();
                    for (var i = 0; i < 100; i++)
                    {
                        var text = $"{worker}:{i}:" + new string('x', i);
                        var append = await log.Append(text);
                        Assert.Equal(LogAppendStatus.Durable, append.Status);
                        mine.Add((append.Offset, text));
                    }

                    return mine;
                })));
                var expected = appended.SelectMany(list => list).Order().ToList();
                foreach (var reader in readers)
                {
                    Assert.Equal(expected, await reader);
                }
            }

            await using var again = EmbeddedEventLog.Open(options, new DiskLogFiles(directory), TimeProvider.System, NullLogger.Instance);
            Assert.Equal(4000, again.ReadAll().Count);
            Assert.True(again.FileCount > 1);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
