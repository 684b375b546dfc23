using System.Buffers.Binary;
using Headroom.Cli;
using Headroom.Cli.Backups;
using Headroom.Core;
using Headroom.Store;

namespace Headroom.Fuzz.Targets;

/// <summary>The counts in a segment's footer.</summary>
internal sealed class EventCountsTarget : FuzzTarget
{
    private const long Quarter = 15L * 60 * 1_000_000;
    private static readonly long[] Bounds = [.. Enumerable.Range(0, 50).Select(static i => i * 4 * Quarter)];
    private static readonly SegmentExtent Extent = new(1_000, 0, 50 * 4 * Quarter, 0, 0);

    public override void Run(byte[] input)
    {
        if (EventCounts.Parse(input, rows: 1_000) is not { } counts)
        {
            return;
        }

        long all = 0, last = -1;
        counts.Each(null, Bounds, Extent, (row, count, bucket) =>
        {
            Law.Holds(row > last && count > 0 && row + count <= 1_000 && bucket >= 0 && bucket < Bounds.Length - 1, "Counted rows are rows of the segment.");
            (last, all) = (row, all + count);
        });
        var tallies = new Dictionary<string, NamedTally>();
        Law.Holds(counts.AddAll(tallies, 10_000, Bounds, Extent), "Names are added.");
        Law.Holds(tallies.Values.Sum(static tally => tally.Counts.Sum()) == all, "Both ways count the same.");
        foreach (var name in tallies.Keys.Take(4))
        {
            var (runs, stretches) = counts.Runs(name, Bounds, Extent);
            Law.Holds(
                stretches.All(static s => s.From < s.To && s.To <= 1_000) && runs.All(run => stretches.Any(s => s.From <= run.From && run.From < s.To)),
                "Runs lie in stretches of the segment.");
        }
    }
}

/// <summary>A file of uuids that were seen.</summary>
internal sealed class SeenFileTarget : FuzzTarget
{
    private readonly string _path = Path.Combine(Directory.CreateTempSubdirectory("headroom-fuzz-").FullName, "1.seen");

    public override IReadOnlyList<string> Words { get; } = ["HRSEEN01"];

    public override void Run(byte[] input)
    {
        File.WriteAllBytes(_path, input);
        if (input.Length == 0)
        {
            return;
        }

        SeenFile file;
        try
        {
            file = SeenFile.Open(1, 0, _path);
        }
        catch (InvalidDataException)
        {
            // Refused, with the way out.
            return;
        }

        using (file)
        {
            foreach (var section in file.Sections)
            {
                for (var i = section.First; i < section.First + section.Count; i++)
                {
                    var (high, low) = file.Key(i);
                    var key = new SeenKey(section.Project, high, low);
                    file.Contains(key, key.Hash, key.Version7Milliseconds);
                }

                var other = new SeenKey(section.Project, BinaryPrimitives.ReadUInt64LittleEndian(input), 1);
                file.Contains(other, other.Hash, other.Version7Milliseconds);
            }
        }
    }
}

/// <summary>The manifest of a backup. Law: what is taken names places within a data directory only.</summary>
internal sealed class ManifestTarget : FuzzTarget
{
    private readonly string _directory = Directory.CreateTempSubdirectory("headroom-fuzz-").FullName;

    public override IReadOnlyList<string> Words { get; } = ["..", "/etc/passwd", "control.db", "catalog.db", "log/", ".log", "segments/1/1.parquet", "\\u002e\\u002e/"];

    /// <summary>The first byte says whether its checksum is made right before.</summary>
    public override void Run(byte[] input)
    {
        if (input.Length == 0)
        {
            return;
        }

        File.WriteAllBytes(Path.Combine(_directory, BackupManifest.FileName), input[1..]);
        if ((input[0] & 1) != 0)
        {
            Seal(input[1..]);
        }

        try
        {
            var manifest = BackupManifest.Require(_directory);
            manifest.RequireKnown(_directory);
            foreach (var file in manifest.Files)
            {
                Law.Holds(IsBelow(file.Path) && IsBelow(file.Stored), $"A backup names places of a data directory only: {file.Path} {file.Stored}");
            }
        }
        catch (CommandFailedException)
        {
            // Refused, with the way out.
        }
    }

    private void Seal(byte[] json)
    {
        try
        {
            if (System.Text.Json.JsonSerializer.Deserialize(json, CliJson.Default.BackupManifest) is { Files: not null, Formats: not null } manifest)
            {
                manifest.Write(_directory);
            }
        }
        catch (System.Text.Json.JsonException)
        {
            // It stays as it is.
        }
    }

    private bool IsBelow(string path) => Path.GetFullPath(Path.Combine(_directory, path)).StartsWith(_directory + "/", StringComparison.Ordinal);
}
