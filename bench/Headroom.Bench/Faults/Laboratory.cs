using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Headroom.Bench.Faults;

/// <summary>
/// Tries faults on a real server under load: each by itself, so often, then random pairs. A seed makes all choices, and is printed.
/// </summary>
internal static class Laboratory
{
    private static readonly Lock s_console = new();

    private static readonly IReadOnlyList<Func<Fault>> s_faults =
    [
        static () => new KillFault(),
        static () => new TerminateFault(),
        static () => new PowerLossFault(),
        static () => new DiskFullFault(reserve: false),
        static () => new DiskFullFault(reserve: true),
        static () => new DiskSlowFault(),
        static () => new DiskStallFault(),
        static () => new DiskReadOnlyFault(),
        static () => new SegmentFault(missing: false),
        static () => new SegmentFault(missing: true),
        static () => new CatalogLockedFault(),
        static () => new CatalogDamagedFault(),
        static () => new ClockFault(forwards: true),
        static () => new ClockFault(forwards: false),
        static () => new OpenFilesFault(),
        static () => new MemoryFault(),
        static () => new SlowConnectionsFault(),
        static () => new PropertyFloodFault(),
        static () => new EventFloodFault(),
        static () => new PersonFloodFault(),
        static () => new HungryQueriesFault(),
    ];

    /// <summary>0 when every trial passed.</summary>
    public static async Task<int> RunAsync(Settings settings)
    {
        var started = Stopwatch.GetTimestamp();
        var date = TimeProvider.System.GetUtcNow();
        var seed = settings.Seed ?? Random.Shared.Next();
        var random = new Random(seed);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {seed}"));
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        var means = await Means.FindAsync();
        var faults = s_faults.Where(f => settings.Only is { } only ? f().Name.Contains(only, StringComparison.OrdinalIgnoreCase) : !settings.Quick || f().IsShort).ToList();
        if (faults.Count == 0)
        {
            Console.Error.WriteLine($"There is no fault \"{settings.Only}\". There are: {string.Join(", ", s_faults.Select(static f => f().Name))}");
            return 2;
        }

        var untried = faults.Select(static f => f()).Where(f => f.ReasonAgainst(means) is not null).ToDictionary(static f => f.Name, f => f.ReasonAgainst(means)!);
        foreach (var (name, reason) in untried)
        {
            Console.WriteLine($"{name}: not tried: {reason}");
        }

        var all = faults.ConvertAll(static f => f());
        faults.RemoveAll(f => untried.ContainsKey(f().Name));

        // Each trial is a server of its own, so the short form takes two at a time.
        using var places = new SemaphoreSlim(settings.Quick ? 2 : 1);
        var planned = new List<Fault[]>();
        for (var round = 0; round < (settings.Rounds ?? 1); round++)
        {
            planned.AddRange(faults.Select(static fault => new[] { fault() }));
        }

        var pairable = faults.Where(static f => f().Pairs).ToList();
        var pairs = settings.Pairs ?? (settings.Quick || settings.Only is not null ? 0 : 6);
        for (var i = 0; i < pairs && pairable.Count > 1; i++)
        {
            var first = random.Next(pairable.Count);
            var second = (first + random.Next(1, pairable.Count)) % pairable.Count;
            planned.Add([pairable[first](), pairable[second]()]);
        }

        var outcomes = await Task.WhenAll(planned.Select(trial => TryAsync(trial, random.Next(), settings.Quick, means, places)).ToList());

        var report = new FaultReport(seed, Command(settings, seed), date, Stopwatch.GetElapsedTime(started), all, outcomes, untried);
        if (settings.ReportFile is { } page)
        {
            await File.WriteAllTextAsync(page, report.Markdown());
        }

        if (settings.JsonFile is { } json)
        {
            await File.WriteAllTextAsync(json, report.Json() + "\n");
        }

        var failed = outcomes.Count(static o => !o.Passed);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{outcomes.Length} trials, {failed} failed, {untried.Count} faults not tried; seed {seed}"));
        return failed == 0 ? 0 : 1;
    }

    private static string Command(Settings settings, int seed)
    {
        var command = string.Create(CultureInfo.InvariantCulture, $"./bench/run faults --seed {seed}");
        command += settings.Quick ? " --quick" : "";
        command += settings.Rounds is { } rounds ? string.Create(CultureInfo.InvariantCulture, $" --rounds {rounds}") : "";
        command += settings.Pairs is { } pairs ? string.Create(CultureInfo.InvariantCulture, $" --pairs {pairs}") : "";
        return command + (settings.Only is { } only ? $" --only \"{only}\"" : "");
    }

    /// <summary>Nothing may stay mounted or running.</summary>
    private static void End(PosixSignalContext signal)
    {
        signal.Cancel = true;
        Task.Run(Trial.EndAllAsync).Wait(TimeSpan.FromSeconds(15));
        Environment.Exit(130);
    }

    private static async Task<Outcome> TryAsync(Fault[] faults, int seed, bool quick, Means means, SemaphoreSlim places)
    {
        await places.WaitAsync();
        Outcome outcome;
        try
        {
            outcome = await Trial.RunAsync(faults, seed, quick, means);
        }
        finally
        {
            places.Release();
        }

        lock (s_console)
        {
            Print(outcome);
        }

        return outcome;
    }

    private static void Print(Outcome outcome)
    {
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{(outcome.Passed ? "ok    " : "FAILED")} {outcome.Name} ({outcome.Took.TotalSeconds:0.0} s): {string.Join("; ", outcome.Notes)}"));
        foreach (var (question, finding) in outcome.Findings)
        {
            Console.WriteLine($"       {question}: {finding}");
        }

        if (!outcome.Passed)
        {
            Console.WriteLine($"       The server said last:\n{outcome.Output}");
        }
    }
}
