using System.CommandLine;
using System.Globalization;
using Headroom.Cli.Backups;
using Headroom.Core;
using Headroom.Scale.S3;

namespace Headroom.Cli;

/// <summary><c>headroom backup</c> and <c>headroom restore</c>.</summary>
internal static class BackupCommands
{
    public static Command Backup(Terminal terminal)
    {
        var directory = new Argument<string>("DIR") { Description = "The backup: a new directory, or that of the backup before." };
        var data = CommandLine.DataOption();
        var log = LogOption("The event log's directory. Not given, it is the setting Headroom:Log:Directory, else log in the data directory.");
        var verify = new Option<bool>("--verify") { Description = "Read the backup in DIR and compare all checksums; nothing is written." };
        var json = CommandLine.JsonOption();
        var command = new Command("backup", """
            Back the data directory up, also while a server runs on it. A backup into the same directory again copies what is new.

            It holds every event, the hashes of passwords and the keys. Its files are readable for their owner only: keep copies as private.

            Examples:
              headroom backup /backup/headroom
              headroom backup /backup/headroom --data /var/lib/headroom --json
              headroom backup /backup/headroom --verify
            """)
        { directory, data, log, verify, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var target = Full(parsed.GetValue(directory)!);
            if (parsed.GetValue(verify))
            {
                return await VerifyAsync(terminal, target, parsed.GetValue(json), cancellationToken);
            }

            var source = Full(parsed.GetValue(data)!);
            if (DataDirectory.Settings(AppContext.BaseDirectory, [])["Headroom:Catalog"] is { } catalog and not "sqlite")
            {
                throw new CommandFailedException(
                    $"Headroom:Catalog is \"{catalog}\": projects, users and dashboards are not in {source}, and a backup without them would be of no use. "
                    + "Back the database up with PostgreSQL's own means (pg_dump, continuous archiving, snapshots of Aurora); docs/operate.md says what else there is to copy.");
            }

            var logs = Full(parsed.GetValue(log) ?? DataDirectory.FindLog(AppContext.BaseDirectory, source));
            await using var storage = new ServiceCollection().AddObjectStorage(DataDirectory.Settings(AppContext.BaseDirectory)).BuildServiceProvider();
            var report = await BackupProgress.ShowAsync(
                terminal, "Backing up",
                progress => new Backup(target, source, logs, TimeProvider.System, progress, cancellationToken, storage.GetService<IObjectStore>()).RunAsync());
            if (parsed.GetValue(json))
            {
                terminal.WriteJson(report, CliJson.Default.BackupReport);
                return CommandLine.Done;
            }

            await terminal.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"""
                Backup   {report.Backup}  (as of {report.TakenAt:yyyy-MM-dd HH:mm:ss} UTC)
                Files    {report.Files:N0}, {Megabytes(report.Bytes)}
                Copied   {report.CopiedFiles:N0}, {Megabytes(report.CopiedBytes)}
                Removed  {report.RemovedFiles:N0} files of earlier backups
                Time     {report.Seconds:N1} s

                It holds every event, the hashes of passwords and the keys. Its files are readable for their owner only: keep copies as private.
                """));
            return CommandLine.Done;
        });
        return command;
    }

    public static Command Restore(Terminal terminal)
    {
        var directory = new Argument<string>("DIR") { Description = "The backup." };
        var data = new Option<string>("--data") { Description = "The data directory to make: new, or empty.", HelpName = "DIR", Required = true };
        var log = LogOption("Where the event log goes. Not given, it is the setting Headroom:Log:Directory, else log in the data directory.");
        var json = CommandLine.JsonOption();
        var command = new Command("restore", """
            Make a data directory of a backup. Every checksum is compared while copying; nothing that is there is overwritten.

            Examples:
              headroom restore /backup/headroom --data /var/lib/headroom-restored
              headroom restore /backup/headroom --data /tmp/try --log /tmp/try/log && headroom serve --data /tmp/try --urls http://127.0.0.1:9000
            """)
        { directory, data, log, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var target = Full(parsed.GetValue(data)!);
            var logs = Full(parsed.GetValue(log) ?? DataDirectory.FindLog(AppContext.BaseDirectory, target));
            var report = await BackupProgress.ShowAsync(terminal, "Restoring", progress =>
                Task.FromResult(new Restore(Full(parsed.GetValue(directory)!), progress, cancellationToken).Run(target, logs)));
            if (parsed.GetValue(json))
            {
                terminal.WriteJson(report, CliJson.Default.RestoreReport);
                return CommandLine.Done;
            }

            await terminal.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"""
                Restored  {report.Data}  (as of {report.TakenAt:yyyy-MM-dd HH:mm:ss} UTC, by version {report.Product})
                Files     {report.Files:N0}, {Megabytes(report.Bytes)}, every checksum right
                Time      {report.Seconds:N1} s

                Start it with: headroom serve --data {report.Data}
                Persons who were deleted after the backup are there again, and sessions, keys and passwords are those of then.
                """));
            return CommandLine.Done;
        });
        return command;
    }

    private static async Task<int> VerifyAsync(Terminal terminal, string directory, bool json, CancellationToken cancellationToken)
    {
        var report = await BackupProgress.ShowAsync(terminal, "Checking", progress => Task.FromResult(new Restore(directory, progress, cancellationToken).Verify()));
        if (json)
        {
            terminal.WriteJson(report, CliJson.Default.VerifyReport);
        }
        else
        {
            await terminal.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"""
                Backup   {report.Backup}  (as of {report.TakenAt:yyyy-MM-dd HH:mm:ss} UTC, by version {report.Product})
                Files    {report.Files:N0}, {Megabytes(report.Bytes)}
                Damaged  {report.Damaged.Count:N0}
                Time     {report.Seconds:N1} s
                """));
        }

        foreach (var damaged in report.Damaged)
        {
            await terminal.Error.WriteLineAsync($"headroom: {damaged}");
        }

        return report.Damaged.Count == 0 ? CommandLine.Done : CommandLine.Failed;
    }

    private static Option<string?> LogOption(string description) => new("--log") { Description = description, HelpName = "DIR" };

    private static string Full(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));

    private static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:N1} MB");
}
