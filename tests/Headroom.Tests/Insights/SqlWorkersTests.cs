using System.Diagnostics;
using Headroom.Core;
using Headroom.Store;
using Headroom.Store.Sql;
using Headroom.Tests.Store;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headroom.Tests.Insights;

/// <summary>The processes of statements: one may wait for the next statement, and none has a second one.</summary>
public sealed class SqlWorkersTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_statement_never_meets_a_process_that_ran_another_one()
    {
        await using var host = new SqlHost();
        var met = new HashSet<int>();
        for (var i = 0; i < 4; i++)
        {
            // One that fails ends its process like one that is answered; of the last two each could take the one that waits.
            await host.Store.Workers.PrepareAsync();
            var waiting = Assert.NotNull(host.Store.Workers.Ahead);
            Assert.True(met.Add(waiting));
            string[] statements = i switch { 0 => ["SELECT 1"], 1 => ["SELECT error('no')"], 2 => ["SELECT repeat('x', 1000000000)"], _ => ["SELECT 1", "SELECT 2"] };
            await Task.WhenAll(statements.Select(s => host.AskAsync(s)));
            Assert.False(Lives(waiting));
        }
    }

    [Fact]
    public async Task Settings_of_a_statement_are_gone_with_it()
    {
        await using var host = new SqlHost();
        for (var i = 0; i < 3; i++)
        {
            await host.Store.Workers.PrepareAsync();
            var (project, sql) = i == 1 ? (2, "SELECT count(*) FROM events WHERE event = 'secret'") : (1, "SELECT count(*) FROM events");
            await using var answer = await host.Store.AnswerAsync(
                new SqlQuestion { Project = new ProjectId(project), Sql = sql, MaxRows = 10, MaxBytes = 1_000, Timeout = TimeSpan.FromSeconds(20) }, Cancelled);
            using var text = new StreamReader(answer.Content);
            Assert.Contains(i == 1 ? "[1]" : "[4]", await text.ReadToEndAsync(Cancelled), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task One_that_died_while_it_waited_is_replaced_without_an_error()
    {
        await using var host = new SqlHost();
        for (var i = 0; i < 4; i++)
        {
            await host.Store.Workers.PrepareAsync();
            using var waiting = Process.GetProcessById(Assert.NotNull(host.Store.Workers.Ahead));
            waiting.Kill();

            // Seen to have ended, then while it ends.
            if (i % 2 == 0)
            {
                await waiting.WaitForExitAsync(Cancelled);
            }

            Assert.Equal("[[4]]", await host.RowsAsync("SELECT count(*) FROM events"));
        }
    }

    [Fact]
    public async Task What_a_process_that_waited_may_take_is_bounded_by_its_statement_and_it_ends_with_it()
    {
        await using var host = new SqlHost();
        await host.Store.Workers.PrepareAsync();
        var waiting = Assert.NotNull(host.Store.Workers.Ahead);
        if (OperatingSystem.IsLinux())
        {
            Assert.Equal("unlimited", DataLimit(waiting));
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var question = new SqlQuestion
        {
            Project = new ProjectId(1), Sql = "SELECT count(*) FROM (SELECT unnest(range(1000000))) AS a, (SELECT unnest(range(1000000))) AS b WHERE random() < 0.5",
            MaxRows = 10, MaxBytes = 1_000, Timeout = TimeSpan.FromMinutes(10),
        };
        var answer = host.Store.AnswerAsync(question, stop.Token).AsTask();
        while (!answer.IsCompleted && OperatingSystem.IsLinux() && DataLimit(waiting) == "unlimited")
        {
            await Task.Delay(10, Cancelled);
        }

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
        Assert.False(Lives(waiting));
    }

    [Fact]
    public async Task None_is_left_when_the_store_ends()
    {
        int waiting;
        SqlWorkers workers;
        await using (var host = new SqlHost())
        {
            workers = host.Store.Workers;
            await workers.PrepareAsync();
            waiting = Assert.NotNull(workers.Ahead);
            Assert.True(Lives(waiting));
        }

        Assert.False(Lives(waiting));
        await workers.PrepareAsync();
        Assert.Null(workers.Ahead);
        Assert.Throws<ObjectDisposedException>(() => workers.Take());
    }

    [Fact]
    public async Task One_waits_while_statements_are_asked_for_and_some_minutes_longer()
    {
        var time = new FakeTimeProvider(StoreFixture.Start);
        await using var fixture = new StoreFixture { Time = time };
        await fixture.CommitAsync(1, TestRow.Simple(1, 1));
        Assert.Null(fixture.Store.Workers.Ahead);
        _ = fixture.Store.Relations(StoreFixture.Project(1));
        while (fixture.Store.Workers.Ahead is null)
        {
            await Task.Delay(10, Cancelled);
        }

        var waiting = Assert.NotNull(fixture.Store.Workers.Ahead);
        for (var i = 0; i < 5; i++)
        {
            time.Advance(SqlWorkers.KeptFor - TimeSpan.FromSeconds(1));
            await fixture.Store.Workers.PrepareAsync();
            Assert.Equal(waiting, fixture.Store.Workers.Ahead);
        }

        time.Advance(SqlWorkers.KeptFor);
        Assert.Null(fixture.Store.Workers.Ahead);
        Assert.False(Lives(waiting));
    }

    private static string DataLimit(int process) =>
        File.ReadLines($"/proc/{process}/limits").First(static l => l.StartsWith("Max data size", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[3];

    private static bool Lives(int process)
    {
        try
        {
            using var found = Process.GetProcessById(process);
            return !found.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
