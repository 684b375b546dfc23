using System.Buffers.Text;
using System.Text.Unicode;
using Headroom.App.Shared;
using Headroom.App.Writing.Enrichment;
using Headroom.App.Writing.Identity;
using Headroom.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Headroom.App.Writing;

/// <summary>
/// Turns log records into the rows, counts and identities of one store batch. <see cref="Begin"/>, then
/// <see cref="Add"/> for each record, <see cref="Finish"/>, and <see cref="Committed"/> once the store has it; or
/// <see cref="Reset"/> to forget everything that is not in the store. Not safe for concurrent use.
/// </summary>
internal sealed partial class BatchBuilder : IOpenSessionSink
{
    private readonly IProjectDirectory _directory;
    private readonly Enricher _enricher;
    private readonly ILogger<BatchBuilder> _logger;
    private readonly WriterProblems _problems;
    private readonly Visitors _visitors;
    private readonly Persons _persons;
    private readonly Sessions _sessions;
    private readonly Dictionary<int, ProjectRows> _projects = [];
    private readonly List<ProjectRows> _active = [];
    private readonly List<PendingRow> _pending = [];
    private readonly EventFacts _facts = new();
    private readonly OverflowText _overflow = new();
    private readonly Action<Visitor> _forget;
    private IStoreBatch? _batch;
    private long _stamp;
    private byte[] _scratch = new byte[1024];

    public BatchBuilder(
        IEventStore store, IProjectDirectory directory, Geo geo, IngestionProblems problems, TimeProvider time, IOptions<WritingOptions> options,
        ILogger<BatchBuilder> logger)
    {
        var settings = options.Value;
        _directory = directory;
        _logger = logger;
        _enricher = new Enricher(geo);
        _problems = new WriterProblems(problems, time);
        _visitors = new Visitors(settings.VisitorCache);
        _persons = new Persons(store, settings.MaxPersonBytes);
        _sessions = new Sessions(settings.SessionIdle, settings.SessionMax);
        _forget = _persons.Forget;
    }

    /// <summary>Rows of the batch so far, over all projects.</summary>
    public int Rows => _pending.Count;

    /// <summary>Bytes of text of the batch so far.</summary>
    public long TextBytes
    {
        get
        {
            long bytes = _identityLength;
            foreach (var project in _active)
            {
                bytes += project.Rows.TextBytes;
            }

            return bytes;
        }
    }

    /// <summary>Arrival of the batch's oldest record, unix microseconds; long.MaxValue while there is none.</summary>
    public long OldestReceivedAt { get; private set; } = long.MaxValue;

    /// <summary>Arrival of the record added last.</summary>
    public long NewestReceivedAt { get; private set; }

    /// <summary>The projects of the batch, with their counts.</summary>
    public IReadOnlyList<ProjectRows> Active => _active;

    public void Reset()
    {
        _batch = null;
        _active.Clear();
        _pending.Clear();
        _operations.Clear();
        _problems.Clear();
        _persons.Clear();
        _visitors.Clear();
    }

    /// <summary>Takes up a session read from the store, where the Writer made it; one of the SDK's is the SDK's to keep.</summary>
    void IOpenSessionSink.Take(ProjectId project, ReadOnlySpan<byte> distinctId, ReadOnlySpan<byte> sessionId, long start, long last)
    {
        if (Sessions.TryRestore(project, distinctId, sessionId, start, last, out var session))
        {
            _visitors.GetOrAdd(project, distinctId).Sessions = [session];
        }
    }

    /// <summary>All open sessions are there.</summary>
    public void Restored() => _visitors.Trim(_forget);

    public void Begin(IStoreBatch batch)
    {
        _batch = batch;
        _stamp++;
        _problems.Clear();
        _active.Clear();
        _pending.Clear();
        _operations.Clear();
        _identityLength = 0;
        OldestReceivedAt = long.MaxValue;
    }

