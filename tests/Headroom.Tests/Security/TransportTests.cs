using System.Net;
using System.Net.Http.Json;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Xunit;

namespace Headroom.Tests.Security;

/// <summary>TLS by certificate files, what an answer tells a browser, and whose word about a connection is taken.</summary>
public sealed class TransportTests : IDisposable
{
    private readonly string _files = Directory.CreateTempSubdirectory("headroom-certificates-").FullName;

    private string CertificatePath => Path.Combine(_files, "site.pem");

    private string KeyPath => Path.Combine(_files, "site.key");

    [Fact]
    public async Task Tls_is_served_from_certificate_files_and_answers_ask_browsers_to_stay_with_it()
    {
        WriteCertificate("first.example");
        await using var server = await StartTlsAsync();
        Assert.Equal("CN=first.example", await SubjectAsync(server));

        using var answer = await server.Http.GetAsync(new Uri("/api/session", UriKind.Relative), SecuredServer.Cancel);
        Assert.Equal("max-age=15552000", answer.Headers.GetValues("Strict-Transport-Security").Single());
        Assert.Equal("same-origin", answer.Headers.GetValues("Cross-Origin-Opener-Policy").Single());
        using var local = new HttpRequestMessage(HttpMethod.Get, new Uri("/api/session", UriKind.Relative));
        local.Headers.Host = "localhost";
        using var untold = await server.Http.SendAsync(local, SecuredServer.Cancel);
        Assert.False(untold.Headers.Contains("Strict-Transport-Security"));

        using var made = await server.Http.PostAsJsonAsync(
            new Uri("/api/setup", UriKind.Relative), new { email = SecuredServer.Email, name = "Ada", password = SecuredServer.Password }, SecuredServer.Cancel);
        var cookie = made.Headers.GetValues("Set-Cookie").Single();
        Assert.StartsWith("__Host-headroom_session=", cookie, StringComparison.Ordinal);
        Assert.Contains("secure", cookie, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_renewed_certificate_is_served_without_a_restart()
    {
        WriteCertificate("first.example");
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        await using var server = await SecuredServer.StartAsync(
            null, $"--Kestrel:Endpoints:Https:Url=https://127.0.0.1:{port}", $"--Kestrel:Endpoints:Https:Certificate:Path={CertificatePath}", $"--Kestrel:Endpoints:Https:Certificate:KeyPath={KeyPath}");
        Assert.Equal("CN=first.example", await SubjectAsync(server));
        WriteCertificate("second.example");

        var started = TimeProvider.System.GetTimestamp();
        var subject = await SubjectAsync(server);
        while (subject != "CN=second.example" && TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(20))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200), SecuredServer.Cancel);
            subject = await SubjectAsync(server);
        }

