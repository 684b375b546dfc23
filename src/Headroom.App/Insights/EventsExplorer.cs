using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text.Json;
using Headroom.App.Shared;
using Headroom.Core;
using Headroom.Sql;

namespace Headroom.App.Insights;

/// <summary>Lists events newest first, a page at a time, and shows one whole.</summary>
internal sealed class EventsExplorer(InsightsService insights, IEventReader reader, SqlDialect dialect)
{
    private const long Hour = 3_600_000_000;

    /// <summary>Each look further back is this many times as long: few looks for rare events, little read for common ones.</summary>
    private const int Widening = 24;

    public async ValueTask<EventsPage> ListAsync(EventsRequest request, ProjectInfo project, CancellationToken cancellationToken)
    {
        var schema = reader.Schema(project.Id);
        var found = new List<EventPosition>(request.Limit + 1);
        if (schema.Rows > 0)
        {
            await FindAsync(request, project, schema, found, cancellationToken);
        }

        var more = found.Count > request.Limit;
        if (more)
        {
            found.RemoveAt(found.Count - 1);
        }

        IReadOnlyList<EventItem> events = found.Count == 0 ? [] : await EventReader.ReadAsync(
            insights, "events", project.Id, schema, dialect,
            columns => EventsCompiler.Load([.. found.Select(f => f.Uuid)], found[^1].Timestamp, found[0].Timestamp + 1, project.Id, columns, dialect), cancellationToken);
        return new EventsPage { Events = events, Next = more ? WriteCursor(found[^1]) : null };
    }

    public async ValueTask<EventDetails?> FindAsync(Guid uuid, ProjectInfo project, CancellationToken cancellationToken)
    {
        var schema = reader.Schema(project.Id);
        if (schema.Rows == 0)
        {
            return null;
        }

        var found = await EventReader.ReadAsync(
            insights, "event", project.Id, schema, dialect,
            columns => EventsCompiler.Load([uuid], schema.MinTimestamp, schema.MaxTimestamp + 1, project.Id, columns, dialect) with { MaxRows = 2 }, cancellationToken);
        if (found.Count == 0)
        {
            return null;
        }

        var item = found[0];
        var person = reader.FindPerson(project.Id, item.DistinctId);
        return new EventDetails
        {
            Uuid = item.Uuid,
            Event = item.Event,
            DistinctId = item.DistinctId,
            PersonKey = item.PersonKey,
            SessionId = item.SessionId,
            Timestamp = item.Timestamp,
            ReceivedAt = item.ReceivedAt,
            Properties = item.Properties,
            Person = person is null ? null : new EventPerson
            {
                Key = person.Key,
                Uuid = person.Uuid,
                CreatedAt = UnixMicros.ToInstant(person.CreatedAt),
                IsIdentified = person.IsIdentified,
                Properties = EventReader.ReadObject(person.Properties),
            },
        };
    }

    /// <summary>A cursor names the last event of its page; anything else is refused.</summary>
    public static bool TryReadCursor(string text, out EventPosition position)
    {
        position = default;
        Span<byte> bytes = stackalloc byte[24];
        if (text.Length != 32 || Base64Url.DecodeFromChars(text, bytes, out _, out var written) is not OperationStatus.Done || written != 24)
        {
            return false;
        }

        position = new EventPosition(BinaryPrimitives.ReadInt64BigEndian(bytes), new Guid(bytes[8..], bigEndian: true));
        return position.Timestamp >= UnixMicros.Min && position.Timestamp <= UnixMicros.Max;
    }

    private static string WriteCursor(EventPosition position)
    {
        Span<byte> bytes = stackalloc byte[24];
        BinaryPrimitives.WriteInt64BigEndian(bytes, position.Timestamp);
        position.Uuid.TryWriteBytes(bytes[8..], bigEndian: true, out _);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>Looks back from the newest event in ever longer stretches, until the page and one more are found.</summary>
    private async ValueTask FindAsync(
        EventsRequest request, ProjectInfo project, ProjectSchema schema, List<EventPosition> found, CancellationToken cancellationToken)
    {
        var first = Math.Max(request.From, schema.MinTimestamp);
        var end = Math.Min(request.To, schema.MaxTimestamp + 1);
        if (request.After is { } after)
        {
            end = Math.Min(end, after.Timestamp + 1);
        }

        var stretch = Hour;
        while (end > first && found.Count <= request.Limit)
        {
            var begin = end - stretch < first ? first : end - stretch;
            var query = EventsCompiler.Find(
                request with { From = begin, To = end, Limit = request.Limit + 1 - found.Count }, project.Id, schema, dialect);
            var rows = await insights.QueryAsync("events", query, cancellationToken);
            foreach (var row in rows.Rows)
            {
                found.Add(new EventPosition(EventReader.Micros(row[1]), (Guid)row[0]!));
            }

            end = begin;
            stretch = stretch > long.MaxValue / Widening ? long.MaxValue : stretch * Widening;
        }
    }
}

/// <summary>Rows of <see cref="EventsCompiler.Load"/> as events.</summary>
internal static class EventReader
{
    /// <summary>What a statement takes of memory grows with its columns, also with those that hold nothing: of more than these a part is read at a time.</summary>
    public const int MostColumns = 400;

