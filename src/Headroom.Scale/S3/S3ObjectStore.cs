// Objects in a bucket of S3 or of a compatible server.
//
// A put is one request up to the size of a part, else a multipart upload; the server compares each request's checksum, which goes in a header
// that is known before (no chunked encodings, which some servers do not know), and shows the object only when all of it is there. Then its
// length is asked for. Who reads compares with a checksum of its own.

using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Headroom.Core;

namespace Headroom.Scale.S3;

internal sealed class S3ObjectStore : IObjectStore, IDisposable
{
    private const int CopyBytes = 128 * 1024;
    private const int ListedAtOnce = 1000;

    /// <summary>Of the protocol.</summary>
    private const int MostParts = 10_000;

    private static readonly TimeSpan AbortTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(200);

    private readonly S3Options _options;
    private readonly TimeProvider _time;
    private readonly AmazonS3Client _client;
    private readonly SemaphoreSlim _transfers;
    private readonly string _prefix;
    private readonly bool _encrypted;

    public S3ObjectStore(S3Options options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        _transfers = new SemaphoreSlim(options.Concurrency);
        var prefix = options.Prefix.Trim('/');
        _prefix = prefix.Length == 0 ? "" : prefix + "/";
        var config = new AmazonS3Config
        {
            ForcePathStyle = options.ForcePathStyle,
            Timeout = options.Timeout,
            ConnectTimeout = options.ConnectTimeout,
            RetryMode = RequestRetryMode.Standard,
            MaxErrorRetry = options.Retries,
            MaxConnectionsPerServer = options.Concurrency + 4,

            // Checksums are given with each request, and compared by who reads.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (options.ServiceUrl.Length > 0)
        {
            config.ServiceURL = options.ServiceUrl;
            config.AuthenticationRegion = options.Region.Length > 0 ? options.Region : "us-east-1";
        }
        else if (options.Region.Length > 0)
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(options.Region);
        }

        _encrypted = !options.ServiceUrl.StartsWith("http:", StringComparison.OrdinalIgnoreCase);
        try
        {
            _client = options.AccessKey.Length > 0
                ? new AmazonS3Client(new BasicAWSCredentials(options.AccessKey, options.SecretKey), config)
                : new AmazonS3Client(config);
        }
        catch (AmazonClientException e)
        {
            // The message is of the machine's settings, and has no secret.
            throw new InvalidOperationException($"{S3Options.Section} is not complete: {e.Message} Set {S3Options.Section}:Region, and credentials where the machine has none.", e);
        }

        Place = $"s3://{options.Bucket}/{_prefix}" + (options.ServiceUrl.Length > 0 ? $" at {options.ServiceUrl}" : "");
    }

    public string Place { get; }

    private long PartBytes => _options.PartMegabytes * 1024L * 1024;

    public async ValueTask PutAsync(IReadOnlyList<NewObject> objects, CancellationToken cancellationToken)
    {
        if (objects.Count == 1)
        {
            await PutAsync(objects[0], cancellationToken).ConfigureAwait(false);
            return;
        }

        await Parallel.ForEachAsync(
            objects, new ParallelOptions { MaxDegreeOfParallelism = _options.Concurrency, CancellationToken = cancellationToken }, PutAsync).ConfigureAwait(false);
    }

