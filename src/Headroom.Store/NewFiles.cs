namespace Headroom.Store;

/// <summary>The files of a commit that is under way.</summary>
internal sealed class NewFiles(StoreFiles files)
{
    private readonly List<string> _paths = [];
    private readonly List<SealedFile> _sealed = [];
    private readonly HashSet<string> _directories = new(StringComparer.Ordinal);
    private bool _keep;

    public long Rows { get; set; }

    public long Bytes { get; private set; }

    public string Begin(string path)
    {
        var directory = Path.GetDirectoryName(path)!;
        if (_directories.Add(directory))
        {
            StoreFiles.EnsureDirectory(directory);
        }

        _paths.Add(path);
        var temporary = path + StoreFiles.TemporarySuffix;
        files.Probe(StoreStep.FileWriting, path);
        return temporary;
    }

    public (long Bytes, long Checksum) Seal(string temporary, string path)
    {
        var file = files.Seal(temporary, path);
        _sealed.Add(file);
        Bytes += file.Bytes;
        return (file.Bytes, file.Checksum);
    }

    /// <summary>All that were sealed, together.</summary>
    public void Put(CancellationToken cancellationToken) => files.Put(_sealed, cancellationToken);

    public void Keep(bool keep = true) => _keep = keep;

    public void Abandon()
    {
        if (_keep)
        {
            return;
        }

        foreach (var path in _paths)
        {
            StoreFiles.DeleteQuietly(path + StoreFiles.TemporarySuffix);
            files.Delete(path);
        }
    }
}
