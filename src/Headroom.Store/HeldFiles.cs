namespace Headroom.Store;

/// <summary>A state of a project with files of it that are there until this is disposed, whatever a merge puts in their place meanwhile.</summary>
/// <param name="segments">Those that are read.</param>
internal readonly struct HeldFiles(ProjectState state, List<Segment> segments) : IDisposable
{
    public ProjectState State => state;

    public List<Segment> Segments => segments;

    /// <summary>
    /// Takes the segments that may have events in [from, to), and all files besides segments. Null where one is gone: then there is a newer state.
    /// </summary>
    public static HeldFiles? TryTake(ProjectState state, long from, long to)
    {
        var segments = new List<Segment>();
        foreach (var segment in state.Segments)
        {
            if (segment.Extent.MaxTimestamp < from || segment.Extent.MinTimestamp >= to)
            {
                continue;
            }

            if (!segment.File.TryAcquire())
            {
                Release(segments, []);
                return null;
            }

            segments.Add(segment);
        }

        var others = 0;
        foreach (var file in state.Others)
        {
            if (!file.TryAcquire())
            {
                Release(segments, state.Others.Take(others));
                return null;
            }

            others++;
        }

        return new HeldFiles(state, segments);
    }

    public void Dispose() => Release(segments, state.Others);

    private static void Release(List<Segment> segments, IEnumerable<SharedFile> others)
    {
        foreach (var segment in segments)
        {
            segment.File.Release();
        }

        foreach (var file in others)
        {
            file.Release();
        }
    }
}
