using Headroom.Core;

namespace Headroom.Tests.ObjectStorage;

/// <summary>An object store in front of another one, told at each call what is asked; it may throw, or wait.</summary>
internal sealed class FaultyObjectStore(IObjectStore inner) : IObjectStore
{
    private readonly Lock _gate = new();
    private readonly List<string> _asked = [];

    public string Place => inner.Place;

    /// <summary>Operation and name, before the call; operations are put, get, find, delete, list.</summary>
    public Func<string, string, Task>? Before { get; set; }

    /// <summary>Everything that was asked, such as "get segments/1/1-….parquet".</summary>
    public IReadOnlyList<string> Asked
    {
        get
        {
            lock (_gate)
            {
                return [.. _asked];
            }
        }
    }

    public static Task Away(string operation, string name) => throw new ObjectStoreException("It is away.");

    public async ValueTask PutAsync(IReadOnlyList<NewObject> objects, CancellationToken cancellationToken)
    {
        foreach (var put in objects)
        {
            await BeforeAsync("put", put.Name);
        }

        await inner.PutAsync(objects, cancellationToken);
    }

    public async ValueTask<bool> GetAsync(string name, string path, CancellationToken cancellationToken)
    {
        await BeforeAsync("get", name);
        return await inner.GetAsync(name, path, cancellationToken);
    }

    public async ValueTask<StoredObject?> FindAsync(string name, CancellationToken cancellationToken)
    {
        await BeforeAsync("find", name);
        return await inner.FindAsync(name, cancellationToken);
    }

    public async ValueTask DeleteAsync(string name, CancellationToken cancellationToken)
    {
        await BeforeAsync("delete", name);
        await inner.DeleteAsync(name, cancellationToken);
    }

    public async IAsyncEnumerable<StoredObject> ListAsync(string folder, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await BeforeAsync("list", folder);
        await foreach (var there in inner.ListAsync(folder, cancellationToken))
        {
            yield return there;
        }
    }

    private Task BeforeAsync(string operation, string name)
    {
        lock (_gate)
        {
            _asked.Add($"{operation} {name}");
        }

        return Before?.Invoke(operation, name) ?? Task.CompletedTask;
    }
}
