using Headroom.Core;
using Xunit;
using static Headroom.Tests.Scale.LogRecords;

namespace Headroom.Tests.Scale;

/// <summary>What every event log does, whatever it is made of.</summary>
public abstract class EventLogContract : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly CancellationTokenSource _late = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private IEventLog? _log;

    private protected CancellationToken Cancel => _late.Token;

    private protected IEventLog Log => _log!;

    public async ValueTask InitializeAsync()
    {
        _late.CancelAfter(Patience);
        _log = await OpenAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Log.DisposeAsync();
        await CloseAsync();
        _late.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Events_come_back_as_they_were_with_what_their_request_had()
    {
        var records = new[]
        {
            Record(1, ("ada", "one"), ("bob", "two"), ("ada", "three")),
            Record(2, 0, "", "", ("zoë \"quoted\" \\ \u2028", "four")),
            Record(1, 0, "2001:db8::1", "Ünïcode/1.0 <\u0001>", ("ada", "five")),
        };
        foreach (var record in records)
        {
            Assert.Equal(LogAppendStatus.Durable, (await Log.AppendAsync(record, Cancel)).Status);
        }

        using var reader = Log.OpenReader(default);
        var (_, read) = await reader.ReadToAsync(Log.End, Cancel);
        Assert.Equal(
            records.SelectMany(static record => Read(record).Events).OrderBy(static e => e.Json, StringComparer.Ordinal),
            read.OrderBy(static e => e.Json, StringComparer.Ordinal));
    }

    [Fact]
    public async Task Events_of_a_distinct_id_come_in_the_order_of_their_appends()
    {
        string[] ids = ["ada", "bob", "eve", "mallory", "trent"];
        for (var i = 0; i < 40; i++)
        {
            await Log.AppendAsync(Record(1, [.. ids.Select(id => (id, $"{id} {i:D3} a")), .. ids.Select(id => (id, $"{id} {i:D3} b"))]), Cancel);
        }

        using var reader = Log.OpenReader(default);
        var (_, read) = await reader.ReadToAsync(Log.End, Cancel, maxBytes: 4000);
        Assert.Equal(400, read.Count);
        foreach (var own in read.GroupBy(static e => e.DistinctId))
        {
            Assert.Equal(own.Select(static e => e.Name).Order(StringComparer.Ordinal), own.Select(static e => e.Name));
        }
    }

    [Fact]
    public async Task Refused_events_are_counted_once_with_events_and_without()
    {
        await Log.AppendAsync(Record(1, 3, "192.0.2.1", "x", ("ada", "one")), Cancel);
        await Log.AppendAsync(Record(1, 4, "192.0.2.1", "x"), Cancel);
        using var reader = Log.OpenReader(default);
        var (rejected, events) = await reader.ReadToAsync(Log.End, Cancel);
        Assert.Equal(7, rejected);
        Assert.Single(events);
    }

    [Fact]
    public async Task Several_records_are_appended_as_one()
    {
        Assert.Equal(LogAppendStatus.Durable, (await Log.AppendAllAsync([Record(1, ("ada", "one")), Record(2, ("bob", "two"))], Cancel)).Status);
        using var reader = Log.OpenReader(default);
        var (_, events) = await reader.ReadToAsync(Log.End, Cancel);
        Assert.Equal(["one", "two"], events.Select(static e => e.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_reader_goes_on_at_each_place_that_another_came_to()
    {
        for (var i = 0; i < 30; i++)
        {
            await Log.AppendAsync(Record(1, ("id" + (i % 7), $"e{i:D2}")), Cancel);
        }

        var names = new List<string>();
        var place = default(LogPosition);
        while (!place.Reaches(Log.End))
        {
            using var reader = Log.OpenReader(place);
            foreach (var record in await reader.ReadAsync(500, Cancel))
            {
                names.AddRange(Read(record.Payload.Span).Events.Select(static e => e.Name));
                place = place.With(record.Partition, record.NextOffset);
            }

            Assert.True(reader.Position.Reaches(place));
            Assert.True(LogPosition.TryParse(place.ToString(), out place));
            Log.Release("writer", place);
        }

        Assert.Equal(Enumerable.Range(0, 30).Select(static i => $"e{i:D2}"), names.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_was_acknowledged_is_there_when_the_log_is_opened_again()
    {
        await Log.AppendAsync(Record(1, ("ada", "one")), Cancel);
        var end = Log.End;
        await Log.DisposeAsync();
        _log = await OpenAsync();
        Assert.Equal(end, Log.End);
        await Log.AppendAsync(Record(1, ("ada", "two")), Cancel);
        using var reader = Log.OpenReader(end);
        Assert.Equal("two", Assert.Single((await reader.ReadToAsync(Log.End, Cancel)).Events).Name);
    }

    [Fact]
    public async Task A_reader_waits_for_the_next_record()
    {
        using var reader = Log.OpenReader(Log.End);
        Assert.Empty(reader.TryRead(1000));
        using var impatient = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var cancelled = reader.ReadAsync(1000, impatient.Token).AsTask();
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
#pragma warning disable CA2025 // It is awaited before the reader ends.
        var waiting = reader.ReadToAsync(Log.End[0] == 0 && Log.End.Partitions == 1 ? 1 : After(Log.End), Cancel);
#pragma warning restore CA2025
        Assert.False(waiting.IsCompleted);
        await Log.AppendAsync(Record(1, ("ada", "one")), Cancel);
        Assert.Equal("one", Assert.Single((await waiting).Events).Name);
    }

    [Fact]
    public async Task A_place_behind_the_end_is_refused()
    {
        await Log.AppendAsync(Record(1, ("ada", "one")), Cancel);
        Assert.Throws<LogCorruptException>(() => Log.OpenReader(Log.End.With(0, Log.End[0] + 1)));
    }

    private protected abstract Task<IEventLog> OpenAsync();

    private protected abstract ValueTask CloseAsync();

    /// <summary>Where the log ends when one more event of "ada" of project 1 was appended.</summary>
    private protected abstract LogPosition After(LogPosition end);
}
