using Headroom.App.Shared.Control;
using Headroom.Core;
using Microsoft.EntityFrameworkCore;

namespace Headroom.App.Projects;

/// <summary>Notes at times, which charts show: a launch, an outage, a campaign. Safe for concurrent use.</summary>
internal sealed class Annotations(ControlDatabase database, TimeProvider time)
{
    /// <summary>Of one project.</summary>
    public const int Most = 1_000;

    public const int MaxTextLength = 400;

    private static readonly DateTimeOffset Earliest = new(1970, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Latest = new(2200, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>All of a project, the oldest time first.</summary>
    public async Task<IReadOnlyList<AnnotationDetails>> ListAsync(ProjectId project, CancellationToken cancellationToken)
    {
        await using var context = await database.OpenAsync(cancellationToken);
        return await Details(context, context.Annotations.Where(a => a.ProjectId == project.Value)).ToListAsync(cancellationToken);
    }

    /// <param name="author">The number of the person who writes it.</param>
    public async Task<ProjectResult<AnnotationDetails>> CreateAsync(ProjectId project, AnnotationChange change, int? author, CancellationToken cancellationToken)
    {
        if (Wrong(change, whole: true) is { } invalid)
        {
            return new(invalid);
        }

        await using var context = await database.OpenAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        if (!await context.Projects.AnyAsync(p => p.Id == project.Value, cancellationToken))
        {
            return new(new ProjectRefusal.NotFound());
        }

        if (await context.Annotations.CountAsync(a => a.ProjectId == project.Value, cancellationToken) >= Most)
        {
            return new(new ProjectRefusal.Conflict("text", $"The project has {Most} annotations already, which is the limit. Delete one first."));
        }

        var row = new AnnotationRow { ProjectId = project.Value, At = change.At!.Value, Text = change.Text!.Trim(), UserId = author, CreatedAt = time.GetUtcNow() };
        context.Annotations.Add(row);
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new(await Details(context, context.Annotations.Where(a => a.Id == row.Id)).SingleAsync(cancellationToken));
    }

    /// <summary>What is given is changed.</summary>
    public async Task<ProjectResult<AnnotationDetails>> ChangeAsync(ProjectId project, int id, AnnotationChange change, CancellationToken cancellationToken)
    {
        if (Wrong(change, whole: false) is { } invalid)
        {
            return new(invalid);
        }

        await using var context = await database.OpenAsync(cancellationToken);
        if (await context.Annotations.SingleOrDefaultAsync(a => a.Id == id && a.ProjectId == project.Value, cancellationToken) is not { } row)
        {
            return new(new ProjectRefusal.NotFound());
        }

        (row.At, row.Text) = (change.At ?? row.At, change.Text?.Trim() ?? row.Text);
        await context.SaveChangesAsync(cancellationToken);
        return new(await Details(context, context.Annotations.Where(a => a.Id == id)).SingleAsync(cancellationToken));
    }

    public async Task<bool> DeleteAsync(ProjectId project, int id, CancellationToken cancellationToken)
    {
        await using var context = await database.OpenAsync(cancellationToken);
        return await context.Annotations.Where(a => a.Id == id && a.ProjectId == project.Value).ExecuteDeleteAsync(cancellationToken) > 0;
    }

    private static IQueryable<AnnotationDetails> Details(ControlContext context, IQueryable<AnnotationRow> rows) =>
        from row in rows.AsNoTracking()
        join user in context.Users on row.UserId equals user.Id into authors
        from author in authors.DefaultIfEmpty()
        orderby row.At, row.Id
        select new AnnotationDetails(row.Id, row.At, row.Text, author == null ? null : author.Name, row.CreatedAt);

    private static ProjectRefusal.Invalid? Wrong(AnnotationChange change, bool whole)
    {
        var errors = new Dictionary<string, string[]>();
        if (change.Text is null ? whole : string.IsNullOrWhiteSpace(change.Text) || change.Text.Trim().Length > MaxTextLength)
        {
            errors["text"] = [$"Must have from 1 to {MaxTextLength} characters."];
        }

        if (change.At is null ? whole : change.At < Earliest || change.At >= Latest)
        {
            errors["at"] = ["Must be an instant from 1970 up to 2200, such as 2026-11-25T12:00:00Z."];
        }

        return errors.Count == 0 ? null : new ProjectRefusal.Invalid(errors);
    }
}
