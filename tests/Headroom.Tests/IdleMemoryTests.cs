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
    private const int BurstBytes = 600 * Megabyte;

    private long _allocated;
    private long _resident = 100 * Megabyte;

    [Fact]
    public void Memory_is_given_back_when_it_is_quiet_and_only_when_there_is_some()
    {
        using var memory = new IdleMemory(TimeProvider.System, Look);
        Grow();
        Assert.False(memory.GiveBackWhenQuiet(), "Much was allocated since the last look.");
        Assert.True(memory.GiveBackWhenQuiet(), "Nothing was allocated since, and there is a burst's garbage.");
        Assert.False(memory.GiveBackWhenQuiet(), "There is nothing to give back.");

        Grow();
        Assert.False(memory.GiveBackWhenQuiet(), "Much was allocated since the last look.");
        Assert.True(memory.GiveBackWhenQuiet(), "It has grown again.");
    }

    [Fact]
    public void What_was_closed_in_a_quiet_time_is_given_back_once_more()
    {
        using var memory = new IdleMemory(TimeProvider.System, Look);
        Grow();
        Assert.False(memory.GiveBackWhenQuiet(), "Much was allocated since the last look.");
        var looks = Enumerable.Range(1, 30).Where(_ => memory.GiveBackWhenQuiet()).ToList();
        Assert.Equal([1, 12], looks);
    }

    /// <summary>Half of a burst at least: the rest of a process that runs other tests grows and shrinks meanwhile.</summary>
    [Fact]
    public void What_is_given_back_is_not_resident_any_more()
    {
        using var memory = new IdleMemory(TimeProvider.System, () => new ProcessMemory(_allocated, Environment.WorkingSet));
        var garbage = Burst();
        var before = Environment.WorkingSet;
        Assert.True(memory.GiveBackWhenQuiet());
        Assert.False(garbage.IsAlive);
        Assert.InRange(before - Environment.WorkingSet, BurstBytes / 2, long.MaxValue);
    }

    [Fact]
    public async Task The_server_looks_by_itself()
    {
        var time = new FakeTimeProvider();
        using var memory = new IdleMemory(time);
        await memory.StartAsync(TestContext.Current.CancellationToken);
        var garbage = Burst();
        for (var began = TimeProvider.System.GetTimestamp(); garbage.IsAlive && TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(30);)
        {
            // Its own thread has to come to it.
            time.Advance(TimeSpan.FromSeconds(10));
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        Assert.False(garbage.IsAlive);
        await memory.StopAsync(TestContext.Current.CancellationToken);
    }

    private ProcessMemory Look() => new(_allocated, _resident);

    private void Grow()
    {
        _allocated += BurstBytes;
        _resident += BurstBytes;
    }

    /// <summary>Used and left.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Burst()
    {
        var bytes = GC.AllocateUninitializedArray<byte>(BurstBytes);
        bytes.AsSpan().Fill(1);
        return new WeakReference(bytes);
    }
}
