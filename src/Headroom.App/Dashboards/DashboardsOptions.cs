using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Headroom.App.Dashboards;

/// <summary>Bounds of dashboards; section <c>Headroom:Dashboards</c>.</summary>
public sealed class DashboardsOptions
{
    public const string Section = "Headroom:Dashboards";

    /// <summary>Dashboards of one project at most; default 200. Deleted ones that can still be brought back make room for new ones.</summary>
    [Range(1, 10_000)]
    public int MaxDashboards { get; set; } = 200;

    /// <summary>Links to one dashboard at most; default 20.</summary>
    [Range(1, 1_000)]
    public int MaxShares { get; set; } = 20;

    /// <summary>The largest body of a dashboard, in bytes; default 1 MiB. A tile is some hundred bytes.</summary>
    [Range(1_024, 16 * 1_024 * 1_024)]
    public int MaxDashboardBytes { get; set; } = 1_024 * 1_024;

    /// <summary>Days for which a deleted dashboard can be brought back, where there is room; default 30.</summary>
    [Range(1, 3_650)]
    public int RestoreDays { get; set; } = 30;
}

[OptionsValidator]
internal sealed partial class DashboardsOptionsValidator : IValidateOptions<DashboardsOptions>;
