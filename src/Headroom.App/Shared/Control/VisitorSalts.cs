using System.Security.Cryptography;
using Headroom.Core;

namespace Headroom.App.Shared.Control;

/// <summary>
/// The first process that needs a day's salt makes it, the others read it. Salts before yesterday are deleted in the
/// same transaction, overwritten and not only forgotten: what was hashed with them can then not be linked to anybody.
/// </summary>
internal sealed class VisitorSalts(ControlDatabase database, TimeProvider time) : IVisitorSalts
{
    private const int SaltBytes = 16;
    private readonly Lock _turning = new();
    private volatile Days? _days;

    public DaySalts Current
    {
        get
        {
            var day = DaySalts.DayOf(UnixMicros.From(time.GetUtcNow()));
            var days = _days;
            if (days?.Salts.Day != day)
            {
                lock (_turning)
                {
                    days = _days;
                    if (days?.Salts.Day != day)
                    {
                        _days = days = Turn(day);
                    }
                }
            }

            return days.Salts;
        }
    }

    private Days Turn(int day)
    {
        using var connection = database.Connect();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA secure_delete = ON";
        command.ExecuteNonQuery();
        using var transaction = connection.BeginTransaction();
        command.Transaction = transaction;
        command.CommandText = """
            DELETE FROM visitor_salt WHERE day < $day - 1;
            INSERT OR IGNORE INTO visitor_salt (day, salt) VALUES ($day - 1, $yesterday), ($day, $today);
            SELECT salt FROM visitor_salt WHERE day IN ($day - 1, $day) ORDER BY day;
            """;
        command.Parameters.AddWithValue("$day", day);
        command.Parameters.AddWithValue("$yesterday", RandomNumberGenerator.GetBytes(SaltBytes));
        command.Parameters.AddWithValue("$today", RandomNumberGenerator.GetBytes(SaltBytes));
        byte[] yesterday;
        byte[] today;
        using (var rows = command.ExecuteReader())
        {
            rows.Read();
            yesterday = rows.GetFieldValue<byte[]>(0);
            rows.Read();
            today = rows.GetFieldValue<byte[]>(0);
        }

        transaction.Commit();

        // The write-ahead log may still have pages with an older salt. Where somebody reads just now it is emptied another day.
        command.Transaction = null;
        command.CommandText = "PRAGMA wal_checkpoint(TRUNCATE)";
        command.ExecuteNonQuery();
        return new Days(new DaySalts(day, today, yesterday));
    }

    /// <summary>In one piece, so that who reads while the day turns has both salts of one day.</summary>
    private sealed record Days(DaySalts Salts);
}
