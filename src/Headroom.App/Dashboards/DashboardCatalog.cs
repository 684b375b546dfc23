// Every change of a dashboard is one transaction that takes SQLite's write lock first, so that the version which it was
// made for is still the present one when it commits. A deleted dashboard keeps its row and its links for some days, to be
// brought back as it was; until then it is nowhere to be seen, and its links answer as if they had never been.

using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Headroom.App.Shared;
using Headroom.App.Shared.Control;
using Headroom.Core;
using Headroom.Core.Queries;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Headroom.App.Dashboards;

/// <summary>What came of a change.</summary>
internal abstract record DashboardResult
{
    private DashboardResult()
    {
    }

    public sealed record Done(DashboardDetails Dashboard) : DashboardResult;

    /// <summary>As the errors say that the caller gave.</summary>
    public sealed record Invalid : DashboardResult;

    public sealed record NotFound : DashboardResult;

    /// <summary>Somebody has changed it since.</summary>
    public sealed record Changed(long Version) : DashboardResult;
}

/// <summary>Dashboards in the control database. Safe for concurrent use.</summary>
internal sealed class DashboardCatalog(
    ControlDatabase database, IInsightAnswers insights, TimeProvider time, ILogger<DashboardCatalog> logger, IOptions<DashboardsOptions> options)
{
    /// <summary>All of a project by name.</summary>
    public async Task<IReadOnlyList<DashboardSummary>> ListAsync(ProjectInfo project, CancellationToken cancellationToken)
    {
        await using var context = await database.OpenAsync(cancellationToken);
        return await context.Dashboards.AsNoTracking()
            .Where(d => d.ProjectId == project.Id.Value && d.DeletedAt == null)
            .OrderBy(d => d.Name).ThenBy(d => d.Id)
            .Select(d => new DashboardSummary
            {
                Id = d.Id,
                Name = d.Name,
                Description = d.Description,
                Tiles = d.TileCount,
                Shares = context.DashboardShares.Count(s => s.DashboardId == d.Id),
                CreatedAt = d.CreatedAt,
                CreatedBy = context.Users.Where(u => u.Id == d.CreatedBy).Select(u => u.Name).FirstOrDefault(),
                UpdatedAt = d.UpdatedAt,
            })
            .ToListAsync(cancellationToken);
    }

    /// <summary>Null where there is none.</summary>
    public async Task<DashboardDetails?> FindAsync(ProjectInfo project, int id, CancellationToken cancellationToken)
    {
        await using var context = await database.OpenAsync(cancellationToken);
        return await Present(context, project, id).AsNoTracking().SingleOrDefaultAsync(cancellationToken) is { } row
            ? await DetailsAsync(context, row, cancellationToken)
            : null;
    }

    public async Task<DashboardResult> CreateAsync(ProjectInfo project, DashboardChange change, int? by, QueryErrors errors, CancellationToken cancellationToken)
    {
        if (change.Name is null)
        {
            errors.Add("name", "Is missing.");
        }

        await CheckAsync(project, change, null, errors, cancellationToken);
        return errors.Any ? new DashboardResult.Invalid() : await AddAsync(project, Row, errors, cancellationToken);

        DashboardRow Row(DateTimeOffset now)
        {
            var row = new DashboardRow
            {
                ProjectId = project.Id.Value,
                Name = "",
                Description = "",
                Filters = "[]",
                Tiles = "[]",
                CreatedBy = by,
                CreatedAt = now,
            };
            Put(row, change, now);
            return row;
        }
    }

    /// <summary>A copy under a name of its own, without the links.</summary>
    public async Task<DashboardResult> DuplicateAsync(ProjectInfo project, int id, int? by, QueryErrors errors, CancellationToken cancellationToken)
    {
        DashboardRow? original;
        await using (var context = await database.OpenAsync(cancellationToken))
        {
            original = await Present(context, project, id).AsNoTracking().SingleOrDefaultAsync(cancellationToken);
        }

        return original is null ? new DashboardResult.NotFound() : await AddAsync(project, Row, errors, cancellationToken);

        DashboardRow Row(DateTimeOffset now) => new()
        {
            ProjectId = project.Id.Value,
            Name = CopyName(original!.Name),
            Description = original.Description,
            Range = original.Range,
            Filters = original.Filters,
            RefreshSeconds = original.RefreshSeconds,
            Tiles = original.Tiles,
            TileCount = original.TileCount,
            LastTile = original.LastTile,
            Version = 1,
            CreatedBy = by,
            CreatedAt = now,
            UpdatedAt = now,
        };
    }

    /// <param name="version">The one that the change was made for.</param>
    public async Task<DashboardResult> ChangeAsync(
        ProjectInfo project, int id, DashboardChange change, long version, QueryErrors errors, CancellationToken cancellationToken)
    {
        if (await FindAsync(project, id, cancellationToken) is not { } known)
        {
            return new DashboardResult.NotFound();
        }

        await CheckAsync(project, change, known.Tiles, errors, cancellationToken);
        if (errors.Any)
        {
            return new DashboardResult.Invalid();
        }

        await using var context = await database.OpenAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        if (await Present(context, project, id).SingleOrDefaultAsync(cancellationToken) is not { } row)
        {
            return new DashboardResult.NotFound();
        }

        if (row.Version != version)
        {
            return new DashboardResult.Changed(row.Version);
        }

        Put(row, change, Now());
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new DashboardResult.Done(await DetailsAsync(context, row, cancellationToken));
    }

    /// <summary>It can be brought back for some days; those whose days are over go for good.</summary>
    public async Task<bool> DeleteAsync(ProjectInfo project, int id, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var over = now.AddDays(-options.Value.RestoreDays);
        await using var context = await database.OpenAsync(cancellationToken);
        await context.Dashboards.Where(d => d.DeletedAt < over).ExecuteDeleteAsync(cancellationToken);
        if (await Present(context, project, id).ExecuteUpdateAsync(set => set.SetProperty(d => d.DeletedAt, now), cancellationToken) == 0)
        {
            return false;
        }

        DashboardsLog.Deleted(logger, project.Id, id);
        return true;
    }

    /// <summary>Null where none of the number was deleted in the last days.</summary>
    public async Task<DashboardDetails?> RestoreAsync(ProjectInfo project, int id, CancellationToken cancellationToken)
    {
        var over = time.GetUtcNow().AddDays(-options.Value.RestoreDays);
        await using (var context = await database.OpenAsync(cancellationToken))
        {
            var deleted = context.Dashboards.Where(d => d.Id == id && d.ProjectId == project.Id.Value && d.DeletedAt >= over);
            if (await deleted.ExecuteUpdateAsync(set => set.SetProperty(d => d.DeletedAt, (DateTimeOffset?)null), cancellationToken) == 0)
            {
                return null;
            }
        }

        return await FindAsync(project, id, cancellationToken);
    }

    internal static IQueryable<DashboardRow> Present(ControlContext context, ProjectInfo project, int id) =>
        context.Dashboards.Where(d => d.Id == id && d.ProjectId == project.Id.Value && d.DeletedAt == null);

    internal static IReadOnlyList<DashboardTile> Tiles(DashboardRow row) => Read<IReadOnlyList<DashboardTile>>(row.Tiles);

    internal static QueryRange? Range(DashboardRow row) => row.Range is null ? null : Read<QueryRange>(row.Range);

    internal static IReadOnlyList<PropertyFilter> Filters(DashboardRow row) => Read<IReadOnlyList<PropertyFilter>>(row.Filters);

    private static T Read<T>(string json)
        where T : class
    {
        var errors = new QueryErrors();
        return QueryJson.Read<T>(Encoding.UTF8.GetBytes(json), "", errors) ??
            throw new InvalidOperationException($"The control data has a dashboard that this version cannot read: {string.Join(' ', errors.ToDictionary().Select(static e => $"{e.Key}: {e.Value[0]}"))}");
    }

    private static string Write<T>(T value) => JsonSerializer.Serialize(value, (JsonTypeInfo<T>)QueryJson.Options.GetTypeInfo(typeof(T)));

    private static string CopyName(string name)
    {
        const string Mark = " (copy)";
        return (name.Length + Mark.Length <= DashboardLimits.NameLength ? name : name[..(DashboardLimits.NameLength - Mark.Length)]) + Mark;
    }

    private static void Put(DashboardRow row, DashboardChange change, DateTimeOffset now)
    {
        row.Name = change.Name?.Trim() ?? row.Name;
        row.Description = change.Description?.Trim() ?? row.Description;
        row.RefreshSeconds = change.RefreshSeconds ?? row.RefreshSeconds;
        if (change.Range is { } range)
        {
            row.Range = range == new QueryRange() ? null : Write(range);
        }

        if (change.Filters is { } filters)
        {
            row.Filters = Write(filters);
        }

        if (change.Tiles is { } tiles)
        {
            var last = row.LastTile;
            row.Tiles = Write<IReadOnlyList<DashboardTile>>([.. tiles.Select(t => t with { Id = t.Id ?? ++last, Title = t.Title.Trim() })]);
            row.TileCount = tiles.Count;
            row.LastTile = last;
        }

        row.Version++;
        row.UpdatedAt = now;
    }

    /// <summary>As exactly as it is kept, so that what was made is said as it will be.</summary>
    private DateTimeOffset Now() => UnixMicros.ToInstant(UnixMicros.From(time.GetUtcNow()));

    private async Task<DashboardResult> AddAsync(ProjectInfo project, Func<DateTimeOffset, DashboardRow> make, QueryErrors errors, CancellationToken cancellationToken)
    {
        await using var context = await database.OpenAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var all = context.Dashboards.Where(d => d.ProjectId == project.Id.Value);
        if (await all.CountAsync(cancellationToken) >= options.Value.MaxDashboards)
        {
            // Those that are only kept to be brought back make room.
            await all.Where(d => d.DeletedAt != null).ExecuteDeleteAsync(cancellationToken);
        }

        if (await all.CountAsync(cancellationToken) >= options.Value.MaxDashboards)
        {
            errors.Add("name", string.Create(CultureInfo.InvariantCulture,
                $"The project has {options.Value.MaxDashboards} dashboards already, which is the limit ({DashboardsOptions.Section}:MaxDashboards)."));
            return new DashboardResult.Invalid();
        }

        var row = make(Now());
        context.Dashboards.Add(row);
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new DashboardResult.Done(await DetailsAsync(context, row, cancellationToken));
    }

    /// <param name="known">The tiles that there are; null of a new dashboard.</param>
    private async ValueTask CheckAsync(
        ProjectInfo project, DashboardChange change, IReadOnlyList<DashboardTile>? known, QueryErrors errors, CancellationToken cancellationToken)
    {
        DashboardValidator.Validate(change, new LocalCalendar(project.TimeZone, project.WeekStartsOnSunday), UnixMicros.From(time.GetUtcNow()), errors);
        if (errors.Any)
        {
            return;
        }

        for (var i = 0; i < (change.Tiles?.Count ?? 0); i++)
        {
            var tile = change.Tiles![i];
            var path = string.Create(CultureInfo.InvariantCulture, $"tiles[{i}]");
            var before = known?.FirstOrDefault(t => t.Id == tile.Id);
            if (tile.Id is not null && before is null)
            {
                errors.Add(path + ".id", "Is none of the dashboard's tiles; leave it out of a new one.");
                continue;
            }

            // A question that has become wrong meanwhile, by a cohort that was deleted say, does not hold fast what is around it.
            if (before is not null && Write(before.Query) == Write(tile.Query))
            {
                continue;
            }

            var wrong = new QueryErrors();
            await insights.CheckAsync(tile.Query, project, wrong, cancellationToken);
            errors.AddRange(path + ".query.", wrong);
        }
    }

    private static async Task<DashboardDetails> DetailsAsync(ControlContext context, DashboardRow row, CancellationToken cancellationToken) => new()
    {
        Id = row.Id,
        Name = row.Name,
        Description = row.Description,
        Range = Range(row),
        Filters = Filters(row),
        RefreshSeconds = row.RefreshSeconds,
        Tiles = Tiles(row),
        CreatedAt = row.CreatedAt,
        CreatedBy = row.CreatedBy is { } by ? await context.Users.Where(u => u.Id == by).Select(u => u.Name).SingleOrDefaultAsync(cancellationToken) : null,
        UpdatedAt = row.UpdatedAt,
        Version = row.Version,
    };
}
