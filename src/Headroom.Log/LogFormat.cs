using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using Headroom.Core;

namespace Headroom.Log;

/// <summary>
/// The format of the log's files, version 1. All numbers are little-endian.
/// <code>
/// file    = header record*
/// header  = magic "HDRM-LOG" (8) · version u32 · header length u32 (64) · base offset u64 · previous end u64
///           · created u64 (Unix ms) · zeros (20) · CRC-32C u32 of the 60 bytes before
/// record  = payload length u32 · distance u32 · header CRC u32 · payload CRC u32 · payload
/// </code>
/// An offset is a byte position in the whole log: a record at position p of a file has the offset
/// base + (p − 64). A file is named by its base, as 20 decimal digits and ".log".
/// <para>
/// <i>distance</i> is the number of bytes from the start of the commit group to the record: zero for the first of a
/// group. The <i>header CRC</i> covers the record's offset, length and distance; the <i>payload CRC</i> goes on from
/// there over the payload. A record that is stale or in the wrong place therefore fails its check.
/// </para>
/// Invariants:
/// <list type="number">
/// <item>A group is written only after the group before it is durable. So an intact record proves that everything
/// before its own group's start was once durable.</item>
/// <item>Hence a bad record with an intact record of a later group after it is damage (start-up stops), and a bad
/// record with nothing, or only its own group, after it is the torn write of a group that nobody was promised:
/// it is cut off. (Within one group a disk may keep later blocks and lose earlier ones.) What this cannot tell
/// apart is a disk that damages the very last group after it was acknowledged: that is cut off too, with a warning.</item>
/// <item>A header is durable, and so is the file's name in its directory, before the first record is written.</item>
/// <item>A file holds the offsets from its base to the <i>previous end</i> of the file after it. Whatever follows that
/// position was never durable, for instance the rest of a group whose fsync failed. Base and previous end
/// differ only where an operator made the log continue from a later offset.</item>
/// <item>A file whose base is the end of the log holds nothing and may be deleted and made again.</item>
/// <item>Files are deleted oldest first, each deletion durable before the next, so that no gap can appear.</item>
/// <item>A change that old builds cannot read raises the version; a build refuses versions above its own.</item>
/// </list>
/// </summary>
internal static class LogFormat
{
    public const int Version = 1;
    public const int FileHeaderBytes = 64;
    public const int RecordHeaderBytes = 16;
    public const string Extension = ".log";

    private static ReadOnlySpan<byte> Magic => "HDRM-LOG"u8;

    public static string FileName(long baseOffset) => baseOffset.ToString("D20", CultureInfo.InvariantCulture) + Extension;

    public static bool TryParseFileName(string name, out long baseOffset)
    {
        baseOffset = 0;
        return name.Length == 20 + Extension.Length
            && name.EndsWith(Extension, StringComparison.Ordinal)
            && long.TryParse(name.AsSpan(0, 20), NumberStyles.None, CultureInfo.InvariantCulture, out baseOffset);
    }

