using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Headroom.App.Capacity;

/// <summary>Settings under <c>Headroom:Capacity</c>.</summary>
internal sealed class CapacityOptions
{
    public const string Section = "Headroom:Capacity";

    /// <summary>
    /// Seconds between two measures of every resource; default 10, 0 measures nothing, and then no headroom is known. Shorter sees a change
    /// sooner and keeps more.
    /// </summary>
    [Range(0, 60)]
    public int SampleSeconds { get; set; } = 10;

    /// <summary>Seconds after which measures are written to the project of measures together; default 60. Longer is fewer commits on a quiet server.</summary>
    [Range(1, 600)]
    public int WriteSeconds { get; set; } = 60;

    /// <summary>Days for which measures at their full resolution are kept; default 2, at most 31. A day is some 100,000 events.</summary>
    [Range(1, 31)]
    public int DetailDays { get; set; } = 2;

    /// <summary>Days for which measures of an hour are kept; default 731. The forecast rests on them. A year is some 100,000 events.</summary>
    [Range(30, 3_650)]
    public int HistoryDays { get; set; } = 731;

    /// <summary>Whose prices advice names: aws, azure or gcp; default aws.</summary>
    [AllowedValues("aws", "azure", "gcp")]
    public string Provider { get; set; } = "aws";

    /// <summary>
    /// Name of this process in the report, of its own among the installation's and the same after a restart. Default: the machine's name,
    /// and where not every role is in it the last folder of the data directory after it, as in host/capture-1.
    /// </summary>
    [StringLength(200, MinimumLength = 1)]
    public string? Process { get; set; }

    /// <summary>Path of a table of prices to take for the built-in list prices, in the form of prices.json; default none.</summary>
    public string? PriceFile { get; set; }
}

[OptionsValidator]
internal sealed partial class CapacityOptionsValidator : IValidateOptions<CapacityOptions>;
