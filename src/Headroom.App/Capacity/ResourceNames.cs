namespace Headroom.App.Capacity;

/// <summary>Names of resources, as in resource_measured events, metrics and the API.</summary>
internal static class ResourceNames
{
    public const string CaptureCpu = "capture_cpu";
    public const string CaptureQueue = "capture_queue";
    public const string Fsync = "fsync";
    public const string Writer = "writer";
    public const string StoreWrites = "store_writes";
    public const string ConsumerLag = "consumer_lag";
    public const string Connections = "connections";
    public const string QueryCpu = "query_cpu";
    public const string QueryQueue = "query_queue";
    public const string Cache = "cache";
    public const string Memory = "memory";
    public const string DiskSpace = "disk_space";
}
