using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Headroom.App.Importing;
using Headroom.Cli;
using Headroom.Cli.Importing;
using Xunit;

namespace Headroom.Tests.Cli;

public sealed class ImporterTests : IDisposable
{
    private static readonly ImportSettings Default = new(null, new Dictionary<string, string>(), null, null, null);
    private readonly string _directory = Directory.CreateTempSubdirectory("headroom-import-").FullName;
    private readonly FakeServer _server = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_good_row_arrives_once_and_every_bad_one_is_named(bool packed)
    {
        var file = Write("events.ndjson", packed, [.. Rows(5000), "{broken", "", .. Rows(10, 5000)]);

        var report = await ImportAsync(file);

        Assert.Equal((5012, 5010, 1), (report.Rows, report.Taken, report.Refused));
        Assert.Equal(new RefusedRow(5001, "It is not valid JSON."), Assert.Single(report.Refusals));
        Assert.Equal(0, report.Duplicates);
        Assert.Equal(Enumerable.Range(0, 5010), _server.Events.Select(e => (int)e["properties"]!["n"]!).Order());
        Assert.All(_server.Batches, b => Assert.True((bool)b["historical_migration"]!));
    }

    [Fact]
    public async Task The_same_rows_again_are_duplicates()
    {
        var file = Write("events.ndjson", false, [.. Rows(3000)]);
        await ImportAsync(file);

        var report = await ImportAsync(file);

        Assert.Equal((0, 3000), (report.Taken, report.Duplicates!.Value));
        Assert.Equal(3000, _server.Stored);
    }

    [Fact]
    public async Task A_packed_or_longer_copy_has_the_same_rows()
    {
        await ImportAsync(Write("access.ndjson", false, [.. Rows(100)]));

        var report = await ImportAsync(Write("access.ndjson.1.gz", true, [.. Rows(150)]));

        Assert.Equal((50, 100), (report.Taken, report.Duplicates!.Value));
    }

    [Fact]
    public async Task Two_equal_lines_are_two_events()
    {
        var line = Rows(1).Single();

        var report = await ImportAsync(Write("events.ndjson", false, line, line));

        Assert.Equal(2, report.Taken);
    }

    [Fact]
    public async Task An_interrupted_import_goes_on_where_it_stopped_and_loses_nothing()
    {
        var file = Write("events.ndjson", false, [.. Rows(30_000)]);
        _server.FailAfterBatches = 6;
        await Assert.ThrowsAsync<CommandFailedException>(() => ImportAsync(file));
        Assert.True(File.Exists(file + ".headroom-import"));
        _server.FailAfterBatches = null;

        var report = await ImportAsync(file);

        Assert.InRange(report.Resumed, 1, 29_999);
        Assert.Equal(30_000, report.Rows);
        Assert.Equal(30_000, _server.Stored);
        Assert.False(File.Exists(file + ".headroom-import"));
    }

    [Fact]
    public async Task A_checkpoint_of_another_file_or_target_is_not_taken()
    {
        var file = Write("events.ndjson", false, [.. Rows(30_000)]);
        _server.FailAfterBatches = 6;
        await Assert.ThrowsAsync<CommandFailedException>(() => ImportAsync(file));
        _server.FailAfterBatches = null;

        Assert.Equal(0, (await ImportAsync(file, key: "hrw_other")).Resumed);
    }

