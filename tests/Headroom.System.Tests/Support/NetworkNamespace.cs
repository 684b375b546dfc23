using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace Headroom.System.Tests.Support;

/// <summary>Networks that this machine's kernel keeps apart; a test reaches into one by sockets that were made in it.</summary>
internal static partial class NetworkNamespace
{
    private const int CloneNewNet = 0x40000000;

    /// <summary>Why there can be none here, or null.</summary>
    public static string? Missing()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return "Network namespaces need root.";
        }

        if (!File.Exists("/usr/sbin/ip") && !File.Exists("/sbin/ip"))
        {
            return "There is no ip command: apt-get install -y --no-install-recommends iproute2.";
        }

        var name = $"hr-try-{Environment.ProcessId}";
        var made = Try("netns", "add", name) && Try("-n", name, "link", "add", "bridge", "type", "bridge") && Try("-n", name, "link", "add", "one", "type", "veth", "peer", "name", "two");
        Try("netns", "del", name);
        return made ? null : "This machine's kernel, or the container that this runs in, allows no network namespaces with bridges.";
    }

    /// <summary>A client whose connections begin within a namespace.</summary>
    public static HttpClient Http(string name, string address, TimeSpan timeout) => new(new SocketsHttpHandler
    {
        UseCookies = false,
        PooledConnectionLifetime = TimeSpan.FromSeconds(10),
        ConnectCallback = async (context, cancel) =>
        {
            var socket = Make(name);
            try
            {
                await socket.ConnectAsync(context.DnsEndPoint, cancel);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    })
    {
        BaseAddress = new Uri("http://" + address),
        Timeout = timeout,
    };

    public static async Task IpAsync(params string[] arguments)
    {
        using var process = Start(arguments);
        var errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"ip {string.Join(' ', arguments)}: {errors}");
    }

    private static bool Try(params string[] arguments)
    {
        using var process = Start(arguments);
        _ = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }

    private static Process Start(string[] arguments) =>
        Process.Start(new ProcessStartInfo("ip", arguments) { RedirectStandardError = true }) ?? throw new InvalidOperationException("ip did not start.");

    /// <summary>A socket belongs to the network of the thread that makes it; this one makes it and ends.</summary>
    public static Socket Make(string name)
    {
        using var network = File.OpenHandle("/run/netns/" + name, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        Socket? socket = null;
        var error = 0;
        var thread = new Thread(() =>
        {
            error = EnterNamespace(network, CloneNewNet) == 0 ? 0 : Marshal.GetLastPInvokeError();
            socket = error == 0 ? new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true } : null;
        });
        thread.Start();
        thread.Join();
        return socket ?? throw new InvalidOperationException($"The namespace {name} could not be entered: error {error}.");
    }

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int EnterNamespace(SafeFileHandle network, int kind);
}
