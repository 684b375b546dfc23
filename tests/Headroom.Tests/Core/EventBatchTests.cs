using System.Text;
using CsCheck;
using Headroom.Core;
using Xunit;

namespace Headroom.Tests.Core;

public sealed class EventBatchTests
{
    [Fact]
    public void What_was_written_is_read_back()
    {
        using var writer = new EventBatchWriter();
        writer.Reset(new ProjectId(7), 1_000_001, "10.0.0.1"u8, "curl/8"u8);
        writer.Reject(3);
        writer.Add(new CanonicalEvent
        {
            Uuid = Guid.Parse("01890a5d-ac96-774b-bcce-b302099a8057"),
            Event = "signed \\\"up\\\""u8,
            DistinctId = "u1"u8,
            Timestamp = 1_700_000_000_123_456,
            Properties = "{\"a\":1}"u8,
            Set = "{\"b\":2}"u8,
        });
        var reader = new EventBatchReader(writer.Finish().Span);
        Assert.Equal(7, reader.Project.Value);
        Assert.Equal(1_000_001, reader.ReceivedAt);
        Assert.Equal(3, reader.Rejected);
        Assert.Equal(1, reader.Count);
        Assert.True(reader.TryRead(out var json));
        Assert.Equal(
            "{\"uuid\":\"01890a5d-ac96-774b-bcce-b302099a8057\",\"event\":\"signed \\\"up\\\"\",\"distinct_id\":\"u1\"," +
            "\"timestamp\":\"2023-11-14T22:13:20.123456Z\",\"properties\":{\"a\":1},\"set\":{\"b\":2}}",
            Encoding.UTF8.GetString(json));
        Assert.False(reader.TryRead(out _));
    }

    [Fact]
    public void Timestamps_survive_their_text() =>
        Gen.Long[UnixMicros.Min, UnixMicros.Max].Sample(micros =>
        {
            Span<byte> text = stackalloc byte[CanonicalTimestamp.Length];
            CanonicalTimestamp.Format(micros, text);
            Assert.True(CanonicalTimestamp.TryParse(text, out var back));
            Assert.Equal(micros, back);
        });

    [Fact]
    public void Column_names_are_unique_without_regard_to_case() =>
        Gen.Select(Gen.String[Gen.Char["aAbB^:.$"], 1, 6], Gen.String[Gen.Char["aAbB^:.$"], 1, 6]).Sample((a, b) =>
        {
            var first = new PropertyColumnKey(a, PropertyKind.Text).ColumnName;
            var second = new PropertyColumnKey(b, PropertyKind.Text).ColumnName;
            Assert.Equal(a == b, string.Equals(first, second, StringComparison.OrdinalIgnoreCase));
            Assert.True(PropertyColumnKey.TryParse(first, out var back));
            Assert.Equal(a, back.Name);
        });
}
