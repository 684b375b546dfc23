using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Headroom.Bench;

/// <summary>
/// Readiness of many sockets on one thread, straight from the kernel: the generator shares its cores with the server
/// that it measures, so that what a request costs here must stay small beside what it costs there.
/// </summary>
internal sealed unsafe partial class Epoll : IDisposable
{
    public const uint Readable = 0x001;
    public const uint Writable = 0x004;
    private const uint ErrorOrHangUp = 0x008 | 0x010;
    private const int Add = 1;
    private const int Modify = 3;
    private const int CloseOnExec = 0x80000;
    private const int DoNotWait = 0x40;
    private const int NoSignal = 0x4000;
    private const int TryAgain = 11;
    private const int Interrupted = 4;
    private const int MaxEvents = 512;

    // struct epoll_event is packed on x64 and naturally aligned elsewhere.
    private static readonly int s_size = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    private static readonly int s_data = s_size - 8;

    private readonly byte[] _events = GC.AllocateArray<byte>(MaxEvents * 16, pinned: true);
    private readonly int _handle;

    public Epoll()
    {
        _handle = Create(CloseOnExec);
        Check(_handle);
    }

    public void Watch(int handle, int index, uint interest) => Control(Add, handle, index, interest);

    public void Change(int handle, int index, uint interest) => Control(Modify, handle, index, interest);

    /// <summary>Waits at most so long; the number of sockets that <see cref="Ready"/> then tells of.</summary>
    public int Wait(long nanoseconds)
    {
        var time = stackalloc long[2] { nanoseconds / 1_000_000_000, nanoseconds % 1_000_000_000 };
        fixed (byte* events = _events)
        {
            var count = Wait2(_handle, events, MaxEvents, time, null);
            if (count < 0)
            {
                var error = Marshal.GetLastPInvokeError();
                return error == Interrupted ? 0 : throw new Win32Exception(error);
            }

            return count;
        }
    }

    public (int Index, bool Writable) Ready(int which)
    {
        var at = _events.AsSpan(which * s_size, s_size);
        var events = MemoryMarshal.Read<uint>(at);
        var index = (int)MemoryMarshal.Read<long>(at[s_data..]);
        return (index, (events & Writable) != 0 && (events & ErrorOrHangUp) == 0);
    }

    /// <summary>Bytes sent, or -1 when the socket cannot take any now.</summary>
    public static int Send(int handle, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            return Done(SendTo(handle, start, (nuint)bytes.Length, DoNotWait | NoSignal));
        }
    }

    /// <summary>Bytes received, 0 when the other side closed, or -1 when there are none now.</summary>
    public static int Receive(int handle, Span<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            return Done(ReceiveFrom(handle, start, (nuint)bytes.Length, DoNotWait));
        }
    }

    public void Dispose() => _ = Close(_handle);

    private static int Done(nint result)
    {
        if (result >= 0)
        {
            return (int)result;
        }

        var error = Marshal.GetLastPInvokeError();
        return error is TryAgain or Interrupted ? -1 : throw new Win32Exception(error);
    }

    private void Control(int operation, int handle, int index, uint interest)
    {
        var one = stackalloc byte[16];
        *(uint*)one = interest;
        *(long*)(one + s_data) = index;
        Check(EpollControl(_handle, operation, handle, one));
    }

    private static void Check(int result)
    {
        if (result < 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Create(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int EpollControl(int epoll, int operation, int handle, byte* change);

    [LibraryImport("libc", EntryPoint = "epoll_pwait2", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Wait2(int epoll, byte* events, int max, long* time, void* mask);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint SendTo(int handle, byte* bytes, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint ReceiveFrom(int handle, byte* bytes, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int handle);
}
