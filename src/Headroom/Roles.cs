namespace Headroom;

/// <summary>One role: what it does and which of the parts it needs.</summary>
internal sealed record Role(string Name, string Does, IReadOnlyList<string> Needs);

/// <summary>The engines behind the parts, as far as they decide who may share them.</summary>
/// <param name="SharedLog">Whether processes can share the event log.</param>
/// <param name="SharedControl">Whether processes on several machines can share the control data.</param>
internal readonly record struct Engines(bool SharedLog, bool SharedControl)
{
    /// <summary>As the settings Headroom:EventLog and Headroom:Catalog choose them.</summary>
    public static Engines Of(IConfiguration configuration) =>
        new(configuration["Headroom:EventLog"] == "kafka", configuration["Headroom:Catalog"] == "postgres");
}

/// <summary>
/// The roles that a process can take. Capture may be apart from the others, in any number, over a log and control data that processes
/// share; the others are one process.
/// </summary>
internal static class Roles
{
    public const string Capture = "capture";

    public static readonly IReadOnlyList<Role> Table =
    [
        new(Capture, "takes events from SDKs and answers when the log has them on disk", ["event log", "control data"]),
        new("writer", "turns the log into segments: de-duplicates, resolves persons and sessions, enriches", ["event log", "event store", "control data"]),
        new("query", "answers insights, the events explorer and the live view, and serves the web app", ["event store", "control data"]),
        new("jobs", "imports, exports, deletions, alerts and measures of capacity", ["event log", "event store", "control data"]),
    ];

    /// <summary>Whether a choice that is valid has the role.</summary>
    public static bool Has(IReadOnlyList<string> chosen, string role) => IsAll(chosen) || chosen.Contains(role);

    /// <summary>Whether a choice that is valid takes part in more than capture.</summary>
    public static bool HasStore(IReadOnlyList<string> chosen) => IsAll(chosen) || chosen.Any(static role => role != Capture);

    /// <summary>Every error of a choice of roles, or none.</summary>
    public static IReadOnlyList<string> Validate(IReadOnlyList<string> chosen, Engines engines)
    {
        if (IsAll(chosen))
        {
            return [];
        }

        var errors = chosen.Where(static name => Table.All(role => role.Name != name))
            .Select(static name => $"--roles: there is no role \"{name}\"; the roles are {string.Join(", ", Table.Select(role => role.Name))}, or all.").ToList();
        if (errors.Count > 0 || Table.All(role => chosen.Contains(role.Name)))
        {
            return errors;
        }

        string[] others = [.. Table.Where(static role => role.Name != Capture).Select(static role => role.Name)];
        var missing = others.Except(chosen).ToList();
        if (missing.Count > 0 && missing.Count < others.Length)
        {
            errors.Add($"--roles: {string.Join(", ", others)} are one process in this version, and {string.Join(" and ", missing)} would be missing; say --roles {string.Join(',', others)}.");
        }

        if (!engines.SharedLog)
        {
            errors.Add("--roles: the embedded event log belongs to one process, which must take every role; leave --roles out, or set Headroom:EventLog=kafka.");
        }

        if (!engines.SharedControl)
        {
            errors.Add("--roles: control data in SQLite belongs to one machine, whose one process must take every role; leave --roles out, or set Headroom:Catalog=postgres.");
        }

        return errors;
    }

    private static bool IsAll(IReadOnlyList<string> chosen) => chosen is [] or ["all"];
}

/// <summary>A choice of roles that cannot work. The message has every error, a line each.</summary>
internal sealed class RolesException(IReadOnlyList<string> errors) : Exception(string.Join(Environment.NewLine, errors));
