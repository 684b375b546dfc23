using System.Collections.Concurrent;
using System.Text.Json.Serialization;
using Headroom.Core;

namespace Headroom.App.Shared;

/// <summary>What became of something that was sent.</summary>
[JsonConverter(typeof(Headroom.Core.Queries.SnakeCaseEnumConverter<ProblemKind>))]
public enum ProblemKind
{
    /// <summary>It was refused, and is not stored.</summary>
    Rejected,

    /// <summary>It is stored, not as it was sent.</summary>
    Changed,

    /// <summary>It is stored under another time than was sent.</summary>
    Clock,

    /// <summary>It is stored; two persons who were to become one did not.</summary>
    Merge,

    /// <summary>It was there already.</summary>
    Duplicate,
}

/// <summary>One event or request that a problem was found with.</summary>
/// <param name="At">When it was found.</param>
/// <param name="Event">The event's name, as far as it could be read.</param>
/// <param name="Library">What sent it, with its version.</param>
/// <param name="Field">The member that is wrong.</param>
/// <param name="Wrong">A sentence.</param>
/// <param name="Done">What was made of it; a sentence.</param>
/// <param name="Json">A piece of what was sent, without addresses.</param>
public sealed record ProblemExample(
    DateTimeOffset At, string? Event, string? DistinctId, string? Library, string? Field, string Wrong, string Done, string? Json);

/// <summary>
/// Problems with what was sent, as Capture and the Writer find them, on their way to the control data. Counting costs one look-up;
/// examples are made for the first few of each problem only, so that a flood costs nothing more. Safe for concurrent use.
/// </summary>
public sealed class IngestionProblems
{
    /// <summary>Examples of one problem between two takings.</summary>
    public const int ExamplesEach = 10;

    /// <summary>Examples of all problems between two takings.</summary>
    public const int ExamplesAll = 500;

    /// <summary>The project of what is of none that is known.</summary>
    public static readonly ProjectId Nobody = new(0);

    private readonly ConcurrentDictionary<Problem, Tally> _tallies = new();
    private int _examples;

    /// <summary>Reasons are of a fixed set, so that what waits is bounded.</summary>
    public void Add(ProjectId project, ProblemKind kind, string reason, long count)
    {
        var tally = Of(project, kind, reason);
        lock (tally)
        {
            tally.Count += count;
        }
    }

    /// <summary>Whether an example of the problem is still wanted, and so worth being made.</summary>
    public bool Wants(ProjectId project, ProblemKind kind, string reason)
    {
        if (Volatile.Read(ref _examples) >= ExamplesAll)
        {
            return false;
        }

        var tally = Of(project, kind, reason);
        lock (tally)
        {
            return tally.Examples.Count < ExamplesEach;
        }
    }

    /// <summary>An example of what is counted by <see cref="Add(ProjectId, ProblemKind, string, long)"/>.</summary>
    public void Add(ProjectId project, ProblemKind kind, string reason, ProblemExample example)
    {
        var tally = Of(project, kind, reason);
        lock (tally)
        {
            if (tally.Examples.Count < ExamplesEach)
            {
                tally.Examples.Add(example);
                Interlocked.Increment(ref _examples);
            }
        }
    }

    /// <summary>Takes what has come since the last time.</summary>
    internal IReadOnlyList<FoundProblem> Take()
    {
        var found = new List<FoundProblem>();
        foreach (var (problem, tally) in _tallies)
        {
            lock (tally)
            {
                if (tally.Count > 0 || tally.Examples.Count > 0)
                {
                    found.Add(new FoundProblem(problem.Project, problem.Kind, problem.Reason, tally.Count, [.. tally.Examples]));
                    Interlocked.Add(ref _examples, -tally.Examples.Count);
                    tally.Count = 0;
                    tally.Examples.Clear();
                }
            }
        }

        return found;
    }

    private Tally Of(ProjectId project, ProblemKind kind, string reason) => _tallies.GetOrAdd(new Problem(project, kind, reason), static _ => new Tally());

    private readonly record struct Problem(ProjectId Project, ProblemKind Kind, string Reason);

    private sealed class Tally
    {
        public long Count { get; set; }

        public List<ProblemExample> Examples { get; } = [];
    }
}

internal sealed record FoundProblem(ProjectId Project, ProblemKind Kind, string Reason, long Count, IReadOnlyList<ProblemExample> Examples);
