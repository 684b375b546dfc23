// A link's token is 238 random bits and says nothing. The database has its SHA-256, so a copy of the database opens no
// link; deleting the row, or the dashboard, ends it in every process at once, and so does its own time. A link answers the dashboard's own tiles and
// nothing else: what a reader may say is which tile, and one of a few ranges where the link allows a choice.

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Headroom.App.Shared;
using Headroom.App.Shared.Control;
using Headroom.Core;
using Headroom.Core.Queries;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Headroom.App.Dashboards;

/// <summary>Links to dashboards, and what they open. Safe for concurrent use.</summary>
public sealed class DashboardShares
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private const string Mark = "hrs_";
    private const int RandomLength = 40;
    private const int PrefixLength = 8;

    /// <summary>However many look at a link, and while events arrive.</summary>
    private static readonly TimeSpan MostBehind = TimeSpan.FromSeconds(10);

    private readonly ControlDatabase _database;
    private readonly IProjectDirectory _projects;
    private readonly TileReader _tiles;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly DashboardsOptions _options;

    internal DashboardShares(
        ControlDatabase database, IProjectDirectory projects, TileReader tiles, TimeProvider time, ILogger<DashboardShares> logger, IOptions<DashboardsOptions> options)
    {
        (_database, _projects, _tiles, _time, _logger, _options) = (database, projects, tiles, time, logger, options.Value);
    }

    /// <summary>
    /// The ranges of which a reader may choose. Few and relative, so that what strangers can ask stays a handful of
    /// questions, whose answers are kept.
    /// </summary>
    internal static IReadOnlyList<QueryRange> Ranges { get; } =
    [
        new() { Last = 24, Unit = Interval.Hour },
        new() { Last = 7, Unit = Interval.Day },
        new() { Last = 30, Unit = Interval.Day },
        new() { Last = 90, Unit = Interval.Day },
        new() { Last = 12, Unit = Interval.Month },
    ];

    /// <summary>Sites that may show the page of a link in a frame; none where there is no such link.</summary>
    public async Task<IReadOnlyList<string>> EmbedOriginsAsync(string token, CancellationToken cancellationToken) =>
        await FindAsync(token, cancellationToken) is { } opened ? Origins(opened.Share) : [];

    /// <summary>Null where there is no such dashboard.</summary>
    internal async Task<IReadOnlyList<DashboardShare>?> ListAsync(ProjectInfo project, int dashboard, CancellationToken cancellationToken)
    {
        await using var context = await _database.OpenAsync(cancellationToken);
        if (!await DashboardCatalog.Present(context, project, dashboard).AnyAsync(cancellationToken))
        {
            return null;
        }

        var rows = await context.DashboardShares.AsNoTracking().Where(s => s.DashboardId == dashboard).OrderBy(s => s.Id).ToListAsync(cancellationToken);
        return [.. rows.Select(Details)];
    }

    /// <summary>Null where there is no such dashboard, or <paramref name="errors"/> says what is wrong.</summary>
    internal async Task<CreatedDashboardShare?> CreateAsync(
        ProjectInfo project, int dashboard, NewDashboardShare request, QueryErrors errors, CancellationToken cancellationToken)
    {
        DashboardValidator.Validate(request, errors);
        if (errors.Any)
        {
            return null;
        }

        await using var context = await _database.OpenAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        if (!await DashboardCatalog.Present(context, project, dashboard).AnyAsync(cancellationToken))
        {
            return null;
        }

        if (await context.DashboardShares.CountAsync(s => s.DashboardId == dashboard, cancellationToken) >= _options.MaxShares)
        {
            errors.Add("name", string.Create(CultureInfo.InvariantCulture,
                $"The dashboard has {_options.MaxShares} links already, which is the limit ({DashboardsOptions.Section}:MaxShares). Revoke one first."));
            return null;
        }

        var token = Mark + RandomNumberGenerator.GetString(Alphabet, RandomLength);
        var now = _time.GetUtcNow();
        var row = new DashboardShareRow
        {
            DashboardId = dashboard,
            Name = request.Name!.Trim(),
            Hash = Hash(token),
            Prefix = token[..PrefixLength],
            ChooseRange = request.ChooseRange,
            EmbedOrigins = string.Join(' ', request.EmbedOrigins.Distinct(StringComparer.OrdinalIgnoreCase)),
            CreatedAt = now,
            ExpiresAt = request.Days is { } days ? now.AddDays(days) : null,
        };
        context.DashboardShares.Add(row);
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        DashboardsLog.Shared(_logger, project.Id, dashboard, row.Id);
        return new CreatedDashboardShare(Details(row), token);
    }

    internal async Task<bool> RevokeAsync(ProjectInfo project, int dashboard, int share, CancellationToken cancellationToken)
    {
        await using var context = await _database.OpenAsync(cancellationToken);
        var present = DashboardCatalog.Present(context, project, dashboard).Select(d => d.Id);
        if (await context.DashboardShares.Where(s => s.Id == share && present.Contains(s.DashboardId)).ExecuteDeleteAsync(cancellationToken) == 0)
        {
            return false;
        }

        DashboardsLog.Revoked(_logger, project.Id, dashboard, share);
        return true;
    }

    /// <summary>What a link opens; null where there is no such link.</summary>
    internal async Task<SharedDashboard?> OpenAsync(string token, CancellationToken cancellationToken) => await FindAsync(token, cancellationToken) is not { } opened
        ? null
        : new SharedDashboard
        {
            Name = opened.Dashboard.Name,
            Description = opened.Dashboard.Description,
            TimeZone = opened.Project.TimeZone.Id,
            Range = DashboardCatalog.Range(opened.Dashboard),
            Ranges = opened.Share.ChooseRange ? Ranges : [],
            RefreshSeconds = opened.Dashboard.RefreshSeconds,
            Tiles =
            [
                .. DashboardCatalog.Tiles(opened.Dashboard).Select(static t => new SharedTile
                {
                    Id = t.Id!.Value,
                    Title = t.Title,
                    Display = t.Display,
                    Figure = t.Figure,
                    X = t.X,
                    Y = t.Y,
                    Width = t.Width,
                    Height = t.Height,
                }),
            ],
        };

    /// <summary>The answer of one of a link's tiles; null where there is no such link or tile, or <paramref name="errors"/> says what is wrong.</summary>
    /// <param name="range">One of those that the link offers; null for the dashboard's.</param>
    internal async Task<TileAnswer?> ReadAsync(string token, int tile, QueryRange? range, QueryErrors errors, CancellationToken cancellationToken)
    {
        if (await FindAsync(token, cancellationToken) is not { } opened ||
            DashboardCatalog.Tiles(opened.Dashboard).FirstOrDefault(t => t.Id == tile) is not { } found)
        {
            return null;
        }

        if (range is not null && !(opened.Share.ChooseRange && Ranges.Contains(range)))
        {
            errors.Add("last", "Is no range that this link offers.");
            return null;
        }

        var answer = await _tiles.ReadAsync(
            found, range ?? DashboardCatalog.Range(opened.Dashboard), DashboardCatalog.Filters(opened.Dashboard), opened.Project, errors, null, MostBehind,
            cancellationToken);
        return answer is null ? null : answer with { Query = TileQuery.WithoutFilters(answer.Query) };
    }

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    private static string[] Origins(DashboardShareRow row) => row.EmbedOrigins.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static DashboardShare Details(DashboardShareRow row) => new()
    {
        Id = row.Id,
        Name = row.Name,
        Prefix = row.Prefix,
        ChooseRange = row.ChooseRange,
        EmbedOrigins = Origins(row),
        CreatedAt = row.CreatedAt,
        ExpiresAt = row.ExpiresAt,
    };

    private async ValueTask<Opened?> FindAsync(string token, CancellationToken cancellationToken)
    {
        if (token.Length != Mark.Length + RandomLength || !token.StartsWith(Mark, StringComparison.Ordinal))
        {
            return null;
        }

        var hash = Hash(token);
        var now = _time.GetUtcNow();
        await using var context = await _database.OpenAsync(cancellationToken);
        var found = await context.DashboardShares.AsNoTracking().Where(s => s.Hash == hash && (s.ExpiresAt == null || s.ExpiresAt > now))
            .Join(context.Dashboards.Where(d => d.DeletedAt == null), s => s.DashboardId, d => d.Id, (share, dashboard) => new { share, dashboard })
            .SingleOrDefaultAsync(cancellationToken);
        return found is not null && await _projects.FindAsync(found.dashboard.ProjectId.ToString(CultureInfo.InvariantCulture), cancellationToken) is { } project
            ? new Opened(found.share, found.dashboard, project)
            : null;
    }

    private sealed record Opened(DashboardShareRow Share, DashboardRow Dashboard, ProjectInfo Project);
}
