using System.Text;
using Headroom.Core;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Headroom.Store;

/// <summary>
/// The statements that run for each new distinct id, on SQLite itself: the driver's parameters and readers cost several
/// times what the statements do. Used as the connection is, by one at a time.
/// </summary>
internal sealed class IdentityStatements(SqliteConnection connection) : IDisposable
{
    private sqlite3_stmt? _find;
    private sqlite3_stmt? _set;
    private byte[] _text = new byte[256];

    public long? Find(ProjectId project, string distinctId)
    {
        var find = _find ??= Prepare("SELECT person_key FROM identities WHERE project = ?1 AND distinct_id = ?2");
        Bind(find, project, distinctId);
        var found = Step(find);
        long? key = found ? raw.sqlite3_column_int64(find, 0) : null;
        Check(raw.sqlite3_reset(find));
        return key;
    }

    public void Set(ProjectId project, string distinctId, long key)
    {
        var set = _set ??= Prepare(
            "INSERT INTO identities VALUES (?1, ?2, ?3) ON CONFLICT (project, distinct_id) DO UPDATE SET person_key = excluded.person_key");
        Bind(set, project, distinctId);
        Check(raw.sqlite3_bind_int64(set, 3, key));
        Step(set);
        Check(raw.sqlite3_reset(set));
    }

    public void Dispose()
    {
        _find?.Dispose();
        _set?.Dispose();
    }

    private sqlite3_stmt Prepare(string sql)
    {
        Check(raw.sqlite3_prepare_v3(connection.Handle, sql, raw.SQLITE_PREPARE_PERSISTENT, out var statement));
        return statement;
    }

    private void Bind(sqlite3_stmt statement, ProjectId project, string distinctId)
    {
        var most = Encoding.UTF8.GetMaxByteCount(distinctId.Length);
        if (_text.Length < most)
        {
            _text = new byte[most];
        }

        Check(raw.sqlite3_bind_int64(statement, 1, project.Value));
        Check(raw.sqlite3_bind_text(statement, 2, _text.AsSpan(0, Encoding.UTF8.GetBytes(distinctId, _text))));
    }

    /// <summary>True for a row, false at the end.</summary>
    private bool Step(sqlite3_stmt statement)
    {
        var result = raw.sqlite3_step(statement);
        if (result is not (raw.SQLITE_ROW or raw.SQLITE_DONE))
        {
            raw.sqlite3_reset(statement);
            Check(result);
        }

        return result == raw.SQLITE_ROW;
    }

    private void Check(int result) => SqliteException.ThrowExceptionForRC(result, connection.Handle);
}
