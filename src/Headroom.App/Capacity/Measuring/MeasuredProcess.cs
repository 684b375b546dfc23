namespace Headroom.App.Capacity.Measuring;

/// <summary>A process of the installation.</summary>
/// <param name="Name">No other's, and the same after a restart.</param>
/// <param name="Host">Name of its machine or container.</param>
/// <param name="Machine">Equal for processes that share the processors of a machine.</param>
internal sealed record MeasuredProcess(string Name, string Host, string Machine, ProcessRoles Roles)
{
    public static MeasuredProcess Own(ProcessRoles roles, CapacityOptions options, string dataDirectory)
    {
        var host = Environment.MachineName;
        var name = options.Process ?? (roles.IsWhole ? host : $"{host}/{Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(dataDirectory)))}");

        // A process that has a part of a machine's processors only shares them with nobody.
        return new MeasuredProcess(name, host, Measuring.Machine.Shared ?? name, roles);
    }
}
