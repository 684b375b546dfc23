using System.Runtime.InteropServices;

namespace Headroom.Core;

/// <summary>Memory outside the managed heap, which the collector neither moves nor waits with giving back. Its contents are anything at first.</summary>
public sealed class MemoryPage
{
    internal MemoryPage(nint address, long bytes, Slab? slab) => (Address, Bytes, Slab) = (address, bytes, slab);

    /// <summary>Aligned for any number.</summary>
    public nint Address { get; }

    public long Bytes { get; }

    /// <summary>What it is cut from; null where it is an allocation of its own.</summary>
    internal Slab? Slab { get; }

    /// <summary>Place among the pages of the one who holds it.</summary>
    internal int Place { get; set; }
}

/// <summary>Pages next to each other, asked of the system and given back to it together.</summary>
internal sealed class Slab
{
    public Slab(nint address)
    {
        Address = address;
        for (var i = PagePool.SlabPages - 1; i >= 0; i--)
        {
            Free.Push(new MemoryPage(address + (i * PagePool.PageBytes), PagePool.PageBytes, this));
        }
    }

    public nint Address { get; }

    public Stack<MemoryPage> Free { get; } = new(PagePool.SlabPages);

    /// <summary>Place among the slabs that are in use in part.</summary>
    public int Place { get; set; }
}

/// <summary>
/// Pages of 64 KiB for those who need much memory for a short time and often, so that it is neither asked of the system each time nor kept
/// for long. Safe for concurrent use.
/// </summary>
/// <param name="keepBytes">Of free memory, what is kept at most for the next one.</param>
public sealed partial class PagePool(long keepBytes) : IDisposable
{
    public const int PageBytes = 64 * 1_024;
    internal const int SlabPages = 16;
    private const int SlabBytes = SlabPages * PageBytes;
    private readonly Lock _gate = new();
    private readonly Stack<Slab> _free = new();
    private readonly List<Slab> _partly = [];
    private long _rented;
    private bool _used;

    /// <summary>Bytes that somebody has.</summary>
    public long RentedBytes => Volatile.Read(ref _rented);

    /// <summary>Bytes kept for the next one.</summary>
    public long KeptBytes
    {
        get
        {
            lock (_gate)
            {
                return (long)_free.Count * SlabBytes;
            }
        }
    }

    /// <summary>Gives back to the system what is free, if nobody has asked for a page since the last call.</summary>
    public void TrimWhenIdle()
    {
        lock (_gate)
        {
            if (!_used)
            {
                Trim(0);
            }

            _used = false;
        }
    }

    /// <summary>After all pages were returned.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            Trim(0);
        }
    }

    internal MemoryPage Rent(long bytes)
    {
        var page = bytes == PageBytes ? Rent() : new MemoryPage(Allocate(bytes), bytes, null);
        Interlocked.Add(ref _rented, bytes);
        return page;
    }

    internal void Return(MemoryPage page)
    {
        Interlocked.Add(ref _rented, -page.Bytes);
        if (page.Slab is not { } slab)
        {
            Free(page.Address);
            return;
        }

        lock (_gate)
        {
            slab.Free.Push(page);
            if (slab.Free.Count == 1)
            {
                slab.Place = _partly.Count;
                _partly.Add(slab);
            }

            if (slab.Free.Count == SlabPages)
            {
                Leave(slab);
                _free.Push(slab);
                Trim(keepBytes);
            }
        }
    }

    private MemoryPage Rent()
    {
        lock (_gate)
        {
            _used = true;
            if (_partly.Count == 0)
            {
                var slab = _free.TryPop(out var kept) ? kept : new Slab(Map());
                slab.Place = 0;
                _partly.Add(slab);
            }

            var from = _partly[^1];
            var page = from.Free.Pop();
            if (from.Free.Count == 0)
            {
                Leave(from);
            }

            return page;
        }
    }

    private void Leave(Slab slab)
    {
        var last = _partly[^1];
        (_partly[slab.Place], last.Place) = (last, slab.Place);
        _partly.RemoveAt(_partly.Count - 1);
    }

    private void Trim(long keep)
    {
        while (_free.Count * (long)SlabBytes > keep)
        {
            Unmap(_free.Pop().Address);
        }
    }

    private static unsafe nint Allocate(long bytes)
    {
        try
        {
            return (nint)NativeMemory.Alloc((nuint)bytes);
        }
        catch (OutOfMemoryException)
        {
            throw NoMemory();
        }
    }

    private static unsafe void Free(nint address) => NativeMemory.Free((void*)address);

    // An allocator would keep it among small allocations of other parts and for as long as it likes.
    private static nint Map()
    {
        if (!OperatingSystem.IsLinux())
        {
            return Allocate(SlabBytes);
        }

        var address = MapMemory(0, SlabBytes, 3, 0x22, -1, 0);
        return address != -1 ? address : throw NoMemory();
    }

    private static void Unmap(nint address)
    {
        if (OperatingSystem.IsLinux())
        {
            _ = UnmapMemory(address, SlabBytes);
        }
        else
        {
            Free(address);
        }
    }

    private static QueryRefusedException NoMemory() => new(QueryBound.Memory,
        "The machine has no memory left for this query. Ask for a shorter range, or lower Headroom:Store:QueryMemoryMegabytes so that queries wait for each other.");

    /// <summary>Readable and writable (3), private and not of a file (0x22).</summary>
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint MapMemory(nint address, nuint bytes, int protection, int flags, int file, long offset);

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int UnmapMemory(nint address, nuint bytes);
}
