using System.Diagnostics;
using Headroom.Log;
using Xunit;

namespace Headroom.Tests.Log;

public sealed class ProcessorWaitTests
{
    /// <summary>Twice as many threads as processors want all of them, so that on average each waits for half of the time.</summary>
    [Fact]
    public void Threads_that_share_a_processor_wait_for_it()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/proc/thread-self/schedstat"), "The system does not say how long a thread waits for a processor.");
        var length = TimeSpan.FromMilliseconds(300);
        var waited = new TimeSpan[2 * Environment.ProcessorCount];
        var threads = Array.ConvertAll([.. Enumerable.Range(0, waited.Length)], i => new Thread(() =>
        {
            using var wait = new ProcessorWait();
            var (started, before) = (Stopwatch.GetTimestamp(), wait.Total);
            while (Stopwatch.GetElapsedTime(started) < length)
            {
            }

            waited[i] = wait.Total - before;
        }));

        Array.ForEach(threads, static thread => thread.Start());
        Array.ForEach(threads, static thread => thread.Join());

        var sum = TimeSpan.FromTicks(waited.Sum(static one => one.Ticks));
        Assert.InRange(sum, length * waited.Length / 8, length * waited.Length * 2);
    }
}
