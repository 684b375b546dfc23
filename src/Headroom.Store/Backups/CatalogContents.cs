using Headroom.Core;
using Microsoft.Data.Sqlite;

namespace Headroom.Store.Backups;

/// <summary>An immutable file that a catalog names.</summary>
/// <param name="Path">Within the data directory, with slashes.</param>
/// <param name="Checksum">XXH3 of its bytes, 64 bits.</param>
public sealed record CatalogFile(string Path, long Bytes, long Checksum)
{
    /// <summary>Its name where it is in an object store.</summary>
    public string ObjectName => StoreFiles.ObjectName(Path, Checksum);
}

/// <summary>What a catalog names.</summary>
/// <param name="Format">The catalog's format, which stands for those of the files that it names too.</param>
/// <param name="CommittedOffset">Up to where the store has taken the embedded log in.</param>
public sealed record CatalogContents(int Format, long CommittedOffset, IReadOnlyList<CatalogFile> Files)
{
    /// <summary>The newest format that this build reads.</summary>
    public const int NewestFormat = Catalog.Format;

    /// <summary>A catalog's name in the data directory.</summary>
    public const string FileName = "catalog.db";

    /// <summary>What a data directory has in its place where the catalog is in PostgreSQL.</summary>
    public const string MarkName = "catalog.postgres";

    /// <exception cref="InvalidDataException">The catalog is of a newer format.</exception>
    public static CatalogContents Read(SqliteSnapshot catalog)
    {
        var path = catalog.Connection.DataSource;
        long format = 0;
        Each(catalog.Connection, "PRAGMA user_version", row => format = row.GetInt64(0));
        Catalog.RequireKnown(format, path);
        var tables = new HashSet<string>(StringComparer.Ordinal);
        Each(catalog.Connection, "SELECT name FROM sqlite_master WHERE type = 'table'", row => tables.Add(row.GetString(0)));
        long offset = 0;
        if (tables.Contains("log_offsets"))
        {
            Each(catalog.Connection, "SELECT next_offset FROM log_offsets WHERE log = 'embedded'", row => offset = row.GetInt64(0));
        }
        else if (tables.Contains("meta"))
        {
            Each(catalog.Connection, "SELECT value FROM meta WHERE key = 'committed_offset'", row => offset = row.GetInt64(0));
        }

        var names = new StoreFiles("/");
        var files = new List<CatalogFile>();
        Add("segments", "project", Catalog.SegmentPath);
        Add("override_files", "project", Catalog.OverridePath);
        Add("person_files", "project", Catalog.PersonPath);
        Add("seen_files", "0", static (store, _, id) => Catalog.SeenPath(store, id));
        return new CatalogContents((int)format, offset, files);

        // An older format has not all of them.
        void Add(string table, string project, Func<StoreFiles, ProjectId, long, string> pathOf)
        {
            if (tables.Contains(table))
            {
                Each(catalog.Connection, $"SELECT id, {project}, bytes, checksum FROM {table}", row => files.Add(new CatalogFile(
                    Path.GetRelativePath(names.Root, pathOf(names, new ProjectId(row.GetInt32(1)), row.GetInt64(0))).Replace('\\', '/'),
                    row.GetInt64(2), row.GetInt64(3))));
            }
        }
    }

    private static void Each(SqliteConnection connection, string sql, Action<SqliteDataReader> row)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            row(reader);
        }
    }
}
