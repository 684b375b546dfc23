using System.Globalization;
using System.Net.Sockets;
using Npgsql;

namespace Headroom.Store.Postgres;

/// <summary>A session cannot be had, for a reason that is not the connection's; the message says which and the way out.</summary>
internal sealed class SessionRefusedException(string message) : Exception(message);

/// <summary>Where a catalog is, and what its failures mean, in words for the operator. Never the password.</summary>
internal sealed class PostgresPlace(NpgsqlConnectionStringBuilder settings, string schema)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"PostgreSQL at {settings.Host}:{settings.Port}, database {settings.Database}, schema {schema}");

    /// <summary>Whether it is a failure of the database or of the way to it. A connection that is reset while it is opened is an IOException.</summary>
    public static bool Failed(Exception e) => e is NpgsqlException or TimeoutException or SocketException or IOException;

    /// <summary>Whether something that the catalog needs is not there.</summary>
    public static bool Lacks(Exception? e) => e is PostgresException { SqlState: PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn or PostgresErrorCodes.InvalidSchemaName };

    /// <summary>What it did, to follow "it", with the way out where there is one; ends with a full stop.</summary>
    public string Explain(Exception e)
    {
        if (e is not PostgresException refusal)
        {
            return $"does not answer ({(e.InnerException ?? e).Message.TrimEnd('.')}).";
        }

        var said = refusal.MessageText.TrimEnd('.');
        return refusal.SqlState switch
        {
            PostgresErrorCodes.InsufficientPrivilege =>
                $"lacks a right of user {settings.Username} ({said}). As the owner of the database: CREATE SCHEMA IF NOT EXISTS {schema} AUTHORIZATION {settings.Username}; where the schema is there with another's tables, give it and them to that user with ALTER … OWNER TO.",
            PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification =>
                $"does not let user {settings.Username} in ({said}). Correct Headroom:Postgres:ConnectionString or the server's pg_hba.conf.",
            PostgresErrorCodes.InvalidCatalogName =>
                $"has no such database ({said}). Make it with CREATE DATABASE {settings.Database} ENCODING 'UTF8', or correct Headroom:Postgres:ConnectionString.",
            PostgresErrorCodes.ReadOnlySqlTransaction =>
                $"takes no changes ({said}): it is a standby, as after a fail-over, or set to read only. Headroom:Postgres:ConnectionString must lead to the server that is written to.",
            PostgresErrorCodes.DiskFull => $"has no space left ({said}). Give it some.",
            PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected => $"could not do it beside another transaction ({said}).",
            PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow => $"is stopping or starting ({said}).",
            _ when Lacks(refusal) =>
                $"lacks something of the catalog ({said}): it is damaged. Restore the schema {schema} from a backup of PostgreSQL.",
            _ => $"refused: {said} ({refusal.SqlState}).",
        };
    }
}
