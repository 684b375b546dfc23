using System.Globalization;

namespace Headroom.Bench;

/// <summary>What the command line asked for.</summary>
/// <param name="Quick">A short form of under a minute, to see that it works; its figures are not for comparing.</param>
/// <param name="Events">How many events to store, or null for the benchmark's own default.</param>
/// <param name="Keep">A directory in which what was generated stays for the next run.</param>
/// <param name="Minutes">How long to go on, or null for the benchmark's own default.</param>
/// <param name="Rate">Events a second, or null for a share of what was measured.</param>
/// <param name="SvgFile">Where the picture goes.</param>
internal sealed record Settings(string Name, bool Quick, long? Events, string? JsonFile, string? Keep, long? Minutes, long? Rate, string? SvgFile)
{
    public static Settings Parse(IReadOnlyList<string> arguments)
    {
        string? name = null;
        string? json = null;
        string? keep = null;
        string? svg = null;
        long? events = null;
        long? minutes = null;
        long? rate = null;
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
                case "--svg":
                    svg = Value(arguments, ref i);
                    break;
                case "--events":
                    events = Number(arguments, ref i);
                    break;
                case "--minutes":
                    minutes = Number(arguments, ref i);
                    break;
                case "--rate":
                    rate = Number(arguments, ref i);
                    break;
                case [not '-', ..] when name is null:
                    name = arguments[i];
                    break;
                default:
                    throw new FormatException($"Unknown argument \"{arguments[i]}\".");
            }
        }

        return new Settings(name ?? throw new FormatException("Which benchmark?"), quick, events, json, keep, minutes, rate, svg);
    }

    private static long Number(IReadOnlyList<string> arguments, ref int i)
    {
        var name = arguments[i];
        var text = Value(arguments, ref i);
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new FormatException($"{name} takes a number, not \"{text}\".");
    }

    private static string Value(IReadOnlyList<string> arguments, ref int i) =>
        ++i < arguments.Count ? arguments[i] : throw new FormatException($"{arguments[i - 1]} needs a value.");
}
