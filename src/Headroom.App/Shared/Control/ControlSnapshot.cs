using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.IO.Hashing;
using System.Text;
using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.App.Shared.Control;

/// <summary>Projects, keys, members and conditions of cohorts at one moment; immutable. Lookups by bytes do not allocate.</summary>
internal sealed class ControlSnapshot
{
    /// <summary>Longer keys and domains are nobody's; it bounds the buffer on the stack.</summary>
    internal const int MaxLookupBytes = 512;

    private readonly Dictionary<ProjectId, ProjectInfo> _projects = [];
    private readonly Dictionary<byte[], ProjectInfo> _writeKeys = new(BytesComparer.Instance);
    private readonly Dictionary<byte[], ProjectInfo> _domains = new(BytesComparer.Instance);
    private readonly Dictionary<(ProjectId Project, int Id), CohortInfo> _cohorts = [];
    private readonly Dictionary<byte[], ProjectId> _readKeys = new(BytesComparer.Instance);
    private readonly Dictionary<(ProjectId Project, int Person), ProjectRole> _members = [];

    public static ControlSnapshot Empty { get; } = new();

    public IReadOnlyCollection<ProjectInfo> All => _projects.Values;

    public bool TryGet(ProjectId id, [MaybeNullWhen(false)] out ProjectInfo project) => _projects.TryGetValue(id, out project);

    public bool TryGetByWriteKey(ReadOnlySpan<byte> key, [MaybeNullWhen(false)] out ProjectInfo project) =>
        _writeKeys.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(key, out project);

    public bool TryGetByDomain(ReadOnlySpan<byte> domain, [MaybeNullWhen(false)] out ProjectInfo project)
    {
        if (domain.Length > MaxLookupBytes)
        {
            project = null;
            return false;
        }

        Span<byte> lower = stackalloc byte[MaxLookupBytes];
        if (Ascii.ToLower(domain, lower, out var written) != System.Buffers.OperationStatus.Done)
        {
            // Only a name outside ASCII comes here; its case is the culture-invariant one.
            return _domains.TryGetValue(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(domain).ToLowerInvariant()), out project);
        }

        return _domains.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(lower[..written], out project);
    }

    public bool TryGetByReadKeyHash(ReadOnlySpan<byte> hash, out ProjectId project) =>
        _readKeys.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(hash, out project);

    public ProjectRole? Member(ProjectId project, int person) => _members.TryGetValue((project, person), out var role) ? role : null;

    public CohortInfo? Cohort(ProjectId project, int id) => _cohorts.GetValueOrDefault((project, id));

    /// <summary>
    /// Reads all of it in a transaction that sees one moment. <paramref name="unknownTimeZone"/> hears of zones that this machine lacks,
    /// <paramref name="unknownCondition"/> of cohorts that a newer version made, which are then not there.
    /// </summary>
    public static async Task<ControlSnapshot> ReadAsync(
        DbTransaction transaction, Action<int, string> unknownTimeZone, Action<int> unknownCondition, CancellationToken cancellationToken)
    {
        var snapshot = new ControlSnapshot();
        await using var command = transaction.Connection!.CreateCommand();
        command.Transaction = transaction;

        var domains = new Dictionary<int, List<string>>();
        command.CommandText = "SELECT project_id, domain FROM project_domain ORDER BY domain";
        await using (var rows = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await rows.ReadAsync(cancellationToken))
            {
                var id = rows.GetInt32(0);
                if (!domains.TryGetValue(id, out var list))
                {
                    domains[id] = list = [];
                }

                list.Add(rows.GetString(1));
            }
        }

        command.CommandText = "SELECT id, name, time_zone, week_starts_on_sunday, keep_ip, retention_days, dropped_properties, cookieless FROM project ORDER BY id";
        await using (var rows = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await rows.ReadAsync(cancellationToken))
            {
                var id = rows.GetInt32(0);
                if (!TimeZoneInfo.TryFindSystemTimeZoneById(rows.GetString(2), out var zone))
                {
                    unknownTimeZone(id, rows.GetString(2));
                    zone = TimeZoneInfo.Utc;
                }

                var project = new ProjectInfo(
                    new ProjectId(id), rows.GetString(1), zone, rows.GetBoolean(3), rows.GetBoolean(4), domains.GetValueOrDefault(id) ?? [])
                {
                    RetentionDays = Number(rows, 5),
                    DroppedProperties = ProjectRow.Names(Text(rows, 6)),
                    Cookieless = rows.GetBoolean(7),
                };
                snapshot._projects.Add(project.Id, project);
                foreach (var domain in project.Domains)
                {
                    snapshot._domains[Encoding.UTF8.GetBytes(domain)] = project;
                }
            }
        }

        command.CommandText = "SELECT id, project_id, condition, version FROM cohort";
        await using (var rows = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await rows.ReadAsync(cancellationToken))
            {
                var id = rows.GetInt32(0);
                var errors = new QueryErrors();
                var condition = Text(rows, 2) is { } json ? QueryJson.Read<CohortCondition>(Encoding.UTF8.GetBytes(json), "", errors) : null;
                if (errors.Any)
                {
                    unknownCondition(id);
                    continue;
                }

                snapshot._cohorts.Add((new ProjectId(rows.GetInt32(1)), id), new CohortInfo(id, condition, rows.GetInt64(3)));
            }
        }

        command.CommandText = "SELECT project_id, user_id, role FROM project_member";
        await using (var rows = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await rows.ReadAsync(cancellationToken))
            {
                if (ProjectRoles.Parse(rows.GetString(2)) is { } role)
                {
                    snapshot._members.Add((new ProjectId(rows.GetInt32(0)), rows.GetInt32(1)), role);
                }
            }
        }

        command.CommandText = "SELECT project_id, key, hash FROM project_key";
        await using (var rows = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await rows.ReadAsync(cancellationToken))
            {
                var project = snapshot._projects[new ProjectId(rows.GetInt32(0))];
                if (Text(rows, 1) is { } key)
                {
                    snapshot._writeKeys[Encoding.UTF8.GetBytes(key)] = project;
                }
                else
                {
                    snapshot._readKeys[(byte[])rows.GetValue(2)] = project.Id;
                }
            }
        }

        return snapshot;
    }

    private static string? Text(DbDataReader rows, int column) => rows.IsDBNull(column) ? null : rows.GetString(column);

    private static int? Number(DbDataReader rows, int column) => rows.IsDBNull(column) ? null : rows.GetInt32(column);

    private sealed class BytesComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static readonly BytesComparer Instance = new();

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

        public int GetHashCode(ReadOnlySpan<byte> alternate) => unchecked((int)XxHash3.HashToUInt64(alternate));
    }
}
