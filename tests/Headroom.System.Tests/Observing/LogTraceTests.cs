using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Headroom.System.Tests.Support;
using Xunit;

namespace Headroom.System.Tests.Observing;

/// <summary>Who was refused tells the trace id of his answer, and the operator finds it in the log.</summary>
public sealed class LogTraceTests
{
    private const string Callers = "0af7651916cd43dd8448eb211c80319c";

    [Theory]
    [InlineData("text", false)]
    [InlineData("text", true)]
    [InlineData("json", false)]
    public async Task What_is_logged_about_a_refused_request_has_the_trace_id_that_its_answer_tells(string format, bool callerHasOne)
    {
        // More is kept free than any disk has, so the log takes nothing and the server is alive but not ready.
        await using var server = HeadroomServer.StartUnreadyWith(new Dictionary<string, string>
        {
            ["Headroom__LogFormat"] = format,
            ["Headroom__Log__MinFreeDiskBytes"] = (1L << 50).ToString(global::System.Globalization.CultureInfo.InvariantCulture),
        });
        await Until.TrueAsync("the server is alive", server.IsAliveAsync);
        var project = await server.AddProjectAsync("refused");

        var body = new JsonObject { ["api_key"] = project.WriteKey, ["batch"] = new JsonArray(ProjectClient.Event(Guid.CreateVersion7(), "lost", "ada")) };
        using var captured = await SendAsync("/batch/", new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, captured.StatusCode);
        var ofCapture = Assert.Single(captured.Headers.GetValues("traceparent")).Split('-')[1];
        await LoggedAsync("The event log does not take events", ofCapture);

        using var signedIn = await SendAsync("/api/session", JsonContent.Create(new { email = "nobody@example.com", password = "wrong password" }));
        Assert.False(signedIn.IsSuccessStatusCode);
        var problem = JsonNode.Parse(await signedIn.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        var ofSignIn = ((string)problem["traceId"]!).Split('-')[1];
        await LoggedAsync("Audit: sign-in from", ofSignIn);

        Assert.Equal(callerHasOne, ofCapture == Callers);
        Assert.Equal(callerHasOne, ofSignIn == Callers);

        async Task<HttpResponseMessage> SendAsync(string path, HttpContent content)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative)) { Content = content };
            if (callerHasOne)
            {
                request.Headers.Add("traceparent", $"00-{Callers}-b7ad6b7169203331-01");
            }

            return await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
        }

        Task LoggedAsync(string message, string trace) => Until.TrueAsync(
            $"\"{message}\" is logged with {trace}",
            () => Task.FromResult(server.Output.Split('\n').Any(line => line.Contains(message, StringComparison.Ordinal) && TraceOf(line) == trace)),
            detail: () => Task.FromResult(server.Output));

        string? TraceOf(string line) => format == "json"
            ? JsonNode.Parse(line)!["Scopes"]!.AsArray().Select(static scope => scope is JsonObject one ? (string?)one["TraceId"] : null).FirstOrDefault(static id => id is not null)
            : line.Split(" trace ") is [_, var rest] ? rest[..rest.IndexOf(':', StringComparison.Ordinal)] : null;
    }
}
