using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Headroom.Bench.Faults;

/// <summary>What a run of the laboratory found, as a page for people and as JSON for programs.</summary>
/// <param name="Untried">Faults that could not be tried, with the reasons.</param>
internal sealed record FaultReport(
    int Seed, string Command, DateTimeOffset Date, TimeSpan Took, IReadOnlyList<Fault> Faults, IReadOnlyList<Outcome> Outcomes, IReadOnlyDictionary<string, string> Untried)
{
    private static readonly IReadOnlyList<(Question Question, string Title)> s_questions =
    [
        (Question.Ledger, "ledger"), (Question.Events, "each once"), (Question.Others, "others"), (Question.Readiness, "readiness"), (Question.Recovery, "by itself"),
    ];

    public string Markdown()
    {
        var machine = Machine.Describe(Path.GetTempPath());
        var text = new StringBuilder();
        var failed = Outcomes.Count(static o => !o.Passed);
        text.AppendLine(CultureInfo.InvariantCulture, $"""
            # Reliability

            What breaks, how often it was tried, and what became of the events. This page is written by `./bench/run faults --report docs/reliability.md`, and not by hand.

            A trial is a real server process of its own with two projects under an open load: 60 requests a second, each of one to ten events, by the clock and not by the answers.
            Senders remember what was acknowledged, and send again, with the same uuids, what was refused or never answered, as SDKs do. A supervisor starts the process again when it ends; nothing
            else is done by hand. The data directory is on a small ext4 file system of its own. After each trial:

            - **ledger**: received = stored + duplicates + rejected + waiting, for both projects, and as many rows are stored as it says;
            - **each once**: every acknowledged event is stored exactly once, nothing is that was not sent, and an insight counts the same;
            - **others**: the same for the project that the fault was not aimed at; where the fault strikes one project only, every request and query of the other was answered, none after more than 10 s;
            - **readiness**: `/health/ready` said so within 10 s of the beginning and of the end, and was never called ready for 10 s in which no event was acknowledged;
            - **by itself**: the server came back without a hand, and took and stored everything that senders still had.

            {Date:yyyy-MM-dd HH:mm} UTC, {Took.TotalMinutes:0.0} minutes, seed {Seed}: `{Command}`. {machine.Cores} cores, {machine.Processor}, {machine.MemoryBytes >> 30} GB, Linux {machine.Kernel},
            disk images on {machine.FileSystem}, .NET {Environment.Version}. **{Outcomes.Count} trials, {failed} failed.**

            | fault | tried | passed | {string.Join(" | ", s_questions.Select(static q => q.Title))} |
            | --- | --- | --- | {string.Join(" | ", s_questions.Select(static _ => "---"))} |
            """);
        foreach (var fault in Faults)
        {
            Row(text, fault.Name, Outcomes.Where(o => o.Faults is [var only] && only == fault.Name).ToList());
        }

        var pairs = Outcomes.Where(static o => o.Faults.Count > 1).ToList();
        foreach (var pair in pairs.GroupBy(static o => string.Join(" + ", o.Faults.Order(StringComparer.Ordinal))))
        {
            Row(text, pair.Key, [.. pair]);
        }

        text.AppendLine("\n## What is done\n");
        foreach (var fault in Faults)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"- **{fault.Name}**: {fault.Does}.{(Untried.TryGetValue(fault.Name, out var reason) ? $" Not tried: {reason}." : "")}");
        }

        text.AppendLine("\n## Each trial\n");
        foreach (var outcome in Outcomes)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"- {outcome.Name}, {outcome.Took.TotalSeconds:0} s: {string.Join("; ", outcome.Notes)}{Findings(outcome)}");
        }

        return text.ToString();
    }

    public string Json() => new JsonObject
    {
        ["seed"] = Seed,
        ["command"] = Command,
        ["date"] = Date.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        ["untried"] = new JsonObject(Untried.Select(static u => KeyValuePair.Create(u.Key, (JsonNode?)u.Value))),
        ["trials"] = new JsonArray([.. Outcomes.Select(static o => (JsonNode)new JsonObject
        {
            ["faults"] = new JsonArray([.. o.Faults.Select(static f => (JsonNode)f)]),
            ["seed"] = o.Seed,
            ["seconds"] = Math.Round(o.Took.TotalSeconds, 1),
            ["passed"] = o.Passed,
            ["findings"] = new JsonArray([.. o.Findings.Select(static f => (JsonNode)$"{f.Question}: {f.Finding}")]),
            ["notes"] = new JsonArray([.. o.Notes.Select(static n => (JsonNode)n)]),
        })]),
    }.ToJsonString(new System.Text.Json.JsonSerializerOptions { WriteIndented = true });

    private void Row(StringBuilder text, string name, List<Outcome> outcomes)
    {
        if (outcomes.Count == 0)
        {
            var why = Untried.ContainsKey(name) ? "not tried" : "0";
            text.AppendLine(CultureInfo.InvariantCulture, $"| {name} | {why} | |{string.Concat(s_questions.Select(static _ => " |"))}");
            return;
        }

        var cells = s_questions.Select(q => outcomes.Count(o => o.Findings.Any(f => f.Question == q.Question)) is var bad and > 0 ? $"**no** ({bad})" : "yes");
        text.AppendLine(CultureInfo.InvariantCulture, $"| {name} | {outcomes.Count} | {outcomes.Count(static o => o.Passed)} | {string.Join(" | ", cells)} |");
    }

    private static string Findings(Outcome outcome) => outcome.Passed ? ""
        : $". **Failed**: {string.Join("; ", outcome.Findings.Select(static f => $"{f.Question}: {f.Finding.ReplaceLineEndings(" ")}"))}";
}
