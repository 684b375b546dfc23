using System.Globalization;

namespace Headroom.Bench;

/// <summary>What the command line asked for.</summary>
/// <param name="Quick">A short form of under a minute, to see that it works; its figures are not for comparing.</param>
/// <param name="Events">How many events to store, or null for the benchmark's own default.</param>
/// <param name="Keep">A directory in which what was generated stays for the next run.</param>
internal sealed record Settings(string Name, bool Quick, long? Events, string? JsonFile, string? Keep)
{
    /// <summary>Of the random choices of <c>faults</c>; null for another one each time.</summary>
    public int? Seed { get; init; }

    /// <summary>How often each fault is tried.</summary>
    public int? Rounds { get; init; }

    /// <summary>How many random pairs of faults are tried.</summary>
    public int? Pairs { get; init; }

    /// <summary>Only faults with this in their names.</summary>
    public string? Only { get; init; }

    /// <summary>The report in Markdown.</summary>
    public string? ReportFile { get; init; }

    public static Settings Parse(IReadOnlyList<string> arguments)
    {
        string? name = null;
        string? json = null;
        string? keep = null;
        long? events = null;
        int? seed = null;
        int? rounds = null;
        int? pairs = null;
        string? only = null;
        string? report = null;
        var quick = false;
        for (var i = 0; i < arguments.Count; i++)
        {
            switch (arguments[i])
            {
                case "--quick":
                    quick = true;
                    break;
                case "--json":
                    json = Value(arguments, ref i);
                    break;
                case "--keep":
                    keep = Value(arguments, ref i);
                    break;
                case "--events":
                    events = Number(arguments, ref i, 1, long.MaxValue);
                    break;
                case "--seed":
                    seed = (int)Number(arguments, ref i, 0, int.MaxValue);
                    break;
                case "--rounds":
                    rounds = (int)Number(arguments, ref i, 0, 1000);
                    break;
                case "--pairs":
                    pairs = (int)Number(arguments, ref i, 0, 1000);
                    break;
                case "--only":
                    only = Value(arguments, ref i);
                    break;
                case "--report":
                    report = Value(arguments, ref i);
                    break;
                case [not '-', ..] when name is null:
                    name = arguments[i];
                    break;
                default:
                    throw new FormatException($"Unknown argument \"{arguments[i]}\".");
            }
        }

        return new Settings(name ?? throw new FormatException("Which benchmark?"), quick, events, json, keep)
        {
            Seed = seed,
            Rounds = rounds,
            Pairs = pairs,
            Only = only,
            ReportFile = report,
        };
    }

    private static long Number(IReadOnlyList<string> arguments, ref int i, long least, long most)
    {
        var option = arguments[i];
        var text = Value(arguments, ref i);
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new FormatException($"{option} takes a number, not \"{text}\".");
    }

    private static string Value(IReadOnlyList<string> arguments, ref int i) =>
        ++i < arguments.Count ? arguments[i] : throw new FormatException($"{arguments[i - 1]} needs a value.");
}
