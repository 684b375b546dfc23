using Headroom.Core;
using Headroom.Scale.S3;
using Headroom.Store;
using Xunit;

namespace Headroom.Tests.ObjectStorage;

/// <summary>What <see cref="IObjectStore"/> promises, of every store that there is.</summary>
public abstract class ObjectStoreContractTests : IAsyncLifetime
{
    private readonly string _local = Path.Combine(Path.GetTempPath(), "headroom-objects-" + Guid.NewGuid().ToString("N"));

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private protected IObjectStore Objects { get; private set; } = null!;

    private protected string Local => _local;

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(_local);
        Objects = await OpenAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        Directory.Delete(_local, recursive: true);
        GC.SuppressFinalize(this);
    }

    private protected abstract ValueTask<IObjectStore> OpenAsync();

    private protected abstract ValueTask CloseAsync();

    [Fact]
    public async Task What_was_put_is_there_as_it_was_in_every_size()
    {
        // Nothing, a byte, one request, a part exactly, and several parts.
        foreach (var bytes in (int[])[0, 1, 70_000, 5 * 1024 * 1024, (11 * 1024 * 1024) + 7])
        {
            await PutAsync($"segments/1/{bytes}.parquet", bytes);
            var path = Path.Combine(_local, "got");
            Assert.True(await Objects.GetAsync($"segments/1/{bytes}.parquet", path, Cancelled));
            Assert.Equal(Content(bytes), await File.ReadAllBytesAsync(path, Cancelled));
            File.Delete(path);
            var found = await Objects.FindAsync($"segments/1/{bytes}.parquet", Cancelled);
            Assert.Equal(bytes, found!.Bytes);
            Assert.Equal(TimeProvider.System.GetUtcNow(), found.Modified, TimeSpan.FromMinutes(2));
        }
    }

    [Fact]
    public async Task A_put_replaces_what_was_there()
    {
        await PutAsync("segments/1/1.parquet", 100);
        await PutAsync("segments/1/1.parquet", 50);
        Assert.Equal(50, (await Objects.FindAsync("segments/1/1.parquet", Cancelled))!.Bytes);
    }

    [Fact]
    public async Task What_is_not_there_is_not_found_and_leaves_no_file()
    {
        var path = Path.Combine(_local, "got");
        Assert.False(await Objects.GetAsync("segments/1/99.parquet", path, Cancelled));
        Assert.False(File.Exists(path));
        Assert.Null(await Objects.FindAsync("segments/1/99.parquet", Cancelled));
    }

    [Fact]
    public async Task Deleting_is_for_good_and_may_be_repeated()
    {
        await PutAsync("seen/1.seen", 10);
        await Objects.DeleteAsync("seen/1.seen", Cancelled);
        Assert.Null(await Objects.FindAsync("seen/1.seen", Cancelled));
        await Objects.DeleteAsync("seen/1.seen", Cancelled);
        await Objects.DeleteAsync("no/such/folder.seen", Cancelled);
    }

    [Fact]
    public async Task A_folder_lists_what_is_below_it_and_nothing_else()
    {
        Assert.Empty(await ListAsync("segments"));
        await PutAsync("segments/1/1.parquet", 1);
        await PutAsync("segments/2/2.parquet", 2);
        await PutAsync("segments-of-others/3.parquet", 3);
        await PutAsync("persons/1/4.parquet", 4);
        Assert.Equal(["segments/1/1.parquet 1", "segments/2/2.parquet 2"], await ListAsync("segments"));
    }

    [Fact]
    public async Task Many_are_put_with_one_call()
    {
        var names = Enumerable.Range(0, 40).Select(static i => $"overrides/{i % 3}/{i:00}.parquet").ToList();
        var files = new List<NewObject>();
        foreach (var name in names)
        {
            files.Add(await FileAsync(name, 1000 + files.Count));
        }

        await Objects.PutAsync(files, Cancelled);
        Assert.Equal(names.Count, (await ListAsync("overrides")).Count);
    }

    [Fact]
    public async Task A_local_file_that_is_not_there_is_an_error_and_no_object()
    {
        await Assert.ThrowsAnyAsync<IOException>(() => Objects.PutAsync([new NewObject("segments/1/1.parquet", Path.Combine(_local, "none"), 5)], Cancelled).AsTask());
        Assert.Null(await Objects.FindAsync("segments/1/1.parquet", Cancelled));
    }

    [Fact]
    public async Task A_cancelled_call_ends()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        var file = await FileAsync("segments/1/1.parquet", 100);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Objects.PutAsync([file], cancelled.Token).AsTask());
    }

    private static byte[] Content(int bytes)
    {
        var content = new byte[bytes];
        new Random(bytes).NextBytes(content);
        return content;
    }

    private async Task<NewObject> FileAsync(string name, int bytes)
    {
        var path = Path.Combine(_local, name.Replace('/', '-') + ".tmp");
        await File.WriteAllBytesAsync(path, Content(bytes), Cancelled);
        return new NewObject(name, path, bytes);
    }

    private async Task PutAsync(string name, int bytes) => await Objects.PutAsync([await FileAsync(name, bytes)], Cancelled);

    private async Task<IReadOnlyList<string>> ListAsync(string folder)
    {
        var found = new List<string>();
        await foreach (var there in Objects.ListAsync(folder, Cancelled))
        {
            found.Add($"{there.Name} {there.Bytes}");
        }

        return [.. found.Order(StringComparer.Ordinal)];
    }
}

public sealed class DiskObjectStoreTests : ObjectStoreContractTests
{
    private protected override ValueTask<IObjectStore> OpenAsync() => ValueTask.FromResult<IObjectStore>(new DiskObjectStore(Path.Combine(Local, "objects")));

    private protected override ValueTask CloseAsync() => ValueTask.CompletedTask;
}

/// <summary>A server that the tests of a class share, each with a prefix of its own.</summary>
public sealed class S3ContractServer : IAsyncDisposable
{
    private S3Server? _server;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    /// <summary>When it was asked for before.</summary>
    internal S3Server Server => _server!;

    internal async ValueTask<S3Server> GetAsync(string kind) => _server ??= await S3Server.StartAsync(kind);
}

public abstract class S3ContractTests(S3ContractServer server, string kind, S3Checksum checksum) : ObjectStoreContractTests, IClassFixture<S3ContractServer>
{
    private protected override async ValueTask<IObjectStore> OpenAsync() => new S3ObjectStore(
        (await server.GetAsync(kind)).Options($"some/{Guid.NewGuid():N}/", options => options.Checksum = checksum), TimeProvider.System);

    private protected override ValueTask CloseAsync()
    {
        ((S3ObjectStore?)Objects)?.Dispose();
        return ValueTask.CompletedTask;
    }
}

public sealed class S3rverObjectStoreTests(S3ContractServer server) : S3ContractTests(server, S3Server.Node, S3Checksum.Crc32);

public sealed class S3rverWithMd5ObjectStoreTests(S3ContractServer server) : S3ContractTests(server, S3Server.Node, S3Checksum.Md5);

public sealed class MotoObjectStoreTests(S3ContractServer server) : S3ContractTests(server, S3Server.Moto, S3Checksum.Crc32);
