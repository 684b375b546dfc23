using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Headroom.Core.Queries;

/// <summary>Queries and results as JSON: strict numbers, unknown and repeated members are errors.</summary>
public static class QueryJson
{
    /// <summary>Nothing in a query nests deeper than filters in a series.</summary>
    private const int MaxDepth = 16;

    /// <summary>For other serializer options, so that a whole application writes the same.</summary>
    public static IJsonTypeInfoResolver Resolver { get; } = QueryJsonContext.Default.WithAddedModifier(OmitBreakdownWithoutOne);

    public static JsonSerializerOptions Options { get; } = MakeOptions();

    /// <summary>Reads a query; problems of form are reported by field.</summary>
    public static InsightQuery? Read(ReadOnlySpan<byte> json, QueryErrors errors) => Read<InsightQuery>(json, "", errors);

    /// <summary>Reads a list of filters; problems of form are reported below <paramref name="path"/>.</summary>
    public static IReadOnlyList<PropertyFilter>? ReadFilters(ReadOnlySpan<byte> json, string path, QueryErrors errors) =>
        Read<IReadOnlyList<PropertyFilter>>(json, path, errors);

    /// <summary>Reads one of the documents here; problems of form are reported below <paramref name="path"/>.</summary>
    public static T? Read<T>(ReadOnlySpan<byte> json, string path, QueryErrors errors)
        where T : class
    {
        try
        {
            var value = JsonSerializer.Deserialize(json, (JsonTypeInfo<T>)Options.GetTypeInfo(typeof(T)));
            if (value is null)
            {
                errors.Add(path, "Must not be null.");
            }

            return value;
        }
        catch (JsonException e)
        {
            var (field, message) = Explain(FieldOf(path, e.Path), e.Message);
            errors.Add(field, message);
            return null;
        }
        catch (NotSupportedException)
        {
            // What the serializer throws for an object that does not say which kind it is.
            errors.Add("kind", "Is missing: the kind of query, such as trends.");
            return null;
        }
    }

    /// <summary>"$.series[0].math" is series[0].math.</summary>
    private static string FieldOf(string path, string? jsonPath)
    {
        var rest = jsonPath is null ? "" : jsonPath.StartsWith("$.", StringComparison.Ordinal) ? jsonPath[2..] : jsonPath.TrimStart('$');
        return rest.StartsWith('[') || path.Length == 0 || rest.Length == 0 ? path + rest : path + "." + rest;
    }

    /// <summary>The serializer's message in the words of the contract, without the names of types.</summary>
    private static (string Field, string Message) Explain(string field, string message)
    {
        bool Says(string text) => message.Contains(text, StringComparison.Ordinal);
        if (Says("unrecognized type discriminator"))
        {
            return ("kind", "Is not a kind of query that this version knows.");
        }

        if (Says("missing required properties"))
        {
            var names = message[(message.LastIndexOf(": ", StringComparison.Ordinal) + 2)..];
            return (field, "Lacks " + names.TrimEnd('.') + ".");
        }

        if (Says("could not be mapped to any .NET member"))
        {
            return (field, "Is not a member of a query here.");
        }

        if (Says("doesn't allow") || Says("null values"))
        {
            return (field, "Must not be null; leave it out instead.");
        }

        if (Says("uplicate"))
        {
            return (field, "Is there twice.");
        }

        if (!Says("could not be converted"))
        {
            var end = message.IndexOf(" Path: ", StringComparison.Ordinal);
            return (field, Says("Headroom.") ? "Has the wrong form." : end < 0 ? message : message[..end]);
        }

        return (field, field[(field.LastIndexOf('.') + 1)..] switch
        {
            "math" => OneOf<TrendsMath>(),
            "operator" => OneOf<FilterOperator>(),
            "order" => OneOf<FunnelOrder>(),
            "by" => OneOf<SessionProperty>(),
            "property" when field == "breakdown.property" => "Must be a text; of sessions one of " + OneOf<SessionProperty>()["Must be one of ".Length..],
            _ when field.StartsWith("parts[", StringComparison.Ordinal) => OneOf<WebPart>(),
            "view" => OneOf<FunnelView>(),
            "attribution" => OneOf<FunnelAttribution>(),
            "cohortBy" => OneOf<RetentionCohort>(),
            "mode" => OneOf<RetentionMode>(),
            "comparison" => OneOf<CohortTimes>(),
            "unit" when field is "unit" || field.EndsWith("query.unit", StringComparison.Ordinal) => "Must be an object with group.",
            "unit" when field.EndsWith("window.unit", StringComparison.Ordinal) => OneOf<FunnelWindowUnit>(),
            "interval" or "unit" => OneOf<Interval>(),
            "status" => OneOf<LifecycleStatus>(),
            "series" when field.EndsWith("point.series", StringComparison.Ordinal) => "Must be a whole number.",
            "id" or "x" or "y" or "width" or "height" or "refreshSeconds" or
                "bucket" or "cohort" or "column" or "fromSeconds" or "toSeconds" or "last" or "limit" or "count" or "smoothing" or "step" or "fromStep" or "toStep" or "intervals" or "minimumReturns" or "bounceSeconds" or
                "vitalPages" or "times" => "Must be a whole number.",
            "display" => OneOf<TileDisplay>(),
            "compare" or "chooseRange" or "droppedOff" or "optional" or "cumulative" or "hidden" or "perPerson" => "Must be true or false.",
            "series" or "filters" or "values" or "formulas" or "brackets" or "parts" or "lists" or "tiles" or "embedOrigins" => "Must be a list.",
            "event" or "property" or "eventProperty" or "name" or "title" or "figure" or "description" or "expression" or "group" or "value" or "from" or "to" => "Must be a text.",
            _ => "Has the wrong form.",
        });
    }

