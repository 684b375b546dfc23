// From the log's records to rows. One pass over each event's JSON, straight into columns.
//
// Persons are asked for while a run of records is decoded and resolved after it, together, so that distinct ids not
// in memory cost one look-up for the run and not one each. The memory of the records must stay until then.

using System.Buffers.Text;
using System.Text.Json;
using Headroom.App.Shared;
using Headroom.App.Writing.Enrichment;
using Headroom.App.Writing.Identity;
using Headroom.Core;

namespace Headroom.App.Writing;

internal sealed class EventDecoder(IProjectDirectory directory, Enricher enricher, Persons persons, Visitors visitors, Sessions sessions)
{
    private static readonly JsonReaderOptions Deep = new() { MaxDepth = 512 };
    private readonly Dictionary<ProjectId, ProjectRows> _projects = [];
    private readonly List<ProjectRows> _inBatch = [];
    private readonly List<Pending> _pending = [];
    private readonly EventFacts _facts = new();
    private readonly OverflowText _overflow = new();
    private byte[] _scratch = new byte[1024];
    private IStoreBatch _batch = null!;
    private long _stamp;

    /// <summary>The projects of the present batch.</summary>
    public IReadOnlyList<ProjectRows> Projects => _inBatch;

    public void Begin(IStoreBatch batch)
    {
        _batch = batch;
        _stamp++;
        _inBatch.Clear();
        _pending.Clear();
    }

    /// <summary>Adds a record's events to the batch. Throws where the record is not of the format.</summary>
    public void Decode(ReadOnlyMemory<byte> record)
    {
        var reader = new EventBatchReader(record.Span);
        var project = Project(reader.Project);
        project.Received += reader.Count + reader.Rejected;
        project.Rejected += reader.Rejected;
        if (reader.Count == 0)
        {
            return;
        }

        var agent = enricher.FindUserAgent(reader.UserAgent);
        var place = enricher.FindPlace(reader.Ip);
        while (reader.TryRead(out var json))
        {
            record.Span.Overlaps(json, out var offset);
            DecodeEvent(project, record.Slice(offset, json.Length), reader.ReceivedAt, agent, place, reader.Ip);
        }
    }

    /// <summary>Counts a record that cannot be decoded: its events are rejected, as far as its header says how many.</summary>
    public long Skip(ReadOnlySpan<byte> record)
    {
        EventBatchReader reader;
        try
        {
            reader = new EventBatchReader(record);
        }
        catch (InvalidDataException)
        {
            return 0;
        }

        var project = Project(reader.Project);
        project.Received += reader.Count + reader.Rejected;
        project.Rejected += reader.Count + reader.Rejected;
        return reader.Count;
    }

    /// <summary>Gives the rows decoded since the last call their persons.</summary>
    public void ResolvePersons()
    {
        persons.FindAsked();
        foreach (var pending in _pending)
        {
            pending.Project.Rows.PersonKey[pending.Row] = persons.Resolve(
                pending.Visitor, pending.Personless, pending.Timestamp, pending.Operation, pending.Json.Span);
        }

        _pending.Clear();
    }

    /// <summary>Forgets what is kept between batches.</summary>
    public void Clear()
    {
        _projects.Clear();
        _inBatch.Clear();
        _pending.Clear();
    }

    private ProjectRows Project(ProjectId id)
    {
        if (!_projects.TryGetValue(id, out var project))
        {
            _projects[id] = project = new ProjectRows(id);
        }

        if (project.Stamp != _stamp)
        {
            project.Begin(_batch, _stamp, directory.TryGet(id, out var info) && info.KeepIp);
            _inBatch.Add(project);
        }

        return project;
    }

