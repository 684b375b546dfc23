using Headroom.App.Capacity.Measuring;
using Xunit;

namespace Headroom.Tests.Capacity.Measuring;

public sealed class MachineTests
{
    [Fact]
    public void A_thread_that_sleeps_is_a_switch_each_time()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Switches are told by Linux only.");
        const int Times = 50;
        var machine = new Machine(Path.GetTempPath());
        using var never = new ManualResetEvent(false);
        var before = machine.Read();

        for (var i = 0; i < Times; i++)
        {
            never.WaitOne(1);
        }

        var after = machine.Read();
        Assert.True(after.Switches - before.Switches >= Times, $"{after.Switches - before.Switches} switches.");
    }

    [Fact]
    public void Code_that_was_compiled_took_time()
    {
        var reading = new Machine(Path.GetTempPath()).Read();

        Assert.InRange(reading.CompiledSeconds, 1e-6, Environment.CpuUsage.TotalTime.TotalSeconds * 2);
    }
}
