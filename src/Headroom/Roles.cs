namespace Headroom;

/// <summary>One role: what it does and which of the parts it needs.</summary>
internal sealed record Role(string Name, string Does, IReadOnlyList<string> Needs);

/// <summary>The roles that a process can take. With embedded parts one process takes all of them.</summary>
internal static class Roles
{
    public static readonly IReadOnlyList<Role> Table =
    [
        new("capture", "takes events from SDKs and answers when the log has them on disk", ["event log", "control data"]),
        new("writer", "turns the log into segments: de-duplicates, resolves persons and sessions, enriches", ["event log", "event store", "control data"]),
        new("query", "answers insights, the events explorer and the live view, and serves the web app", ["event store", "control data"]),
    ];

    /// <summary>Every error of a choice of roles, or none.</summary>
    public static IReadOnlyList<string> Validate(IReadOnlyList<string> chosen)
    {
        if (chosen is [] or ["all"])
        {
            return [];
        }

        var errors = new List<string>();
        foreach (var name in chosen)
        {
            if (!Table.Any(role => role.Name == name))
            {
                errors.Add($"--roles: there is no role \"{name}\"; the roles are {string.Join(", ", Table.Select(role => role.Name))}, or all.");
            }
        }

        if (errors.Count == 0 && Table.Any(role => !chosen.Contains(role.Name)))
        {
            errors.Add("--roles: the embedded event log and store belong to one process, which must take every role; leave --roles out, or name all of them.");
        }

        return errors;
    }
}
