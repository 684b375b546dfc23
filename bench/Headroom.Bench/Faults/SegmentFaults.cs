using System.Globalization;
using System.Text.Json.Nodes;

namespace Headroom.Bench.Faults;

/// <summary>
/// A segment that is not what it was. Its events cannot be there, so the promise is another: what reads it says which file it is, readiness names it,
/// other projects notice nothing, and it is well by itself when the file is back. Bytes that the engine can read and that are not those that were
/// written are found by their checksum only, in Store:VerifyInterval, here 5 s: answers that are wrong until then are counted.
/// </summary>
internal sealed class SegmentFault(bool missing) : Fault
{
    private string _path = "";
    private byte[] _content = [];
    private bool _killed;

    public override string Name => missing ? "segment missing" : "segment damaged";

    public override string Does => missing
        ? "one segment's file of one project is deleted, and later put back"
        : "one segment's file of one project is cut off, or some of its bytes become others, and later it is put back";

    public override Telling While => Telling.NotReady;

    public override bool StrikesAll => _killed;

    /// <summary>A second fault would meet a project that nobody sends to.</summary>
    public override bool Pairs => false;

    public override bool IsShort => !missing;

    public override TimeSpan Lasts(Random random) => TimeSpan.Zero;

    public override IEnumerable<(string Name, string Value)> Environment(Means means) => [("Headroom__Store__VerifyInterval", "00:00:05")];

    public override async Task InjectAsync(Trial trial)
    {
        // Nothing may arrive meanwhile, so that every answer has one right value, and files stay what they are.
        trial.Load.IsResting = true;
        while ((await trial.Server.LedgerAsync(trial.Project)).Waiting > 0 || trial.Load.IsUnderWay)
        {
            await Task.Delay(50);
        }

        await Task.Delay(1000);
        var right = await AskAsync(trial);
        var segments = Directory.GetFiles(Path.Combine(trial.Server.Directory, "segments", trial.Project.Id), "*.parquet");
        _path = segments[trial.Random.Next(segments.Length)];
        _content = await File.ReadAllBytesAsync(_path);
        Damage(trial);
        if (trial.Random.Next(2) == 0)
        {
            // What is damaged meets a start as well.
            _killed = true;
            trial.Note("and killed");
            trial.Server.Signal(Native.Kill);
            await trial.Server.AnswersAsync();
        }

        var (silent, told, wrong) = (0, 0, 0);
        for (var i = 0; i < 40; i++)
        {
            try
            {
                if (await AskAsync(trial) == right)
                {
                    silent++;
                }
                else if (told == 0)
                {
                    wrong++;
                }
                else
                {
                    trial.Find(Question.Events, "a query answered wrongly after the damage had been found");
                    break;
                }
            }
            catch (HttpRequestException e)
            {
                told++;
                if (!e.Message.Contains(Path.GetFileName(_path), StringComparison.Ordinal))
                {
                    trial.Find(Question.Readiness, $"a query over a damaged file does not say which: {e.Message}");
                    break;
                }
            }

            await Task.Delay(200);
        }

        trial.Note(string.Create(CultureInfo.InvariantCulture, $"{told} answers named the file, {silent} were right, {wrong} wrong before the damage was found"));
        var before = (await trial.Server.LedgerAsync(trial.Bystander)).Stored;
        await Task.Delay(2000);
        if ((await trial.Server.LedgerAsync(trial.Bystander)).Stored <= before)
        {
            trial.Find(Question.Others, "no event of another project is stored while a segment of one is damaged");
        }

        if (told == 0)
        {
            trial.Find(Question.Readiness, "no query was told that a file is damaged");
        }
    }

    public override async Task LiftAsync(Trial trial)
    {
        if (!trial.Watch.Said.Any(said => said.Contains(Path.GetFileName(_path), StringComparison.Ordinal)))
        {
            trial.Find(Question.Readiness, $"readiness never named {Path.GetFileName(_path)}");
        }

        await File.WriteAllBytesAsync(_path, _content);
        trial.Load.IsResting = false;
    }

    private void Damage(Trial trial)
    {
        if (missing)
        {
            File.Delete(_path);
            return;
        }

        if (trial.Random.Next(3) == 0)
        {
            using var file = File.OpenHandle(_path, FileMode.Open, FileAccess.Write);
            RandomAccess.SetLength(file, trial.Random.Next(_content.Length));
            trial.Note("cut off");
            return;
        }

        var bytes = new byte[trial.Random.Next(1, 512)];
        trial.Random.NextBytes(bytes);
        var at = trial.Random.Next(Math.Max(1, _content.Length - bytes.Length));
        using (var file = File.OpenHandle(_path, FileMode.Open, FileAccess.Write))
        {
            RandomAccess.Write(file, bytes, at);
        }

        trial.Note(string.Create(CultureInfo.InvariantCulture, $"{bytes.Length} bytes at {at} of {_content.Length}"));
    }

    /// <summary>An answer that reads a column of every segment, as one text.</summary>
    private static async Task<string> AskAsync(Trial trial)
    {
        var query = new JsonObject
        {
            ["kind"] = "trends",
            ["series"] = new JsonArray(
                new JsonObject { ["event"] = Load.EventName, ["math"] = "sum", ["property"] = "amount" },
                new JsonObject { ["event"] = Load.EventName, ["math"] = "unique_persons" }),
            ["breakdown"] = new JsonObject { ["property"] = "plan", ["limit"] = 10 },
            ["range"] = new JsonObject { ["from"] = "2020-01-01", ["to"] = "2040-01-01" },
            ["interval"] = "month",
        };

        // Nothing new has come, so a kept answer would be given: other words for the same question each time.
        ((JsonObject)query["breakdown"]!)["limit"] = trial.Random.Next(3, 25);
        var answer = JsonNode.Parse(await trial.Server.ReadAsync(trial.Project, HttpMethod.Post, "query", query))!;
        return string.Join(", ", answer["series"]!.AsArray().Select(static s => $"{s!["breakdown"]} {s["total"]}").Order(StringComparer.Ordinal));
    }
}
