using System.Text;
using Headroom.App.Projects;
using Headroom.App.Shared;
using Headroom.App.Shared.Control;
using Headroom.Core;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace Headroom.Tests.Projects;

public sealed class ControlDataTests
{
    [Fact]
    public async Task A_database_of_an_older_version_is_brought_up_to_date()
    {
        var directory = Directory.CreateTempSubdirectory("headroom-control-").FullName;
        var old = new DbContextOptionsBuilder<ControlContext>().UseSqlite($"Data Source={Path.Combine(directory, "control.db")};Pooling=false").Options;
        await using (var context = new ControlContext(old))
        {
            await context.GetService<IMigrator>().MigrateAsync(context.Database.GetMigrations().First(), ControlHost.Cancel);
        }

        await using (var host = await ControlHost.StartAsync(dataDirectory: directory))
        {
            await using var context = await host.Services.GetRequiredService<ControlDatabase>().OpenAsync(ControlHost.Cancel);
            Assert.Equal(context.Database.GetMigrations(), await context.Database.GetAppliedMigrationsAsync(ControlHost.Cancel));
        }

        SqliteConnection.ClearAllPools();
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task A_lock_that_a_killed_process_left_behind_does_not_stop_the_start()
    {
        var directory = Directory.CreateTempSubdirectory("headroom-control-").FullName;
        await using (var left = new SqliteConnection($"Data Source={Path.Combine(directory, "control.db")};Pooling=false"))
        {
            await left.OpenAsync(ControlHost.Cancel);
            await using var command = left.CreateCommand();
            command.CommandText = """
                CREATE TABLE "__EFMigrationsLock" ("Id" INTEGER NOT NULL PRIMARY KEY, "Timestamp" TEXT NOT NULL);
                INSERT INTO "__EFMigrationsLock" VALUES (1, '2026-11-23 00:00:00');
                """;
            await command.ExecuteNonQueryAsync(ControlHost.Cancel);
        }

        await using (var host = await ControlHost.StartAsync(dataDirectory: directory))
        {
            Assert.Equal("1", (await host.CreateProjectAsync()).Id);
        }

        SqliteConnection.ClearAllPools();
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task A_database_of_a_newer_version_is_refused_and_left_as_it_is()
    {
        var directory = Directory.CreateTempSubdirectory("headroom-control-").FullName;
        await using (await ControlHost.StartAsync(dataDirectory: directory))
        {
        }

        await ExecuteAsync(directory, """INSERT INTO "__EFMigrationsHistory" VALUES ('99990101000000_Future', '99.0')""");

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => ControlHost.StartAsync(dataDirectory: directory));

        Assert.Contains("newer version", refused.Message, StringComparison.Ordinal);
        SqliteConnection.ClearAllPools();
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task An_unsupported_provider_stops_the_start_and_names_the_key()
    {
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => ControlHost.StartAsync(settings: "Headroom:Catalog=oracle"));

        Assert.Contains("Headroom:Catalog", refused.Message, StringComparison.Ordinal);
        Assert.Contains("sqlite", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_the_owner_of_the_process_may_read_the_file()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Rights are Unix's.");
        await using var host = await ControlHost.StartAsync();

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(host.DatabasePath));
    }

    [Fact]
    public async Task A_read_key_is_in_the_database_as_a_hash_only()
    {
        await using var host = await ControlHost.StartAsync();
        var project = await host.CreateProjectAsync();
        await ExecuteAsync(host.DataDirectory, "PRAGMA wal_checkpoint(TRUNCATE)");

        var bytes = await File.ReadAllBytesAsync(host.DatabasePath, ControlHost.Cancel);

        Assert.True(bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(project.WriteKey)) >= 0, "The write key is kept in clear.");
        Assert.True(bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(project.ReadKey[9..])) < 0, "The read key must not be.");
    }

    [Fact]
    public async Task Lookups_by_bytes_do_not_allocate()
    {
        await using var host = await ControlHost.StartAsync();
        var project = await host.CreateProjectAsync();
        var key = Encoding.UTF8.GetBytes(project.WriteKey);
        var directory = host.Directory;
        Look(directory, key, 100);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Look(directory, key, 1000);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        static void Look(IProjectDirectory directory, byte[] key, int times)
        {
            for (var i = 0; i < times; i++)
            {
                directory.TryGetByWriteKey(key, out _);
                directory.TryGetByDomain("Example.com"u8, out _);
            }
        }
    }

    [Fact]
    public async Task A_salt_is_gone_from_the_disk_in_time_also_where_nobody_comes()
    {
        var time = new JumpingTime(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
        await using var host = await ControlHost.StartAsync(time);
        var salt = host.Services.GetRequiredService<IVisitorSalts>().Current.Today.ToArray();
        Assert.True(OnDisk());

        time.Advance(TimeSpan.FromDays(2));

        for (var waited = 0; OnDisk() && waited < 200; waited++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), ControlHost.Cancel);
        }

        Assert.False(OnDisk());

        bool OnDisk() => Directory.GetFiles(host.DataDirectory, "control.db*").Any(path =>
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var copy = new MemoryStream();
            file.CopyTo(copy);
            return copy.ToArray().AsSpan().IndexOf(salt) >= 0;
        });
    }

    [Theory]
    [InlineData("UTC", true)]
    [InlineData("Europe/Berlin", true)]
    [InlineData("Asia/Kathmandu", true)]
    [InlineData("America/Argentina/Buenos_Aires", true)]
    [InlineData("Europe/Nowhere", false)]
    [InlineData("posix/Europe/Berlin", false)]
    [InlineData("../../etc/passwd", false)]
    [InlineData("localtime", false)]
    [InlineData("", false)]
    public void A_time_zone_is_an_iana_name_of_this_machine(string name, bool valid) => Assert.Equal(valid, ProjectRules.IsTimeZone(name));

    [Theory]
    [InlineData(" Example.COM ", "example.com")]
    [InlineData("example.com:8080", "example.com:8080")]
    [InlineData("example.com/blog", "example.com/blog")]
    [InlineData("https://example.com", null)]
    [InlineData("exa mple.com", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void A_domain_is_kept_in_lower_case_or_refused(string? given, string? kept) => Assert.Equal(kept, ProjectRules.NormalizeDomain(given));

    private static async Task ExecuteAsync(string directory, string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(directory, "control.db")};Pooling=false");
        await connection.OpenAsync(ControlHost.Cancel);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(ControlHost.Cancel);
    }
}