    private void DecodeEvent(
        ProjectRows project, ReadOnlyMemory<byte> memory, long receivedAt, UserAgent agent, Place place, ReadOnlySpan<byte> ip)
    {
        var json = memory.Span;
        var reader = new Utf8JsonReader(json, Deep);
        var rows = project.Rows;
        EventName? name = null;
        Visitor? visitor = null;
        Visitor? previous = null;
        var groupId = TextSlice.Null;
        var uuid = Guid.Empty;
        long timestamp = 0;
        var row = -1;
        var (set, setLength, setOnce, setOnceLength, unset, unsetLength) = (0, 0, 0, 0, 0, 0);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var member = reader.ValueSpan;
            if (member.SequenceEqual("properties"u8))
            {
                if (name is null || (visitor is null && groupId.IsNull))
                {
                    throw new InvalidDataException("An event's properties stand before its name or distinct id.");
                }

                row = rows.AddRow(uuid, name.Slice, visitor is null ? groupId : IdSlice(visitor, rows), 0, TextSlice.Null, timestamp, receivedAt);
                DecodeProperties(project, row, json, ref reader);
                continue;
            }

            reader.Read();
            if (member.SequenceEqual("uuid"u8))
            {
                if (!Utf8Parser.TryParse(reader.ValueSpan, out uuid, out _, 'D'))
                {
                    throw new InvalidDataException("An event's uuid is none.");
                }

                if (!_batch.TryAddUuid(project.Id, uuid, receivedAt))
                {
                    project.Duplicates++;
                    return;
                }
            }
            else if (member.SequenceEqual("event"u8))
            {
                name = project.Name(Plain(ref reader));
            }
            else if (member.SequenceEqual("distinct_id"u8))
            {
                var id = Plain(ref reader);
                if (name is { Kind: EventKind.Group })
                {
                    groupId = rows.Store(id);
                }
                else
                {
                    visitor = visitors.GetOrAdd(project.Id, id);
                }
            }
            else if (member.SequenceEqual("timestamp"u8))
            {
                if (!CanonicalTimestamp.TryParse(reader.ValueSpan, out timestamp))
                {
                    throw new InvalidDataException("An event's timestamp is not of the canonical form.");
                }
            }
            else if (member.SequenceEqual("previous_distinct_id"u8))
            {
                previous = visitors.Find(project.Id, Plain(ref reader));
                if (previous is not null && visitor is not null && !sessions.HasOpen(visitor, timestamp) && sessions.HasOpen(previous, timestamp))
                {
                    visitor = previous;
                }
            }
            else
            {
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                var length = (int)reader.BytesConsumed - start;
                if (member.SequenceEqual("set"u8))
                {
                    (set, setLength) = (start, length);
                }
                else if (member.SequenceEqual("set_once"u8))
                {
                    (setOnce, setOnceLength) = (start, length);
                }
                else if (member.SequenceEqual("unset"u8))
                {
                    (unset, unsetLength) = (start, length);
                }
            }
        }

        if (row < 0)
        {
            throw new InvalidDataException("An event has no properties member.");
        }

        if (visitor is null)
        {
            return;
        }

        rows.SessionId[row] = _facts.HasText(KnownProperty.SessionId)
            ? _facts.Text(KnownProperty.SessionId)
            : sessions.Join(visitor, timestamp, rows, _stamp);
        enricher.Enrich(project, row, _facts, agent, place, ip);
        persons.Ask(visitor, _stamp);
        var other = Other(project, name!.Kind, visitor);
        if (other is not null)
        {
            persons.Ask(other, _stamp);
        }

