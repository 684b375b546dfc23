using System.Buffers;

namespace Headroom.Log;

/// <summary>Reads a file's records one after the other through a buffer that is as large as its usual reads.</summary>
internal sealed class RecordWindow(ILogFile file, int bytes) : IDisposable
{
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(bytes);
    private long _start;
    private int _filled;

    /// <summary>The whole record, header included, at a position of the file; false when there is no intact one.</summary>
    /// <param name="end">Where the file's records end.</param>
    /// <param name="record">Valid until the next call.</param>
    public bool TryRecord(long position, long end, long offset, out ReadOnlySpan<byte> record)
    {
        record = default;
        if (end - position < LogFormat.RecordHeaderBytes
            || !TryFill(position, LogFormat.RecordHeaderBytes, end)
            || !LogFormat.TryReadRecordHeader(At(position, LogFormat.RecordHeaderBytes), offset, out var length, out _)
            || length > end - position - LogFormat.RecordHeaderBytes
            || !TryFill(position, LogFormat.RecordHeaderBytes + length, end))
        {
            return false;
        }

        record = At(position, LogFormat.RecordHeaderBytes + length);
        return LogFormat.IsPayloadIntact(record, offset);
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    private ReadOnlySpan<byte> At(long position, int length) => _buffer.AsSpan((int)(position - _start), length);

    private bool TryFill(long position, int needed, long end)
    {
        if (position >= _start && position + needed <= _start + _filled)
        {
            return true;
        }

        if (needed > _buffer.Length)
        {
            // No more memory than the file has bytes, whatever its records and the next file say.
            if (needed > file.Length - position)
            {
                return false;
            }

            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = ArrayPool<byte>.Shared.Rent(needed);
        }

        _start = position;
        _filled = file.Read(_buffer.AsSpan(0, (int)Math.Min(_buffer.Length, end - position)), position);
        return _filled >= needed;
    }
}
