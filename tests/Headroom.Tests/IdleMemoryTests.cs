using System.Runtime.CompilerServices;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headroom.Tests;

/// <summary>Alone in the process: what others allocate and hold would be counted too.</summary>
[CollectionDefinition(nameof(IdleMemoryTests), DisableParallelization = true)]
[Collection(nameof(IdleMemoryTests))]
public sealed class IdleMemoryTests
{
    private const int Megabyte = 1024 * 1024;

    [Fact]
    public void Memory_is_given_back_when_it_is_quiet_and_only_when_there_is_some()
    {
        using var memory = new IdleMemory(TimeProvider.System);
        Burst();
        var before = Environment.WorkingSet;
        Assert.False(memory.GiveBackWhenQuiet(), "Much was allocated since the last look.");
        Assert.True(memory.GiveBackWhenQuiet(), "Nothing was allocated since, and there is a burst's garbage.");
        Assert.InRange(Environment.WorkingSet, 0, before - (150 * Megabyte));
        Assert.False(memory.GiveBackWhenQuiet(), "There is nothing to give back.");

        Burst();
        Assert.False(memory.GiveBackWhenQuiet(), "Much was allocated since the last look.");
        Assert.True(memory.GiveBackWhenQuiet(), "It has grown again.");
    }

    [Fact]
    public void What_was_closed_in_a_quiet_time_is_given_back_once_more()
    {
        using var memory = new IdleMemory(TimeProvider.System);
        Burst();
        Assert.False(memory.GiveBackWhenQuiet(), "Much was allocated since the last look.");
        var looks = Enumerable.Range(1, 30).Where(_ => memory.GiveBackWhenQuiet()).ToList();
        Assert.Equal([1, 12], looks);
    }

    [Fact]
    public async Task The_server_looks_by_itself()
    {
        var time = new FakeTimeProvider();
        using var memory = new IdleMemory(time);
        await memory.StartAsync(TestContext.Current.CancellationToken);
        var garbage = Burst();
        for (var i = 0; i < 1000 && garbage.IsAlive; i++)
        {
            time.Advance(TimeSpan.FromSeconds(10));
            await Task.Yield();
        }

        Assert.False(garbage.IsAlive);
        await memory.StopAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>200 MB, used and left.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Burst()
    {
        var bytes = GC.AllocateUninitializedArray<byte>(200 * Megabyte);
        bytes.AsSpan().Fill(1);
        return new WeakReference(bytes);
    }
}
