using System.Globalization;
using System.Text.Json;
using Headroom.App.Shared;
using Headroom.App.Shared.Control;
using Headroom.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Headroom.App.Projects;

/// <summary>Why something was not done. A retry never helps.</summary>
public abstract record ProjectRefusal
{
    private ProjectRefusal()
    {
    }

    /// <summary>Fields and what is wrong with them.</summary>
    public sealed record Invalid(IReadOnlyDictionary<string, string[]> Errors) : ProjectRefusal;

    /// <summary>There is no such project or key.</summary>
    public sealed record NotFound : ProjectRefusal;

    /// <summary>The field collides with something that exists, or with a bound.</summary>
    public sealed record Conflict(string Field, string Reason) : ProjectRefusal;
}

/// <summary>Either what was asked for or why not; exactly one of the two is null.</summary>
public readonly record struct ProjectResult<T>
    where T : class
{
    public ProjectResult(T value) => Value = value;

    public ProjectResult(ProjectRefusal refusal) => Refusal = refusal;

    public T? Value { get; }

    public ProjectRefusal? Refusal { get; }
}

/// <summary>
/// Projects and their keys in the control database, for the API and the command line. Every change is one transaction
/// that takes SQLite's write lock first, so that what it checks still holds when it commits.
/// </summary>
public sealed class ProjectCatalog
{
    private readonly ControlDatabase _database;
    private readonly ControlDirectory _directory;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ProjectsOptions _options;

    internal ProjectCatalog(
        ControlDatabase database, ControlDirectory directory, TimeProvider time, ILogger<ProjectCatalog> logger, IOptions<ProjectsOptions> options)
    {
        _database = database;
        _directory = directory;
        _time = time;
        _logger = logger;
        _options = options.Value;
    }

    public async Task<IReadOnlyList<ProjectDetails>> ListAsync(CancellationToken cancellationToken)
    {
        await using var context = await _database.OpenAsync(cancellationToken);
        var rows = await context.Projects.AsNoTracking().Include(p => p.Domains).OrderBy(p => p.Id).ToListAsync(cancellationToken);
        return [.. rows.Select(Details)];
    }

    public async Task<ProjectDetails?> FindAsync(ProjectId project, CancellationToken cancellationToken)
    {
        await using var context = await _database.OpenAsync(cancellationToken);
        var row = await context.Projects.AsNoTracking().Include(p => p.Domains).SingleOrDefaultAsync(p => p.Id == project.Value, cancellationToken);
        return row is null ? null : Details(row);
    }

    /// <summary>Makes a project with one write key and one read key; given keys are taken where they are not null.</summary>
    public async Task<ProjectResult<CreatedProject>> CreateAsync(
        NewProject request, CancellationToken cancellationToken, string? writeKey = null, string? readKey = null)
    {
        var errors = new Dictionary<string, string[]>();
        var name = request.Name?.Trim();
        var timeZone = request.TimeZone ?? "UTC";
        CheckName(errors, name);
        CheckTimeZone(errors, timeZone);
        var domains = CheckDomains(errors, request.Domains ?? []);
        if (errors.Count > 0)
        {
            return new(new ProjectRefusal.Invalid(errors));
        }

        await using var context = await _database.OpenAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        if (await context.Projects.CountAsync(cancellationToken) >= _options.MaxProjects)
        {
            return new(new ProjectRefusal.Conflict("name", $"There are {_options.MaxProjects} projects already, which is the limit ({ProjectsOptions.Section}:MaxProjects)."));
        }

        if (await TakenDomainAsync(context, domains, null, cancellationToken) is { } taken)
        {
            return new(taken);
        }

        var now = _time.GetUtcNow();
        var row = new ProjectRow
        {
            Name = name!,
            TimeZone = timeZone,
            CreatedAt = now,
            Domains = [.. domains.Select(domain => new DomainRow { Domain = domain })],
        };
        context.Projects.Add(row);
        await context.SaveChangesAsync(cancellationToken);
        writeKey ??= ProjectKeys.Make(KeyKind.Write);
        readKey ??= ProjectKeys.Make(KeyKind.Read);
        context.Keys.Add(ProjectKeys.Row(row.Id, KeyKind.Write, "Default", writeKey, now));
        context.Keys.Add(ProjectKeys.Row(row.Id, KeyKind.Read, "Default", readKey, now));
        await context.SaveChangesAsync(cancellationToken);
        await CommitAsync(transaction, cancellationToken);
        ProjectsLog.ProjectCreated(_logger, row.Id);
        return new(new CreatedProject(Details(row), writeKey, readKey));
    }

