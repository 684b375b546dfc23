using System.Collections.Frozen;
using System.Globalization;
using Headroom.Core;

namespace Headroom.Log;

/// <summary>Names damage so that an operator can go on, and knows the places that one has allowed to be stepped over.</summary>
internal sealed class LogDamage(ILogFiles files, IEnumerable<string> skipped)
{
    private readonly FrozenSet<string> _skipped = skipped.ToFrozenSet(StringComparer.Ordinal);

    public bool IsSkipped(string name, long position) =>
        _skipped.Count > 0 && _skipped.Contains(string.Create(CultureInfo.InvariantCulture, $"{name}@{position}"));

    /// <summary>The error that names file, position, offset, and the setting that allows to go on.</summary>
    public LogCorruptException Found(string name, long position, long offset, string what)
    {
        // The next free index: the places that are skipped already must stay.
        var index = _skipped.Count;
        return new LogCorruptException(string.Create(CultureInfo.InvariantCulture,
            $"The event log file {files.PathOf(name)} is damaged at byte {position} (log offset {offset}): {what} Restore the file from a copy, or, to go on without the damaged records, add \"{name}@{position}\" to the setting {EmbeddedEventLogOptions.Section}:SkipCorruptAt (environment: Headroom__Log__SkipCorruptAt__{index}={name}@{position}) and start again."));
    }

    public LogCorruptException BadRecord(in LogSpan span, long offset) =>
        Found(span.File.Name, span.File.PositionOf(offset), offset, string.Create(CultureInfo.InvariantCulture,
            $"a record fails its check, {span.Limit - offset} bytes before the end of the file's records."));

    /// <summary>The bytes from a damaged record on to the next intact one, or to the end of the file's records.</summary>
    public static long Extent(ILogFile file, in LogSpan span, long offset)
    {
        // The unusual case may cost memory: one file's rest. The file may be shorter than the next one says that it was.
        var position = span.File.PositionOf(offset);
        var rest = GC.AllocateUninitializedArray<byte>(checked((int)Math.Clamp(file.Length - position, 0, span.Limit - offset)));
        var read = file.Read(rest, position);
        var intact = LogFormat.FindIntact(rest.AsSpan(0, read), offset, ofLaterGroup: false);
        return intact >= 0 ? intact : span.Limit - offset;
    }

    public static LogCorruptException Removed(ILogFiles files, long offset, long first) => new(string.Create(CultureInfo.InvariantCulture,
        $"Offset {offset} of the event log in {files.PathOf("")} is in a file that was removed; the oldest record kept is at {first}. Read from offset 0 to begin with the oldest."));
}
