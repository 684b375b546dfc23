using System.Text.Json;

namespace Headroom.App.Shared.Control;

/// <summary>A project. Its id is never used again, also when the project is gone (AUTOINCREMENT).</summary>
internal sealed class ProjectRow
{
    public int Id { get; set; }

    public required string Name { get; set; }

    /// <summary>IANA name.</summary>
    public required string TimeZone { get; set; }

    public bool WeekStartsOnSunday { get; set; }

    public bool KeepIp { get; set; }

    /// <summary>Null keeps events for ever.</summary>
    public int? RetentionDays { get; set; }

    /// <summary>A JSON array of names; null for none.</summary>
    public string? DroppedProperties { get; set; }

    public bool Cookieless { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public List<DomainRow> Domains { get; set; } = [];

    /// <summary>What <see cref="DroppedProperties"/> says.</summary>
    public static IReadOnlyList<string> Names(string? json) => json is null ? [] : JsonSerializer.Deserialize<string[]>(json) ?? [];
}

/// <summary>A domain by which Plausible's scripts name a project; lower case, of one project only.</summary>
internal sealed class DomainRow
{
    public required string Domain { get; set; }

    public int ProjectId { get; set; }
}

internal enum KeyKind
{
    Write,
    Read,
}

/// <summary>A write key, kept in clear because it is public by nature, or a read key, kept as a hash only.</summary>
internal sealed class KeyRow
{
    public int Id { get; set; }

    public int ProjectId { get; set; }

    public KeyKind Kind { get; set; }

    public required string Name { get; set; }

    /// <summary>The write key itself; null for a read key.</summary>
    public string? Key { get; set; }

    /// <summary>SHA-256 of a read key; null for a write key. No salt: the key has 238 random bits.</summary>
    public byte[]? Hash { get; set; }

    /// <summary>The first characters, by which people recognise a key.</summary>
    public required string Prefix { get; set; }

    public DateTimeOffset CreatedAt { get; set; }
}

/// <summary>A cohort. Its number is never used again.</summary>
internal sealed class CohortRow
{
    public int Id { get; set; }

    public int ProjectId { get; set; }

    public required string Name { get; set; }

    /// <summary>The condition as JSON; null for a list.</summary>
    public string? Condition { get; set; }

    /// <summary>Grows with every change of who is in it.</summary>
    public long Version { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset UpdatedAt { get; set; }
}

/// <summary>The persons of a cohort that is a list; apart, because it is long and seldom read.</summary>
internal sealed class CohortMembersRow
{
    public int CohortId { get; set; }

    /// <summary>Person keys in decimals, ascending, with commas between.</summary>
    public required string Keys { get; set; }

    public int Count { get; set; }
}

/// <summary>A note at a time, which charts over it show.</summary>
internal sealed class AnnotationRow
{
    public int Id { get; set; }

    public int ProjectId { get; set; }

    public DateTimeOffset At { get; set; }

    public required string Text { get; set; }

    /// <summary>Who wrote it; null once that person is gone.</summary>
    public int? UserId { get; set; }

    public DateTimeOffset CreatedAt { get; set; }
}

internal enum DefinitionKind
{
    Event,
    Property,
}

/// <summary>What people say of an event's or a property's name. Names that nobody has said anything of have no row.</summary>
internal sealed class DefinitionRow
{
    public int ProjectId { get; set; }

    public DefinitionKind Kind { get; set; }

    public required string Name { get; set; }

    public required string Description { get; set; }

    /// <summary>Left out where names are offered; questions still answer it.</summary>
    public bool Hidden { get; set; }

    /// <summary>Who changed it last; null once that person is gone.</summary>
    public int? ChangedBy { get; set; }

    public DateTimeOffset ChangedAt { get; set; }
}

/// <summary>How often a problem with what was sent came in one hour.</summary>
internal sealed class ProblemCountRow
{
    /// <summary>0 for what is of no project that is known. No foreign key for that reason; what is left of a project goes with age.</summary>
    public int ProjectId { get; set; }

    public ProblemKind Kind { get; set; }

    public required string Reason { get; set; }

    /// <summary>Hours since 1970-01-01T00:00Z.</summary>
    public long Hour { get; set; }

    public long Count { get; set; }

    public DateTimeOffset LastAt { get; set; }
}

/// <summary>One of the latest examples of a problem.</summary>
internal sealed class ProblemExampleRow
{
    public int Id { get; set; }

    public int ProjectId { get; set; }

    public ProblemKind Kind { get; set; }

    public required string Reason { get; set; }

    public DateTimeOffset At { get; set; }

    /// <summary>The example as JSON: it is read and dropped as a whole.</summary>
    public required string Document { get; set; }
}

/// <summary>A dashboard. Its number is never used again.</summary>
internal sealed class DashboardRow
{
    public int Id { get; set; }

    public int ProjectId { get; set; }

    public required string Name { get; set; }

    public required string Description { get; set; }

    /// <summary>The range of all tiles as JSON; null where each tile has its own.</summary>
    public string? Range { get; set; }

    /// <summary>The filters of all tiles as JSON.</summary>
    public required string Filters { get; set; }

