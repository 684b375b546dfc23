using System.Text;
using Headroom.Core;

namespace Headroom.Store;

/// <summary>
/// Which catalog the files of a data directory belong to, where that is not in it: a file with the catalog's id. What the catalog does not
/// name is removed at start, so that a start with another catalog would remove everything.
/// </summary>
internal static class CatalogMark
{
    /// <summary>For a catalog in the data directory.</summary>
    /// <exception cref="InvalidDataException">The directory is one of a catalog in PostgreSQL.</exception>
    public static void RequireNone(StoreFiles files)
    {
        if (File.Exists(files.CatalogMark))
        {
            throw new InvalidDataException(
                $"The files of the data directory {files.Root} belong to a catalog in PostgreSQL ({files.CatalogMark} says so), and Headroom:Catalog is sqlite. Set Headroom:Catalog=postgres, or choose another Headroom:DataDirectory.");
        }
    }

    /// <summary>For a catalog in PostgreSQL.</summary>
    /// <exception cref="InvalidDataException">The directory has a catalog of its own.</exception>
    public static void RequireNoFile(StoreFiles files)
    {
        if (File.Exists(files.Catalog))
        {
            throw new InvalidDataException(
                $"The data directory {files.Root} has a catalog of its own, {files.Catalog}, and Headroom:Catalog is postgres. Set Headroom:Catalog=sqlite, or choose another Headroom:DataDirectory.");
        }
    }

    /// <summary>Marks a directory without files; of one with files the mark must be the catalog's.</summary>
    /// <exception cref="InvalidDataException">It is not.</exception>
    public static void Require(StoreFiles files, Guid catalog)
    {
        if (File.Exists(files.CatalogMark))
        {
            if (!Guid.TryParse(File.ReadAllText(files.CatalogMark), out var own) || own != catalog)
            {
                throw new InvalidDataException(
                    $"The files of the data directory {files.Root} belong to another catalog than the one in PostgreSQL, which is {catalog} ({files.CatalogMark}). Correct Headroom:Postgres:ConnectionString or Headroom:Postgres:CatalogSchema, or choose another Headroom:DataDirectory.");
            }

            return;
        }

        if (new[] { files.Segments, files.Overrides, files.Persons, files.Seen }.Any(static d => Directory.EnumerateFiles(d, "*", SearchOption.AllDirectories).Any()))
        {
            throw new InvalidDataException(
                $"The data directory {files.Root} has files, and not {files.CatalogMark}, which says of which catalog they are. Restore that file with the others, or choose another Headroom:DataDirectory.");
        }

        var temporary = files.CatalogMark + StoreFiles.TemporarySuffix;
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write))
        {
            file.Write(Encoding.UTF8.GetBytes(catalog + "\n"));
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, files.CatalogMark, overwrite: true);
        DirectorySync.Flush(files.Root);
    }
}
