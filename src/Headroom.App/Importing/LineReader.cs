namespace Headroom.App.Importing;

/// <summary>
/// Cuts a stream into lines without copying them. A line that is longer than the bound is given as too long, without its
/// text, and reading goes on after it; memory stays within the bound.
/// </summary>
internal sealed class LineReader(Stream stream, int maxLine)
{
    private byte[] _buffer = new byte[Math.Min(256 * 1024, maxLine + 1)];
    private int _start;
    private int _scanned;
    private int _end;
    private bool _ended;
    private bool _skipping;

    /// <summary>Reads more. False at the end, when there is nothing left to give.</summary>
    public async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_ended)
        {
            return false;
        }

        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_scanned, _end, _start) = (_scanned - _start, _end - _start, 0);
        }

        if (_end == _buffer.Length)
        {
            if (_buffer.Length > maxLine)
            {
                _skipping = true;
                (_scanned, _end) = (0, 0);
            }
            else
            {
                Array.Resize(ref _buffer, (int)Math.Min(maxLine + 1L, _buffer.Length * 2L));
            }
        }

        var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        _end += read;
        _ended = read == 0;
        return !_ended || _end > _start || _skipping;
    }

    /// <summary>The next line without its line end; valid until the next call of either method.</summary>
    public bool TryRead(out ReadOnlySpan<byte> line, out bool tooLong)
    {
        var unseen = _buffer.AsSpan(_scanned, _end - _scanned);
        var at = unseen.IndexOf((byte)'\n');
        if (at < 0 && !(_ended && (_end > _start || _skipping)))
        {
            _scanned = _end;
            line = default;
            tooLong = false;
            return false;
        }

        var end = at < 0 ? _end : _scanned + at;
        line = _buffer.AsSpan(_start, end - _start);
        tooLong = _skipping || line.Length > maxLine;
        if (tooLong)
        {
            line = default;
        }
        else if (line is [.., (byte)'\r'])
        {
            line = line[..^1];
        }

        _skipping = false;
        _start = _scanned = at < 0 ? _end : end + 1;
        return true;
    }
}
