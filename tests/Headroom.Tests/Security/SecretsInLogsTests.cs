using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Headroom.Tests.Security;

/// <summary>A log goes to places where fewer secrets may be than in the server: what opens something is never in it.</summary>
public sealed class SecretsInLogsTests
{
    [Fact]
    public async Task No_secret_of_a_journey_through_the_server_is_in_its_log_however_much_it_tells()
    {
        await using var server = await SecuredServer.StartAsync(
            null, "--Logging:LogLevel:Default=Trace", "--Logging:LogLevel:Microsoft.AspNetCore=Trace", "--Logging:LogLevel:Microsoft.EntityFrameworkCore=Trace");
        using var log = new Collector();
        server.App.Services.GetRequiredService<ILoggerFactory>().AddProvider(log);
        var secrets = new Dictionary<string, string>
        {
            ["password"] = SecuredServer.Password, ["wrong password"] = "a password mistyped", ["new password"] = "another long one", ["invited password"] = "of the invited one",
        };

        await server.SetUpAsync();
        secrets["cookie of the set-up"] = server.Cookie.Split('=')[1];
        using (var wrong = await server.Http.PostAsJsonAsync(
            new Uri("/api/session", UriKind.Relative), new { email = SecuredServer.Email, password = secrets["wrong password"] }, SecuredServer.Cancel))
        {
            Assert.Equal(401, (int)wrong.StatusCode);
        }

        using (var right = await server.Http.PostAsJsonAsync(
            new Uri("/api/session", UriKind.Relative), new { email = SecuredServer.Email, password = SecuredServer.Password }, SecuredServer.Cancel))
        {
            await server.TakeSessionAsync(right);
        }

        secrets["cookie"] = server.Cookie.Split('=')[1];
        secrets["token"] = server.Token;
        var made = await server.DoAsync(HttpMethod.Post, "/api/projects", new { name = "Shop" });
        secrets["write key"] = (string)made["writeKey"]!;
        secrets["read key"] = (string)made["readKey"]!;
        secrets["second read key"] = (string)(await server.DoAsync(HttpMethod.Post, "/api/projects/1/keys", new { kind = "read", name = "Second" }))["key"]!;
        await AskAsync($"/e/?api_key={secrets["write key"]}", new { @event = "seen", distinct_id = "u" });
        await AskAsync($"/array/{secrets["write key"]}/config", null);
        await AskAsync($"/v1/projects/{secrets["write key"]}/settings", null);
        await AskAsync("/api/projects/1/ledger", null, secrets["read key"]);
        await AskAsync("/api/projects/1/query", "not a query", secrets["read key"]);
        await AskAsync("/api/projects/1/ledger", null, "hrr_" + new string('z', 40));
        secrets["read key that is unknown"] = "hrr_" + new string('z', 40);

        var dashboard = (int)(await server.DoAsync(HttpMethod.Post, "/api/projects/1/dashboards", new { name = "Board", tiles = Array.Empty<object>() }))["id"]!;
        secrets["link"] = (string)(await server.DoAsync(HttpMethod.Post, $"/api/projects/1/dashboards/{dashboard}/shares", new { name = "All" }))["token"]!;
        foreach (var path in (string[])["/shared/", "/embed/", "/api/shared/"])
        {
            await AskAsync(path + secrets["link"], null);
        }

        await AskAsync($"/api/shared/{secrets["link"]}/tiles/999", null);
        secrets["invitation"] = (string)(await server.DoAsync(HttpMethod.Post, "/api/projects/1/invitations", new { email = "grace@example.com", role = "viewer" }))["token"]!;
        await AskAsync("/invite/" + secrets["invitation"], null);
        await AskAsync("/api/invitations/" + secrets["invitation"], null);
        await AskAsync("/api/invitations/" + secrets["invitation"], new { name = "Grace", password = secrets["invited password"] });
        await AskAsync("/api/invitations/" + secrets["invitation"], new { name = "Grace", password = secrets["invited password"] });
        await server.DoAsync(HttpMethod.Post, "/api/session/password", new { current = SecuredServer.Password, password = secrets["new password"] });
        await server.DoAsync(HttpMethod.Delete, "/api/session");

        var text = log.Text;
        Assert.Contains("signed in from", text, StringComparison.Ordinal);
        Assert.Contains("Audit: password of user", text, StringComparison.Ordinal);
        Assert.Empty(secrets.Where(one => text.Contains(one.Value, StringComparison.Ordinal)).Select(one => one.Key));

        async Task AskAsync(string path, object? body, string? key = null)
        {
            using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, new Uri(path, UriKind.Relative));
            if (key is not null)
            {
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
            }

            if (body is not null)
            {
                request.Content = JsonContent.Create(body);
            }

            using var answer = await server.Http.SendAsync(request, SecuredServer.Cancel);
            Assert.True((int)answer.StatusCode < 500, $"{path}: {(int)answer.StatusCode}");
        }
    }

    private sealed class Collector : ILoggerProvider
    {
        private readonly ConcurrentQueue<string> _entries = new();

        public string Text => string.Join('\n', _entries);

        public ILogger CreateLogger(string categoryName) => new Category(this, categoryName);

        public void Dispose()
        {
        }

        private sealed class Category(Collector to, string name) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
                to._entries.Enqueue($"{logLevel} {name} {formatter(state, exception)} {exception}");
        }
    }
}
