namespace Headroom.Fuzz.Targets;

/// <summary>Every decoder that reads what others wrote, by the name of its corpus.</summary>
internal static class FuzzTargets
{
    private static readonly OrderedDictionary<string, Func<FuzzTarget>> Makers = new()
    {
        ["body"] = static () => new BodyTarget(),
        ["posthog"] = static () => new PostHogTarget(),
        ["posthog-v1"] = static () => new PostHogV1Target(),
        ["segment"] = static () => new SegmentTarget(),
        ["plausible"] = static () => new PlausibleTarget(),
        ["record"] = static () => new RecordTarget(),
        ["ndjson"] = static () => new NdjsonTarget(),
        ["access-log"] = static () => new AccessLogTarget(),
        ["import-file"] = static () => new ImportFileTarget(),
        ["log"] = static () => new LogTarget(),
        ["query"] = static () => new QueryTarget(),
        ["event-counts"] = static () => new EventCountsTarget(),
        ["seen-file"] = static () => new SeenFileTarget(),
        ["manifest"] = static () => new ManifestTarget(),
    };

    public static IReadOnlyList<string> Names { get; } = [.. Makers.Keys];

    /// <summary>A new one, with nothing kept of other inputs.</summary>
    public static FuzzTarget Make(string name) => Makers.TryGetValue(name, out var make) ? make() : throw Unknown(name);

    public static ArgumentException Unknown(string name) => new($"There is no target {name}. There are: {string.Join(", ", Names)}.");
}
