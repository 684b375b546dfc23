using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Headroom.App.Access;

/// <summary>How often one read key, or one person who is signed in, may ask of projects; section <c>Headroom:RateLimits</c>.</summary>
public sealed class RateLimitsOptions
{
    public const string Section = "Headroom:RateLimits";

    /// <summary>
    /// Requests a second in the long run, default 100; 0 is no limit. What queries cost is bounded by their own queue; this
    /// keeps one program that asks without pause from crowding out people.
    /// </summary>
    [Range(0, 1_000_000)]
    public int RequestsPerSecond { get; set; } = 100;

    /// <summary>Requests at once after a pause, default 1,000. Fewer smooths more, and delays dashboards of many tiles.</summary>
    [Range(1, 1_000_000)]
    public int Burst { get; set; } = 1_000;

    /// <summary>
    /// Requests a second in the long run of one address for dashboards that are shared by a link, default 20; 0 is no limit.
    /// An office behind one address is one; a dashboard of 20 tiles is 21 requests each time that it is read.
    /// </summary>
    [Range(0, 1_000_000)]
    public int SharedRequestsPerSecond { get; set; } = 20;

    /// <summary>Such requests at once after a pause, default 300.</summary>
    [Range(1, 1_000_000)]
    public int SharedBurst { get; set; } = 300;
}

[OptionsValidator]
internal sealed partial class RateLimitsOptionsValidator : IValidateOptions<RateLimitsOptions>;
