namespace Headroom.App.Alerting;

/// <summary>How much is free on disks. A disk that stands still may never answer, so nobody waits for it.</summary>
/// <param name="ask">Free bytes and all bytes of the file system of a path.</param>
internal sealed class DiskWatch(IReadOnlyList<(string Name, string Path)> disks, TimeProvider time, Func<string, (long Free, long Total)> ask)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly Asked[] _asked = [.. disks.Select(static disk => new Asked(disk.Name, disk.Path))];

    public static (long Free, long Total) Of(string path)
    {
        var drive = new DriveInfo(path);
        return (drive.AvailableFreeSpace, drive.TotalSize);
    }

    /// <summary>As each said last; without those that have not said anything yet, or cannot.</summary>
    public IReadOnlyList<DiskLook> Look()
    {
        var looks = new List<DiskLook>();
        foreach (var disk in _asked)
        {
            if (disk.Asking.IsCompleted)
            {
                disk.Since = time.GetTimestamp();
                disk.Asking = Task.Run(() => Ask(disk));
            }

            if (time.GetElapsedTime(disk.Since) >= Patience)
            {
                looks.Add(new DiskLook(disk.Name, disk.Path, null, 0));
            }
            else if (disk.Said is var (free, total))
            {
                looks.Add(new DiskLook(disk.Name, disk.Path, free, total));
            }
        }

        return looks;
    }

    private void Ask(Asked disk)
    {
        try
        {
            var (free, total) = ask(disk.Path);
            disk.Said = Tuple.Create(free, total);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The part whose directory it is says what is wrong with it.
            disk.Said = null;
        }
    }

    private sealed class Asked(string name, string path)
    {
        private volatile Tuple<long, long>? _said;

        public string Name => name;

        public string Path => path;

        public Task Asking { get; set; } = Task.CompletedTask;

        public long Since { get; set; }

        public Tuple<long, long>? Said
        {
            get => _said;
            set => _said = value;
        }
    }
}
