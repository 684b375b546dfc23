namespace Headroom;

/// <summary>One role: what it does and which of the parts it needs.</summary>
internal sealed record Role(string Name, string Does, IReadOnlyList<string> Needs);

/// <summary>The engines behind the parts, as far as they decide who may share them.</summary>
/// <param name="SharedLog">Whether processes can share the event log.</param>
/// <param name="SharedControl">Whether processes on several machines can share the control data and the catalog of the event store.</param>
/// <param name="SharedSegments">Whether processes can share the files of the event store.</param>
internal readonly record struct Engines(bool SharedLog, bool SharedControl, bool SharedSegments)
{
    /// <summary>As the settings Headroom:EventLog, Headroom:Catalog and Headroom:Segments choose them.</summary>
    public static Engines Of(IConfiguration configuration) => new(
        configuration["Headroom:EventLog"] == "kafka", configuration["Headroom:Catalog"] == "postgres", configuration["Headroom:Segments"] == "s3");
}

/// <summary>
/// The roles that a process can take. Capture and query may be apart, each in any number, over what processes can share; writer and jobs
/// are one process. Which paths a role answers is in Routes.cs.
/// </summary>
internal static class Roles
{
    public const string Capture = "capture";
    public const string Writer = "writer";
    public const string Query = "query";
    public const string Jobs = "jobs";
    public const string Gateway = "gateway";

    public static readonly IReadOnlyList<Role> Table =
    [
        new(Capture, "takes events from SDKs and answers when the log has them on disk", ["event log", "control data"]),
        new(Writer, "turns the log into segments: de-duplicates, resolves persons and sessions, enriches; has the live view", ["event log", "event store", "control data"]),
        new(Query, "answers insights and the events explorer, and serves the web app", ["event store", "control data"]),
        new(Jobs, "imports, deletions, alerts and measures of capacity", ["event log", "event store", "control data"]),
        new(Gateway, "one entry in front of the others, for which each path has its process", []),
    ];

    /// <summary>Those of one whole process.</summary>
    private static readonly string[] Whole = [Capture, Writer, Query, Jobs];

    /// <summary>Whether a choice that is valid has the role.</summary>
    public static bool Has(IReadOnlyList<string> chosen, string role) => IsAll(chosen) ? role != Gateway : chosen.Contains(role);

    /// <summary>Whether a choice that is valid is one process that does everything.</summary>
    public static bool IsWhole(IReadOnlyList<string> chosen) => Array.TrueForAll(Whole, role => Has(chosen, role));

    /// <summary>Every error of a choice of roles, or none.</summary>
    public static IReadOnlyList<string> Validate(IReadOnlyList<string> chosen, Engines engines)
    {
        if (IsAll(chosen))
        {
            return [];
        }

        var errors = chosen.Where(static name => Table.All(role => role.Name != name))
            .Select(static name => $"--roles: there is no role \"{name}\"; the roles are {string.Join(", ", Table.Select(role => role.Name))}, or all.").ToList();
        if (errors.Count > 0)
        {
            return errors;
        }

        if (chosen.Contains(Gateway))
        {
            return chosen.All(static role => role == Gateway) ? [] : ["--roles: gateway is a process of its own, in front of the others; say --roles gateway."];
        }

        if (IsWhole(chosen))
        {
            return [];
        }

        var (captures, writes, queries) = (chosen.Contains(Capture), chosen.Contains(Writer), chosen.Contains(Query));
        if (writes != chosen.Contains(Jobs))
        {
            errors.Add($"--roles: writer and jobs are one process in this version, and {(writes ? Jobs : Writer)} would be missing; say --roles writer,jobs, or writer,query,jobs.");
        }

        if (captures != writes && !engines.SharedLog)
        {
            errors.Add("--roles: the embedded event log belongs to one process, which must take capture, writer and jobs; leave --roles out, or set Headroom:EventLog=kafka.");
        }

        if (!engines.SharedControl)
        {
            errors.Add("--roles: control data in SQLite belongs to one machine, whose one process must take every role; leave --roles out, or set Headroom:Catalog=postgres.");
        }

        if (queries != writes && (queries || writes) && !engines.SharedSegments)
        {
            errors.Add("--roles: segments on disk belong to one process, which must take writer, query and jobs; say --roles writer,query,jobs, or set Headroom:Segments=s3.");
        }

        return errors;
    }

    private static bool IsAll(IReadOnlyList<string> chosen) => chosen is [] or ["all"];
}

/// <summary>A choice of roles that cannot work. The message has every error, a line each.</summary>
internal sealed class RolesException(IReadOnlyList<string> errors) : Exception(string.Join(Environment.NewLine, errors));
