using System.Collections.Frozen;

namespace Headroom.App.Capture;

internal enum CaptureProtocol : byte
{
    PostHog,
    PostHogV1,
    Segment,
    Plausible,

    /// <summary>No path of its own: rows of files, by the HTTP API.</summary>
    Import,
}

/// <summary>What a capture path means.</summary>
internal sealed record CaptureRoute(CaptureProtocol Protocol, SegmentCall Call = SegmentCall.Batch, bool Engage = false)
{
    private static readonly CaptureRoute PostHogEvents = new(CaptureProtocol.PostHog);

    /// <summary>Every path that takes events, without its trailing slash; both forms are served.</summary>
    public static FrozenDictionary<string, CaptureRoute> All { get; } = new Dictionary<string, CaptureRoute>
    {
        ["/e"] = PostHogEvents,
        ["/i/v0/e"] = PostHogEvents,
        ["/capture"] = PostHogEvents,
        ["/track"] = PostHogEvents,
        ["/batch"] = PostHogEvents,
        ["/engage"] = new(CaptureProtocol.PostHog, Engage: true),
        ["/i/v1/analytics/events"] = new(CaptureProtocol.PostHogV1),
        ["/v1/batch"] = Segment(SegmentCall.Batch),
        ["/v1/import"] = Segment(SegmentCall.Batch),
        ["/v1/track"] = Segment(SegmentCall.Track),
        ["/v1/identify"] = Segment(SegmentCall.Identify),
        ["/v1/page"] = Segment(SegmentCall.Page),
        ["/v1/screen"] = Segment(SegmentCall.Screen),
        ["/v1/group"] = Segment(SegmentCall.Group),
        ["/v1/alias"] = Segment(SegmentCall.Alias),
        ["/v1/b"] = Segment(SegmentCall.Batch),
        ["/v1/t"] = Segment(SegmentCall.Track),
        ["/v1/i"] = Segment(SegmentCall.Identify),
        ["/v1/p"] = Segment(SegmentCall.Page),
        ["/v1/s"] = Segment(SegmentCall.Screen),
        ["/v1/g"] = Segment(SegmentCall.Group),
        ["/v1/a"] = Segment(SegmentCall.Alias),
        ["/api/event"] = new(CaptureProtocol.Plausible),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Both forms of every path.</summary>
    public static FrozenDictionary<string, CaptureRoute> WithSlashes { get; } =
        All.Concat(All.Select(static pair => KeyValuePair.Create(pair.Key + "/", pair.Value))).ToFrozenDictionary(StringComparer.Ordinal);

    public static string Name(CaptureProtocol protocol) => protocol switch
    {
        CaptureProtocol.PostHog => "posthog",
        CaptureProtocol.PostHogV1 => "posthog_v1",
        CaptureProtocol.Segment => "segment",
        CaptureProtocol.Import => "import",
        _ => "plausible",
    };

    private static CaptureRoute Segment(SegmentCall call) => new(CaptureProtocol.Segment, call);
}
