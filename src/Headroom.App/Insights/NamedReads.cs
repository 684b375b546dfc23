using System.Text.Json;
using Headroom.App.Shared;
using Headroom.Core.Queries;

namespace Headroom.App.Insights;

/// <summary>
/// What an answer depends on by the names in its query. A property of persons or of groups that nobody has yet is not read from anywhere, and is
/// told later all the same.
/// </summary>
/// <param name="Persons">Properties of persons.</param>
/// <param name="AllTimes">What groups were told, whenever that was.</param>
internal readonly record struct NamedReads(bool Persons, bool AllTimes)
{
    /// <param name="cohorts">Those that the query names.</param>
    public static NamedReads Of(InsightQuery query, IReadOnlyList<CohortInfo> cohorts)
    {
        var reads = default(NamedReads).With(JsonSerializer.SerializeToElement(query, QueryJson.Options));
        foreach (var cohort in cohorts)
        {
            reads = cohort.Condition is { } condition ? reads.With(JsonSerializer.SerializeToElement(condition, QueryJson.Options)) : reads;
        }

        return reads;
    }

    private NamedReads With(JsonElement element)
    {
        var reads = this;
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in element.EnumerateObject())
                {
                    reads = member.NameEquals("property") && member.Value.ValueKind is JsonValueKind.String
                        ? new NamedReads(
                            reads.Persons || PropertyNames.OfPerson(member.Value.GetString()!) is not null, reads.AllTimes || PropertyNames.OfGroup(member.Value.GetString()!) is not null)
                        : reads.With(member.Value);
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    reads = reads.With(item);
                }

                break;
        }

        return reads;
    }
}
