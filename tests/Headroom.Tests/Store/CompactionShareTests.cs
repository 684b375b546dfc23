using System.Collections.Concurrent;
using Headroom.Store;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headroom.Tests.Store;

/// <summary>Which part of the time the compaction's thread takes, by a clock that goes on by hand and with each piece of work.</summary>
public sealed class CompactionShareTests
{
    private static readonly TimeSpan s_work = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_step = TimeSpan.FromMilliseconds(100);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(0.5, 2)]
    [InlineData(0.2, 5)]
    public async Task Between_pieces_of_work_it_rests_until_they_are_its_share(double share, double secondsEach)
    {
        await using var fixture = new StoreFixture(options => options.CompactionShare = share);
        for (var i = 0; i < 12; i++)
        {
            await fixture.CommitAsync(i + 1, TestRow.Simple(1, i));
        }

        var time = new FakeTimeProvider(StoreFixture.Start);
        var began = new ConcurrentQueue<DateTimeOffset>();
        fixture.Probe = (step, _) => Work(step, time, began);
        using var compactor = fixture.Compactor(time);
        await compactor.StartAsync(CancellationToken.None);
        await EventuallyAsync(() => began.Count >= 5, () => time.Advance(s_step));
        await compactor.StopAsync(CancellationToken.None);

        var gaps = began.Zip(began.Skip(1), static (one, next) => (next - one).TotalSeconds).ToList();
        Assert.All(gaps, gap => Assert.InRange(gap, secondsEach, double.MaxValue));
    }

    [Fact]
    public async Task It_does_not_rest_while_too_many_files_wait()
    {
        await using var fixture = new StoreFixture(static options => options.CompactionShare = 0.05);
        for (var i = 0; i < 40; i++)
        {
            await fixture.CommitAsync(i + 1, TestRow.Simple(1, i));
        }

        var time = new FakeTimeProvider(StoreFixture.Start);
        fixture.Probe = (step, _) => Work(step, time, []);
        using var compactor = fixture.Compactor(time);
        await compactor.StartAsync(CancellationToken.None);

        // Three of one level become one of the next, and 31 are not too many any more. Nobody moves the clock on.
        await EventuallyAsync(() => Fresh(fixture) <= 32, static () => { });
        await compactor.StopAsync(CancellationToken.None);
        Assert.Equal(31, Fresh(fixture));
    }

    private static int Fresh(StoreFixture fixture) => fixture.Store.State.Project(StoreFixture.Project(1)).Segments.Count(static segment => segment.Level == 0);

    private static void Work(StoreStep step, FakeTimeProvider time, ConcurrentQueue<DateTimeOffset> began)
    {
        if (step == StoreStep.FileWriting)
        {
            began.Enqueue(time.GetUtcNow());
            time.Advance(s_work);
        }
    }

    private static async Task EventuallyAsync(Func<bool> holds, Action otherwise)
    {
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!holds())
        {
            otherwise();
            await Task.Delay(1, late.Token);
        }
    }
}