    public int RefreshSeconds { get; set; }

    /// <summary>The tiles as JSON: they are read and changed as a whole.</summary>
    public required string Tiles { get; set; }

    public int TileCount { get; set; }

    /// <summary>The number of the last tile that was made; none is used again.</summary>
    public int LastTile { get; set; }

    /// <summary>Grows with every change; the entity tag.</summary>
    public long Version { get; set; }

    public int? CreatedBy { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset UpdatedAt { get; set; }

    /// <summary>Set where it is deleted: it can be brought back for some days, and is nowhere to be seen until then.</summary>
    public DateTimeOffset? DeletedAt { get; set; }
}

/// <summary>A link that shows one dashboard to whoever has it, until the row is deleted.</summary>
internal sealed class DashboardShareRow
{
    public int Id { get; set; }

    public int DashboardId { get; set; }

    public required string Name { get; set; }

    /// <summary>SHA-256 of the token. No salt: it has 238 random bits.</summary>
    public required byte[] Hash { get; set; }

    /// <summary>The first characters of the token, by which people recognise it.</summary>
    public required string Prefix { get; set; }

    public bool ChooseRange { get; set; }

    /// <summary>Sites that may show it in a frame, with a space between.</summary>
    public required string EmbedOrigins { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>From then on it opens nothing; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; set; }
}

internal enum DeletionState
{
    /// <summary>Until the Writer has taken in what was received before.</summary>
    Waiting,

    /// <summary>The person is forgotten, the events are being removed.</summary>
    Running,
    Done,
}

/// <summary>The removal of a person, and the receipt for it.</summary>
internal sealed class PersonDeletionRow
{
    public Guid Id { get; set; }

    public int ProjectId { get; set; }

    public Guid PersonUuid { get; set; }

    public long PersonKey { get; set; }

    /// <summary>What is before it in the event log was received before the request.</summary>
    public long LogOffset { get; set; }

    /// <summary>The e-mail address of who asked, which stays on the receipt when that member is gone.</summary>
    public required string RequestedBy { get; set; }

    public DateTimeOffset RequestedAt { get; set; }

    public DeletionState State { get; set; }

    public int DistinctIds { get; set; }

    public long Events { get; set; }

    public int Segments { get; set; }

    public DateTimeOffset? CompletedAt { get; set; }

    /// <summary>When the event log was seen to keep nothing from before the request any more.</summary>
    public DateTimeOffset? LogClearedAt { get; set; }
}

internal enum UserRole
{
    /// <summary>Runs the server: an owner of every project, who may make more.</summary>
    Operator,

    /// <summary>Sees the projects of which it is a member.</summary>
    Member,
}

/// <summary>A person who signs in.</summary>
internal sealed class UserRow
{
    public int Id { get; set; }

    /// <summary>Trimmed, lower case; unique.</summary>
    public required string Email { get; set; }

    public required string Name { get; set; }

    /// <summary>By ASP.NET Core Identity's hasher; algorithm, iterations and salt are part of it.</summary>
    public required string PasswordHash { get; set; }

    public UserRole Role { get; set; }

    public DateTimeOffset CreatedAt { get; set; }
}

/// <summary>A person's role in a project. An operator has one of owner everywhere, with a row or without.</summary>
internal sealed class MemberRow
{
    public int ProjectId { get; set; }

    public int UserId { get; set; }

    public ProjectRole Role { get; set; }

    public DateTimeOffset CreatedAt { get; set; }
}

/// <summary>A link by which the person of an e-mail becomes a member, until it expires or the row is deleted.</summary>
internal sealed class InvitationRow
{
    public int Id { get; set; }

    public int ProjectId { get; set; }

    /// <summary>Trimmed, lower case; of one project once.</summary>
    public required string Email { get; set; }

    public ProjectRole Role { get; set; }

    /// <summary>SHA-256 of the token. No salt: it has 238 random bits.</summary>
    public required byte[] Hash { get; set; }

    /// <summary>Who made it; null once that person is gone, and where the command line did.</summary>
    public int? InvitedBy { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset ExpiresAt { get; set; }
}

/// <summary>A signed-in browser. The row is the right: deleting it signs out at once.</summary>
internal sealed class SessionRow
{
    /// <summary>SHA-256 of the cookie's value, so that a copy of the database opens no session.</summary>
    public required byte[] Hash { get; set; }

    public int UserId { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>Moves forward while the session is used.</summary>
    public DateTimeOffset ExpiresAt { get; set; }
}

/// <summary>The salt of one UTC day's cookieless visitor ids.</summary>
internal sealed class VisitorSaltRow
{
    /// <summary>Days since 1970-01-01.</summary>
    public int Day { get; set; }

    public required byte[] Salt { get; set; }
}

/// <summary>What a process that is apart measured last. The one that makes the report reads it; nobody else does.</summary>
internal sealed class ProcessReadingRow
{
    /// <summary>The process' name.</summary>
    public required string Process { get; set; }

    /// <summary>By its clock.</summary>
    public DateTimeOffset WrittenAt { get; set; }

    /// <summary>JSON.</summary>
    public required string Reading { get; set; }
}
