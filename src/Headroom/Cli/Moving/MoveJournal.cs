using System.Text.Json;
using System.Text.Json.Serialization;
using Headroom.App.Moving;

namespace Headroom.Cli.Moving;

/// <summary>How far a move has come. Each begins again from its beginning when the mover was stopped in it; copied files stay.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MovePhase>))]
internal enum MovePhase
{
    /// <summary>Files are copied, and the server knows nothing of it.</summary>
    Copying,

    /// <summary>The catalog and the control data are copied as of one moment, the new server starts, and takes in what came since.</summary>
    CatchingUp,

    /// <summary>Both are compared.</summary>
    Comparing,

    /// <summary>The new server answers, the old one ends.</summary>
    Switching,

    /// <summary>The new server has the addresses; the old data is as it was.</summary>
    Moved,

    /// <summary>The old server takes in what came since.</summary>
    Returning,

    /// <summary>For good.</summary>
    Confirmed,
}

/// <summary>What a mover knows of its move, in the old data directory: move.json.</summary>
/// <param name="To">The file of the new settings.</param>
/// <param name="Data">The new data directory.</param>
/// <param name="Parts">What moves: log, catalog and segments, control data.</param>
/// <param name="Process">The server that the mover has started; 0 for none.</param>
/// <param name="CutOffset">The place in the old log that the copy was made at.</param>
/// <param name="SwitchOffset">The place in the old log that requests were switched at: everything before it was moved, nothing came behind it.</param>
/// <param name="HeldMilliseconds">How long requests waited when they were switched.</param>
/// <param name="ComparedMilliseconds">How long nothing new showed, and changes of control data waited, while both were compared.</param>
internal sealed record MoveJournal(
    int Format, MovePhase Phase, string To, string Data, IReadOnlyList<string> Parts, DateTimeOffset StartedAt, int Process = 0, long CopiedFiles = 0, long CopiedBytes = 0, long ExpectedBytes = 0,
    long CopiedRows = 0, DateTimeOffset? CutAt = null, string? CutOffset = null, DateTimeOffset? SwitchedAt = null, string? SwitchOffset = null, long HeldMilliseconds = 0, long ComparedMilliseconds = 0)
{
    public const string FileName = "move.json";
    public const int NewestFormat = 1;

    public static MoveJournal? Find(string dataDirectory)
    {
        var path = Path.Combine(dataDirectory, FileName);
        if (!File.Exists(path))
        {
            return null;
        }

        var journal = JsonSerializer.Deserialize(File.ReadAllBytes(path), MoveJournalJson.Default.MoveJournal)!;
        return journal.Format <= NewestFormat
            ? journal
            : throw new CommandFailedException($"{path} has format {journal.Format}; this version of Headroom reads up to {NewestFormat}. Go on with the version that began the move.");
    }

    public void Write(string dataDirectory) =>
        MoveMarks.Write(Path.Combine(dataDirectory, FileName), JsonSerializer.SerializeToUtf8Bytes(this, MoveJournalJson.Default.MoveJournal));

    public static void Clear(string dataDirectory) => MoveMarks.Delete(Path.Combine(dataDirectory, FileName));
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true)]
[JsonSerializable(typeof(MoveJournal))]
internal sealed partial class MoveJournalJson : JsonSerializerContext;
