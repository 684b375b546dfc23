using Headroom.Log;

namespace Headroom.Tests.Log;

/// <summary>
/// A disk that forgets. What was not synced may be lost, kept or torn by sectors when the power fails, names included;
/// after a crash the handles of the process that died answer with errors.
/// </summary>
internal sealed class SimulatedDisk(Random random)
{
    private const int Sector = 64;

    private readonly Lock _gate = new();
    private Dictionary<string, Inode> _names = new(StringComparer.Ordinal);
    private Dictionary<string, Inode> _durableNames = new(StringComparer.Ordinal);
    private int _process;
    private int _operationsLeft = int.MaxValue;

    /// <summary>Bytes that all files together may have.</summary>
    public long Capacity { get; set; } = long.MaxValue;

    public int FailingFlushes { get; set; }

    public bool RefusesDeletes { get; set; }

    public int Flushes { get; private set; }

    /// <summary>Held up while it is closed.</summary>
    public ManualResetEventSlim FlushGate { get; } = new(true);

    /// <summary>Released by each flush that begins.</summary>
    public SemaphoreSlim FlushBegun { get; } = new(0);

    public long Size
    {
        get
        {
            lock (_gate)
            {
                return _names.Values.Sum(inode => (long)inode.Bytes.Length);
            }
        }
    }

    public IReadOnlyList<string> Names
    {
        get
        {
            lock (_gate)
            {
                return [.. _names.Keys.Order(StringComparer.Ordinal)];
            }
        }
    }

    public ILogFiles Mount()
    {
        lock (_gate)
        {
            _operationsLeft = int.MaxValue;
            return new Files(this, ++_process);
        }
    }

    /// <summary>The process dies at the operation after so many more.</summary>
    public void DieAfter(int operations)
    {
        lock (_gate)
        {
            _operationsLeft = operations;
        }
    }

    public void Kill()
    {
        lock (_gate)
        {
            _process++;
        }
    }

    public void LosePower()
    {
        lock (_gate)
        {
            _process++;
            var after = new Dictionary<string, Inode>(StringComparer.Ordinal);
            foreach (var name in _names.Keys.Union(_durableNames.Keys).Order(StringComparer.Ordinal))
            {
                var now = _names.GetValueOrDefault(name);
                var durable = _durableNames.GetValueOrDefault(name);
                var kept = now == durable || random.Next(2) == 0 ? now : durable;
                if (kept is not null)
                {
                    after[name] = kept;
                }
            }

            foreach (var inode in after.Values.Distinct())
            {
                inode.LosePower(random);
            }

            _names = after;
            _durableNames = new(after, StringComparer.Ordinal);
        }
    }

    public byte[] ReadAll(string name)
    {
        lock (_gate)
        {
            return [.. _names[name].Bytes];
        }
    }

    public void WriteAll(string name, byte[] bytes)
    {
        lock (_gate)
        {
            var inode = new Inode { Bytes = bytes, Durable = bytes };
            _names[name] = inode;
            _durableNames[name] = inode;
        }
    }

    /// <summary>Flips a bit of a file and returns the file's name.</summary>
    public string Damage(int file, int position)
    {
        var name = Names[file];
        var bytes = ReadAll(name);
        bytes[position] ^= 4;
        WriteAll(name, bytes);
        return name;
    }

    private void Check(int process, bool changes)
    {
        if (process == _process && changes && _operationsLeft-- <= 0)
        {
            _process++;
        }

        if (process != _process)
        {
            throw new IOException("The process is dead.");
        }
    }

    private sealed class Inode
    {
        public byte[] Bytes { get; set; } = [];

        public byte[] Durable { get; set; } = [];

        public void LosePower(Random random)
        {
            var length = random.Next(3) switch
            {
                0 => Durable.Length,
                1 => Bytes.Length,
                _ => random.Next(Math.Min(Durable.Length, Bytes.Length), Math.Max(Durable.Length, Bytes.Length) + 1),
            };
            var result = new byte[length];
            var lost = random.Next(4);
            for (var at = 0; at < length; at += Sector)
            {
                var source = random.Next(4) < lost ? Durable : Bytes;
                var count = Math.Min(Math.Min(Sector, length - at), source.Length - at);
                if (count > 0)
                {
                    Array.Copy(source, at, result, at, count);
                }
            }

            Bytes = result;
            Durable = result;
        }
    }

