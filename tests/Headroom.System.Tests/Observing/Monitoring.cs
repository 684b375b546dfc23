using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Headroom.System.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Headroom.System.Tests.Observing;

/// <summary>
/// A real Prometheus and Alertmanager with the files of deploy/observability, in which only addresses are replaced. They watch two real
/// servers: one under a little load, and one whose disk counts as full, so that its log takes nothing. Alertmanager's messages arrive here,
/// by webhook and by mail.
/// </summary>
public sealed class Monitoring : IAsyncLifetime
{
    internal static readonly string Files = Path.Combine(Repository.Root, "deploy", "observability");

    private static readonly string[] s_programs = ["prometheus", "promtool", "prometheus-alertmanager", "amtool"];

    private readonly string _directory = Directory.CreateTempSubdirectory("headroom-monitoring-").FullName;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<(Process Process, StringBuilder Output)> _processes = [];
    private readonly Channel<JsonNode> _told = Channel.CreateUnbounded<JsonNode>();
    private HttpClient? _prometheus;
    private WebApplication? _webhook;
    private SmtpReceiver? _mail;
    private HeadroomServer? _well;
    private HeadroomServer? _full;
    private Task _load = Task.CompletedTask;

    /// <summary>Why nothing was started; null where everything is there.</summary>
    internal string? Missing { get; } = s_programs.FirstOrDefault(static name => Find(name) is null) is { } missing
        ? $"{missing} is not installed: ./test does it, or apt-get install --no-install-recommends prometheus prometheus-alertmanager."
        : null;

    internal HeadroomServer Well => _well!;

    internal HeadroomServer Full => _full!;

    internal SmtpReceiver Mail => _mail!;

    /// <summary>Alerts as the webhook got them.</summary>
    internal ChannelReader<JsonNode> Told => _told.Reader;

    public async ValueTask InitializeAsync()
    {
        if (Missing is not null)
        {
            return;
        }

        _full = HeadroomServer.StartUnready("--Headroom:Log:MinFreeDiskBytes=1000000000000000");
        _well = await HeadroomServer.StartAsync();
        _mail = SmtpReceiver.Start();
        _webhook = await StartWebhookAsync();
        _load = KeepBusyAsync(await _well.AddProjectAsync("watched"));

        var alertmanager = Ports.Free();
        Copy("alertmanager.yml", ("mail.example:587", $"127.0.0.1:{_mail.Port}\n  smtp_require_tls: false"), ("http://127.0.0.1:9095/headroom", _webhook.Urls.First()));
        Start("prometheus-alertmanager", $"--config.file={_directory}/alertmanager.yml", $"--storage.path={_directory}/alerts", $"--web.listen-address=127.0.0.1:{alertmanager}", "--cluster.listen-address=");

        var prometheus = Ports.Free();
        Copy("headroom.rules.yml");
        Copy("prometheus.yml", ("127.0.0.1:9093", $"127.0.0.1:{alertmanager}"), ("127.0.0.1:8080", $"127.0.0.1:{_well.Port}, 127.0.0.1:{_full.Port}"));
        Start("prometheus", $"--config.file={_directory}/prometheus.yml", $"--storage.tsdb.path={_directory}/metrics", $"--web.listen-address=127.0.0.1:{prometheus}");
        _prometheus = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{prometheus}") };
        await Until.TrueAsync("Prometheus is ready", IsReadyAsync, detail: () => Task.FromResult(Said()));
        await Until.TrueAsync("Prometheus scrapes both servers", async () => (await QueryAsync("up == 1")).Count == 2, detail: () => Task.FromResult(Said()));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _load;
        foreach (var (process, _) in _processes)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            process.Dispose();
        }