    [Fact]
    public async Task A_checkpoint_of_a_newer_version_is_refused()
    {
        var file = Write("events.ndjson", false, [.. Rows(10)]);
        await File.WriteAllTextAsync(file + ".headroom-import", """{"source":"","target":"","rows":0,"sent":0,"refused":0,"format":2}""", TestContext.Current.CancellationToken);

        var refused = await Assert.ThrowsAsync<CommandFailedException>(() => ImportAsync(file));

        Assert.Contains("has format 2", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_busy_server_is_waited_for()
    {
        _server.BusyAnswers = 5;

        var report = await ImportAsync(Write("events.ndjson", false, [.. Rows(10)]));

        Assert.Equal(10, report.Taken);
        Assert.Equal(0, _server.BusyAnswers);
    }

    [Fact]
    public async Task A_batch_that_the_server_refuses_is_reported_with_its_lines()
    {
        _server.RefuseContaining = "\"n\":7,";

        var report = await ImportAsync(Write("events.ndjson", false, [.. Rows(10)]));

        Assert.Equal((0, 10), (report.Taken, report.Refused));
        Assert.Contains("lines 1 to 10", Assert.Single(report.Refusals).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_list_of_refusals_is_bounded_and_the_rest_is_counted()
    {
        var report = await ImportAsync(Write("events.ndjson", false, [.. Rows(1), .. Enumerable.Repeat("{", 1000)]));

        Assert.Equal(1000, report.Refused);
        Assert.Equal(ImportProgress.MaxRefusals, report.Refusals.Count);
    }

    [Fact]
    public async Task Csv_is_mapped_by_column_and_its_bad_rows_are_named_by_line()
    {
        var file = Write(
            "sales.csv", false,
            "sold,who,what,amount,code,paid,note",
            "2026-11-20T10:00:00Z,ada,purchase,12.50,007,true,\"two",
            "lines, \"\"quoted\"\"\"",
            "never,ada,purchase,1,1,false,",
            "2026-11-20T10:00:01Z,,purchase,1,1,false,",
            "2026-11-20T10:00:02Z,bob,purchase,1",
            "2026-11-20T10:00:03Z,bob,purchase,-3,1e5,false,");

        var report = await ImportAsync(file, Default with
        {
            Mapping = new Dictionary<string, string> { ["timestamp"] = "sold", ["distinct_id"] = "who", ["event"] = "what" },
        });

        Assert.Equal((5, 2, 3), (report.Rows, report.Taken, report.Refused));
        Assert.Equal([4L, 5L, 6L], report.Refusals.Select(r => r.Line));
        Assert.Equal(
            """{"amount":12.50,"code":"007","paid":true,"note":"two\nlines, \u0022quoted\u0022"}""", _server.Events[0]["properties"]!.ToJsonString());
        Assert.Equal("""{"amount":-3,"code":"1e5","paid":false}""", _server.Events[1]["properties"]!.ToJsonString());
    }

    [Fact]
    public async Task A_missing_column_is_told_with_the_option_that_names_it()
    {
        var file = Write("x.csv", false, "event,who,timestamp", "a,u,2026-11-20");

        var asked = await Assert.ThrowsAsync<CommandFailedException>(() => ImportAsync(file));

        Assert.Equal(CommandLine.Usage, asked.ExitCode);
        Assert.Contains("--map distinct_id=COLUMN", asked.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Quotes_that_do_not_match_cost_their_row_only()
    {
        var file = Write(
            "x.csv", false,
            "event,distinct_id,timestamp,note",
            "a,u,2026-11-20,fine",
            "a,u,2026-11-20,not \"fine",
            "a,u,2026-11-20,fine");

        var report = await ImportAsync(file);

        Assert.Equal((3, 2, 1), (report.Rows, report.Taken, report.Refused));
    }

    [Fact]
    public async Task The_form_is_seen_from_the_first_line_or_asked_for()
    {
        await ImportAsync(Write("a.log", false, """192.0.2.1 - - [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 1 "-" "x" """));
        Assert.Equal("$pageview", (string?)_server.Events.Single()["event"]);

        var asked = await Assert.ThrowsAsync<CommandFailedException>(() => ImportAsync(Write("a.txt", false, "hello")));
        Assert.Equal(CommandLine.Usage, asked.ExitCode);
    }

    [Fact]
    public async Task An_unknown_write_key_stops_the_import()
    {
        _server.Status = HttpStatusCode.Unauthorized;

        var failed = await Assert.ThrowsAsync<CommandFailedException>(() => ImportAsync(Write("events.ndjson", false, [.. Rows(10)])));

        Assert.Contains("write key", failed.Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _server.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static IEnumerable<string> Rows(int count, int from = 0) => Enumerable.Range(from, count).Select(n =>
        $$"""{"event":"e","distinct_id":"u{{n % 7}}","timestamp":"2026-11-20T10:00:00Z","properties":{"n":{{n}},"x":1} }""");

    private string Write(string name, bool packed, params string[] lines)
    {
        var path = Path.Combine(_directory, name);
        using Stream file = File.Create(path);
        using var target = packed ? new GZipStream(file, CompressionLevel.Fastest) : file;
        target.Write(Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"));
        return path;
    }

    private async Task<ImportReport> ImportAsync(string file, ImportSettings? settings = null, string key = "hrw_key")
    {
        var terminal = new Terminal(TextWriter.Null, TextWriter.Null, () => Stream.Null, () => Stream.Null, Interactive: false);
        await using var input = await ImportFile.OpenAsync(file, terminal, Cancel);
        var target = new ImportTarget(new Uri("http://127.0.0.1:1"), key, "1", "hrr_key");
        using var http = new HttpClient(_server, disposeHandler: false);
        var time = new HastyTime();
        return await new Importer(input, settings ?? Default, keepCheckpoint: true, target, new ImportClient(http, target, time), time).RunAsync(Cancel);
    }

    /// <summary>Waits take no time.</summary>
    private sealed class HastyTime : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? TimeSpan.Zero : dueTime, period);
    }

    /// <summary>Counts as the real server does: a uuid once.</summary>
    private sealed class FakeServer : HttpMessageHandler
    {
        private readonly Lock _lock = new();
        private readonly HashSet<string> _uuids = [];
        private long _received;

        public List<JsonNode> Batches { get; } = [];

        public List<JsonNode> Events { get; } = [];

        public int? FailAfterBatches { get; set; }

        public int BusyAnswers { get; set; }

        public string? RefuseContaining { get; set; }

        public HttpStatusCode Status { get; set; } = HttpStatusCode.OK;

        public int Stored => _uuids.Count;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
            lock (_lock)
            {
                if (request.Method == HttpMethod.Get)
                {
                    var ledger = new { received = _received, stored = _uuids.Count, duplicates = _received - _uuids.Count, rejected = 0, waiting = 0 };
                    return new HttpResponseMessage { Content = new StringContent(JsonSerializer.Serialize(ledger), Encoding.UTF8, "application/json") };
                }

                if (BusyAnswers > 0)
                {
                    BusyAnswers--;
                    return new HttpResponseMessage(HttpStatusCode.ServiceUnavailable) { Headers = { RetryAfter = new(TimeSpan.FromSeconds(1)) } };
                }

                if (Status != HttpStatusCode.OK || Batches.Count >= FailAfterBatches)
                {
                    return new HttpResponseMessage(Status == HttpStatusCode.OK ? HttpStatusCode.ServiceUnavailable : Status);
                }

                if (RefuseContaining is not null && body.Contains(RefuseContaining, StringComparison.Ordinal))
                {
                    return new HttpResponseMessage(HttpStatusCode.BadRequest) { Content = new StringContent("no") };
                }

                var batch = JsonNode.Parse(body)!;
                Batches.Add(batch);
                foreach (var e in batch["batch"]!.AsArray())
                {
                    Events.Add(e!);
                    _uuids.Add((string)e!["uuid"]!);
                    _received++;
                }

                return new HttpResponseMessage();
            }
        }
    }
}
