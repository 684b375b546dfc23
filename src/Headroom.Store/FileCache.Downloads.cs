using System.Globalization;
using Headroom.Core;

namespace Headroom.Store;

/// <summary>Makes files local that are not, or of which it is not known whether their bytes are those that were written.</summary>
internal sealed partial class FileCache
{
    private const int MostDownloads = 16;
    private static readonly TimeSpan RetryDamagedAfter = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _downloads = new(MostDownloads);
    private long _temporary;

    /// <summary>The tasks that make local, and compare, what is not yet.</summary>
    private List<Task> Coming(List<Entry> entries)
    {
        var coming = new List<Task>();
        lock (_gate)
        {
            foreach (var entry in entries)
            {
                if (entry.Local && entry.Verified)
                {
                    continue;
                }

                if (entry.Coming is null)
                {
                    entry.Coming = Task.Run(() => BringAsync(entry));

                    // Its waiters may have left by the time it fails.
                    entry.Coming.ContinueWith(static t => _ = t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
                }

                coming.Add(entry.Coming);
            }
        }

        return coming;
    }

    private async Task BringAsync(Entry entry)
    {
        var counted = false;
        try
        {
            await _downloads.WaitAsync(_stop.Token).ConfigureAwait(false);
            try
            {
                if (entry.Local && IsAsWritten(entry.Path, entry, whole: true))
                {
                    entry.Verified = true;
                    return;
                }

                lock (_gate)
                {
                    Forget(entry);
                    if (entry.Pins == 0)
                    {
                        // All who waited for it have left before it began.
                        return;
                    }

                    Count(entry, entry.Bytes);
                    counted = true;
                    Evict();
                }

                await DownloadAsync(entry).ConfigureAwait(false);
            }
            finally
            {
                _downloads.Release();
            }
        }
        catch (FileDamagedException e)
        {
            lock (_gate)
            {
                (entry.What, entry.RetryAt) = (e.What, _time.GetUtcNow() + RetryDamagedAfter);
            }

            throw;
        }
        finally
        {
            lock (_gate)
            {
                entry.Coming = null;
                if (counted && !entry.Local)
                {
                    Count(entry, -entry.Bytes);
                }

                if (entry is { Local: true, Pins: 0, Gone: false })
                {
                    Idle(entry);
                    Evict();
                }
            }
        }
    }

    private async Task DownloadAsync(Entry entry)
    {
        // An object that comes otherwise than it was put is asked for once more: the wire may be to blame.
        for (var attempt = 0; attempt < 2; attempt++)
        {
            var temporary = string.Create(CultureInfo.InvariantCulture, $"{entry.Path}.{Interlocked.Increment(ref _temporary)}{StoreFiles.TemporarySuffix}");
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(temporary)!);
                if (!await _objects.GetAsync(entry.Name, temporary, _stop.Token).ConfigureAwait(false))
                {
                    throw new FileDamagedException(entry.Path, Missing);
                }

                if (IsAsWritten(temporary, entry, whole: true))
                {
                    lock (_gate)
                    {
                        if (!entry.Gone)
                        {
                            File.Move(temporary, entry.Path, overwrite: true);
                            (entry.Local, entry.Verified, entry.Stored, entry.What) = (true, true, true, null);
                        }
                    }

                    return;
                }
            }
            catch (Exception e) when (e is IOException and not ObjectStoreException and not FileDamagedException or UnauthorizedAccessException)
            {
                throw new ObjectStoreException($"A file of the object storage cannot be kept at {entry.Path}: {e.Message}", e);
            }
            finally
            {
                StoreFiles.DeleteQuietly(temporary);
            }
        }

        throw new FileDamagedException(entry.Path, Damaged);
    }
}
