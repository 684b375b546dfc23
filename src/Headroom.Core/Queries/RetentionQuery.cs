using System.Text.Json.Serialization;

namespace Headroom.Core.Queries;

/// <summary>How many of the persons who did one thing came back to do another, interval by interval.</summary>
/// <param name="Start">What makes a person part of a cohort.</param>
/// <param name="Return">What counts as coming back.</param>
/// <param name="Range">When the start lies; returns are looked for after it too.</param>
/// <param name="Interval">Hour, day, week or month: the width of cohorts and of the intervals after them.</param>
/// <param name="Intervals">How far to look for returns; 7 where it is left out. Left out with brackets.</param>
/// <param name="CohortBy">Which start of a person counts.</param>
/// <param name="Mode">How the intervals after the start are measured.</param>
/// <param name="MinimumReturns">Returns needed within an interval (a bracket, where there are some).</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record RetentionQuery(
    [property: JsonRequired] EventSelector Start, [property: JsonRequired] EventSelector Return, [property: JsonRequired] QueryRange Range,
    Interval Interval = Interval.Day, int? Intervals = null, RetentionCohort CohortBy = RetentionCohort.Recurring,
    RetentionMode Mode = RetentionMode.Calendar, int MinimumReturns = 1) : InsightQuery
{
    public const int DefaultIntervals = 7;

    /// <summary>Hold for starts and returns.</summary>
    public IReadOnlyList<PropertyFilter> Filters { get => field ?? []; init; }

    /// <summary>The last interval of each bracket, ascending: 1, 3, 7 are the intervals 1, 2 to 3 and 4 to 7. Empty for each interval by itself.</summary>
    public IReadOnlyList<int> Brackets { get => field ?? []; init; }

    /// <summary>By the value at the start: a person's first one in the interval.</summary>
    public Breakdown? Breakdown { get; init; }

    /// <summary>What is counted in place of persons; null for persons.</summary>
    public QueryUnit? Unit { get; init; }

    /// <summary>The last interval after the start that is looked at.</summary>
    [JsonIgnore]
    public int LookAhead => Brackets.Count > 0 ? Brackets[^1] : Intervals ?? DefaultIntervals;
}

[JsonConverter(typeof(SnakeCaseEnumConverter<RetentionCohort>))]
public enum RetentionCohort
{
    /// <summary>A person is in the cohort of every interval with a start.</summary>
    Recurring,

    /// <summary>Only where the first event of the start's name, in all time, lies and also meets the filters.</summary>
    FirstEver,

    /// <summary>Only where the first event, in all time, that is a start with its filters lies.</summary>
    FirstMatching,
}

[JsonConverter(typeof(SnakeCaseEnumConverter<RetentionMode>))]
public enum RetentionMode
{
    /// <summary>Intervals of the project's local calendar; those after the start's.</summary>
    Calendar,

    /// <summary>Periods of 24 hours (an hour, 7 days, 30 days) from each person's own start.</summary>
    Rolling,
}

/// <summary>Whether a stretch of time is over as of when the answer was computed.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<IntervalState>))]
public enum IntervalState
{
    Over,

    /// <summary>Its number may still grow.</summary>
    GoingOn,

    NotBegun,
}

[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record RetentionResult : InsightResult
{
    /// <summary>IANA name.</summary>
    public required string TimeZone { get; init; }

    public required Interval Interval { get; init; }

    public required RetentionMode Mode { get; init; }

    public required RetentionCohort CohortBy { get; init; }

    /// <summary>What the cells of a row are, in order: so many intervals after the start.</summary>
    public required IReadOnlyList<RetentionColumn> Columns { get; init; }

    /// <summary>One for each value of the breakdown, the most persons first; a single one without.</summary>
    public required IReadOnlyList<RetentionSeries> Series { get; init; }
}

/// <summary>The intervals <paramref name="From"/> to <paramref name="To"/> after that of the start, both included.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record RetentionColumn(int From, int To);

[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record RetentionSeries
{
    /// <summary>The value as text; null where there is none; "$other" for those past the limit; absent without a breakdown.</summary>
    public string? Breakdown { get; init; }

    [JsonIgnore]
    public bool HasBreakdown { get; init; }

    /// <summary>One for each interval of the range, oldest first.</summary>
    public required IReadOnlyList<RetentionRow> Cohorts { get; init; }

    public required RetentionOverall Overall { get; init; }
}

/// <param name="Start">The start of the interval, with the zone's offset at it.</param>
/// <param name="Size">Persons with a start in it.</param>
/// <param name="Cells">One for each column.</param>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record RetentionRow(DateTimeOffset Start, long Size, IReadOnlyList<RetentionCell> Cells);

/// <param name="Returned">Persons who came back in these intervals.</param>
/// <param name="Rate">Of the cohort's size; null of nobody.</param>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record RetentionCell(long Returned, double? Rate, IntervalState State);

/// <summary>All cohorts together, each with the weight of its size.</summary>
/// <param name="Size">The sizes of all cohorts added up.</param>
/// <param name="Cells">One for each column.</param>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record RetentionOverall(long Size, IReadOnlyList<RetentionOverallCell> Cells);

/// <param name="Size">The sizes of those cohorts for which the cell is over.</param>
/// <param name="Returned">Of these.</param>
/// <param name="Rate">Null of nobody.</param>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record RetentionOverallCell(long Size, long Returned, double? Rate);

/// <summary>The time of a retention query.</summary>
/// <param name="Cohorts">The intervals of the range.</param>
/// <param name="All">The same with the intervals after them in which returns are looked for. By the calendar, in both modes.</param>
/// <param name="End">Up to where returns are looked for. Unix microseconds.</param>
public sealed record RetentionTime(TimeBuckets Cohorts, TimeBuckets All, long End);
