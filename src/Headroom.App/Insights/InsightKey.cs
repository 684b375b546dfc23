using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Headroom.App.Shared;
using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.App.Insights;

/// <summary>
/// What makes two questions the same: the project, its time zone and first day of the week, the query as the serializer
/// writes it, and the instants that its ranges mean now.
/// </summary>
internal static class InsightKey
{
    /// <summary>Null for a trend that is not valid.</summary>
    /// <param name="cohorts">Those that the query names: who is in them is part of what is asked.</param>
    public static string? Of(InsightQuery query, ProjectInfo project, DateTimeOffset now, IReadOnlyList<CohortInfo> cohorts)
    {
        var calendar = new LocalCalendar(project.TimeZone, project.WeekStartsOnSunday);
        var text = new StringBuilder().Append(project.TimeZone.Id).Append('|').Append(project.WeekStartsOnSunday).Append('|');
        var micros = UnixMicros.From(now);
        if (query is TrendsQuery trends)
        {
            if (QueryValidator.Validate(trends, calendar, micros, new QueryErrors()) is not { } time)
            {
                return null;
            }

            text.Append(CultureInfo.InvariantCulture, $"{time.Current.From},{time.Current.To},{time.Previous?.From}|");
            query = trends with { Range = new QueryRange() };
        }

        var document = JsonSerializer.SerializeToElement(query, QueryJson.Options);
        AppendRanges(document, calendar, micros, text);
        text.Append(document.GetRawText());
        foreach (var cohort in cohorts)
        {
            text.Append(CultureInfo.InvariantCulture, $"|{cohort.Id}:{cohort.Version}|");
            if (cohort.Condition is { } condition)
            {
                AppendRanges(JsonSerializer.SerializeToElement(condition, QueryJson.Options), calendar, micros, text);
            }
        }

        return $"{project.Id}:{Hash(text)}";
    }

    /// <summary>What makes two trends the same but for their range.</summary>
    public static string OfAnyRange(TrendsQuery query, ProjectInfo project)
    {
        var text = new StringBuilder().Append(project.TimeZone.Id).Append('|').Append(project.WeekStartsOnSunday).Append('|');
        text.Append(JsonSerializer.Serialize<InsightQuery>(query with { Range = new QueryRange() }, QueryJson.Options));
        return $"{project.Id}:ranges:{Hash(text)}";
    }

    private static string Hash(StringBuilder text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));

    /// <summary>Every relative range, wherever a kind of query has it.</summary>
    private static void AppendRanges(JsonElement element, LocalCalendar calendar, long now, StringBuilder text)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                if (element.TryGetProperty("last", out var last) && last.ValueKind is JsonValueKind.Number && element.TryGetProperty("unit", out _) &&
                    element.Deserialize<QueryRange>(QueryJson.Options) is { } range &&
                    ResolvedRange.Resolve(range, Interval.Day, calendar, now, "range", new QueryErrors()) is { } resolved)
                {
                    text.Append(CultureInfo.InvariantCulture, $"{resolved.From},{resolved.To}|");
                    return;
                }

                foreach (var member in element.EnumerateObject())
                {
                    AppendRanges(member.Value, calendar, now, text);
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    AppendRanges(item, calendar, now, text);
                }

                break;
        }
    }
}
