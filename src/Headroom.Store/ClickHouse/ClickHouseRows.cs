using Headroom.Core;
using Headroom.Sql;

namespace Headroom.Store.ClickHouse;

/// <summary>Rows of the tables as ClickHouse takes them, and the columns that these rows have, quoted, with commas between.</summary>
internal static class ClickHouseRows
{
    public static string Events(RowBinaryBuffer to, EventColumns rows, long batch)
    {
        to.Clear();
        PropertyColumn[] columns = [.. rows.Properties.Where(static c => c.Count > 0)];
        var places = new int[columns.Length];
        for (var row = 0; row < rows.Count; row++)
        {
            to.Long(batch);
            to.Uuid(rows.Uuid[row]);
            to.Text(rows.Text(rows.Event[row]));
            to.Text(rows.Text(rows.DistinctId[row]));
            to.Long(rows.PersonKey[row]);
            to.NullableText(rows, rows.SessionId[row]);
            to.Long(rows.Timestamp[row]);
            to.Long(rows.ReceivedAt[row]);
            for (var c = 0; c < columns.Length; c++)
            {
                to.Property(rows, columns[c], row, ref places[c]);
            }
        }

        return Named("batch, uuid, event, distinct_id, person_key, session_id, \"timestamp\", received_at", columns);
    }

    /// <param name="values">Has read these persons.</param>
    public static string Persons(RowBinaryBuffer to, IReadOnlyList<PersonRow> persons, PersonValues values, long batch)
    {
        to.Clear();
        PropertyColumn[] columns = [.. values.Columns.Properties.Where(static c => c.Count > 0)];
        var places = new int[columns.Length];
        for (var row = 0; row < persons.Count; row++)
        {
            var person = persons[row].Person;
            to.Long(batch);
            to.Long(persons[row].Key);
            to.Truth(person is null);
            to.Uuid(person?.Uuid ?? Guid.Empty);
            to.Long(person?.CreatedAt ?? 0);
            to.Truth(person?.IsIdentified ?? false);
            for (var c = 0; c < columns.Length; c++)
            {
                to.Property(values.Columns, columns[c], row, ref places[c]);
            }
        }

        return Named("batch, person_key, is_gone, uuid, created_at, is_identified", columns);
    }

    public static string Overrides(RowBinaryBuffer to, IReadOnlyList<(long From, long To)> overrides, long batch)
    {
        to.Clear();
        foreach (var (from, into) in overrides)
        {
            to.Long(batch);
            to.Long(from);
            to.Long(into);
        }

        return "batch, from_key, to_key";
    }

    private static string Named(string columns, PropertyColumn[] properties) =>
        columns + string.Concat(properties.Select(static c => ", " + ClickHouseDialect.Instance.Column(c.Key)));
}
