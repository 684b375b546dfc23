using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Headroom.Core;

/// <summary>Makes the names in a directory durable: those of files that were made, renamed or deleted in it.</summary>
public static partial class DirectorySync
{
    private const int Interrupted = 4;

    /// <exception cref="IOException">The directory cannot be opened or flushed.</exception>
    public static void Flush(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            // NTFS journals names by itself, and a directory cannot be flushed.
            return;
        }

        var descriptor = Open(directory, 0);
        if (descriptor < 0)
        {
            throw LastError("open", directory);
        }

        try
        {
            while (FSync(descriptor) != 0)
            {
                if (Marshal.GetLastPInvokeError() != Interrupted)
                {
                    throw LastError("fsync", directory);
                }
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static IOException LastError(string what, string directory)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"{what} of the directory {directory} failed: {new Win32Exception(error).Message}.", error);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int FSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int descriptor);
}
