using System.Buffers;

namespace Headroom.App.Capture;

/// <summary>
/// A growing byte buffer over the shared pool. Not safe for concurrent use. Arrays past a size are left to the garbage
/// collector: the pool keeps what it gets back for each thread and core, and a few hostile bodies would fill it with
/// gigabytes that nobody uses again.
/// </summary>
internal sealed class PooledBuffer : IDisposable
{
    private const int LargestPooled = 1 << 20;
    private byte[] _bytes = [];

    public int Length { get; private set; }

    public byte[] Array => _bytes;

    public Span<byte> Written => _bytes.AsSpan(0, Length);

    public void Write(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        Length += bytes.Length;
    }

    public void Write(byte value)
    {
        Reserve(1)[0] = value;
        Length++;
    }

    /// <summary>Room for at least so many bytes; what is filled of it counts after <see cref="Advance"/>.</summary>
    public Span<byte> Reserve(int bytes)
    {
        if (_bytes.Length - Length < bytes)
        {
            var size = Math.Max(1024, checked(Length + Math.Max(bytes, Length)));
            var larger = size <= LargestPooled ? ArrayPool<byte>.Shared.Rent(size) : GC.AllocateUninitializedArray<byte>(size);
            Written.CopyTo(larger);
            Dispose();
            _bytes = larger;
        }

        return _bytes.AsSpan(Length);
    }

    public void Advance(int bytes) => Length += bytes;

    /// <summary>Empties the buffer; gives its memory back to the pool where it is larger than is good to hold on to.</summary>
    public void Clear(int keepAtMost = int.MaxValue)
    {
        Length = 0;
        if (_bytes.Length > keepAtMost)
        {
            Dispose();
        }
    }

    public void Dispose()
    {
        if (_bytes.Length is > 0 and <= LargestPooled)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
        }

        _bytes = [];
    }
}
