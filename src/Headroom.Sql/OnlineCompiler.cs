using System.Globalization;
using Headroom.Core;

namespace Headroom.Sql;

/// <summary>The live view's numbers as one statement over the last half hour.</summary>
public static class OnlineCompiler
{
    public const int Minutes = 30;
    private const long Minute = 60_000_000;

    /// <summary>
    /// Rows of minute (0 is the oldest; NULL in the one row for all), events, events of the last 60 seconds, persons of the
    /// last 5 minutes. Minutes are the clock's; the last one is going on. Events dated after now are left out.
    /// </summary>
    public static StoreQuery Compile(long now, ProjectId project, ProjectSchema schema, SqlDialect dialect)
    {
        var statement = new Statement(dialect, project, schema);
        var from = now - (now % Minute) - ((Minutes - 1) * Minute);
        var to = now + 1;
        var index = dialect.Divide(string.Create(CultureInfo.InvariantCulture, $"({dialect.Micros("e.\"timestamp\"")} - ({from}))"), Minute);
        return statement.Finish(
            string.Create(CultureInfo.InvariantCulture,
                $"SELECT b, count(*), count(*) FILTER (WHERE t >= {statement.Instant(now - Minute)}), count(DISTINCT k) FILTER (WHERE t >= {statement.Instant(now - (5 * Minute))}) FROM (SELECT {index} AS b, e.\"timestamp\" AS t, {PersonSql.Key} AS k FROM {{events}} AS e WHERE {statement.Within(from, to)}) GROUP BY GROUPING SETS ((b), ())"),
            from, to, Minutes + 1);
    }
}
