using System.ComponentModel;
using System.Runtime.InteropServices;
using Headroom.Core;
using Microsoft.Win32.SafeHandles;

namespace Headroom.Log;

/// <summary>The files of a directory, locked for this process.</summary>
internal sealed partial class DiskLogFiles : ILogFiles
{
    private const string LockName = "lock";

    private readonly string _directory;
    private readonly FileStream _lock;
    private readonly DriveInfo _drive;

    public DiskLogFiles(string directory)
    {
        _directory = Path.GetFullPath(directory);
        var isNew = !Directory.Exists(_directory);
        Directory.CreateDirectory(_directory);
        if (isNew && Path.GetDirectoryName(_directory) is { } parent)
        {
            DirectorySync.Flush(parent);
        }

        _drive = new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(_directory)! : _directory);
        try
        {
            // Exclusive among processes (flock), and given free by the system when this one dies.
            _lock = new FileStream(Path.Combine(_directory, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e is not DirectoryNotFoundException)
        {
            throw new IOException($"Another process is using the event log in {_directory}, perhaps another Headroom. Stop it, or take another data directory with --data. ({e.Message})", e);
        }
    }

    public long FreeBytes => _drive.AvailableFreeSpace;

    public string PathOf(string name) => Path.Combine(_directory, name);

    public IReadOnlyList<string> List()
    {
        var names = new List<string>();
        foreach (var path in Directory.EnumerateFiles(_directory))
        {
            names.Add(Path.GetFileName(path));
        }

        return names;
    }

    public ILogFile Create(string name) =>
        new DiskFile(File.OpenHandle(PathOf(name), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete));

    public ILogFile Open(string name, bool writable) =>
        new DiskFile(File.OpenHandle(
            PathOf(name), FileMode.Open, writable ? FileAccess.ReadWrite : FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));

    public void Delete(string name) => File.Delete(PathOf(name));

    public void SyncDirectory() => DirectorySync.Flush(_directory);

    public void Dispose() => _lock.Dispose();

    private static IOException LastError(string what)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"{what} failed: {new Win32Exception(error).Message}", error);
    }

    internal sealed class DiskFile(SafeFileHandle handle) : ILogFile
    {
        public long Length => RandomAccess.GetLength(handle);

        public int Read(Span<byte> buffer, long position)
        {
            var total = 0;
            while (total < buffer.Length)
            {
                var read = RandomAccess.Read(handle, buffer[total..], position + total);
                if (read == 0)
                {
                    break;
                }

                total += read;
            }

            return total;
        }

        public void Write(ReadOnlySpan<byte> bytes, long position) => RandomAccess.Write(handle, bytes, position);

        public void Truncate(long length) => RandomAccess.SetLength(handle, length);

        public void Flush()
        {
            if (!OperatingSystem.IsLinux())
            {
                RandomAccess.FlushToDisk(handle);
                return;
            }

            // fdatasync leaves out the times but not the length, and spares one journal write on most file systems.
            while (Native.FDataSync(handle) != 0)
            {
                if (Marshal.GetLastPInvokeError() != Native.Interrupted)
                {
                    throw LastError("fdatasync");
                }
            }
        }

        public void Dispose() => handle.Dispose();
    }

    private static partial class Native
    {
        public const int Interrupted = 4;

        [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static partial int FDataSync(SafeFileHandle handle);
    }
}