        _pending.Add(new Pending(
            project, row, visitor, _facts.IsFalse(KnownProperty.ProcessPersonProfile), timestamp,
            new IdentityOperation(other, name.Kind, set, setLength, setOnce, setOnceLength, unset, unsetLength), memory));
    }

    private Visitor? Other(ProjectRows project, EventKind kind, Visitor visitor)
    {
        var known = kind switch
        {
            EventKind.Identify => KnownProperty.AnonDistinctId,
            EventKind.Alias or EventKind.MergeDangerously => KnownProperty.Alias,
            _ => KnownProperty.None,
        };
        if (known == KnownProperty.None || !_facts.HasText(known))
        {
            return null;
        }

        var id = _facts.Text(known, project.Rows);
        if (id.SequenceEqual(visitor.Id))
        {
            return null;
        }

        if (IllegalIds.Contains(id) || IllegalIds.Contains(visitor.Id))
        {
            WritingMetrics.MergesRefused.Add(1, WritingMetrics.Reason("illegal_id"));
            return null;
        }

        return visitors.GetOrAdd(project.Id, id);
    }

    private void DecodeProperties(ProjectRows project, int row, ReadOnlySpan<byte> json, ref Utf8JsonReader reader)
    {
        _facts.Clear();
        _overflow.Clear();
        var rows = project.Rows;
        var plan = project.Root;
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            plan = project.Plan(plan, Plain(ref reader));
            reader.Read();
            if (plan.Known == KnownProperty.Redundant)
            {
                reader.Skip();
                continue;
            }

            switch (reader.TokenType)
            {
                case JsonTokenType.String:
                    AddText(project, row, plan, ref reader);
                    break;
                case JsonTokenType.Number:
                    AddNumber(project, row, plan, reader.ValueSpan);
                    break;
                case JsonTokenType.True or JsonTokenType.False:
                    AddBoolean(project, row, plan, reader.TokenType == JsonTokenType.True);
                    break;
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    var start = (int)reader.TokenStartIndex;
                    reader.Skip();
                    AddJson(project, row, plan, json[start..(int)reader.BytesConsumed]);
                    break;
                default:
                    break;
            }
        }

        if (_overflow.Length > 0)
        {
            rows.Column("$overflow"u8, PropertyKind.Json).AddText(row, rows.Store(_overflow.Finish()));
        }
    }

    private void AddText(ProjectRows project, int row, PropertyPlan plan, ref Utf8JsonReader reader)
    {
        var rows = project.Rows;

        // These two have a place of their own: the session column, and the address only where the project keeps it.
        var column = plan.Known is KnownProperty.SessionId or KnownProperty.Ip ? null : plan.Column(project, PropertyKind.Text);
        TextSlice text;
        if (reader.ValueIsEscaped)
        {
            var written = JsonText.Unescape(reader.ValueSpan, rows.Reserve(reader.ValueSpan.Length));
            text = rows.Take(written);
        }
        else if (column is not null && !plan.LastText.IsNull && rows.Text(plan.LastText).SequenceEqual(reader.ValueSpan))
        {
            text = plan.LastText;
        }
        else
        {
            text = rows.Store(reader.ValueSpan);
        }

        if (plan.Known != KnownProperty.None)
        {
            if (text.Length > 0)
            {
                _facts.SetText(plan.Known, text);
            }

            if (plan.Known is KnownProperty.SessionId or KnownProperty.Ip)
            {
                return;
            }
        }

        if (column is null)
        {
            _overflow.AddText(plan.Name, rows.Text(text));
            return;
        }

        plan.LastText = text;
        column.AddText(row, text);
    }

    private void AddNumber(ProjectRows project, int row, PropertyPlan plan, ReadOnlySpan<byte> json)
    {
        if (!JsonText.TryParseNumber(json, out var value))
        {
            // Past a double's range: kept as the text it was.
            if (plan.Column(project, PropertyKind.Text) is { } textColumn)
            {
                textColumn.AddText(row, project.Rows.Store(json));
            }

            return;
        }

        if (plan.Known != KnownProperty.None)
        {
            _facts.SetOther(plan.Known);
        }

        if (plan.Column(project, PropertyKind.Number) is { } column)
        {
            column.AddNumber(row, value);
        }
        else
        {
            _overflow.AddRaw(plan.Name, json);
        }
    }

    private void AddBoolean(ProjectRows project, int row, PropertyPlan plan, bool value)
    {
        if (plan.Known != KnownProperty.None)
        {
            _facts.SetBoolean(plan.Known, value);
        }

        if (plan.Column(project, PropertyKind.Boolean) is { } column)
        {
            column.AddBoolean(row, value);
        }
        else
        {
            _overflow.AddRaw(plan.Name, value ? "true"u8 : "false"u8);
        }
    }

    private void AddJson(ProjectRows project, int row, PropertyPlan plan, ReadOnlySpan<byte> json)
    {
        if (plan.Known != KnownProperty.None)
        {
            _facts.SetOther(plan.Known);
        }

        var rows = project.Rows;
        if (plan.Column(project, PropertyKind.Json) is not { } column)
        {
            _overflow.AddRaw(plan.Name, json);
            return;
        }

        var text = rows.Store(json);
        if (JsonText.MayHaveSurrogates(json))
        {
            JsonText.RepairSurrogates(rows.Arena.AsSpan(text.Offset, text.Length));
        }

        column.AddText(row, text);
    }

    private TextSlice IdSlice(Visitor visitor, EventColumns rows)
    {
        if (visitor.SliceStamp != _stamp)
        {
            visitor.SliceStamp = _stamp;
            visitor.Slice = rows.Store(visitor.Id);
        }

        return visitor.Slice;
    }

    /// <summary>A string without escapes; valid until the next call.</summary>
    private ReadOnlySpan<byte> Plain(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
        {
            return reader.ValueSpan;
        }

        if (_scratch.Length < reader.ValueSpan.Length)
        {
            _scratch = new byte[reader.ValueSpan.Length * 2];
        }

        return _scratch.AsSpan(0, JsonText.Unescape(reader.ValueSpan, _scratch));
    }

    private readonly record struct Pending(
        ProjectRows Project, int Row, Visitor Visitor, bool Personless, long Timestamp, IdentityOperation Operation, ReadOnlyMemory<byte> Json);
}
