namespace Headroom.Store.Postgres;

/// <summary>At which version the server was that is written to, and when it was asked. Times are timestamps of the catalog's clock.</summary>
internal sealed class VersionMarks(TimeProvider time, TimeSpan kept)
{
    private readonly List<(long At, long Version)> _marks = [];

    /// <param name="at">Before it was asked, so that what it answered was so no earlier.</param>
    public void Add(long at, long version)
    {
        if (_marks.Count > 0 && _marks[^1].Version == version)
        {
            _marks.RemoveAt(_marks.Count - 1);
        }

        _marks.Add((at, version));
        _marks.RemoveAll(mark => time.GetElapsedTime(mark.At, at) > kept);
    }

    /// <summary>The last moment at which nothing was committed that is missing from what has this version; null where it is longer ago than marks are kept.</summary>
    public long? AsOf(long version)
    {
        var last = _marks.FindLastIndex(mark => mark.Version <= version);
        return last < 0 ? null : _marks[last].At;
    }
}
