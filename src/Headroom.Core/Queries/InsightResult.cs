using System.Text.Json;
using System.Text.Json.Serialization;

namespace Headroom.Core.Queries;

/// <summary>An answer, of the kind of its question.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(TrendsResult), "trends")]
[JsonDerivedType(typeof(PathsResult), "paths")]
[JsonDerivedType(typeof(FunnelResult), "funnel")]
[JsonDerivedType(typeof(RetentionResult), "retention")]
[JsonDerivedType(typeof(StickinessResult), "stickiness")]
[JsonDerivedType(typeof(LifecycleResult), "lifecycle")]
[JsonDerivedType(typeof(SessionsResult), "sessions")]
[JsonDerivedType(typeof(WebResult), "web")]
[JsonNumberHandling(JsonNumberHandling.Strict)]
public abstract record InsightResult
{
    /// <summary>Grows with the project's data.</summary>
    public required long DataVersion { get; init; }

    public required DateTimeOffset ComputedAt { get; init; }

    public required double ElapsedMs { get; init; }

    /// <summary>Where the answer comes from.</summary>
    public CacheOutcome Cache { get; init; }

    /// <summary>Since it was computed. It is right all the same, unless it is <see cref="CacheOutcome.Behind"/>: nothing that it depends on has changed since.</summary>
    public double AgeMs { get; init; }

    /// <summary>0, or of an answer that is <see cref="CacheOutcome.Behind"/> the time since it was known to be right.</summary>
    public double BehindMs { get; init; }

    /// <summary>Rows that had to be scanned for this answer, as estimated before; 0 from the cache.</summary>
    public long EstimatedRows { get; init; }

    /// <summary>Columns that had to be read of each row, by the statement that reads most; 0 from the cache.</summary>
    public int EstimatedColumns { get; init; }

    /// <summary>Bytes of files that had to be read, estimated by the columns' share of them; 0 from the cache.</summary>
    public long EstimatedBytes { get; init; }

    /// <summary>Time that its statements waited for their turn; part of ElapsedMs.</summary>
    public double QueuedMs { get; init; }
}

[JsonConverter(typeof(SnakeCaseEnumConverter<CacheOutcome>))]
public enum CacheOutcome
{
    /// <summary>Computed as a whole.</summary>
    Miss,

    /// <summary>Only the points that new events touched, or that the range has since it moved on, were computed.</summary>
    Partial,

    /// <summary>Computed before, and nothing that it depends on has changed.</summary>
    Hit,

    /// <summary>Computed before, and not by more than the asker allows behind what has changed since.</summary>
    Behind,
}

[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record TrendsResult : InsightResult
{
    /// <summary>IANA name.</summary>
    public required string TimeZone { get; init; }

    public required Interval Interval { get; init; }

    /// <summary>The start of each bucket, with the zone's offset at it.</summary>
    public required IReadOnlyList<DateTimeOffset> Buckets { get; init; }

    public required IReadOnlyList<TrendsSeriesResult> Series { get; init; }

    /// <summary>Absent without comparison.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<DateTimeOffset>? CompareBuckets { get; init; }
}

[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record TrendsSeriesResult
{
    /// <summary>The value of those past the limit.</summary>
    public const string Other = "$other";

    /// <summary>Index of the series in the query; formulas are counted on after the series.</summary>
    public required int Series { get; init; }

    public required string Name { get; init; }

    /// <summary>The value as text; null where the event has none; "$other" for those past the limit; absent without a breakdown.</summary>
    public string? Breakdown { get; init; }

    /// <summary>Whether the query has a breakdown, that is, whether <see cref="Breakdown"/> is said.</summary>
    [JsonIgnore]
    public bool HasBreakdown { get; init; }

    /// <summary>One for each bucket; null for an average of nothing.</summary>
    public required IReadOnlyList<double?> Values { get; init; }

    /// <summary>Over the whole range: a person in several buckets is one. Of weekly and monthly actives, the last point.</summary>
    public required double? Total { get; init; }

    /// <summary>Absent without comparison.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TrendsComparison? Compare { get; init; }
}

/// <summary>The period before; values belong to compareBuckets.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record TrendsComparison
{
    public required IReadOnlyList<double?> Values { get; init; }

    public required double? Total { get; init; }
}
