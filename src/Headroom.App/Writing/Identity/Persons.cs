// Who an event belongs to. The rules are PostHog's, and the reasons for the shape are in
// docs/decisions/0005-persons-and-sessions.md.
//
// Everything here runs in log order over the whole log, never over a batch: what a batch is must not show in the
// result, because a replay after a crash cuts the log into other batches.

using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Headroom.Core;

namespace Headroom.App.Writing.Identity;

/// <summary>A person key and, once loaded, its row.</summary>
internal sealed class PersonState(ProjectId project, long key)
{
    public ProjectId Project => project;

    public long Key => key;

    public PersonState? MergedInto { get; set; }

    /// <summary>Distinct ids in memory that are of this person.</summary>
    public int Visitors { get; set; }

    /// <summary>Whether the fields below are known.</summary>
    public bool Loaded { get; set; }

    /// <summary>False for a key whose events were all personless.</summary>
    public bool HasRow { get; set; }

    public Guid Uuid { get; set; }

    public long CreatedAt { get; set; }

    public bool IsIdentified { get; set; }

    /// <summary>Null when they are not in memory now.</summary>
    public PersonProperties? Properties { get; set; }

    public bool Changed { get; set; }

    /// <summary>The properties as they were read with those of others, until the batch's end.</summary>
    public string? Stored { get; set; }
}

/// <summary>What an event does to persons, beside having one.</summary>
internal readonly record struct IdentityOperation(
    Visitor? Other, EventKind Kind, int Set, int SetLength, int SetOnce, int SetOnceLength, int Unset, int UnsetLength);

/// <param name="Key">Of the event's person.</param>
/// <param name="PropertiesRefused">Properties that the person has no room for.</param>
internal readonly record struct ResolvedPerson(long Key, bool MergeRefused, int PropertiesRefused);

internal sealed class Persons(IEventStore store, int maxPersonBytes)
{
    /// <summary>Person properties kept from batch to batch; past it all are read again when needed.</summary>
    private const long MaxPropertyBytes = 16 * 1024 * 1024;
    private readonly Dictionary<(int Project, long Key), PersonState> _byKey = [];
    private readonly Dictionary<int, long> _lastKeys = [];
    private readonly Dictionary<ProjectId, List<string>> _unknown = [];
    private readonly List<Visitor> _asked = [];
    private readonly List<Visitor> _newIds = [];
    private readonly List<PersonState> _changed = [];
    private readonly List<PersonState> _gone = [];
    private readonly List<(PersonState From, PersonState Into)> _merges = [];
    private readonly HashSet<PersonState> _withProperties = [];
    private readonly Dictionary<ProjectId, Dictionary<long, PersonState>> _unread = [];
    private readonly List<PersonState> _read = [];

    /// <summary>Notes a distinct id whose person must be known when the batch is resolved.</summary>
    public void Ask(Visitor visitor, long stamp)
    {
        if (visitor.Person is null && visitor.AskedStamp != stamp)
        {
            visitor.AskedStamp = stamp;
            _asked.Add(visitor);
        }
    }

    /// <summary>Looks up all that were asked for, together.</summary>
    public void FindAsked()
    {
        if (_asked.Count == 0)
        {
            return;
        }

        foreach (var visitor in _asked)
        {
            if (!_unknown.TryGetValue(visitor.Project, out var ids))
            {
                _unknown[visitor.Project] = ids = [];
            }

            ids.Add(Encoding.UTF8.GetString(visitor.Id));
        }

        var next = new Dictionary<ProjectId, int>();
        var found = new Dictionary<ProjectId, IReadOnlyDictionary<string, long>>();
        foreach (var (project, ids) in _unknown)
        {
            found[project] = store.FindPersons(project, ids);
            next[project] = 0;
        }

        foreach (var visitor in _asked)
        {
            var id = _unknown[visitor.Project][next[visitor.Project]++];
            if (visitor.Person is null && found[visitor.Project].TryGetValue(id, out var key))
            {
                Attach(visitor, Get(visitor.Project, key));
                NoteUnread(visitor.Person!);
            }
        }

        _asked.Clear();
        _unknown.Clear();
        ReadTogether();
    }

