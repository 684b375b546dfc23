using System.Globalization;
using Headroom.Core;
using Headroom.Scale.S3;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Xunit;

namespace Headroom.Tests.ObjectStorage;

/// <summary>What goes wrong between here and a bucket.</summary>
public sealed class S3FailureTests : IDisposable
{
    private const string Secret = "a-very-secret-key";
    private readonly string _local = Path.Combine(Path.GetTempPath(), "headroom-objects-" + Guid.NewGuid().ToString("N"));

    public S3FailureTests() => Directory.CreateDirectory(_local);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_local, recursive: true);

    [Fact]
    public async Task A_server_that_is_away_is_told_and_used_again_when_it_is_back()
    {
        await using var server = await S3Server.StartAsync(S3Server.Node);
        using var objects = new S3ObjectStore(server.Options("p"), TimeProvider.System);
        var file = await FileAsync(1000);
        await objects.PutAsync([file], Cancelled);
        await server.StopAsync();
        var problem = await Assert.ThrowsAsync<ObjectStoreException>(() => objects.FindAsync(file.Name, Cancelled).AsTask());
        Assert.Contains("refused", problem.Message, StringComparison.OrdinalIgnoreCase);
        await Assert.ThrowsAsync<ObjectStoreException>(() => objects.GetAsync(file.Name, Path.Combine(_local, "got"), Cancelled).AsTask());
        await Assert.ThrowsAsync<ObjectStoreException>(() => objects.PutAsync([file], Cancelled).AsTask());
        await server.StartAsync();
        Assert.True(await objects.GetAsync(file.Name, Path.Combine(_local, "got"), Cancelled));
    }

    [Fact]
    public async Task A_bucket_that_is_not_there_and_a_wrong_key_are_errors_that_name_no_secret()
    {
        await using var server = await S3Server.StartAsync(S3Server.Node);
        var file = await FileAsync(1000);
        using var elsewhere = new S3ObjectStore(server.Options("p", static options => options.Bucket = "no-such-bucket"), TimeProvider.System);
        var missing = await Assert.ThrowsAsync<ObjectStoreException>(() => elsewhere.PutAsync([file], Cancelled).AsTask());
        Assert.Contains("NoSuchBucket", missing.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ObjectStoreException>(() => elsewhere.GetAsync(file.Name, Path.Combine(_local, "got"), Cancelled).AsTask());
        using var stranger = new S3ObjectStore(server.Options("p", static options => (options.AccessKey, options.SecretKey) = ("nobody", Secret)), TimeProvider.System);
        var denied = await Assert.ThrowsAsync<ObjectStoreException>(() => stranger.PutAsync([file], Cancelled).AsTask());
        Assert.Contains("InvalidAccessKeyId", denied.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, denied + stranger.Place, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(6 * 1024 * 1024)]
    public async Task An_upload_that_arrived_in_part_is_an_error(int bytes)
    {
        await using var server = await FalseServer.StartAsync(static (context, _) =>
        {
            context.Response.Headers.ETag = "\"0\"";
            if (context.Request.Method == "HEAD")
            {
                context.Response.ContentLength = 999;
            }
            else if (context.Request.Query.ContainsKey("uploads"))
            {
                return context.Response.WriteAsync("<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>", Cancelled);
            }
            else if (context.Request.Query.ContainsKey("uploadId") && context.Request.Method == "POST")
            {
                return context.Response.WriteAsync("<CompleteMultipartUploadResult><ETag>0</ETag></CompleteMultipartUploadResult>", Cancelled);
            }

            return Task.CompletedTask;
        });
        using var objects = server.Open();
        var problem = await Assert.ThrowsAsync<ObjectStoreException>(async () => await objects.PutAsync([await FileAsync(bytes)], Cancelled));
        Assert.Contains("999 bytes", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_upload_that_arrived_in_part_once_is_made_again()
    {
        var (sent, looks) = (0, 0);
        await using var server = await FalseServer.StartAsync((context, _) =>
        {
            context.Response.Headers.ETag = "\"0\"";
            if (context.Request.Method == "HEAD")
            {
                context.Response.ContentLength = ++looks == 1 ? 0 : 1000;
            }
            else
            {
                sent++;
            }

            return Task.CompletedTask;
        });
        using var objects = server.Open();
        await objects.PutAsync([await FileAsync(1000)], Cancelled);
        Assert.Equal((2, 2), (sent, looks));
    }

    [Fact]
    public async Task A_download_that_breaks_off_is_made_again()
    {
        await using var server = await FalseServer.StartAsync(static async (context, number) =>
        {
            context.Response.ContentLength = 10_000;
            await context.Response.Body.WriteAsync(new byte[number == 0 ? 5_000 : 10_000], Cancelled);
            if (number == 0)
            {
                await context.Response.Body.FlushAsync(Cancelled);
                context.Abort();
            }
        });
        using var objects = server.Open();
        Assert.True(await objects.GetAsync("segments/1/1.parquet", Path.Combine(_local, "got"), Cancelled));
        Assert.Equal(10_000, new FileInfo(Path.Combine(_local, "got")).Length);
        Assert.Equal(2, server.Requests);
    }

    [Fact]
    public async Task A_download_that_stands_still_is_given_up()
    {
        await using var server = await FalseServer.StartAsync(static async (context, _) =>
        {
            context.Response.ContentLength = 10_000;
            await context.Response.Body.WriteAsync(new byte[5_000], Cancelled);
            await context.Response.Body.FlushAsync(Cancelled);
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        using var objects = server.Open(static options => (options.Timeout, options.Retries) = (TimeSpan.FromSeconds(1), 0));
        var problem = await Assert.ThrowsAsync<ObjectStoreException>(() => objects.GetAsync("segments/1/1.parquet", Path.Combine(_local, "got"), Cancelled).AsTask());
        Assert.Contains("within 1 seconds", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_fails_in_passing_is_asked_again()
    {
        await using var server = await FalseServer.StartAsync(static (context, number) =>
        {
            context.Response.StatusCode = number == 0 ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
            return Task.CompletedTask;
        });
        using var objects = server.Open();
        await objects.DeleteAsync("segments/1/1.parquet", Cancelled);
        Assert.Equal(2, server.Requests);
    }

    [Theory]
    [InlineData("Bucket", "", "Headroom:S3:Bucket")]
    [InlineData("Bucket", "My_Bucket", "Headroom:S3:Bucket")]
    [InlineData("Prefix", "a//b", "Headroom:S3:Prefix")]
    [InlineData("ServiceUrl", "minio:9000", "Headroom:S3:ServiceUrl")]
    [InlineData("ServiceUrl", "http://me:secret@minio:9000", "Headroom:S3:ServiceUrl")]
    [InlineData("AccessKey", "me", "Headroom:S3:SecretKey")]
    [InlineData("PartMegabytes", "4", "Headroom:S3:PartMegabytes")]
    [InlineData("Concurrency", "0", "Headroom:S3:Concurrency")]
    [InlineData("Timeout", "00:00:00", "Headroom:S3:Timeout")]
    [InlineData("Retries", "-1", "Headroom:S3:Retries")]
    public void A_wrong_setting_is_refused_by_name(string key, string value, string named)
    {
        var settings = new Dictionary<string, string?> { ["Headroom:Segments"] = "s3", ["Headroom:S3:Bucket"] = "headroom", [$"Headroom:S3:{key}"] = value };
        using var services = new ServiceCollection()
            .AddObjectStorage(new ConfigurationBuilder().AddInMemoryCollection(settings).Build()).BuildServiceProvider();
        var wrong = Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IObjectStore>());
        Assert.Contains(named, wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Segments_are_on_disk_unless_object_storage_is_named()
    {
        Assert.Empty(new ServiceCollection().AddObjectStorage(new ConfigurationBuilder().Build()));
        var wrong = Assert.Throws<InvalidOperationException>(() => new ServiceCollection().AddObjectStorage(
            new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["Headroom:Segments"] = "gcs" }).Build()));
        Assert.Contains("Headroom:Segments", wrong.Message, StringComparison.Ordinal);
    }

    private async Task<NewObject> FileAsync(int bytes)
    {
        var path = Path.Combine(_local, $"{bytes}.tmp");
        await File.WriteAllBytesAsync(path, new byte[bytes], Cancelled);
        return new NewObject(string.Create(CultureInfo.InvariantCulture, $"segments/1/{bytes}.parquet"), path, bytes);
    }

    /// <summary>Answers as it is told.</summary>
    private sealed class FalseServer : IAsyncDisposable
    {
        private readonly WebApplication _app;
        private int _requests;

        private FalseServer(Func<HttpContext, int, Task> answer)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Limits.MaxRequestBodySize = null);
            _app = builder.Build();
            _app.Run(async context =>
            {
                var number = Interlocked.Increment(ref _requests) - 1;
                await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
                await answer(context, number);
            });
        }

        public int Requests => Volatile.Read(ref _requests);

        public static async Task<FalseServer> StartAsync(Func<HttpContext, int, Task> answer)
        {
            var server = new FalseServer(answer);
            await server._app.StartAsync(Cancelled);
            return server;
        }

        public S3ObjectStore Open(Action<S3Options>? configure = null)
        {
            var options = new S3Options { Bucket = "headroom", ServiceUrl = _app.Urls.First(), ForcePathStyle = true, AccessKey = "a", SecretKey = "b", PartMegabytes = 5, Retries = 2 };
            configure?.Invoke(options);
            return new S3ObjectStore(options, TimeProvider.System);
        }

        public ValueTask DisposeAsync() => _app.DisposeAsync();
    }
}
