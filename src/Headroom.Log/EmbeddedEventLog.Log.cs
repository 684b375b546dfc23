using Microsoft.Extensions.Logging;

namespace Headroom.Log;

internal static partial class EmbeddedEventLogMessages
{
    [LoggerMessage(1, LogLevel.Information, "Opened the event log in {Milliseconds} ms: {Files} files, {Bytes} bytes, offsets {First} to {End}")]
    public static partial void Opened(this ILogger logger, double milliseconds, int files, long bytes, long first, long end);

    [LoggerMessage(2, LogLevel.Warning, "Cut {Bytes} bytes off the end of the event log file {Path} at byte {Position}: the last commit is incomplete, as an interrupted write leaves it. None of it was acknowledged, unless the disk damaged it afterwards")]
    public static partial void TailCut(this ILogger logger, string path, long position, long bytes);

    [LoggerMessage(3, LogLevel.Warning, "Removed the event log file {Path}, whose creation was interrupted; it held no records")]
    public static partial void UnfinishedFileRemoved(this ILogger logger, string path);

    [LoggerMessage(4, LogLevel.Error, "Stepped over {Bytes} damaged bytes of the event log file {Path} at byte {Position}, as Headroom:Log:SkipCorruptAt says; their records are lost")]
    public static partial void DamageSkipped(this ILogger logger, string path, long position, long bytes);

    [LoggerMessage(5, LogLevel.Error, "The event log cannot be written and refuses appends until it can: {Reason}")]
    public static partial void WriteFailed(this ILogger logger, Exception exception, string reason);

    [LoggerMessage(6, LogLevel.Information, "The event log can be written again, after {Seconds} s")]
    public static partial void WriteRecovered(this ILogger logger, double seconds);

    [LoggerMessage(7, LogLevel.Debug, "The event log still cannot be written")]
    public static partial void RetryFailed(this ILogger logger, Exception exception);

    [LoggerMessage(8, LogLevel.Error, "The event log is full: {Reason}")]
    public static partial void BacklogFull(this ILogger logger, string reason);

    [LoggerMessage(9, LogLevel.Information, "The event log has room again, after {Seconds} s")]
    public static partial void BacklogFreed(this ILogger logger, double seconds);

    [LoggerMessage(10, LogLevel.Warning, "Could not remove the event log file {Path}; it is tried again")]
    public static partial void RemovalFailed(this ILogger logger, Exception exception, string path);

    [LoggerMessage(11, LogLevel.Debug, "Removed the event log file {Path}")]
    public static partial void FileRemoved(this ILogger logger, string path);

    [LoggerMessage(12, LogLevel.Debug, "Began the event log file {Path}")]
    public static partial void FileBegun(this ILogger logger, string path);

    [LoggerMessage(13, LogLevel.Error, "The event log is damaged; reading stops there")]
    public static partial void DamageFound(this ILogger logger, Exception exception);

    [LoggerMessage(14, LogLevel.Warning, "The event log continues from offset {Offset}, as Headroom:Log:ContinueFrom says; its files end at {End}")]
    public static partial void Continued(this ILogger logger, long offset, long end);

    [LoggerMessage(15, LogLevel.Debug, "Could not cut the failed write off {Path}; the next file's header excludes it")]
    public static partial void CutFailed(this ILogger logger, Exception exception, string path);

    [LoggerMessage(16, LogLevel.Critical, "The event log's writer stopped by a defect; restart the process")]
    public static partial void WriterDied(this ILogger logger, Exception exception);

    [LoggerMessage(17, LogLevel.Error, "The event log refuses appends: {Reason}")]
    public static partial void DiskLow(this ILogger logger, string reason);

    [LoggerMessage(18, LogLevel.Information, "The event log's disk has its reserve again, after {Seconds} s")]
    public static partial void DiskRecovered(this ILogger logger, double seconds);

    [LoggerMessage(19, LogLevel.Debug, "The free space of the event log's disk cannot be read")]
    public static partial void FreeSpaceUnknown(this ILogger logger, Exception exception);
}
