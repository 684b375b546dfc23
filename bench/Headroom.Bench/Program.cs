using Headroom.Bench;
using Headroom.Bench.Faults;
using Headroom.Bench.Scenarios;

const string Usage = """
    usage: ./bench/run NAME [--quick] [--only NAME] [--events N] [--minutes N] [--rate N] [--json FILE] [--svg FILE] [--keep DIR] [--to FILE]
           ./bench/run faults [--quick] [--seed N] [--rounds N] [--pairs N] [--only NAME] [--report FILE]

      capture      durable single-event and batched capture beside a bare endpoint, and latency by the clock
      ingest       sustained end to end, acknowledged until queryable; bytes on disk; growth; and `wide`
      wide         the same events with 50 and with 1,000 distinct properties in the project
      freshness    from the acknowledgement to the query result, at half capacity
      start        time to ready and idle memory
      import       rows a second of `headroom import`
      query        each insight beside DuckDB, ClickHouse and PostgreSQL, and dashboards while events arrive
      overload     ten times what the server takes, for a minute, and what comes after
      soak         an hour at 60 % with queries: fails where memory, handles or times grow
      ramp         whether the headroom that is told is true: one resource made scarce at a time
      model        whether the network of queues that plans are made with is like the server
      move         a server is moved while it works: what waits, what fails, how long each part takes
      measuring    what it costs that the server measures itself: in turns with and without
      scale        what each engine past one machine costs, and each process more, in processor seconds
      faults       what is lost, told and disturbed when something breaks: one fault at a time, then random pairs

    --quick        under a minute, to see that it works; not for comparing
    --events N     how many events to store (ingest: 2,000,000; import, scale: 1,000,000; query: 10,000,000; move: 5,000,000)
    --json FILE    the figures as JSON too
    --keep DIR     query: what is generated and loaded stays here for the next run
    --minutes N    soak: for how long (60; 2 with --quick)
    --rate N       soak: events a second, instead of 60 % of what is measured first; move: events a second (2,000)
    --to FILE      move: the settings to move to, instead of everything embedded; "components" starts PostgreSQL, S3 and Kafka and moves there
    --svg FILE     soak: where the picture goes (soak.svg)
    --seed N       faults: of the random choices; without it another one each time, which is printed
    --rounds N     faults: how often each is tried (1)
    --pairs N      faults: how many random pairs are tried at the end (6)
    --only NAME    faults, ramp, capture: only those with this in their names
    --report FILE  faults: the table in Markdown
    """;

if (args is ["bare", var address])
{
    await BareEndpoint.RunAsync(address);
    return 0;
}

var scenarios = new Dictionary<string, Func<Settings, Report, Task>>
{
    ["capture"] = Capture.RunAsync,
    ["ingest"] = Ingest.RunAsync,
    ["wide"] = Wide.RunAsync,
    ["freshness"] = Freshness.RunAsync,
    ["start"] = Start.RunAsync,
    ["import"] = Import.RunAsync,
    ["query"] = Query.RunAsync,
    ["overload"] = Overload.RunAsync,
    ["soak"] = Soak.RunAsync,
    ["ramp"] = Ramp.RunAsync,
    ["model"] = Model.RunAsync,
    ["measuring"] = Measuring.RunAsync,
    ["scale"] = ScaleOut.RunAsync,
    ["move"] = Move.RunAsync,
};

if (args is [] or ["--help" or "-h"])
{
    Console.WriteLine(Usage);
    return args.Length == 0 ? 2 : 0;
}

Settings settings;
try
{
    settings = Settings.Parse(args);
}
catch (FormatException e)
{
    Console.Error.WriteLine($"{e.Message}\n\n{Usage}");
    return 2;
}

if (settings.Name == "faults")
{
    return await Laboratory.RunAsync(settings);
}

if (!scenarios.TryGetValue(settings.Name, out var run))
{
    Console.Error.WriteLine($"There is no benchmark \"{settings.Name}\".\n\n{Usage}");
    return 2;
}

var report = new Report(settings.Name, settings.Quick, TimeProvider.System.GetUtcNow(), Path.GetTempPath());
await run(settings, report);
report.Print(Console.Out);
if (settings.JsonFile is { } file)
{
    await report.WriteJsonAsync(file);
}

return report.HasFailed ? 1 : 0;
