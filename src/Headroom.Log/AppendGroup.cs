using System.Buffers;
using Headroom.Core;

namespace Headroom.Log;

/// <summary>
/// The records that share one write and one fsync. One group gathers while the other is written; the log's lock guards
/// the gathering one, and the writer thread owns the other.
/// </summary>
internal sealed class AppendGroup(AppendWaitersPool pool)
{
    private const int UsualBytes = 64 << 10;

    private byte[] _buffer = new byte[UsualBytes];
    private AppendWaiters _waiters = pool.Rent();
    private bool _isRented;
    private int _peak;

    public int Length { get; private set; }

    /// <summary>Records, of which several may share one wait.</summary>
    public int Count { get; private set; }

    public Span<byte> Bytes => _buffer.AsSpan(0, Length);

    /// <param name="operation">Who waits, or null when a record before waits for this one too.</param>
    public void Add(ReadOnlySpan<byte> record, AppendOperation? operation)
    {
        var needed = Length + LogFormat.RecordHeaderBytes + record.Length;
        if (needed > _buffer.Length)
        {
            Grow(needed);
        }

        var target = _buffer.AsSpan(Length);
        LogFormat.WriteRecordHeader(target, record.Length, Length);
        record.CopyTo(target[LogFormat.RecordHeaderBytes..]);
        if (operation is not null)
        {
            operation.Begin(Length);
            _waiters.Add(operation);
        }

        Length = needed;
        Count++;
    }

    /// <summary>Empties the group and hands over those who wait for it.</summary>
    public AppendWaiters Take()
    {
        var waiters = _waiters;
        _waiters = pool.Rent();
        _peak = Math.Max(_peak, Length);
        Length = 0;
        Count = 0;
        return waiters;
    }

    /// <summary>Gives the memory of a peak back when the time since the last call did not need it. Only while empty.</summary>
    public void Shrink()
    {
        if (_isRented && _peak < _buffer.Length / 4)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = new byte[UsualBytes];
            _isRented = false;
        }

        _peak = 0;
    }

    private void Grow(int needed)
    {
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(Math.Max(needed, 2L * _buffer.Length), Array.MaxLength));
        Bytes.CopyTo(larger);
        if (_isRented)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        _buffer = larger;
        _isRented = true;
    }
}

/// <summary>
/// Those who wait for one group: told on the thread pool, so that the writer thread goes on. What each does next runs in
/// place, a few after each other on every processor: waking the pool for each of them costs more than the answers
/// themselves.
/// </summary>
internal sealed class AppendWaiters(AppendWaitersPool pool) : IThreadPoolWorkItem
{
    private const int UsualCount = 256;
    private const int ChunkCount = 16;

    private AppendOperation[] _operations = new AppendOperation[UsualCount];
    private LogAppend _first;
    private int _next;
    private int _workers;

    public int Count { get; private set; }

    public void Add(AppendOperation operation)
    {
        if (Count == _operations.Length)
        {
            Array.Resize(ref _operations, Count * 2);
        }

        _operations[Count++] = operation;
    }

    /// <param name="result">The result of the group; its offset is that of the first record.</param>
    public void Complete(in LogAppend result)
    {
        _first = result;
        _next = 0;
        var workers = Math.Clamp((Count + ChunkCount - 1) / ChunkCount, 1, Environment.ProcessorCount);
        _workers = workers;
        for (var i = 0; i < workers; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    public void Execute()
    {
        var first = _first;
        int start;
        while ((start = Interlocked.Add(ref _next, ChunkCount) - ChunkCount) < Count)
        {
            foreach (var operation in _operations.AsSpan(start, Math.Min(ChunkCount, Count - start)))
            {
                // A refused record has no offset. Distance is read before Complete, after which the operation may
                // already serve another append.
                operation.Complete(first.Status == LogAppendStatus.Durable
                    ? first with { Offset = first.Offset + operation.Distance }
                    : first);
            }
        }

        if (Interlocked.Decrement(ref _workers) > 0)
        {
            return;
        }

        if (_operations.Length <= 4 * UsualCount)
        {
            Array.Clear(_operations, 0, Count);
        }
        else
        {
            _operations = new AppendOperation[UsualCount];
        }

        Count = 0;
        pool.Return(this);
    }
}

/// <summary>A few free lists: as many groups as are usually on their way to their callers.</summary>
internal sealed class AppendWaitersPool
{
    private readonly Lock _gate = new();
    private readonly AppendWaiters?[] _free = new AppendWaiters?[4];
    private int _count;

    public AppendWaiters Rent()
    {
        lock (_gate)
        {
            if (_count > 0)
            {
                return _free[--_count]!;
            }
        }

        return new AppendWaiters(this);
    }

    public void Return(AppendWaiters waiters)
    {
        lock (_gate)
        {
            if (_count < _free.Length)
            {
                _free[_count++] = waiters;
            }
        }
    }
}
