using System.Globalization;

namespace Headroom.Bench;

/// <summary>PostgreSQL, Redis, the S3 server and Kafka of deploy/cluster without a process of Headroom, in a directory of their own. They end with the benchmark.</summary>
internal sealed class Components : IAsyncDisposable
{
    private Components()
    {
    }

    /// <summary>A JSON file of the settings with which a process of Headroom uses them.</summary>
    public string SettingsFile => Path.Combine(Folder, "settings.json");

    private string Folder { get; } = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), "headroom-bench-components-" + Guid.NewGuid().ToString("N"))).FullName;

    public static async Task<Components> StartAsync()
    {
        var components = new Components();
        try
        {
            var (code, output) = await ClusterScript.RunAsync("start", [components.Folder, "--writers", "0", "--port", ClusterScript.FreeRange().ToString(CultureInfo.InvariantCulture)], []);
            return code == 0 ? components : throw new InvalidOperationException($"deploy/cluster/start ended with {code}:\n{output}");
        }
        catch
        {
            await components.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await ClusterScript.RunAsync("stop", [Folder], []);
        Directory.Delete(Folder, recursive: true);
    }
}
