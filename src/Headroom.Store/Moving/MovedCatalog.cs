using System.Text.RegularExpressions;
using Headroom.Core;
using Headroom.Store.Backups;
using Headroom.Store.Postgres;
using Microsoft.Extensions.Options;

namespace Headroom.Store.Moving;

/// <summary>A catalog that something is moved from or to.</summary>
/// <param name="directory">The data directory.</param>
/// <param name="postgres">Null where the catalog is a file of the directory.</param>
public sealed partial class MovedCatalog(string directory, PostgresCatalogOptions? postgres)
{
    private const string OffsetsTable = "log_offsets";
    private readonly StoreFiles _files = new(directory);

    /// <summary>What is copied of every catalog: all but its identity and its places in logs.</summary>
    public static IReadOnlyList<string> Tables { get; } =
        [.. TableNames().Matches(string.Concat(Catalog.Steps)).Select(static m => m.Groups[1].Value).Where(static name => name is not ("meta" or OffsetsTable))];

    /// <summary>In words.</summary>
    public string Place => postgres is null ? _files.Catalog : $"the schema {postgres.CatalogSchema}";

    /// <summary>Whether both are one and the same.</summary>
    public bool Is(MovedCatalog other, string? ownDatabase, string? otherDatabase) =>
        IsPostgres == other.IsPostgres && (IsPostgres ? ownDatabase == otherDatabase && Schema == other.Schema : _files.Root == other._files.Root);

    private bool IsPostgres => postgres is not null;

    private string? Schema => postgres?.CatalogSchema;

    /// <summary>Makes it where it is missing, with the directory around it, and brings it to the newest format.</summary>
    /// <exception cref="IOException">It cannot be reached, or another process writes it.</exception>
    /// <exception cref="InvalidDataException">It is damaged, of a newer format, or another directory's.</exception>
    public void Prepare()
    {
        StoreFiles.EnsureDirectory(_files.Root);
        foreach (var folder in new[] { _files.Segments, _files.Overrides, _files.Persons, _files.Seen })
        {
            StoreFiles.EnsureDirectory(folder);
        }

        if (postgres is not null && new PostgresCatalogOptionsValidator().Validate(null, postgres) is { Failed: true } wrong)
        {
            throw new OptionsValidationException(PostgresCatalogOptions.Section, typeof(PostgresCatalogOptions), wrong.Failures);
        }

        Catalog.Open(new StoreOptions { DataDirectory = directory, Postgres = postgres }, _files).Dispose();
    }

    public Task<TableSet> OpenAsync(CancellationToken cancellationToken) => postgres is null
        ? TableSet.OpenSqliteAsync(_files.Catalog, cancellationToken)
        : TableSet.OpenPostgresAsync(postgres.ConnectionString, postgres.CatalogSchema, cancellationToken);

    /// <summary>Whether nothing was ever stored in it.</summary>
    public static async Task<bool> IsEmptyAsync(TableSet catalog, CancellationToken cancellationToken) =>
        await catalog.AskAsync($"SELECT 1 FROM projects UNION ALL SELECT 1 FROM segments UNION ALL SELECT 1 FROM {OffsetsTable} LIMIT 1", cancellationToken).ConfigureAwait(false) is [];

    /// <summary>Every file that it names.</summary>
    public static async Task<IReadOnlyList<CatalogFile>> FilesAsync(TableSet catalog, CancellationToken cancellationToken)
    {
        var names = new StoreFiles("/");
        var files = new List<CatalogFile>();
        await AddAsync("segments", "project", Catalog.SegmentPath).ConfigureAwait(false);
        await AddAsync("override_files", "project", Catalog.OverridePath).ConfigureAwait(false);
        await AddAsync("person_files", "project", Catalog.PersonPath).ConfigureAwait(false);
        await AddAsync("seen_files", "0", static (store, _, id) => Catalog.SeenPath(store, id)).ConfigureAwait(false);
        return files;

        async Task AddAsync(string table, string project, Func<StoreFiles, ProjectId, long, string> pathOf)
        {
            foreach (var row in await catalog.AskAsync($"SELECT id, {project}, bytes, checksum FROM {table}", cancellationToken).ConfigureAwait(false))
            {
                files.Add(new CatalogFile(
                    Path.GetRelativePath(names.Root, pathOf(names, new ProjectId((int)(long)row[1]!), (long)row[0]!)).Replace('\\', '/'), (long)row[2]!, (long)row[3]!));
            }
        }
    }

    /// <summary>Up to where it has taken a log in.</summary>
    /// <param name="log">The log's name; null for the embedded one.</param>
    public static async Task<LogPosition> CommittedAsync(TableSet catalog, string? log, CancellationToken cancellationToken)
    {
        LogPosition position = default;
        foreach (var row in await catalog.AskAsync(
            $"SELECT partition, next_offset FROM {OffsetsTable} WHERE log = @p0 ORDER BY partition DESC", cancellationToken, log ?? SegmentStore.EmbeddedLog).ConfigureAwait(false))
        {
            position = position.With((int)(long)row[0]!, (long)row[1]!);
        }

        return position;
    }

    /// <summary>
    /// Replaces what <paramref name="to"/> holds by what <paramref name="from"/> does, reads it back, and compares. Both are in their
    /// transactions, and the caller commits.
    /// </summary>
    /// <param name="withPlaces">Whether the places in logs are copied too; else the new one has read nothing of any log.</param>
    /// <exception cref="InvalidDataException">The copy is not what was copied.</exception>
    public static async Task<IReadOnlyList<TableSum>> CopyAsync(TableSet from, TableSet to, bool withPlaces, Action<long>? copied, CancellationToken cancellationToken)
    {
        await to.ExecuteAsync($"DELETE FROM {OffsetsTable}", cancellationToken).ConfigureAwait(false);
        IReadOnlyList<string> tables = withPlaces ? [.. Tables, OffsetsTable] : Tables;
        var read = await TableCopy.CopyAsync(from, to, tables, copied, cancellationToken).ConfigureAwait(false);
        return TableCopy.Difference(read, await TableCopy.SumAsync(to, tables, cancellationToken).ConfigureAwait(false)) is { } difference
            ? throw new InvalidDataException($"The catalog was not copied as it is: {difference}.")
            : read;
    }

    [GeneratedRegex(@"CREATE TABLE (\w+)")]
    private static partial Regex TableNames();
}
