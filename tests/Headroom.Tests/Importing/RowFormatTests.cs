using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using CsvHelper;
using CsvHelper.Configuration;
using Headroom.App.Importing;
using Xunit;

namespace Headroom.Tests.Importing;

public sealed class RowFormatTests
{
    private static readonly Guid RowUuid = new("00000000-0000-8000-8000-000000000001");

    [Fact]
    public void A_log_line_becomes_a_page_view()
    {
        var e = Log("""
            192.0.2.7 - - [10/Oct/2026:13:55:36 -0730] "GET /shop?a=1&b=2 HTTP/1.1" 200 2326 "https://example.org/x" "Mozilla/5.0 \"quoted\" \xC3\xA9"
            """)!;

        Assert.Equal(RowUuid.ToString(), (string?)e["uuid"]);
        Assert.Equal("$pageview", (string?)e["event"]);
        Assert.Equal(new DateTimeOffset(2026, 10, 10, 21, 25, 36, TimeSpan.Zero), DateTimeOffset.Parse((string)e["timestamp"]!, CultureInfo.InvariantCulture));
        var properties = e["properties"]!;
        Assert.Equal("/shop", (string?)properties["$pathname"]);
        Assert.Equal("https://shop.example/shop?a=1&b=2", (string?)properties["$current_url"]);
        Assert.Equal("https://example.org/x", (string?)properties["$referrer"]);
        Assert.Equal("Mozilla/5.0 \"quoted\" é", (string?)properties["$raw_user_agent"]);
        Assert.Equal(200, (int)properties["status"]!);
        Assert.Equal(2326, (long)properties["bytes"]!);
        Assert.DoesNotContain("192.0.2.7", e.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_visitor_is_address_and_agent()
    {
        const string Line = """{0} - - [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 1 "-" "{1}" """;
        string Visitor(string address, string agent) =>
            (string)Log(Line.Replace("{0}", address, StringComparison.Ordinal).Replace("{1}", agent, StringComparison.Ordinal))!["distinct_id"]!;

        Assert.Equal(Visitor("192.0.2.1", "A"), Visitor("192.0.2.1", "A"));
        Assert.NotEqual(Visitor("192.0.2.1", "A"), Visitor("192.0.2.2", "A"));
        Assert.NotEqual(Visitor("192.0.2.1", "A"), Visitor("192.0.2.1", "B"));
    }

    /// <summary>Its parser says so too, but takes for each field as much memory as the whole row.</summary>
    [Fact]
    public void Quotes_match_where_the_parser_of_csv_finds_no_bad_field() => Gen.Char["ab\"\",,\n"].Array[0, 12].Select(static c => new string(c)).Sample(static text =>
    {
        var isBad = false;
        var configuration = new CsvConfiguration(CultureInfo.InvariantCulture) { BadDataFound = _ => isBad = true };
        using var parser = new CsvParser(new StringReader(text), configuration);
        var rows = new List<(string Row, bool IsBad)>();
        while (parser.Read())
        {
            isBad = false;
            _ = parser.Record;
            rows.Add((parser.RawRecord, isBad));
        }

        // A file that ends within quotes may be either.
        Assert.All(
            rows.Take(rows.Count > 0 && rows[^1].Row.Count(static c => c == '"') % 2 == 1 ? rows.Count - 1 : rows.Count),
            static row => Assert.True(row.IsBad != RowReader.QuotesMatch(row.Row, ','), row.Row));
    }, iter: 20_000);

    [Theory]
    [InlineData("""2001:db8::1 - ada [29/Feb/2024:23:59:60 +0000] "POST / HTTP/2.0" 304 - """, true)]
    [InlineData("""192.0.2.1 - - [10/Oct/2026:13:55:36 +0000] "GET /a b HTTP/1.1" 404 0 "-" "-" """, true)]
    [InlineData("", false)]
    [InlineData("hello", false)]
    [InlineData("""192.0.2.1 - - [10/Oct/2026:13:55:36 +0000]""", false)]
    [InlineData("""192.0.2.1 - - [10/Oct/2026:13:55:36 +0000] "\x16\x03\x01" 400 150 "-" "-" """, false)]
    [InlineData("""192.0.2.1 - - [30/Feb/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 1""", false)]
    [InlineData("""192.0.2.1 - - [10/Okt/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 1""", false)]
    [InlineData("""192.0.2.1 - - [10/Oct/2026:25:55:36 +0000] "GET / HTTP/1.1" 200 1""", false)]
    [InlineData("""192.0.2.1 - - [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" OK 1""", false)]
    [InlineData("""192.0.2.1 - - [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1""", false)]
    public void Only_the_combined_form_is_a_log_line(string line, bool valid) => Assert.Equal(valid, Log(line) is not null);

    [Fact]
    public void No_bytes_make_the_log_parser_throw_and_what_it_writes_is_json()
    {
        var line = Encoding.UTF8.GetBytes("""192.0.2.1 - - [10/Oct/2026:13:55:36 +0000] "GET /x HTTP/1.1" 200 1 "-" "agent" """);
        Gen.Select(Gen.Int[0, line.Length - 1], Gen.Byte, Gen.Int[0, line.Length]).Array[1, 6].Sample(changes =>
        {
            var changed = line.ToArray();
            foreach (var (at, value, _) in changes)
            {
                changed[at] = value;
            }

            Log(changed.AsSpan(0, changes[0].Item3));
            Log(changed);
        });
    }

    [Fact]
    public void A_time_past_what_utc_has_is_no_log_line_and_does_not_stop_the_import()
    {
        const string Line = """192.0.2.1 - - [31/Dec/{0}:23:59:59 -1400] "GET / HTTP/1.1" 200 1""";
        Assert.Null(Log(Line.Replace("{0}", "9999", StringComparison.Ordinal)));
        Assert.NotNull(Log(Line.Replace("{0}", "9998", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("""{"event":"a","distinct_id":"u","timestamp":"2026-01-01T00:00:00Z"}""", null)]
    [InlineData(""" {"event":"a","properties":{"distinct_id":7},"timestamp":1} """, null)]
    [InlineData("""{"event":"","distinct_id":"u","timestamp":"x"}""", "no event name")]
    [InlineData("""{"event":"a","timestamp":"x"}""", "no distinct_id")]
    [InlineData("""{"event":"a","distinct_id":"u"}""", "no timestamp")]
    [InlineData("""{"event":"a","distinct_id":"u","timestamp":"x"} {}""", "not valid JSON")]
    [InlineData("""{"event":"a","distinct_id":"u","timestamp":"x" """, "not valid JSON")]
    [InlineData("""{"event":"a","properties":{"nested":{"distinct_id":"u"}},"timestamp":"x"}""", "no distinct_id")]
    [InlineData("[]", "not a JSON object")]
    [InlineData("\r{\"event\":\"a\",\"distinct_id\":\"u\",\"timestamp\":\"x\"}\r", null)]
    public void A_json_line_says_who_did_what_and_when(string line, string? problem)
    {
        var buffer = new ByteBuffer(16);
        var taken = new NdjsonFormat().TryWrite(Encoding.UTF8.GetBytes(line), RowUuid, buffer, out var said);

        Assert.Equal(problem is null, taken);
        Assert.Equal(problem is null, buffer.Length > 0);
        Assert.Contains(problem ?? "", said ?? "", StringComparison.Ordinal);
        if (taken)
        {
            Assert.Equal(RowUuid.ToString(), (string?)JsonNode.Parse(buffer.Written.Span)!["uuid"]);
        }
    }

    [Fact]
    public void Half_a_surrogate_pair_in_a_name_is_capture_s_to_mend_and_does_not_stop_the_import()
    {
        var buffer = new ByteBuffer(16);
        var line = """{"\ud83d":1,"\udc00":2,"event":"a","distinct_id":"u","timestamp":"x","properties":{"\ud83d\u0041":1}}""";

        Assert.True(new NdjsonFormat().TryWrite(Encoding.UTF8.GetBytes(line), RowUuid, buffer, out _));

        Assert.Equal($$"""{"uuid":"{{RowUuid}}",""" + line[1..], Encoding.UTF8.GetString(buffer.Written.Span));
    }

    [Fact]
    public void A_uuid_of_the_line_itself_stays()
    {
        var buffer = new ByteBuffer(16);
        var line = """{"uuid":"11111111-1111-4111-8111-111111111111","event":"a","distinct_id":"u","timestamp":"x"}""";

        Assert.True(new NdjsonFormat().TryWrite(Encoding.UTF8.GetBytes(line), RowUuid, buffer, out _));

        Assert.Equal(line, Encoding.UTF8.GetString(buffer.Written.Span));
    }

    [Fact]
    public void Broken_utf8_is_refused()
    {
        var line = "{\"event\":\"a\u0000\",\"distinct_id\":\"u\",\"timestamp\":\"x\"}"u8.ToArray();
        line[line.AsSpan().IndexOf((byte)0)] = 0xFF;

        Assert.False(new NdjsonFormat().TryWrite(line, RowUuid, new ByteBuffer(16), out var problem));
        Assert.Equal("It is not UTF-8.", problem);
    }

    [Fact]
    public async Task Lines_are_cut_the_same_however_the_bytes_arrive()
    {
        await Gen.Select(Gen.OneOfConst("", "a", "bb\r", "ccc", new string('x', 300)).List[0, 30], Gen.Int[1, 50], Gen.Bool).SampleAsync(async (lines, chunk, ended) =>
        {
            const int Max = 100;
            var text = string.Join('\n', lines) + (ended && lines.Count > 0 ? "\n" : "");
            var reader = new LineReader(new SlowStream(Encoding.UTF8.GetBytes(text), chunk), Max);
            List<string> read = [];
            while (await reader.FillAsync(CancellationToken.None))
            {
                while (reader.TryRead(out var line, out var tooLong))
                {
                    read.Add(tooLong ? "too long" : Encoding.UTF8.GetString(line));
                }
            }

            var expected = text.Split('\n').Select(l => l.Length > Max ? "too long" : l.TrimEnd('\r')).ToList();
            if (expected[^1].Length == 0)
            {
                expected.RemoveAt(expected.Count - 1);
            }

            Assert.Equal(expected, read);
        });
    }

    [Theory]
    [InlineData("2026-11-20T10:00:00+02:00", "2026-11-20T08:00:00Z")]
    [InlineData("2026-11-20 10:00:00", "2026-11-20T10:00:00Z")]
    [InlineData("2026-11-20", "2026-11-20T00:00:00Z")]
    [InlineData("1763632800", "2025-11-20T10:00:00Z")]
    [InlineData("1763632800123", "2025-11-20T10:00:00.123Z")]
    [InlineData("1763632800123456", "2025-11-20T10:00:00.123456Z")]
    [InlineData("yesterday", null)]
    [InlineData("12", null)]
    [InlineData("", null)]
    public void A_csv_time_is_iso_or_a_number_since_1970(string text, string? utc)
    {
        var valid = CsvFormat.TryTime(text, out var time);

        Assert.Equal(utc is not null, valid);
        if (utc is not null)
        {
            Assert.Equal(DateTimeOffset.Parse(utc, CultureInfo.InvariantCulture), time);
        }
    }

    [Fact]
    public void A_missing_column_is_named_with_those_that_are_there()
    {
        var problem = Assert.Throws<MissingColumnException>(() =>
            new CsvFormat(["who", "when"], new Dictionary<string, string> { ["timestamp"] = "when" }, "visit").Dispose());

        Assert.Equal("distinct_id", problem.Field);
        Assert.Contains("who, when", problem.Message, StringComparison.Ordinal);
    }

    private static JsonNode? Log(string line) => Log(Encoding.UTF8.GetBytes(line.Trim('\n')));

    private static JsonNode? Log(ReadOnlySpan<byte> line)
    {
        using var format = new AccessLogFormat("$pageview", "https://shop.example/", "hrw_key");
        var buffer = new ByteBuffer(16);
        var taken = format.TryWrite(line, RowUuid, buffer, out var problem);
        Assert.Equal(taken, problem is null);
        return taken ? JsonNode.Parse(buffer.Written.Span) : null;
    }

    private sealed class SlowStream(byte[] bytes, int chunk) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(chunk, buffer.Length)], cancellationToken);
    }
}
