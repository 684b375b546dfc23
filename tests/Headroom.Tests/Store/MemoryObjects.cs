using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Headroom.Core;

namespace Headroom.Tests.Store;

/// <summary>An object store in memory, for several stores of one test.</summary>
internal sealed class MemoryObjects : IObjectStore
{
    private readonly ConcurrentDictionary<string, byte[]> _objects = new(StringComparer.Ordinal);

    public string Place => "memory";

    public ICollection<string> Names => _objects.Keys;

    public async ValueTask PutAsync(IReadOnlyList<NewObject> files, CancellationToken cancellationToken)
    {
        foreach (var file in files)
        {
            _objects[file.Name] = await File.ReadAllBytesAsync(file.Path, cancellationToken);
        }
    }

    public async ValueTask<bool> GetAsync(string name, string path, CancellationToken cancellationToken)
    {
        if (!_objects.TryGetValue(name, out var bytes))
        {
            return false;
        }

        await File.WriteAllBytesAsync(path, bytes, cancellationToken);
        return true;
    }

    public ValueTask<StoredObject?> FindAsync(string name, CancellationToken cancellationToken) =>
        ValueTask.FromResult(_objects.TryGetValue(name, out var bytes) ? new StoredObject(name, bytes.Length, StoreFixture.Start) : null);

    public ValueTask DeleteAsync(string name, CancellationToken cancellationToken)
    {
        _objects.TryRemove(name, out _);
        return ValueTask.CompletedTask;
    }

    public async IAsyncEnumerable<StoredObject> ListAsync(string folder, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        foreach (var (name, bytes) in _objects.Where(o => o.Key.StartsWith(folder + "/", StringComparison.Ordinal)))
        {
            yield return new StoredObject(name, bytes.Length, StoreFixture.Start);
        }
    }
}