    /// <summary>Events with the properties of all of a project's columns, in the order of the statement.</summary>
    /// <param name="query">The statement that says which events, for a part of the columns.</param>
    public static async Task<IReadOnlyList<EventItem>> ReadAsync(
        InsightsService insights, string name, ProjectId project, ProjectSchema schema, SqlDialect dialect, Func<ProjectSchema, StoreQuery> query, CancellationToken cancellationToken)
    {
        var parts = schema.Columns.Chunk(MostColumns).ToList();
        var first = parts.Count == 0 ? [] : parts[0];
        var events = (await insights.QueryAsync(name, query(schema with { Columns = first.ToHashSet() }), cancellationToken)).Rows.Select(r => Read(r, first)).ToList();
        if (events.Count == 0 || parts.Count < 2)
        {
            return events;
        }

        // The first part has said which events: what arrives meanwhile is in none of them.
        Guid[] uuids = [.. events.Select(static e => e.Uuid)];
        var (from, to) = (UnixMicros.From(events.Min(static e => e.Timestamp)), UnixMicros.From(events.Max(static e => e.Timestamp)) + 1);
        foreach (var part in parts.Skip(1))
        {
            var rows = await insights.QueryAsync(name, EventsCompiler.Load(uuids, from, to, project, schema with { Columns = part.ToHashSet() }, dialect), cancellationToken);
            var more = rows.Rows.Select(r => Read(r, part)).Where(static e => e.Properties.Count > 0).ToDictionary(static e => e.Uuid);
            for (var i = 0; i < events.Count; i++)
            {
                if (more.TryGetValue(events[i].Uuid, out var rest))
                {
                    var all = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
                    foreach (var (property, value) in events[i].Properties.Concat(rest.Properties))
                    {
                        all[property] = value;
                    }

                    events[i] = events[i] with { Properties = all };
                }
            }
        }

        return events;
    }

    private static EventItem Read(object?[] row, IReadOnlyList<PropertyColumnKey> columns) => new()
    {
        Uuid = (Guid)row[0]!,
        Event = (string)row[1]!,
        DistinctId = (string)row[2]!,
        PersonKey = (long)row[3]!,
        SessionId = (string?)row[4],
        Timestamp = UnixMicros.ToInstant(Micros(row[5])),
        ReceivedAt = UnixMicros.ToInstant(Micros(row[6])),
        Properties = Properties(row, columns),
    };

    public static long Micros(object? timestamp) =>
        UnixMicros.From(new DateTimeOffset(DateTime.SpecifyKind((DateTime)timestamp!, DateTimeKind.Utc)));

    /// <summary>A JSON object's members; empty for what is none.</summary>
    public static IReadOnlyDictionary<string, JsonElement> ReadObject(string json)
    {
        var members = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        AddMembers(members, json);
        return members;
    }

    private static SortedDictionary<string, JsonElement> Properties(object?[] row, IReadOnlyList<PropertyColumnKey> columns)
    {
        var members = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        for (var i = 0; i < columns.Count; i++)
        {
            if (row[EventsCompiler.FixedColumns + i] is not { } value)
            {
                continue;
            }

            if (columns[i] == ProjectSchema.OverflowColumn)
            {
                AddMembers(members, (string)value);
            }
            else
            {
                members[columns[i].Name] = ToElement(value, columns[i].Kind);
            }
        }

        return members;
    }

    private static JsonElement ToElement(object value, PropertyKind kind) => value switch
    {
        string json when kind is PropertyKind.Json => Parse(json),
        string text => JsonSerializer.SerializeToElement(text, InsightsJsonContext.Default.String),
        double number when double.IsFinite(number) => JsonSerializer.SerializeToElement(number, InsightsJsonContext.Default.Double),
        bool boolean => JsonSerializer.SerializeToElement(boolean, InsightsJsonContext.Default.Boolean),
        _ => Parse("null"),
    };

    private static JsonElement Parse(string json)
    {
        try
        {
            return JsonElement.Parse(json);
        }
        catch (JsonException)
        {
            return JsonSerializer.SerializeToElement(json, InsightsJsonContext.Default.String);
        }
    }

    private static void AddMembers(SortedDictionary<string, JsonElement> members, string json)
    {
        var parsed = Parse(json);
        if (parsed.ValueKind is JsonValueKind.Object)
        {
            foreach (var member in parsed.EnumerateObject())
            {
                members[member.Name] = member.Value;
            }
        }
    }
}
