namespace Headroom.App.Importing;

/// <summary>Which columns of a CSV file are probably what, by their names and first values.</summary>
internal static class ColumnGuess
{
    // The likelier ones first; compared without case and anything but letters and digits.
    private static readonly string[] Events = ["event", "eventname", "eventtype", "action", "activity"];

    private static readonly string[] Persons =
    [
        "distinctid", "userid", "user", "username", "customerid", "customer", "personid", "person", "memberid", "accountid", "clientid", "visitorid", "visitor",
        "anonymousid", "deviceid", "email", "useremail", "customeremail", "uid",
    ];

    private static readonly string[] Times =
    [
        "timestamp", "time", "eventtime", "occurredat", "happenedat", "createdat", "created", "datetime", "date", "ts", "at", "when", "day",
    ];

    private static readonly string[] Uuids = ["uuid", "eventuuid", "eventid", "insertid", "messageid"];

    /// <summary>Field → column, for the fields that have a likely one.</summary>
    /// <param name="header">Names of columns.</param>
    /// <param name="examples">A value of each; null where there is none.</param>
    public static IReadOnlyDictionary<string, string> Of(IReadOnlyList<string> header, IReadOnlyList<string?> examples)
    {
        var guess = new Dictionary<string, string>();
        var plain = header.Select(static name => string.Concat(name.Where(char.IsAsciiLetterOrDigit)).ToLowerInvariant()).ToList();
        Guess("event", Events, static _ => true);
        Guess("distinct_id", Persons, static _ => true);
        Guess("timestamp", Times, static example => CsvFormat.TryTime(example, out _));
        if (!guess.ContainsKey("timestamp") && Enumerable.Range(0, header.Count).Where(i => IsFree(i) && IsDate(examples[i])).ToList() is [var only])
        {
            guess["timestamp"] = header[only];
        }

        Guess("uuid", Uuids, static example => Guid.TryParse(example, out _));
        return guess;

        void Guess(string field, string[] names, Func<string, bool> fits)
        {
            foreach (var name in names)
            {
                var at = plain.IndexOf(name);
                if (at >= 0 && IsFree(at) && (examples[at] is not { } example || fits(example)))
                {
                    guess[field] = header[at];
                    return;
                }
            }
        }

        bool IsFree(int at) => !guess.ContainsValue(header[at]);
    }

    /// <summary>A text that is hardly anything else, which a number of seconds may be.</summary>
    private static bool IsDate(string? example) => example is { Length: >= 8 } && example.AsSpan().ContainsAny("-/:") && CsvFormat.TryTime(example, out _);
}
