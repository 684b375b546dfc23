using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Headroom.App.Moving;

/// <summary>Sends open sockets to another process over a Unix socket, and takes them. Linux, 64 bits.</summary>
internal static unsafe partial class SocketPassing
{
    public const int MostSockets = 16;

    private const int SocketLevel = 1;
    private const int Rights = 1;
    private const int NoSignal = 0x4000;
    private const int CloseOnExecute = 0x40000000;
    private const int HeaderBytes = 16;

    /// <summary>Sends bytes and, with the first of them, the sockets; the caller keeps its own.</summary>
    /// <exception cref="IOException">It could not be sent.</exception>
    public static void Send(Socket channel, ReadOnlySpan<byte> bytes, IReadOnlyList<Socket> sockets)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sockets.Count, MostSockets);
        Span<byte> control = stackalloc byte[HeaderBytes + (MostSockets * sizeof(int))];
        control.Clear();
        MemoryMarshal.Write(control, (nuint)(HeaderBytes + (sockets.Count * sizeof(int))));
        MemoryMarshal.Write(control[8..], SocketLevel);
        MemoryMarshal.Write(control[12..], Rights);
        for (var i = 0; i < sockets.Count; i++)
        {
            MemoryMarshal.Write(control[(HeaderBytes + (i * sizeof(int)))..], (int)sockets[i].SafeHandle.DangerousGetHandle());
        }

        fixed (byte* data = bytes, more = control)
        {
            var vector = new Vector { Base = data, Length = (nuint)bytes.Length };
            var message = new Message { Vectors = &vector, VectorCount = 1, Control = more, ControlLength = (nuint)(HeaderBytes + Aligned(sockets.Count * sizeof(int))) };
            var sent = SendMessage((int)channel.SafeHandle.DangerousGetHandle(), &message, NoSignal);
            if (sent != bytes.Length)
            {
                throw new IOException($"The listening sockets could not be sent: {Marshal.GetLastPInvokeErrorMessage()}.");
            }
        }
    }

    /// <summary>Takes bytes and the sockets that come with them; the channel blocks.</summary>
    /// <returns>How many bytes, and the sockets, which are the caller's.</returns>
    /// <exception cref="IOException">Nothing could be taken.</exception>
    public static (int Bytes, IReadOnlyList<Socket> Sockets) Receive(Socket channel, Span<byte> bytes)
    {
        Span<byte> control = stackalloc byte[HeaderBytes + (MostSockets * sizeof(int))];
        nint read;
        nuint filled;
        fixed (byte* data = bytes, more = control)
        {
            var vector = new Vector { Base = data, Length = (nuint)bytes.Length };
            var message = new Message { Vectors = &vector, VectorCount = 1, Control = more, ControlLength = (nuint)control.Length };
            read = ReceiveMessage((int)channel.SafeHandle.DangerousGetHandle(), &message, CloseOnExecute);
            filled = message.ControlLength;
        }

        if (read <= 0)
        {
            throw new IOException($"The listening sockets could not be taken: {(read == 0 ? "the other process has hung up" : Marshal.GetLastPInvokeErrorMessage())}.");
        }

        var sockets = new List<Socket>();
        if (filled >= HeaderBytes && MemoryMarshal.Read<int>(control[8..]) == SocketLevel && MemoryMarshal.Read<int>(control[12..]) == Rights)
        {
            var count = ((int)MemoryMarshal.Read<nuint>(control) - HeaderBytes) / sizeof(int);
            for (var i = 0; i < count; i++)
            {
                sockets.Add(new Socket(new SafeSocketHandle(MemoryMarshal.Read<int>(control[(HeaderBytes + (i * sizeof(int)))..]), ownsHandle: true)));
            }
        }

        return ((int)read, sockets);
    }

    private static int Aligned(int bytes) => (bytes + 7) & ~7;

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static partial nint SendMessage(int socket, Message* message, int flags);

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    private static partial nint ReceiveMessage(int socket, Message* message, int flags);

    /// <summary>struct iovec.</summary>
    private struct Vector
    {
        public byte* Base;
        public nuint Length;
    }

    /// <summary>struct msghdr; what lies between is left to the compiler's alignment, which is C's.</summary>
    private struct Message
    {
        public void* Name;
        public uint NameLength;
        public Vector* Vectors;
        public nuint VectorCount;
        public byte* Control;
        public nuint ControlLength;
        public int Flags;
    }
}
