namespace Headroom.App.Capacity.Planning;

/// <summary>What plans and advice may name though this version does not have it. The one place that says so.</summary>
internal static class Availability
{
    /// <summary>Roles in processes of their own, over Kafka, object storage and a shared catalog.</summary>
    public const bool RolesApart = false;

    /// <summary>What is said beside it.</summary>
    public const string Missing = "needs what this version does not have yet: writers and queries in several processes";

    public static string? OfRolesApart => RolesApart ? null : Missing;
}
