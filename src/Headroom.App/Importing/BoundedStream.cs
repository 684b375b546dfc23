namespace Headroom.App.Importing;

/// <summary>More bytes came than may come.</summary>
internal sealed class TooLongException(string message) : Exception(message);

/// <summary>Counts what is read, and throws <see cref="TooLongException"/> past a bound. The count may be asked while it is read.</summary>
internal sealed class BoundedStream(Stream inner, long most, string pastIt) : ForwardStream
{
    private long _read;

    public long BytesRead => Interlocked.Read(ref _read);

    public override int Read(byte[] buffer, int offset, int count) => Counted(inner.Read(buffer, offset, count));

    public override int Read(Span<byte> buffer) => Counted(inner.Read(buffer));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Counted(await inner.ReadAsync(buffer, cancellationToken));

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private int Counted(int count) => Interlocked.Add(ref _read, count) <= most ? count : throw new TooLongException(pastIt);
}
