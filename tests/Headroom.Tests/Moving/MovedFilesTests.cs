using Headroom.Store;
using Headroom.Store.Backups;
using Headroom.Store.Moving;
using Xunit;

namespace Headroom.Tests.Moving;

public sealed class MovedFilesTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("headroom-move-").FullName;

    private string From => Path.Combine(_root, "from");

    private string To => Path.Combine(_root, "to");

    [Fact]
    public async Task Files_are_copied_once_also_by_a_run_after_one_that_was_stopped()
    {
        var cancel = TestContext.Current.CancellationToken;
        CatalogFile[] files = [Make("segments/1/1.parquet", 5000), Make("segments/1/2.parquet", 70_000), Make("seen/3.seen", 18)];
        var copied = 0;
        Assert.True(await new MovedFiles(From, null, To, null).CopyAsync(files[..2], (_, isNew) => Interlocked.Add(ref copied, isNew ? 1 : 0), cancel));

        // A file of the same number and length that is another one, as a crash leaves it.
        File.WriteAllBytes(Path.Combine(To, files[0].Path), new byte[5000]);
        var again = new MovedFiles(From, null, To, null);
        Assert.True(await again.CopyAsync(files, (_, isNew) => Interlocked.Add(ref copied, isNew ? 1 : 0), cancel));
        Assert.Equal(4, copied);
        Assert.Empty(again.Missing(files));
        again.Clean();
        Assert.All(files, file => Assert.Equal(File.ReadAllBytes(Path.Combine(From, file.Path)), File.ReadAllBytes(Path.Combine(To, file.Path))));
        Assert.Equal(3, Directory.GetFiles(To, "*", SearchOption.AllDirectories).Length);
    }

    [Fact]
    public async Task A_file_that_is_gone_is_told_and_a_damaged_one_is_not_copied()
    {
        var cancel = TestContext.Current.CancellationToken;
        var (good, damaged) = (Make("segments/1/1.parquet", 100), Make("segments/1/2.parquet", 100));
        File.WriteAllBytes(Path.Combine(From, damaged.Path), new byte[100]);
        var files = new MovedFiles(From, null, To, null);
        Assert.False(await files.CopyAsync([good, new CatalogFile("segments/1/9.parquet", 7, 7)], static (_, _) => { }, cancel));
        Assert.Contains("damaged", (await Assert.ThrowsAsync<InvalidDataException>(() => files.CopyAsync([damaged], static (_, _) => { }, cancel))).Message, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(To, good.Path)));
        Assert.False(File.Exists(Path.Combine(To, damaged.Path)));
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private CatalogFile Make(string name, int bytes)
    {
        var path = Path.Combine(From, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var contents = new byte[bytes];
        new Random(bytes).NextBytes(contents);
        File.WriteAllBytes(path, contents);
        return new CatalogFile(name, bytes, StoreFiles.Checksum(path));
    }
}
