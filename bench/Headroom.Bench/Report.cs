using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Headroom.Bench;

/// <summary>The figures of one benchmark: a table for a reader, the same as JSON for a program.</summary>
internal sealed class Report(string name, bool quick, DateTimeOffset date, string directory)
{
    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly List<(string Name, double Value, string Unit, string? Aim, bool? Met)> _figures = [];
    private readonly List<string> _notes = [];

    /// <summary>Something did not hold that must, whatever the machine: the command ends with 1.</summary>
    public bool HasFailed { get; private set; }

    public void Fail(string reason)
    {
        HasFailed = true;
        _notes.Add($"FAILED: {reason}");
    }

    public void Add(string figure, double value, string unit) => _figures.Add((figure, value, unit, null, null));

    /// <summary>A figure that should be at least so much.</summary>
    public void AddAtLeast(string figure, double value, string unit, double aim) =>
        _figures.Add((figure, value, unit, "≥ " + Format(aim), value >= aim));

    /// <summary>A figure that should be at most so much.</summary>
    public void AddAtMost(string figure, double value, string unit, double aim) =>
        _figures.Add((figure, value, unit, "≤ " + Format(aim), value <= aim));

    public void Latency(string figure, LoadResult result)
    {
        Add($"{figure} p50", result.Milliseconds(50), "ms");
        Add($"{figure} p99", result.Milliseconds(99), "ms");
        Add($"{figure} p99.9", result.Milliseconds(99.9), "ms");
    }

    public void Note(string text) => _notes.Add(text);

    public void Print(TextWriter to)
    {
        var machine = Machine.Describe(directory);
        var width = _figures.Count == 0 ? 20 : _figures.Max(figure => figure.Name.Length);
        to.WriteLine();
        to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}{(quick ? " (quick)" : "")}, {date:yyyy-MM-dd HH:mm} UTC"));
        to.WriteLine($"{machine.Cores} cores, {machine.Processor}, {machine.MemoryBytes >> 30} GB, Linux {machine.Kernel}, data on {machine.FileSystem}, .NET {Environment.Version}");
        to.WriteLine();
        foreach (var (figure, value, unit, aim, met) in _figures)
        {
            var verdict = met switch { true => $"  {aim}  met", false => $"  {aim}  NOT MET", null => "" };
            to.WriteLine($"{figure.PadRight(width)}  {Format(value),12} {unit,-10}{verdict}".TrimEnd());
        }

        foreach (var note in _notes)
        {
            to.WriteLine(note);
        }
    }

    public async Task WriteJsonAsync(string file)
    {
        var machine = Machine.Describe(directory);
        var document = new JsonObject
        {
            ["benchmark"] = name,
            ["quick"] = quick,
            ["date"] = date.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            ["machine"] = new JsonObject
            {
                ["cores"] = machine.Cores,
                ["processor"] = machine.Processor,
                ["memoryBytes"] = machine.MemoryBytes,
                ["kernel"] = machine.Kernel,
                ["fileSystem"] = machine.FileSystem,
                ["dotnet"] = Environment.Version.ToString(),
            },
            ["figures"] = new JsonArray([.. _figures.Select(figure => (JsonNode)new JsonObject
            {
                ["name"] = figure.Name,
                ["value"] = Math.Round(figure.Value, 4),
                ["unit"] = figure.Unit,
                ["aim"] = figure.Aim,
                ["met"] = figure.Met,
            })]),
            ["notes"] = new JsonArray([.. _notes.Select(note => (JsonNode)note)]),
        };
        await File.WriteAllTextAsync(file, document.ToJsonString(s_json) + "\n");
    }

    private static string Format(double value) => value.ToString(
        Math.Abs(value) switch { >= 1000 => "#,0", >= 100 => "0.0", _ => "0.00" }, CultureInfo.InvariantCulture);
}
