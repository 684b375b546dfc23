namespace Headroom.Core;

/// <summary>A sink that keeps much of what it is given, in memory that the store counts for the query and bounds.</summary>
public interface IHoldingSink : IColumnSink
{
    /// <summary>
    /// What is kept for it before it is given so many rows: what it needs at most for them until it is disposed, or for a few persons or sessions, where those
    /// are fewer than rows by far. More is asked for as it comes.
    /// </summary>
    long BytesFor(long rows);

    /// <summary>Called before the first batch. The sink disposes of it, when nothing of what it was given is needed any more.</summary>
    void Hold(HeldMemory memory);
}

/// <summary>How much a query may hold.</summary>
public interface IMemoryBudget
{
    /// <summary>Gives more: what the query may hold from now on, at least <paramref name="bytes"/>. Throws <see cref="QueryRefusedException"/> where that is too much.</summary>
    long Grow(long bytes);

    /// <summary>Takes back all but these.</summary>
    void Settle(long bytes);
}

/// <summary>What one query holds outside the store's engine. Safe for concurrent use; dispose it when nobody uses its pages any more.</summary>
public sealed class HeldMemory : IDisposable
{
    private readonly PagePool _pool;
    private readonly IMemoryBudget? _budget;
    private readonly Lock _gate = new();
    private readonly List<MemoryPage> _pages = [];
    private long _bytes;
    private long _may;
    private bool _disposed;

    /// <param name="budget">None bounds it where null.</param>
    public HeldMemory(PagePool pool, IMemoryBudget? budget)
    {
        (_pool, _budget) = (pool, budget);
        _may = budget is null ? long.MaxValue : 0;
    }

    /// <summary>Bytes held now.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>A page of <see cref="PagePool.PageBytes"/>, or of another size. Throws <see cref="QueryRefusedException"/> past the budget.</summary>
    public MemoryPage Rent(long bytes = PagePool.PageBytes)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            Add(bytes);
            try
            {
                var page = _pool.Rent(bytes);
                page.Place = _pages.Count;
                _pages.Add(page);
                return page;
            }
            catch (QueryRefusedException)
            {
                _bytes -= bytes;
                throw;
            }
        }
    }

    /// <summary>Before the rest is.</summary>
    public void Return(MemoryPage page)
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            var last = _pages[^1];
            (_pages[page.Place], last.Place) = (last, page.Place);
            _pages.RemoveAt(_pages.Count - 1);
            _bytes -= page.Bytes;
            _pool.Return(page);
        }
    }

    /// <summary>Counts what is held on the managed heap. Throws <see cref="QueryRefusedException"/> past the budget.</summary>
    public void Count(long bytes)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            Add(bytes);
        }
    }

    /// <summary>Says that it will not be more than so much from now on, or than what is held already.</summary>
    public void Settle(long bytes)
    {
        lock (_gate)
        {
            if (_budget is not null && !_disposed)
            {
                _may = Math.Min(_may, Math.Max(bytes, _bytes));
                _budget.Settle(_may);
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            foreach (var page in _pages)
            {
                _pool.Return(page);
            }

            _pages.Clear();
            _bytes = 0;
            _budget?.Settle(0);
        }
    }

    private void Add(long bytes)
    {
        if (_bytes + bytes > _may)
        {
            _may = _budget!.Grow(_bytes + bytes);
        }

        _bytes += bytes;
    }
}
