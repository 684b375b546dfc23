using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Headroom.App.Shared;
using Headroom.App.Shared.Control;
using Headroom.Core;
using Headroom.Sql;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Headroom.App.Removal;

/// <summary>
/// Removals of persons and their receipts, which are in the control data before anything is done, so that a restart goes on
/// with them. Safe for concurrent use.
/// </summary>
internal sealed class Deletions(
    ControlDatabase database, ControlDirectory directory, IEventReader reader, IEventRemoval removal, IEventLog log, WriterPauses pauses, TimeProvider time,
    ILogger<Deletions> logger)
{
    /// <summary>Receipts in a list, the newest.</summary>
    private const int MaxListed = 500;

    /// <summary>Not done, with whether the receipt says already that it runs.</summary>
    private readonly ConcurrentDictionary<Guid, bool> _open = new();

    /// <summary>In place of an offset, for a log whose places are more than one number: then a restart waits for what the log has by then.</summary>
    private const long NotOneOffset = -1;

    /// <summary>Done, and the event log may still hold what is before this place.</summary>
    private readonly ConcurrentDictionary<Guid, LogPosition> _inLog = new();

    /// <summary>Takes up what a process before has left. Before the Writer starts. Without EF Core, whose first use would make the start slow.</summary>
    public async Task RestoreAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT id, project_id, person_key, log_offset, state FROM person_deletion WHERE log_cleared_at IS NULL";
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            var id = rows.GetGuid(0);
            if (rows.GetString(4) == "done")
            {
                _inLog[id] = Restored(rows.GetInt64(3));
            }
            else
            {
                Begin(id, new ProjectId(rows.GetInt32(1)), rows.GetInt64(2), Restored(rows.GetInt64(3)));
            }
        }
    }

    /// <summary>Null where the project has no such person.</summary>
    public async Task<DeletionReceipt?> RequestAsync(ProjectId project, Guid person, string by, CancellationToken cancellationToken)
    {
        await using var context = await database.OpenAsync(cancellationToken);
        if (await context.PersonDeletions.AsNoTracking().FirstOrDefaultAsync(
            d => d.ProjectId == project.Value && d.PersonUuid == person && d.State == DeletionState.Waiting, cancellationToken) is { } asked)
        {
            return Receipt(asked);
        }

        var found = await reader.QueryAsync(
            CohortCompiler.ByUuid(person.ToString(), 1, project, reader.Schema(project), DuckDbDialect.Instance), cancellationToken);
        if (found.Rows.Count == 0)
        {
            return null;
        }

        var now = time.GetUtcNow();
        var end = log.End;
        var row = new PersonDeletionRow
        {
            Id = Guid.CreateVersion7(now),
            ProjectId = project.Value,
            PersonUuid = person,
            PersonKey = (long)found.Rows[0][0]!,
            LogOffset = end.Partitions == 1 ? end[0] : NotOneOffset,
            RequestedBy = by,
            RequestedAt = now,
        };
        context.PersonDeletions.Add(row);
        await context.SaveChangesAsync(cancellationToken);
        Begin(row.Id, project, row.PersonKey, end);
        RemovalLog.DeletionRequested(logger, row.Id, project);
        return Receipt(row);
    }

    public async Task<IReadOnlyList<DeletionReceipt>> ListAsync(ProjectId project, CancellationToken cancellationToken)
    {
        await using var context = await database.OpenAsync(cancellationToken);
        var rows = await context.PersonDeletions.AsNoTracking().Where(d => d.ProjectId == project.Value)
            .OrderByDescending(d => d.RequestedAt).Take(MaxListed).ToListAsync(cancellationToken);
        return [.. rows.Select(Receipt)];
    }

    public async Task<DeletionReceipt?> FindAsync(ProjectId project, Guid id, CancellationToken cancellationToken)
    {
        await using var context = await database.OpenAsync(cancellationToken);
        return await context.PersonDeletions.AsNoTracking().SingleOrDefaultAsync(d => d.ProjectId == project.Value && d.Id == id, cancellationToken) is { } row
            ? Receipt(row)
            : null;
    }

    /// <summary>Writes down what the store has done since.</summary>
    public async Task ObserveAsync(CancellationToken cancellationToken)
    {
        foreach (var (id, isRunning) in _open)
        {
            if (removal.Find(id) is not { } progress)
            {
                continue;
            }

            if (progress.IsDone)
            {
                await FinishAsync(progress, cancellationToken);
            }
            else if (!isRunning)
            {
                await using var context = await database.OpenAsync(cancellationToken);
                await context.PersonDeletions.Where(d => d.Id == id)
                    .ExecuteUpdateAsync(d => d.SetProperty(x => x.State, DeletionState.Running).SetProperty(x => x.DistinctIds, progress.DistinctIds), cancellationToken);
                _open[id] = true;
            }
        }

        LogPosition first = _inLog.IsEmpty ? default : log.First;
        foreach (var (id, position) in _inLog)
        {
            if (first.Reaches(position))
            {
                await using var context = await database.OpenAsync(cancellationToken);
                var now = time.GetUtcNow();
                await context.PersonDeletions.Where(d => d.Id == id).ExecuteUpdateAsync(d => d.SetProperty(x => x.LogClearedAt, now), cancellationToken);
                _inLog.TryRemove(id, out _);
            }
        }
    }

    /// <summary>A place kept by a process before; never behind the log's end, as one of another log would be.</summary>
    private LogPosition Restored(long offset)
    {
        var end = log.End;
        return offset != NotOneOffset && end.Partitions == 1 && end[0] >= offset ? offset : end;
    }

    private void Begin(Guid id, ProjectId project, long key, LogPosition position)
    {
        _open[id] = false;
        if (removal.Find(id) is null)
        {
            pauses.Add(position, () => removal.Forget(id, project, key));
        }
    }

    private async Task FinishAsync(PersonRemoval done, CancellationToken cancellationToken)
    {
        await using (var context = await database.OpenAsync(cancellationToken))
        {
            await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
            if (await context.PersonDeletions.SingleOrDefaultAsync(d => d.Id == done.Id, cancellationToken) is { State: not DeletionState.Done } row)
            {
                var now = time.GetUtcNow();
                (row.State, row.DistinctIds, row.Events, row.Segments, row.CompletedAt) = (DeletionState.Done, done.DistinctIds, done.Events, done.Segments, now);
                _inLog[row.Id] = Restored(row.LogOffset);
                await LeaveCohortsAsync(context, done, now, cancellationToken);
                // Examples of ingestion problems are pieces of what was sent, perhaps by this person.
                await context.ProblemExamples.Where(e => e.ProjectId == done.Project.Value).ExecuteDeleteAsync(cancellationToken);
            }

            await context.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }

        await directory.ReloadAsync(cancellationToken);
        removal.Close(done.Id);
        _open.TryRemove(done.Id, out _);
        RemovalLog.DeletionDone(logger, done.Id, done.Project, done.Events);
    }

    /// <summary>Lists of persons lose the person.</summary>
    private static async Task LeaveCohortsAsync(ControlContext context, PersonRemoval done, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var keys = done.Keys.Select(static k => k.ToString(CultureInfo.InvariantCulture)).ToHashSet(StringComparer.Ordinal);
        var cohorts = await context.Cohorts.Where(c => c.ProjectId == done.Project.Value && c.Condition == null).ToListAsync(cancellationToken);
        foreach (var cohort in cohorts)
        {
            if (await context.CohortMembers.SingleOrDefaultAsync(m => m.CohortId == cohort.Id, cancellationToken) is not { Count: > 0 } members)
            {
                continue;
            }

            var all = members.Keys.Split(',');
            var left = all.Where(k => !keys.Contains(k)).ToList();
            if (left.Count < all.Length)
            {
                (members.Keys, members.Count) = (string.Join(',', left), left.Count);
                (cohort.Version, cohort.UpdatedAt) = (cohort.Version + 1, now);
            }
        }
    }

    private DeletionReceipt Receipt(PersonDeletionRow row)
    {
        var progress = row.State == DeletionState.Done ? null : removal.Find(row.Id);
        var state = row.State == DeletionState.Done ? "done" : progress is null ? "waiting" : progress.Problem is null ? "running" : "failed";
        var (ids, events, segments) = progress is null ? (row.DistinctIds, row.Events, row.Segments) : (progress.DistinctIds, progress.Events, progress.Segments);
        return new DeletionReceipt(
            row.Id, row.PersonUuid, row.RequestedBy, row.RequestedAt, state, progress?.Problem, ids, events, segments, row.CompletedAt,
            log.LongestKept is { } kept ? row.RequestedAt + kept : null, row.LogClearedAt, row.State == DeletionState.Done ? Checksum(row) : null);
    }

    private static string Checksum(PersonDeletionRow row) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $"{row.Id}\n{row.ProjectId}\n{row.PersonUuid}\n{row.RequestedBy}\n{UnixMicros.From(row.RequestedAt)}\n{row.DistinctIds}\n{row.Events}\n{row.Segments}\n{UnixMicros.From(row.CompletedAt!.Value)}"))));
}
