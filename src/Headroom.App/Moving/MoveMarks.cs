using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Headroom.Core;

namespace Headroom.App.Moving;

/// <summary>Says that a data directory is not served any more, since what it had was moved on.</summary>
/// <param name="To">The data directory that is served in its place.</param>
/// <param name="At">When requests were switched.</param>
/// <param name="Offset">The place in this directory's log that all was moved up to.</param>
/// <param name="Target">The place in the new log that events which were captured there begin at.</param>
public sealed record MovedMark(string To, DateTimeOffset At, string Offset, string Target);

/// <summary>What a move leaves in a data directory. Each file is there whole or not at all, and survives a power loss.</summary>
public static class MoveMarks
{
    public const string MovedName = "moved.json";
    public const string PinName = "move.pin";
    public const string SocketName = "move.sock";

    public static MovedMark? FindMoved(string dataDirectory)
    {
        var path = Path.Combine(dataDirectory, MovedName);
        return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllBytes(path), MoveJson.Default.MovedMark) : null;
    }

    /// <exception cref="InvalidOperationException">The directory's data was moved.</exception>
    public static void RequireNotMoved(string dataDirectory)
    {
        if (FindMoved(dataDirectory) is { } moved)
        {
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture,
                $"The data of {dataDirectory} was moved to {moved.To} at {moved.At:u}, and what came since is only there. Start Headroom with the settings that it was moved to; headroom move rollback brings it back."));
        }
    }

    public static void SetMoved(string dataDirectory, MovedMark mark) =>
        Write(Path.Combine(dataDirectory, MovedName), JsonSerializer.SerializeToUtf8Bytes(mark, MoveJson.Default.MovedMark));

    public static void ClearMoved(string dataDirectory) => Delete(Path.Combine(dataDirectory, MovedName));

    /// <summary>Where the log keeps everything from, until the move is confirmed; null where it is not one that something was moved to.</summary>
    public static LogPosition? FindPin(string dataDirectory)
    {
        var path = Path.Combine(dataDirectory, PinName);
        return File.Exists(path) && LogPosition.TryParse(File.ReadAllText(path).Trim(), out var position) ? position : null;
    }

    public static void SetPin(string dataDirectory, LogPosition position) =>
        Write(Path.Combine(dataDirectory, PinName), System.Text.Encoding.UTF8.GetBytes(position.ToString()));

    public static void ClearPin(string dataDirectory) => Delete(Path.Combine(dataDirectory, PinName));

    /// <summary>Replaces a file of the directory so that it has the old or the new contents, whatever happens.</summary>
    public static void Write(string path, ReadOnlySpan<byte> contents)
    {
        var temporary = path + ".tmp";
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 0))
        {
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(file.SafeFileHandle, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            file.Write(contents);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
        DirectorySync.Flush(Path.GetDirectoryName(path)!);
    }

    public static void Delete(string path)
    {
        File.Delete(path);
        DirectorySync.Flush(Path.GetDirectoryName(path)!);
    }
}

/// <summary>What a process is told that is started to take another's place: the variable <see cref="Variable"/> of its environment, as JSON.</summary>
/// <param name="PrivatePort">It listens on this port of its own, and on all other addresses only when it was given them.</param>
/// <param name="IsEmpty">Its log is another one than before, and what is in it by now is none of its events.</param>
/// <param name="Returns">Its directory was moved, and is moved back.</param>
public sealed record MoveArrival(int PrivatePort, bool IsEmpty, bool Returns)
{
    public const string Variable = "HEADROOM_MOVE";

    /// <summary>Of this process; null where it is an ordinary one.</summary>
    public static MoveArrival? Own { get; } = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } json
        ? JsonSerializer.Deserialize(json, MoveJson.Default.MoveArrival)
        : null;

    public string ToJson() => JsonSerializer.Serialize(this, MoveJson.Default.MoveArrival);
}

/// <summary>Asks a process for something: a line of JSON on its socket.</summary>
/// <param name="Position">A place in its log.</param>
/// <param name="Socket">That of another process.</param>
/// <param name="Url">Where the other process answers requests.</param>
/// <param name="Mark">What is left in the data directory when requests are switched.</param>
/// <param name="Until">The last day that is asked about, such as 2026-11-26.</param>
public sealed record MoveRequest(string Command, string? Position = null, string? Socket = null, string? Url = null, MovedMark? Mark = null, string? Until = null);

/// <summary>What a process answers.</summary>
/// <param name="Problem">Why it was not done; null where it was.</param>
/// <param name="Gate">What becomes of requests: open, changes, all, passing.</param>
/// <param name="Forwarded">What was forwarded to another process ends at this place; null where nothing is.</param>
/// <param name="Forwarding">Why it is not forwarded any more; null where it is.</param>
/// <param name="Sample">Answers of insights and counts, to be compared with another process'.</param>
/// <param name="EndPoints">Those whose sockets come with the answer.</param>
public sealed record MoveReply(
    string? Problem = null, int Process = 0, string Urls = "", string Gate = "", string End = "", bool IsSettled = true, string Committed = "", string? Forwarded = null,
    string? Forwarding = null, string? Sample = null, IReadOnlyList<string>? EndPoints = null);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(MovedMark))]
[JsonSerializable(typeof(MoveArrival))]
[JsonSerializable(typeof(MoveRequest))]
[JsonSerializable(typeof(MoveReply))]
internal sealed partial class MoveJson : JsonSerializerContext;
