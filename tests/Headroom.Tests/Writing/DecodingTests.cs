using System.Text;
using System.Text.Json;
using CsCheck;
using Headroom.App.Writing;
using Headroom.Core;
using Xunit;

namespace Headroom.Tests.Writing;

public sealed class DecodingTests
{
    [Fact]
    public void Each_kind_of_value_has_its_column()
    {
        var row = new WriterBench().WriteOne(new Sent("e\\n\\u00e9", "u\\\"1")
        {
            Properties = """{"t":"a\tb","n":-12,"f":1.5e3,"b":true,"z":null,"a":[1, {"x":"\ud83d\ude00"}],"o":{},"K":"x","t2":""}""",
        });
        Assert.Equal("e\né", row.Event);
        Assert.Equal("u\"1", row.DistinctId);
        Assert.Equal("a\tb", row["t:t"]);
        Assert.Equal(-12.0, row["n:n"]);
        Assert.Equal(1500.0, row["n:f"]);
        Assert.Equal(true, row["b:b"]);
        Assert.Equal("""[1, {"x":"\ud83d\ude00"}]""", row["j:a"]);
        Assert.Equal("{}", row["j:o"]);
        Assert.Equal("x", row["t:^k"]);
        Assert.Equal("", row["t:t2"]);
        Assert.Equal(8, row.Properties.Count);
    }

    [Fact]
    public void Half_a_surrogate_pair_becomes_the_replacement_character()
    {
        var row = new WriterBench().WriteOne(new Sent("e\\ud800", "u\\udc00x")
        {
            Properties = """{"t":"\ud800\u0041","p\udfff":"\ud83d\ude00","j":["\ud800","\ud83d\ude00"]}""",
        });
        Assert.Equal("e�", row.Event);
        Assert.Equal("u�x", row.DistinctId);
        Assert.Equal("�A", row["t:t"]);
        Assert.Equal("😀", row["t:p�"]);
        Assert.Equal("""["\ufffd","\ud83d\ude00"]""", row["j:j"]);
    }

    [Fact]
    public void A_number_past_a_double_is_kept_as_text()
    {
        var row = new WriterBench().WriteOne(new Sent("e", "u") { Properties = """{"n":1e999,"m":123456789012345678901234567890}""" });
        Assert.Equal("1e999", row["t:n"]);
        Assert.Equal(1.2345678901234568e29, row["n:m"]);
    }

    [Fact]
    public void What_the_columns_say_already_is_not_stored_again()
    {
        var row = new WriterBench().WriteOne(new Sent("e", "u")
        {
            Properties = """{"token":"t","distinct_id":"u","$set":{"a":1},"$insert_id":"i","$time":1.5,"kept":1}""",
        });
        Assert.Equal("n:kept", Assert.Single(row.Properties).Key);
    }

    [Fact]
    public void A_repeated_key_counts_once_the_last_time()
    {
        var row = new WriterBench().WriteOne(new Sent("e", "u") { Properties = """{"a":1,"a":2}""" });
        Assert.Equal(2.0, row["n:a"]);
    }

    [Fact]
    public void Past_the_most_columns_properties_go_into_one()
    {
        var bench = new WriterBench();
        bench.Store.MaxColumns = 2;
        var rows = bench.Write(
            new Sent("e", "u") { Properties = """{"a":1,"b":"x","c":"\ud800y","d":true,"e":[1],"f\"":2}""" },
            new Sent("e", "u") { Properties = """{"a":2}""" });
        Assert.Equal("""{"c":"\ufffdy","d":true,"e":[1],"f\"":2}""", rows[0]["j:$overflow"]);
        Assert.Equal(1.0, rows[0]["n:a"]);
        Assert.Null(rows[1]["j:$overflow"]);
    }

    [Fact]
    public void The_same_event_twice_is_one_row_and_has_one_effect()
    {
        var bench = new WriterBench();
        var e = new Sent("e", "u") { Set = """{"n":1}""" };
        bench.Write(e, e with { Set = """{"n":2}""", DistinctId = "v" });
        bench.Write(e with { Set = """{"n":3}""" });
        Assert.Single(bench.Store.Rows);
        Assert.Equal("""{"n":1}""", bench.Store.FindPerson(1, "u")!.Properties);
        Assert.Null(bench.Store.FindPerson(1, "v"));
        Assert.Equal(new LedgerCounts(3, 1, 2, 0), bench.Store.Ledger(new ProjectId(1)));
    }

    [Fact]
    public void Half_of_a_batch_sent_again_counts_once()
    {
        var bench = new WriterBench();
        var events = Enumerable.Range(0, 10).Select(i => new Sent("e" + i, "u")).ToArray();
        bench.Write(events[..5]);
        bench.Write(events);
        Assert.Equal(events.Select(e => e.Uuid), bench.Store.Rows.Select(r => r.Uuid));
        Assert.Equal(new LedgerCounts(15, 10, 5, 0), bench.Store.Ledger(new ProjectId(1)));
    }

    [Theory]
    [InlineData("""{"a":""")]
    [InlineData("""{"a":1""")]
    [InlineData("""[1]""")]
    [InlineData("""{"a":"\x"}""")]
    [InlineData("""{"a":1},"other":{}""")]
    [InlineData("""{"a":tru}""")]
    public void An_event_that_cannot_be_read_is_rejected_alone(string properties)
    {
        var bench = new WriterBench();
        var rows = bench.Write(
            new Sent("before", "u") { Properties = """{"a":1}""" }, new Sent("bad", "w") { Properties = properties },
            new Sent("after", "u") { Properties = """{"b":2}""" });
        Assert.Equal(["before", "after"], rows.Select(r => r.Event));
        Assert.Null(rows[1]["n:a"]);
        Assert.Equal(2.0, rows[1]["n:b"]);
        Assert.Null(bench.Store.FindPerson(1, "w"));
        Assert.Equal(new LedgerCounts(3, 2, 0, 1), bench.Store.Ledger(new ProjectId(1)));
    }

