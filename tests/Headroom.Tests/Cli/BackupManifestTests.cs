using Headroom.Cli;
using Headroom.Cli.Backups;
using Xunit;

namespace Headroom.Tests.Cli;

public sealed class BackupManifestTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("headroom-manifest-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("""{"format":1}""")]
    [InlineData("""{"format":1,"product":"1","formats":null,"files":[]}""")]
    [InlineData("""{"format":1,"product":"1","formats":{},"files":null}""")]
    [InlineData("""{"format":1,"product":"1","formats":{},"files":[null]}""")]
    [InlineData("""{"format":1,"product":"1","formats":{},"files":[{}]}""")]
    [InlineData("""{"format":1,"product":"1","formats":{},"files":[{"path":"catalog.db"}]}""")]
    [InlineData("""{"format":1,"product":"1","formats":{},"files":[{"path":"catalog.db","stored":"catalog.db","sha256":null}]}""")]
    [InlineData("""{"format":null}""")]
    [InlineData("[]")]
    public void What_lacks_a_member_is_told_to_be_damaged(string manifest)
    {
        File.WriteAllText(Path.Combine(_directory, BackupManifest.FileName), manifest);
        var told = Assert.Throws<CommandFailedException>(() => BackupManifest.Require(_directory));
        Assert.Contains("is damaged", told.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("catalog.db\0")]
    [InlineData("../catalog.db")]
    [InlineData("/catalog.db")]
    [InlineData("log\\..\\..\\catalog.db")]
    [InlineData("")]
    public void What_names_a_place_outside_the_backup_is_told_to_be_damaged(string stored)
    {
        new BackupManifest(1, "1", DateTimeOffset.UnixEpoch, new BackupFormats(1, null, 1), 0, 0, [new BackupFile("catalog.db", stored, 1, "00", null)], "").Write(_directory);
        var told = Assert.Throws<CommandFailedException>(() => BackupManifest.Require(_directory));
        Assert.Contains("is damaged", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_names_places_within_the_backup_is_taken()
    {
        new BackupManifest(1, "1", DateTimeOffset.UnixEpoch, new BackupFormats(1, null, 1), 0, 0, [new BackupFile("catalog.db", "catalog/1.db", 1, "00", null)], "").Write(_directory);
        Assert.Equal("catalog/1.db", Assert.Single(BackupManifest.Require(_directory).Files).Stored);
    }

    [Fact]
    public async Task Half_of_a_store_is_not_backed_up()
    {
        var data = Directory.CreateDirectory(Path.Combine(_directory, "data")).FullName;
        await File.WriteAllTextAsync(Path.Combine(data, "control.db"), "", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(data, "catalog.postgres"), Guid.NewGuid().ToString(), TestContext.Current.CancellationToken);
        var backup = new Backup(Path.Combine(_directory, "backup"), data, Path.Combine(data, "log"), TimeProvider.System, new BackupProgress(), CancellationToken.None);
        var told = await Assert.ThrowsAsync<CommandFailedException>(backup.RunAsync);
        Assert.Contains("pg_dump", told.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_directory, "backup")));
    }
}
