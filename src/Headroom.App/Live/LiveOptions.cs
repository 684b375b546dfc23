using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Headroom.App.Live;

/// <summary>Settings under <c>Headroom:Live</c>.</summary>
public sealed class LiveOptions
{
    public const string Section = "Headroom:Live";

    /// <summary>The most live views open at once on this node; default 500. Each is a connection that stays open.</summary>
    [Range(1, 100_000)]
    public int MaxWatchers { get; set; } = 500;

    /// <summary>
    /// The most events a second that one live view is sent; default 25. Nobody reads faster, and a busy project would
    /// keep a browser busy with drawing; the counts are of all events in any case.
    /// </summary>
    [Range(1, 1_000)]
    public int MaxEventsPerSecond { get; set; } = 25;

    /// <summary>Seconds between two messages with the counts; default 5. One query serves all who watch a project.</summary>
    [Range(1, 60)]
    public int OnlineSeconds { get; set; } = 5;
}

[OptionsValidator]
internal sealed partial class LiveOptionsValidator : IValidateOptions<LiveOptions>;
