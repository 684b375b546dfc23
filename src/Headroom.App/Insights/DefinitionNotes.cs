using System.Globalization;
using Headroom.App.Shared;
using Headroom.App.Shared.Control;
using Headroom.Core;
using Headroom.Core.Queries;
using Microsoft.EntityFrameworkCore;

namespace Headroom.App.Insights;

/// <summary>What people say of one name.</summary>
internal sealed record DefinitionNote(string Name, string Description, bool Hidden, string? ChangedBy, DateTimeOffset ChangedAt);

/// <summary>Descriptions of events and properties, and which of them are hidden. Safe for concurrent use.</summary>
internal sealed class DefinitionNotes(ControlDatabase database, TimeProvider time)
{
    /// <summary>Of one project.</summary>
    public const int Most = 10_000;
    public const int MostAtOnce = 500;
    public const int MaxDescription = 2_000;

    /// <summary>All of a project, by name.</summary>
    public async ValueTask<Noted> ListAsync(ProjectId project, DefinitionKind kind, CancellationToken cancellationToken)
    {
        await using var context = await database.OpenAsync(cancellationToken);
        var rows = from row in context.Definitions.AsNoTracking()
                   where row.ProjectId == project.Value && row.Kind == kind
                   join user in context.Users on row.ChangedBy equals user.Id into changers
                   from changer in changers.DefaultIfEmpty()
                   select new DefinitionNote(row.Name, row.Description, row.Hidden, changer == null ? null : changer.Name, row.ChangedAt);
        return new Noted(await rows.ToDictionaryAsync(static n => n.Name, StringComparer.Ordinal, cancellationToken));
    }

    /// <summary>The names as they are then; null where <paramref name="errors"/> has what is wrong.</summary>
    /// <param name="user">The number of the person who changes it.</param>
    public async Task<IReadOnlyList<DefinitionNote>?> ChangeAsync(
        ProjectId project, DefinitionChange change, int? user, QueryErrors errors, CancellationToken cancellationToken)
    {
        Check(change, errors);
        if (errors.Any)
        {
            return null;
        }

        var kind = change.Kind == DefinitionOf.Event ? DefinitionKind.Event : DefinitionKind.Property;
        var names = change.Names.Distinct(StringComparer.Ordinal).ToList();
        await using var context = await database.OpenAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var known = await context.Definitions.Where(d => d.ProjectId == project.Value && d.Kind == kind && names.Contains(d.Name))
            .ToDictionaryAsync(static d => d.Name, StringComparer.Ordinal, cancellationToken);
        var others = await context.Definitions.CountAsync(d => d.ProjectId == project.Value, cancellationToken) - known.Count;
        if (others + names.Count > Most)
        {
            errors.Add("names", string.Create(CultureInfo.InvariantCulture, $"The project has descriptions of, or hides, {Most} names, which is the limit."));
            return null;
        }

        var now = time.GetUtcNow();
        foreach (var name in names)
        {
            if (!known.TryGetValue(name, out var row))
            {
                known[name] = row = new DefinitionRow { ProjectId = project.Value, Kind = kind, Name = name, Description = "" };
                context.Definitions.Add(row);
            }

            row.Description = change.Description?.Trim() ?? row.Description;
            row.Hidden = change.Hidden ?? row.Hidden;
            (row.ChangedBy, row.ChangedAt) = (user, now);
            if (row is { Description: "", Hidden: false })
            {
                // Nothing is said of it any more.
                context.Definitions.Remove(row);
            }
        }

        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        var by = user is null ? null : await context.Users.Where(u => u.Id == user).Select(static u => u.Name).SingleOrDefaultAsync(cancellationToken);
        return [.. names.Select(n => known[n]).Select(r => new DefinitionNote(r.Name, r.Description, r.Hidden, by, now))];
    }

    private static void Check(DefinitionChange change, QueryErrors errors)
    {
        if (change.Kind is null)
        {
            errors.Add("kind", "Must be event or property.");
        }

        if (change.Names.Count is 0 or > MostAtOnce)
        {
            errors.Add("names", string.Create(CultureInfo.InvariantCulture, $"Must have from 1 to {MostAtOnce} names."));
        }

        for (var i = 0; i < change.Names.Count && !errors.Any; i++)
        {
            QueryValidator.Name(change.Names[i], string.Create(CultureInfo.InvariantCulture, $"names[{i}]"), errors);
        }

        if (change.Description is null && change.Hidden is null)
        {
            errors.Add("description", "Is missing: give description, hidden or both.");
        }

        if (change.Description?.Trim().Length > MaxDescription)
        {
            errors.Add("description", string.Create(CultureInfo.InvariantCulture, $"Must have at most {MaxDescription} characters."));
        }
        else if (change.Description?.Contains('\0', StringComparison.Ordinal) is true)
        {
            errors.Add("description", "Must not contain the character U+0000.");
        }
    }
}

/// <summary>The notes of one kind.</summary>
internal sealed class Noted(IReadOnlyDictionary<string, DefinitionNote> notes)
{
    public int Count => notes.Count;

    /// <summary>Differs where any of it differs, for the tags of answers.</summary>
    public string Tag { get; } = string.Join('|', notes.Values.OrderBy(static n => n.Name, StringComparer.Ordinal)
        .Select(static n => string.Create(CultureInfo.InvariantCulture, $"{n.Name}\0{n.ChangedAt.UtcTicks}\0{n.Hidden}")));

    public bool Hides(string name) => notes.TryGetValue(name, out var note) && note.Hidden;

    public string? Describes(string name) => notes.TryGetValue(name, out var note) && note.Description.Length > 0 ? note.Description : null;
}
