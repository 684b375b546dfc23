// The catalog as a schema of a PostgreSQL database.
//
//   catalog_state   one row: catalog, its id; format; epoch and holder, who may write; version, how many transactions counted
//   the rest        as in Catalog.cs, numbers as bigint, texts of senders as their UTF-8 (bytea: any character, bytewise order)
//   catalog_changes what the last versions of each project's data changed, for processes that only read; a gap in it costs them a few
//                   answers that they kept, so that it is no part of the format
//
// A batch is one transaction in three round trips: BEGIN with the fence, all changes, COMMIT. The fence raises the version where
// epoch, holder and version are as this process left them; where they are not, another process writes, and this one does not any
// more. The right to write is a session's advisory lock, held by the session that writes, so that it ends with it.
//
// A COMMIT whose answer is lost is found out at the next session: with the lock in its hands no transaction of the one before can
// still be under way, and the version tells whether it counts.
//
// What queries and the Writer look up goes over pooled connections, beside a transaction, and sees what counts.

using System.Data;
using System.Data.Common;
using System.Diagnostics;
using System.Text;
using Headroom.Core;
using Npgsql;
using NpgsqlTypes;

namespace Headroom.Store.Postgres;

internal sealed partial class PostgresCatalog : Catalog
{
    private const string FenceStatement =
        "UPDATE catalog_state SET version = version + 1 WHERE epoch = $1 AND holder = $2 AND version = $3";

    private readonly List<NpgsqlBatchCommand> _changes = [];
    private readonly IdentityRows _identities = new();
    private readonly PersonRows _persons = new();
#pragma warning disable CA2213 // It is disposed with its session, and where that is dropped the field is cleared.
    private NpgsqlTransaction? _transaction;
#pragma warning restore CA2213

    public override bool IsUncertain => _uncertain;

    public override bool RollsBackForGood => true;

    public override bool IsAway => Volatile.Read(ref _connection) is null;

    public override long Identity() => BitConverter.ToInt64(Id.ToByteArray()) & long.MaxValue;

    public override StoreState Load(StoreFiles files, string log)
    {
        try
        {
            return LoadAll(files, log);
        }
        catch (StoreUnavailableException e) when (PostgresPlace.Lacks(e.InnerException))
        {
            throw new InvalidDataException(e.Message, e);
        }
    }

    public override void Begin()
    {
        if (_uncertain)
        {
            throw new InvalidOperationException("It is not known whether the transaction before counts; Settle tells.");
        }

        Clear();
        for (var isNew = _connection is null; ; isNew = true)
        {
            var connection = Connected();
            try
            {
                _transaction = connection.BeginTransaction(IsolationLevel.ReadCommitted);
                using var fence = new NpgsqlCommand(FenceStatement, connection, _transaction);
                Bind(fence.Parameters, [_epoch, _holder, _version]);
                if (fence.ExecuteNonQuery() == 1)
                {
                    return;
                }

                var fenced = Fenced(connection);
                Drop();
                throw fenced;
            }
            catch (Exception e) when (PostgresPlace.Failed(e))
            {
                Rollback();

                // A session that ended while nothing was written is not worth a failed batch.
                if (isNew || _connection is not null)
                {
                    throw Unavailable(e);
                }
            }
        }
    }

    public override void Commit()
    {
        try
        {
            Send();
        }
        catch (Exception e) when (PostgresPlace.Failed(e))
        {
            throw Unavailable(e);
        }

        try
        {
            _transaction!.Commit();
            _version++;
        }
        catch (PostgresException e) when (e.InvariantSeverity == "ERROR" && IsWell(_connection))
        {
            throw Unavailable(e);
        }
        catch (Exception e) when (PostgresPlace.Failed(e))
        {
            _uncertain = true;
            Drop();
            throw Unavailable(e);
        }

        _transaction?.Dispose();
        _transaction = null;
    }

    public override void Rollback()
    {
        Clear();
        var transaction = _transaction;
        _transaction = null;
        try
        {
            transaction?.Rollback();
            transaction?.Dispose();
        }
        catch (Exception e) when (PostgresPlace.Failed(e) || e is InvalidOperationException)
        {
            // The session is at its end, and its transaction with it.
            Drop();
        }

        if (!IsWell(_connection))
        {
            Drop();
        }
    }