    /// <summary>The person of an event, after what the event does to persons.</summary>
    public ResolvedPerson Resolve(Visitor visitor, bool personless, long timestamp, in IdentityOperation operation, ReadOnlySpan<byte> json)
    {
        var mergeRefused = false;
        var refused = 0;
        if (!personless && operation.Other is not null)
        {
            mergeRefused = !TryMerge(visitor, operation.Other, operation.Kind == EventKind.MergeDangerously, timestamp);
        }

        var person = visitor.Person ?? Create(visitor);
        if (personless)
        {
            return new ResolvedPerson(person.Key, false, 0);
        }

        RequireRow(person, visitor, timestamp);
        if (operation.SetLength + operation.SetOnceLength + operation.UnsetLength > 0)
        {
            var properties = Properties(person);
            var changed = false;
            if (operation.SetLength > 0)
            {
                changed |= properties.Apply(json.Slice(operation.Set, operation.SetLength), overwrite: true, maxPersonBytes, out refused);
            }

            if (operation.SetOnceLength > 0)
            {
                changed |= properties.Apply(
                    json.Slice(operation.SetOnce, operation.SetOnceLength), overwrite: false, maxPersonBytes, out var alsoRefused);
                refused += alsoRefused;
            }

            if (operation.UnsetLength > 0)
            {
                changed |= properties.Remove(json.Slice(operation.Unset, operation.UnsetLength));
            }

            if (refused > 0)
            {
                WritingMetrics.PersonPropertiesRefused.Add(refused);
            }

            if (changed)
            {
                Change(person);
            }
        }

        return new ResolvedPerson(person.Key, mergeRefused, refused);
    }

    /// <summary>Hands the batch's changes to the store. Keys are final: what was merged away is not named again.</summary>
    public void Write(IdentityChanges changes)
    {
        foreach (var visitor in _newIds)
        {
            changes.DistinctIds.Add((visitor.Project, Encoding.UTF8.GetString(visitor.Id), visitor.Person!.Key));
        }

        foreach (var person in _changed)
        {
            person.Changed = false;
            if (person.MergedInto is null)
            {
                changes.Persons.Add((person.Project, new Person(
                    person.Key, person.Uuid, person.CreatedAt, person.IsIdentified, Properties(person).ToString())));
            }
        }

        foreach (var (from, into) in _merges)
        {
            changes.Merges.Add((from.Project, from.Key, into.Key));
        }
    }

    /// <summary>After a commit: lets go what the batch held.</summary>
    public void Committed()
    {
        LetGoRead();
        foreach (var person in _gone)
        {
            _byKey.Remove((person.Project.Value, person.Key));
        }

        _newIds.Clear();
        _changed.Clear();
        _gone.Clear();
        _merges.Clear();
        long bytes = 0;
        foreach (var person in _withProperties)
        {
            bytes += person.Properties?.Bytes ?? 0;
        }

        if (bytes > MaxPropertyBytes || _withProperties.Count > 100_000)
        {
            foreach (var person in _withProperties)
            {
                person.Properties = null;
            }

            _withProperties.Clear();
        }
    }

    /// <summary>A distinct id left the memory.</summary>
    public void Forget(Visitor visitor)
    {
        if (visitor.Person is { } person && --person.Visitors == 0)
        {
            _byKey.Remove((person.Project.Value, person.Key));
            _withProperties.Remove(person);
        }
    }

    /// <summary>Forgets everything that is not in the store, to begin again from its state.</summary>
    public void Clear()
    {
        LetGoRead();
        _byKey.Clear();
        _lastKeys.Clear();
        _unknown.Clear();
        _asked.Clear();
        _newIds.Clear();
        _changed.Clear();
        _gone.Clear();
        _merges.Clear();
        _withProperties.Clear();
    }

    /// <summary>False where both are identified, and stay apart.</summary>
    private bool TryMerge(Visitor visitor, Visitor other, bool dangerously, long timestamp)
    {
        var refused = false;
        var target = visitor.Person;
        var from = other.Person;
        if (target is null && from is null)
        {
            target = Create(visitor);
            Attach(other, target);
            _newIds.Add(other);
        }
        else if (target is null)
        {
            target = from!;
            Attach(visitor, target);
            _newIds.Add(visitor);
        }
        else if (from is null)
        {
            Attach(other, target);
            _newIds.Add(other);
        }
        else if (target != from)
        {
            Load(target);
            Load(from);
            if (!target.HasRow && from.HasRow)
            {
                // Only one of the two is a person; the other has events and no row, which then count for that person.
                (target, from) = (from, target);
            }

            if (from.HasRow && from.IsIdentified && !dangerously)
            {
                WritingMetrics.MergesRefused.Add(1, WritingMetrics.Reason("identified"));
                refused = true;
            }
            else
            {
                Join(from, target);
            }
        }

        RequireRow(target, visitor, timestamp);
        if (!target.IsIdentified)
        {
            target.IsIdentified = true;
            Change(target);
        }

        return !refused;
    }

