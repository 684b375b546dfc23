using System.Buffers;
using Headroom.Core;
using Microsoft.Extensions.Logging;

namespace Headroom.Log;

/// <summary>
/// Reads from the files, with a handle of its own, so that it disturbs neither the writer nor other readers, and a file
/// that retention removes stays readable until this reader has left it.
/// </summary>
internal sealed class LogReader(EmbeddedEventLog log, ILogFiles files, LogDamage damage, ILogger logger, long offset) : ILogReader
{
    /// <summary>What may stay allocated while there is nothing to read.</summary>
    private const int IdleBytes = 256 << 10;

    private const int MinimumBytes = 16 << 10;

    private readonly List<LogRecord> _records = [];
    private byte[] _buffer = [];
    private ILogFile? _file;
    private LogFile? _openFile;
    private long _offset = offset;
    private bool _isAtOldest = offset == 0;
    private bool _isDisposed;

    public LogPosition Position => _offset;

    public async ValueTask<IReadOnlyList<LogRecord>> ReadAsync(int maxBytes, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var records = TryRead(maxBytes);
            if (records.Count > 0)
            {
                return records;
            }

            if (log.WaitBeyond(_offset) is { } moved)
            {
                if (_buffer.Length > IdleBytes)
                {
                    ReplaceBuffer(0);
                }

                await moved.WaitAsync(cancellationToken);
            }
        }
    }

    public IReadOnlyList<LogRecord> TryRead(int maxBytes)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxBytes);
        _records.Clear();
        while (_records.Count == 0 && log.Find(ref _offset) is { } span)
        {
            if (!TryOpen(span.File))
            {
                // Retention was quicker; the next look finds what is left.
                _offset = _isAtOldest ? 0 : _offset;
                continue;
            }

            ReadSpan(span, maxBytes);
        }

        return _records;
    }

    public void Dispose()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            _file?.Dispose();
            ReplaceBuffer(0);
        }
    }

    private bool TryOpen(LogFile file)
    {
        if (ReferenceEquals(_openFile, file))
        {
            return true;
        }

        _file?.Dispose();
        (_file, _openFile) = (null, null);
        try
        {
            _file = files.Open(file.Name, writable: false);
        }
        catch (FileNotFoundException)
        {
            var at = _offset;
            if (log.Find(ref at) is { } again && again.File == file)
            {
                throw log.Damaged(damage.Found(file.Name, 0, file.BaseOffset, "it is missing; something other than Headroom has removed it."));
            }

            return false;
        }

        _openFile = file;
        return true;
    }

    private void ReadSpan(in LogSpan span, int maxBytes)
    {
        var available = span.Limit - _offset;
        var wanted = (int)Math.Min(available, Math.Max(maxBytes, MinimumBytes));
        Reserve(wanted);
        var filled = Fill(wanted);
        if (!TryFirst(filled, available, out var size))
        {
            StepOverDamage(span);
            return;
        }

        if (size > filled && size <= _file!.Length - span.File.PositionOf(_offset))
        {
            Reserve(size);
            filled = Fill(size);
        }

        var at = 0;
        while (filled - at >= LogFormat.RecordHeaderBytes)
        {
            var recordOffset = _offset + at;
            if (!LogFormat.TryReadRecordHeader(_buffer.AsSpan(at), recordOffset, out var length, out _))
            {
                break;
            }

            size = LogFormat.RecordHeaderBytes + length;
            if (size > filled - at
                || (at > 0 && at + (long)size > maxBytes)
                || !LogFormat.IsPayloadIntact(_buffer.AsSpan(at, size), recordOffset))
            {
                break;
            }

            _records.Add(new LogRecord(recordOffset, recordOffset + size, _buffer.AsMemory(at + LogFormat.RecordHeaderBytes, length)));
            at += size;
        }

        if (_records.Count == 0)
        {
            // Good records before damage are handed out first; now it is the next one.
            StepOverDamage(span);
            return;
        }

        _offset += at;
        _isAtOldest = false;
        LogMetrics.Read(_records.Count, at);
    }

    private bool TryFirst(int filled, long available, out int size)
    {
        size = 0;
        if (filled < LogFormat.RecordHeaderBytes
            || !LogFormat.TryReadRecordHeader(_buffer, _offset, out var length, out _)
            || length > available - LogFormat.RecordHeaderBytes)
        {
            return false;
        }

        size = LogFormat.RecordHeaderBytes + length;
        return true;
    }

    /// <summary>Everything before the durable end was intact once, so a record that is not is damage. Throws, unless allowed.</summary>
    private void StepOverDamage(in LogSpan span)
    {
        var position = span.File.PositionOf(_offset);
        if (!damage.IsSkipped(span.File.Name, position))
        {
            throw log.Damaged(damage.BadRecord(span, _offset));
        }

        var skipped = LogDamage.Extent(_file!, span, _offset);
        logger.DamageSkipped(files.PathOf(span.File.Name), position, skipped);
        _offset += skipped;
    }

    private int Fill(int bytes) => _file!.Read(_buffer.AsSpan(0, bytes), _openFile!.PositionOf(_offset));

    private void Reserve(int bytes)
    {
        if (bytes > _buffer.Length)
        {
            ReplaceBuffer(bytes);
        }
    }

    private void ReplaceBuffer(int bytes)
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        _buffer = bytes == 0 ? [] : ArrayPool<byte>.Shared.Rent(bytes);
    }
}
