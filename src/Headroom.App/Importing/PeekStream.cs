namespace Headroom.App.Importing;

/// <summary>Reads on from a stream after its beginning was looked at, for streams that cannot seek.</summary>
internal sealed class PeekStream(Stream inner) : ForwardStream
{
    private byte[] _peeked = [];
    private int _at;

    /// <summary>The first bytes, fewer only where the stream is shorter. To be called once, before anything is read.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> PeekAsync(int count, CancellationToken cancellationToken)
    {
        var buffer = new byte[count];
        var length = await inner.ReadAtLeastAsync(buffer, count, throwOnEndOfStream: false, cancellationToken);
        _peeked = buffer[..length];
        return _peeked;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer) => FromPeeked(buffer) is var copied and > 0 ? copied : inner.Read(buffer);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        FromPeeked(buffer.Span) is var copied and > 0 ? copied : await inner.ReadAsync(buffer, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private int FromPeeked(Span<byte> buffer)
    {
        var count = Math.Min(buffer.Length, _peeked.Length - _at);
        _peeked.AsSpan(_at, count).CopyTo(buffer);
        _at += count;
        return count;
    }
}