    private void Join(PersonState from, PersonState into)
    {
        if (from.HasRow)
        {
            if (from.CreatedAt < into.CreatedAt)
            {
                into.CreatedAt = from.CreatedAt;
            }

            Properties(into).Inherit(Properties(from), maxPersonBytes);
            Change(into);
        }

        from.MergedInto = into;
        into.Visitors += from.Visitors;
        _merges.Add((from, into));
        _gone.Add(from);
        _withProperties.Remove(from);
        WritingMetrics.Merges.Add(1);
    }

    private void RequireRow(PersonState person, Visitor visitor, long timestamp)
    {
        Load(person);
        if (!person.HasRow)
        {
            person.HasRow = true;
            person.Uuid = PersonUuid.Of(visitor.Project, visitor.Id);
            person.CreatedAt = timestamp;
            person.Properties = new PersonProperties();
            _withProperties.Add(person);
            Change(person);
        }
        else if (timestamp < person.CreatedAt)
        {
            person.CreatedAt = timestamp;
            Change(person);
        }
    }

    private PersonState Create(Visitor visitor)
    {
        ref var last = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_lastKeys, visitor.Project.Value, out var known);
        if (!known)
        {
            last = store.LastPersonKey(visitor.Project);
        }

        var person = new PersonState(visitor.Project, ++last) { Loaded = true };
        _byKey.Add((visitor.Project.Value, person.Key), person);
        Attach(visitor, person);
        _newIds.Add(visitor);
        return person;
    }

    private PersonState Get(ProjectId project, long key)
    {
        if (!_byKey.TryGetValue((project.Value, key), out var person))
        {
            _byKey[(project.Value, key)] = person = new PersonState(project, key);
        }

        return person;
    }

    private static void Attach(Visitor visitor, PersonState person)
    {
        visitor.Person = person;
        person.Visitors++;
    }

    private void Load(PersonState person)
    {
        if (person.Loaded)
        {
            return;
        }

        Load(person, store.GetPerson(person.Project, person.Key));
    }

    private static void Load(PersonState person, Person? row)
    {
        person.Loaded = true;
        if (row is not null)
        {
            person.HasRow = true;
            person.Uuid = row.Uuid;
            person.CreatedAt = row.CreatedAt;
            person.IsIdentified = row.IsIdentified;
        }
    }

    private void NoteUnread(PersonState person)
    {
        if (!person.Loaded)
        {
            if (!_unread.TryGetValue(person.Project, out var own))
            {
                _unread[person.Project] = own = [];
            }

            own[person.Key] = person;
        }
    }

    /// <summary>Where the store is a round trip away, all rows that the batch may need are read with one.</summary>
    private void ReadTogether()
    {
        foreach (var (project, persons) in _unread)
        {
            if (store.GetPersons(project, persons.Keys) is not { } rows)
            {
                continue;
            }

            foreach (var (key, person) in persons)
            {
                var row = rows.GetValueOrDefault(key);
                Load(person, row);
                person.Stored = row?.Properties ?? "{}";
                _read.Add(person);
            }
        }

        _unread.Clear();
    }

    private void LetGoRead()
    {
        foreach (var person in _read)
        {
            person.Stored = null;
        }

        _read.Clear();
        _unread.Clear();
    }

    private PersonProperties Properties(PersonState person)
    {
        if (person.Properties is null)
        {
            person.Properties = PersonProperties.Parse(person.Stored ?? store.GetPerson(person.Project, person.Key)?.Properties ?? "{}");
            _withProperties.Add(person);
        }

        return person.Properties;
    }

    private void Change(PersonState person)
    {
        if (!person.Changed)
        {
            person.Changed = true;
            _changed.Add(person);
        }
    }
}

/// <summary>
/// A person's UUID follows from the project and the distinct id that first made the person, so that it is the same
/// after a replay and for personless events. UUID version 8: the first bits of SHA-256.
/// </summary>
internal static class PersonUuid
{
    public static Guid Of(ProjectId project, ReadOnlySpan<byte> distinctId)
    {
        Span<byte> hash = stackalloc byte[32];
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> prefix = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(prefix, project.Value);
        sha.AppendData(prefix);
        sha.AppendData(distinctId);
        sha.GetHashAndReset(hash);
        hash[6] = (byte)(0x80 | (hash[6] & 0x0F));
        hash[8] = (byte)(0x80 | (hash[8] & 0x3F));
        return new Guid(hash[..16], bigEndian: true);
    }
}
