using System.Globalization;
using Microsoft.Extensions.Options;

namespace Headroom.Log;

/// <summary>Settings under <c>Headroom:Log</c>.</summary>
public sealed class EmbeddedEventLogOptions
{
    public const string Section = "Headroom:Log";

    /// <summary>
    /// Where the log's files are. Default: the folder <c>log</c> in <c>Headroom:DataDirectory</c>. A disk of its own
    /// keeps the fsyncs of the log apart from the store's reads.
    /// </summary>
    public string Directory { get; set; } = "";

    /// <summary>
    /// Bytes after which the next file is begun; default 64 MiB. Files are the unit of removal and the last one is
    /// checked whole at start: smaller means less disk held back and a quicker start, but more files.
    /// </summary>
    public long FileBytes { get; set; } = 64L << 20;

    /// <summary>
    /// How long a file is kept after its last record; default 24 hours. Files that a consumer has not passed are kept
    /// in any case. Longer allows a replay of more of the past and costs disk up to <see cref="RetainBytes"/>.
    /// </summary>
    public TimeSpan RetainFor { get; set; } = TimeSpan.FromHours(24);

    /// <summary>
    /// Bytes of files above which the oldest are removed before <see cref="RetainFor"/> has passed; default 1 GiB.
    /// Files that a consumer has not passed are kept in any case.
    /// </summary>
    public long RetainBytes { get; set; } = 1L << 30;

    /// <summary>
    /// Bytes of files, with those still waiting for a consumer, at which appends are refused; default 16 GiB. It keeps
    /// a log whose consumer has stopped from filling the disk. Higher rides out a longer stop.
    /// </summary>
    public long MaxBytes { get; set; } = 16L << 30;

    /// <summary>
    /// Free bytes of the disk below which appends are refused; default 256 MiB, 0 turns it off. What it keeps free lets
    /// the store take in what the log holds, and the system go on; a disk filled to the last byte stops both. Appends
    /// are taken again by themselves when an eighth more is free. While it is short, files that every consumer has passed
    /// are removed without regard to <see cref="RetainFor"/> and <see cref="RetainBytes"/>.
    /// </summary>
    public long MinFreeDiskBytes { get; set; } = 256L << 20;

    /// <summary>Bytes of the largest record; default 32 MiB. Larger ones are refused for good.</summary>
    public int MaxRecordBytes { get; set; } = 32 << 20;

    /// <summary>
    /// Bytes that may wait for the next write while another is under way; default 64 MiB. Beyond it appends are refused
    /// until the disk catches up. Up to twice this is held in memory at the worst.
    /// </summary>
    public int QueueBytes { get; set; } = 64 << 20;

    /// <summary>Records that may wait for the next write; default 65,536. Beyond it appends are refused.</summary>
    public int QueueRecords { get; set; } = 1 << 16;

    /// <summary>
    /// How often writing is tried again after the disk was full, short of space or failed; default 1 second. Shorter recovers sooner
    /// and asks a failing disk more often.
    /// </summary>
    public TimeSpan RetryInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Places of known damage to step over, each as <c>FILE@POSITION</c> just as the error names it; default none. The
    /// damaged bytes up to the next intact record (or the file's end) are lost; nothing else is. An entry holds for that one
    /// place only, and must stay until the file has been removed by retention.
    /// </summary>
    public IList<string> SkipCorruptAt { get; } = [];

    /// <summary>
    /// The offset at which the log continues when its files end before it; default 0, which is never. For an operator
    /// whose consumer has a position beyond the end of the log, after the log's files were lost.
    /// </summary>
    public long ContinueFrom { get; set; }
}

internal sealed class EmbeddedEventLogOptionsValidator : IValidateOptions<EmbeddedEventLogOptions>
{
    private const string Section = EmbeddedEventLogOptions.Section;

    public ValidateOptionsResult Validate(string? name, EmbeddedEventLogOptions options)
    {
        var errors = new List<string>();
        Check(errors, nameof(options.FileBytes), options.FileBytes, 4096, 1L << 30);
        Check(errors, nameof(options.RetainBytes), options.RetainBytes, 0, 1L << 50);
        Check(errors, nameof(options.MaxBytes), options.MaxBytes, 4096, 1L << 50);
        Check(errors, nameof(options.MinFreeDiskBytes), options.MinFreeDiskBytes, 0, 1L << 50);
        Check(errors, nameof(options.MaxRecordBytes), options.MaxRecordBytes, 1, 1 << 29);
        Check(errors, nameof(options.QueueBytes), options.QueueBytes, 4096, 1 << 30);
        Check(errors, nameof(options.QueueRecords), options.QueueRecords, 1, 1 << 24);
        Check(errors, nameof(options.ContinueFrom), options.ContinueFrom, 0, 1L << 60);
        if (options.RetainFor < TimeSpan.Zero)
        {
            errors.Add($"{Section}:RetainFor must not be negative.");
        }

        if (options.RetryInterval < TimeSpan.FromMilliseconds(10) || options.RetryInterval > TimeSpan.FromHours(1))
        {
            errors.Add($"{Section}:RetryInterval must be between 10 milliseconds and 1 hour.");
        }

        if (options.MaxBytes < options.RetainBytes + (2 * options.FileBytes))
        {
            errors.Add(string.Create(CultureInfo.InvariantCulture,
                $"{Section}:MaxBytes ({options.MaxBytes}) must be at least RetainBytes + 2 × FileBytes ({options.RetainBytes + (2 * options.FileBytes)}); else files kept only for replay could block appends."));
        }

        if (options.MaxRecordBytes > options.QueueBytes - LogFormat.RecordHeaderBytes)
        {
            errors.Add($"{Section}:MaxRecordBytes must be at least {LogFormat.RecordHeaderBytes} bytes below QueueBytes; else the largest record could never be written.");
        }

        foreach (var place in options.SkipCorruptAt)
        {
            var at = place.IndexOf('@', StringComparison.Ordinal);
            if (at < 0
                || !LogFormat.TryParseFileName(place[..at], out _)
                || !long.TryParse(place.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out _))
            {
                errors.Add($"{Section}:SkipCorruptAt has \"{place}\"; write FILE@POSITION, for instance {LogFormat.FileName(0)}@64.");
            }
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static void Check(List<string> errors, string key, long value, long min, long max)
    {
        if (value < min || value > max)
        {
            errors.Add(string.Create(CultureInfo.InvariantCulture, $"{Section}:{key} is {value}; it must be from {min} to {max}."));
        }
    }
}
