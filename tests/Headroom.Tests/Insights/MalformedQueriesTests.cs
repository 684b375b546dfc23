using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Headroom.Tests.Sql;
using Xunit;

namespace Headroom.Tests.Insights;

/// <summary>Whatever is asked is answered, or refused by the name of the field that is wrong: never a server error.</summary>
public sealed class MalformedQueriesTests
{
    private const string Valid = """
        {"kind":"trends","series":[{"event":"view","math":"sum","property":"amount","name":"N","filters":[{"property":"browser","operator":"matches","values":["^C"]}]},{"event":null}],
         "range":{"from":"2026-11-20","to":"2026-11-22"},"interval":"day","filters":[{"property":"amount","operator":"greater_than","values":[1]}],
         "breakdown":{"property":"browser","limit":3},"compare":true}
        """;

    /// <summary>The kinds that look at when persons were active and where they went, and those of sessions, as they break down.</summary>
    private static readonly string[] Others =
    [
        """{"kind":"stickiness","series":[{"event":"view","filters":[]},{}],"range":{"from":"2026-11-20","to":"2026-11-22"},"interval":"day","cumulative":true,"breakdown":{"property":"browser","limit":1}}""",
        """{"kind":"lifecycle","activity":{"event":"view"},"range":{"from":"2026-11-20","to":"2026-11-22"},"interval":"day","filters":[],"breakdown":{"property":"person.plan","limit":2}}""",
        """{"kind":"paths","range":{"from":"2026-11-20","to":"2026-11-22"},"include":["events"],"steps":3,"edges":9,"exclude":["x"],"filters":[],"breakdown":{"property":"amount","limit":1}}""",
        """
        {"kind":"sessions","range":{"from":"2026-11-20","to":"2026-11-22"},"interval":"day","bounceSeconds":10,"filters":[{"property":"amount","operator":"greater_than","values":[1]}],
         "breakdown":{"eventProperty":"browser","limit":3},"compare":true}
        """,
        """
        {"kind":"web","range":{"from":"2026-11-20","to":"2026-11-22"},"interval":"day","parts":["totals"],"filters":[{"property":"person.plan","operator":"is_set"}],
         "lists":[{"by":"page","limit":3},{"eventProperty":"person.plan","limit":2},{"eventProperty":"group.company.plan"}],"compare":true}
        """,
    ];

    private static readonly IReadOnlyList<TestEvent> Events =
    [
        TestEvent.At("2026-11-20T12:00:00Z", "view", 1, ("browser", "Chrome"), ("amount", 1.5)),
        TestEvent.At("2026-11-21T12:00:00Z", "buy", 2, ("browser", 12d), ("amount", double.MaxValue), ("tags", new JsonText("[1]"))),
    ];

    private static readonly string[] Texts =
    [
        "", "\0", "\uD800", "\uDC00x", "\uFFFF", "'", "\"", "{events}", "{overrides}", "$1", "%", "😀", "(", "[", "a{1001}", "(?P<n>a)(?P<n>b)", "\\pX", "\\C",
        "(?i", "[[:nope:]]", "\\x{110000}", "[\\b]", "\\8", "(?U)a", "\\z", "x*+", "NaN", "Infinity", "1e999", "-0", "day", "minute", "total", "trends", "event",
        "$other", "$overflow", "2026-11-20", "1900-01-01", "2199-12-31", "0000-00-00", "2026-11-20T00:00:00Z", "2026-11-20T00:00:00+99:00", "9999-12-31T23:59:59.9999999-14:00",
        new string('a', 401), new string('(', 500), new string('9', 400),
    ];

    private static readonly string[] Raw =
        ["null", "true", "0", "-1", "1.5", "1e400", "-1e400", "9223372036854775808", "2147483648", "[]", "{}", "[[]]", "[null]", "{\"a\":1}", "\"\\uD800\"", "\"\\u0000\"", "[1,\"\\uDC00\"]"];

