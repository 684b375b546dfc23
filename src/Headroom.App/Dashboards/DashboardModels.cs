using System.ComponentModel;
using System.Text.Json.Serialization;
using Headroom.Core.Queries;

namespace Headroom.App.Dashboards;

/// <summary>A dashboard in a list.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record DashboardSummary
{
    public required int Id { get; init; }

    public required string Name { get; init; }

    public required string Description { get; init; }

    /// <summary>How many there are.</summary>
    public required int Tiles { get; init; }

    /// <summary>Links that show it to who has them.</summary>
    public required int Shares { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The name of who made it; null where that is not known any more.</summary>
    public required string? CreatedBy { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>A dashboard. Its version is the entity tag of the answer.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record DashboardDetails
{
    public required int Id { get; init; }

    public required string Name { get; init; }

    public required string Description { get; init; }

    /// <summary>The range of all tiles; null where each has its own.</summary>
    public required QueryRange? Range { get; init; }

    /// <summary>Hold for all tiles, with the tiles' own.</summary>
    public required IReadOnlyList<PropertyFilter> Filters { get; init; }

    /// <summary>How often its pages read the tiles again; 0 for never.</summary>
    public required int RefreshSeconds { get; init; }

    public required IReadOnlyList<DashboardTile> Tiles { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The name of who made it; null where that is not known any more.</summary>
    public required string? CreatedBy { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>What If-Match asks for: the number in the entity tag.</summary>
    public required long Version { get; init; }
}

/// <summary>What a tile shows.</summary>
/// <param name="Query">As it was asked, with the dashboard's range and filters in it.</param>
public sealed record TileAnswer(InsightQuery Query, InsightResult Result)
{
    /// <summary>Of the result, without when and how it was made.</summary>
    internal string Tag { get; init; } = "";
}

/// <summary>A link that shows a dashboard, as it may be seen at any time.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record DashboardShare
{
    public required int Id { get; init; }

    /// <summary>For whom it is.</summary>
    public required string Name { get; init; }

    /// <summary>The first characters of the token.</summary>
    public required string Prefix { get; init; }

    /// <summary>Whether a reader may choose another range, of those that are offered.</summary>
    public required bool ChooseRange { get; init; }

    /// <summary>Sites that may show it in a frame.</summary>
    public required IReadOnlyList<string> EmbedOrigins { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>From then on it opens nothing; null for never.</summary>
    public required DateTimeOffset? ExpiresAt { get; init; }
}

/// <param name="Token">Shown this once. The link is /shared/ and the token, the page for a frame /embed/ and the token.</param>
public sealed record CreatedDashboardShare(
    DashboardShare Share, [property: Description("Shown this once. The page is /shared/ and the token, the page for a frame /embed/ and the token")] string Token);

/// <summary>A dashboard as who has its link sees it.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record SharedDashboard
{
    public required string Name { get; init; }

    public required string Description { get; init; }

    /// <summary>IANA name.</summary>
    public required string TimeZone { get; init; }

    /// <summary>The range of all tiles; null where each has its own.</summary>
    public required QueryRange? Range { get; init; }

    /// <summary>Ranges that may be chosen in its place.</summary>
    public required IReadOnlyList<QueryRange> Ranges { get; init; }

    public required int RefreshSeconds { get; init; }

    public required IReadOnlyList<SharedTile> Tiles { get; init; }
}

/// <summary>A tile, without its question.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record SharedTile
{
    public required int Id { get; init; }

    public required string Title { get; init; }

    public required TileDisplay Display { get; init; }

    /// <summary>Which figure is drawn, of kinds with several; their first where it is absent.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Figure { get; init; }

    public required int X { get; init; }

    public required int Y { get; init; }

    public required int Width { get; init; }

    public required int Height { get; init; }
}

[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web, NumberHandling = JsonNumberHandling.Strict)]
[JsonSerializable(typeof(DashboardDetails))]
[JsonSerializable(typeof(IReadOnlyList<DashboardSummary>))]
[JsonSerializable(typeof(TileAnswer))]
[JsonSerializable(typeof(IReadOnlyList<DashboardShare>))]
[JsonSerializable(typeof(CreatedDashboardShare))]
[JsonSerializable(typeof(SharedDashboard))]
internal sealed partial class DashboardsJson : JsonSerializerContext;
