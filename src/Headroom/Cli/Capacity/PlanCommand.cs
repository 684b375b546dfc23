using System.CommandLine;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Headroom.App.Capacity;
using Headroom.App.Capacity.Planning;

namespace Headroom.Cli.Capacity;

/// <summary><c>headroom plan</c>: what an installation for a load looks like and costs, without one, or from what one has measured.</summary>
internal static class PlanCommand
{
    private const int NameWidth = 24;

    public static Command Build(Terminal terminal)
    {
        var users = Number("--dau", "People or devices of a day.", above: true);
        users.Required = true;
        var events = Number("--events-per-user", "Events of each in a day.", above: true);
        events.Required = true;
        var peak = Number("--peak", "The busiest minute over the mean.", 4, atLeast: 1);
        var retention = new Option<string>("--retention") { Description = "For how long events are kept: days (400d), weeks, months of 30 days or years.", HelpName = "TIME", DefaultValueFactory = static _ => "400d" };
        retention.Validators.Add(result =>
        {
            if (Days(result.Tokens.Count > 0 ? result.Tokens[0].Value : "400d") is null)
            {
                result.AddError($"--retention must be a number of d, w, m or y, as in 400d; it is \"{result.Tokens[0].Value}\".");
            }
        });
        var perRequest = Number("--events-per-request", "Events in a request, as SDKs gather them.", 5, atLeast: 1);
        var bytes = new Option<double?>("--bytes-per-event") { Description = "Bytes of an event in the store. Not given, as measured for 12 properties.", HelpName = "N" };
        bytes.Validators.Add(result => Check(result, "--bytes-per-event", 0, above: true));
        var queries = Number("--queries-per-second", "Queries a second at the peak, those that the cache answers included.", 2, atLeast: 0);
        var queryDays = Number("--query-days", "Days that a query reads, in the mean.", 7, above: true);
        var hits = Number("--cache-hits", "Share of the queries that the cache answers, 0 to 1.", 0.73, atLeast: 0, atMost: 1);
        var provider = new Option<string?>("--provider") { Description = "Machines and prices of one provider: aws, azure, gcp, or one of --prices. Not given, all of them.", HelpName = "NAME" };
        var prices = new Option<string?>("--prices") { Description = "A price table in place of the program's.", HelpName = "FILE" };
        var from = new Option<string?>("--from") { Description = "Plan with what a server has measured: its data directory, or its address with --project and --key.", HelpName = "SOURCE" };
        var project = new Option<string?>("--project") { Description = "With an address: the id of the project \"Headroom: measures\" there.", HelpName = "PROJECT" };
        var key = new Option<string?>("--key") { Description = "With an address: a read key of that project.", HelpName = "hrr_…" };
        var json = CommandLine.JsonOption();
        var command = new Command("plan", """
            Plan an installation for a load: topology, sizes, utilisation, times, what breaks next, and what it costs a month.

            Examples:
              headroom plan --dau 1000000 --events-per-user 40 --peak 4 --retention 400d
              headroom plan --dau 20000 --events-per-user 15 --provider aws --json
              headroom plan --dau 300000 --events-per-user 40 --from http://localhost:8080 --project 2 --key hrr_…
            """)
        { users, events, peak, retention, perRequest, bytes, queries, queryDays, hits, provider, prices, from, project, key, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var table = parsed.GetValue(prices) is { } file ? PriceTable.Read(file) : PriceTable.Default;
            var demands = Demands.Default;
            if (parsed.GetValue(from) is { } source)
            {
                demands = demands.MeasuredBy(await MeasuredReport.FindAsync(source, parsed.GetValue(project), parsed.GetValue(key), cancellationToken));
            }

            if (parsed.GetValue(bytes) is { } eventBytes)
            {
                demands = demands with { EventBytes = eventBytes };
            }

            var plan = new Planner(table).Plan(new PlanRequest
            {
                DailyActiveUsers = parsed.GetValue(users), EventsPerUser = parsed.GetValue(events), Peak = parsed.GetValue(peak), RetentionDays = Days(parsed.GetValue(retention)!)!.Value,
                EventsPerRequest = parsed.GetValue(perRequest), QueriesPerSecond = parsed.GetValue(queries), QueryDays = parsed.GetValue(queryDays), CacheHitRatio = parsed.GetValue(hits),
                Provider = parsed.GetValue(provider), Demands = demands,
            });
            if (parsed.GetValue(json))
            {
                terminal.WriteJson(plan, PlanJson.Default.Plan);
            }
            else
            {
                await terminal.Out.WriteAsync(Text(plan));
            }

            return CommandLine.Done;
        });
        return command;
    }

    /// <returns>Null where it is none.</returns>
    internal static double? Days(string text)
    {
        var unit = text.Length > 0 ? text[^1] : ' ';
        var days = unit switch { 'd' => 1, 'w' => 7, 'm' => 30, 'y' => 365, _ => 0 };
        return days > 0 && double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number > 0 && double.IsFinite(number) ? number * days : null;
    }

    private static Option<double> Number(string name, string description, double? preset = null, double atLeast = 0, bool above = false, double atMost = 1e12)
    {
        var option = new Option<double>(name) { Description = description, HelpName = "N" };
        if (preset is { } value)
        {
            option.DefaultValueFactory = _ => value;
        }

        option.Validators.Add(result => Check(result, name, atLeast, above, atMost));
        return option;
    }

    private static void Check(System.CommandLine.Parsing.OptionResult result, string name, double atLeast, bool above = false, double atMost = 1e12)
    {
        // What is no number is told by the parser.
        if (result.Tokens.Count > 0 && double.TryParse(result.Tokens[0].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            && !(value >= atLeast && value <= atMost && (!above || value > atLeast)))
        {
            result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} must be {(above ? "above" : "at least")} {atLeast} and at most {atMost}; it is {value}."));
        }
    }

    private static string Text(Plan plan)
    {
        var text = new StringBuilder();
        Line($"{plan.Summary}");
        Line($"");
        Line($"Load       {plan.Load.EventsPerDay:N0} events a day, {plan.Load.PeakEventsPerSecond:N0} events/s, {plan.Load.PeakRequestsPerSecond:N0} requests/s and {plan.Load.PeakQueriesPerSecond:0.##} queries/s at the peak");
        Line($"Kept       {plan.Load.StoredEvents:N0} events, {plan.Load.StoredBytes / 1e9:N1} GB; {plan.Load.DiskBytes / 1e9:N0} GB of disk with room to rewrite them");
        foreach (var machine in plan.Machines)
        {
            Line($"{(machine == plan.Machines[0] ? "Machines" : "        ")}   {machine.Count} × {machine.Role}: {machine.Processors} processors, {machine.MemoryGigabytes:0.#} GB of memory, {machine.DiskGigabytes:N0} GB of disk; log {machine.Log}, segments {machine.Storage.Replace('_', ' ')}");
        }

        Line($"");
        Line($"{"part",-NameWidth} {"load/ceiling",12} {"mean",10} {"p99",10}");
        foreach (var part in plan.Parts)
        {
            Line($"{part.Name,-NameWidth} {part.Utilisation,12:P1} {Time(part.Mean),10} {Time(part.P99),10}");
        }

        Line($"");
        Line($"p99        on disk {Time(plan.AcknowledgedP99)}, queryable {Time(plan.QueryableP99)}, query that the cache does not answer {Time(plan.QueryP99)}");
        Line($"");
        Line($"{"breaks next",-NameWidth} {"at times",12} {"events/s",14}  then");
        foreach (var wall in plan.Walls)
        {
            Line($"{wall.Resource,-NameWidth} {wall.Times,12:N1} {wall.EventsPerSecond,14:N0}  {wall.Then}");
        }

        Line($"");
        foreach (var cost in plan.Costs)
        {
            Line($"{cost.Monthly,10:N0} US dollars a month: {string.Join(", ", cost.Lines.Select(static line => string.Create(CultureInfo.InvariantCulture, $"{line.What} {line.Monthly:N0}")))} ({cost.Basis})");
        }

        Lines("Why", plan.Why);
        Lines("Mind", plan.Warnings);
        Lines("It rests on", plan.Assumptions);
        return text.ToString();

        void Lines(string title, IReadOnlyList<string> lines)
        {
            if (lines.Count > 0)
            {
                Line($"");
                Line($"{title}");
                foreach (var line in lines)
                {
                    Line($"- {line}");
                }
            }
        }

        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }

    private static string Time(double? seconds) => seconds switch
    {
        null => "-",
        < 0.001 => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1e6:0} µs"),
        < 1 => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1e3:0.0} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s"),
    };
}
