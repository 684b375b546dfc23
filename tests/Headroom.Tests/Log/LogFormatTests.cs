using System.Text;
using CsCheck;
using Headroom.Log;
using Xunit;

namespace Headroom.Tests.Log;

public sealed class LogFormatTests
{
    [Fact]
    public void Crc32C_has_its_known_values()
    {
        Assert.Equal(0xE3069283u, Crc32C.Of("123456789"u8));
        Assert.Equal(0x8A9136AAu, Crc32C.Of(new byte[32]));
        Assert.Equal(0u, Crc32C.Of([]));
    }

    [Fact]
    public void Crc32C_in_parts_is_that_of_the_whole() =>
        Gen.Select(Gen.Byte.Array[0, 100], Gen.Int[0, 100]).Sample((bytes, cut) =>
        {
            cut = Math.Min(cut, bytes.Length);
            return Crc32C.Finish(Crc32C.Append(Crc32C.Append(Crc32C.Seed, bytes.AsSpan(0, cut)), bytes.AsSpan(cut))) == Crc32C.Of(bytes);
        });

    [Fact]
    public async Task The_golden_file_of_format_1_is_read_and_written_byte_for_byte()
    {
        string[] texts = ["", "first", "\u00e4\u00f6\u00fc \U0001F600", new string('z', 300)];
        var golden = await File.ReadAllBytesAsync(
            Path.Combine(AppContext.BaseDirectory, "Log", "golden-v1.log"), TestContext.Current.CancellationToken);
        var name = LogFormat.FileName(0);
        var disk = new SimulatedDisk(new Random(1));
        disk.WriteAll(name, golden);
        await using (var log = LogTesting.Open(disk))
        {
            Assert.Equal(texts, log.ReadAll());
        }

        var fresh = new SimulatedDisk(new Random(1));
        await using (var log = LogTesting.Open(fresh))
        {
            foreach (var text in texts)
            {
                await log.AppendDurably(text);
            }
        }

        Assert.Equal(golden, fresh.ReadAll(name));
    }

    [Fact]
    public void A_record_in_another_place_fails_its_checks()
    {
        var record = new byte[LogFormat.RecordHeaderBytes + 5];
        LogFormat.WriteRecordHeader(record, 5, 0);
        Encoding.ASCII.GetBytes("hello", record.AsSpan(LogFormat.RecordHeaderBytes));
        LogFormat.Seal(record, 1000);
        Assert.True(LogFormat.TryReadRecordHeader(record, 1000, out var length, out _));
        Assert.Equal(5, length);
        Assert.True(LogFormat.IsPayloadIntact(record, 1000));
        Assert.False(LogFormat.TryReadRecordHeader(record, 1001, out _, out _));
        Assert.False(LogFormat.IsPayloadIntact(record, 1001));
    }

    [Fact]
    public void Every_flipped_bit_of_a_file_header_is_noticed()
    {
        var header = new byte[LogFormat.FileHeaderBytes];
        var values = new LogFileHeader(4096, 4000, LogTesting.Start);
        LogFormat.WriteFileHeader(header, values);
        Assert.True(LogFormat.TryReadFileHeader(header, "f", out var read));
        Assert.Equal(values, read);
        for (var bit = 0; bit < header.Length * 8; bit++)
        {
            header[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                Assert.False(LogFormat.TryReadFileHeader(header, "f", out _));
            }
            catch (NotSupportedException)
            {
                Assert.InRange(bit / 8, 8, 11);
            }

            header[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void Settings_that_contradict_each_other_are_all_named()
    {
        var options = LogTesting.Options(o =>
        {
            (o.RetainBytes, o.MaxBytes, o.RetryInterval, o.QueueBytes) = (1 << 20, 1 << 20, TimeSpan.Zero, 4096);
            o.SkipCorruptAt.Add("nonsense");
        });
        var message = new EmbeddedEventLogOptionsValidator().Validate(null, options).FailureMessage;
        foreach (var key in (string[])["MaxBytes", "RetryInterval", "MaxRecordBytes", "SkipCorruptAt"])
        {
            Assert.Contains("Headroom:Log:" + key, message, StringComparison.Ordinal);
        }
    }
}
