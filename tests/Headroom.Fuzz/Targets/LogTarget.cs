using System.Buffers.Binary;
using System.Text.RegularExpressions;
using Headroom.Core;
using Headroom.Log;
using Microsoft.Extensions.Logging.Abstractions;

namespace Headroom.Fuzz.Targets;

/// <summary>
/// The files of an event log, recovered and read. The first byte says how many files there are, and which checksums are made right
/// before, so that what is behind them is found too; the next two say where the first file ends. Damage that is told is stepped over
/// as the error says. Laws: no record is given but one that stands there with a right checksum, within its file, in order; a place
/// that is stepped over is not told again.
/// </summary>
internal sealed partial class LogTarget : FuzzTarget
{
    private const int Header = 3;
    private const int MostDamage = 6;

    public override int MaxInputBytes => 8192;

    /// <summary>The reading of records is buffered by a mebibyte.</summary>
    public override long MaxAllocatedBytes => 64L << 20;

    public override IReadOnlyList<string> Words { get; } = ["HDRM-LOG"];

    public override void Run(byte[] input)
    {
        if (input.Length < Header)
        {
            return;
        }

        var (says, split) = (input[0], BinaryPrimitives.ReadUInt16LittleEndian(input.AsSpan(1)));
        var bytes = input[Header..];
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        if ((says & 1) == 0)
        {
            Add(files, bytes, says);
        }
        else
        {
            split = (ushort)Math.Min(split, bytes.Length);
            Add(files, bytes[..split], says);
            Add(files, bytes[split..], says);
        }

        var options = new EmbeddedEventLogOptions();
        for (var damage = 0; damage <= MostDamage; damage++)
        {
            try
            {
                Read(files, options);
                return;
            }
            catch (LogCorruptException e)
            {
                var place = Place().Match(e.Message).Groups[1].Value;
                Law.Holds(place.Length == 0 || !options.SkipCorruptAt.Contains(place), "Damage that is stepped over is not told again.");
                if (place.Length == 0)
                {
                    return;
                }

                options.SkipCorruptAt.Add(place);
            }
            catch (NotSupportedException)
            {
                // Of a newer format.
                return;
            }
        }
    }

    private static void Read(Dictionary<string, byte[]> files, EmbeddedEventLogOptions options)
    {
        var memory = new MemoryLogFiles(files);
        var log = new EmbeddedEventLog(options, memory, FixedTime.Instance, NullLogger.Instance, verifyFrom: 0);
        using var reader = log.OpenReader(0);
        long last = 0;
        while (reader.TryRead(4096) is { Count: > 0 } records)
        {
            foreach (var record in records)
            {
                Law.Holds(record.Offset >= last && record.NextOffset == record.Offset + 16 + record.Payload.Length, "Records are in order.");
                Law.Holds(record.NextOffset <= log.EndOffset, "No record is past the log's end.");
                Law.Holds(StandsThere(memory, record), "A record stands in its file with a right checksum.");
                last = record.NextOffset;
            }
        }
    }

    /// <summary>By the bytes of the files, with a checksum of its own.</summary>
    private static bool StandsThere(MemoryLogFiles files, in LogRecord record)
    {
        Span<byte> offset = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(offset, record.Offset);
        foreach (var (name, bytes) in files.Contents)
        {
            var at = LogFormat.TryParseFileName(name, out var start) ? record.Offset - start + 64 : 0;
            if (at < 64 || at + 16 + record.Payload.Length > bytes.Length)
            {
                continue;
            }

            var there = bytes.AsSpan((int)at, 16 + record.Payload.Length);
            var state = Crc(Crc(uint.MaxValue, offset), there[..8]);
            if (there[16..].SequenceEqual(record.Payload.Span) && BinaryPrimitives.ReadInt32LittleEndian(there) == record.Payload.Length &&
                BinaryPrimitives.ReadUInt32LittleEndian(there[8..]) == ~state && BinaryPrimitives.ReadUInt32LittleEndian(there[12..]) == ~Crc(state, there[16..]))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>CRC-32C, bit by bit.</summary>
    private static uint Crc(uint state, ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes)
        {
            state ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                state = (state & 1) != 0 ? (state >> 1) ^ 0x82F63B78 : state >> 1;
            }
        }

        return state;
    }

    private static void Add(Dictionary<string, byte[]> files, byte[] bytes, byte says)
    {
        long start = 0;
        if (bytes.Length >= LogFormat.FileHeaderBytes)
        {
            start = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(16)) & 0xFFFF_FFFF_FFFF;
            if ((says & 2) != 0)
            {
                LogFormat.WriteFileHeader(bytes, new LogFileHeader(start, BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(24)) & 0xFFFF_FFFF_FFFF, FixedTime.Now));
            }

            if ((says & 4) != 0)
            {
                Seal(bytes.AsSpan(LogFormat.FileHeaderBytes), start, (says >> 3) & 15);
            }
        }

        files[LogFormat.FileName(start)] = bytes;
    }

    /// <summary>Makes checksums right for as long as lengths lead from one record to the next, but for one record.</summary>
    private static void Seal(Span<byte> records, long offset, int but)
    {
        var (at, record) = (0, 0);
        while (records.Length - at >= LogFormat.RecordHeaderBytes)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(records[at..]);
            if (length < 0 || length > records.Length - at - LogFormat.RecordHeaderBytes)
            {
                return;
            }

            var size = LogFormat.RecordHeaderBytes + length;
            if (++record != but)
            {
                LogFormat.Seal(records.Slice(at, size), offset + at);
            }

            at += size;
        }
    }

    [GeneratedRegex("add \"([^\"]+)\"")]
    private static partial Regex Place();

    private sealed class MemoryLogFiles(Dictionary<string, byte[]> files) : ILogFiles
    {
        public Dictionary<string, byte[]> Contents { get; } = files.ToDictionary(StringComparer.Ordinal);

        public long FreeBytes => long.MaxValue;

        public string PathOf(string name) => name;

        public IReadOnlyList<string> List() => [.. Contents.Keys];

        public ILogFile Create(string name)
        {
            Contents.Add(name, []);
            return new MemoryFile(this, name);
        }

        public ILogFile Open(string name, bool writable) => Contents.ContainsKey(name) ? new MemoryFile(this, name) : throw new FileNotFoundException(name);

        public void Delete(string name) => Contents.Remove(name);

        public void SyncDirectory()
        {
            // Memory needs no sync.
        }

        public void Dispose()
        {
            // Nothing is open.
        }
    }

    private sealed class MemoryFile(MemoryLogFiles files, string name) : ILogFile
    {
        public long Length => files.Contents[name].Length;

        public int Read(Span<byte> buffer, long position)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(position);
            var bytes = files.Contents[name];
            var count = (int)Math.Clamp(bytes.Length - position, 0, buffer.Length);
            bytes.AsSpan((int)Math.Min(position, bytes.Length), count).CopyTo(buffer);
            return count;
        }

        public void Write(ReadOnlySpan<byte> bytes, long position)
        {
            var old = files.Contents[name];
            var grown = new byte[Math.Max(old.Length, position + bytes.Length)];
            old.CopyTo(grown, 0);
            bytes.CopyTo(grown.AsSpan((int)position));
            files.Contents[name] = grown;
        }

        public void Truncate(long length) => files.Contents[name] = files.Contents[name][..(int)length];

        public void Flush()
        {
            // Memory needs no flush.
        }

        public void Dispose()
        {
            // Nothing is open.
        }
    }
}
