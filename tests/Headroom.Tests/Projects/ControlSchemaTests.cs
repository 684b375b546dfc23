using System.Text.RegularExpressions;
using Headroom.App.Shared.Control;
using Headroom.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql;
using Xunit;

namespace Headroom.Tests.Projects;

/// <summary>One list of migrations makes the schema of every database.</summary>
public sealed partial class ControlSchemaTests
{
    private static readonly string Migrations = Path.Combine(Root(), "src", "Headroom.App", "Shared", "Control", "Migrations");

    [Theory]
    [InlineData("schema.sql")]
    [InlineData("schema.postgres.sql")]
    public async Task A_new_database_is_made_as_the_migrations_make_it(string name)
    {
        await using var context = new ControlContext(name == "schema.sql"
            ? new DbContextOptionsBuilder<ControlContext>().UseSqlite("Data Source=:memory:").Options
            : new DbContextOptionsBuilder<ControlContext>().UseNpgsql("Host=127.0.0.1").Options);
        Assert.False(context.Database.HasPendingModelChanges(), "The model has changes that no migration has.");
        Assert.Equal(ControlDatabase.NewestMigration, context.Database.GetMigrations().Last());
        var script = context.GetService<IMigrator>().GenerateScript().ReplaceLineEndings("\n");
        var file = Path.Combine(Migrations, name);
        if (Environment.GetEnvironmentVariable("HEADROOM_REFRESH_SCHEMA") == "1")
        {
            await File.WriteAllTextAsync(file, script, ControlHost.Cancel);
        }

        Assert.True(
            await File.ReadAllTextAsync(file, ControlHost.Cancel) == script,
            $"{name} is not what the migrations make. Run this class once with HEADROOM_REFRESH_SCHEMA=1 and commit the file.");
    }

    [Fact]
    public void Migrations_name_no_type_of_one_database()
    {
        foreach (var file in Directory.GetFiles(Migrations, "*.cs"))
        {
            Assert.False(
                OneDatabasesType().IsMatch(File.ReadAllText(file)),
                $"{Path.GetFileName(file)} names types of one database. docs/decisions/0039-postgres-for-control-data.md says how they go away.");
        }
    }

