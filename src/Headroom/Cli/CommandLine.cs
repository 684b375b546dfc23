// Exit codes: 0 done, 1 failed (the reason is on the error stream), 2 the command line itself is wrong.

using System.CommandLine;
using System.Net.Sockets;
using Headroom.Cli.Capacity;

namespace Headroom.Cli;

/// <summary>The commands of the executable.</summary>
internal static class CommandLine
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int Usage = 2;

    public static Option<string> DataOption() => new("--data")
    {
        Description = "The data directory. Not given, it is the setting Headroom:DataDirectory.",
        HelpName = "DIR",
        DefaultValueFactory = static _ => DataDirectory.Find(AppContext.BaseDirectory, []),
    };

    public static Option<bool> JsonOption() => new("--json") { Description = "Answer in JSON, for scripts." };

    public static async Task<int> RunAsync(string[] arguments, Terminal terminal, CancellationToken cancellationToken)
    {
        var parsed = Build(terminal).Parse(arguments);
        var configuration = new InvocationConfiguration
        {
            Output = terminal.Out,
            Error = terminal.Error,
            EnableDefaultExceptionHandler = false,
        };
        if (parsed.CommandResult.Command.Name is "serve" or "demo")
        {
            // The host has its own limit for stopping. The default is an end after two seconds, whatever is still under way.
            configuration.ProcessTerminationTimeout = TimeSpan.FromHours(1);
        }

        if (parsed.Errors.Count > 0)
        {
            await parsed.InvokeAsync(configuration, cancellationToken);
            return Usage;
        }

        try
        {
            return await parsed.InvokeAsync(configuration, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            await terminal.Error.WriteLineAsync("headroom: stopped.");
            return Failed;
        }
        catch (Exception e) when (e is CommandFailedException or IOException or UnauthorizedAccessException or HttpRequestException or SocketException
            or InvalidOperationException or InvalidDataException or NotSupportedException or Microsoft.Extensions.Options.OptionsValidationException or System.Data.Common.DbException)
        {
            await terminal.Error.WriteLineAsync($"headroom: {e.Message}");
            return e is CommandFailedException failed ? failed.ExitCode : Failed;
        }
    }

    internal static RootCommand Build(Terminal terminal)
    {
        var root = new RootCommand("Headroom: self-hosted, real-time event analytics in one process.")
        {
            ServeCommands.Serve(),
            ServeCommands.Demo(terminal),
            ImportCommand.Build(terminal),
            ExportCommand.Build(terminal),
            BackupCommands.Backup(terminal),
            BackupCommands.Restore(terminal),
            MoveCommand.Build(terminal, TimeProvider.System),
            DoctorCommand.Build(terminal, TimeProvider.System),
            CalibrateCommand.Build(terminal, TimeProvider.System),
            ReplayCommand.Build(terminal, TimeProvider.System),
            PlanCommand.Build(terminal),
            ProjectCommands.Build(terminal),
            UserCommands.Build(terminal),
            Version(terminal),
        };
        root.Options.Remove(root.Options.Single(static option => option is VersionOption));
        return root;
    }

    private static Command Version(Terminal terminal)
    {
        var version = new Command("version", "Print the version.");
        version.SetAction(_ =>
        {
            terminal.Out.WriteLine(ProductVersion.Text);
            return Done;
        });
        return version;
    }
}
