namespace Headroom.Bench.Scenarios;

/// <summary>From the start of the process to the first 200 of /health/ready, and the memory of a server that nobody talks to.</summary>
internal static class Start
{
    public static async Task RunAsync(Settings settings, Report report)
    {
        var times = settings.Quick ? 3 : 7;
        var idle = TimeSpan.FromSeconds(settings.Quick ? 5 : 30);

        var first = new List<double>();
        for (var i = 0; i < times; i++)
        {
            await using var server = await ServerProcess.StartAsync();
            first.Add(server.ReadyAfter.TotalMilliseconds);
            if (i == times - 1)
            {
                await Task.Delay(idle);
                report.AddAtMost("new data directory, idle: memory", server.ResidentBytes / 1e6, "MB", 150);
            }
        }

        report.AddAtMost("new data directory: ready after", Feeding.Percentile(first, 50), "ms", 1000);

        // The first one reads the program's files from the disk.
        var demo = new List<double>();
        for (var i = 0; i <= times; i++)
        {
            await using var run = await DemoProcess.StartAsync();
            demo.Add(run.ReadyAfter.TotalMilliseconds);
        }

        report.AddAtMost("./run, warm build: ready after", Feeding.Percentile(demo[1..], 50), "ms", 3000);

        var directory = ServerProcess.NewDirectory();
        try
        {
            await using (var server = await ServerProcess.StartAsync(directory))
            {
                var project = await server.AddProjectAsync("bench");
                await Feeding.RunAsync(server, project, EventShape.Server(), settings.Quick ? 50_000 : 500_000);
            }

            var again = new List<double>();
            for (var i = 0; i < times; i++)
            {
                await using var server = await ServerProcess.StartAsync(directory);
                again.Add(server.ReadyAfter.TotalMilliseconds);
                if (i == times - 1)
                {
                    report.Add("with stored events, at once: memory", server.ResidentBytes / 1e6, "MB");
                    await Task.Delay(idle);
                    report.AddAtMost("with stored events, idle: memory", server.ResidentBytes / 1e6, "MB", 150);
                    var processor = server.ProcessorTime;
                    await Task.Delay(idle);
                    report.Add("idle: processor", (server.ProcessorTime - processor).TotalSeconds / idle.TotalSeconds * 100, "% of one");
                }
            }

            report.AddAtMost("after kill -9, with stored events: ready after", Feeding.Percentile(again, 50), "ms", 1000);
            report.Add("after kill -9, with stored events: slowest", again.Max(), "ms");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
