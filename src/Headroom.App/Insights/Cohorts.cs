using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Headroom.App.Shared;
using Headroom.App.Shared.Control;
using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Sql;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Headroom.App.Insights;

/// <summary>
/// Cohorts in the control database. Who is in one by its condition is asked with each question and never kept; its size is
/// kept with when it was computed, until the data has changed and some seconds have passed. Safe for concurrent use.
/// </summary>
internal sealed class Cohorts(
    ControlDatabase database, ControlDirectory directory, PersonsExplorer persons, InsightsService insights, IEventReader reader, SqlDialect dialect,
    TimeProvider time, IOptions<InsightsOptions> options)
{
    private static readonly TimeSpan Unchanged = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<(int Id, long Version), Computed> _sizes = new();

    /// <summary>All of a project by name, with the sizes known so far.</summary>
    public async Task<IReadOnlyList<CohortDetails>> ListAsync(ProjectInfo project, CancellationToken cancellationToken)
    {
        await using var context = await database.OpenAsync(cancellationToken);
        var rows = await context.Cohorts.AsNoTracking().Where(c => c.ProjectId == project.Id.Value).OrderBy(c => c.Name).ThenBy(c => c.Id).ToListAsync(cancellationToken);
        return [.. rows.Select(r => Details(r, _sizes.GetValueOrDefault((r.Id, r.Version))))];
    }

    /// <summary>One with its size; null where there is none.</summary>
    public async Task<CohortDetails?> FindAsync(ProjectInfo project, int id, CancellationToken cancellationToken)
    {
        await using var context = await database.OpenAsync(cancellationToken);
        return await context.Cohorts.AsNoTracking().SingleOrDefaultAsync(c => c.Id == id && c.ProjectId == project.Id.Value, cancellationToken) is { } row
            ? Details(row, await SizeAsync(project, row, cancellationToken))
            : null;
    }

    /// <summary>Null where <paramref name="errors"/> has what is wrong.</summary>
    public async Task<CohortDetails?> CreateAsync(ProjectInfo project, CohortChange change, QueryErrors errors, CancellationToken cancellationToken)
    {
        QueryValidator.Name(change.Name?.Trim(), "name", errors);
        if (change.Condition is null && change.Members is null && change.From is null)
        {
            errors.Add("condition", "Is missing: give condition, members or from.");
        }

        if (await KeysAsync(project, change, errors, cancellationToken) is var keys && errors.Any)
        {
            return null;
        }

        await using var context = await database.OpenAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        if (await context.Cohorts.CountAsync(c => c.ProjectId == project.Id.Value, cancellationToken) >= options.Value.MaxCohorts)
        {
            errors.Add("name", $"The project has {options.Value.MaxCohorts} cohorts already, which is the limit ({InsightsOptions.Section}:MaxCohorts). Delete one first.");
            return null;
        }

        var now = time.GetUtcNow();
        var row = new CohortRow { ProjectId = project.Id.Value, Name = change.Name!.Trim(), CreatedAt = now, UpdatedAt = now };
        context.Cohorts.Add(row);
        await PutAsync(context, row, change, keys, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        await directory.ReloadAsync(cancellationToken);
        return Details(row, await SizeIfAnyAsync(project, row, cancellationToken));
    }

    /// <summary>Null where <paramref name="errors"/> has what is wrong, or where there is none.</summary>
    public async Task<CohortDetails?> ChangeAsync(ProjectInfo project, int id, CohortChange change, QueryErrors errors, CancellationToken cancellationToken)
    {
        if (change.Name is not null)
        {
            QueryValidator.Name(change.Name.Trim(), "name", errors);
        }

        if (await KeysAsync(project, change, errors, cancellationToken) is var keys && errors.Any)
        {
            return null;
        }

        await using var context = await database.OpenAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        if (await context.Cohorts.SingleOrDefaultAsync(c => c.Id == id && c.ProjectId == project.Id.Value, cancellationToken) is not { } row)
        {
            return null;
        }

        row.Name = change.Name?.Trim() ?? row.Name;
        row.UpdatedAt = time.GetUtcNow();
        await PutAsync(context, row, change, keys, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        await directory.ReloadAsync(cancellationToken);
        return Details(row, await SizeIfAnyAsync(project, row, cancellationToken));
    }

    public async Task<bool> DeleteAsync(ProjectInfo project, int id, CancellationToken cancellationToken)
    {
        await using var context = await database.OpenAsync(cancellationToken);
        if (await context.Cohorts.Where(c => c.Id == id && c.ProjectId == project.Id.Value).ExecuteDeleteAsync(cancellationToken) == 0)
        {
            return false;
        }

        await directory.ReloadAsync(cancellationToken);
        foreach (var size in _sizes.Keys.Where(k => k.Id == id))
        {
            _sizes.TryRemove(size, out _);
        }

        return true;
    }

    private static async Task PutAsync(ControlContext context, CohortRow row, CohortChange change, IReadOnlyList<long>? keys, CancellationToken cancellationToken)
    {
        if (change.Condition is not null || keys is not null)
        {
            row.Condition = change.Condition is null ? null : JsonSerializer.Serialize(change.Condition, QueryJson.Options);
            row.Version++;
        }

        await context.SaveChangesAsync(cancellationToken);
        if (change.Condition is not null || keys is not null)
        {
            await context.CohortMembers.Where(m => m.CohortId == row.Id).ExecuteDeleteAsync(cancellationToken);
        }

        if (keys is not null)
        {
            context.CohortMembers.Add(new CohortMembersRow { CohortId = row.Id, Keys = Text(keys), Count = keys.Count });
            await context.SaveChangesAsync(cancellationToken);
        }
    }

    private static string Text(IReadOnlyList<long> keys) => string.Join(',', keys.Select(static k => k.ToString(CultureInfo.InvariantCulture)));

    /// <summary>The keys of a list; null where the change is not about one.</summary>
    private async Task<IReadOnlyList<long>?> KeysAsync(ProjectInfo project, CohortChange change, QueryErrors errors, CancellationToken cancellationToken)
    {
        if ((change.Condition is null ? 0 : 1) + (change.Members is null ? 0 : 1) + (change.From is null ? 0 : 1) > 1)
        {
            errors.Add("condition", "Give one of condition, members and from.");
            return null;
        }

        if (change.Condition is { } condition)
        {
            CohortValidator.Validate(condition, "condition", new LocalCalendar(project.TimeZone, project.WeekStartsOnSunday), UnixMicros.From(time.GetUtcNow()), errors);
            if (!errors.Any)
            {
                await CheckPatternsAsync(condition, "condition", project, errors, cancellationToken);
            }

            return null;
        }

        if (change.Members is { } members)
        {
            if (members.DistinctIds.Count + members.Persons.Count > QueryLimits.CohortMembers)
            {
                errors.Add("members", string.Create(CultureInfo.InvariantCulture, $"Must have at most {QueryLimits.CohortMembers} persons."));
                return null;
            }

            var found = new SortedSet<long>(reader.FindPersons(project.Id, [.. members.DistinctIds.Where(static d => !string.IsNullOrEmpty(d))]).Values);
            if (members.Persons.Count > 0)
            {
                var rows = await insights.QueryAsync(
                    "cohort", CohortCompiler.ByUuid(string.Join(',', members.Persons), QueryLimits.CohortMembers, project.Id, reader.Schema(project.Id), dialect), cancellationToken);
                found.UnionWith(rows.Rows.Select(static r => (long)r[0]!));
            }

            return [.. found];
        }

        if (change.From is { } from && await persons.BehindAsync(from, project, "from", errors, cancellationToken) is { } behind)
        {
            if (behind.Total > QueryLimits.CohortMembers)
            {
                errors.Add("from.point", string.Create(CultureInfo.InvariantCulture, $"Has {behind.Total} persons behind it, more than the {QueryLimits.CohortMembers} of a list."));
            }

            return behind.Keys;
        }

        return null;
    }

    private async ValueTask CheckPatternsAsync(CohortCondition condition, string path, ProjectInfo project, QueryErrors errors, CancellationToken cancellationToken)
    {
        switch (condition)
        {
            case CohortAll or CohortAny:
                var of = condition is CohortAll all ? all.Of : ((CohortAny)condition).Of;
                for (var i = 0; i < of.Count; i++)
                {
                    await CheckPatternsAsync(of[i], string.Create(CultureInfo.InvariantCulture, $"{path}.of[{i}]"), project, errors, cancellationToken);
                }

                break;
            case CohortPerson person:
                await insights.CheckPatternsAsync(person.Filters, path + ".filters", project, errors, cancellationToken);
                break;
            case CohortDid did:
                await insights.CheckPatternsAsync(did.Filters, path + ".filters", project, errors, cancellationToken);
                break;
        }
    }

    /// <summary>What was made or changed is, whether or not the store has time to count now.</summary>
    private async ValueTask<Computed?> SizeIfAnyAsync(ProjectInfo project, CohortRow row, CancellationToken cancellationToken)
    {
        try
        {
            return await SizeAsync(project, row, cancellationToken);
        }
        catch (QueryRefusedException)
        {
            return null;
        }
    }

    private async ValueTask<Computed?> SizeAsync(ProjectInfo project, CohortRow row, CancellationToken cancellationToken)
    {
        var schema = reader.Schema(project.Id);
        var now = time.GetUtcNow();
        // Time alone changes who is in a cohort, where its range moves with the present.
        if (_sizes.TryGetValue((row.Id, row.Version), out var known) &&
            now - known.At < (known.DataVersion == schema.DataVersion ? Unchanged : TimeSpan.FromSeconds(options.Value.DefinitionsMaxAgeSeconds)))
        {
            return known;
        }

        if (schema.Cohorts(row.Id) is not { } source)
        {
            return null;
        }

        var rows = await insights.QueryAsync("cohort", CohortCompiler.Size(source, project.Id, schema, dialect), cancellationToken);
        var computed = new Computed((long)rows.Rows[0][0]!, now, rows.DataVersion);
        foreach (var old in _sizes.Keys.Where(k => k.Id == row.Id && k.Version != row.Version))
        {
            _sizes.TryRemove(old, out _);
        }

        _sizes[(row.Id, row.Version)] = computed;
        return computed;
    }

    private static CohortDetails Details(CohortRow row, Computed? size) => new()
    {
        Id = row.Id,
        Name = row.Name,
        Condition = row.Condition is null ? null : QueryJson.Read<CohortCondition>(Encoding.UTF8.GetBytes(row.Condition), "", new QueryErrors()),
        Size = size?.Size,
        ComputedAt = size?.At,
        CreatedAt = row.CreatedAt,
        UpdatedAt = row.UpdatedAt,
    };

    private sealed record Computed(long Size, DateTimeOffset At, long DataVersion);
}
