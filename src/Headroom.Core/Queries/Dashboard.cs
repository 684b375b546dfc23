using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Headroom.Core.Queries;

/// <summary>The bounds of a dashboard.</summary>
public static class DashboardLimits
{
    public const int NameLength = 100;
    public const int DescriptionLength = 1_000;
    public const int Tiles = 50;
    public const int TitleLength = 200;

    /// <summary>Of one tile's query as JSON, in characters.</summary>
    public const int QueryLength = 32_768;

    /// <summary>The width of the grid.</summary>
    public const int Columns = 12;
    public const int MaxHeight = 24;
    public const int Rows = 2_000;

    /// <summary>Seconds between two readings of all tiles: at least so many where it reads by itself.</summary>
    public const int MinRefresh = 10;
    public const int MaxRefresh = 86_400;

    /// <summary>Days that a link may have.</summary>
    public const int MaxDays = 3_650;

    /// <summary>Sites that may show a dashboard in a frame.</summary>
    public const int EmbedOrigins = 10;
}

/// <summary>A dashboard to be made or changed; what is left out stays. A list takes the place of the one before.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record DashboardChange
{
    public string? Name { get; init; }

    public string? Description { get; init; }

    /// <summary>The range of all tiles; without members, each tile has its own.</summary>
    public QueryRange? Range { get; init; }

    /// <summary>Hold for all tiles, with the tiles' own.</summary>
    public IReadOnlyList<PropertyFilter>? Filters { get; init; }

    /// <summary>How often its pages read the tiles again; 0 for never.</summary>
    public int? RefreshSeconds { get; init; }

    public IReadOnlyList<DashboardTile>? Tiles { get; init; }
}

/// <summary>A place on a dashboard with a question, on a grid of 12 columns.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record DashboardTile
{
    /// <summary>Its number within the dashboard; left out of a new one.</summary>
    public int? Id { get; init; }

    public required string Title { get; init; }

    public required InsightQuery Query { get; init; }

    /// <summary>How the answer is drawn, where its kind leaves a choice.</summary>
    public TileDisplay Display { get; init; }

    /// <summary>Which figure of the answer is drawn, by its name there, of kinds with several (sessions and web); their first where it is left out.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Figure { get; init; }

    /// <summary>The first column, from 0.</summary>
    public required int X { get; init; }

    /// <summary>The first row, from 0.</summary>
    public required int Y { get; init; }

    /// <summary>In columns.</summary>
    public required int Width { get; init; }

    /// <summary>In rows.</summary>
    public required int Height { get; init; }
}

[JsonConverter(typeof(SnakeCaseEnumConverter<TileDisplay>))]
public enum TileDisplay
{
    Line,
    Bar,

    /// <summary>The whole range in one number.</summary>
    Number,

    /// <summary>The whole range as rows: the lines of a trend or of sessions, the lists of the web view.</summary>
    Table,

    /// <summary>The whole range by country; of trends with a breakdown by <c>$geoip_country_code</c>.</summary>
    Map,
}

/// <summary>A link that shows a dashboard to who has it, to be made.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record NewDashboardShare
{
    /// <summary>For whom it is.</summary>
    public string? Name { get; init; }

    /// <summary>Whether a reader may choose another range, of those that are offered.</summary>
    public bool ChooseRange { get; init; }

    /// <summary>Sites that may show it in a frame, such as https://intranet.example.com; none where it is left out.</summary>
    public IReadOnlyList<string> EmbedOrigins { get => field ?? []; init; }

    /// <summary>Days after which it opens nothing any more, from 1 to 3650; null for never.</summary>
    public int? Days { get; init; }
}

/// <summary>Checks a dashboard but for its queries, which the store has a word about. Every error is reported, under its field's path.</summary>
public static class DashboardValidator
{
    public static void Validate(DashboardChange change, LocalCalendar calendar, long now, QueryErrors errors)
    {
        if (change.Name is { } name)
        {
            Text(name.Trim(), 1, DashboardLimits.NameLength, "name", errors);
        }

        if (change.Description is { } description)
        {
            Text(description, 0, DashboardLimits.DescriptionLength, "description", errors);
        }

        if (change.Range is { } range && range != new QueryRange())
        {
            ResolvedRange.Resolve(range, Interval.Day, calendar, now, "range", errors);
        }

        if (change.Filters is { } filters)
        {
            QueryValidator.Filters(filters, "filters", errors);
        }

        if (change.RefreshSeconds is not (null or 0 or (>= DashboardLimits.MinRefresh and <= DashboardLimits.MaxRefresh)))
        {
            errors.Add("refreshSeconds", string.Create(CultureInfo.InvariantCulture, $"Must be 0, or from {DashboardLimits.MinRefresh} to {DashboardLimits.MaxRefresh}."));
        }

        Tiles(change.Tiles ?? [], errors);
    }