    private static readonly Gen<string> AnyText = Gen.OneOf(Gen.OneOfConst(Texts), Gen.String[0, 12]);

    private static readonly Gen<string> AnyJson = Gen.OneOf(
        Gen.OneOfConst(Raw), AnyText.Select(Quoted), Gen.Int.Select(i => i.ToString()), Gen.Double.Select(d => double.IsFinite(d) ? d.ToString("R") : "0"));

    /// <summary>A valid query with some of its values replaced or left out, and now and then a cut or a stray byte.</summary>
    private static readonly Gen<string> AnyQuery = ChangedAnyhow(Gen.Const(Valid));

    private static readonly Gen<string> AnyOther = ChangedAnyhow(Gen.OneOfConst(Others));

    private static Gen<string> ChangedAnyhow(Gen<string> valid) =>
        Gen.Select(valid, Gen.Select(Gen.Int[0, 200], AnyJson, Gen.Bool).Array[1, 3], Gen.Int[0, 9], Gen.Int[0, 2_000], Gen.Char)
            .Select((document, changes, kind, at, stray) =>
            {
                var text = changes.Aggregate(document, (json, change) => Changed(json, change.Item1, change.Item2, change.Item3));
                at %= text.Length;
                return kind switch
                {
                    0 => text[..at],
                    1 => text.Insert(at, stray.ToString()),
                    _ => text,
                };
            });

    private static readonly Gen<string> AnyEventsList =
        Gen.Select(Gen.OneOfConst("limit", "cursor", "event", "filters", "from", "to", "unknown"), Gen.OneOf(AnyText, AnyJson, Gen.OneOf(AnyText.Select(Filter), AnyJson.Select(v => $"[{v}]"))))
            .Array[1, 3].Select(pairs => string.Join('&', pairs.Select(p => p.Item1 + "=" + Escape(p.Item2))));

    private static readonly Gen<string> AnyDefinitions =
        Gen.Select(
            Gen.OneOfConst("events", "properties", "properties/values"), Gen.Select(Gen.OneOfConst("limit", "search", "event", "property"), Gen.OneOf(AnyText, AnyJson)).Array[1, 3])
            .Select((path, pairs) => path + "?" + string.Join('&', pairs.Select(p => p.Item1 + "=" + Escape(p.Item2))));

    [Fact]
    public async Task Any_query_is_answered_or_refused_by_field()
    {
        await using var host = await InsightsHost.StartAsync(Events);
        Assert.Equal(200, (await host.QueryAsync(Valid)).Status);
        await AnyQuery.SampleAsync(async json => Check(await host.QueryAsync(json)), iter: 1_500, threads: 1);
    }

    [Fact]
    public async Task Any_question_about_activity_paths_or_sessions_is_answered_or_refused_by_field()
    {
        await using var host = await InsightsHost.StartAsync(Events);
        foreach (var valid in Others)
        {
            Assert.Equal(200, (await host.QueryAsync(valid)).Status);
        }

        await AnyOther.SampleAsync(async json => Check(await host.QueryAsync(json)), iter: 900, threads: 1);
    }

    [Fact]
    public async Task Any_list_of_events_is_answered_or_refused_by_field()
    {
        await using var host = await InsightsHost.StartAsync(Events);
        await AnyEventsList.SampleAsync(async query => Check(await host.GetAsync("/events?" + query)), iter: 1_000, threads: 1);
    }

    [Fact]
    public async Task Any_list_of_definitions_is_answered_or_refused_by_field()
    {
        await using var host = await InsightsHost.StartAsync(Events);
        await AnyDefinitions.SampleAsync(async path => Check(await host.GetAsync("/definitions/" + path)), iter: 500, threads: 1);
    }

