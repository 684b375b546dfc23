using Headroom.Scale.S3;

namespace Headroom.Tests.ObjectStorage;

internal sealed partial class S3Server
{
    public S3Options Options(string prefix, Action<S3Options>? configure = null)
    {
        var options = new S3Options
        {
            Bucket = Bucket,
            Prefix = prefix,
            ServiceUrl = Url,
            ForcePathStyle = true,
            AccessKey = Key,
            SecretKey = Key,
            PartMegabytes = 5,
            Retries = 1,
            Timeout = TimeSpan.FromSeconds(10),
            ConnectTimeout = TimeSpan.FromSeconds(2),
        };
        configure?.Invoke(options);
        return options;
    }
}
