using System.Net.Sockets;
using Npgsql;

namespace Headroom.App.Shared.Control.Postgres;

/// <summary>What an error of PostgreSQL means for who asked.</summary>
internal static class PostgresErrors
{
    /// <summary>Text holds a character that PostgreSQL has none for: U+0000.</summary>
    public const string CharacterNotInRepertoire = "22021";

    /// <summary>The server can be asked again, also where nobody knows whether it did what it was asked.</summary>
    public static bool IsAway(Exception exception) => exception switch
    {
        PostgresException e => WasNotDone(e) || e.SqlState is ['0', '8', ..] or ['5', '3', ..] or ['5', '7', ..] or ['5', '8', ..] or "25P03",
        NpgsqlException or TimeoutException or SocketException => true,
        _ => false,
    };

    /// <summary>It is certain that nothing of the statement was done: the server says so, or there was no connection to send it on.</summary>
    public static bool WasNotDone(Exception exception) => exception switch
    {
        // Serialisation failure, deadlock, lock timeout; shut down, crashed, starting, idle for too long; too many connections; a server that was demoted.
        PostgresException e => e.SqlState is "40001" or "40P01" or "55P03" or "57P01" or "57P02" or "57P03" or "57P05" or "53300" or "25006",
        NpgsqlException { InnerException: SocketException } or SocketException => true,
        _ => false,
    };

    /// <summary>The connection, and with it perhaps all others of the pool, leads to no server that can write.</summary>
    public static bool IsLost(Exception exception) => exception switch
    {
        PostgresException e => e.SqlState is "57P01" or "57P02" or "57P03" or "25006" or ['0', '8', ..],
        NpgsqlException { InnerException: IOException or SocketException } => true,
        _ => false,
    };
}
