using System.Text.Json.Serialization;
using Headroom.App.Shared;

namespace Headroom.App.Problems;

/// <summary>Problems with what was sent to a project.</summary>
/// <param name="From">When the first hour begins.</param>
/// <param name="Hours">How many there are; the last is going on.</param>
/// <param name="Kinds">Those that came, at most one for each kind.</param>
/// <param name="Unassigned">Of the whole server: requests of no project that is known, for people who are signed in.</param>
public sealed record ProblemReport(DateTimeOffset From, int Hours, IReadOnlyList<ProblemsOfKind> Kinds, IReadOnlyList<ProblemsOfReason> Unassigned);

/// <param name="Count">Events; requests where their events could not be counted.</param>
/// <param name="ByHour">The oldest hour first.</param>
/// <param name="Reasons">The most frequent first.</param>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record ProblemsOfKind(ProblemKind Kind, long Count, DateTimeOffset LastSeen, IReadOnlyList<long> ByHour, IReadOnlyList<ProblemsOfReason> Reasons);

/// <param name="Reason">A short, fixed word; docs/protocols.md and docs/api.md say which there are.</param>
/// <param name="Examples">Some of the latest, the latest first.</param>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record ProblemsOfReason(string Reason, long Count, DateTimeOffset LastSeen, IReadOnlyList<ProblemExample> Examples);

/// <param name="LastSeen">The last problem of the last hour that is no duplicate; null where there was none.</param>
public sealed record RecentProblems(DateTimeOffset? LastSeen);

[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web, NumberHandling = JsonNumberHandling.Strict)]
[JsonSerializable(typeof(ProblemReport))]
[JsonSerializable(typeof(RecentProblems))]
[JsonSerializable(typeof(ProblemExample))]
internal sealed partial class ProblemsJson : JsonSerializerContext;
