using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Headroom.Bench.Scenarios;

/// <summary>Rows a second of <c>headroom import</c>, from the start of the process until it ends with everything taken, into a server that runs beside it.</summary>
internal static class Import
{
    private static readonly TimeSpan s_settle = TimeSpan.FromMinutes(3);

    public static async Task RunAsync(Settings settings, Report report)
    {
        var rows = (int)(settings.Events ?? (settings.Quick ? 100_000 : 1_000_000));
        var directory = ServerProcess.NewDirectory();
        try
        {
            var lines = Path.Combine(directory, "events.ndjson");
            await using (var file = File.Create(lines))
            {
                EventShape.Server().WriteLines(file, rows, TimeProvider.System.GetUtcNow());
            }

            await MeasureAsync("newline-delimited JSON, 12 properties", lines);
            File.Delete(lines);

            var table = Path.Combine(directory, "events.csv");
            await using (var file = File.Create(table))
            {
                WriteCsv(file, rows, TimeProvider.System.GetUtcNow());
            }

            await MeasureAsync("CSV with a column mapping, 8 columns", table, "--event", "purchase", "--map", "distinct_id=customer,timestamp=sold_at");
            File.Delete(table);

            var log = Path.Combine(directory, "access.log.gz");
            await using (var file = File.Create(log))
            await using (var gzip = new GZipStream(file, CompressionLevel.Fastest))
            {
                WriteAccessLog(gzip, rows, TimeProvider.System.GetUtcNow());
            }

            await MeasureAsync("access log, gzip", log);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }

        async Task MeasureAsync(string name, string file, params string[] more)
        {
            var data = Directory.CreateDirectory(Path.Combine(directory, "data-" + Path.GetFileName(file))).FullName;
            var project = await ServerProcess.AddProjectAsync("bench", data);
            await using var server = await ServerProcess.StartAsync(data);
            var start = Stopwatch.GetTimestamp();
            var (exitCode, output) = await ServerProcess.RunAsync(["import", file, "--project", project.Id, "--data", data, "--url", server.Address, .. more]);
            var elapsed = Stopwatch.GetElapsedTime(start);
            if (exitCode != 0)
            {
                throw new InvalidOperationException($"import ended with {exitCode}:\n{output}");
            }

            report.AddAtLeast(name, rows / elapsed.TotalSeconds, "rows/s", 100_000);
            await server.DrainAsync(project, s_settle);
            report.Add($"{name}, until queryable", rows / Stopwatch.GetElapsedTime(start).TotalSeconds, "rows/s");
        }
    }

    private static void WriteCsv(Stream to, int rows, DateTimeOffset now)
    {
        string[] countries = ["DE", "FR", "US", "JP", "BR"];
        var random = new Randomness(7);
        using var writer = new StreamWriter(to, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
        writer.WriteLine("sold_at,customer,order,amount,currency,items,country,note");
        var first = now.AddSeconds(-rows / 100.0);
        for (var i = 0; i < rows; i++)
        {
            writer.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{first.AddSeconds(i / 100.0):yyyy-MM-dd'T'HH:mm:ss.fff'Z'},customer-{random.Next(100_000)},ord_{i:00000000},{random.Next(1_000)}.{random.Next(90) + 10},EUR,{random.Next(9) + 1},{random.Pick<string>(countries)},\"by post, {random.Next(9)} days\""));
        }
    }

    private static void WriteAccessLog(Stream to, int rows, DateTimeOffset now)
    {
        string[] paths = ["/", "/pricing", "/docs", "/blog/headroom", "/assets/app.js", "/api/items?page=2"];
        string[] agents = ["Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"];
        var random = new Randomness(9);
        using var writer = new StreamWriter(to, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
        var first = now.AddSeconds(-rows / 100.0);
        for (var i = 0; i < rows; i++)
        {
            var at = first.AddSeconds(i / 100.0).ToString("dd/MMM/yyyy:HH:mm:ss", CultureInfo.InvariantCulture);
            writer.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"10.{random.Next(4)}.{random.Next(200)}.{random.Next(250)} - - [{at} +0000] \"GET {random.Pick<string>(paths)} HTTP/1.1\" 200 {random.Next(50_000)} \"https://example.com/\" \"{random.Pick<string>(agents)}\""));
        }
    }
}
