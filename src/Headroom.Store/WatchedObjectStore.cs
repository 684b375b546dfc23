using System.Runtime.CompilerServices;
using Headroom.Core;
using Microsoft.Extensions.Logging;

namespace Headroom.Store;

/// <summary>An object store of which it is noted whether it answers, which is logged when it changes. Safe for concurrent use.</summary>
internal sealed partial class WatchedObjectStore(IObjectStore objects, TimeProvider time, ILogger logger) : IObjectStore
{
    private readonly Lock _gate = new();
    private (string Text, DateTimeOffset Since)? _outage;

    public string Place => objects.Place;

    /// <summary>What is wrong with it and since when; null when it answered last.</summary>
    public (string Text, DateTimeOffset Since)? Outage
    {
        get
        {
            lock (_gate)
            {
                return _outage;
            }
        }
    }

    public async ValueTask PutAsync(IReadOnlyList<NewObject> files, CancellationToken cancellationToken) =>
        await AskAsync(async () =>
        {
            await objects.PutAsync(files, cancellationToken).ConfigureAwait(false);
            return true;
        }).ConfigureAwait(false);

    public ValueTask<bool> GetAsync(string name, string path, CancellationToken cancellationToken) => AskAsync(() => objects.GetAsync(name, path, cancellationToken));

    public ValueTask<StoredObject?> FindAsync(string name, CancellationToken cancellationToken) => AskAsync(() => objects.FindAsync(name, cancellationToken));

    public async ValueTask DeleteAsync(string name, CancellationToken cancellationToken) =>
        await AskAsync(async () =>
        {
            await objects.DeleteAsync(name, cancellationToken).ConfigureAwait(false);
            return true;
        }).ConfigureAwait(false);

    /// <summary>A list that breaks off is no outage: what needs an object notes one.</summary>
    public async IAsyncEnumerable<StoredObject> ListAsync(string folder, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var there in objects.ListAsync(folder, cancellationToken).ConfigureAwait(false))
        {
            yield return there;
        }

        Answered();
    }

    private async ValueTask<T> AskAsync<T>(Func<ValueTask<T>> ask)
    {
        try
        {
            var answer = await ask().ConfigureAwait(false);
            Answered();
            return answer;
        }
        catch (ObjectStoreException e)
        {
            Failed(e);
            throw;
        }
    }

    private void Answered()
    {
        lock (_gate)
        {
            if (_outage is null)
            {
                return;
            }

            _outage = null;
        }

        LogAnswers(logger, objects.Place);
    }

    private void Failed(ObjectStoreException cause)
    {
        lock (_gate)
        {
            var known = _outage is not null;
            _outage = ($"The object storage {objects.Place} cannot be used: {cause.Message} What is kept here is still answered, and events wait in the log; both go on by themselves.",
                _outage?.Since ?? time.GetUtcNow());
            if (known)
            {
                return;
            }
        }

        LogFails(logger, cause, objects.Place);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The object storage {Place} cannot be used; it is tried again")]
    private static partial void LogFails(ILogger logger, Exception cause, string place);

    [LoggerMessage(Level = LogLevel.Information, Message = "The object storage {Place} answers again")]
    private static partial void LogAnswers(ILogger logger, string place);
}
