// Problems with what was sent, in two small tables of the control data. problem_count has one row for each project, kind, reason
// and hour; problem_example the ten latest examples of each project, kind and reason. Both are kept for 30 days. What was found
// since the last batch is lost with the process: the ledger counts exactly, this explains.

using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using Headroom.App.Shared;
using Headroom.App.Shared.Control;
using Headroom.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Headroom.App.Problems;

/// <summary>Writes what was found, in one transaction every few seconds, and reads it. Safe for concurrent use.</summary>
internal sealed class ProblemStore(ControlDatabase database, IngestionProblems found, TimeProvider time, ILogger<ProblemStore> logger) : BackgroundService
{
    public const int MostDays = 30;
    private const int ExamplesKept = 10;
    private const long HourMicros = 3_600_000_000;
    private static readonly TimeSpan BetweenBatches = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan BetweenTrims = TimeSpan.FromHours(1);
    private readonly SemaphoreSlim _writing = new(1, 1);
    private DateTimeOffset _trimmed = DateTimeOffset.MinValue;

    /// <summary>The last days' problems of a project, those just found too.</summary>
    /// <param name="withNobodys">Also those of requests of no project that is known.</param>
    public async ValueTask<ProblemReport> ReadAsync(ProjectId project, int days, bool withNobodys, CancellationToken cancellationToken)
    {
        await WriteAsync(cancellationToken);
        await using var connection = await database.ConnectAsync(cancellationToken);
        var hours = days * 24;
        var first = (UnixMicros.From(time.GetUtcNow()) / HourMicros) - hours + 1;
        var counts = await CountsAsync(connection, project, first, cancellationToken);
        var examples = await ExamplesAsync(connection, project, first * HourMicros, cancellationToken);
        var nobodys = withNobodys ? await CountsAsync(connection, IngestionProblems.Nobody, first, cancellationToken) : [];
        return new ProblemReport(
            UnixMicros.ToInstant(first * HourMicros), hours,
            [.. counts.GroupBy(static c => c.Kind).OrderBy(static g => g.Key).Select(g => new ProblemsOfKind(
                g.Key, g.Sum(static c => c.Count), g.Max(static c => c.LastAt), ByHour(g, first, hours),
                [.. Reasons(g, (reason) => examples.GetValueOrDefault((g.Key, reason)) ?? [])]))],
            [.. Reasons(nobodys, static _ => [])]);
    }

    /// <summary>The last hour's problems, those just found too, without duplicates, of which retries make many in good health.</summary>
    public async ValueTask<RecentProblems> RecentAsync(ProjectId project, CancellationToken cancellationToken)
    {
        await TryWriteAsync(cancellationToken);
        await using var connection = await database.ConnectAsync(cancellationToken);
        var hourAgo = UnixMicros.From(time.GetUtcNow()) - HourMicros;
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT max(last_at) FROM problem_count WHERE project_id = @project AND kind <> 'duplicate' AND hour >= @hour AND last_at >= @ago";
        command.Set("@project", project.Value);
        command.Set("@hour", hourAgo / HourMicros);
        command.Set("@ago", hourAgo);
        return new RecentProblems(await command.ExecuteScalarAsync(cancellationToken) is long last ? UnixMicros.ToInstant(last) : null);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await TryWriteAsync(cancellationToken);
    }

    public override void Dispose()
    {
        base.Dispose();
        _writing.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(BetweenBatches, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await TryWriteAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping; StopAsync writes the rest.
        }
    }

