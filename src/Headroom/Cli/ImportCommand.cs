using System.CommandLine;
using System.Globalization;
using Headroom.App.Importing;
using Headroom.App.Projects;
using Headroom.Cli.Importing;
using Spectre.Console;

namespace Headroom.Cli;

/// <summary><c>headroom import FILE</c>: sends history to a running server.</summary>
internal static class ImportCommand
{
    public static Command Build(Terminal terminal)
    {
        var file = new Argument<string>("FILE") { Description = "The file, plain or gzip; - for the standard input." };
        var url = new Option<string>("--url") { Description = "The running server.", HelpName = "URL", DefaultValueFactory = static _ => "http://localhost:8080" };
        var key = new Option<string?>("--key") { Description = "The project's write key. Without it --data and --project are used.", HelpName = "hrw_…" };
        var project = new Option<string?>("--project") { Description = "The project's id, or its name with --data.", HelpName = "PROJECT" };
        var readKey = new Option<string?>("--read-key") { Description = "With --key and --project: to learn the duplicates from the ledger.", HelpName = "hrr_…" };
        var data = CommandLine.DataOption();
        var format = new Option<string?>("--format") { Description = "ndjson, csv or log (nginx or Apache, combined). Default: by the first line.", HelpName = "FORM" };
        format.AcceptOnlyFromAmong("ndjson", "csv", "log");
        var map = new Option<string[]>("--map") { Description = "CSV: which column is event, distinct_id, timestamp, uuid; all others are properties.", HelpName = "FIELD=COLUMN,…" };
        var delimiter = new Option<char?>("--delimiter") { Description = "CSV: what separates columns. Default: by the header.", HelpName = "CHAR" };
        var eventName = new Option<string?>("--event") { Description = "The event's name for CSV without such a column, and for access logs ($pageview).", HelpName = "NAME" };
        var site = new Option<string?>("--site") { Description = "Access logs: what comes before the path, such as https://example.com.", HelpName = "URL" };
        var anew = new Option<bool>("--no-checkpoint") { Description = "Neither read nor write FILE.headroom-import, by which an interrupted import goes on." };
        var json = CommandLine.JsonOption();
        var command = new Command("import", """
            Send events of the past to a running server. The same rows again count as duplicates.

            Examples:
              headroom import events.ndjson.gz --data ./data --project Shop
              headroom import sales.csv --key hrw_… --event purchase --map distinct_id=customer,timestamp=sold_at
              zcat -f /var/log/nginx/access.log* | headroom import - --key hrw_… --site https://shop.example
            """)
        { file, url, key, project, readKey, data, format, map, delimiter, eventName, site, anew, json };
        command.Validators.Add(result =>
        {
            if (result.GetValue(key) is null && result.GetValue(project) is null)
            {
                result.AddError("Say where to: --key with a write key, or --project with a project of the data directory.");
            }

            if (result.GetValue(url) is { } given && (!Uri.TryCreate(given, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https")))
            {
                result.AddError("--url must be an address such as http://localhost:8080.");
            }

            if (result.GetValue(map) is { } mapping && mapping.SelectMany(static m => m.Split(',')).Any(static m => m.IndexOf('=', StringComparison.Ordinal) <= 0))
            {
                result.AddError("--map is FIELD=COLUMN, several separated by commas.");
            }
            else if (result.GetValue(map)?.SelectMany(static m => m.Split(',')).Select(static m => m.Split('=')[0].Trim()).FirstOrDefault(static f => !ImportSettings.Fields.Contains(f)) is { } field)
            {
                result.AddError($"--map knows event, distinct_id, timestamp and uuid, not \"{field}\".");
            }
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var settings = new ImportSettings(
                ImportSettings.FormOf(parsed.GetValue(format)),
                (parsed.GetValue(map) ?? []).SelectMany(static m => m.Split(',')).Select(static m => m.Split('=', 2)).ToDictionary(static m => m[0].Trim(), static m => m[1].Trim()),
                parsed.GetValue(delimiter), parsed.GetValue(eventName), parsed.GetValue(site));
            var keep = !parsed.GetValue(anew);
            await using var input = await ImportFile.OpenAsync(parsed.GetValue(file)!, terminal, cancellationToken);
            var address = new Uri(parsed.GetValue(url)!);
            ImportReport report;
            if (parsed.GetValue(key) is { } writeKey)
            {
                report = await RunAsync(terminal, input, settings, keep, new ImportTarget(address, writeKey, parsed.GetValue(project), parsed.GetValue(readKey)), cancellationToken);
            }
            else
            {
                await using var control = ControlData.Open(parsed.GetValue(data)!);
                var found = await control.FindProjectAsync(parsed.GetValue(project)!, cancellationToken);
                var known = await control.WriteKeyAsync(found, cancellationToken);
                var lent = await control.LendReadKeyAsync(found, "headroom import (temporary)", cancellationToken);
                try
                {
                    report = await RunAsync(terminal, input, settings, keep, new ImportTarget(address, known, found.Id, lent.Key), cancellationToken);
                }
                finally
                {
                    await control.ReturnKeyAsync(found, lent);
                }
            }

            await PrintAsync(terminal, report, parsed.GetValue(json));
            return CommandLine.Done;
        });
        return command;
    }

    private static async Task<ImportReport> RunAsync(
        Terminal terminal, ImportFile file, ImportSettings settings, bool keepCheckpoint, ImportTarget target, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromMinutes(2) };
        var importer = new Importer(file, settings, keepCheckpoint, target, new ImportClient(http, target, TimeProvider.System), TimeProvider.System);
        if (!terminal.Interactive)
        {
            return await importer.RunAsync(cancellationToken);
        }

        return await terminal.Ansi.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async progress =>
            {
                var bar = progress.AddTask("Importing", maxValue: 1);
                bar.IsIndeterminate = file.Path is null;
                var running = importer.RunAsync(cancellationToken);
                using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
                while (!running.IsCompleted)
                {
                    bar.Value = file.Fraction;
                    bar.Description = string.Create(CultureInfo.InvariantCulture, $"{importer.Rows:N0} rows");
                    await Task.WhenAny(running, timer.WaitForNextTickAsync(CancellationToken.None).AsTask());
                }

                bar.Value = 1;
                return await running;
            });
    }

    private static async Task PrintAsync(Terminal terminal, ImportReport report, bool json)
    {
        if (json)
        {
            terminal.WriteJson(report, CliJson.Default.ImportReport);
            return;
        }

        await terminal.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"""
            Rows        {report.Rows:N0}{(report.Resumed > 0 ? $", of which {report.Resumed:N0} were done before" : "")}
            Taken       {report.Taken:N0}
            Refused     {report.Refused:N0}
            Duplicates  {(report.Duplicates is { } known ? known.ToString("N0", CultureInfo.InvariantCulture) : "not known; they are within Taken (give --project and --read-key to learn them)")}
            Time        {report.Seconds:N1} s, {report.RowsPerSecond:N0} rows/s
            """));
        foreach (var row in report.Refusals)
        {
            await terminal.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"line {row.Line}: {row.Reason}"));
        }

        if (report.Refused > report.Refusals.Count)
        {
            await terminal.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"Only the first {report.Refusals.Count} refusals of {report.Refused:N0} are shown."));
        }
    }
}
