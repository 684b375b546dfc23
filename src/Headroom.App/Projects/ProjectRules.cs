using System.Text.RegularExpressions;

namespace Headroom.App.Projects;

/// <summary>What a name, a time zone and a domain must look like. A problem is a sentence, null is no problem.</summary>
internal static partial class ProjectRules
{
    private const int MaxName = 100;
    private const int MaxDomain = 253;

    public const int MaxRetentionDays = 36_500;
    public const int MaxDropped = 100;
    private const int MaxPropertyName = 400;

    /// <summary>Without these nobody could tell whose an event is.</summary>
    private static readonly string[] NeverDropped = ["$anon_distinct_id", "alias", "$process_person_profile", "$cookieless_mode"];

    /// <summary>What is wrong with the name of a property that is not to be stored; null for nothing.</summary>
    public static string? DroppedProblem(string? name) => name switch
    {
        null or "" => "A name is needed.",
        { Length: > MaxPropertyName } => "A property's name has at most 400 characters.",
        _ when NeverDropped.Contains(name) => $"{name} says whose an event is, and cannot be left out.",
        _ => null,
    };

    public static string? NameProblem(string? name) => name switch
    {
        null or "" => "A name is needed.",
        { Length: > MaxName } => "A name has at most 100 characters.",
        _ when name.AsSpan().ContainsAnyInRange('\0', '\x1f') => "A name has no control characters.",
        _ => null,
    };

    /// <summary>
    /// An IANA name of this machine. The name becomes a file's path inside the runtime, hence the pattern; the folders
    /// posix and right and names without a region are files there too and not zones that other stores know.
    /// </summary>
    public static bool IsTimeZone(string name) =>
        name == "UTC" || (name.Length <= 64 && ZoneName().IsMatch(name) &&
            !name.StartsWith("posix/", StringComparison.Ordinal) && !name.StartsWith("right/", StringComparison.Ordinal) &&
            TimeZoneInfo.TryFindSystemTimeZoneById(name, out _));

    /// <summary>As stored and looked up: trimmed, lower case, without a scheme; null where it is no domain.</summary>
    public static string? NormalizeDomain(string? domain)
    {
        var text = (domain ?? "").Trim().ToLowerInvariant();
        return text.Length is > 0 and <= MaxDomain && DomainName().IsMatch(text) ? text : null;
    }

    [GeneratedRegex(@"^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+){1,2}\z", RegexOptions.CultureInvariant)]
    private static partial Regex ZoneName();

    // A host, perhaps with a port, perhaps with the folder of a site that shares its host.
    [GeneratedRegex(@"^[\p{L}\p{N}]([\p{L}\p{N}.-]*[\p{L}\p{N}])?(:[0-9]{1,5})?(/[\p{L}\p{N}._~-]+)*\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex DomainName();
}
