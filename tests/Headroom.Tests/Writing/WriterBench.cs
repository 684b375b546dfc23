using System.Text;
using Headroom.App.Shared;
using Headroom.App.Writing;
using Headroom.App.Writing.Enrichment;
using Headroom.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Xunit;

namespace Headroom.Tests.Writing;

/// <summary>An event as Capture would hand it over.</summary>
internal sealed record Sent(string Event, string DistinctId)
{
    public static readonly long Noon = UnixMicros.From(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));

    public Guid Uuid { get; init; } = Guid.NewGuid();

    public long Timestamp { get; init; } = Noon;

    public string? PreviousDistinctId { get; init; }

    public string Properties { get; init; } = "{}";

    public string? Set { get; init; }

    public string? SetOnce { get; init; }

    public string? Unset { get; init; }

    public static Sent Identify(string distinctId, string anonymous) =>
        new("$identify", distinctId) { Properties = $$"""{"$anon_distinct_id":"{{anonymous}}"}""" };

    public static Sent Alias(string distinctId, string alias) =>
        new("$create_alias", distinctId) { Properties = $$"""{"alias":"{{alias}}"}""" };

    public Sent At(TimeSpan afterNoon) => this with { Timestamp = Noon + (afterNoon.Ticks / TimeSpan.TicksPerMicrosecond) };
}

/// <summary>A batch builder over a fake store: what the Writer does, without its loop.</summary>
internal sealed class WriterBench
{
    private long _offset;

    public WriterBench(FakeStore? store = null, int visitors = 1000, Geo? geo = null)
    {
        Store = store ?? new FakeStore();
        Builder = new BatchBuilder(
            Store, Directory, geo ?? new Geo(Options.Create(new GeoOptions())), Problems, TimeProvider.System, Options.Create(new WritingOptions { VisitorCache = visitors }),
            NullLogger<BatchBuilder>.Instance);
    }

    public FakeStore Store { get; }

    public FakeDirectory Directory { get; } = new();

    public BatchBuilder Builder { get; }

    public IngestionProblems Problems { get; } = new();

    public static byte[] Record(params IEnumerable<Sent> events) => Record(1, 0, "", "", events);

    public static byte[] Record(int project, int rejected, string ip, string userAgent, params IEnumerable<Sent> events)
    {
        using var writer = new EventBatchWriter();
        writer.Reset(new ProjectId(project), Sent.Noon, Encoding.UTF8.GetBytes(ip), Encoding.UTF8.GetBytes(userAgent));
        writer.Reject(rejected);
        foreach (var e in events)
        {
            writer.Add(new CanonicalEvent
            {
                Uuid = e.Uuid,
                Event = Encoding.UTF8.GetBytes(e.Event),
                DistinctId = Encoding.UTF8.GetBytes(e.DistinctId),
                Timestamp = e.Timestamp,
                PreviousDistinctId = Encoding.UTF8.GetBytes(e.PreviousDistinctId ?? ""),
                Properties = Encoding.UTF8.GetBytes(e.Properties),
                Set = Encoding.UTF8.GetBytes(e.Set ?? ""),
                SetOnce = Encoding.UTF8.GetBytes(e.SetOnce ?? ""),
                Unset = Encoding.UTF8.GetBytes(e.Unset ?? ""),
            });
        }

        return writer.Finish().ToArray();
    }

    /// <summary>The events in one batch; returns the rows that it stored.</summary>
    public List<StoredRow> Write(params IEnumerable<Sent> events) => WriteRecords(Record(events));

    public List<StoredRow> WriteRecords(params IEnumerable<byte[]> records)
    {
        var before = Store.Rows.Count;
        using var batch = Store.BeginBatch();
        Builder.Begin(batch);
        foreach (var record in records)
        {
            Builder.Add(new LogRecord(_offset, ++_offset, record));
        }

        Builder.Finish();
        var commit = batch.CommitAsync(_offset, CancellationToken.None);
        Assert.True(commit.IsCompletedSuccessfully);
        Builder.Committed();
        return Store.Rows[before..];
    }

    public StoredRow WriteOne(Sent e) => Assert.Single(Write(e));
}
