using Headroom.App.Access;
using Headroom.App.Shared.Control;
using Headroom.Tests.Projects;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Headroom.Tests.Access;

/// <summary>What holds of the file that SQLite keeps.</summary>
public sealed class MembersInSqliteTests
{
    [Fact]
    public async Task A_token_is_in_the_database_as_a_hash_only()
    {
        await using var host = await ControlHost.StartAsync();
        var token = await MembersTests.InviteAsync(await host.SignedInAsync(), (await host.CreateProjectAsync()).Id, MembersTests.Bob, "viewer");
        await using (var connection = new SqliteConnection($"Data Source={host.DatabasePath};Pooling=false"))
        {
            await connection.OpenAsync(ControlHost.Cancel);
            await using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA wal_checkpoint(TRUNCATE)";
            await command.ExecuteNonQueryAsync(ControlHost.Cancel);
        }

        Assert.DoesNotContain(token, System.Text.Encoding.Latin1.GetString(await File.ReadAllBytesAsync(host.DatabasePath, ControlHost.Cancel)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Accounts_from_before_there_were_members_are_operators()
    {
        var directory = Directory.CreateTempSubdirectory("headroom-control-").FullName;
        var old = new DbContextOptionsBuilder<ControlContext>().UseSqlite($"Data Source={Path.Combine(directory, "control.db")};Pooling=false").Options;
        await using (var context = new ControlContext(old))
        {
            await context.GetService<IMigrator>().MigrateAsync("20261125203000_Annotations", ControlHost.Cancel);
            await context.Database.ExecuteSqlRawAsync(
                """INSERT INTO "user" (email, name, password_hash, role, created_at) VALUES ('a@example.com', 'A', 'x', 'owner', 0), ('b@example.com', 'B', 'x', 'member', 0)""",
                ControlHost.Cancel);
        }

        await using (var host = await ControlHost.StartAsync(dataDirectory: directory))
        {
            var accounts = await host.Services.GetRequiredService<Accounts>().ListAsync(ControlHost.Cancel);
            Assert.Equal(["operator", "operator"], accounts.Select(account => account.Role));
        }

        SqliteConnection.ClearAllPools();
        Directory.Delete(directory, recursive: true);
    }
}