    public static void WriteFileHeader(Span<byte> header, in LogFileHeader values)
    {
        header[..FileHeaderBytes].Clear();
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], Version);
        BinaryPrimitives.WriteInt32LittleEndian(header[12..], FileHeaderBytes);
        BinaryPrimitives.WriteInt64LittleEndian(header[16..], values.BaseOffset);
        BinaryPrimitives.WriteInt64LittleEndian(header[24..], values.PreviousEnd);
        BinaryPrimitives.WriteInt64LittleEndian(header[32..], values.Created.ToUnixTimeMilliseconds());
        BinaryPrimitives.WriteUInt32LittleEndian(header[60..], Crc32C.Of(header[..60]));
    }

    /// <summary>False when the header is damaged or was never completed.</summary>
    /// <exception cref="NotSupportedException">The file is of a newer format.</exception>
    public static bool TryReadFileHeader(ReadOnlySpan<byte> header, string path, out LogFileHeader values)
    {
        values = default;
        if (header.Length < FileHeaderBytes || !header[..8].SequenceEqual(Magic))
        {
            return false;
        }

        // Looked at before the checksum: a newer format may keep its checksum elsewhere.
        var version = BinaryPrimitives.ReadInt32LittleEndian(header[8..]);
        if (version > Version)
        {
            throw new NotSupportedException(string.Create(CultureInfo.InvariantCulture,
                $"The event log file {path} has format {version}; this build of Headroom reads formats up to {Version}. Start the newer build that wrote it, or let that build's writer catch up, stop it and move the log directory away."));
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(header[60..]) != Crc32C.Of(header[..60]))
        {
            return false;
        }

        var created = BinaryPrimitives.ReadInt64LittleEndian(header[32..]);
        values = new LogFileHeader(
            BinaryPrimitives.ReadInt64LittleEndian(header[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(header[24..]),
            DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(created, 0, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())));
        return true;
    }

    /// <summary>Fills in what is known when a record joins its group. The checksums follow in <see cref="Seal"/>.</summary>
    public static void WriteRecordHeader(Span<byte> header, int length, int distance)
    {
        BinaryPrimitives.WriteInt32LittleEndian(header, length);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], distance);
    }

    /// <summary>Writes the checksums of all records of a group, which need the group's offset.</summary>
    public static void Seal(Span<byte> group, long offset)
    {
        var at = 0;
        while (at < group.Length)
        {
            var record = group[at..];
            var length = BinaryPrimitives.ReadInt32LittleEndian(record);
            var state = HeaderState(record, offset + at);
            BinaryPrimitives.WriteUInt32LittleEndian(record[8..], Crc32C.Finish(state));
            state = Crc32C.Append(state, record.Slice(RecordHeaderBytes, length));
            BinaryPrimitives.WriteUInt32LittleEndian(record[12..], Crc32C.Finish(state));
            at += RecordHeaderBytes + length;
        }
    }

    /// <summary>Whether a record's header belongs at this offset; the lengths are to be trusted only then.</summary>
    public static bool TryReadRecordHeader(ReadOnlySpan<byte> header, long offset, out int length, out int distance)
    {
        length = BinaryPrimitives.ReadInt32LittleEndian(header);
        distance = BinaryPrimitives.ReadInt32LittleEndian(header[4..]);
        return length >= 0
            && distance >= 0
            && BinaryPrimitives.ReadUInt32LittleEndian(header[8..]) == Crc32C.Finish(HeaderState(header, offset));
    }

    public static bool IsPayloadIntact(ReadOnlySpan<byte> record, long offset) =>
        BinaryPrimitives.ReadUInt32LittleEndian(record[12..])
            == Crc32C.Finish(Crc32C.Append(HeaderState(record, offset), record[RecordHeaderBytes..]));

    /// <summary>
    /// Looks for the first intact record of an offset above <paramref name="afterOffset"/>, optionally one that proves
    /// damage at <paramref name="afterOffset"/> (invariant 2). Returns its position in <paramref name="bytes"/>, or −1.
    /// </summary>
    /// <param name="bytes">The file's bytes from the bad record on, whose first byte has the offset <paramref name="afterOffset"/>.</param>
    public static int FindIntact(ReadOnlySpan<byte> bytes, long afterOffset, bool ofLaterGroup)
    {
        var at = 1;
        while (at <= bytes.Length - RecordHeaderBytes)
        {
            var offset = afterOffset + at;
            if (TryReadRecordHeader(bytes[at..], offset, out var length, out var distance)
                && length <= bytes.Length - at - RecordHeaderBytes
                && IsPayloadIntact(bytes.Slice(at, RecordHeaderBytes + length), offset))
            {
                if (!ofLaterGroup || offset - distance > afterOffset)
                {
                    return at;
                }

                at += RecordHeaderBytes + length;
            }
            else
            {
                at++;
            }
        }

        return -1;
    }

    private static uint HeaderState(ReadOnlySpan<byte> header, long offset) =>
        BitOperations.Crc32C(
            BitOperations.Crc32C(Crc32C.Seed, (ulong)offset),
            BinaryPrimitives.ReadUInt64LittleEndian(header));
}

/// <param name="BaseOffset">The offset of the file's first record.</param>
/// <param name="PreviousEnd">Where the file before ended: its durable end.</param>
/// <param name="Created">When the file was begun, and with that when the one before received its last record.</param>
internal readonly record struct LogFileHeader(long BaseOffset, long PreviousEnd, DateTimeOffset Created);
