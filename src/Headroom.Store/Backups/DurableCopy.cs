using System.Buffers;
using System.IO.Hashing;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Headroom.Store.Backups;

/// <summary>What was read of a file.</summary>
/// <param name="Sha256">Lower-case hexadecimal.</param>
/// <param name="Checksum">XXH3, 64 bits, as the catalog keeps it.</param>
public readonly record struct FileSums(long Bytes, string Sha256, long Checksum);

/// <summary>Copies that nobody but their owner can read and that a power loss does not take.</summary>
public static class DurableCopy
{
    public const string TemporarySuffix = StoreFiles.TemporarySuffix;

    private const int BufferBytes = 256 * 1024;
    private const UnixFileMode PrivateFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode PrivateDirectory = PrivateFile | UnixFileMode.UserExecute;

    /// <summary>Copies bytes of a file behind a header; <paramref name="target"/> is there as a whole or not at all.</summary>
    /// <param name="progress">Is told of bytes as they are copied.</param>
    public static FileSums Copy(
        ReadOnlyMemory<byte> header, SafeFileHandle source, long position, long bytes, string target, Action<long> progress, CancellationToken cancellationToken)
    {
        var temporary = target + TemporarySuffix;
        FileSums sums;
        using (var copy = Create(temporary))
        {
            sums = Read(header.Span, source, position, bytes, copy.SafeFileHandle, progress, cancellationToken);
            RandomAccess.FlushToDisk(copy.SafeFileHandle);
        }

        File.Move(temporary, target, overwrite: true);
        return sums;
    }

    public static FileSums Read(string path, Action<long> progress, CancellationToken cancellationToken)
    {
        using var handle = File.OpenHandle(path);
        return Read([], handle, 0, long.MaxValue, null, progress, cancellationToken);
    }

    /// <summary>An empty file for its owner only.</summary>
    public static FileStream Create(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 };
        if (OperatingSystem.IsWindows())
        {
            return new FileStream(path, options);
        }

        options.UnixCreateMode = PrivateFile;
        var stream = new FileStream(path, options);

        // One that was there before would keep its own.
        File.SetUnixFileMode(stream.SafeFileHandle, PrivateFile);
        return stream;
    }

    /// <summary>A directory for its owner only, with those above it; one that is there stays as it is.</summary>
    public static void MakeDirectory(string path)
    {
        if (Directory.Exists(path))
        {
            return;
        }

        if (Path.GetDirectoryName(path) is { Length: > 0 } above)
        {
            MakeDirectory(above);
        }

        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, PrivateDirectory);
        }
    }

    private static FileSums Read(
        ReadOnlySpan<byte> header, SafeFileHandle source, long from, long most, SafeFileHandle? copy, Action<long> progress, CancellationToken cancellationToken)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var checksum = new XxHash3();
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            long written = 0;
            Take(header);
            for (long done = 0; done < most;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var read = RandomAccess.Read(source, buffer.AsSpan(0, (int)Math.Min(buffer.Length, most - done)), from + done);
                if (read == 0)
                {
                    break;
                }

                Take(buffer.AsSpan(0, read));
                done += read;
                progress(read);
            }

            return new FileSums(written, Convert.ToHexStringLower(sha.GetHashAndReset()), (long)checksum.GetCurrentHashAsUInt64());

            void Take(ReadOnlySpan<byte> bytes)
            {
                sha.AppendData(bytes);
                checksum.Append(bytes);
                if (copy is not null)
                {
                    RandomAccess.Write(copy, bytes, written);
                }

                written += bytes.Length;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