    public async Task<ProjectResult<ProjectDetails>> ChangeAsync(ProjectId project, ProjectPatch patch, CancellationToken cancellationToken)
    {
        var errors = new Dictionary<string, string[]>();
        var name = patch.Name?.Trim();
        if (name is not null)
        {
            CheckName(errors, name);
        }

        if (patch.TimeZone is not null)
        {
            CheckTimeZone(errors, patch.TimeZone);
        }

        if (patch.WeekStartsOn is not (null or "monday" or "sunday"))
        {
            errors["weekStartsOn"] = ["Weeks start on monday or sunday."];
        }

        if (patch.RetentionDays is < 0 or > ProjectRules.MaxRetentionDays)
        {
            errors["retentionDays"] = ["Must be from 1 to 36500, or 0 to keep events for ever."];
        }

        CheckDropped(errors, patch.DroppedProperties ?? []);
        var domains = patch.Domains is null ? null : CheckDomains(errors, patch.Domains);
        if (errors.Count > 0)
        {
            return new(new ProjectRefusal.Invalid(errors));
        }

        await using var context = await _database.OpenAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var row = await context.Projects.Include(p => p.Domains).SingleOrDefaultAsync(p => p.Id == project.Value, cancellationToken);
        if (row is null)
        {
            return new(new ProjectRefusal.NotFound());
        }

        if (domains is not null)
        {
            if (await TakenDomainAsync(context, domains, row.Id, cancellationToken) is { } taken)
            {
                return new(taken);
            }

            row.Domains.RemoveAll(d => !domains.Contains(d.Domain));
            row.Domains.AddRange(domains.Except(row.Domains.Select(d => d.Domain)).ToList().Select(domain => new DomainRow { Domain = domain }));
        }

        row.Name = name ?? row.Name;
        row.TimeZone = patch.TimeZone ?? row.TimeZone;
        row.WeekStartsOnSunday = patch.WeekStartsOn is null ? row.WeekStartsOnSunday : patch.WeekStartsOn == "sunday";
        row.KeepIp = patch.KeepIp ?? row.KeepIp;
        row.Cookieless = patch.Cookieless ?? row.Cookieless;
        row.RetentionDays = patch.RetentionDays is { } days ? (days == 0 ? null : days) : row.RetentionDays;
        if (patch.DroppedProperties is { } dropped)
        {
            row.DroppedProperties = dropped.Count == 0 ? null : JsonSerializer.Serialize(dropped.Distinct(StringComparer.Ordinal));
        }

        await context.SaveChangesAsync(cancellationToken);
        await CommitAsync(transaction, cancellationToken);
        ProjectsLog.ProjectChanged(_logger, row.Id);
        return new(Details(row));
    }

    public async Task<IReadOnlyList<KeyDetails>> ListKeysAsync(ProjectId project, CancellationToken cancellationToken)
    {
        await using var context = await _database.OpenAsync(cancellationToken);
        var rows = await context.Keys.AsNoTracking().Where(k => k.ProjectId == project.Value).OrderBy(k => k.Id).ToListAsync(cancellationToken);
        return [.. rows.Select(k => new KeyDetails(Text(k.Id), Text(k.Kind), k.Name, k.Key, k.Prefix, k.CreatedAt))];
    }

    public async Task<ProjectResult<CreatedKey>> CreateKeyAsync(ProjectId project, NewKey request, CancellationToken cancellationToken)
    {
        var errors = new Dictionary<string, string[]>();
        var name = request.Name?.Trim();
        CheckName(errors, name);
        if (request.Kind is not ("write" or "read"))
        {
            errors["kind"] = ["The kind is write or read."];
        }

        if (errors.Count > 0)
        {
            return new(new ProjectRefusal.Invalid(errors));
        }

        await using var context = await _database.OpenAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        if (!await context.Projects.AnyAsync(p => p.Id == project.Value, cancellationToken))
        {
            return new(new ProjectRefusal.NotFound());
        }

        if (await context.Keys.CountAsync(k => k.ProjectId == project.Value, cancellationToken) >= _options.MaxKeys)
        {
            return new(new ProjectRefusal.Conflict("name", $"The project has {_options.MaxKeys} keys already, which is the limit ({ProjectsOptions.Section}:MaxKeys). Delete one first."));
        }

        var kind = request.Kind == "write" ? KeyKind.Write : KeyKind.Read;
        var key = ProjectKeys.Make(kind);
        var row = ProjectKeys.Row(project.Value, kind, name!, key, _time.GetUtcNow());
        context.Keys.Add(row);
        await context.SaveChangesAsync(cancellationToken);
        await CommitAsync(transaction, cancellationToken);
        ProjectsLog.KeyCreated(_logger, project, row.Id, request.Kind!);
        return new(new CreatedKey(Text(row.Id), Text(kind), row.Name, key, row.Prefix, row.CreatedAt));
    }

