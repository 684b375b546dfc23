using Microsoft.Extensions.Options;

namespace Headroom.App.Writing;

/// <summary>Settings of the Writer, section <c>Headroom:Writing</c>.</summary>
public sealed class WritingOptions
{
    public const string Section = "Headroom:Writing";

    /// <summary>
    /// The shortest time between two commits while events keep coming. Default 250 ms. Shorter shows events sooner
    /// and makes more, smaller segments, which costs fsyncs and compaction.
    /// </summary>
    public TimeSpan CommitInterval { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// The longest time a batch collects before it commits although the log has more. Default 400 ms. It does not
    /// apply while the Writer is behind: then larger batches catch up sooner.
    /// </summary>
    public TimeSpan MaxBatchAge { get; set; } = TimeSpan.FromMilliseconds(400);

    /// <summary>Rows after which a batch commits. Default 150,000. More is fewer segments and more memory.</summary>
    public int MaxBatchRows { get; set; } = 150_000;

    /// <summary>Bytes of text after which a batch commits. Default 64 MiB. With it goes the Writer's memory.</summary>
    public int MaxBatchBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>Bytes read from the log at once. Default 4 MiB.</summary>
    public int ReadBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>
    /// Distinct ids held in memory with their person and open sessions. Default 300,000, about 250 bytes each, taken
    /// only as they come. Fewer saves memory and costs look-ups in the catalog; an open session that is pushed out
    /// ends early.
    /// </summary>
    public int VisitorCache { get; set; } = 300_000;

    /// <summary>
    /// Bytes of one person's properties. Default 65,536. Past it new properties of that person are not taken,
    /// and a metric counts them.
    /// </summary>
    public int MaxPersonBytes { get; set; } = 65_536;

    /// <summary>Idle time that ends a session that the SDK does not define itself. Default 30 minutes; exactly that long still joins.</summary>
    public TimeSpan SessionIdle { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>The longest such session. Default 24 hours.</summary>
    public TimeSpan SessionMax { get; set; } = TimeSpan.FromHours(24);

    /// <summary>The longest wait before the Writer tries again after a failure. Default 10 s; it starts at 100 ms and doubles.</summary>
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How old an event may be that waits to be stored before the Writer calls itself behind. Default 8 s, so that it is told within ten.</summary>
    public TimeSpan BehindAfter { get; set; } = TimeSpan.FromSeconds(8);
}

/// <summary>Where countries come from, section <c>Headroom:Geo</c>.</summary>
public sealed class GeoOptions
{
    public const string Section = "Headroom:Geo";

    /// <summary>Path of a MaxMind-format database (.mmdb) of countries or cities. Default none: no geography.</summary>
    public string? Database { get; set; }
}

internal sealed class WritingOptionsValidator : IValidateOptions<WritingOptions>
{
    public ValidateOptionsResult Validate(string? name, WritingOptions options)
    {
        var errors = new List<string>();
        Check(options.CommitInterval >= TimeSpan.Zero && options.CommitInterval <= TimeSpan.FromMinutes(1),
            nameof(options.CommitInterval), "from 0 to 1 minute");
        Check(options.MaxBatchAge > TimeSpan.Zero && options.MaxBatchAge <= TimeSpan.FromMinutes(1),
            nameof(options.MaxBatchAge), "more than 0 and at most 1 minute");
        Check(options.MaxBatchRows is >= 1 and <= 10_000_000, nameof(options.MaxBatchRows), "from 1 to 10,000,000");
        Check(options.MaxBatchBytes is >= 4096 and <= 1024 * 1024 * 1024, nameof(options.MaxBatchBytes), "from 4 KiB to 1 GiB");
        Check(options.ReadBytes is >= 4096 and <= 256 * 1024 * 1024, nameof(options.ReadBytes), "from 4 KiB to 256 MiB");
        Check(options.VisitorCache is >= 1 and <= 100_000_000, nameof(options.VisitorCache), "from 1 to 100,000,000");
        Check(options.MaxPersonBytes is >= 1024 and <= 16 * 1024 * 1024, nameof(options.MaxPersonBytes), "from 1 KiB to 16 MiB");
        Check(options.SessionIdle >= TimeSpan.FromMinutes(1) && options.SessionIdle <= TimeSpan.FromHours(10),
            nameof(options.SessionIdle), "from 1 minute to 10 hours");
        Check(options.SessionMax >= options.SessionIdle && options.SessionMax <= TimeSpan.FromDays(7),
            nameof(options.SessionMax), "from SessionIdle to 7 days");
        Check(options.MaxRetryDelay >= TimeSpan.FromMilliseconds(100) && options.MaxRetryDelay <= TimeSpan.FromMinutes(5),
            nameof(options.MaxRetryDelay), "from 100 ms to 5 minutes");
        Check(options.BehindAfter >= TimeSpan.FromSeconds(1), nameof(options.BehindAfter), "at least 1 s");
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);

        void Check(bool ok, string key, string range)
        {
            if (!ok)
            {
                errors.Add($"{WritingOptions.Section}:{key} must be {range}.");
            }
        }
    }
}

internal sealed class GeoOptionsValidator : IValidateOptions<GeoOptions>
{
    public ValidateOptionsResult Validate(string? name, GeoOptions options) =>
        string.IsNullOrEmpty(options.Database) || File.Exists(options.Database)
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"{GeoOptions.Section}:{nameof(options.Database)} names a file that is not there: {options.Database}");
}