    [Fact]
    public async Task A_pattern_that_only_the_store_refuses_names_its_field()
    {
        // To .NET a set of the characters in it, to RE2 a class that it does not have.
        await using var host = await InsightsHost.StartAsync(Events);
        var pattern = """{"property":"browser","operator":"matches","values":["a","[[:nope:]]"]}""";
        var (status, body) = await host.GetAsync("/events?filters=" + Escape($$"""[{"property":"amount","operator":"is_set"},{{pattern}}]"""));
        Assert.Equal(400, status);
        Assert.Equal(["filters[1].values[1]"], body.GetProperty("errors").EnumerateObject().Select(e => e.Name));
        (status, body) = await host.QueryAsync($$"""{"kind":"trends","series":[{},{"filters":[{{pattern}}]}],"range":{"last":1,"unit":"day"} }""");
        Assert.Equal(400, status);
        Assert.Equal(["series[1].filters[0].values[1]"], body.GetProperty("errors").EnumerateObject().Select(e => e.Name));
    }

    [Theory]
    [InlineData("/events?limit=many")]
    [InlineData("/definitions/events?limit=1.5")]
    [InlineData("/definitions/properties?limit=9999999999")]
    [InlineData("/definitions/properties/values?property=a&limit=x")]
    public async Task A_limit_that_is_no_number_names_its_field(string path)
    {
        await using var host = await InsightsHost.StartAsync(Events);
        var (status, body) = await host.GetAsync(path);
        Assert.Equal(400, status);
        Assert.Equal(["limit"], body.GetProperty("errors").EnumerateObject().Select(e => e.Name));
    }

    private static void Check((int Status, JsonElement Body) answer)
    {
        if (answer.Status == 200)
        {
            return;
        }

        Assert.Equal(400, answer.Status);
        var errors = answer.Body.GetProperty("errors").EnumerateObject().ToList();
        Assert.NotEmpty(errors);
        Assert.All(errors, e => Assert.NotEmpty(e.Value.EnumerateArray()));
    }

    /// <summary>Replaces one value, wherever it is, or leaves its member out.</summary>
    private static string Changed(string json, int which, string value, bool remove)
    {
        if (Parsed(json) is not { } root)
        {
            return json;
        }

        var places = new List<(JsonNode Parent, string? Name, int Index)>();
        Collect(root, places);
        if (places.Count == 0)
        {
            return value;
        }

        var (parent, name, index) = places[which % places.Count];
        if (parent is JsonObject members)
        {
            if (remove && which % 3 == 0)
            {
                members.Remove(name!);
            }
            else
            {
                members[name!] = "\u0001mark";
            }
        }
        else
        {
            ((JsonArray)parent)[index] = "\u0001mark";
        }

        return root.ToJsonString().Replace("\"\\u0001mark\"", value, StringComparison.Ordinal);
    }

    /// <summary>Null for what cannot be changed any further: no JSON, or text that has no characters.</summary>
    private static JsonNode? Parsed(string json)
    {
        try
        {
            var root = JsonNode.Parse(json);
            root?.ToJsonString();
            return root;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }

    private static void Collect(JsonNode? node, List<(JsonNode Parent, string? Name, int Index)> places)
    {
        if (node is JsonObject members)
        {
            foreach (var (name, value) in members.ToList())
            {
                places.Add((members, name, 0));
                Collect(value, places);
            }
        }
        else if (node is JsonArray items)
        {
            for (var i = 0; i < items.Count; i++)
            {
                places.Add((items, null, i));
                Collect(items[i], places);
            }
        }
    }

    private static string Filter(string text) => $$"""[{"property":"browser","operator":"matches","values":[{{Quoted(text)}}]}]""";

    /// <summary>As JSON with every character past ASCII escaped, halves of surrogate pairs too.</summary>
    private static string Quoted(string text) =>
        "\"" + string.Concat(text.Select(c => c is '"' or '\\' || c is < ' ' or > '~' ? $"\\u{(int)c:x4}" : c.ToString())) + "\"";

    private static string Escape(string text) => Uri.EscapeDataString(text);
}
