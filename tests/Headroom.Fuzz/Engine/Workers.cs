using System.Diagnostics;
using System.Globalization;
using Headroom.Fuzz.Targets;

namespace Headroom.Fuzz.Engine;

/// <summary>
/// Fuzzes each target in a process of its own, so that one which ends its process, by an overflow of the stack or a fault of memory,
/// ends nothing else and is a finding.
/// </summary>
internal static class Workers
{
    /// <summary>Fewer branches than this say that the assemblies are not instrumented: then there are none.</summary>
    private const int FewestEdges = 10;

    /// <summary>An input that is run for so long hangs. Far beyond the bound, for a machine that is busy.</summary>
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(30);

    /// <summary>0 where nothing was found.</summary>
    public static async Task<int> RunAllAsync(FuzzOptions options)
    {
        var failed = 0;
        await Parallel.ForEachAsync(options.Targets, new ParallelOptions { MaxDegreeOfParallelism = options.Jobs }, async (name, cancellationToken) =>
        {
            var directory = options.DirectoryOf(name);
            Directory.CreateDirectory(directory);
            using var worker = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, options.WorkerArguments(name)) { RedirectStandardOutput = true })!;
            var output = await worker.StandardOutput.ReadToEndAsync(cancellationToken);
            await worker.WaitForExitAsync(cancellationToken);
            if (worker.ExitCode != 0)
            {
                Interlocked.Increment(ref failed);
                if (InFlight.Read(options.InFlightOf(name)) is { } input)
                {
                    var path = Path.Combine(directory, "died-" + Corpus.NameOf(input));
                    await File.WriteAllBytesAsync(path, input, cancellationToken);
                    output += $"{name}: its process ended with {worker.ExitCode} at {path}\n";
                }
            }

            await Console.Out.WriteAsync(output);
        });
        return failed == 0 ? 0 : 1;
    }

    /// <summary>One target, in this process.</summary>
    public static int RunOne(FuzzOptions options, string name)
    {
        var target = FuzzTargets.Make(name);
        var directory = options.DirectoryOf(name);
        var corpus = Corpus.Read(options.CorpusOf(name));
        using var inFlight = new InFlight(options.InFlightOf(name), Math.Max(2 * target.MaxInputBytes, corpus.Select(static c => c.Input.Length).Append(0).Max()));
        using var run = new FuzzRun(target, [.. corpus.Select(static c => c.Input)], options.Seed, inFlight);
        using var watch = Watch(inFlight, name);
        var started = Stopwatch.GetTimestamp();
        run.Run(options.Duration);
        var elapsed = Stopwatch.GetElapsedTime(started);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name,-14} {run.Executions,12:N0} runs {run.Executions / elapsed.TotalSeconds,9:N0}/s {run.Edges,6:N0} branches {run.Inputs,6:N0} inputs, {run.Found:N0} new; {run.Findings.Count} findings"));
        foreach (var (finding, input) in run.Findings)
        {
            var path = Path.Combine(directory, $"{finding.Kind}-{Corpus.NameOf(input)}");
            File.WriteAllBytes(path, input);
            Console.WriteLine($"  {finding.Kind}: {path}\n    {finding.Detail.ReplaceLineEndings("\n    ")}");
        }

        if (run.Edges < FewestEdges)
        {
            Console.WriteLine($"{name}: {run.Edges} branches are none: the assemblies are not instrumented. Start it by tests/fuzz.");
            return 1;
        }

        if (options.Keep)
        {
            var written = corpus.Where(static c => !Corpus.IsFound(c.Name)).Select(static c => c.Input).ToList();
            Corpus.Replace(options.CorpusOf(name), run.Smallest(written, counts: false));
        }

        return run.Findings.Count == 0 ? 0 : 1;
    }

    /// <summary>Ends the process where one input is run for too long: its parent finds which.</summary>
    private static Timer Watch(InFlight inFlight, string name)
    {
        var last = -1L;
        return new Timer(
            _ =>
            {
                var now = inFlight.Count;
                if (now == Interlocked.Exchange(ref last, now))
                {
                    Console.WriteLine($"{name}: hangs for {Hang.TotalSeconds} s.");
                    Console.Out.Flush();
                    Environment.Exit(3);
                }
            },
            null, Hang, Hang);
    }
}