    /// <summary>A change of another table is nothing that a process has to read again.</summary>
    [Fact]
    public async Task What_the_snapshot_reads_is_what_counts_as_a_change_in_PostgreSQL()
    {
        var source = await File.ReadAllTextAsync(Path.Combine(Migrations, "..", "ControlSnapshot.cs"), ControlHost.Cancel);
        var changes = await File.ReadAllTextAsync(Path.Combine(Migrations, "postgres.changes.sql"), ControlHost.Cancel);

        Assert.Equal(
            ReadTable().Matches(source).Select(static m => m.Groups[1].Value).Order(StringComparer.Ordinal),
            WatchedTable().Matches(changes).Select(static m => m.Groups[1].Value).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task PostgreSQL_gets_the_same_schema_by_the_kept_file_and_by_the_migrations_of_an_older_version()
    {
        var server = await PostgresServer.SharedAsync();
        var made = await PostgresData.NewAsync(server);
        var migrated = await PostgresData.NewAsync(server);
        await using (var old = new ControlContext(new DbContextOptionsBuilder<ControlContext>().UseNpgsql(migrated).Options))
        {
            await old.GetService<IMigrator>().MigrateAsync(old.Database.GetMigrations().First(), ControlHost.Cancel);
            await old.Database.ExecuteSqlRawAsync(
                """INSERT INTO "user" (email, name, password_hash, role, created_at) VALUES ('a@example.com', 'A', 'x', 'owner', 1800000000000000)""", ControlHost.Cancel);
        }

        foreach (var place in (string[])[made, migrated])
        {
            await using var host = await ControlHost.StartAsync(settings: ["Headroom:Catalog=postgres", $"Headroom:Postgres:ConnectionString={place}"]);
            await using var context = await host.Database.OpenAsync(ControlHost.Cancel);
            Assert.Equal(context.Database.GetMigrations(), await context.Database.GetAppliedMigrationsAsync(ControlHost.Cancel));
        }

        var columns = await ColumnsAsync(made);
        Assert.Contains("project.id:integer:NO:YES", columns);
        Assert.Contains("project.created_at:bigint:NO:NO", columns);
        Assert.Contains("project_key.hash:bytea:YES:NO", columns);
        Assert.Contains("person_deletion.id:uuid:NO:NO", columns);
        Assert.Contains("project.cookieless:boolean:NO:NO", columns);
        Assert.Equal(columns, await ColumnsAsync(migrated));
        await using var host2 = await ControlHost.StartAsync(settings: ["Headroom:Catalog=postgres", $"Headroom:Postgres:ConnectionString={migrated}"]);
        await using var people = await host2.Database.OpenAsync(ControlHost.Cancel);
        Assert.Equal(UserRole.Operator, (await people.Users.SingleAsync(ControlHost.Cancel)).Role);
    }

    [Fact]
    public async Task A_schema_that_was_cut_short_while_it_was_made_is_finished_by_the_next_start()
    {
        var server = await PostgresServer.SharedAsync();
        var place = await PostgresData.NewAsync(server);
        string[] settings = ["Headroom:Catalog=postgres", $"Headroom:Postgres:ConnectionString={place}"];
        await using (await ControlHost.StartAsync(settings: settings))
        {
        }

        await ExecuteAsync(place, "DROP TABLE control_change; DROP FUNCTION control_changed() CASCADE");
        await using (var host = await ControlHost.StartAsync(settings: settings))
        {
            await host.CreateProjectAsync();
        }

        Assert.Equal(5L, await ExecuteAsync(place, "SELECT count(*) FROM pg_trigger WHERE tgname = 'control_changed'"));
    }

    [Fact]
    public async Task A_PostgreSQL_of_a_newer_version_is_refused_and_left_as_it_is()
    {
        var place = await PostgresData.NewAsync(await PostgresServer.SharedAsync());
        string[] settings = ["Headroom:Catalog=postgres", $"Headroom:Postgres:ConnectionString={place}"];
        await using (await ControlHost.StartAsync(settings: settings))
        {
        }

        await ExecuteAsync(place, """INSERT INTO "__EFMigrationsHistory" VALUES ('99990101000000_Future', '99.0'); UPDATE control_change SET migration = '99990101000000_Future'""");
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => ControlHost.StartAsync(settings: settings));

        Assert.Contains("newer version", refused.Message, StringComparison.Ordinal);
        Assert.Contains("PostgreSQL at 127.0.0.1", refused.Message, StringComparison.Ordinal);
    }

    [GeneratedRegex("HasColumnType|type: \"")]
    private static partial Regex OneDatabasesType();

    [GeneratedRegex("\\bFROM ([a-z_]+)")]
    private static partial Regex ReadTable();

    [GeneratedRegex("TRUNCATE ON ([a-z_]+)")]
    private static partial Regex WatchedTable();

    private static async Task<List<string>> ColumnsAsync(string place)
    {
        await using var connection = new NpgsqlConnection(place + ";Pooling=false");
        await connection.OpenAsync(ControlHost.Cancel);
        await using var command = new NpgsqlCommand(
            """
            SELECT table_name || '.' || column_name || ':' || data_type || ':' || is_nullable || ':' || is_identity FROM information_schema.columns WHERE table_schema = 'public'
            UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1
            """, connection);
        var columns = new List<string>();
        await using var rows = await command.ExecuteReaderAsync(ControlHost.Cancel);
        while (await rows.ReadAsync(ControlHost.Cancel))
        {
            columns.Add(rows.GetString(0));
        }

        return columns;
    }

    private static async Task<object?> ExecuteAsync(string place, string sql)
    {
        await using var connection = new NpgsqlConnection(place + ";Pooling=false");
        await connection.OpenAsync(ControlHost.Cancel);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(ControlHost.Cancel);
    }

    private static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory!.FullName, "Headroom.slnx")))
        {
            directory = directory.Parent;
        }

        return directory.FullName;
    }
}
