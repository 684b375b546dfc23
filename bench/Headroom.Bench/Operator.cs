using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Headroom.Bench;

/// <summary>A server's first account, signed in as a browser is: for what no read key may do.</summary>
internal sealed class Operator : IDisposable
{
    private const string Email = "bench@example.com";
    private const string Password = "a long one for the bench";
    private readonly HttpClient _http;

    private Operator(HttpClient http) => _http = http;

    /// <summary>Makes the account where there is none.</summary>
    public static async Task<Operator> SignInAsync(ServerProcess server)
    {
        var http = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = new Uri(server.Address) };
        var answer = await http.PostAsJsonAsync("/api/setup", new { email = Email, name = "Bench", password = Password });
        if (answer.StatusCode is HttpStatusCode.Conflict)
        {
            answer.Dispose();
            answer = await http.PostAsJsonAsync("/api/session", new { email = Email, password = Password });
        }

        using (answer)
        {
            var account = await ReadAsync(answer);
            http.DefaultRequestHeaders.Add("Cookie", answer.Headers.GetValues("Set-Cookie").Single().Split(';')[0]);
            http.DefaultRequestHeaders.Add("X-CSRF-Token", (string)account["csrfToken"]!);
        }

        return new Operator(http);
    }

    public async Task<JsonNode> PostAsync(string path, JsonNode body)
    {
        using var content = new StringContent(body.ToJsonString(), System.Text.Encoding.UTF8, "application/json");
        using var answer = await _http.PostAsync(new Uri(path, UriKind.Relative), content);
        return await ReadAsync(answer);
    }

    public void Dispose() => _http.Dispose();

    private static async Task<JsonNode> ReadAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? JsonNode.Parse(text)! : throw new InvalidOperationException($"{answer.RequestMessage?.RequestUri} answered {(int)answer.StatusCode}: {text}");
    }
}
