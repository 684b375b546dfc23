using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace Headroom.System.Tests.Support;

/// <summary>The owner of a new server, signed in as the app is: a cookie and the antiforgery token.</summary>
internal sealed class SignedIn(HttpClient http, string project, string cookie, string token)
{
    public const string Email = "owner@headroom.test";
    public const string Password = "correct horse";

    public static Task<SignedIn> SetUpAsync(HeadroomServer server, string project) =>
        BeginAsync(server, project, "/api/setup", new { email = Email, name = "Owner", password = Password });

    /// <summary>Somebody whom the server knows already.</summary>
    public static Task<SignedIn> InAsync(HeadroomServer server, string project, string email, string password) =>
        BeginAsync(server, project, "/api/session", new { email, password });

    private static async Task<SignedIn> BeginAsync(HeadroomServer server, string project, string path, object body)
    {
        using var answer = await server.Http.PostAsJsonAsync(new Uri(path, UriKind.Relative), body, TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode);
        var session = JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        return new SignedIn(server.Http, project, answer.Headers.GetValues("Set-Cookie").Single().Split(';')[0], (string)session["csrfToken"]!);
    }

    /// <summary>Of the whole server: a path from its root.</summary>
    public Task<JsonNode> OfServerAsync(HttpMethod method, string path, object? body = null) => AskAsync(method, path, body);

    public Task<JsonNode> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    /// <summary>The answer of what is of the whole server; null where it is none.</summary>
    public async Task<JsonNode?> GetOfServerAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"/api/{path}", UriKind.Relative));
        request.Headers.Add("Cookie", cookie);
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.IsSuccessStatusCode ? JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)) : null;
    }

    public Task<JsonNode> SendAsync(HttpMethod method, string path, object? body = null) => AskAsync(method, $"/api/projects/{project}/{path}", body);

    private async Task<JsonNode> AskAsync(HttpMethod method, string path, object? body)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        request.Headers.Add("Cookie", cookie);
        request.Headers.Add("X-CSRF-Token", token);
        if (body is not null)
        {
            request.Content = JsonContent.Create(body);
        }

        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, $"{method} {path} answered {(int)answer.StatusCode}: {text}");
        return JsonNode.Parse(text)!;
    }
}
