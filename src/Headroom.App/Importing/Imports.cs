using System.IO.Pipelines;
using Headroom.App.Shared;
using Headroom.App.Shared.Control;
using Headroom.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Headroom.App.Importing;

/// <summary>Imports that run, and those that ended lately; held to their bounds. Nothing of it outlives the process. Safe for concurrent use.</summary>
internal sealed class Imports(
    IEventIntake intake, IEventLog log, IEventStore store, WaitingEvents waiting, ControlDatabase control, IHostApplicationLifetime lifetime,
    IOptions<ImportingOptions> options, TimeProvider time, ILogger<Imports> logger)
{
    /// <summary>Imports of one project that are listed.</summary>
    public const int MostListed = 20;

    /// <summary>Ended imports of all projects that are remembered.</summary>
    private const int MostEnded = 100;

    private readonly Lock _lock = new();
    private readonly List<(ProjectId Project, ImportRun Run)> _runs = [];
    private readonly ImportPorts _ports = new(intake, log, store, waiting, time, options.Value, logger);

    public long MaxFileBytes => (long)options.Value.MaxFileMegabytes << 20;

    /// <summary>A new import that counts as running; or none, with the status and the words for why not.</summary>
    public (ImportRun? Run, int Status, string Problem) TryBegin(ProjectId project, string name)
    {
        lock (_lock)
        {
            var running = _runs.Where(static one => !one.Run.IsEnded).ToList();
            if (running.Any(one => one.Project == project))
            {
                return (null, StatusCodes.Status409Conflict, "An import into this project is running. Wait for its end, or cancel it.");
            }

            if (running.Count >= options.Value.MaxRunning)
            {
                return (null, StatusCodes.Status429TooManyRequests,
                    $"As many imports run on this server as may at once ({ImportingOptions.Section}:{nameof(ImportingOptions.MaxRunning)}). Try again when one has ended.");
            }

            var run = new ImportRun(_ports, project, name);
            _runs.Add((project, run));
            if (_runs.Count - running.Count > MostEnded)
            {
                _runs.RemoveAt(_runs.FindIndex(static one => one.Run.IsEnded));
            }

            return (run, StatusCodes.Status200OK, "");
        }
    }

    /// <summary>Takes a file in; <see cref="ImportRun.RunAsync"/>.</summary>
    public async Task<int> RunAsync(ImportRun run, PipeReader file, long? totalBytes, ImportSettings settings, string visitorKey, CancellationToken senderGone)
    {
        using (run)
        {
            return await run.RunAsync(file, totalBytes, settings, visitorKey, senderGone, lifetime.ApplicationStopping);
        }
    }

    /// <summary>The newest first.</summary>
    public IReadOnlyList<ImportDetails> List(ProjectId project)
    {
        List<ImportRun> runs;
        lock (_lock)
        {
            runs = [.. _runs.Where(one => one.Project == project).Select(static one => one.Run)];
        }

        return [.. runs.AsEnumerable().Reverse().Take(MostListed).Select(static run => run.Details)];
    }

    public ImportRun? Find(ProjectId project, Guid id)
    {
        lock (_lock)
        {
            return _runs.FirstOrDefault(one => one.Project == project && one.Run.Id == id).Run;
        }
    }

    /// <summary>The oldest write key, which <c>headroom import --data</c> takes too, so that visitors of access logs are the same; empty where there is none.</summary>
    public async Task<string> VisitorKeyAsync(ProjectId project, CancellationToken cancellationToken)
    {
        await using var context = await control.OpenAsync(cancellationToken);
        return await context.Keys.AsNoTracking().Where(k => k.ProjectId == project.Value && k.Key != null).OrderBy(k => k.Id).Select(k => k.Key).FirstOrDefaultAsync(cancellationToken) ?? "";
    }
}
