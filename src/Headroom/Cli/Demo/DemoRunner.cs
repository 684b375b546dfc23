using System.Text.Json;
using Headroom.App.Projects;

namespace Headroom.Cli.Demo;

/// <summary>
/// The demo: an owner, a project, its history and visitors that keep coming. Its keys are the same everywhere so that
/// snippets can be copied; the password is made up at the first start, because a demo may be reachable by others.
/// </summary>
internal static class DemoRunner
{
    public const string Email = "demo@headroom.local";
    public const string WriteKey = "hrw_demo0000000000000000000000000000";
    public const string ReadKey = "hrr_demo000000000000000000000000000000000000";

    public static async Task<int> RunAsync(ServerSettings settings, int days, Terminal terminal, TimeProvider time, CancellationToken cancellationToken)
    {
        var path = Path.Combine(settings.DataDirectory, "demo.json");
        var state = await PrepareAsync(settings.DataDirectory, path, cancellationToken);
        var traffic = Task.CompletedTask;

        // Nothing is said or sent before this server answers: at a taken port the events would reach whoever listens there.
        async Task WelcomeAsync(IServiceProvider services, string listening, CancellationToken stopping)
        {
            var address = LocalAddress(listening);
            await terminal.Out.WriteLineAsync(Welcome(address, state));
            traffic = Task.Run(() => SendAsync(address, path, state, days, terminal, time, stopping), CancellationToken.None);
        }

        var code = await Server.RunAsync(settings with { Ready = WelcomeAsync }, cancellationToken);
        await traffic;
        return code;
    }

    /// <summary>Makes what is missing of the owner and the project; a second start finds everything.</summary>
    internal static async Task<DemoState> PrepareAsync(string dataDirectory, string path, CancellationToken cancellationToken)
    {
        await using var control = ControlData.Open(dataDirectory);
        if (await ReadAsync(path, cancellationToken) is { } known)
        {
            return known;
        }

        string? project = null;
        foreach (var candidate in await control.Projects.ListAsync(cancellationToken))
        {
            if ((await control.Projects.ListKeysAsync(ControlData.IdOf(candidate), cancellationToken)).Any(static k => k.Key == WriteKey))
            {
                project = candidate.Id;
            }
        }

        project ??= ControlData.Require(await control.Projects.CreateAsync(
            new NewProject("Nimbus Notes (demo)", Domains: ["nimbus.example"]), cancellationToken, WriteKey, ReadKey)).Project.Id;
        var password = UserCommands.MakePassword();
        if ((await control.Accounts.ListAsync(cancellationToken)).Any(static u => u.Email == Email))
        {
            ControlData.Require(await control.Accounts.SetPasswordAsync(Email, password, cancellationToken));
        }
        else
        {
            ControlData.Require(await control.Accounts.CreateAsync(Email, "Demo", password, isOperator: true, cancellationToken));
        }

        var state = new DemoState(project, password, null);
        Write(path, state);
        return state;
    }

    internal static async Task<DemoState?> ReadAsync(string path, CancellationToken cancellationToken) => File.Exists(path)
        ? JsonSerializer.Deserialize(await File.ReadAllTextAsync(path, cancellationToken), CliJson.Default.DemoState)
        : null;

    private static async Task SendAsync(
        Uri address, string path, DemoState state, int days, Terminal terminal, TimeProvider time, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(60) };
        var traffic = new DemoTraffic(http, WriteKey, time);
        try
        {
            var now = time.GetUtcNow();
            var oldest = now.AddDays(-days);
            var from = state.SentUntil is { } until && until > oldest ? until : oldest;
            var sent = await traffic.SendHistoryAsync(from, now, at => Write(path, state with { SentUntil = at }), cancellationToken);
            await terminal.Error.WriteLineAsync($"The demo's history is complete ({sent} events sent). Visitors keep coming until you press Ctrl+C.");
            await traffic.TrickleAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The server has stopped.
        }
        catch (CommandFailedException e)
        {
            // The server is of use without the demo's events too.
            await terminal.Error.WriteLineAsync($"headroom: {e.Message}");
        }
    }

    private static void Write(string path, DemoState state)
    {
        var next = path + ".next";
        var rights = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            rights.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var file = new FileStream(next, rights))
        {
            JsonSerializer.Serialize(file, state, CliJson.Default.DemoState);
            file.Flush(flushToDisk: true);
        }

        File.Move(next, path, overwrite: true);
    }

    internal static Uri LocalAddress(string urls)
    {
        var first = urls.Split(';')[0]
            .Replace("//*", "//127.0.0.1", StringComparison.Ordinal)
            .Replace("//+", "//127.0.0.1", StringComparison.Ordinal)
            .Replace("//0.0.0.0", "//127.0.0.1", StringComparison.Ordinal)
            .Replace("//[::]", "//127.0.0.1", StringComparison.Ordinal);
        return new Uri(first);
    }

    /// <summary>What is said first: where it is, how to sign in, and what to paste to send events with each SDK.</summary>
    internal static string Welcome(Uri address, DemoState state)
    {
        var origin = address.GetLeftPart(UriPartial.Authority);
        return $$"""

            Headroom     {{origin}}
            Sign in      {{Email}}  password {{state.Password}}
            Project      {{state.Project}}  write key {{WriteKey}}  read key {{ReadKey}}

            Send your own events, with the SDK you have (Plausible's two send nothing from localhost unless captureOnLocalhost, or
            trackLocalhost of plausible-tracker, is set):

              posthog-js         posthog.init('{{WriteKey}}', { api_host: '{{origin}}' })
              posthog-node       new PostHog('{{WriteKey}}', { host: '{{origin}}' })
              Segment (Node)     new Analytics({ writeKey: '{{WriteKey}}', host: '{{origin}}' })
              Plausible          init({ domain: 'nimbus.example', endpoint: '{{origin}}/api/event' })   @plausible-analytics/tracker
              plausible-tracker  Plausible({ domain: 'nimbus.example', apiHost: '{{origin}}' })
              curl               curl {{origin}}/capture/ -d '{"api_key":"{{WriteKey}}","event":"hello","distinct_id":"me"}'

            """;
    }
}
