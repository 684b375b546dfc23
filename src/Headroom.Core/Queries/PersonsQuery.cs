using System.Globalization;
using System.Text.Json.Serialization;

namespace Headroom.Core.Queries;

/// <summary>The persons behind a point of an insight.</summary>
/// <param name="Limit">Persons on a page; of no meaning for a cohort, which takes all.</param>
/// <param name="Cursor">The next of the page before.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record PersonsQuery(
    [property: JsonRequired] InsightQuery Query, [property: JsonRequired] InsightPoint Point, int Limit = 50, string? Cursor = null);

/// <summary>A point of an answer. Which of the members have a meaning depends on the kind of query.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record InsightPoint
{
    /// <summary>
    /// Trends and stickiness: the number of the series, from 0; a trend's formulas are counted on after the series, and behind
    /// one are the persons behind each series that it uses.
    /// </summary>
    public int? Series { get; init; }

    /// <summary>Trends, funnels over time, lifecycle, sessions and web: the number of the bucket, from 0; left out for the whole range, which the lifecycle does not have.</summary>
    public int? Bucket { get; init; }

    /// <summary>Trends, sessions and web: of the period before, where the query compares.</summary>
    public bool Compare { get; init; }

    /// <summary>Where the query breaks down: the value as the answer says it, null for the events without one. For all values together leave the breakdown out of the query.</summary>
    public string? Breakdown { get; init; }

    /// <summary>Funnel: the step, from 1. Paths: the step of the edge, from 1.</summary>
    public int? Step { get; init; }

    /// <summary>Funnel: those who took the step before that must be taken and not this one, instead of those who took this one.</summary>
    public bool DroppedOff { get; init; }

    /// <summary>Funnel: only those who took the step at least so many seconds after step 1, as a bin of the time to convert begins.</summary>
    public long? FromSeconds { get; init; }

    /// <summary>Funnel: only those who took the step less than so many seconds after step 1, as a bin ends.</summary>
    public long? ToSeconds { get; init; }

    /// <summary>Paths: where the edge begins and ends.</summary>
    public string? From { get; init; }

    public string? To { get; init; }

    /// <summary>Retention: the number of the cohort, from 0; left out for all of them together, as in the overall row.</summary>
    public int? Cohort { get; init; }

    /// <summary>Retention: the number of the column, from 0, for those who came back in it; left out for the whole cohort.</summary>
    public int? Column { get; init; }

    /// <summary>Stickiness: active in so many intervals (or more, where the query is cumulative), from 1.</summary>
    public int? Intervals { get; init; }

    /// <summary>Lifecycle: what the persons are in the bucket.</summary>
    public LifecycleStatus? Status { get; init; }

    /// <summary>Web: those with such a measurement; with <see cref="By"/> page and <see cref="Value"/>, on that page.</summary>
    public WebVitalName? Vital { get; init; }

    /// <summary>Web: the list that the row is of; left out for a bucket.</summary>
    public SessionProperty? By { get; init; }

    /// <summary>Web: the property of events by which the list was asked for that the row is of.</summary>
    public string? EventProperty { get; init; }

    /// <summary>Web: the row's value as the answer says it, null for the visits without one.</summary>
    public string? Value { get; init; }
}

/// <summary>Checks a point against its query, which is checked itself when it is asked.</summary>
public static class InsightPointValidator
{
    public static void Validate(InsightQuery query, InsightPoint point, string path, QueryErrors errors)
    {
        switch (query)
        {
            case TrendsQuery trends:
                Number(point.Series, 0, trends.Series.Count + trends.Formulas.Count - 1, path + ".series", errors);
                Compare(point, trends.Compare, path, errors);
                break;
            case FunnelQuery funnel:
                Number(point.Step, point.DroppedOff ? 2 : 1, funnel.Steps.Count, path + ".step", errors);
                if (point.Bucket is not null && funnel.View is not FunnelView.OverTime)
                {
                    errors.Add(path + ".bucket", "Must be left out: only a funnel over time has buckets.");
                }

                if ((point.FromSeconds ?? point.ToSeconds) is not null && (point.DroppedOff || point.Step < 2))
                {
                    errors.Add(path + (point.FromSeconds is null ? ".toSeconds" : ".fromSeconds"), "Must be left out: only who took a step after the first has a time.");
                }

                break;
            case PathsQuery paths:
                Number(point.Step, 1, paths.Steps, path + ".step", errors);
                QueryValidator.Item(point.From, path + ".from", errors);
                QueryValidator.Item(point.To, path + ".to", errors);
                break;
            case StickinessQuery stickiness:
                Number(point.Series, 0, stickiness.Series.Count - 1, path + ".series", errors);
                break;
            case LifecycleQuery when point.Status is null:
                errors.Add(path + ".status", "Is missing: new, returning, resurrecting or dormant.");
                break;
            case SessionsQuery sessions:
                Compare(point, sessions.Compare, path, errors);
                break;
            case WebQuery when point.Vital is not null:
                if (point.By is not null and not SessionProperty.Page)
                {
                    errors.Add(path + ".by", "Must be page or left out: measurements are of pages.");
                }

                if (point.EventProperty is not null)
                {
                    errors.Add(path + ".eventProperty", "Must be left out: measurements are of pages.");
                }

                if (point.Value is not null && point.By is null)
                {
                    errors.Add(path + ".by", "Is missing: page, which the value is of.");
                }

                if (point.Bucket is not null)
                {
                    errors.Add(path + ".bucket", "Must be left out: vitals are of the whole range.");
                }

                if (point.Compare)
                {
                    errors.Add(path + ".compare", "Must be left out: vitals are not compared.");
                }

                break;
            case WebQuery web when point.By is not null || point.EventProperty is not null:
                if (point.By is not null && point.EventProperty is not null)
                {
                    errors.Add(path + ".eventProperty", "Must be left out beside by: a row is of one list.");
                }
                else if (!web.Lists.Any(l => l?.By == point.By && l?.EventProperty == point.EventProperty))
                {
                    errors.Add(path + (point.By is null ? ".eventProperty" : ".by"), "Is not one of the query's lists.");
                }

                if (point.Bucket is not null)
                {
                    errors.Add(path + ".bucket", "Must be left out: lists are of the whole range.");
                }

                Compare(point, web.Compare, path, errors);
                break;
            case WebQuery web:
                if (point.Value is not null)
                {
                    errors.Add(path + ".by", "Is missing: the list that the value is of.");
                }

                Compare(point, web.Compare, path, errors);
                break;
        }
    }

    private static void Compare(InsightPoint point, bool compared, string path, QueryErrors errors)
    {
        if (point.Compare && !compared)
        {
            errors.Add(path + ".compare", "The query does not compare.");
        }
    }

    public static void Number(int? number, int least, int most, string path, QueryErrors errors)
    {
        if (number is null || number < least || number > most)
        {
            errors.Add(path, string.Create(CultureInfo.InvariantCulture, $"Must be from {least} to {most}."));
        }
    }
}
