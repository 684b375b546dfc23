using System.Collections.Concurrent;
using Headroom.Core;
using Xunit;

namespace Headroom.Tests.Core;

public sealed class LongWorkTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly CancellationToken _cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_takes_no_thread_of_the_pool()
    {
        Assert.False(await LongWork.RunAsync(static () => Thread.CurrentThread.IsThreadPoolThread, _cancel));
        var places = new ConcurrentBag<bool>();
        await LongWork.RunAsync(
            () => Parallel.For(0, 64, new ParallelOptions { TaskScheduler = LongWork.Scheduler }, _ =>
            {
                Thread.SpinWait(10_000);
                places.Add(Thread.CurrentThread.IsThreadPoolThread);
            }), _cancel);
        Assert.Equal(64, places.Count);
        Assert.DoesNotContain(true, places);
    }

    [Fact]
    public async Task As_much_runs_at_once_as_was_begun()
    {
        var count = (Environment.ProcessorCount * 2) + 3;
        using var all = new Barrier(count);
        var met = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => LongWork.RunAsync(() => all.SignalAndWait(Patience, _cancel), _cancel)));
        Assert.DoesNotContain(false, met);
    }

    [Fact]
    public async Task What_asynchronous_work_goes_on_with_stays_there_and_what_it_starts_itself_does_not()
    {
        var (before, after, started) = await Task.Factory.StartNew(
            async () =>
            {
                var begun = Thread.CurrentThread.IsThreadPoolThread;
                await Task.Delay(1, _cancel);
                return (begun, Thread.CurrentThread.IsThreadPoolThread, await Task.Run(static () => Thread.CurrentThread.IsThreadPoolThread, _cancel));
            },
            _cancel, TaskCreationOptions.DenyChildAttach, LongWork.Scheduler).Unwrap();
        Assert.Equal((false, false, true), (before, after, started));
        Assert.Same(TaskScheduler.Default, await LongWork.RunAsync(static () => TaskScheduler.Current, _cancel));
    }

    [Fact]
    public async Task Everything_that_many_begin_at_once_is_done_once()
    {
        var done = new int[20_000];
        await Parallel.ForAsync(0, done.Length, _cancel, async (i, token) => await LongWork.RunAsync(() => Interlocked.Increment(ref done[i]), token));
        Assert.All(done, static times => Assert.Equal(1, times));
    }

    [Fact]
    public async Task A_failure_is_the_callers_and_what_was_cancelled_before_is_not_begun()
    {
        var failure = new InvalidOperationException("so");
        Assert.Same(failure, await Assert.ThrowsAsync<InvalidOperationException>(() => LongWork.RunAsync(() => throw failure, _cancel)));
        var begun = false;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => LongWork.RunAsync(() => begun = true, new CancellationToken(canceled: true)));
        Assert.False(begun);
        Assert.True(await LongWork.RunAsync(static () => true, _cancel));
    }
}
