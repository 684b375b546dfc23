using System.Runtime.InteropServices;
using System.Text;

namespace Headroom.Tests.Scale.Kafka;

/// <summary>
/// The client library's own mock of a cluster: brokers on 127.0.0.1 that speak the current protocol, in memory. It keeps 5 MiB of
/// each partition, and cannot be asked to make topics.
/// </summary>
#pragma warning disable CA2216 // A test that does not dispose of it leaves it to the end of the process.
internal sealed class MockKafka : IDisposable
#pragma warning restore CA2216
{
    private readonly IntPtr _client;
    private readonly IntPtr _cluster;

    public MockKafka(int brokers = 1)
    {
        var problem = new byte[512];
        var conf = ConfNew();

        // Otherwise it warns of brokers that it was not told of: it is to be them.
        Require(ConfSet(conf, "log_level", "3", problem, problem.Length));
        _client = New(0, conf, problem, problem.Length);
        if (_client == IntPtr.Zero)
        {
            throw new InvalidOperationException(Encoding.UTF8.GetString(problem).TrimEnd('\0'));
        }

        _cluster = ClusterNew(_client, brokers);
        Servers = Marshal.PtrToStringUTF8(Bootstraps(_cluster))!;
        if (!Servers.Split(',').All(static server => server.StartsWith("127.0.0.1:", StringComparison.Ordinal)))
        {
            throw new InvalidOperationException($"The mock cluster is at {Servers}, which is not this machine.");
        }
    }

    public string Servers { get; }

    public void MakeTopic(string name, int partitions) => Require(TopicCreate(_cluster, name, partitions, 1));

    public void Stop() => Require(BrokerDown(_cluster, 1));

    public void Start() => Require(BrokerUp(_cluster, 1));

    public void Dispose()
    {
        ClusterDestroy(_cluster);
        Destroy(_client);
    }

    private static void Require(int error)
    {
        if (error != 0)
        {
            throw new InvalidOperationException($"The mock cluster answered {error}.");
        }
    }

    [DllImport("centos8-librdkafka", EntryPoint = "rd_kafka_conf_new")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern IntPtr ConfNew();

    [DllImport("centos8-librdkafka", EntryPoint = "rd_kafka_conf_set")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ConfSet(
        IntPtr conf, [MarshalAs(UnmanagedType.LPUTF8Str)] string name, [MarshalAs(UnmanagedType.LPUTF8Str)] string value, byte[] problem, nint size);

    [DllImport("centos8-librdkafka", EntryPoint = "rd_kafka_new")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern IntPtr New(int type, IntPtr conf, byte[] problem, nint size);

    [DllImport("centos8-librdkafka", EntryPoint = "rd_kafka_destroy")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void Destroy(IntPtr client);

    [DllImport("centos8-librdkafka", EntryPoint = "rd_kafka_mock_cluster_new")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern IntPtr ClusterNew(IntPtr client, int brokers);

    [DllImport("centos8-librdkafka", EntryPoint = "rd_kafka_mock_cluster_destroy")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void ClusterDestroy(IntPtr cluster);

    [DllImport("centos8-librdkafka", EntryPoint = "rd_kafka_mock_cluster_bootstraps")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern IntPtr Bootstraps(IntPtr cluster);

    [DllImport("centos8-librdkafka", EntryPoint = "rd_kafka_mock_topic_create")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int TopicCreate(IntPtr cluster, [MarshalAs(UnmanagedType.LPUTF8Str)] string topic, int partitions, int replicas);

    [DllImport("centos8-librdkafka", EntryPoint = "rd_kafka_mock_broker_set_down")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int BrokerDown(IntPtr cluster, int broker);

    [DllImport("centos8-librdkafka", EntryPoint = "rd_kafka_mock_broker_set_up")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int BrokerUp(IntPtr cluster, int broker);
}
