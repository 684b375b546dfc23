using System.Globalization;

namespace Headroom.Bench;

/// <summary>What the command line asked for; null is the benchmark's own default.</summary>
internal sealed record Settings
{
    /// <summary>Components that the benchmark starts.</summary>
    public const string ToComponents = "components";

    public string Name { get; private set; } = "";

    /// <summary>A short form of under a minute, to see that it works; its figures are not for comparing.</summary>
    public bool Quick { get; private set; }

    /// <summary>How many events to store.</summary>
    public long? Events { get; private set; }

    public string? JsonFile { get; private set; }

    /// <summary>A directory in which what was generated stays for the next run.</summary>
    public string? Keep { get; private set; }

    /// <summary>How long to go on.</summary>
    public long? Minutes { get; private set; }

    /// <summary>Events a second, instead of a share of what was measured.</summary>
    public long? Rate { get; private set; }

    /// <summary>Where the picture goes.</summary>
    public string? SvgFile { get; private set; }

    /// <summary>Of the random choices of <c>faults</c>; null for another one each time.</summary>
    public int? Seed { get; private set; }

    /// <summary>How often each fault is tried.</summary>
    public int? Rounds { get; private set; }

    /// <summary>How many random pairs of faults are tried.</summary>
    public int? Pairs { get; private set; }

    /// <summary>Only faults, or comparisons of <c>capture</c>, with this in their names.</summary>
    public string? Only { get; private set; }

    /// <summary>Where <c>move</c> goes: a file of settings, or <see cref="ToComponents"/>.</summary>
    public string? To { get; private set; }

    /// <summary>The report in Markdown.</summary>
    public string? ReportFile { get; private set; }

    public static Settings Parse(IReadOnlyList<string> arguments)
    {
        var settings = new Settings();
        for (var i = 0; i < arguments.Count; i++)
        {
            switch (arguments[i])
            {
                case "--quick":
                    settings.Quick = true;
                    break;
                case "--json":
                    settings.JsonFile = Value(arguments, ref i);
                    break;
                case "--keep":
                    settings.Keep = Value(arguments, ref i);
                    break;
                case "--svg":
                    settings.SvgFile = Value(arguments, ref i);
                    break;
                case "--only":
                    settings.Only = Value(arguments, ref i);
                    break;
                case "--to":
                    settings.To = Value(arguments, ref i);
                    break;
                case "--report":
                    settings.ReportFile = Value(arguments, ref i);
                    break;
                case "--events":
                    settings.Events = Number(arguments, ref i, 1, long.MaxValue);
                    break;
                case "--minutes":
                    settings.Minutes = Number(arguments, ref i, 1, 100_000);
                    break;
                case "--rate":
                    settings.Rate = Number(arguments, ref i, 1, int.MaxValue);
                    break;
                case "--seed":
                    settings.Seed = (int)Number(arguments, ref i, 0, int.MaxValue);
                    break;
                case "--rounds":
                    settings.Rounds = (int)Number(arguments, ref i, 0, 1000);
                    break;
                case "--pairs":
                    settings.Pairs = (int)Number(arguments, ref i, 0, 1000);
                    break;
                case [not '-', ..] when settings.Name.Length == 0:
                    settings.Name = arguments[i];
                    break;
                default:
                    throw new FormatException($"Unknown argument \"{arguments[i]}\".");
            }
        }

        return settings.Name.Length > 0 ? settings : throw new FormatException("Which benchmark?");
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
