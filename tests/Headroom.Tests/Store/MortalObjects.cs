using Headroom.Core;

namespace Headroom.Tests.Store;

/// <summary>The object store as a process sees it that may die: then it deletes nothing more, whatever the rest of it goes on to do.</summary>
internal sealed class MortalObjects(IObjectStore objects) : IObjectStore
{
    private volatile bool _dead;

    public string Place => objects.Place;

    public void Die() => _dead = true;

    public ValueTask PutAsync(IReadOnlyList<NewObject> files, CancellationToken cancellationToken) => objects.PutAsync(files, cancellationToken);

    public ValueTask<bool> GetAsync(string name, string path, CancellationToken cancellationToken) => objects.GetAsync(name, path, cancellationToken);

    public ValueTask<StoredObject?> FindAsync(string name, CancellationToken cancellationToken) => objects.FindAsync(name, cancellationToken);

    public ValueTask DeleteAsync(string name, CancellationToken cancellationToken) => _dead ? ValueTask.CompletedTask : objects.DeleteAsync(name, cancellationToken);

    public IAsyncEnumerable<StoredObject> ListAsync(string folder, CancellationToken cancellationToken) => objects.ListAsync(folder, cancellationToken);
}