    public override Lock.Scope Looking() => default;

    /// <summary>Rows that are deleted stay in PostgreSQL's files until it has vacuumed them, and in its archives.</summary>
    public override void OverwriteDeleted(bool on)
    {
    }

    public override void EmptyWriteAhead()
    {
    }

    /// <summary>With what its newest version changed, for the processes that only read.</summary>
    public override void Put(ProjectState project)
    {
        base.Put(project);
        if (project.Changes.Last is { } change && change.Version == project.DataVersion)
        {
            AddChange(project.Project, change);
        }
    }

    public override void SetIdentity(ProjectId project, string distinctId, long key)
    {
        SealPersons();
        _identities.Set(project, distinctId, key);
    }

    public override void Put(ProjectId project, Person person)
    {
        SealIdentities();
        _persons.Put(project, person);
    }

    public override long? PersonKey(ProjectId project, string distinctId)
    {
        long? key = null;
        Read("SELECT person_key FROM identities WHERE project = $1 AND distinct_id = $2", row => key = row.GetInt64(0), project.Value, Name(distinctId));
        return key;
    }

    public override Dictionary<string, long> PersonKeys(ProjectId project, IReadOnlyCollection<string> distinctIds)
    {
        var result = new Dictionary<string, long>(StringComparer.Ordinal);
        if (distinctIds.Count > 0)
        {
            Read(
                "SELECT distinct_id, person_key FROM identities WHERE project = $1 AND distinct_id = ANY ($2)",
                row => result[NameOf(row, 0)] = row.GetInt64(1), project.Value, distinctIds.Select(Encoding.UTF8.GetBytes).ToArray());
        }

        return result;
    }

    public override Dictionary<long, Person> Persons(ProjectId project, IReadOnlyCollection<long> keys)
    {
        var result = new Dictionary<long, Person>();
        Read(
            "SELECT key, uuid, created_at, identified, properties FROM persons WHERE project = $1 AND key = ANY ($2)",
            row => result.Add(row.GetInt64(0), Person(row)), project.Value, keys.ToArray());
        return result;
    }

    public override void Dispose()
    {
        Drop();
        _sessions.Dispose();
        _primary.Dispose();
        foreach (var replica in _replicas)
        {
            replica.Dispose();
        }
    }

    protected override object Name(string text) => Encoding.UTF8.GetBytes(text);

    protected override string NameOf(DbDataReader row, int column) => Encoding.UTF8.GetString(row.GetFieldValue<byte[]>(column));

    protected override void Run(string sql, params ReadOnlySpan<object> values)
    {
        SealIdentities();
        SealPersons();
        Add(sql, values);
    }

    protected override void Read(string sql, Action<DbDataReader> row, params ReadOnlySpan<object> values)
    {
        for (var attempt = 1; ; attempt++)
        {
            // What a replica does not answer the other does.
            var server = attempt == 1 ? Volatile.Read(ref _reading) : _primary;
            var (opened, mayRepeat) = (false, server.IsReplica);
            try
            {
                var started = Stopwatch.GetTimestamp();
                using var connection = server.Lookups.OpenConnection();
                var asked = Stopwatch.GetTimestamp();
                Waited?.Invoke(Stopwatch.GetElapsedTime(started, asked));
                (opened, mayRepeat) = (true, attempt == 1);
                using var command = new NpgsqlCommand(sql, connection);
                Bind(command.Parameters, values);
                using var reader = command.ExecuteReader();
                while (reader.Read())
                {
                    mayRepeat = false;
                    row(reader);
                }

                WasRead?.Invoke(Stopwatch.GetElapsedTime(asked), server.IsReplica);
                return;
            }
            catch (Exception e) when (mayRepeat && PostgresPlace.Failed(e) && (server.IsReplica || (e as NpgsqlException)?.IsTransient == true))
            {
                // The session of a pooled connection had ended, and so may have the others.
                server.Lookups.Clear();
            }
            catch (Exception e) when (PostgresPlace.Failed(e) && (e is not IOException || !opened))
            {
                throw new StoreUnavailableException($"Nothing can be looked up in the catalog in {_place}: it {_place.Explain(e)}", e);
            }
        }
    }

