// The model. The data directory is on an ext4 file system whose journal is committed only by an fsync, so the image of its disk holds what was
// synced and, of the rest, what the kernel happened to have written. Three steps:
//
//  1. The device is slowed down to one write a second, so that what is written stays in memory and every fsync waits; some milliseconds later the
//     image is copied. This is the disk of a machine whose power went, in the middle of an fsync more often than not. (One write may reach the disk
//     while it is copied; the copy has it or has it not, as a disk would.)
//  2. What the process had written and not synced is known as well: it is what the running system reads, where that differs from the copy. Of
//     a disk that loses its power any sectors of that may be there and any may not, in any order. So each differing sector of 512 bytes of the log,
//     the catalog with its write-ahead log, and other files becomes, at random, the old one, the new one, or (behind the old end) zeros; a file's new end is
//     anywhere between the two; and of files whose name was not synced some are there in part.
//  3. The image takes the disk's place and the supervisor starts the server on it.
//
// What is never touched: sectors that read the same in both, as those were synced or never written.

using System.Globalization;

namespace Headroom.Bench.Faults;

/// <summary>The power fails: what was not synced is lost, or there in pieces.</summary>
internal sealed class PowerLossFault : DiskFault
{
    private const int Sector = 512;

    /// <summary>A larger file that is not synced yet is a merge under way; its pieces would say no more.</summary>
    private const int MostBytes = 8 << 20;

    public override string Name => "power loss";

    public override string Does => "the disk as synced so far, with what was not synced dropped and torn at random by sectors, in the log, the segments and the catalog";

    public override Telling While => Telling.NotReady;

    public override bool IsShort => true;

    public override async Task InjectAsync(Trial trial)
    {
        if (!trial.Disk.Throttle(1))
        {
            trial.Note("the disk could not be slowed down, so next to nothing waited for its sync");
        }

        await Task.Delay(trial.Random.Next(5, 400));
        trial.Server.Signal(Native.Stop);
        await trial.Disk.CopyImageAsync();
        trial.Disk.Throttle(0);
        await trial.Disk.ThawAsync();
        var running = ReadAll(trial.Server.Directory);
        using var held = await trial.Server.HoldAsync();
        await trial.Disk.BecomeCopyAsync();
        Tear(trial, running);
    }

    private static Dictionary<string, byte[]> ReadAll(string directory)
    {
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories))
        {
            // Locks are empty, sockets are no files, and the index of a write-ahead log is memory that no start reads.
            if (!path.EndsWith("lock", StringComparison.Ordinal) && !path.EndsWith(".sock", StringComparison.Ordinal) && !path.EndsWith("-shm", StringComparison.Ordinal) && new FileInfo(path).Length <= MostBytes)
            {
                files[path] = File.ReadAllBytes(path);
            }
        }

        return files;
    }

    private static void Tear(Trial trial, Dictionary<string, byte[]> running)
    {
        var (changed, sectors) = (0, 0);
        foreach (var (path, now) in running.OrderBy(static f => f.Key, StringComparer.Ordinal))
        {
            var before = File.Exists(path) ? File.ReadAllBytes(path) : null;
            if (before is null && (trial.Random.Next(2) == 0 || !Directory.Exists(Path.GetDirectoryName(path))))
            {
                continue;
            }

            var (torn, differing) = Mix(before ?? [], now, trial.Random);
            if (differing > 0)
            {
                File.WriteAllBytes(path, torn);
                changed++;
                sectors += differing;
            }
        }

        trial.Note(string.Create(CultureInfo.InvariantCulture, $"{changed} files were not synced as a whole, {sectors} sectors of them torn at random"));
    }

    private static (byte[] Torn, int Differing) Mix(byte[] before, byte[] now, Random random)
    {
        // A file that became shorter (a log cut back, a write-ahead log begun anew) may be of either length too.
        var (least, most) = (Math.Min(before.Length, now.Length), Math.Max(before.Length, now.Length));
        var torn = new byte[random.Next(4) switch { 0 => least, 1 => most, _ => random.Next(least, most + 1) }];
        var differing = 0;
        for (var at = 0; at < most; at += Sector)
        {
            var old = Part(before, at);
            var fresh = Part(now, at);
            if (old.SequenceEqual(fresh))
            {
                old[..Math.Min(old.Length, Math.Max(0, torn.Length - at))].CopyTo(torn.AsSpan(Math.Min(at, torn.Length)));
                continue;
            }

            differing++;
            var chosen = random.Next(3) switch { 0 when fresh.Length > 0 => fresh, 1 when old.Length == 0 => default, _ => old.Length > 0 ? old : fresh };
            if (at < torn.Length)
            {
                chosen[..Math.Min(chosen.Length, torn.Length - at)].CopyTo(torn.AsSpan(at));
            }

            // The sector that a file was appended to within keeps its synced beginning.
            if (at < torn.Length && old.Length < fresh.Length && fresh.StartsWith(old))
            {
                old[..Math.Min(old.Length, torn.Length - at)].CopyTo(torn.AsSpan(at));
            }
        }

        return (torn, differing);
    }

    private static ReadOnlySpan<byte> Part(byte[] file, int at) => at >= file.Length ? default : file.AsSpan(at, Math.Min(Sector, file.Length - at));
}