    /// <summary>Takes one record. What cannot be read is counted as rejected and logged; nothing is thrown for it.</summary>
    public void Add(in LogRecord record)
    {
        var payload = record.Payload.Span;
        EventBatchReader reader;
        try
        {
            reader = new EventBatchReader(payload);
        }
        catch (InvalidDataException e)
        {
            WritingMetrics.PoisonRecords.Add(1);
            LogUnreadableRecord(_logger, record.Offset, payload.Length, e);
            return;
        }

        // Each event takes at least its length and an empty object: a larger count is no count.
        if (reader.Count < 0 || reader.Count > payload.Length / 6 || reader.Rejected < 0 || reader.Project.Value <= 0)
        {
            WritingMetrics.PoisonRecords.Add(1);
            LogUnreadableRecord(_logger, record.Offset, payload.Length, null);
            return;
        }

        OldestReceivedAt = Math.Min(OldestReceivedAt, reader.ReceivedAt);
        NewestReceivedAt = reader.ReceivedAt;
        var project = Project(reader.Project);
        project.Received += reader.Count + (long)reader.Rejected;
        project.Rejected += reader.Rejected;
        var agent = _enricher.FindUserAgent(reader.UserAgent);
        var place = _enricher.FindPlace(reader.Ip);
        var read = 0;
        var bad = 0;
        Exception? first = null;
        try
        {
            while (reader.TryRead(out var json))
            {
                read++;
                var before = project.Rows.Count;
                try
                {
                    AddEvent(project, json, reader.ReceivedAt, agent, place, reader.Ip);
                }
                catch (Exception e) when (e is not OutOfMemoryException)
                {
                    project.Rows.Truncate(before);
                    first ??= e;
                    bad++;
                }
            }
        }
        catch (InvalidDataException e)
        {
            bad += reader.Count - read;
            first = e;
        }

        if (bad > 0)
        {
            project.Rejected += bad;
            _problems.Find(project, WriterProblem.Unreadable, bad);
            WritingMetrics.PoisonRecords.Add(1);
            LogUnreadableEvents(_logger, bad, reader.Count, project.Id.Value, record.Offset, first);
        }
    }

    /// <summary>Resolves persons and hands counts and identities to the store's batch.</summary>
    public void Finish()
    {
        _persons.FindAsked();
        foreach (ref readonly var pending in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_pending))
        {
            if (pending.Visitor is { } visitor)
            {
                var operation = pending.Operation >= 0 ? _operations[pending.Operation] : default;
                var resolved = _persons.Resolve(
                    visitor, pending.Personless, pending.Project.Rows.Timestamp[pending.Row], operation, _identityJson);
                pending.Project.Rows.PersonKey[pending.Row] = resolved.Key;
                if (resolved.MergeRefused)
                {
                    TellRefusedMerge(
                        pending.Project, WriterProblem.MergeIdentified, pending.Row, operation.Kind, operation.Other!.Id,
                        "is a person who is identified already, and two identified persons are not made one.");
                }

                if (resolved.PropertiesRefused > 0 && _problems.Find(pending.Project, WriterProblem.PersonFull))
                {
                    _problems.Add(
                        pending.Project, WriterProblem.PersonFull, pending.Row, "$set", "The person has as many bytes of properties as one may have (setting Headroom:Writing:MaxPersonBytes).",
                        "The event is stored; these properties of the person are not.", _identityJson.AsSpan(operation.Set, operation.SetLength));
                }
            }
        }