    private static string OneOf<TEnum>()
        where TEnum : struct, Enum =>
        "Must be one of " + string.Join(", ", Enum.GetNames<TEnum>().Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)) + ".";

    private static JsonSerializerOptions MakeOptions()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            NumberHandling = JsonNumberHandling.Strict,
            PropertyNameCaseInsensitive = false,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            AllowOutOfOrderMetadataProperties = true,
            AllowDuplicateProperties = false,
            RespectNullableAnnotations = true,
            MaxDepth = MaxDepth,
            TypeInfoResolver = Resolver,
        };
        options.MakeReadOnly();
        return options;
    }

    /// <summary>Null says that events have no value; without a breakdown nothing is said.</summary>
    private static void OmitBreakdownWithoutOne(JsonTypeInfo type)
    {
        if (type.Type != typeof(TrendsSeriesResult) && type.Type != typeof(FunnelSeries) && type.Type != typeof(RetentionSeries) &&
            type.Type != typeof(SessionsSeries) && type.Type != typeof(StickinessSeries))
        {
            return;
        }

        foreach (var property in type.Properties)
        {
            if (property.Name.Equals(nameof(TrendsSeriesResult.Breakdown), StringComparison.OrdinalIgnoreCase))
            {
                property.ShouldSerialize = static (result, _) => result is
                    TrendsSeriesResult { HasBreakdown: true } or FunnelSeries { HasBreakdown: true } or RetentionSeries { HasBreakdown: true } or
                    SessionsSeries { HasBreakdown: true } or StickinessSeries { HasBreakdown: true };
            }
        }
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, NumberHandling = JsonNumberHandling.Strict)]
[JsonSerializable(typeof(InsightQuery))]
[JsonSerializable(typeof(InsightResult))]
[JsonSerializable(typeof(TrendsQuery))]
[JsonSerializable(typeof(TrendsResult))]
[JsonSerializable(typeof(PathsQuery))]
[JsonSerializable(typeof(PathsResult))]
[JsonSerializable(typeof(FunnelQuery))]
[JsonSerializable(typeof(FunnelResult))]
[JsonSerializable(typeof(RetentionQuery))]
[JsonSerializable(typeof(RetentionResult))]
[JsonSerializable(typeof(StickinessQuery))]
[JsonSerializable(typeof(StickinessResult))]
[JsonSerializable(typeof(LifecycleQuery))]
[JsonSerializable(typeof(LifecycleResult))]
[JsonSerializable(typeof(SessionsQuery))]
[JsonSerializable(typeof(SessionsResult))]
[JsonSerializable(typeof(WebQuery))]
[JsonSerializable(typeof(WebResult))]
[JsonSerializable(typeof(IReadOnlyList<PropertyFilter>))]
[JsonSerializable(typeof(CohortCondition))]
[JsonSerializable(typeof(CohortChange))]
[JsonSerializable(typeof(PersonsQuery))]
[JsonSerializable(typeof(DefinitionChange))]
[JsonSerializable(typeof(DashboardChange))]
[JsonSerializable(typeof(NewDashboardShare))]
[JsonSerializable(typeof(IReadOnlyList<DashboardTile>))]
internal sealed partial class QueryJsonContext : JsonSerializerContext;
