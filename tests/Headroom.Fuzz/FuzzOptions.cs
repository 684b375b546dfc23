using System.Globalization;
using Headroom.Fuzz.Targets;

namespace Headroom.Fuzz;

/// <summary>What the command line says.</summary>
internal sealed record FuzzOptions
{
    public const string Usage = """
        tests/fuzz [--seconds N | --minutes N] [--jobs N] [--seed N] [--keep] [TARGET]…   fuzzes each target (all of them) for so long
        tests/fuzz replay TARGET FILE…                                                   runs inputs once each
        tests/fuzz --afl TARGET [OPTION OF AFL-FUZZ]…                                    the same target under AFL++

        --keep    what was found goes into tests/Headroom.Fuzz/corpus, made as small as it goes
        --jobs    targets at a time; default 2
        """;

    public IReadOnlyList<string> Targets { get; init; } = FuzzTargets.Names;

    /// <summary>For each target.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromMinutes(1);

    public int Jobs { get; init; } = 2;

    public int Seed { get; init; } = Environment.TickCount;

    public bool Keep { get; init; }

    /// <summary>Of the corpus, with a folder for each target.</summary>
    public string CorpusRoot { get; init; } = "tests/Headroom.Fuzz/corpus";

    /// <summary>Where findings go.</summary>
    public string FindingsRoot { get; init; } = "artifacts/fuzz/findings";

    /// <exception cref="ArgumentException">The message says what is wrong.</exception>
    public static FuzzOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new FuzzOptions();
        var targets = new List<string>();
        for (var i = 0; i < arguments.Count; i++)
        {
            options = arguments[i] switch
            {
                "--seconds" => options with { Duration = TimeSpan.FromSeconds(Number()) },
                "--minutes" => options with { Duration = TimeSpan.FromMinutes(Number()) },
                "--jobs" => options with { Jobs = Number() },
                "--seed" => options with { Seed = Number() },
                "--keep" => options with { Keep = true },
                _ => Target(arguments[i]),
            };

            int Number() => ++i < arguments.Count && int.TryParse(arguments[i], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
                ? number
                : throw new ArgumentException($"{arguments[Math.Min(i, arguments.Count) - 1]} needs a number from 1.");

            FuzzOptions Target(string name)
            {
                targets.Add(FuzzTargets.Names.Contains(name) ? name : throw FuzzTargets.Unknown(name));
                return options;
            }
        }

        return targets.Count == 0 ? options : options with { Targets = targets };
    }

    public string CorpusOf(string target) => Path.Combine(CorpusRoot, target);

    public string DirectoryOf(string target) => Path.Combine(FindingsRoot, target);

    public string InFlightOf(string target) => Path.Combine(DirectoryOf(target), "in-flight");

    /// <summary>For the process of one target.</summary>
    public IEnumerable<string> WorkerArguments(string target)
    {
        string[] arguments =
        [
            "worker", target, "--seconds", ((int)Duration.TotalSeconds).ToString(CultureInfo.InvariantCulture), "--seed", Seed.ToString(CultureInfo.InvariantCulture),
        ];
        return Keep ? [.. arguments, "--keep"] : arguments;
    }
}