    /// <summary>False when the project has no such key.</summary>
    public async Task<bool> DeleteKeyAsync(ProjectId project, int key, CancellationToken cancellationToken)
    {
        await using var context = await _database.OpenAsync(cancellationToken);
        if (await context.Keys.Where(k => k.Id == key && k.ProjectId == project.Value).ExecuteDeleteAsync(cancellationToken) == 0)
        {
            return false;
        }

        await _directory.ReloadAsync(cancellationToken);
        ProjectsLog.KeyDeleted(_logger, project, key);
        return true;
    }

    private static void CheckName(Dictionary<string, string[]> errors, string? name)
    {
        if (ProjectRules.NameProblem(name) is { } problem)
        {
            errors["name"] = [problem];
        }
    }

    private static void CheckTimeZone(Dictionary<string, string[]> errors, string timeZone)
    {
        if (!ProjectRules.IsTimeZone(timeZone))
        {
            errors["timeZone"] = ["This is not the IANA name of a time zone, such as Europe/Berlin or UTC."];
        }
    }

    private static void CheckDropped(Dictionary<string, string[]> errors, IReadOnlyList<string> names)
    {
        if (names.Count > ProjectRules.MaxDropped)
        {
            errors["droppedProperties"] = [$"At most {ProjectRules.MaxDropped} properties can be left out."];
            return;
        }

        for (var i = 0; i < names.Count; i++)
        {
            if (ProjectRules.DroppedProblem(names[i]) is { } problem)
            {
                errors[$"droppedProperties[{Text(i)}]"] = [problem];
            }
        }
    }

    private static string Text(int id) => id.ToString(CultureInfo.InvariantCulture);

    private static string Text(KeyKind kind) => kind == KeyKind.Write ? "write" : "read";

    // Of an owner, which whoever asks without the API is; the endpoints put in the caller's.
    private static ProjectDetails Details(ProjectRow row) => new(
        Text(row.Id), row.Name, row.TimeZone, row.WeekStartsOnSunday ? "sunday" : "monday", row.KeepIp,
        [.. row.Domains.Select(d => d.Domain).Order(StringComparer.Ordinal)], row.CreatedAt,
        ProjectRole.Owner.Text())
    {
        RetentionDays = row.RetentionDays,
        DroppedProperties = ProjectRow.Names(row.DroppedProperties),
        Cookieless = row.Cookieless,
    };

    private static async Task<ProjectRefusal?> TakenDomainAsync(
        ControlContext context, List<string> domains, int? except, CancellationToken cancellationToken)
    {
        if (domains.Count == 0)
        {
            return null;
        }

        var taken = await context.Domains.AsNoTracking()
            .Where(d => domains.Contains(d.Domain) && d.ProjectId != except).OrderBy(d => d.Domain).FirstOrDefaultAsync(cancellationToken);
        return taken is null ? null : new ProjectRefusal.Conflict("domains", $"{taken.Domain} belongs to another project.");
    }

    private List<string> CheckDomains(Dictionary<string, string[]> errors, IReadOnlyList<string> given)
    {
        if (given.Count > _options.MaxDomains)
        {
            errors["domains"] = [$"A project has at most {_options.MaxDomains} domains ({ProjectsOptions.Section}:MaxDomains)."];
            return [];
        }

        var domains = new List<string>(given.Count);
        for (var i = 0; i < given.Count; i++)
        {
            if (ProjectRules.NormalizeDomain(given[i]) is not { } domain)
            {
                errors[$"domains[{Text(i)}]"] = ["This is not a domain, such as example.com."];
            }
            else if (!domains.Contains(domain))
            {
                domains.Add(domain);
            }
        }

        return domains;
    }

    private async Task CommitAsync(Microsoft.EntityFrameworkCore.Storage.IDbContextTransaction transaction, CancellationToken cancellationToken)
    {
        await transaction.CommitAsync(cancellationToken);
        await _directory.ReloadAsync(cancellationToken);
    }
}