    [Fact]
    public void Text_that_is_no_utf8_is_rejected()
    {
        var bench = new WriterBench();
        var record = WriterBench.Record(new Sent("e", "u") { Properties = """{"a":"XX"}""" });
        record.AsSpan()[record.AsSpan().IndexOf("XX"u8)] = 0xC3;
        bench.WriteRecords(record);
        Assert.Empty(bench.Store.Rows);
        Assert.Equal(new LedgerCounts(1, 0, 0, 1), bench.Store.Ledger(new ProjectId(1)));
    }

    /// <summary>It waits in the log for the version that wrote it; skipped as damaged it would be lost.</summary>
    [Fact]
    public void A_record_of_a_newer_format_stops_the_writer()
    {
        var record = WriterBench.Record(new Sent("e", "u"));
        record[0]++;
        var error = Assert.Throws<NotSupportedException>(() => new WriterBench().WriteRecords(record));
        Assert.Contains("Start the newer version", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Any damage to a record but to its format: no exception, the ledger adds up, and the records beside it are whole.</summary>
    [Fact]
    public void Damage_never_stops_the_writer() =>
        Gen.Select(Gen.Int[0, 400], Gen.Byte, Gen.Int[1, 400]).Where((at, value, _) => at > 0 || value <= 1).Sample((at, value, length) =>
        {
            var bench = new WriterBench();
            var bad = WriterBench.Record(1, 2, "", "", new Sent("e", "u") { Properties = """{"a":"\u00e9","b":[1]}""", Set = "{\"x\":1}" }, new Sent("f", "v"));
            bad[Math.Min(at, bad.Length - 1)] = value;
            bench.WriteRecords(WriterBench.Record(new Sent("good", "g")), bad, bad[..Math.Min(length, bad.Length)], WriterBench.Record(new Sent("good", "g")));
            Assert.Equal(2, bench.Store.Rows.Count(r => r.Event == "good"));
            foreach (var project in bench.Builder.Active)
            {
                var ledger = bench.Store.Ledger(project.Id);
                Assert.Equal(ledger.Received, ledger.Stored + ledger.Duplicates + ledger.Rejected);
            }
        }, iter: 1000);

    [Fact]
    public void The_ledger_adds_up() =>
        Gen.Select(Gen.Int[0, 9], Gen.Int[0, 2], Gen.Int[1, 2], Gen.Bool).Array[1, 30].Array[1, 4].Sample(batches =>
        {
            var bench = new WriterBench();
            var sent = 0;
            foreach (var batch in batches)
            {
                bench.WriteRecords(batch.Select(r => WriterBench.Record(r.Item3, r.Item2, "", "",
                    new Sent("e", "u") { Uuid = new Guid(r.Item1, 0, 0, new byte[8]), Properties = r.Item4 ? "{}" : "{" })));
                sent += batch.Sum(r => 1 + r.Item2);
            }

            var ledgers = new[] { bench.Store.Ledger(new ProjectId(1)), bench.Store.Ledger(new ProjectId(2)) };
            Assert.Equal(sent, ledgers.Sum(l => l.Received));
            Assert.All(ledgers, l => Assert.Equal(l.Received, l.Stored + l.Duplicates + l.Rejected));
            Assert.Equal(bench.Store.Rows.Count, ledgers.Sum(l => l.Stored));
        }, iter: 200);

    [Fact]
    public void Unescaping_agrees_with_the_framework() =>
        Gen.String[Gen.Char["ab\"\\/\b\f\n\r\té€😀\u0001"], 0, 20].Sample(text =>
        {
            // The generator may cut a pair in two; the framework writes its halves as replacement characters.
            var json = JsonSerializer.SerializeToUtf8Bytes(text);
            var plain = new byte[json.Length];
            var length = JsonText.Unescape(json.AsSpan(1, json.Length - 2), plain);
            Assert.Equal(JsonSerializer.Deserialize<string>(json), Encoding.UTF8.GetString(plain, 0, length));
        });

    [Fact]
    public void Numbers_agree_with_the_framework() =>
        Gen.OneOf(Gen.Double.Where(double.IsFinite), Gen.Long.Select(l => (double)l), Gen.Int[-1000, 1000].Select(i => (double)i)).Sample(number =>
        {
            var json = JsonSerializer.SerializeToUtf8Bytes(number);
            Assert.True(JsonText.TryParseNumber(json, out var value));
            Assert.Equal(number, value);
        });

    /// <summary>The steady state: every name, visitor and column known. What is left is the fake's own work for a batch.</summary>
    [Fact]
    public void A_known_event_costs_next_to_no_allocation()
    {
        var bench = new WriterBench();
        bench.Store.Discard = true;
        var properties = "{" + string.Join(",", Enumerable.Range(0, 12).Select(i => i % 3 == 0 ? $"\"p{i}\":{i}" : $"\"p{i}\":\"value {i}\"")) + "}";
        var record = WriterBench.Record(1, 0, "", "posthog-node/5", Enumerable.Range(0, 1000).Select(i => new Sent("e" + (i % 3), "u" + (i % 100)) { Properties = properties }));
        for (var i = 0; i < 5; i++)
        {
            bench.WriteRecords(record);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10; i++)
        {
            bench.WriteRecords(record);
        }

        var perEvent = (GC.GetAllocatedBytesForCurrentThread() - before) / 10_000.0;
        Assert.InRange(perEvent, 0, 8);
    }
}
