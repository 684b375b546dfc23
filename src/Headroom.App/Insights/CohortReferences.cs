using System.Globalization;
using System.Text.Json;
using Headroom.Core.Queries;

namespace Headroom.App.Insights;

/// <summary>The cohorts that a query names, wherever a kind of query names properties.</summary>
internal static class CohortReferences
{
    /// <summary>Each with the path of the field that names it.</summary>
    public static List<(string Path, int Id)> Of(InsightQuery query)
    {
        var found = new List<(string Path, int Id)>();
        Add(JsonSerializer.SerializeToElement(query, QueryJson.Options), "", found);
        return found;
    }

    private static void Add(JsonElement element, string path, List<(string Path, int Id)> found)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in element.EnumerateObject())
                {
                    var name = path.Length == 0 ? member.Name : path + "." + member.Name;
                    if ((member.NameEquals("property") || member.NameEquals("eventProperty")) && member.Value.ValueKind is JsonValueKind.String && PropertyNames.Cohort(member.Value.GetString()!) is { } id)
                    {
                        found.Add((name, id));
                    }

                    Add(member.Value, name, found);
                }

                break;
            case JsonValueKind.Array:
                var i = 0;
                foreach (var item in element.EnumerateArray())
                {
                    Add(item, string.Create(CultureInfo.InvariantCulture, $"{path}[{i++}]"), found);
                }

                break;
        }
    }
}
