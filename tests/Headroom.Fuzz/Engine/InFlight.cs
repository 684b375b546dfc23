using System.IO.MemoryMappedFiles;

namespace Headroom.Fuzz.Engine;

/// <summary>The input that is being run, in a file that outlives the process: of a crash that ends it nothing else would be left.</summary>
internal sealed class InFlight : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly string _path;

    /// <summary>How many were put down; the same for long while one hangs.</summary>
    private long _count;

    public InFlight(string path, int maxBytes)
    {
        _path = path;
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Create, null, maxBytes + sizeof(int));
        _view = _file.CreateViewAccessor();
    }

    public long Count => Volatile.Read(ref _count);

    /// <summary>Null where there is none.</summary>
    public static byte[]? Read(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        var bytes = File.ReadAllBytes(path);
        return bytes[sizeof(int)..(sizeof(int) + BitConverter.ToInt32(bytes))];
    }

    public void Put(byte[] input)
    {
        _view.Write(0, input.Length);
        _view.WriteArray(sizeof(int), input, 0, input.Length);
        Volatile.Write(ref _count, _count + 1);
    }

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
        File.Delete(_path);
    }
}