    private async Task TryWriteAsync(CancellationToken cancellationToken)
    {
        try
        {
            await WriteAsync(cancellationToken);
        }
        catch (Exception e) when (e is DbException or TimeoutException)
        {
            // It all waits for the next batch.
            logger.NotWritten(e);
        }
    }

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        await database.PrepareAsync(cancellationToken);
        await _writing.WaitAsync(cancellationToken);
        try
        {
            var now = time.GetUtcNow();
            var batch = found.Take();
            if (batch.Count > 0 || now - _trimmed >= BetweenTrims)
            {
                try
                {
                    await WriteAsync(batch, now, cancellationToken);
                }
                catch
                {
                    GiveBack(batch);
                    throw;
                }
            }
        }
        finally
        {
            _writing.Release();
        }
    }

    private async Task WriteAsync(IReadOnlyList<FoundProblem> batch, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var micros = UnixMicros.From(now);
        await using var command = connection.CreateCommand();
        command.Transaction = transaction;
        foreach (var problem in batch)
        {
            command.CommandText = """
                INSERT INTO problem_count (project_id, kind, reason, hour, count, last_at) VALUES (@project, @kind, @reason, @hour, @count, @at)
                ON CONFLICT (project_id, kind, reason, hour) DO UPDATE SET count = problem_count.count + excluded.count, last_at = excluded.last_at
                """;
            command.Parameters.Clear();
            command.Set("@project", problem.Project.Value);
            command.Set("@kind", Text(problem.Kind));
            command.Set("@reason", problem.Reason);
            command.Set("@hour", micros / HourMicros);
            command.Set("@count", problem.Count);
            command.Set("@at", micros);
            await command.ExecuteNonQueryAsync(cancellationToken);
            command.Set("@document", "");
            foreach (var example in problem.Examples)
            {
                command.CommandText = "INSERT INTO problem_example (project_id, kind, reason, at, document) VALUES (@project, @kind, @reason, @at, @document)";
                command.Parameters["@at"].Value = UnixMicros.From(example.At);
                command.Parameters["@document"].Value = JsonSerializer.Serialize(example, ProblemsJson.Default.ProblemExample);
                await command.ExecuteNonQueryAsync(cancellationToken);
            }

            if (problem.Examples.Count > 0)
            {
                command.CommandText = $"""
                    DELETE FROM problem_example WHERE project_id = @project AND kind = @kind AND reason = @reason AND id NOT IN
                    (SELECT id FROM problem_example WHERE project_id = @project AND kind = @kind AND reason = @reason ORDER BY id DESC LIMIT {ExamplesKept.ToString(CultureInfo.InvariantCulture)})
                    """;
                await command.ExecuteNonQueryAsync(cancellationToken);
            }
        }

        if (now - _trimmed >= BetweenTrims)
        {
            command.CommandText = """
                DELETE FROM problem_count WHERE hour < @hour OR (project_id <> 0 AND project_id NOT IN (SELECT id FROM project));
                DELETE FROM problem_example WHERE at < @at OR project_id NOT IN (SELECT id FROM project);
                """;
            command.Parameters.Clear();
            var oldest = micros - (MostDays * 24 * HourMicros);
            command.Set("@hour", oldest / HourMicros);
            command.Set("@at", oldest);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        if (now - _trimmed >= BetweenTrims)
        {
            _trimmed = now;
        }
    }

    private void GiveBack(IReadOnlyList<FoundProblem> batch)
    {
        foreach (var problem in batch)
        {
            found.Add(problem.Project, problem.Kind, problem.Reason, problem.Count);
            foreach (var example in problem.Examples)
            {
                found.Add(problem.Project, problem.Kind, problem.Reason, example);
            }
        }
    }

    private static async Task<List<Counted>> CountsAsync(DbConnection connection, ProjectId project, long firstHour, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT kind, reason, hour, count, last_at FROM problem_count WHERE project_id = @project AND hour >= @hour";
        command.Set("@project", project.Value);
        command.Set("@hour", firstHour);
        var counts = new List<Counted>();
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            counts.Add(new Counted(Kind(rows.GetString(0)), rows.GetString(1), rows.GetInt64(2), rows.GetInt64(3), UnixMicros.ToInstant(rows.GetInt64(4))));
        }

        return counts;
    }

    /// <summary>The latest first.</summary>
    private static async Task<Dictionary<(ProblemKind Kind, string Reason), List<ProblemExample>>> ExamplesAsync(
        DbConnection connection, ProjectId project, long since, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT kind, reason, document FROM problem_example WHERE project_id = @project AND at >= @since ORDER BY at DESC, id DESC";
        command.Set("@project", project.Value);
        command.Set("@since", since);
        var examples = new Dictionary<(ProblemKind, string), List<ProblemExample>>();
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            var key = (Kind(rows.GetString(0)), rows.GetString(1));
            if (!examples.TryGetValue(key, out var list))
            {
                examples[key] = list = [];
            }

            list.Add(JsonSerializer.Deserialize(rows.GetString(2), ProblemsJson.Default.ProblemExample)!);
        }

        return examples;
    }

    private static long[] ByHour(IEnumerable<Counted> counts, long first, int hours)
    {
        var byHour = new long[hours];
        foreach (var count in counts.Where(c => c.Hour - first < hours))
        {
            byHour[count.Hour - first] += count.Count;
        }

        return byHour;
    }

    private static IEnumerable<ProblemsOfReason> Reasons(IEnumerable<Counted> counts, Func<string, IReadOnlyList<ProblemExample>> examples) => counts
        .GroupBy(static c => c.Reason, StringComparer.Ordinal)
        .Select(g => new ProblemsOfReason(g.Key, g.Sum(static c => c.Count), g.Max(static c => c.LastAt), examples(g.Key)))
        .OrderByDescending(static r => r.Count).ThenBy(static r => r.Reason, StringComparer.Ordinal);

    /// <summary>As the model of the control data writes it.</summary>
    private static string Text(ProblemKind kind) => kind.ToString().ToLowerInvariant();

    private static ProblemKind Kind(string text) => Enum.Parse<ProblemKind>(text, ignoreCase: true);

    private sealed record Counted(ProblemKind Kind, string Reason, long Hour, long Count, DateTimeOffset LastAt);
}
