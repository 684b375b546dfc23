using Headroom.Core;
using ParquetSharp;

namespace Headroom.Store;

/// <summary>What a start does with the data directory: takes it for itself, and removes what a crash has left.</summary>
internal sealed partial class SegmentStore
{
    private static FileStream Lock(StoreFiles files)
    {
        try
        {
            return new FileStream(files.Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new IOException(
                $"The data directory {files.Root} is in use by another Headroom process ({files.Lock} is locked). Stop that process, or choose another Headroom:DataDirectory.", e);
        }
    }

    private void EmptySpill()
    {
        if (Directory.Exists(Files.Spill))
        {
            Directory.Delete(Files.Spill, recursive: true);
        }

        Directory.CreateDirectory(Files.Spill);
    }

    /// <summary>Whatever a newer version has written last is the newest of its kind; the others need not be opened for a start.</summary>
    private void RequireKnownFormats()
    {
        IEnumerable<string?> newest =
        [
            _state.Projects.Values.SelectMany(static p => p.Segments).MaxBy(static s => s.Id)?.File.Path,
            _state.Projects.Values.SelectMany(static p => p.Overrides).MaxBy(static o => o.Id)?.File.Path,
            _state.Projects.Values.SelectMany(static p => p.Persons).MaxBy(static f => f.Id)?.File.Path,
        ];
        foreach (var path in newest)
        {
            try
            {
                if (path is not null && File.Exists(path))
                {
                    ParquetFormat.RequireKnown(path);
                }
            }
            catch (ParquetException)
            {
                // Damage shows where the file is read.
            }
        }
    }

    private void RemoveOrphans()
    {
        var missing = new HashSet<string>(StringComparer.Ordinal);
        foreach (var project in _state.Projects.Values)
        {
            missing.UnionWith(project.Segments.Select(static s => s.File.Path));
            missing.UnionWith(project.Overrides.Select(static o => o.File.Path));
        }

        missing.UnionWith(_state.Seen.Select(static s => s.File.Path));
        var persons = _state.Projects.Values.SelectMany(static p => p.Persons).Select(static f => f.File.Path).ToHashSet(StringComparer.Ordinal);
        missing.UnionWith(persons);
        var orphans = 0;
        foreach (var directory in (ReadOnlySpan<string>)[Files.Segments, Files.Overrides, Files.Persons, Files.Seen])
        {
            foreach (var path in Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories))
            {
                if (!missing.Remove(path))
                {
                    File.Delete(path);
                    orphans++;
                }
            }
        }

        if (orphans > 0)
        {
            LogOrphans(_logger, orphans);
        }

        if (Files.Cache is not null)
        {
            // They are in the object store.
            return;
        }

        // Those of persons are made anew.
        foreach (var path in missing.Except(persons))
        {
            Damaged.Report(path, "is missing");
        }
    }
}
