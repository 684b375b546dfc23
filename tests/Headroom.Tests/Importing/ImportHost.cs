using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Headroom.App.Projects;
using Headroom.Cli;
using Headroom.Tests.Projects;
using Microsoft.AspNetCore.Builder;
using Xunit;

namespace Headroom.Tests.Importing;

/// <summary>The whole server in this process, and an owner who sends it files.</summary>
internal sealed class ImportHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly string _directory;
    private readonly HttpClient _http;
    private readonly Browser _browser;

    private ImportHost(WebApplication app, string directory, CreatedProject project)
    {
        (_app, _directory, Project) = (app, directory, project);
        _http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        _browser = new Browser(new HttpClientHandler { UseCookies = false }, _http.BaseAddress);
    }

    public CreatedProject Project { get; }

    public static async Task<ImportHost> StartAsync(params string[] settings)
    {
        var directory = Directory.CreateTempSubdirectory("headroom-importing-").FullName;
        CreatedProject made;
        await using (var control = ControlData.Open(directory))
        {
            made = ControlData.Require(await control.Projects.CreateAsync(new NewProject("Test"), ControlHost.Cancel));
        }

        var app = Server.Build(new ServerSettings(directory, "http://127.0.0.1:0", [], ["--Headroom:Access:PasswordIterations=1000", .. settings]));
        await app.StartAsync(ControlHost.Cancel);
        var host = new ImportHost(app, directory, made);
        using var answer = await host._browser.SendAsync(HttpMethod.Post, "/api/setup", new { email = ControlHost.Email, name = "Ada", password = ControlHost.Password });
        Assert.Equal(201, (int)answer.StatusCode);
        return host;
    }

    public static byte[] Text(params IEnumerable<string> lines) => Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n");

    public static byte[] Packed(byte[] text)
    {
        using var packed = new MemoryStream();
        using (var zip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            zip.Write(text);
        }

        return packed.ToArray();
    }

    public Task<(int Status, JsonNode Body)> ImportAsync(byte[] file, string query = "") => PostAsync("/imports" + query, new ByteArrayContent(file));

    public async Task<(int Status, JsonNode Body)> PostAsync(string path, HttpContent content, CancellationToken? cancel = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/projects/{Project.Project.Id}{path}") { Content = content };
        request.Headers.Add("Cookie", $"headroom_session={_browser.Cookie}");
        request.Headers.Add("X-CSRF-Token", _browser.Token);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using var answer = await _http.SendAsync(request, cancel ?? ControlHost.Cancel);
        return ((int)answer.StatusCode, await Browser.ReadAsync(answer));
    }

    public async Task<int> DeleteAsync(string path)
    {
        using var answer = await _browser.SendAsync(HttpMethod.Delete, $"/api/projects/{Project.Project.Id}{path}");
        return (int)answer.StatusCode;
    }

    public Task<JsonNode> GetAsync(string path) => _browser.GetAsync($"/api/projects/{Project.Project.Id}{path}");

    public async Task<byte[]> ExportAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/projects/{Project.Project.Id}/export");
        request.Headers.Authorization = new("Bearer", Project.ReadKey);
        using var answer = await _http.SendAsync(request, ControlHost.Cancel);
        return await answer.Content.ReadAsByteArrayAsync(ControlHost.Cancel);
    }

    public async Task<JsonArray> EventsAsync() => (await GetAsync("/events?limit=200"))["events"]!.AsArray();

    /// <summary>The only import there is, once it is as is waited for.</summary>
    public async Task<JsonNode> UntilAsync(Func<JsonNode, bool> until)
    {
        var asked = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var list = (await GetAsync("/imports"))["imports"]!.AsArray();
            if (list.Count > 0 && until(list[0]!))
            {
                return list[0]!;
            }

            Assert.True(TimeProvider.System.GetElapsedTime(asked) < TimeSpan.FromSeconds(20), list.ToJsonString());
            await Task.Delay(TimeSpan.FromMilliseconds(20), ControlHost.Cancel);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}

/// <summary>A body of which a first part is sent, and no more until it is let go.</summary>
internal sealed class HaltingContent(byte[] first, byte[] rest) : HttpContent
{
    private readonly TaskCompletionSource _go = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void GoOn() => _go.TrySetResult();

    protected override Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(first, cancellationToken);
        await stream.FlushAsync(cancellationToken);
        await _go.Task.WaitAsync(cancellationToken);
        await stream.WriteAsync(rest, cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = first.Length + rest.Length;
        return true;
    }
}
