using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.Sql;

/// <summary>
/// Puts beside sessions what their persons have: rows of a person's key and a text, or NULL, for each of some columns of the sessions. All sessions
/// have come before, so that nothing is kept of persons who have none.
/// </summary>
internal sealed class SessionPersons(SessionRows sessions, SessionTime time, IReadOnlyList<int> columns) : IColumnSink
{
    private bool _begun;

    public void Take(ColumnBatch batch)
    {
        if (!_begun)
        {
            sessions.Arrange(time, CancellationToken.None);
            sessions.BeginPersons(columns);
            _begun = true;
        }

        var keys = batch.Longs(0);
        for (var c = 0; c < columns.Count; c++)
        {
            for (var i = 0; i < keys.Length; i++)
            {
                if (!batch.IsNull(c + 1, i))
                {
                    sessions.PutOfPerson(keys[i], columns[c], batch.Utf8(c + 1, i));
                }
            }
        }

        sessions.CountTexts();
    }
}
