using System.Globalization;
using System.Text;
using Headroom.Core;

namespace Headroom.Scale.Kafka;

/// <summary>
/// Up to where a spill was given to the brokers, in a file beside it: what a process before has given long ago, and uuids no longer
/// tell, must not be given again. Written behind each part that was given; a process that dies in between gives that part twice.
/// </summary>
internal sealed class SpillPlace(string path)
{
    private const string Name = "forwarded";

    /// <param name="directory">That of the spill, which is there.</param>
    public static SpillPlace In(string directory) => new(Path.Combine(directory, Name));

    /// <summary>0 where nothing was given, or the file says nothing.</summary>
    public long Read()
    {
        try
        {
            return LogPosition.TryParse(File.ReadAllText(path).Trim(), out var place) ? place[0] : 0;
        }
        catch (FileNotFoundException)
        {
            return 0;
        }
    }

    /// <exception cref="IOException">The disk does not take it.</exception>
    public void Write(long place)
    {
        var next = path + ".next";
        using (var file = new FileStream(next, FileMode.Create, FileAccess.Write))
        {
            file.Write(Encoding.ASCII.GetBytes(place.ToString(CultureInfo.InvariantCulture)));
            file.Flush(flushToDisk: true);
        }

        File.Move(next, path, overwrite: true);
        DirectorySync.Flush(Path.GetDirectoryName(path)!);
    }
}
