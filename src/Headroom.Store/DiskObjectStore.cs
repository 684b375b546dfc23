using System.Runtime.CompilerServices;
using Headroom.Core;

namespace Headroom.Store;

/// <summary>
/// Objects as files of a directory. One is written under another name, fsynced, renamed, and its directory fsynced, so that it is whole and
/// durable under its name or not there.
/// </summary>
internal sealed class DiskObjectStore(string root) : IObjectStore
{
    private readonly string _root = Path.GetFullPath(root);

    public string Place => _root;

    /// <summary>Moves the files where they are on the same file system, which they must be.</summary>
    public ValueTask PutAsync(IReadOnlyList<NewObject> objects, CancellationToken cancellationToken)
    {
        var directories = new HashSet<string>(StringComparer.Ordinal);
        foreach (var put in objects)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var path = At(put.Name);
            var directory = Path.GetDirectoryName(path)!;
            if (directories.Add(directory))
            {
                StoreFiles.EnsureDirectory(directory);
            }

            using (var handle = File.OpenHandle(put.Path, FileMode.Open, FileAccess.ReadWrite))
            {
                RandomAccess.FlushToDisk(handle);
            }

            File.Move(put.Path, path, overwrite: true);
        }

        foreach (var directory in directories)
        {
            DirectorySync.Flush(directory);
        }

        return ValueTask.CompletedTask;
    }

    public async ValueTask<bool> GetAsync(string name, string path, CancellationToken cancellationToken)
    {
        FileStream source;
        try
        {
            source = File.OpenRead(At(name));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }

        await using (source.ConfigureAwait(false))
        {
            var target = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0, FileOptions.Asynchronous);
            await using (target.ConfigureAwait(false))
            {
                await source.CopyToAsync(target, cancellationToken).ConfigureAwait(false);
            }
        }

        return true;
    }

    public ValueTask<StoredObject?> FindAsync(string name, CancellationToken cancellationToken)
    {
        var file = new FileInfo(At(name));
        return ValueTask.FromResult(file.Exists ? new StoredObject(name, file.Length, file.LastWriteTimeUtc) : null);
    }

    public ValueTask DeleteAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            File.Delete(At(name));
        }
        catch (DirectoryNotFoundException)
        {
            // Nor is the object there.
        }

        return ValueTask.CompletedTask;
    }

    public async IAsyncEnumerable<StoredObject> ListAsync(string folder, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        var directory = new DirectoryInfo(At(folder));
        if (!directory.Exists)
        {
            yield break;
        }

        foreach (var file in directory.EnumerateFiles("*", SearchOption.AllDirectories))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!file.Name.EndsWith(StoreFiles.TemporarySuffix, StringComparison.Ordinal))
            {
                yield return new StoredObject(Path.GetRelativePath(_root, file.FullName).Replace('\\', '/'), file.Length, file.LastWriteTimeUtc);
            }
        }
    }

    private string At(string name) => Path.Combine(_root, name.Replace('/', Path.DirectorySeparatorChar));
}
