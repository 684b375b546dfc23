using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Headroom.App.Insights;

/// <summary>Settings under <c>Headroom:Insights</c>.</summary>
public sealed class InsightsOptions
{
    public const string Section = "Headroom:Insights";

    /// <summary>
    /// The longest that one statement may run, in seconds; default 30. Longer answers bigger questions, and lets one of
    /// them hold a query slot for as long.
    /// </summary>
    [Range(1, 600)]
    public int TimeoutSeconds { get; set; } = 30;

    /// <summary>The largest body of a query, in bytes; default 256 KiB. Real queries are a few kilobytes.</summary>
    [Range(1_024, 16 * 1_024 * 1_024)]
    public int MaxQueryBytes { get; set; } = 256 * 1_024;

    /// <summary>The most events on one page of the explorer; default 200. Each is read whole, with all its properties.</summary>
    [Range(1, 1_000)]
    public int MaxEventsPage { get; set; } = 200;

    /// <summary>
    /// How old the lists of names and values may be, in seconds; default 10. They read every event, and names seldom change;
    /// 0 reads them anew each time.
    /// </summary>
    [Range(0, 3_600)]
    public int DefinitionsMaxAgeSeconds { get; set; } = 10;

    /// <summary>The most cohorts of one project; default 500. The conditions of all are held in memory.</summary>
    [Range(1, 10_000)]
    public int MaxCohorts { get; set; } = 500;

    /// <summary>
    /// Memory for answers that still hold, in MiB; default 64, 0 keeps none. More keeps more dashboards quick; those
    /// not asked for the longest go first.
    /// </summary>
    [Range(0, 65_536)]
    public int CacheMegabytes { get; set; } = 64;

    /// <summary>
    /// The most rows in the answer of one SQL statement; default 100,000. More lets larger extracts out at once; a browser
    /// shows few of them.
    /// </summary>
    [Range(1, 100_000_000)]
    public int MaxSqlRows { get; set; } = 100_000;

    /// <summary>
    /// The largest answer of one SQL statement, in MiB; default 256. It waits on the disk, in the data directory's
    /// <c>spill</c>, until it is sent.
    /// </summary>
    [Range(1, 65_536)]
    public int MaxSqlMegabytes { get; set; } = 256;
}

[OptionsValidator]
internal sealed partial class InsightsOptionsValidator : IValidateOptions<InsightsOptions>;
