using System.Globalization;
using Headroom.Core;
using Microsoft.Extensions.Logging;
using ParquetSharp;

namespace Headroom.Store;

/// <summary>Files that are not what the catalog says of them, from when that was noticed until they are again. Safe for concurrent use.</summary>
/// <param name="found">Told of each when it is noticed, before anybody else is.</param>
internal sealed partial class DamagedFiles(StoreFiles files, TimeProvider time, ILogger logger, Action found)
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, (string What, DateTimeOffset Since)> _files = new(StringComparer.Ordinal);
    private volatile bool _any;

    /// <summary>What to tell the operator, and since when; null while every file is well.</summary>
    public (string Text, DateTimeOffset Since)? Problem
    {
        get
        {
            lock (_gate)
            {
                if (_files.Count == 0)
                {
                    return null;
                }

                var (path, (what, _)) = _files.First();
                var others = _files.Count == 1 ? "nothing else is affected"
                    : string.Create(CultureInfo.InvariantCulture, $"so are {_files.Count - 1} others, which the log names");
                return ($"The segment {path} {what}. Restore this file from a backup, and it is used again within seconds; {others}.", _files.Values.Min(static f => f.Since));
            }
        }
    }

    /// <summary>A file is not as it was written; the operator is told once.</summary>
    /// <param name="what">Is wrong with it: a verb and more.</param>
    public void Report(string path, string what)
    {
        lock (_gate)
        {
            _any = true;
            if (!_files.TryAdd(path, (what, time.GetUtcNow())))
            {
                return;
            }
        }

        found();
        LogDamaged(logger, path, what);
    }

    /// <summary>A file is as it was written, perhaps again.</summary>
    public void Restored(string path)
    {
        if (Forget(path))
        {
            LogIntactAgain(logger, path);
        }
    }

    /// <summary>For a file that nothing needs any more.</summary>
    /// <returns>Whether it was known as damaged.</returns>
    public bool Forget(string path)
    {
        if (!_any)
        {
            return false;
        }

        lock (_gate)
        {
            var known = _files.Remove(path);
            _any = _files.Count > 0;
            return known;
        }
    }

    public bool Contains(string path) => Of(path) is not null;

    /// <summary>What to tell whoever asked for data of the file, without where the server keeps it; null while it is well.</summary>
    public string? Of(string path)
    {
        if (!_any)
        {
            return null;
        }

        lock (_gate)
        {
            return _files.TryGetValue(path, out var file)
                ? $"The segment {Path.GetRelativePath(files.Root, path)} {file.What}, so nothing that needs it can be answered rightly. Whoever runs this server can restore the file from a backup."
                : null;
        }
    }

    /// <exception cref="DataDamagedException">One of the segments is known as damaged.</exception>
    public void RequireNone(List<Segment> segments, Exception? cause = null)
    {
        foreach (var segment in segments)
        {
            if (Of(segment.File.Path) is { } damage)
            {
                throw new DataDamagedException(damage, cause);
            }
        }
    }

    /// <summary>After a failed question: looks whether one of its files is the reason.</summary>
    public void Find(List<Segment> segments, Exception cause)
    {
        var named = segments.Find(segment => cause.Message.Contains(segment.File.Path, StringComparison.Ordinal));

        // Damage inside a file is not always named by the engine, which then says anything; the checksum finds it.
        var unnamed = named is null && (cause is ParquetException or IOException || HintsAtDamage(cause.Message));
        foreach (var segment in segments)
        {
            try
            {
                IsIntact(segment, whole: unnamed || segment == named);
            }
            catch (IOException)
            {
                // Whatever keeps it from being read now (too many open files, say) is no damage; the query has failed of it already.
            }
        }
    }

    /// <summary>Whether a segment's file is there as it was written; what it is not is told, and what it is again is told no more.</summary>
    /// <param name="whole">Whether its bytes are read too, and not only its length.</param>
    /// <param name="remote">Whether its object is looked at too, where it has one.</param>
    public bool IsIntact(Segment segment, bool whole, bool remote = false)
    {
        var what = files.Cache is { } cache ? cache.Inspect(segment.File.Path, whole, remote) : Inspect(segment, whole);
        if (what is not null)
        {
            Report(segment.File.Path, what);
        }
        else if (whole)
        {
            Restored(segment.File.Path);
        }

        return what is null;
    }

    private static string? Inspect(Segment segment, bool whole)
    {
        var file = new FileInfo(segment.File.Path);
        return !file.Exists ? "is missing"
            : file.Length != segment.Bytes || (whole && StoreFiles.Checksum(segment.File.Path) != segment.Checksum) ? "is damaged"
            : null;
    }

    /// <summary>Whether a message of the engine is of a kind that bytes it could not make sense of lead to, and not of bounds or of the statement.</summary>
    private static bool HintsAtDamage(string message) =>
        message.Contains("arquet", StringComparison.Ordinal)
        || message.StartsWith("Invalid Error", StringComparison.Ordinal)
        || message.StartsWith("Invalid Input Error", StringComparison.Ordinal)
        || message.StartsWith("IO Error", StringComparison.Ordinal)
        || message.StartsWith("INTERNAL Error", StringComparison.Ordinal);

    [LoggerMessage(Level = LogLevel.Error, Message = "Segment {Path} {What}; restore it from a backup")]
    private static partial void LogDamaged(ILogger logger, string path, string what);

    [LoggerMessage(Level = LogLevel.Information, Message = "Segment {Path} is as it was again")]
    private static partial void LogIntactAgain(ILogger logger, string path);
}
