namespace Headroom.App.Capacity;

/// <summary>Names of resources, as in resource_measured events, metrics and the API.</summary>
internal static class ResourceNames
{
    public const string CaptureCpu = "capture_cpu";
    public const string CaptureQueue = "capture_queue";
    public const string Fsync = "fsync";
    public const string Writer = "writer";
    public const string WriterCpu = "writer_cpu";
    public const string StoreWrites = "store_writes";
    public const string ConsumerLag = "consumer_lag";
    public const string Connections = "connections";
    public const string QueryCpu = "query_cpu";
    public const string QueryQueue = "query_queue";
    public const string ClickHouse = "clickhouse";
    public const string Cache = "cache";
    public const string Memory = "memory";
    public const string DiskSpace = "disk_space";

    /// <summary>Whether every process that does such work has one, so that together they take more.</summary>
    public static bool IsOfEach(string resource) => resource is CaptureCpu or CaptureQueue or Connections or QueryCpu or QueryQueue;

    /// <summary>The load of a flow over all processes, beside what each of them did; no resource, and measured only where there are several.</summary>
    public static string Load(Flow flow) => CapacityReports.Words(flow) + "_load";
}
