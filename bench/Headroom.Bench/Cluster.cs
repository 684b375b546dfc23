using System.Globalization;

namespace Headroom.Bench;

/// <summary>Processor seconds so far, of Headroom's processes and of the components.</summary>
internal readonly record struct ClusterCost(double Headroom, double Components)
{
    public static ClusterCost operator -(ClusterCost left, ClusterCost right) => new(left.Headroom - right.Headroom, left.Components - right.Components);
}

/// <summary>A cluster of deploy/cluster in a directory of its own, which ends with the benchmark.</summary>
internal sealed class Cluster : IAsyncDisposable
{
    private const double TicksPerSecond = 100;
    private static readonly string[] s_components = ["postgres", "redis", "s3", "kafka", "zookeeper"];
    private readonly (string Name, string Value)[] _environment;
    private readonly int _port = ClusterScript.FreeRange();
    private Dictionary<string, string> _signIn = [];
    private Dictionary<string, string> _addresses = [];

    private Cluster((string Name, string Value)[] environment) => _environment = environment;

    private string Folder { get; } = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), "headroom-bench-cluster-" + Guid.NewGuid().ToString("N"))).FullName;

    public BenchProject Project => new(_signIn["PROJECT"], _signIn["WRITE_KEY"], _signIn["READ_KEY"]);

    /// <param name="options">Of deploy/cluster/start, such as <c>--capture 2</c>.</param>
    public static async Task<Cluster> StartAsync(string options, params (string Name, string Value)[] environment)
    {
        var cluster = new Cluster(environment);
        try
        {
            await cluster.GrowAsync(options);
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }

        return cluster;
    }

    /// <summary>Starts what more there is to be.</summary>
    public async Task GrowAsync(string options)
    {
        var (code, output) = await RunAsync("start", [Folder, "--port", _port.ToString(CultureInfo.InvariantCulture), .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        if (code != 0)
        {
            throw new InvalidOperationException($"deploy/cluster/start ended with {code}:\n{output}");
        }

        _signIn = await ClusterScript.SignInAsync(Folder);
        _addresses = (await RunAsync("status", [Folder])).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(static line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToDictionary(static words => words[0], static words => words[^2]);
    }

    /// <summary>host:port of the processes with a name like this, or of the one that does it all.</summary>
    public IReadOnlyList<string> Addresses(string kind)
    {
        var apart = _addresses.Where(pair => pair.Key.StartsWith(kind, StringComparison.Ordinal)).Select(static pair => pair.Value).ToList();
        return apart.Count > 0 ? apart : [_addresses["writer"]];
    }

    /// <summary>From /proc, with the children of each process, those that have ended too.</summary>
    public ClusterCost Cost()
    {
        var (headroom, components) = (0L, 0L);
        var children = Directory.EnumerateDirectories("/proc").Select(static path => Path.GetFileName(path)).Where(static name => char.IsAsciiDigit(name[0])).Select(Stat)
            .OfType<(int Id, int Parent, long Ticks)>().ToList();
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Folder, "run"), "*.pid"))
        {
            var root = int.Parse(File.ReadAllText(file).Split(' ')[0], CultureInfo.InvariantCulture);
            var ticks = TicksOf(root);
            _ = s_components.Contains(Path.GetFileNameWithoutExtension(file)) ? components += ticks : headroom += ticks;
        }

        return new ClusterCost(headroom / TicksPerSecond, components / TicksPerSecond);

        long TicksOf(int id) => children.Where(one => one.Id == id).Sum(static one => one.Ticks) + children.Where(one => one.Parent == id).Sum(one => TicksOf(one.Id));
    }

    public async ValueTask DisposeAsync()
    {
        await RunAsync("stop", [Folder]);
        Directory.Delete(Folder, recursive: true);
    }

    // pid (name) state ppid …, and from the 14th on utime stime cutime cstime.
    private static (int Id, int Parent, long Ticks)? Stat(string id)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{id}/stat");
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return (int.Parse(id, CultureInfo.InvariantCulture), int.Parse(fields[1], CultureInfo.InvariantCulture), fields[11..15].Sum(static field => long.Parse(field, CultureInfo.InvariantCulture)));
        }
        catch (IOException)
        {
            // It has ended between listing and reading.
            return null;
        }
    }

    // One generator asks more often than one key of a person may.
    private Task<(int Code, string Output)> RunAsync(string script, string[] arguments) =>
        ClusterScript.RunAsync(script, arguments, [("Headroom__RateLimits__RequestsPerSecond", "0"), .. _environment]);
}
