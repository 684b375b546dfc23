using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using Headroom.App.Projects;

namespace Headroom.Cli.Importing;

/// <summary>Sends batches to a server's capture endpoint and asks its ledger.</summary>
internal sealed class ImportClient(HttpClient http, ImportTarget target, TimeProvider time)
{
    private const int MaxAttempts = 12;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);
    private readonly bool _compress = !target.Address.IsLoopback;

    /// <summary>
    /// Returns once the server has the batch on disk, or says in what words it refused it. Overload and lost connections
    /// are waited out; that a batch arrives twice is harmless, its events have uuids.
    /// </summary>
    public async Task<string?> SendAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var wait = TimeSpan.FromMilliseconds(200);
        for (var attempt = 1; ; attempt++)
        {
            string problem;
            try
            {
                using var content = Content(body);
                using var answer = await http.PostAsync(new Uri(target.Address, "/batch/"), content, cancellationToken);
                if (answer.IsSuccessStatusCode)
                {
                    return null;
                }

                var text = await answer.Content.ReadAsStringAsync(cancellationToken);
                problem = string.Create(CultureInfo.InvariantCulture, $"{(int)answer.StatusCode} {(text.Length > 300 ? text[..300] : text)}");
                if (answer.StatusCode == HttpStatusCode.Unauthorized)
                {
                    throw new CommandFailedException($"The server does not know the write key: {problem}");
                }

                if (answer.StatusCode == HttpStatusCode.NotFound)
                {
                    throw new CommandFailedException($"{target.Address} is not a Headroom server: {problem}");
                }

                if ((int)answer.StatusCode < 500 && answer.StatusCode is not (HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout))
                {
                    return problem;
                }

                wait = answer.Headers.RetryAfter?.Delta ?? wait;
            }
            catch (Exception e) when (e is HttpRequestException or SocketException)
            {
                problem = e.Message;
            }
            catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                problem = "The server did not answer in time.";
            }

            if (attempt == MaxAttempts)
            {
                throw new CommandFailedException($"{target.Address} does not take events: {problem} Run the same command again later; it goes on where it stopped.");
            }

            await Task.Delay(wait < LongestWait ? wait : LongestWait, time, cancellationToken);
            wait *= 2;
        }
    }

    /// <summary>The project's ledger, or null where there is no read key to ask with.</summary>
    public async Task<ProjectLedger?> LedgerAsync(CancellationToken cancellationToken)
    {
        if (target.Project is null || target.ReadKey is null)
        {
            return null;
        }

        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(target.Address, $"/api/projects/{target.Project}/ledger"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", target.ReadKey);
        using var answer = await http.SendAsync(request, cancellationToken);
        return answer.IsSuccessStatusCode
            ? await answer.Content.ReadFromJsonAsync(CliJson.Default.ProjectLedger, cancellationToken)
            : throw new CommandFailedException(string.Create(CultureInfo.InvariantCulture,
                $"The ledger of project {target.Project} cannot be read ({(int)answer.StatusCode}); check --project and --read-key."));
    }

    /// <summary>The ledger once everything received until now is committed; null when that takes longer than two minutes.</summary>
    public async Task<ProjectLedger?> SettledLedgerAsync(CancellationToken cancellationToken)
    {
        var until = await LedgerAsync(cancellationToken);
        for (var attempt = 0; until is not null && attempt < 600; attempt++)
        {
            var now = (await LedgerAsync(cancellationToken))!;
            if (now.Received - now.Waiting >= until.Received)
            {
                return now;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), time, cancellationToken);
        }

        return null;
    }

    /// <summary>Begins the body of a batch; rows follow, separated by commas, then <see cref="End"/>.</summary>
    public static byte[] Begin(string writeKey) =>
        Encoding.UTF8.GetBytes($$"""{"api_key":"{{System.Text.Json.JsonEncodedText.Encode(writeKey)}}","historical_migration":true,"batch":[""");

    public static ReadOnlySpan<byte> End => "]}"u8;

    private HttpContent Content(ReadOnlyMemory<byte> body)
    {
        if (!_compress)
        {
            return Json(new ReadOnlyMemoryContent(body));
        }

        var packed = new MemoryStream(body.Length / 4);
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(body.Span);
        }

        packed.Position = 0;
        var content = Json(new StreamContent(packed));
        content.Headers.ContentEncoding.Add("gzip");
        return content;

        static HttpContent Json(HttpContent content)
        {
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            return content;
        }
    }
}
