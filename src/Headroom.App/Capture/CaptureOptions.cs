using System.Globalization;
using Microsoft.Extensions.Options;

namespace Headroom.App.Capture;

/// <summary>Bounds of what capture takes, under <c>Headroom:Capture</c>. What each refusal looks like is in docs/protocols.md.</summary>
public sealed class CaptureOptions
{
    public const string Section = "Headroom:Capture";

    /// <summary>
    /// Bytes of a request body as sent, before any decoding. Default 20 MiB, what PostHog's own SDKs stay under.
    /// Larger lets bulk senders use fewer requests and costs memory for each request under way. Over it: 413.
    /// </summary>
    public int MaxBodyBytes { get; set; } = 20 << 20;

    /// <summary>
    /// Bytes of a body after decompression and base64. Default 64 MiB. Together with <see cref="MaxInFlightBytes"/>
    /// this bounds the memory that a few hostile requests can take. Over it: 413.
    /// </summary>
    public int MaxDecompressedBytes { get; set; } = 64 << 20;

    /// <summary>
    /// How many times larger than its compressed form a body may be. Default 100: gzip makes batches of events 5 to 30
    /// times smaller and can make zeros 1,000 times smaller. Applies past <see cref="DecompressionRatioFloorBytes"/>. Over it: 413.
    /// </summary>
    public int MaxDecompressionRatio { get; set; } = 100;

    /// <summary>
    /// Decompressed bytes up to which the ratio is not looked at, because small repetitive bodies compress extremely
    /// well and do no harm. Default 1 MiB.
    /// </summary>
    public int DecompressionRatioFloorBytes { get; set; } = 1 << 20;

    /// <summary>Events in one request. Default 20,000. All of a request's events share one log record. Over it: 413.</summary>
    public int MaxEventsPerRequest { get; set; } = 20_000;

    /// <summary>Bytes of one event's JSON. Default 1 MiB. A larger event is refused, the rest of its batch is not.</summary>
    public int MaxEventBytes { get; set; } = 1 << 20;

    /// <summary>Bytes of an event's name, as sent. Default 400.</summary>
    public int MaxEventNameLength { get; set; } = 400;

    /// <summary>
    /// Properties of one event; person properties ($set) are counted apart. Default 1,000; browsers send about 50.
    /// Each property may become a column, so very wide events cost at query time too.
    /// </summary>
    public int MaxProperties { get; set; } = 1000;

    /// <summary>Bytes of a property's name, as sent. Default 400.</summary>
    public int MaxPropertyNameLength { get; set; } = 400;

    /// <summary>Bytes of one property's value, as JSON. Default 256 KiB: room for stack traces, not for files.</summary>
    public int MaxPropertyValueBytes { get; set; } = 256 << 10;

    /// <summary>How deep arrays and objects may nest inside an event. Default 32.</summary>
    public int MaxDepth { get; set; } = 32;

    /// <summary>
    /// Requests under way at once. Default 10,000. More are answered 503 with Retry-After before their body is read.
    /// </summary>
    public int MaxConcurrentRequests { get; set; } = 10_000;

    /// <summary>
    /// Bytes of all bodies under way: as sent, and what each step of decoding (gzip, base64, lz64, forms) needs besides.
    /// Default 256 MiB. Past it: 503 with Retry-After. The records made of them come on top, about as large as the JSON.
    /// Larger takes bursts of big batches, at the price of memory.
    /// </summary>
    public long MaxInFlightBytes { get; set; } = 256L << 20;

    /// <summary>
    /// Milliseconds that a request may wait until it is looked at, all of them for a fifth of a second, before fewer
    /// are taken and the rest is answered 503 with Retry-After before its body is read. Default 10. Less keeps
    /// answers quick in an overload and takes fewer of the requests.
    /// </summary>
    public int QueueTargetMilliseconds { get; set; } = 10;

    /// <summary>
    /// The same for records that wait for the log's disk. Default 100. It must be above what an fsync takes when all is
    /// well: raise it on a slow disk.
    /// </summary>
    public int CommitTargetMilliseconds { get; set; } = 100;

    /// <summary>Seconds in the Retry-After header of a 503. Default 5; SDKs add their own growing delay.</summary>
    public int RetryAfterSeconds { get; set; } = 5;
}

internal sealed class CaptureOptionsValidator : IValidateOptions<CaptureOptions>
{
    public ValidateOptionsResult Validate(string? name, CaptureOptions options)
    {
        var errors = new List<string>();
        Check(errors, nameof(options.MaxBodyBytes), options.MaxBodyBytes, 1024, 512 << 20);
        Check(errors, nameof(options.MaxDecompressedBytes), options.MaxDecompressedBytes, 1024, 512 << 20);
        Check(errors, nameof(options.MaxDecompressionRatio), options.MaxDecompressionRatio, 1, 2000);
        Check(errors, nameof(options.DecompressionRatioFloorBytes), options.DecompressionRatioFloorBytes, 0, 512 << 20);
        Check(errors, nameof(options.MaxEventsPerRequest), options.MaxEventsPerRequest, 1, 1_000_000);
        Check(errors, nameof(options.MaxEventBytes), options.MaxEventBytes, 256, 64 << 20);
        Check(errors, nameof(options.MaxEventNameLength), options.MaxEventNameLength, 1, 10_000);
        Check(errors, nameof(options.MaxProperties), options.MaxProperties, 1, 100_000);
        Check(errors, nameof(options.MaxPropertyNameLength), options.MaxPropertyNameLength, 1, 10_000);
        Check(errors, nameof(options.MaxPropertyValueBytes), options.MaxPropertyValueBytes, 16, 64 << 20);
        Check(errors, nameof(options.MaxDepth), options.MaxDepth, 2, JsonWalk.HardDepth - 8);
        Check(errors, nameof(options.MaxConcurrentRequests), options.MaxConcurrentRequests, 1, 1_000_000);
        Check(errors, nameof(options.MaxInFlightBytes), options.MaxInFlightBytes, 1 << 20, 64L << 30);
        Check(errors, nameof(options.QueueTargetMilliseconds), options.QueueTargetMilliseconds, 1, 60_000);
        Check(errors, nameof(options.CommitTargetMilliseconds), options.CommitTargetMilliseconds, 1, 60_000);
        Check(errors, nameof(options.RetryAfterSeconds), options.RetryAfterSeconds, 1, 3600);
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static void Check(List<string> errors, string key, long value, long min, long max)
    {
        if (value < min || value > max)
        {
            errors.Add(string.Create(CultureInfo.InvariantCulture,
                $"{CaptureOptions.Section}:{key} is {value}; it must be from {min} to {max}."));
        }
    }
}