        Assert.Equal("CN=second.example", subject);
    }

    [Fact]
    public async Task Without_tls_nothing_is_asked_of_browsers_and_with_a_trusted_proxy_the_client_s_connection_counts()
    {
        await using var server = await SecuredServer.StartAsync();
        Assert.False(await HasHstsAsync(server, null));
        Assert.True(await HasHstsAsync(server, "https"));

        await using var off = await SecuredServer.StartAsync(null, "--Headroom:HstsDays=0");
        Assert.False(await HasHstsAsync(off, "https"));
        Assert.Throws<InvalidOperationException>(() => Server.Build(new ServerSettings(off.DataDirectory + "-x", "http://127.0.0.1:0", [], ["--Headroom:HstsDays=-1"])));
        Directory.Delete(off.DataDirectory + "-x", recursive: true);

        static async Task<bool> HasHstsAsync(SecuredServer server, string? scheme)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/api/session", UriKind.Relative));
            if (scheme is not null)
            {
                request.Headers.Add("X-Forwarded-Proto", scheme);
            }

            using var answer = await server.Http.SendAsync(request, SecuredServer.Cancel);
            return answer.Headers.Contains("Strict-Transport-Security");
        }
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("::1", true)]
    [InlineData("10.9.8.7", true)]
    [InlineData("192.0.2.5", true)]
    [InlineData("203.0.113.9", false)]
    [InlineData("192.0.2.6", false)]
    public async Task Forwarded_headers_are_believed_of_configured_proxies_only(string proxy, bool believed)
    {
        // The framework's own switch trusts everybody; it must not reach past the setting.
        await using var server = await SecuredServer.StartAsync(
            null, "--Headroom:TrustedProxies:0=10.0.0.0/8", "--Headroom:TrustedProxies:1=192.0.2.5", "--ForwardedHeaders_Enabled=true");
        var middleware = new ForwardedHeadersMiddleware(
            static _ => Task.CompletedTask, NullLoggerFactory.Instance, server.App.Services.GetRequiredService<IOptions<ForwardedHeadersOptions>>());
        var http = new DefaultHttpContext();
        http.Connection.RemoteIpAddress = IPAddress.Parse(proxy);
        http.Request.Scheme = "http";
        http.Request.Host = new HostString("stats.example");
        http.Request.Headers["X-Forwarded-For"] = "198.51.100.1, 198.51.100.7";
        http.Request.Headers["X-Forwarded-Proto"] = "https";
        http.Request.Headers["X-Forwarded-Host"] = "evil.example";

        await middleware.Invoke(http);

        Assert.Equal(believed ? "198.51.100.7" : proxy, http.Connection.RemoteIpAddress.ToString());
        Assert.Equal(believed, http.Request.IsHttps);
        Assert.Equal("stats.example", http.Request.Host.Value);
    }

    [Fact]
    public async Task Every_answer_says_how_it_may_be_used()
    {
        await using var server = await SecuredServer.StartAsync();
        foreach (var path in (string[])["/", "/projects/1/home", "/shared/none", "/invite/none", "/api/session", "/api/projects", "/api/none", "/docs", "/health/ready", "/metrics"])
        {
            using var answer = await server.Http.GetAsync(new Uri(path, UriKind.Relative), SecuredServer.Cancel);
            var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
            Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
            Assert.Matches("default-src '(none|self)'", policy);
            var scripts = policy.Split(';').SingleOrDefault(part => part.Trim().StartsWith("script-src", StringComparison.Ordinal)) ?? "";
            Assert.DoesNotContain("unsafe", scripts, StringComparison.Ordinal);
            Assert.True(path == "/docs" || !policy.Contains("unsafe", StringComparison.Ordinal), $"{path}: {policy}");
            Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.Contains("camera=()", answer.Headers.GetValues("Permissions-Policy").Single(), StringComparison.Ordinal);
            Assert.Contains(answer.Headers.GetValues("Referrer-Policy").Single(), (string[])["same-origin", "no-referrer"]);
            Assert.False(answer.Headers.Contains("Server"));
            Assert.True(!path.StartsWith("/api/", StringComparison.Ordinal) || answer.Headers.CacheControl is { NoStore: true }, path);
        }
    }

    [Fact]
    public async Task A_host_that_is_not_allowed_is_refused()
    {
        await using var server = await SecuredServer.StartAsync(null, "--AllowedHosts=stats.example;127.0.0.1");
        Assert.Equal(200, await StatusAsync("stats.example"));
        Assert.Equal(400, await StatusAsync("evil.example"));

        async Task<int> StatusAsync(string host)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/api/session", UriKind.Relative));
            request.Headers.Host = host;
            using var answer = await server.Http.SendAsync(request, SecuredServer.Cancel);
            return (int)answer.StatusCode;
        }
    }

    [Theory]
    [InlineData("GET /api/%0d%0aSet-Cookie:%20a=b%0d%0a%0d%0a%3Cscript%3E HTTP/1.1\r\nHost: x\r\n")]
    [InlineData("GET /%0d%0aSet-Cookie:%20a=b/x.html HTTP/1.1\r\nHost: x\r\n")]
    [InlineData("GET /api/session HTTP/1.1\r\nHost: x\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\rSet-Cookie: a=b\r\n")]
    [InlineData("POST /e HTTP/1.1\r\nHost: x\r\nOrigin: https://a.example\rSet-Cookie: a=b\r\nContent-Length: 0\r\n")]
    [InlineData("POST /e HTTP/1.1\r\nHost: x\r\nOrigin: https://a.example\nSet-Cookie: a=b\r\nContent-Length: 0\r\n")]
    public async Task A_line_break_in_a_request_makes_no_header_of_the_answer(string request)
    {
        await using var server = await SecuredServer.StartAsync();
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, server.Http.BaseAddress!.Port, SecuredServer.Cancel);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request + "Connection: close\r\n\r\n"), SecuredServer.Cancel);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        var answer = await reader.ReadToEndAsync(SecuredServer.Cancel);

        Assert.StartsWith("HTTP/1.1 4", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("\nSet-Cookie", answer, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("text/html", answer, StringComparison.OrdinalIgnoreCase);
    }

    public void Dispose() => Directory.Delete(_files, recursive: true);

    private Task<SecuredServer> StartTlsAsync() => SecuredServer.StartAsync(
        "https://127.0.0.1:0", $"--Kestrel:Certificates:Default:Path={CertificatePath}", $"--Kestrel:Certificates:Default:KeyPath={KeyPath}");

    private void WriteCertificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(30));
        File.WriteAllText(KeyPath, key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(CertificatePath, certificate.ExportCertificatePem());
    }

    private static async Task<string> SubjectAsync(SecuredServer server)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, new Uri(server.App.Urls.First()).Port, SecuredServer.Cancel);
        await using var tls = new SslStream(client.GetStream(), false, static (_, certificate, _, _) => SecuredServer.IsOurs(certificate));
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "stats.example" }, SecuredServer.Cancel);
        return tls.RemoteCertificate!.Subject;
    }
}
