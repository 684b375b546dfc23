using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Headroom.App.Capacity;

namespace Headroom.Cli.Capacity;

/// <summary>What a server says of its capacity, from its data directory or by its address.</summary>
internal static class MeasuredReport
{
    /// <param name="source">A directory, or an address that begins with http.</param>
    /// <param name="project">With an address: the id of its project of measures.</param>
    /// <param name="key">With an address: a read key of that project.</param>
    public static async Task<CapacityReport> FindAsync(string source, string? project, string? key, CancellationToken cancellationToken)
    {
        if (Uri.TryCreate(source, UriKind.Absolute, out var url) && url.Scheme is "http" or "https")
        {
            return await FetchAsync(url, project, key, cancellationToken);
        }

        return CapacityReportFile.Read(source) ?? throw new CommandFailedException(
            $"{source} has no capacity report. Is it the data directory, has a server run there for ten seconds, and is Headroom:Capacity:SampleSeconds above 0?");
    }

    private static async Task<CapacityReport> FetchAsync(Uri url, string? project, string? key, CancellationToken cancellationToken)
    {
        if (project is null || key is null)
        {
            throw new CommandFailedException("An address needs --project, the id of the project \"Headroom: measures\" there, and --key, a read key of it.");
        }

        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        try
        {
            using var answer = await http.GetAsync(new Uri(url, $"/api/projects/{Uri.EscapeDataString(project)}/capacity"), cancellationToken);
            var body = await answer.Content.ReadAsByteArrayAsync(cancellationToken);
            return answer.IsSuccessStatusCode
                ? CapacityReportFile.Parse(body)
                : throw new CommandFailedException(string.Create(
                    CultureInfo.InvariantCulture, $"{url} answered {(int)answer.StatusCode}. Is {project} the id of its project \"Headroom: measures\", and the key one of it?"));
        }
        catch (Exception e) when (e is HttpRequestException or SocketException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new CommandFailedException($"{url} does not answer: {e.Message}");
        }
    }
}
