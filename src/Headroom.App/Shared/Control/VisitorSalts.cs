using System.Data.Common;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using Headroom.Core;

namespace Headroom.App.Shared.Control;

/// <summary>
/// The first process that needs a day's salt makes it, the others read it. Tomorrow's is made with today's, so that nothing
/// waits for the database when the day turns, and a database that is away then does not matter. Salts before yesterday are
/// deleted in the same transaction, erased and not only forgotten: what was hashed with them can then not be linked to anybody.
/// </summary>
internal sealed class VisitorSalts(ControlDatabase database, TimeProvider time) : IVisitorSalts
{
    private const int SaltBytes = 16;

    /// <summary>How long callers are told the same failure, so that a database that is away is not asked by each of them in turn.</summary>
    private static readonly TimeSpan BetweenFailures = TimeSpan.FromSeconds(1);
    private readonly Lock _turning = new();
    private volatile Days? _days;
    private ExceptionDispatchInfo? _failure;
    private long _failedAt;

    public DaySalts Current
    {
        get
        {
            var day = Day();
            var days = _days;
            if (days?.Today.Day == day)
            {
                return days.Today;
            }

            return days?.Tomorrow.Day == day ? days.Tomorrow : Turn(day).Today;
        }
    }

    /// <summary>Makes and deletes what the day demands; what the upkeep calls all the time.</summary>
    public void Keep()
    {
        var day = Day();
        if (_days?.Today.Day != day)
        {
            Turn(day);
        }
    }

    private int Day() => DaySalts.DayOf(UnixMicros.From(time.GetUtcNow()));

    private Days Turn(int day)
    {
        lock (_turning)
        {
            if (_days is { } days && days.Today.Day == day)
            {
                return days;
            }

            if (_failure is not null && time.GetElapsedTime(_failedAt) < BetweenFailures)
            {
                _failure.Throw();
            }

            try
            {
                _days = days = Read(day);
                _failure = null;
                return days;
            }
            catch (Exception e) when (e is DbException or TimeoutException)
            {
                (_failure, _failedAt) = (ExceptionDispatchInfo.Capture(e), time.GetTimestamp());
                throw;
            }
        }
    }

    private Days Read(int day)
    {
        using var connection = database.Engine.OpenApart();
        database.Engine.BeginErasing(connection);
        var salts = new List<byte[]>(3);
        bool erased;
        using (var transaction = connection.BeginTransaction())
        using (var command = connection.CreateCommand())
        {
            command.Transaction = transaction;
            command.CommandText = "DELETE FROM visitor_salt WHERE day < @day - 1";
            command.Set("@day", day);
            erased = command.ExecuteNonQuery() > 0;
            command.CommandText = """
                INSERT INTO visitor_salt (day, salt) VALUES (@day - 1, @yesterday), (@day, @today), (@day + 1, @tomorrow) ON CONFLICT (day) DO NOTHING;
                SELECT salt FROM visitor_salt WHERE day BETWEEN @day - 1 AND @day + 1 ORDER BY day;
                """;
            command.Set("@yesterday", RandomNumberGenerator.GetBytes(SaltBytes));
            command.Set("@today", RandomNumberGenerator.GetBytes(SaltBytes));
            command.Set("@tomorrow", RandomNumberGenerator.GetBytes(SaltBytes));
            using (var rows = command.ExecuteReader())
            {
                while (rows.Read())
                {
                    salts.Add(rows.GetFieldValue<byte[]>(0));
                }
            }

            transaction.Commit();
        }

        if (erased)
        {
            database.Engine.EndErasing(connection);
        }

        return new Days(new DaySalts(day, salts[1], salts[0]), new DaySalts(day + 1, salts[2], salts[1]));
    }

    /// <summary>In one piece, so that who reads while the day turns has both salts of one day.</summary>
    private sealed record Days(DaySalts Today, DaySalts Tomorrow);
}
