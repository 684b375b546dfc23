using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json.Nodes;
using Headroom.Tests.Projects;
using Xunit;

namespace Headroom.Tests.Importing;

/// <summary>Files sent to the whole server: what is taken, what is refused by line, and how an import ends early.</summary>
[SuppressMessage("Reliability", "CA2025", Justification = "A body is its request's, which disposes of it.")]
public sealed class ImportEndpointsTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Lines_of_json_are_taken_once_and_the_bad_ones_are_named(bool packed)
    {
        await using var host = await ImportHost.StartAsync();
        var text = ImportHost.Text([
            .. Rows(4500), "{broken", "",
            """{"event":"e","distinct_id":"u","timestamp":"whenever"}""",
            """{"event":"e","distinct_id":"u","timestamp":"2026-11-21T10:00:00Z","properties":{"token":"phc_of_elsewhere"},"uuid":"none"}""",
            """{"event":"e","distinct_id":"u","timestamp":"2026-11-21T10:00:00Z","api_key":"phc_of_another","properties":{"token":"phc_of_elsewhere"}}"""]);
        var file = packed ? ImportHost.Packed(text) : text;

        var (status, report) = await host.ImportAsync(file, "?name=events.ndjson");

        Assert.Equal((200, "done", "events.ndjson"), (status, (string)report["state"]!, (string)report["name"]!));
        Assert.Equal((4505, 4501, 3, 0), (Long(report, "rows"), Long(report, "taken"), Long(report, "refused"), Long(report, "duplicates")));
        Assert.Equal((file.Length, file.Length), (Long(report, "bytes"), Long(report, "totalBytes")));
        Assert.Equal(
            [(4501, "It is not valid JSON."), (4503, "Not taken: its timestamp is not a time that is understood."), (4504, "Not taken: uuid is not a UUID.")],
            report["refusals"]!.AsArray().Select(r => ((int)r!["line"]!, (string)r["reason"]!)));
        Assert.Equal(("2026-11-20T10:00:00+00:00", "2026-11-21T10:00:00+00:00"), ((string)report["from"]!, (string)report["to"]!));

        // Stored by the time of the answer, under nobody's address.
        Assert.Equal((4501, 2), (Long(await host.GetAsync("/ledger"), "stored"), Long(await host.GetAsync("/ledger"), "rejected")));
        Assert.DoesNotContain("$browser", (await host.EventsAsync())[1]!.ToJsonString(), StringComparison.Ordinal);

        var again = (await host.ImportAsync(packed ? text : ImportHost.Packed(text))).Body;
        Assert.Equal((4501, 4501), (Long(again, "taken"), Long(again, "duplicates")));
        Assert.Equal(4501, Long(await host.GetAsync("/ledger"), "stored"));
        Assert.Equal(["done", "done"], (await host.GetAsync("/imports"))["imports"]!.AsArray().Select(i => (string)i!["state"]!));
    }

    [Fact]
    public async Task Csv_is_previewed_with_a_guess_and_taken_as_it_is_mapped()
    {
        await using var host = await ImportHost.StartAsync();
        var file = ImportHost.Text(
            "Sold at;Customer ID;what;amount;code",
            "2026-11-20 10:00;ada;purchase;12.50;007",
            "never;ada;purchase;1;1",
            "2026-11-20 11:00;ben;refund;-3;x");

        var preview = (await host.PostAsync("/imports/preview", new ByteArrayContent(file))).Body;
        Assert.Equal(("csv", ";"), ((string)preview["format"]!, (string)preview["delimiter"]!));
        Assert.Equal(["timestamp", "distinct_id", null, null, null], preview["columns"]!.AsArray().Select(c => (string?)c!["field"]));
        Assert.Equal("12.50", (string)preview["columns"]![3]!["example"]!);
        Assert.Contains("no column \"event\"", (string)preview["problem"]!, StringComparison.Ordinal);
        Assert.Empty(preview["events"]!.AsArray());

        const string Map = "?map=event%3Dwhat&map=distinct_id%3DCustomer%20ID&map=timestamp%3DSold%20at&map=uuid%3D";
        var mapped = (await host.PostAsync("/imports/preview" + Map, new ByteArrayContent(file))).Body;
        Assert.Null(mapped["problem"]);
        Assert.Equal([2L, 4L], mapped["events"]!.AsArray().Select(e => Long(e!, "line")));
        Assert.Equal((3L, "\"never\" is no timestamp."), (Long(mapped["refusals"]![0]!, "line"), (string)mapped["refusals"]![0]!["reason"]!));
        Assert.Equal("""{"amount":12.50,"code":"007"}""", JsonNode.Parse((string)mapped["events"]![0]!["json"]!)!["properties"]!.ToJsonString());
        Assert.Equal("[]", (await host.GetAsync("/imports"))["imports"]!.ToJsonString());

        var (status, refused) = await host.ImportAsync(file);
        Assert.Equal((400, "stopped"), (status, (string)refused["import"]!["state"]!));
        Assert.Contains("Its columns are: Sold at, Customer ID", (string)refused["detail"]!, StringComparison.Ordinal);

        var report = (await host.ImportAsync(file, Map)).Body;
        Assert.Equal((3, 2, 1), (Long(report, "rows"), Long(report, "taken"), Long(report, "refused")));
        Assert.Equal(["refund", "purchase"], (await host.EventsAsync()).Select(e => (string)e!["event"]!));
    }

    [Fact]
    public async Task An_access_log_becomes_page_views()
    {
        await using var host = await ImportHost.StartAsync();
        const string Line = """192.0.2.1 - - [10/Oct/2026:13:55:36 +0000] "GET /shop?a=1 HTTP/1.1" 200 1 "-" "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0" """;

        var report = (await host.ImportAsync(ImportHost.Packed(ImportHost.Text(Line, "nonsense")), "?format=log&site=https://shop.example")).Body;

        Assert.Equal((1, 1), (Long(report, "taken"), Long(report, "refused")));
        var e = Assert.Single(await host.EventsAsync())!;
        Assert.Equal(("$pageview", "https://shop.example/shop?a=1"), ((string)e["event"]!, (string)e["properties"]!["$current_url"]!));
        Assert.Equal("Firefox", (string)e["properties"]!["$browser"]!);
    }

    [Fact]
    public async Task What_one_project_exports_another_imports()
    {
        await using var host = await ImportHost.StartAsync();
        await host.ImportAsync(ImportHost.Text(Rows(300)));
        var exported = await host.ExportAsync();

        await using var other = await ImportHost.StartAsync();
        var report = (await other.ImportAsync(exported)).Body;

        Assert.Equal((300, 300, 0), (Long(report, "rows"), Long(report, "taken"), Long(report, "refused")));
        Assert.Equal(
            (await host.EventsAsync()).Select(e => (string)e!["uuid"]!).Order(), (await other.EventsAsync()).Select(e => (string)e!["uuid"]!).Order());
        Assert.Equal((300, 300), (Long((await other.ImportAsync(exported)).Body, "taken"), Long((await other.GetAsync("/imports"))["imports"]![0]!, "duplicates")));
    }

    [Fact]
    public async Task A_cancelled_import_keeps_what_it_took_and_only_one_runs_at_once()
    {
        await using var host = await ImportHost.StartAsync("--Headroom:Importing:MaxRunning=1");
        var text = ImportHost.Text(Rows(10_000));
        var body = new HaltingContent(text[..(text.Length / 2)], text[(text.Length / 2)..]);
        var running = host.PostAsync("/imports?name=half", body);
        var seen = await host.UntilAsync(i => Long(i, "taken") >= 2000);
        Assert.Equal(("running", text.Length), ((string)seen["state"]!, Long(seen, "totalBytes")));

        var (busy, why) = await host.ImportAsync(text);
        Assert.Equal(409, busy);
        Assert.Contains("is running", (string)why["detail"]!, StringComparison.Ordinal);
        Assert.Equal(204, await host.DeleteAsync($"/imports/{(string)seen["id"]!}"));
        var ended = await host.UntilAsync(i => (string)i["state"]! == "cancelled");
        body.GoOn();
        try
        {
            Assert.Equal(409, (await running).Status);
        }
        catch (HttpRequestException)
        {
            // The server need not read on what nobody wants.
        }

        Assert.Equal(404, await host.DeleteAsync($"/imports/{Guid.NewGuid()}"));
        var rest = (await host.ImportAsync(text)).Body;
        Assert.Equal((10_000, Long(ended, "taken")), (Long(rest, "taken"), Long(rest, "duplicates")));
        Assert.Equal(10_000, Long(await host.GetAsync("/ledger"), "stored"));
    }

    [Fact]
    public async Task A_sender_that_goes_away_stops_its_import()
    {
        await using var host = await ImportHost.StartAsync();
        var text = ImportHost.Text(Rows(5_000));
        var body = new HaltingContent(text[..(text.Length / 2)], text[(text.Length / 2)..]);
        using var gone = new CancellationTokenSource();
        var running = host.PostAsync("/imports", body, gone.Token);
        await host.UntilAsync(i => Long(i, "taken") >= 2000);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);

        var ended = await host.UntilAsync(i => (string)i["state"]! == "stopped");
        Assert.Contains("connection broke off", (string)ended["problem"]!, StringComparison.Ordinal);
        body.GoOn();
        Assert.Equal(5_000, Long((await host.ImportAsync(text)).Body, "taken"));
    }

    [Fact]
    public async Task A_broken_gzip_file_gives_what_is_readable_and_says_so()
    {
        await using var host = await ImportHost.StartAsync();
        var packed = ImportHost.Packed(ImportHost.Text(Rows(3_000)));

        var (status, cut) = await host.ImportAsync(packed[..(packed.Length - 200)]);

        Assert.Equal((400, "stopped"), (status, (string)cut["import"]!["state"]!));
        Assert.Contains("broken or cut off", (string)cut["detail"]!, StringComparison.Ordinal);
        var taken = Long(cut["import"]!, "taken");
        Assert.InRange(taken, 1, 2_999);
        Assert.Equal(taken, Long((await host.ImportAsync(packed)).Body, "duplicates"));
        var preview = (await host.PostAsync("/imports/preview?cut=true", new ByteArrayContent(packed[..2_000]))).Body;
        Assert.Equal(("ndjson", 5), ((string)preview["format"]!, preview["events"]!.AsArray().Count));
    }

    [Fact]
    public async Task Too_large_a_file_or_text_is_refused()
    {
        await using var host = await ImportHost.StartAsync("--Headroom:Importing:MaxFileMegabytes=1", "--Headroom:Importing:MaxTextMegabytes=1");
        var large = ImportHost.Text(Rows(12_000));
        Assert.Equal(413, (await host.ImportAsync(large)).Status);
        Assert.Equal("[]", (await host.GetAsync("/imports"))["imports"]!.ToJsonString());

        var (status, bomb) = await host.ImportAsync(ImportHost.Packed(large));
        Assert.Equal(413, status);
        Assert.Contains("Headroom:Importing:MaxTextMegabytes", (string)bomb["detail"]!, StringComparison.Ordinal);
        Assert.InRange(Long(bomb["import"]!, "taken"), 1, 11_999);
        Assert.Equal(413, (await host.PostAsync("/imports/preview", new ByteArrayContent(large))).Status);
    }

    [Theory]
    [InlineData("?format=xml", "format")]
    [InlineData("?map=who%3Dx", "map")]
    [InlineData("?map=event", "map")]
    [InlineData("?map=event%3Da&map=event%3Db", "map")]
    [InlineData("?delimiter=%3B%3B", "delimiter")]
    public async Task What_makes_no_sense_is_told_by_its_name(string query, string field)
    {
        await using var host = await ImportHost.StartAsync();
        var (status, body) = await host.ImportAsync([], query);
        Assert.Equal((400, field), (status, Assert.Single(body["errors"]!.AsObject()).Key));
        Assert.Equal("The file is empty.", (string)(await host.ImportAsync([])).Body["detail"]!);
        Assert.Contains("nothing that can be imported", (string)(await host.ImportAsync(Encoding.UTF8.GetBytes("hello"))).Body["detail"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_first_line_of_more_columns_than_anybody_names_is_told_with_their_number()
    {
        await using var host = await ImportHost.StartAsync();
        var file = Encoding.UTF8.GetBytes("event" + new string(',', 100_000) + "\n1,2\n");

        var preview = (await host.PostAsync("/imports/preview", new ByteArrayContent(file))).Body;
        Assert.Contains("names 100001 columns, and 2000 is the most", (string)preview["problem"]!, StringComparison.Ordinal);
        Assert.Empty(preview["columns"]!.AsArray());

        var (status, answer) = await host.ImportAsync(file);
        Assert.Equal(400, status);
        Assert.Contains("names 100001 columns", (string)answer["detail"]!, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Rows(int count) => Enumerable.Range(0, count).Select(n =>
        $$"""{"event":"e","distinct_id":"u{{n % 7}}","timestamp":"2026-11-20T10:00:00Z","properties":{"n":{{n}},"text":"some words {{n * 7919}}"} }""");

    private static long Long(JsonNode node, string name) => (long)node[name]!;
}
