namespace Headroom.Bench.Scenarios;

/// <summary>What many distinct properties in a project cost: the same events with 50 and with 1,000, turn by turn.</summary>
internal static class Wide
{
    private const long WarmUp = 100_000;
    private const int Few = 50;
    private const int Many = 1_000;

    public static async Task RunAsync(Settings settings, Report report)
    {
        var events = Math.Min(settings.Events ?? long.MaxValue, settings.Quick ? 100_000 : 1_000_000);
        var turns = settings.Quick ? 1 : 3;
        var few = new List<(double Rate, double Processor)>();
        var many = new List<(double Rate, double Processor)>();
        for (var i = 0; i < turns; i++)
        {
            few.Add(await MeasureAsync(Few, events));
            many.Add(await MeasureAsync(Many, events));
        }

        var (narrow, wide) = (Feeding.Percentile(few.Select(static one => one.Rate), 50), Feeding.Percentile(many.Select(static one => one.Rate), 50));
        report.Add($"{Few} distinct properties", narrow, "events/s");
        report.Add($"{Few} distinct properties: processor", Feeding.Percentile(few.Select(static one => one.Processor), 50), "µs/event");
        report.Add($"{Many:#,0} distinct properties", wide, "events/s");
        report.Add($"{Many:#,0} distinct properties: processor", Feeding.Percentile(many.Select(static one => one.Processor), 50), "µs/event");
        report.AddAtLeast($"{Many:#,0} over {Few} distinct properties", wide / narrow, "", 0.9);
    }

    private static async Task<(double Rate, double Processor)> MeasureAsync(int distinct, long events)
    {
        await using var server = await ServerProcess.StartAsync();
        var project = await server.AddProjectAsync("bench");
        var shape = EventShape.WideServer(distinct);
        await Feeding.RunAsync(server, project, shape, WarmUp);
        var processor = server.ProcessorTime;
        var fed = await Feeding.RunAsync(server, project, shape, events);
        return (fed.EventsPerSecond, (server.ProcessorTime - processor).TotalMicroseconds / fed.Events);
    }
}
