using System.CommandLine;
using System.Globalization;
using Headroom.App.Capacity;
using Headroom.App.Capacity.Planning;

namespace Headroom.Cli.Capacity;

/// <summary><c>headroom doctor</c>: how much headroom is left, for people and for scripts. The exit code is the severity.</summary>
internal static class DoctorCommand
{
    /// <summary>Act now: something is not well, or there is next to no headroom, or nobody answers.</summary>
    public const int ActNow = 2;

    /// <summary>Age of a report past which its server does not run, or does not get on.</summary>
    private static readonly TimeSpan Stale = TimeSpan.FromMinutes(3);

    public static Command Build(Terminal terminal, TimeProvider time)
    {
        var data = CommandLine.DataOption();
        var url = new Option<string?>("--url") { Description = "A running server elsewhere, instead of --data; with --key.", HelpName = "URL" };
        var project = new Option<string?>("--project") { Description = "With --url: the id of its project \"Headroom: measures\".", HelpName = "PROJECT" };
        var key = new Option<string?>("--key") { Description = "With --url: a read key of that project.", HelpName = "hrr_…" };
        var json = CommandLine.JsonOption();
        var command = new Command("doctor", """
            Say how much headroom is left, what breaks first, when, and the cheapest next step.

            The exit code is 0 where all is well, 1 where it should be looked at soon (headroom below 2, a wall or a
            full disk within 30 days), and 2 where something is to be done now: a part is not well, headroom below 1.2,
            a wall within a week, or no report of the last minutes. It reads what the server has written into its data
            directory, so it answers also when the server does not.

            Examples:
              headroom doctor --data /var/lib/headroom
              headroom doctor --url https://headroom.example.org --project 2 --key hrr_… --json
            """)
        { data, url, project, key, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            CapacityReport report;
            try
            {
                report = await MeasuredReport.FindAsync(parsed.GetValue(url) ?? parsed.GetValue(data)!, parsed.GetValue(project), parsed.GetValue(key), cancellationToken);
            }
            catch (CommandFailedException e)
            {
                throw new CommandFailedException(e.Message, ActNow);
            }

            if (parsed.GetValue(json))
            {
                terminal.WriteJson(report, PlanJson.Default.CapacityReport);
            }
            else
            {
                Write(terminal.Out, report);
            }

            var age = time.GetUtcNow() - report.At;
            if (age > Stale)
            {
                await terminal.Error.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture, $"headroom: the report is {age.TotalMinutes:0} minutes old: the server does not run, or does not get on."));
                return ActNow;
            }

            return report.Severity;
        });
        return command;
    }

    internal static void Write(TextWriter to, CapacityReport report)
    {
        to.WriteLine(Text($"{report.At:yyyy-MM-dd HH:mm:ss} UTC: {(report.Severity switch { 0 => "well", 1 => "look at it soon", _ => "act now" })}"));
        to.WriteLine(report.Summary);
        to.WriteLine();
        foreach (var problem in report.Problems)
        {
            to.WriteLine($"  NOT WELL  {problem}");
        }

        foreach (var flow in report.Flows)
        {
            to.WriteLine(Text($"  {flow.Flow,-8} {Flow(flow)}{(flow.P99 is { } slow ? Text($"; 99 of 100 are answered within {1000 * slow:0.#} ms") : "")}"));
        }

        // A report of a version that knew one process only says of no resource whose it is.
        foreach (var ofProcess in report.Resources.GroupBy(static resource => resource.Process))
        {
            to.WriteLine();
            if (report.Processes.Count > 1 && report.Processes.FirstOrDefault(process => process.Name == ofProcess.Key) is { } process)
            {
                to.WriteLine(Text($"  {process.Name}: {string.Join(", ", process.Roles)} with {process.Processors} processors"));
            }

            to.WriteLine("  resource        in use  waiting");
            foreach (var resource in ofProcess)
            {
                to.WriteLine(Text($"  {resource.Name,-15} {resource.Utilisation,6:0.0%}  {resource.Saturation:0.##} {resource.SaturationUnit}{(resource.Headroom is { } times ? Text($", takes {times:0.0} times as much") : "")}"));
            }
        }

        foreach (var wall in report.Walls)
        {
            to.WriteLine();
            to.WriteLine(wall.Median is { } median
                ? Text($"  {wall.Flow} meets its wall, {CapacityReportFile.Words(wall.Resource)}, about {median:yyyy-MM-dd} ({Day(wall.Early)} to {Day(wall.Late)}). {wall.Basis}")
                : $"  {wall.Flow}: no wall in sight. {wall.Basis}");
        }

        foreach (var piece in report.Advice)
        {
            to.WriteLine();
            to.WriteLine(Text($"  Next: {piece.Title}{(piece.MonthlyCost is { } cost ? Text($" (${cost:0} a month)") : "")}"));
            to.WriteLine($"    {piece.Because}");
            foreach (var change in piece.Expected)
            {
                to.WriteLine(Text($"    expected: {change.Measure} from {change.Before:0.####} to {change.After:0.####} {change.Unit}"));
            }

            foreach (var how in piece.How)
            {
                to.WriteLine($"    - {how}");
            }
        }

        foreach (var mistake in report.Mistakes)
        {
            to.WriteLine();
            to.WriteLine($"  Would not help: {mistake.Title}. {mistake.Because}");
        }
    }

    private static string Flow(FlowHeadroom flow)
    {
        var days = flow.DaysLeft is { } left ? Text($"; full in {left.Value:0} days ({left.Low:0} to {left.High:0})") : "";
        if (flow.Flow == Headroom.App.Capacity.Flow.Storage)
        {
            return Text($"{flow.Load / 1e6:0} MB of {flow.Ceiling?.Value / 1e6:0} MB{days}");
        }

        return flow is { Ceiling: { } ceiling, Binding: { } binding }
            ? Text($"{flow.Load:0.#} of {ceiling.Value:0} {flow.Unit} ({ceiling.Low:0} to {ceiling.High:0}){(flow.Headroom is { } times ? Text($", {times.Value:0.0} times") : "")}; first breaks {CapacityReportFile.Words(binding)}; {flow.Basis}")
            : Text($"{flow.Load:0.#} {flow.Unit}; not enough load to say more (headroom calibrate measures it)");
    }

    private static string Day(DateOnly? day) => day is { } known ? Text($"{known:yyyy-MM-dd}") : "later than two years";

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