    private sealed class Files(SimulatedDisk disk, int process) : ILogFiles
    {
        public long FreeBytes => disk.Capacity - disk.Size;

        public string PathOf(string name) => "/disk/" + name;

        public IReadOnlyList<string> List()
        {
            lock (disk._gate)
            {
                disk.Check(process, changes: false);
                return [.. disk._names.Keys];
            }
        }

        public ILogFile Create(string name)
        {
            lock (disk._gate)
            {
                disk.Check(process, changes: true);
                var inode = new Inode();
                if (!disk._names.TryAdd(name, inode))
                {
                    throw new IOException("The file exists.");
                }

                return new File(disk, process, inode);
            }
        }

        public ILogFile Open(string name, bool writable)
        {
            lock (disk._gate)
            {
                disk.Check(process, changes: false);
                return disk._names.TryGetValue(name, out var inode)
                    ? new File(disk, process, inode)
                    : throw new FileNotFoundException("No such file", name);
            }
        }

        public void Delete(string name)
        {
            lock (disk._gate)
            {
                disk.Check(process, changes: true);
                if (disk.RefusesDeletes)
                {
                    throw new IOException("Input/output error");
                }

                disk._names.Remove(name);
            }
        }

        public void SyncDirectory()
        {
            lock (disk._gate)
            {
                disk.Check(process, changes: true);
                disk._durableNames = new(disk._names, StringComparer.Ordinal);
            }
        }

        public void Dispose()
        {
        }
    }

    private sealed class File(SimulatedDisk disk, int process, Inode inode) : ILogFile
    {
        public long Length
        {
            get
            {
                lock (disk._gate)
                {
                    disk.Check(process, changes: false);
                    return inode.Bytes.Length;
                }
            }
        }

        public int Read(Span<byte> buffer, long position)
        {
            lock (disk._gate)
            {
                disk.Check(process, changes: false);
                if (position >= inode.Bytes.Length)
                {
                    return 0;
                }

                var from = inode.Bytes.AsSpan((int)position);
                from = from[..Math.Min(from.Length, buffer.Length)];
                from.CopyTo(buffer);
                return from.Length;
            }
        }

        public void Write(ReadOnlySpan<byte> bytes, long position)
        {
            lock (disk._gate)
            {
                disk.Check(process, changes: true);
                var length = (int)Math.Max(inode.Bytes.Length, position + bytes.Length);
                var room = disk.Capacity - disk._names.Values.Sum(other => (long)other.Bytes.Length);
                var isFull = length - inode.Bytes.Length > room;
                if (isFull)
                {
                    // As on a real disk, a part may have been written.
                    bytes = bytes[..(int)Math.Clamp(inode.Bytes.Length + room - position, 0, bytes.Length)];
                    length = (int)Math.Max(inode.Bytes.Length, position + bytes.Length);
                }

                var after = new byte[length];
                inode.Bytes.CopyTo(after, 0);
                bytes.CopyTo(after.AsSpan((int)position));
                inode.Bytes = after;
                if (isFull)
                {
                    throw new IOException("No space left on device");
                }
            }
        }

        public void Truncate(long length)
        {
            lock (disk._gate)
            {
                disk.Check(process, changes: true);
                var after = inode.Bytes;
                Array.Resize(ref after, (int)length);
                inode.Bytes = after;
            }
        }

        public void Flush()
        {
            disk.FlushBegun.Release();
            disk.FlushGate.Wait();
            lock (disk._gate)
            {
                disk.Check(process, changes: true);
                disk.Flushes++;
                if (disk.FailingFlushes > 0)
                {
                    disk.FailingFlushes--;
                    throw new IOException("Input/output error");
                }

                inode.Durable = inode.Bytes;
            }
        }

        public void Dispose()
        {
        }
    }
}
