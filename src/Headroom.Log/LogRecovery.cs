using System.Globalization;
using Headroom.Core;
using Microsoft.Extensions.Logging;

namespace Headroom.Log;

/// <summary>
/// Finds the state of the log in its files at start. Checked are the headers of all files and that each is as long as
/// the next one says, every record that the consumer will read, and the whole of the last file. Records that have been
/// processed are not needed again, so a start need not wait for reading the gigabytes that are kept of them.
/// </summary>
internal static class LogRecovery
{
    private const int WindowBytes = 1 << 20;

    /// <returns>The files in order and the end of the log. Everything before the end is durable on return.</returns>
    public static (LogFile[] Files, long End) Run(ILogFiles files, LogDamage damage, long verifyFrom, DateTimeOffset now, ILogger logger)
    {
        var found = ReadHeaders(files, damage, now, logger);
        for (var i = 0; i + 1 < found.Count; i++)
        {
            var span = new LogSpan(found[i], found[i + 1].PreviousEnd);
            using var file = files.Open(span.File.Name, writable: false);
            CheckLength(file, span, damage);
            CheckRecords(file, span, verifyFrom, damage);
        }

        if (found.Count == 0)
        {
            return ([], 0);
        }

        var end = CheckLast(files, found[^1], damage, logger);

        // A process that died between making the last file and syncing its name left a name that a power loss takes away.
        files.SyncDirectory();
        return ([.. found], end);
    }

    private static List<LogFile> ReadHeaders(ILogFiles files, LogDamage damage, DateTimeOffset now, ILogger logger)
    {
        var bases = new List<long>();
        foreach (var name in files.List())
        {
            if (LogFormat.TryParseFileName(name, out var baseOffset))
            {
                bases.Add(baseOffset);
            }
        }

        bases.Sort();
        var found = new List<LogFile>(bases.Count);
        Span<byte> header = stackalloc byte[LogFormat.FileHeaderBytes];
        for (var i = 0; i < bases.Count; i++)
        {
            var name = LogFormat.FileName(bases[i]);
            var path = files.PathOf(name);
            using var file = files.Open(name, writable: false);
            var read = file.Read(header, 0);
            if (LogFormat.TryReadFileHeader(header[..read], path, out var values) && values.BaseOffset == bases[i])
            {
                found.Add(new LogFile(name, values.BaseOffset, values.PreviousEnd, values.Created));
            }
            else if (damage.IsSkipped(name, 0))
            {
                logger.DamageSkipped(path, 0, LogFormat.FileHeaderBytes);
                found.Add(new LogFile(name, bases[i], bases[i], now));
            }
            else if (i == bases.Count - 1 && !HoldsRecords(file, bases[i]))
            {
                // Its creation was not completed, and records come only after that (invariant 3).
                logger.UnfinishedFileRemoved(path);
                files.Delete(name);
                files.SyncDirectory();
            }
            else
            {
                throw damage.Found(name, 0, bases[i], "its header fails its check.");
            }
        }

        return found;
    }

    private static bool HoldsRecords(ILogFile file, long baseOffset)
    {
        if (file.Length <= LogFormat.FileHeaderBytes)
        {
            return false;
        }

        var bytes = ReadFrom(file, LogFormat.FileHeaderBytes - 1, file.Length);
        return LogFormat.FindIntact(bytes, baseOffset - 1, ofLaterGroup: false) >= 0;
    }

    private static void CheckLength(ILogFile file, in LogSpan span, LogDamage damage)
    {
        var needed = span.File.PositionOf(span.Limit);
        if (file.Length < needed && !damage.IsSkipped(span.File.Name, file.Length))
        {
            throw damage.Found(span.File.Name, file.Length, span.File.BaseOffset + file.Length - LogFormat.FileHeaderBytes,
                string.Create(CultureInfo.InvariantCulture, $"it ends there, but by the file after it {needed - file.Length} bytes more were written, or a file between the two is missing."));
        }
    }

    /// <summary>Everything in a file that another one follows was durable, so a record that is not intact is damage.</summary>
    private static void CheckRecords(ILogFile file, in LogSpan span, long verifyFrom, LogDamage damage)
    {
        var offset = Math.Max(verifyFrom, span.File.BaseOffset);
        if (offset >= span.Limit)
        {
            return;
        }

        using var window = new RecordWindow(file, WindowBytes);
        while (offset < span.Limit)
        {
            var position = span.File.PositionOf(offset);
            if (window.TryRecord(position, span.File.PositionOf(span.Limit), offset, out var record))
            {
                offset += record.Length;
            }
            else if (damage.IsSkipped(span.File.Name, position))
            {
                // The reader says so in the log when it comes to it.
                offset += LogDamage.Extent(file, span, offset);
            }
            else
            {
                throw damage.BadRecord(span, offset);
            }
        }
    }

    private static long CheckLast(ILogFiles files, LogFile last, LogDamage damage, ILogger logger)
    {
        var path = files.PathOf(last.Name);
        using var file = files.Open(last.Name, writable: true);
        var length = file.Length;
        long position = LogFormat.FileHeaderBytes;
        using var window = new RecordWindow(file, WindowBytes);
        while (position < length)
        {
            var offset = last.BaseOffset + (position - LogFormat.FileHeaderBytes);
            if (window.TryRecord(position, length, offset, out var record))
            {
                position += record.Length;
                continue;
            }

            // The unusual case may cost memory: one file's rest.
            var rest = ReadFrom(file, position, length);
            if (damage.IsSkipped(last.Name, position))
            {
                var intact = LogFormat.FindIntact(rest, offset, ofLaterGroup: false);
                if (intact >= 0)
                {
                    logger.DamageSkipped(path, position, intact);
                    position += intact;
                    continue;
                }
            }

            var proof = LogFormat.FindIntact(rest, offset, ofLaterGroup: true);
            if (proof >= 0)
            {
                throw damage.Found(last.Name, position, offset, string.Create(CultureInfo.InvariantCulture,
                    $"a record fails its check, but intact records of a later commit follow from byte {position + proof} on, so it is not the end of an interrupted write."));
            }

            logger.TailCut(path, position, length - position);
            file.Truncate(position);
            break;
        }

        // After a crash of the process alone, records may be readable and yet not on the disk.
        file.Flush();
        return last.BaseOffset + (position - LogFormat.FileHeaderBytes);
    }

    private static byte[] ReadFrom(ILogFile file, long position, long length)
    {
        var bytes = GC.AllocateUninitializedArray<byte>(checked((int)(length - position)));
        var read = file.Read(bytes, position);
        return read == bytes.Length ? bytes : bytes[..read];
    }
}