    /// <summary>An origin as a content-security policy names it: https://example.com, with a port, or *. for its subdomains.</summary>
    public static bool IsOrigin(string? text)
    {
        if (text is null || text.Length > 253 || text.Any(static c => !char.IsAsciiLetterOrDigit(c) && c is not (':' or '/' or '.' or '-' or '*')))
        {
            return false;
        }

        var scheme = text.StartsWith("https://", StringComparison.Ordinal) ? "https://" : text.StartsWith("http://", StringComparison.Ordinal) ? "http://" : null;
        if (scheme is null)
        {
            return false;
        }

        var host = text[scheme.Length..];
        // A wildcard stands for subdomains of a site, never for a whole top-level domain.
        var plain = host.StartsWith("*.", StringComparison.Ordinal) ? host[2..] : host;
        return plain.Length > 0 && !plain.Contains('*', StringComparison.Ordinal) && (plain.Length == host.Length || plain.Contains('.', StringComparison.Ordinal)) &&
            Uri.TryCreate(scheme + plain, UriKind.Absolute, out var uri) && uri.PathAndQuery == "/" && !plain.Contains('/', StringComparison.Ordinal) &&
            uri.GetLeftPart(UriPartial.Authority).Equals(scheme + plain, StringComparison.OrdinalIgnoreCase);
    }

    private static void Tiles(IReadOnlyList<DashboardTile> tiles, QueryErrors errors)
    {
        if (tiles.Count > DashboardLimits.Tiles)
        {
            errors.Add("tiles", string.Create(CultureInfo.InvariantCulture, $"Must have at most {DashboardLimits.Tiles} tiles."));
            return;
        }

        for (var i = 0; i < tiles.Count; i++)
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"tiles[{i}]");
            if (tiles[i] is not { } tile)
            {
                errors.Add(path, "Must not be null.");
                continue;
            }

            Text(tile.Title, 0, DashboardLimits.TitleLength, path + ".title", errors);
            if (tile.Figure is { } figure && !FiguresOf(tile.Query).Contains(figure))
            {
                errors.Add(path + ".figure", FiguresOf(tile.Query) is { Count: > 0 } figures ? $"Must be one of {string.Join(", ", figures)}." : "This kind of insight has no figures to choose from.");
            }

            Number(tile.Width, 1, DashboardLimits.Columns, path + ".width", errors);
            Number(tile.Height, 1, DashboardLimits.MaxHeight, path + ".height", errors);
            Number(tile.X, 0, DashboardLimits.Columns - Math.Clamp(tile.Width, 1, DashboardLimits.Columns), path + ".x", errors);
            Number(tile.Y, 0, DashboardLimits.Rows, path + ".y", errors);
            if (JsonSerializer.Serialize(tile.Query, QueryJson.Options).Length > DashboardLimits.QueryLength)
            {
                errors.Add(path + ".query", string.Create(CultureInfo.InvariantCulture, $"Must have at most {DashboardLimits.QueryLength} characters as JSON."));
            }

            for (var other = 0; other < i; other++)
            {
                if (tiles[other] is { } before && before.Id is not null && before.Id == tile.Id)
                {
                    errors.Add(path + ".id", "Is another tile's.");
                }
                else if (tiles[other] is { } beside && Overlap(tile, beside))
                {
                    errors.Add(path, string.Create(CultureInfo.InvariantCulture, $"Lies over tiles[{other}]."));
                }
            }
        }
    }

    /// <summary>The figures that a tile can choose from, by their names in the answer.</summary>
    private static IReadOnlyList<string> FiguresOf(InsightQuery query) => query switch
    {
        SessionsQuery => ["sessions", "views", "viewsPerSession", "bounceRate", "meanSeconds", "medianSeconds"],
        WebQuery => ["visitors", "visits", "pageViews", "viewsPerVisit", "bounceRate", "meanSeconds"],
        _ => [],
    };

    private static bool Overlap(DashboardTile a, DashboardTile b) =>
        a.X < (long)b.X + b.Width && b.X < (long)a.X + a.Width && a.Y < (long)b.Y + b.Height && b.Y < (long)a.Y + a.Height;

    private static void Number(int value, int least, int most, string path, QueryErrors errors)
    {
        if (value < least || value > most)
        {
            errors.Add(path, string.Create(CultureInfo.InvariantCulture, $"Must be from {least} to {most}."));
        }
    }

    internal static void Text(string text, int least, int most, string path, QueryErrors errors)
    {
        if (text.Length < least)
        {
            errors.Add(path, "Must not be empty.");
        }
        else if (text.Length > most)
        {
            errors.Add(path, string.Create(CultureInfo.InvariantCulture, $"Must have at most {most} characters."));
        }
        else if (text.Any(static c => char.IsControl(c) && c is not ('\n' or '\r' or '\t')))
        {
            errors.Add(path, "Must not contain control characters.");
        }
    }

    /// <summary>What is wrong with a link to be made.</summary>
    public static void Validate(NewDashboardShare share, QueryErrors errors)
    {
        Text(share.Name?.Trim() ?? "", 1, DashboardLimits.NameLength, "name", errors);
        if (share.Days is < 1 or > DashboardLimits.MaxDays)
        {
            errors.Add("days", string.Create(CultureInfo.InvariantCulture, $"Must be from 1 to {DashboardLimits.MaxDays}, or left out for a link that does not end by itself."));
        }

        if (share.EmbedOrigins.Count > DashboardLimits.EmbedOrigins)
        {
            errors.Add("embedOrigins", string.Create(CultureInfo.InvariantCulture, $"Must have at most {DashboardLimits.EmbedOrigins} sites."));
        }

        for (var i = 0; i < Math.Min(share.EmbedOrigins.Count, DashboardLimits.EmbedOrigins); i++)
        {
            if (!IsOrigin(share.EmbedOrigins[i]))
            {
                errors.Add(string.Create(CultureInfo.InvariantCulture, $"embedOrigins[{i}]"), "Must be a site such as https://intranet.example.com or https://*.example.com, without a path.");
            }
        }
    }
}