        _persons.Write(_batch!.Identities);
        foreach (var project in _active)
        {
            _batch.Count(project.Id, project.Received, project.Rejected, project.Duplicates);
        }
    }

    public void Committed()
    {
        _batch = null;
        _problems.Committed(_active);
        _persons.Committed();
        _visitors.Trim(_forget);
    }

    private ProjectRows Project(ProjectId id)
    {
        if (!_projects.TryGetValue(id.Value, out var project))
        {
            _projects[id.Value] = project = new ProjectRows(id);
        }

        if (project.Stamp != _stamp)
        {
            var known = _directory.TryGet(id, out var info);
            project.Begin(_batch!, _stamp, known && info.KeepIp, known ? info.DroppedProperties : []);
            _active.Add(project);
        }

        return project;
    }

    private void AddEvent(ProjectRows project, ReadOnlySpan<byte> json, long receivedAt, UserAgent agent, Place place, ReadOnlySpan<byte> ip)
    {
        if (!Utf8.IsValid(json))
        {
            throw new InvalidDataException("The event is not valid UTF-8.");
        }

        var at = 0;
        EventText.Expect(json, ref at, "{\"uuid\":\""u8);
        if (json.Length < at + 36 || !Utf8Parser.TryParse(json.Slice(at, 36), out Guid uuid, out var used, 'D') || used != 36)
        {
            throw new InvalidDataException("The event's uuid is not one.");
        }

        at += 36;
        EventText.Expect(json, ref at, "\",\"event\":\""u8);
        var nameText = EventText.ReadString(json, ref at);
        EventText.Expect(json, ref at, ",\"distinct_id\":\""u8);
        var idText = EventText.ReadString(json, ref at);
        EventText.Expect(json, ref at, ",\"timestamp\":\""u8);
        if (json.Length < at + CanonicalTimestamp.Length ||
            !CanonicalTimestamp.TryParse(json.Slice(at, CanonicalTimestamp.Length), out var timestamp))
        {
            throw new InvalidDataException("The event's timestamp is not of the canonical form.");
        }

        at += CanonicalTimestamp.Length;
        EventText.Expect(json, ref at, "\""u8);
        var previousText = EventText.TryExpect(json, ref at, ",\"previous_distinct_id\":\""u8) ? EventText.ReadString(json, ref at) : default;
        EventText.Expect(json, ref at, ",\"properties\":"u8);
        if (nameText.IsEmpty || idText.IsEmpty)
        {
            throw new InvalidDataException("The event has no name or no distinct id.");
        }

        // Before anything else has effect: what the store has already must not count, open a session or set a property.
        if (!project.Batch.TryAddUuid(project.Id, uuid, receivedAt))
        {
            project.Duplicates++;
            return;
        }

        var rows = project.Rows;
        var name = project.Name(Plain(nameText));
        var row = rows.AddRow(uuid, name.Slice, TextSlice.Null, 0, TextSlice.Null, timestamp, receivedAt);
        _facts.Clear();
        _overflow.Clear();
        at += ReadProperties(project, row, json[at..]);
        var set = EventText.TryExpect(json, ref at, ",\"set\":"u8) ? EventText.ReadValue(json, ref at) : default;
        var setOnce = EventText.TryExpect(json, ref at, ",\"set_once\":"u8) ? EventText.ReadValue(json, ref at) : default;
        var unset = EventText.TryExpect(json, ref at, ",\"unset\":"u8) ? EventText.ReadValue(json, ref at) : default;
        EventText.Expect(json, ref at, "}"u8);
        if (at != json.Length)
        {
            throw new InvalidDataException("The event goes on after its end.");
        }

        _enricher.Enrich(project, row, _facts, agent, place, ip);
        if (!_overflow.IsEmpty)
        {
            rows.Column("$overflow"u8, PropertyKind.Json).AddText(row, rows.Store(_overflow.Finish()));
        }

        var sdkSession = _facts.Text(KnownProperty.SessionId);
        if (name.Kind == EventKind.Group)
        {
            // A group is no person and has no visits.
            rows.DistinctId[row] = rows.Store(Plain(idText));
            rows.SessionId[row] = sdkSession.Length > 0 ? sdkSession : TextSlice.Null;
            _pending.Add(new PendingRow(project, row, null, -1, false));
            TellOverflow(project, row);
            return;
        }

        var visitor = _visitors.GetOrAdd(project.Id, Plain(idText));
        if (!previousText.IsEmpty && !_sessions.HasOpen(visitor, timestamp) &&
            _visitors.Find(project.Id, Plain(previousText)) is { } previous && _sessions.HasOpen(previous, timestamp))
        {
            visitor = previous;
            visitor.Used = true;
        }

        if (visitor.SliceStamp != _stamp)
        {
            visitor.SliceStamp = _stamp;
            visitor.Slice = rows.Store(visitor.Id);
        }

        rows.DistinctId[row] = visitor.Slice;
        rows.SessionId[row] = sdkSession.Length > 0 ? sdkSession : _sessions.Join(visitor, timestamp, rows, _stamp);
        _persons.Ask(visitor, _stamp);
        var personless = _facts.IsFalse(KnownProperty.ProcessPersonProfile);
        TellOverflow(project, row);
        _pending.Add(new PendingRow(project, row, visitor, personless ? -1 : Operation(project, row, name.Kind, visitor, set, setOnce, unset), personless));
    }

    private void TellOverflow(ProjectRows project, int row)
    {
        if (!_overflow.IsEmpty && _problems.Find(project, WriterProblem.ColumnOverflow))
        {
            _problems.Add(
                project, WriterProblem.ColumnOverflow, row, _overflow.FirstName,
                "The project has as many columns as it may have (setting Headroom:Store:MaxPropertyColumns), or the property's name has no characters, more than 400 bytes or control characters.",
                "The property is stored in the overflow column: questions answer it, more slowly.", _overflow.Text);
        }
    }

    /// <summary>Unescaped text; valid until the next call.</summary>
    private ReadOnlySpan<byte> Plain(ReadOnlySpan<byte> text)
    {
        if (text.IndexOf((byte)'\\') < 0)
        {
            return text;
        }

        if (_scratch.Length < text.Length)
        {
            _scratch = new byte[text.Length * 2];
        }

        return _scratch.AsSpan(0, JsonText.Unescape(text, _scratch));
    }

    /// <summary>A row whose person is not known yet. Group events have no visitor.</summary>
    private readonly record struct PendingRow(ProjectRows Project, int Row, Visitor? Visitor, int Operation, bool Personless);
}
