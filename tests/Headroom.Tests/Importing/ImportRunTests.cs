using System.IO.Pipelines;
using Headroom.App.Importing;
using Headroom.App.Shared;
using Headroom.Core;
using Headroom.Tests.Capture;
using Headroom.Tests.Projects;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Headroom.Tests.Importing;

/// <summary>What an import does when nothing takes its events.</summary>
public sealed class ImportRunTests
{
    private static readonly ProjectId Project = new(1);
    private static readonly ImportSettings ByTheFile = new(null, new Dictionary<string, string>(), null, null, null);

    [Fact]
    public async Task A_full_log_is_waited_for_and_then_told()
    {
        var intake = new Intake { BusyAnswers = 3 };
        var (status, run) = await RunAsync(intake, new WaitingEvents());
        Assert.Equal((200, 10L), (status, run.Details.Taken));

        intake.BusyAnswers = int.MaxValue;
        (status, run) = await RunAsync(intake, new WaitingEvents());
        Assert.Equal((503, ImportState.Stopped, 0L), (status, run.Details.State, run.Details.Taken));
        Assert.Contains("The disk is full. Send the same file again later", run.Details.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_import_goes_on_once_enough_of_what_waits_is_stored()
    {
        var waiting = new WaitingEvents();
        waiting.Acknowledged(Project, 5_000);
        var running = RunAsync(new Intake(), waiting);
        await Task.Delay(TimeSpan.FromMilliseconds(100), TestContext.Current.CancellationToken);
        Assert.False(running.IsCompleted);

        waiting.Committed(Project, 4_500);
        Assert.Equal(200, (await running).Status);
    }

    private static async Task<(int Status, ImportRun Run)> RunAsync(IEventIntake intake, WaitingEvents waiting)
    {
        var options = new ImportingOptions { MaxWaitingEvents = 1_000 };
        using var run = new ImportRun(new ImportPorts(intake, new MemoryLog(), new LedgerStore(), waiting, new HastyTime(), options, NullLogger.Instance), Project, "rows");
        var file = ImportHost.Text(Enumerable.Range(0, 10).Select(static n => $$"""{"event":"e","distinct_id":"u{{n}}","timestamp":"2026-11-20T10:00:00Z"}"""));
        var body = PipeReader.Create(new MemoryStream(file));
        return (await run.RunAsync(body, file.Length, ByTheFile, "hrw_key", TestContext.Current.CancellationToken, CancellationToken.None), run);
    }

    private sealed class Intake : IEventIntake
    {
        public int BusyAnswers { get; set; }

        public int MostEvents => 4;

        public ValueTask<IntakeAnswer> TakeAsync(ProjectId project, ReadOnlyMemory<byte> events) => ValueTask.FromResult(
            BusyAnswers-- > 0
                ? new IntakeAnswer(0, [], "The disk is full.", 0, 0)
                : new IntakeAnswer(System.Text.Json.JsonElement.Parse(events.Span).GetArrayLength(), [], null, 1, 1));
    }

    /// <summary>Waits of a second take a hundredth of it.</summary>
    private sealed class HastyTime : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? dueTime / 100 : dueTime, period);
    }
}
