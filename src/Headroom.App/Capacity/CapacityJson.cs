using System.Text.Json;
using System.Text.Json.Serialization;
using Headroom.App.Capacity.Measuring;

namespace Headroom.App.Capacity;

/// <summary>What a resource did over a time.</summary>
public sealed record ResourceHistory(string Resource, IReadOnlyList<HistoryPoint> Points);

[JsonSerializable(typeof(CapacityReport))]
[JsonSerializable(typeof(CalibrationReport))]
[JsonSerializable(typeof(ResourceHistory))]
[JsonSerializable(typeof(PlanQuestion))]
[JsonSerializable(typeof(PlanAnswer))]
[JsonSerializable(typeof(ReadingDocument))]
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
internal sealed partial class CapacityJson : JsonSerializerContext;
