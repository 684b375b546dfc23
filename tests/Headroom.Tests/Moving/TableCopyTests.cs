using Headroom.App.Shared.Control;
using Headroom.Store.Moving;
using Headroom.Store.Postgres;
using Headroom.Tests.Support;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace Headroom.Tests.Moving;

/// <summary>Catalogs and control data of random rows, from SQLite to a real PostgreSQL and back.</summary>
public sealed class TableCopyTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("headroom-move-").FullName;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_catalog_is_the_same_after_it_went_to_PostgreSQL_and_back(int seed)
    {
        var cancel = TestContext.Current.CancellationToken;
        var server = await PostgresServer.SharedAsync();
        var there = new MovedCatalog(Place("there"), new PostgresCatalogOptions { ConnectionString = server.ConnectionString, CatalogSchema = "m" + Guid.NewGuid().ToString("N") });
        var (here, back) = (new MovedCatalog(Place("here"), null), new MovedCatalog(Place("back"), null));
        here.Prepare();
        there.Prepare();
        back.Prepare();
        await using var one = await here.OpenAsync(cancel);
        await one.BeginWriteAsync(null, cancel);
        await FillAsync(one, MovedCatalog.Tables, 40, new Random(seed));
        await one.ExecuteAsync("INSERT INTO log_offsets VALUES ('embedded', 0, 777)", cancel);
        await one.CommitAsync(cancel);
        var before = await TableCopy.SumAsync(one, MovedCatalog.Tables, cancel);
        Assert.All(before, static sum => Assert.Equal(40, sum.Rows));
        await using var two = await there.OpenAsync(cancel);
        Assert.True(await MovedCatalog.IsEmptyAsync(two, cancel));

        // Twice, as a mover does that was stopped.
        for (var time = 0; time < 2; time++)
        {
            await CopyAsync(one, two, withPlaces: time == 1);
        }

        Assert.Equal(777, (await MovedCatalog.CommittedAsync(two, null, cancel))[0]);
        await using var three = await back.OpenAsync(cancel);
        await CopyAsync(two, three, withPlaces: false);
        Assert.Equal(0, (await MovedCatalog.CommittedAsync(three, null, cancel))[0]);
        Assert.Null(TableCopy.Difference(before, await TableCopy.SumAsync(three, MovedCatalog.Tables, cancel)));
        var files = await MovedCatalog.FilesAsync(one, cancel);
        Assert.Equal(160, files.Count);
        Assert.Equal(files, await MovedCatalog.FilesAsync(three, cancel));
        foreach (var table in MovedCatalog.Tables)
        {
            Assert.Equal(await RowsAsync(one, table), await RowsAsync(three, table));
        }

        async Task CopyAsync(TableSet from, TableSet to, bool withPlaces)
        {
            await from.BeginReadAsync(cancel);
            await to.BeginWriteAsync(null, cancel);
            await MovedCatalog.CopyAsync(from, to, withPlaces, null, cancel);
            await to.CommitAsync(cancel);
            await from.CommitAsync(cancel);
        }
    }

    [Fact]
    public async Task A_row_that_is_another_one_or_is_missing_is_found()
    {
        var cancel = TestContext.Current.CancellationToken;
        var (here, there) = (new MovedCatalog(Place("a"), null), new MovedCatalog(Place("b"), null));
        here.Prepare();
        there.Prepare();
        await using var one = await here.OpenAsync(cancel);
        await one.BeginWriteAsync(null, cancel);
        await FillAsync(one, MovedCatalog.Tables, 5, new Random(5));
        await one.CommitAsync(cancel);
        await using var two = await there.OpenAsync(cancel);
        foreach (var (tampering, said) in new[]
        {
            ("UPDATE projects SET stored = stored + 1 WHERE project = (SELECT min(project) FROM projects)", "the table projects has 5 rows, as its copy has, but not the same ones"),
            ("DELETE FROM persons WHERE key = (SELECT min(key) FROM persons)", "the table persons has 5 rows, and its copy 4"),
            ("UPDATE identities SET distinct_id = distinct_id || 'x'", "the table identities has 5 rows, as its copy has, but not the same ones"),
        })
        {
            await two.BeginWriteAsync(null, cancel);
            var read = await TableCopy.CopyAsync(one, two, MovedCatalog.Tables, null, cancel);
            Assert.Null(TableCopy.Difference(read, await TableCopy.SumAsync(two, MovedCatalog.Tables, cancel)));
            await two.ExecuteAsync(tampering, cancel);
            Assert.Equal(said, TableCopy.Difference(read, await TableCopy.SumAsync(two, MovedCatalog.Tables, cancel)));
            await two.CommitAsync(cancel);
        }
    }

    [Fact]
    public async Task Control_data_is_the_same_after_it_went_to_PostgreSQL_and_back_and_no_number_is_given_twice()
    {
        var cancel = TestContext.Current.CancellationToken;
        var database = await PostgresData.NewAsync(await PostgresServer.SharedAsync());
        await MovedControl.PrepareAsync(Settings("here"), cancel);
        await MovedControl.PrepareAsync(Settings("there", database), cancel);
        await MovedControl.PrepareAsync(Settings("back"), cancel);
        var tables = MovedControl.Tables;
        Assert.True(tables.Count > 15, string.Join(' ', tables));
        await using var one = await TableSet.OpenSqliteAsync(Path.Combine(Place("here"), ControlFile.Name), cancel);
        await one.ExecuteAsync("INSERT INTO project (id, name, time_zone, week_starts_on_sunday, keep_ip, created_at, cookieless) VALUES (3, 'Shop', 'UTC', 1, 0, 5, 1), (9, 'Gone', 'UTC', 0, 1, 6, 0)", cancel);
        await one.ExecuteAsync("DELETE FROM project WHERE id = 9", cancel);
        await one.ExecuteAsync("INSERT INTO \"user\" (id, email, name, password_hash, role, created_at) VALUES (4, 'a@example.org', 'Ä', 'h', 'operator', 7)", cancel);
        await one.ExecuteAsync("INSERT INTO session (hash, user_id, created_at, expires_at) VALUES (@p0, 4, 1, 2)", cancel, new byte[] { 0, 255, 7 });
        await one.ExecuteAsync("INSERT INTO visitor_salt (day, salt) VALUES (20000, @p0)", cancel, new byte[] { 1, 2 });
        await one.ExecuteAsync(
            """
            INSERT INTO person_deletion (id, project_id, person_uuid, person_key, log_offset, requested_by, requested_at, state, distinct_ids, events, segments)
            VALUES (@p0, 3, @p0, 8, 99, 'a@example.org', 1, 'done', 1, 2, 3)
            """, cancel, "0190C0DE-0000-7000-8000-00000000000A");
        await using var two = await TableSet.OpenPostgresAsync(database, null, cancel);
        await CopyAsync(one, two, MovedControl.WriteLock);
        Assert.Equal(10L, (await two.AskAsync(
            "INSERT INTO project (name, time_zone, week_starts_on_sunday, keep_ip, created_at, cookieless) VALUES ('New', 'UTC', false, true, 5, false) RETURNING id", cancel))[0][0]);
        await using var three = await TableSet.OpenSqliteAsync(Path.Combine(Place("back"), ControlFile.Name), cancel);
        await CopyAsync(two, three, null);
        Assert.Equal(11L, (await three.AskAsync(
            "INSERT INTO project (name, time_zone, week_starts_on_sunday, keep_ip, created_at, cookieless) VALUES ('Newer', 'UTC', 0, 1, 5, 0) RETURNING id", cancel))[0][0]);
        await three.ExecuteAsync("DELETE FROM project WHERE id > 9", cancel);
        foreach (var table in tables)
        {
            Assert.Equal(await RowsAsync(one, table), await RowsAsync(three, table));
        }

        async Task CopyAsync(TableSet from, TableSet to, long? writeLock)
        {
            await from.BeginReadAsync(cancel);
            await to.BeginWriteAsync(writeLock, cancel);
            Assert.Null(TableCopy.Difference(await TableCopy.CopyAsync(from, to, tables, null, cancel), await TableCopy.SumAsync(to, tables, cancel)));
            await to.CommitAsync(cancel);
            await from.CommitAsync(cancel);
        }
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static async Task<List<string>> RowsAsync(TableSet set, string table) =>
        [.. (await set.AskAsync($"SELECT * FROM \"{table}\"", TestContext.Current.CancellationToken))
            .Select(static row => string.Join('|', row.Select(static v => v is byte[] bytes ? Convert.ToHexString(bytes) : v?.ToString() ?? "∅"))).Order(StringComparer.Ordinal)];

    /// <summary>Rows of every table that keep its keys apart and are otherwise random.</summary>
    private static async Task FillAsync(TableSet set, IReadOnlyList<string> tables, int rows, Random random)
    {
        foreach (var table in tables)
        {
            var columns = await set.ColumnsAsync(table, TestContext.Current.CancellationToken);
            for (var row = 0; row < rows; row++)
            {
                var values = columns.Select(column => column.Type switch
                {
                    // The first number of each table is of its key.
                    "INTEGER" => ReferenceEquals(column, columns.First(static c => c.Type == "INTEGER")) ? row + 1 : random.NextInt64(0, column.Name is "project" ? 1000 : long.MaxValue),
                    "BLOB" => (object)Enumerable.Range(0, 16).Select(i => i == 0 ? (byte)row : (byte)random.Next(256)).ToArray(),
                    _ => column.Name is "properties" or "distinct_ids" ? $"{{\"a\":\"{row}ü\"}}" : $"{row} 'ñ\u0001{random.Next()}\U0001F600",
                }).ToArray();
                await set.ExecuteAsync(
                    $"INSERT INTO \"{table}\" ({string.Join(", ", columns.Select(static c => c.Name))}) VALUES ({string.Join(", ", values.Select(static (_, i) => "@p" + i))})",
                    TestContext.Current.CancellationToken, values);
            }
        }
    }

    private string Place(string name) => Directory.CreateDirectory(Path.Combine(_root, name)).FullName;

    private IConfigurationRoot Settings(string name, string? database = null)
    {
        var settings = new Dictionary<string, string?> { ["Headroom:DataDirectory"] = Place(name) };
        if (database is not null)
        {
            settings["Headroom:Catalog"] = "postgres";
            settings["Headroom:Postgres:ConnectionString"] = database;
        }

        return new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
    }
}
