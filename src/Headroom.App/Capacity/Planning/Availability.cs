namespace Headroom.App.Capacity.Planning;

/// <summary>What plans may name though this version does not have it. The one place that says so.</summary>
internal static class Availability
{
    /// <summary>What is said beside it.</summary>
    public const string SeveralWriters = "needs what this version does not have yet: more than one Writer";

    /// <summary>Roles apart, with so many Writers; null where this version has it.</summary>
    public static string? Missing(int writers) => writers > 1 ? SeveralWriters : null;
}
