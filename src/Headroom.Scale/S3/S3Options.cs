using Microsoft.Extensions.Options;

namespace Headroom.Scale.S3;

/// <summary>What proves to the server that a part came as it was sent.</summary>
public enum S3Checksum
{
    /// <summary>x-amz-checksum-crc32, which AWS and most servers of today compare and keep.</summary>
    Crc32,

    /// <summary>Content-MD5, which every server compares; for those that do not know the others.</summary>
    Md5,
}

/// <summary>Object storage, section <c>Headroom:S3</c>; used with <c>Headroom:Segments</c> = s3.</summary>
public sealed class S3Options
{
    public const string Section = "Headroom:S3";

    internal const int MinPartMegabytes = 5;

    /// <summary>The bucket, which exists.</summary>
    public string Bucket { get; set; } = "";

    /// <summary>Before the names of all objects, such as "headroom/production"; empty (the default) uses the bucket alone. Never shared by two installations.</summary>
    public string Prefix { get; set; } = "";

    /// <summary>The region, such as eu-central-1. Needed for AWS where the machine's own settings do not say it; other servers sign with it, default us-east-1.</summary>
    public string Region { get; set; } = "";

    /// <summary>Address of a compatible server, such as https://minio.example.org:9000; empty (the default) is AWS.</summary>
    public string ServiceUrl { get; set; } = "";

    /// <summary>Whether the bucket is in the path and not in the host's name; default false, most compatible servers need true.</summary>
    public bool ForcePathStyle { get; set; }

    /// <summary>Access key; empty (the default) takes what the machine has: environment, profile, role of the container or instance.</summary>
    public string AccessKey { get; set; } = "";

    /// <summary>Its secret.</summary>
    public string SecretKey { get; set; } = "";

    /// <summary>Checksum of what is sent: crc32 (the default) or md5, for servers that do not know the first.</summary>
    public S3Checksum Checksum { get; set; } = S3Checksum.Crc32;

    /// <summary>Files larger than this are sent in parts of this size, in MiB, 5 to 1024, default 16. Larger parts need fewer requests and lose more where one fails.</summary>
    public int PartMegabytes { get; set; } = 16;

    /// <summary>Transfers side by side, 1 to 256, default 8.</summary>
    public int Concurrency { get; set; } = 8;

    /// <summary>How long one request may take, a whole part included, and how long a download may stand still; default 30 seconds.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a connection may take, default 5 seconds.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a request that failed in passing is made again, with growing pauses, 0 to 20, default 4.</summary>
    public int Retries { get; set; } = 4;
}

internal sealed class S3OptionsValidator : IValidateOptions<S3Options>
{
    private const int MaxBucketLength = 63;
    private const int MinBucketLength = 3;

    public ValidateOptionsResult Validate(string? name, S3Options options)
    {
        var errors = new List<string>();
        Check(options.Bucket.Length is >= MinBucketLength and <= MaxBucketLength && options.Bucket.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.'),
            "Headroom:S3:Bucket must name a bucket: 3 to 63 lower-case letters, digits, dots and hyphens.");
        Check(options.Prefix.Length <= 512 && options.Prefix.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/' or '=') && !options.Prefix.Contains("//", StringComparison.Ordinal),
            "Headroom:S3:Prefix may have letters, digits, - _ . = and single slashes.");
        Check(options.ServiceUrl.Length == 0 || (Uri.TryCreate(options.ServiceUrl, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.UserInfo.Length == 0),
            "Headroom:S3:ServiceUrl must be an address with http or https and without a user name.");
        Check(options.Region.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-'), "Headroom:S3:Region must be a region's name, such as eu-central-1.");
        Check((options.AccessKey.Length == 0) == (options.SecretKey.Length == 0), "Headroom:S3:AccessKey and Headroom:S3:SecretKey must be set together, or neither.");
        Check(Enum.IsDefined(options.Checksum), "Headroom:S3:Checksum must be crc32 or md5.");
        Check(options.PartMegabytes is >= S3Options.MinPartMegabytes and <= 1024, "Headroom:S3:PartMegabytes must be from 5 to 1024.");
        Check(options.Concurrency is >= 1 and <= 256, "Headroom:S3:Concurrency must be from 1 to 256.");
        Check(options.Timeout >= TimeSpan.FromSeconds(1) && options.Timeout <= TimeSpan.FromHours(1), "Headroom:S3:Timeout must be from a second to an hour.");
        Check(options.ConnectTimeout >= TimeSpan.FromMilliseconds(100) && options.ConnectTimeout <= options.Timeout, "Headroom:S3:ConnectTimeout must be at least 0.1 seconds and at most Headroom:S3:Timeout.");
        Check(options.Retries is >= 0 and <= 20, "Headroom:S3:Retries must be from 0 to 20.");
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);

        void Check(bool ok, string error)
        {
            if (!ok)
            {
                errors.Add(error);
            }
        }
    }
}
