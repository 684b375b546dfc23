using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Headroom.Cli;
using Microsoft.AspNetCore.Builder;
using Xunit;

namespace Headroom.Tests.Security;

/// <summary>The whole server in this process on a data directory of its own, and its operator, signed in as a browser is.</summary>
internal sealed class SecuredServer : IAsyncDisposable
{
    public const string Email = "ada@example.com";
    public const string Password = "correct horse";

    private readonly HttpMessageHandler _handler;

    private SecuredServer(WebApplication app, string directory, HttpMessageHandler handler)
    {
        (App, DataDirectory, _handler) = (app, directory, handler);
        Http = new HttpClient(handler) { BaseAddress = new Uri(app.Urls.First()) };
    }

    public static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public WebApplication App { get; }

    public string DataDirectory { get; }

    public HttpClient Http { get; }

    public string Cookie { get; private set; } = "";

    public string Token { get; private set; } = "";

    /// <param name="url">What it listens on; plain HTTP on any free port where it is left out.</param>
    public static async Task<SecuredServer> StartAsync(string? url = null, params string[] settings)
    {
        var directory = Directory.CreateTempSubdirectory("headroom-secured-").FullName;
        var app = Server.Build(new ServerSettings(directory, url ?? "http://127.0.0.1:0", [], ["--Headroom:Access:PasswordIterations=1000", .. settings]));
        await app.StartAsync(Cancel);
        var handler = new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.Zero };
        handler.SslOptions.RemoteCertificateValidationCallback = static (_, certificate, _, _) => IsOurs(certificate);
        return new SecuredServer(app, directory, handler);
    }

    /// <summary>Whether a certificate is one that a test made for itself; nobody else has vouched for it.</summary>
    public static bool IsOurs(X509Certificate? certificate) =>
        certificate is not null && certificate.Subject == certificate.Issuer && certificate.Subject.EndsWith(".example", StringComparison.Ordinal);

    /// <summary>Makes the operator and signs in.</summary>
    public async Task SetUpAsync()
    {
        using var answer = await Http.PostAsJsonAsync(new Uri("/api/setup", UriKind.Relative), new { email = Email, name = "Ada", password = Password }, Cancel);
        await TakeSessionAsync(answer);
    }

    /// <summary>Keeps the cookie and the token of an answer that signed somebody in.</summary>
    public async Task TakeSessionAsync(HttpResponseMessage answer)
    {
        Assert.True(answer.IsSuccessStatusCode);
        Cookie = answer.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
        Token = (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!["csrfToken"]!;
    }

    /// <summary>Asks as the operator; a change is made to the first version of what has versions.</summary>
    public async Task<(int Status, JsonNode? Body)> SendAsync(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        request.Headers.Add("Cookie", Cookie);
        request.Headers.Add("X-CSRF-Token", Token);
        if (method == HttpMethod.Patch)
        {
            request.Headers.Add("If-Match", "\"1\"");
        }

        if (body is not null)
        {
            request.Content = body is string text ? new StringContent(text, Encoding.UTF8, "application/json") : JsonContent.Create(body);
        }

        using var answer = await Http.SendAsync(request, Cancel);
        var content = await answer.Content.ReadAsStringAsync(Cancel);
        return ((int)answer.StatusCode, content.Length > 0 && content[0] is '{' or '[' ? JsonNode.Parse(content) : null);
    }

    /// <summary>As <see cref="SendAsync"/>, where anything but success is a failure.</summary>
    public async Task<JsonNode> DoAsync(HttpMethod method, string path, object? body = null)
    {
        var (status, answer) = await SendAsync(method, path, body);
        Assert.True(status is >= 200 and < 300, $"{method} {path}: {status} {answer}");
        return answer ?? new JsonObject();
    }

    /// <summary>Waits until the answer to a question of the operator is what is expected, for up to 20 s.</summary>
    public async Task<JsonNode> UntilAsync(string path, Func<JsonNode, bool> isRight)
    {
        var started = TimeProvider.System.GetTimestamp();
        var answer = await DoAsync(HttpMethod.Get, path);
        while (!isRight(answer) && TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(20))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), Cancel);
            answer = await DoAsync(HttpMethod.Get, path);
        }

        Assert.True(isRight(answer), $"{path}: {answer}");
        return answer;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        _handler.Dispose();
        await App.StopAsync(CancellationToken.None);
        await App.DisposeAsync();
        Directory.Delete(DataDirectory, recursive: true);
    }
}