    private static void Bind(NpgsqlParameterCollection parameters, ReadOnlySpan<object> values)
    {
        foreach (var value in values)
        {
            parameters.Add(value switch
            {
                int number => new NpgsqlParameter<long> { TypedValue = number, NpgsqlDbType = NpgsqlDbType.Bigint },
                long number => new NpgsqlParameter<long> { TypedValue = number, NpgsqlDbType = NpgsqlDbType.Bigint },
                string text => new NpgsqlParameter<string> { TypedValue = text, NpgsqlDbType = NpgsqlDbType.Text },
                byte[] bytes => new NpgsqlParameter<byte[]> { TypedValue = bytes, NpgsqlDbType = NpgsqlDbType.Bytea },
                Guid id => new NpgsqlParameter<Guid> { TypedValue = id, NpgsqlDbType = NpgsqlDbType.Uuid },
                long[] numbers => new NpgsqlParameter<long[]> { TypedValue = numbers, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint },
                byte[][] names => new NpgsqlParameter<byte[][]> { TypedValue = names, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea },
                string[] texts => new NpgsqlParameter<string[]> { TypedValue = texts, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
                _ => throw new ArgumentException($"A parameter of type {value.GetType()} is not known."),
            });
        }
    }

    private void Add(string sql, ReadOnlySpan<object> values)
    {
        var command = new NpgsqlBatchCommand(sql);
        Bind(command.Parameters, values);
        _changes.Add(command);
    }

    private void Send()
    {
        SealIdentities();
        SealPersons();
        if (_changes.Count == 0)
        {
            return;
        }

        using var batch = new NpgsqlBatch(_connection, _transaction);
        foreach (var change in _changes)
        {
            batch.BatchCommands.Add(change);
        }

        batch.ExecuteNonQuery();
        _changes.Clear();
    }

    private void SealIdentities()
    {
        if (_identities.Count > 0)
        {
            Add(
                """
                INSERT INTO identities SELECT * FROM unnest($1, $2, $3)
                ON CONFLICT (project, distinct_id) DO UPDATE SET person_key = excluded.person_key
                """,
                _identities.Take());
        }
    }

    private void SealPersons()
    {
        if (_persons.Count > 0)
        {
            Add(
                """
                INSERT INTO persons SELECT * FROM unnest($1, $2, $3, $4, $5, $6) ON CONFLICT (project, key) DO UPDATE SET
                    uuid = excluded.uuid, created_at = excluded.created_at, identified = excluded.identified, properties = excluded.properties
                """,
                _persons.Take());
        }
    }

    private void Clear()
    {
        _changes.Clear();
        _identities.Take();
        _persons.Take();
    }

    /// <summary>Distinct ids to set with one statement, each once: it cannot touch a row twice. The last counts.</summary>
    private sealed class IdentityRows
    {
        private readonly Dictionary<(ProjectId Project, string Id), long> _keys = [];

        public int Count => _keys.Count;

        public void Set(ProjectId project, string distinctId, long key) => _keys[(project, distinctId)] = key;

        public object[] Take()
        {
            var (projects, ids, keys) = (new long[Count], new byte[Count][], new long[Count]);
            var i = 0;
            foreach (var ((project, id), key) in _keys)
            {
                (projects[i], ids[i], keys[i++]) = (project.Value, Encoding.UTF8.GetBytes(id), key);
            }

            _keys.Clear();
            return [projects, ids, keys];
        }
    }

    /// <summary>Persons to put with one statement; as above.</summary>
    private sealed class PersonRows
    {
        private readonly Dictionary<(ProjectId Project, long Key), Person> _rows = [];

        public int Count => _rows.Count;

        public void Put(ProjectId project, Person person) => _rows[(project, person.Key)] = person;

        public object[] Take()
        {
            object[] columns =
            [
                _rows.Keys.Select(static k => (long)k.Project.Value).ToArray(), _rows.Keys.Select(static k => k.Key).ToArray(),
                _rows.Values.Select(static p => p.Uuid.ToByteArray(bigEndian: true)).ToArray(), _rows.Values.Select(static p => p.CreatedAt).ToArray(),
                _rows.Values.Select(static p => p.IsIdentified ? 1L : 0).ToArray(), _rows.Values.Select(static p => p.Properties).ToArray(),
            ];
            _rows.Clear();
            return columns;
        }
    }
}
