using System.Globalization;

namespace Headroom.Store;

/// <summary>Files that are not what the catalog says of them, from when that was noticed until they are again. Safe for concurrent use.</summary>
internal sealed class DamagedFiles(string root)
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

    /// <returns>Whether it was not known yet.</returns>
    public bool Add(string path, string what, DateTimeOffset now)
    {
        lock (_gate)
        {
            _any = true;
            return _files.TryAdd(path, (what, now));
        }
    }

    /// <returns>Whether it was known as damaged.</returns>
    public bool Remove(string path)
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
                ? $"The segment {Path.GetRelativePath(root, path)} {file.What}, so nothing that needs it can be answered rightly. Whoever runs this server can restore the file from a backup."
                : null;
        }
    }
}
