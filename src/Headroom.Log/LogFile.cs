namespace Headroom.Log;

/// <summary>One file of the log. Where its records end is told by the file after it, or by the log's end.</summary>
/// <param name="BaseOffset">The offset of its first record.</param>
/// <param name="PreviousEnd">Where the file before ended.</param>
/// <param name="Created">When it was begun.</param>
internal sealed record LogFile(string Name, long BaseOffset, long PreviousEnd, DateTimeOffset Created)
{
    public long PositionOf(long offset) => LogFormat.FileHeaderBytes + (offset - BaseOffset);
}
