using System.Diagnostics;
using Headroom.Fuzz.Engine;
using Headroom.Fuzz.Targets;
using Xunit;
using Trace = SharpFuzz.Common.Trace;

namespace Headroom.Tests.Fuzzing;

/// <summary>That the fuzzer finds what is there to be found.</summary>
public sealed class FuzzRunTests
{
    [Fact]
    public void A_fault_behind_four_comparisons_is_found_by_way_of_its_branches_and_made_short()
    {
        using var guided = Run(new Lock { Counts = true }, 400_000);
        var (finding, input) = Assert.Single(guided.Findings);
        Assert.Equal("crash", finding.Kind);
        Assert.Equal("OPEN"u8.ToArray(), input);
        Assert.InRange(guided.Executions, 1, 400_000);

        // Without branches to tell it how far it came, it is as good as blind.
        using var blind = Run(new Lock { Counts = false }, 100_000);
        Assert.Empty(blind.Findings);
        Assert.Equal(0, blind.Edges);
    }

    [Fact]
    public void What_takes_too_long_each_time_is_found()
    {
        using var run = Run(new Costly { Milliseconds = 40 }, 1);
        Assert.Equal("slow", Assert.Single(run.Findings).Finding.Kind);
    }

    [Fact]
    public void What_takes_too_much_memory_is_found()
    {
        using var run = Run(new Costly { Bytes = 2 << 20 }, 1);
        Assert.Equal("memory", Assert.Single(run.Findings).Finding.Kind);
    }

    [Fact]
    public void What_is_kept_are_the_shortest_inputs_that_take_every_branch()
    {
        using var run = new FuzzRun(new Lock { Counts = true }, ["xxxx"u8.ToArray(), "OPxxxxxx"u8.ToArray(), "OP"u8.ToArray(), "OPxx"u8.ToArray()], seed: 1);
        run.Run(TimeSpan.FromMinutes(1), maxExecutions: 4);
        Assert.Equal(["OP"u8.ToArray()], run.Smallest([], counts: false));
        Assert.Empty(run.Smallest(["OPxx"u8.ToArray()], counts: false));
    }

    [Fact]
    public void The_input_of_a_process_that_died_is_still_there()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("headroom-fuzz-").FullName, "in-flight");
        var inFlight = new InFlight(path, 100);
        inFlight.Put("longer"u8.ToArray());
        inFlight.Put("last"u8.ToArray());
        Assert.Equal("last"u8.ToArray(), InFlight.Read(path));

        inFlight.Dispose();
        Assert.Null(InFlight.Read(path));
    }

    private static FuzzRun Run(FuzzTarget target, long executions)
    {
        var run = new FuzzRun(target, [], seed: 1);
        run.Run(TimeSpan.FromMinutes(5), executions);
        return run;
    }

    /// <summary>Counts its branches as instrumented code does.</summary>
    private sealed class Lock : FuzzTarget
    {
        private static readonly byte[] Secret = "OPEN"u8.ToArray();

        public required bool Counts { get; init; }

        public override unsafe void Run(byte[] input)
        {
            for (var i = 0; i < Secret.Length; i++)
            {
                if (input.Length <= i || input[i] != Secret[i])
                {
                    return;
                }

                if (Counts)
                {
                    Trace.SharedMem[100 + i]++;
                }
            }

            throw new InvalidOperationException("It is open.");
        }
    }

    private sealed class Costly : FuzzTarget
    {
        public int Milliseconds { get; init; }

        public int Bytes { get; init; }

        public override TimeSpan MaxTime => TimeSpan.FromMilliseconds(Milliseconds == 0 ? 60_000 : Milliseconds / 2);

        public override long MaxAllocatedBytes => 1 << 20;

        public override void Run(byte[] input)
        {
            GC.KeepAlive(new byte[Bytes]);
            for (var started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < TimeSpan.FromMilliseconds(Milliseconds);)
            {
                // It keeps the processor busy.
            }
        }
    }
}
