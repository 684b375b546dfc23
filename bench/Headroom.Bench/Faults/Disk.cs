using System.Globalization;

namespace Headroom.Bench.Faults;

/// <summary>
/// A small ext4 file system in a file of this machine, mounted over a loop device: a disk that can be filled, stalled and broken without
/// harm to any other. It commits its journal when something is synced and hardly ever by itself, so a copy of the file behind it is what a
/// power loss at that moment would leave.
/// </summary>
internal sealed class Disk : IAsyncDisposable
{
    private const string Options = "loop,commit=600,errors=remount-ro";
    private const string Filler = "filler";
    private readonly string _home;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private bool _frozen;
    private bool _broken;
    private int _fillers;

    private Disk(string home) => _home = home;

    public string Mount => Path.Combine(_home, "disk");

    public long FreeBytes => new DriveInfo(Mount).AvailableFreeSpace;

    private string Image => Path.Combine(_home, "image");

    /// <summary>Why none can be made on this machine; null where one can.</summary>
    public static async Task<string?> ReasonAgainstAsync()
    {
        if (!OperatingSystem.IsLinux() || !Native.IsRoot)
        {
            return "to mount a small file system takes Linux and root";
        }

        try
        {
            await using var disk = await MakeAsync(64L << 20);
            await disk.FreezeAsync();
            await disk.ThawAsync();
            return null;
        }
        catch (IOException e)
        {
            return $"no small file system can be mounted here ({e.Message})";
        }
    }

    public static async Task<Disk> MakeAsync(long bytes)
    {
        var disk = new Disk(Directory.CreateTempSubdirectory("headroom-faults-").FullName);
        try
        {
            Directory.CreateDirectory(disk.Mount);
            await using (var image = new FileStream(disk.Image, FileMode.CreateNew))
            {
                image.SetLength(bytes);
            }

            // Nothing is reserved for root, which the server may be.
            await Shell.RunAsync("mkfs.ext4", "-q", "-F", "-m", "0", "-J", "size=8", disk.Image);
            await disk.MountAsync();
            return disk;
        }
        catch
        {
            await disk.DisposeAsync();
            throw;
        }
    }

    /// <summary>Takes the free space but for so many bytes.</summary>
    public void Fill(long butFor)
    {
        // What the file system needs for itself is not told, so the last of it is tried for in ever smaller pieces.
        var take = FreeBytes - butFor;
        while (take >= 4096)
        {
            var path = Path.Combine(Mount, $"{Filler}-{_fillers++}");
            try
            {
                using var filler = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, PreallocationSize = take });
                take = Math.Min(take, FreeBytes - butFor);
            }
            catch (IOException)
            {
                take /= 2;
            }
        }
    }

    public void Empty()
    {
        foreach (var file in Directory.EnumerateFiles(Mount, Filler + "-*"))
        {
            File.Delete(file);
        }
    }

    /// <summary>Every write waits until <see cref="ThawAsync"/>; reads go on. A broken disk takes none anyway.</summary>
    public Task FreezeAsync() => AloneAsync(async () =>
    {
        if (!_frozen && !_broken)
        {
            await Shell.RunAsync("fsfreeze", "--freeze", Mount);
            _frozen = true;
        }
    });

    public Task ThawAsync() => AloneAsync(ThawNowAsync);

    /// <summary>What a file system does after an error of its device: nothing more is written, and everything that tries to is told so.</summary>
    public Task AbortAsync() => AloneAsync(async () =>
    {
        await ThawNowAsync();
        await Shell.RunAsync("mount", "-o", "remount,abort", Mount);
        _broken = true;
    });

    /// <summary>As a restart of the machine does: checked, and mounted again. Nobody may have a file open.</summary>
    public Task RepairAsync() => AloneAsync(async () =>
    {
        await UnmountAsync();
        var (code, said) = await Shell.TryAsync("fsck.ext4", "-y", Image);
        if (code > 2)
        {
            throw new IOException($"fsck.ext4 ended with {code}: {said.Trim()}");
        }

        await MountAsync();
    });

    /// <summary>
    /// Lets so few writes a second through to the device (0: all again) that an fsync takes seconds, while what is written goes into memory as
    /// fast as ever. False where the machine has no cgroup for it (version 1, blkio).
    /// </summary>
    public bool Throttle(int writesPerSecond) => Throttle("blkio.throttle.write_iops_device", writesPerSecond);

    /// <summary>The same in bytes a second.</summary>
    public bool ThrottleBytes(long bytesPerSecond) => Throttle("blkio.throttle.write_bps_device", bytesPerSecond);

    /// <summary>Copies what is on the disk as of now, without what is only in memory; next to nothing may be syncing.</summary>
    public Task CopyImageAsync() => AloneAsync(() => Shell.RunAsync("cp", "--sparse=always", Image, Image + ".copy"));

    /// <summary>Takes the copy for the disk. Nobody may have a file open.</summary>
    public Task BecomeCopyAsync() => AloneAsync(async () =>
    {
        await UnmountAsync();
        File.Move(Image + ".copy", Image, overwrite: true);
        await MountAsync();
    });

    public async ValueTask DisposeAsync()
    {
        await ThawAsync();

        // Lazily, so that nothing is left behind where a file is still open; where it never was mounted this says so and does nothing.
        await Shell.TryAsync("umount", "--lazy", Mount);
        Directory.Delete(_home, recursive: true);
        _gate.Dispose();
    }

    private bool Throttle(string file, long perSecond)
    {
        var group = File.ReadLines("/proc/self/cgroup").Select(static line => line.Split(':', 3)).FirstOrDefault(static g => g[1].Split(',').Contains("blkio"))?[2];
        var device = File.ReadLines("/proc/self/mountinfo").Select(static line => line.Split(' ')).First(m => m[4] == Mount)[2];
        var limit = $"/sys/fs/cgroup/blkio{group}/{file}";
        if (group is null || !File.Exists(limit))
        {
            return false;
        }

        File.WriteAllText(limit, string.Create(CultureInfo.InvariantCulture, $"{device} {perSecond}"));
        return true;
    }

    private async Task AloneAsync(Func<Task> work)
    {
        await _gate.WaitAsync();
        try
        {
            await work();
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task ThawNowAsync()
    {
        if (_frozen)
        {
            await Shell.RunAsync("fsfreeze", "--unfreeze", Mount);
            _frozen = false;
        }
    }

    private async Task MountAsync()
    {
        await Shell.RunAsync("mount", "-o", Options, Image, Mount);
        _broken = false;
    }

    private async Task UnmountAsync()
    {
        await ThawNowAsync();

        // The last files of a process that was just killed may be closed a moment later.
        for (var attempt = 0; ; attempt++)
        {
            var (code, said) = await Shell.TryAsync("umount", Mount);
            if (code == 0)
            {
                return;
            }

            if (attempt == 50)
            {
                throw new IOException(said.Trim());
            }

            await Task.Delay(100);
        }
    }
}
