using Headroom.Core;

namespace Headroom.App.Shared;

/// <summary>
/// The way into the log for events that come by another road than an SDK's request: the same decoding, bounds, counters and
/// durability. Safe for concurrent use.
/// </summary>
public interface IEventIntake
{
    /// <summary>Events in one call, at most.</summary>
    int MostEvents { get; }

    /// <summary>
    /// Appends events as one record. Returns when the log has it on disk, or says why not. Keys within the events are not looked
    /// at, and an event must say when it happened; neither address nor user agent is taken from anywhere but the events.
    /// </summary>
    /// <param name="project">Whose events they are.</param>
    /// <param name="events">A JSON array of events of PostHog's form. Not kept.</param>
    ValueTask<IntakeAnswer> TakeAsync(ProjectId project, ReadOnlyMemory<byte> events);
}

/// <summary>What became of a call.</summary>
/// <param name="Taken">Events on disk.</param>
/// <param name="Refused">Events that are refused for good.</param>
/// <param name="Busy">Why the log takes nothing now: nothing is on disk, and the same call may succeed later. Null where it was taken.</param>
/// <param name="First">The earliest time of the events taken, in unix microseconds; 0 where none was.</param>
/// <param name="Last">The latest.</param>
public sealed record IntakeAnswer(int Taken, IReadOnlyList<IntakeRefusal> Refused, string? Busy, long First, long Last);

/// <param name="Index">Of the event in its array, from 0.</param>
/// <param name="Reason">A sentence.</param>
public readonly record struct IntakeRefusal(int Index, string Reason);
