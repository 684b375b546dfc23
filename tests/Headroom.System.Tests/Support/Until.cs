using System.Diagnostics;
using Xunit;

namespace Headroom.System.Tests.Support;

/// <summary>Waits for a condition across a process boundary, where no signal reaches a test.</summary>
internal static class Until
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    public static async Task TrueAsync(string what, Func<Task<bool>> condition, TimeSpan? deadline = null, Func<Task<string>>? detail = null)
    {
        var limit = deadline ?? Deadline;
        var start = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(start) > limit)
            {
                Assert.Fail($"Not within {limit.TotalSeconds:0} s: {what}. {(detail is null ? "" : await detail())}");
            }

            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }
}