    public async ValueTask<bool> GetAsync(string name, string path, CancellationToken cancellationToken)
    {
        await _transfers.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            for (var failures = 0; ; failures++)
            {
                try
                {
                    return await AskAsync("get", token => TryGetAsync(name, path, token), static found => !found, cancellationToken).ConfigureAwait(false);
                }
                catch (ObjectStoreException e) when (failures < _options.Retries && e.InnerException is IOException or TimeoutException)
                {
                    // The client's own retries end where the answer begins.
                    await Task.Delay(FirstRetry * (1 << failures), _time, cancellationToken).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            _transfers.Release();
        }
    }

    public async ValueTask<StoredObject?> FindAsync(string name, CancellationToken cancellationToken) =>
        await AskAsync("head", async token =>
        {
            try
            {
                var found = await _client.GetObjectMetadataAsync(new GetObjectMetadataRequest { BucketName = _options.Bucket, Key = _prefix + name }, token).ConfigureAwait(false);
                return new StoredObject(name, found.ContentLength, At(found.LastModified));
            }
            catch (AmazonS3Exception e) when (e.StatusCode is HttpStatusCode.NotFound && e.ErrorCode != "NoSuchBucket")
            {
                return null;
            }
        }, static found => found is null, cancellationToken).ConfigureAwait(false);

    public async ValueTask DeleteAsync(string name, CancellationToken cancellationToken) =>
        await AskAsync(
            "delete", token => _client.DeleteObjectAsync(new DeleteObjectRequest { BucketName = _options.Bucket, Key = _prefix + name }, token), null, cancellationToken).ConfigureAwait(false);

    public async IAsyncEnumerable<StoredObject> ListAsync(string folder, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? next = null;
        do
        {
            var request = new ListObjectsV2Request { BucketName = _options.Bucket, Prefix = $"{_prefix}{folder}/", MaxKeys = ListedAtOnce, ContinuationToken = next };
            var page = await AskAsync("list", token => _client.ListObjectsV2Async(request, token), null, cancellationToken).ConfigureAwait(false);
            foreach (var there in page.S3Objects ?? [])
            {
                yield return new StoredObject(there.Key[_prefix.Length..], there.Size ?? 0, At(there.LastModified));
            }

            next = page.IsTruncated == true ? page.NextContinuationToken : null;
        }
        while (next is not null);
    }

    public void Dispose()
    {
        _client.Dispose();
        _transfers.Dispose();
    }

    private static DateTimeOffset At(DateTime? modified) => new(DateTime.SpecifyKind((modified ?? DateTime.MaxValue).ToUniversalTime(), DateTimeKind.Utc));

    private async ValueTask PutAsync(NewObject put, CancellationToken cancellationToken)
    {
        for (var failures = 0; ; failures++)
        {
            if (put.Bytes <= PartBytes)
            {
                await TransferAsync("put", put.Bytes, token => PutWholeAsync(put, token), cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await PutPartsAsync(put, cancellationToken).ConfigureAwait(false);
            }

            var found = await FindAsync(put.Name, cancellationToken).ConfigureAwait(false);
            if (found?.Bytes == put.Bytes)
            {
                return;
            }

            if (failures == _options.Retries)
            {
                throw new ObjectStoreException($"{Place} has {(found is null ? "nothing" : $"{found.Bytes} bytes")} of {put.Name} after {put.Bytes} were sent.");
            }

            await Task.Delay(FirstRetry * (1 << failures), _time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<bool> PutWholeAsync(NewObject put, CancellationToken cancellationToken)
    {
        var request = new PutObjectRequest
        {
            BucketName = _options.Bucket,
            Key = _prefix + put.Name,
            InputStream = Open(put.Path),
            ContentType = "application/octet-stream",
            UseChunkEncoding = false,
            DisablePayloadSigning = _encrypted,
        };
        var checksum = await ChecksumAsync(put.Path, 0, put.Bytes, cancellationToken).ConfigureAwait(false);
        if (_options.Checksum is S3Checksum.Md5)
        {
            request.MD5Digest = checksum;
        }
        else
        {
            request.ChecksumAlgorithm = ChecksumAlgorithm.CRC32;
            request.ChecksumCRC32 = checksum;
        }

        var answer = await _client.PutObjectAsync(request, cancellationToken).ConfigureAwait(false);
        Compare(put.Name, checksum, answer.ChecksumCRC32);
        return true;
    }

    private async ValueTask PutPartsAsync(NewObject put, CancellationToken cancellationToken)
    {
        var withCrc = _options.Checksum is S3Checksum.Crc32;
        var begun = await AskAsync("multipart", token => _client.InitiateMultipartUploadAsync(
            new InitiateMultipartUploadRequest
            {
                BucketName = _options.Bucket,
                Key = _prefix + put.Name,
                ContentType = "application/octet-stream",
                ChecksumAlgorithm = withCrc ? ChecksumAlgorithm.CRC32 : null,
            }, token), null, cancellationToken).ConfigureAwait(false);
        try
        {
            var size = Math.Max(PartBytes, (put.Bytes + MostParts - 1) / MostParts);
            var parts = new PartETag[(int)((put.Bytes + size - 1) / size)];
            await Parallel.ForAsync(
                0, parts.Length, new ParallelOptions { MaxDegreeOfParallelism = _options.Concurrency, CancellationToken = cancellationToken },
                async (i, stop) =>
                {
                    var from = i * size;
                    var bytes = Math.Min(size, put.Bytes - from);
                    parts[i] = await TransferAsync("part", bytes, token => PutPartAsync(put, begun.UploadId, i + 1, from, bytes, token), stop).ConfigureAwait(false);
                }).ConfigureAwait(false);
            await AskAsync("multipart", token => _client.CompleteMultipartUploadAsync(
                new CompleteMultipartUploadRequest { BucketName = _options.Bucket, Key = _prefix + put.Name, UploadId = begun.UploadId, PartETags = [.. parts] }, token),
                null, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await AbortAsync(put.Name, begun.UploadId).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<PartETag> PutPartAsync(NewObject put, string upload, int number, long from, long bytes, CancellationToken cancellationToken)
    {
        var request = new UploadPartRequest
        {
            BucketName = _options.Bucket,
            Key = _prefix + put.Name,
            UploadId = upload,
            PartNumber = number,
            PartSize = bytes,
            FilePath = put.Path,
            FilePosition = from,
            UseChunkEncoding = false,
            DisablePayloadSigning = _encrypted,
        };
        var checksum = await ChecksumAsync(put.Path, from, bytes, cancellationToken).ConfigureAwait(false);
        if (_options.Checksum is S3Checksum.Md5)
        {
            request.MD5Digest = checksum;
        }
        else
        {
            request.ChecksumAlgorithm = ChecksumAlgorithm.CRC32;
            request.ChecksumCRC32 = checksum;
        }

        var answer = await _client.UploadPartAsync(request, cancellationToken).ConfigureAwait(false);
        Compare(put.Name, checksum, answer.ChecksumCRC32);
        return new PartETag(number, answer.ETag) { ChecksumCRC32 = answer.ChecksumCRC32 };
    }

    /// <summary>What is left of an upload costs money until it is aborted; where that fails, the bucket's own rule for such uploads must.</summary>
    private async ValueTask AbortAsync(string name, string upload)
    {
        using var late = new CancellationTokenSource(AbortTimeout, _time);
        try
        {
            await AskAsync("multipart", token => _client.AbortMultipartUploadAsync(
                new AbortMultipartUploadRequest { BucketName = _options.Bucket, Key = _prefix + name, UploadId = upload }, token), null, late.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ObjectStoreException or OperationCanceledException)
        {
            // What made the upload fail is what is reported.
        }
    }

    private static void Compare(string name, string sent, string? answered)
    {
        if (answered is not null && answered != sent)
        {
            throw new ObjectStoreException($"The server has other bytes of {name} than were sent.");
        }
    }

    private async Task<bool> TryGetAsync(string name, string path, CancellationToken cancellationToken)
    {
        GetObjectResponse found;
        try
        {
            found = await _client.GetObjectAsync(new GetObjectRequest { BucketName = _options.Bucket, Key = _prefix + name }, cancellationToken).ConfigureAwait(false);
        }
        catch (AmazonS3Exception e) when (e.ErrorCode == "NoSuchKey")
        {
            return false;
        }

        using (found)
        {
            var target = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 0, FileOptions.Asynchronous);
            await using (target.ConfigureAwait(false))
            {
                try
                {
                    await CopyAsync(found.ResponseStream, target, cancellationToken).ConfigureAwait(false);
                }
                catch (AmazonClientException)
                {
                    // It came, and its bytes are not those that the server once took: that is for who reads to find, as any damage.
                }
            }
        }

        return true;
    }

    private async Task CopyAsync(Stream source, FileStream target, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(CopyBytes);
        using var still = new CancellationTokenSource(_options.Timeout, _time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(still.Token, cancellationToken);
        try
        {
            int read;
            while ((read = await source.ReadAsync(buffer, stop.Token).ConfigureAwait(false)) > 0)
            {
                S3Metrics.Received(read);
                await target.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                still.CancelAfter(_options.Timeout);
            }
        }
        catch (OperationCanceledException) when (still.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"Nothing came for {_options.Timeout.TotalSeconds:0.#} seconds.");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, CopyBytes, FileOptions.Asynchronous);

    private async Task<string> ChecksumAsync(string path, long from, long bytes, CancellationToken cancellationToken)
    {
        var file = Open(path);
        await using (file.ConfigureAwait(false))
        {
            file.Position = from;
            var crc = new Crc32();
#pragma warning disable CA5351 // Not against anybody: some servers compare nothing else.
            using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
#pragma warning restore CA5351
            var buffer = ArrayPool<byte>.Shared.Rent(CopyBytes);
            try
            {
                while (bytes > 0)
                {
                    var read = await file.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, bytes)), cancellationToken).ConfigureAwait(false);
                    if (read == 0)
                    {
                        throw new EndOfStreamException($"{path} is shorter than it was.");
                    }

                    if (_options.Checksum is S3Checksum.Md5)
                    {
                        md5.AppendData(buffer, 0, read);
                    }
                    else
                    {
                        crc.Append(buffer.AsSpan(0, read));
                    }

                    bytes -= read;
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }

            if (_options.Checksum is S3Checksum.Md5)
            {
                return Convert.ToBase64String(md5.GetHashAndReset());
            }

            var big = new byte[sizeof(uint)];
            BinaryPrimitives.WriteUInt32BigEndian(big, crc.GetCurrentHashAsUInt32());
            return Convert.ToBase64String(big);
        }
    }

    private async ValueTask<T> TransferAsync<T>(string operation, long bytes, Func<CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        await _transfers.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var answer = await AskAsync(operation, ask, null, cancellationToken).ConfigureAwait(false);
            S3Metrics.Sent(bytes);
            return answer;
        }
        finally
        {
            _transfers.Release();
        }
    }

    private async ValueTask<T> AskAsync<T>(string operation, Func<CancellationToken, Task<T>> ask, Func<T, bool>? isMissing, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        var outcome = "error";
        try
        {
            var answer = await ask(cancellationToken).ConfigureAwait(false);
            outcome = isMissing?.Invoke(answer) == true ? "missing" : "ok";
            return answer;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            outcome = "cancelled";
            throw;
        }
        catch (ObjectStoreException)
        {
            throw;
        }
        catch (FileNotFoundException)
        {
            // The local file.
            throw;
        }
        catch (Exception e) when (e is AmazonClientException or AmazonServiceException or HttpRequestException or IOException or SocketException or OperationCanceledException or TimeoutException or WebException)
        {
            throw new ObjectStoreException(Reason(e), e);
        }
        finally
        {
            S3Metrics.Requested(operation, outcome, _time.GetElapsedTime(started));
        }
    }

    /// <summary>What the server or the connection said; neither says a secret.</summary>
    private string Reason(Exception e) => e switch
    {
        AmazonServiceException { ErrorCode: { Length: > 0 } code } service when service.Message != code => $"{code}: {service.Message.TrimEnd('.')}.",
        AmazonServiceException { StatusCode: not 0 } service => $"The server answered {(int)service.StatusCode} {service.ErrorCode}.",
        OperationCanceledException or TimeoutException => $"No answer within {_options.Timeout.TotalSeconds:0.#} seconds.",
        _ => (e.InnerException ?? e).Message.TrimEnd('.') + ".",
    };
}
