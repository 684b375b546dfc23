using System.Security.Claims;
using Headroom.Core;

namespace Headroom.App.Shared;

/// <summary>What the data path needs to know of a project; control data as an immutable snapshot.</summary>
/// <param name="TimeZone">IANA name.</param>
/// <param name="WeekStartsOnSunday">Otherwise weeks start on Monday.</param>
/// <param name="KeepIp">Keep the client's address as the property $ip; otherwise it is dropped after enrichment.</param>
/// <param name="Domains">Domains by which Plausible's scripts name the project.</param>
public sealed record ProjectInfo(ProjectId Id, string Name, TimeZoneInfo TimeZone, bool WeekStartsOnSunday, bool KeepIp, IReadOnlyList<string> Domains)
{
    /// <summary>Days after which events are removed, counted in the project's time zone; null keeps them for ever.</summary>
    public int? RetentionDays { get; init; }

    /// <summary>Names of properties, of events and of persons, that are not stored.</summary>
    public IReadOnlyList<string> DroppedProperties { get; init; } = [];

    /// <summary>Whether visitors are told apart by an id of the day and by nothing that their devices store.</summary>
    public bool Cookieless { get; init; }
}

/// <summary>
/// Answers who owns a key without touching the database: a snapshot in memory, brought up to date within a second of
/// any change, also one made by another process. Safe for concurrent use, no allocation for a lookup by bytes.
/// </summary>
public interface IProjectDirectory
{
    /// <summary>By write key (UTF-8).</summary>
    bool TryGetByWriteKey(ReadOnlySpan<byte> writeKey, out ProjectInfo project);

    /// <summary>By a domain registered for the project, case-insensitive (Plausible's "d").</summary>
    bool TryGetByDomain(ReadOnlySpan<byte> domain, out ProjectInfo project);

    bool TryGet(ProjectId id, out ProjectInfo project);

    IReadOnlyCollection<ProjectInfo> All { get; }

    /// <summary>
    /// Reads the database again if it changed, at most every 100 ms over all callers: what a caller does once
    /// before it refuses an unknown key, so that a key made a moment ago works.
    /// </summary>
    ValueTask RefreshAsync(CancellationToken cancellationToken);
}

/// <summary>Tells of answers that go on for long whether who asked for them may still have them.</summary>
public interface IProjectAccess
{
    /// <summary>Whether a person is still a member of the project, or an operator. A read key is asked about the project alone.</summary>
    bool MayRead(ClaimsPrincipal user, ProjectId project);
}

/// <summary>The salts of cookieless visitor ids: one a UTC day, kept for two days, then gone for good.</summary>
public interface IVisitorSalts
{
    DaySalts Current { get; }
}

/// <summary>A day's salt and that of the day before, 16 bytes each.</summary>
/// <param name="Day">UTC days since 1970 began.</param>
public readonly record struct DaySalts(int Day, ReadOnlyMemory<byte> Today, ReadOnlyMemory<byte> Yesterday)
{
    private const long MicrosOfDay = 86_400L * 1_000_000;

    /// <summary>The day of an instant in unix microseconds.</summary>
    public static int DayOf(long micros) => (int)((micros >= 0 ? micros : micros - MicrosOfDay + 1) / MicrosOfDay);
}
