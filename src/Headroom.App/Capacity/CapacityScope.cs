namespace Headroom.App.Capacity;

/// <summary>Of what the report is made.</summary>
/// <param name="Roles">Of the process that makes it.</param>
/// <param name="HasOthers">Whether other processes may be there, whose readings are in the control data.</param>
internal sealed record CapacityScope(ProcessRoles Roles, bool HasOthers);