        _prometheus?.Dispose();
        await (_webhook?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_mail?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_well?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_full?.DisposeAsync() ?? ValueTask.CompletedTask);
        _stop.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>One of the programs with arguments, in the directory of the rules: its exit code and what it said.</summary>
    internal static async Task<(int Code, string Output)> RunAsync(string program, params string[] arguments)
    {
        var info = new ProcessStartInfo(Find(program)!, arguments) { WorkingDirectory = Path.Combine(Files, "prometheus"), RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(info)!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, output + await errors);
    }

    internal async Task<JsonNode> GetAsync(string path)
    {
        using var answer = await _prometheus!.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"Prometheus said {(int)answer.StatusCode} to {Uri.UnescapeDataString(path)}: {text}");
        return JsonNode.Parse(text)!["data"]!;
    }

    /// <summary>What an expression is now: its samples.</summary>
    internal async Task<JsonArray> QueryAsync(string expression) =>
        (await GetAsync($"/api/v1/query?query={Uri.EscapeDataString(expression)}"))["result"]!.AsArray();

    /// <summary>What a panel would draw of the last ten seconds: its series.</summary>
    internal async Task<JsonArray> QueryRangeAsync(string expression)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        return (await GetAsync($"/api/v1/query_range?query={Uri.EscapeDataString(expression)}&start={now - 10}&end={now}&step=2"))["result"]!.AsArray();
    }

    /// <summary>What the programs have said, for a test that fails.</summary>
    internal string Said()
    {
        var all = new StringBuilder();
        foreach (var (_, output) in _processes)
        {
            lock (output)
            {
                all.Append(output);
            }
        }

        return all.ToString();
    }

    private static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private async Task<bool> IsReadyAsync()
    {
        try
        {
            using var answer = await _prometheus!.GetAsync(new Uri("/-/ready", UriKind.Relative), TestContext.Current.CancellationToken);
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private void Copy(string name, params (string From, string To)[] replaced)
    {
        var text = File.ReadAllText(Path.Combine(Files, "prometheus", name));
        foreach (var (from, to) in replaced)
        {
            Assert.Contains(from, text, StringComparison.Ordinal);
            text = text.Replace(from, to, StringComparison.Ordinal);
        }

        File.WriteAllText(Path.Combine(_directory, name), text);
    }

    private void Start(string program, params string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo(Find(program)!, arguments) { WorkingDirectory = _directory, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = new StringBuilder();
        DataReceivedEventHandler collect = (_, line) =>
        {
            lock (output)
            {
                output.AppendLine(line.Data);
            }
        };
        process.OutputDataReceived += collect;
        process.ErrorDataReceived += collect;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _processes.Add((process, output));
    }

    private async Task<WebApplication> StartWebhookAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapPost("/", async (HttpRequest request) =>
        {
            var message = await JsonNode.ParseAsync(request.Body);
            foreach (var alert in message!["alerts"]!.AsArray())
            {
                await _told.Writer.WriteAsync(alert!.DeepClone());
            }
        });
        await app.StartAsync();
        return app;
    }

    /// <summary>
    /// Some of everything that is measured: events that are taken, refused and sent twice, queries that are computed and remembered, and an
    /// answer that is an error.
    /// </summary>
    private async Task KeepBusyAsync(ProjectClient project)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(500));
        var twice = ProjectClient.Event(Guid.CreateVersion7(), "watched", "ada");
        var statements = 0;
        var stranger = new ProjectClient(Well.Http, project.Id, "hrw_nobody", project.ReadKey);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                await project.SendAsync([twice.DeepClone(), ProjectClient.Event(Guid.CreateVersion7(), "watched", "bob"), ProjectClient.Event(Guid.CreateVersion7(), "", "bob")], _stop.Token);
                await stranger.SendAsync([twice.DeepClone()], _stop.Token);
                await project.TotalAsync("watched");
                await project.TotalAsync("watched", "unique_persons");
                await project.TotalsByAsync("$browser", "watched");
                if (statements < 3)
                {
                    // Each is a process of its own.
                    statements++;
                    await project.SqlAsync("select count(*) as n from events");
                }

                await Full.IsReadyAsync();
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The tests are over.
        }
    }
}
