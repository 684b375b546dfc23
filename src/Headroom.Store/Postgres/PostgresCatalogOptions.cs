using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Headroom.Store.Postgres;

/// <summary>Where the catalog is with <c>Headroom:Catalog=postgres</c>, section <c>Headroom:Postgres</c>.</summary>
public sealed class PostgresCatalogOptions
{
    public const string Section = "Headroom:Postgres";

    /// <summary>
    /// Server, database and user, in Npgsql's words: <c>Host=…;Port=5432;Database=headroom;Username=headroom;Password=…;SSL Mode=VerifyFull</c>.
    /// Of a cluster the address of what is written to. Connections that a transaction pooler shares out will not do: the writing session holds a lock.
    /// </summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>The schema that the catalog has for itself, default headroom_catalog; made at the first start. Another one for each installation that shares a database.</summary>
    public string CatalogSchema { get; set; } = "headroom_catalog";

    /// <summary>
    /// Streaming replicas of that server, in the order in which they are preferred: of each what differs from <see cref="ConnectionString"/>, in the same words, such as
    /// <c>Host=replica-1</c>. Read by processes that only query, so that neither the catalog nor what is looked up in it is the load of the server that is written to. Each by an
    /// address of its own: behind one that leads to several, a look may meet an older one than the look before. None by default.
    /// </summary>
    public IList<string> Replicas { get; } = [];

    /// <summary>
    /// How old what a replica shows may be, in seconds, 2 to 300, default 5, and at most a quarter of <see cref="StoreOptions.KeepReplaced"/>. Past it the next
    /// replica is read, or the server that is written to. Less makes answers newer, and a short delay of a replica the load of that server.
    /// </summary>
    public int MaxReplicaStalenessSeconds { get; set; } = 5;

    internal TimeSpan MaxReplicaStaleness => TimeSpan.FromSeconds(MaxReplicaStalenessSeconds);

    /// <summary>Of a server to read from; null means the one that is written to.</summary>
    internal string ConnectionStringOf(string? replica) => replica is null ? ConnectionString : ConnectionString + ";" + replica;
}

internal sealed partial class PostgresCatalogOptionsValidator : IValidateOptions<PostgresCatalogOptions>
{
    public ValidateOptionsResult Validate(string? name, PostgresCatalogOptions options)
    {
        List<string> errors = [];
        try
        {
            var settings = new NpgsqlConnectionStringBuilder(options.ConnectionString);
            if (string.IsNullOrWhiteSpace(settings.Host) || string.IsNullOrWhiteSpace(settings.Database))
            {
                errors.Add("Headroom:Postgres:ConnectionString must name Host and Database, as Headroom:Catalog is postgres.");
            }

            if (settings.Host?.Contains(',', StringComparison.Ordinal) == true || settings.TargetSessionAttributes is not null)
            {
                errors.Add("Headroom:Postgres:ConnectionString must name one Host, and no Target Session Attributes: the address that always leads to the server that is written to.");
            }

            if (settings.Multiplexing)
            {
                errors.Add("Headroom:Postgres:ConnectionString must not set Multiplexing: the writing session holds a lock.");
            }
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException or KeyNotFoundException)
        {
            // What the parser says is not told: it may quote a piece of the password.
            errors.Add("Headroom:Postgres:ConnectionString cannot be read; write it as Host=…;Database=…;Username=…;Password=….");
        }

        var servers = new HashSet<(string?, int)>();
        foreach (var replica in (IEnumerable<string?>)[null, .. options.Replicas])
        {
            CheckReplica(options, replica, servers, errors);
        }

        if (options.MaxReplicaStalenessSeconds is < 2 or > 300)
        {
            errors.Add("Headroom:Postgres:MaxReplicaStalenessSeconds must be from 2 to 300.");
        }

        if (!SchemaName().IsMatch(options.CatalogSchema) || options.CatalogSchema.StartsWith("pg_", StringComparison.Ordinal))
        {
            errors.Add("Headroom:Postgres:CatalogSchema must be a name of a-z, 0-9 and _, at most 63 characters, not beginning with a digit or pg_.");
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static void CheckReplica(PostgresCatalogOptions options, string? replica, HashSet<(string?, int)> servers, List<string> errors)
    {
        try
        {
            var own = new NpgsqlConnectionStringBuilder(replica ?? options.ConnectionString);
            var whole = new NpgsqlConnectionStringBuilder(options.ConnectionStringOf(replica));
            if (!servers.Add((whole.Host, whole.Port)) && replica is not null)
            {
                errors.Add($"Headroom:Postgres:Replicas names {whole.Host}:{whole.Port} twice, or the server of Headroom:Postgres:ConnectionString.");
            }
            else if (replica is not null && (own.Host is null || own.Host.Contains(',', StringComparison.Ordinal) || own.TargetSessionAttributes is not null || own.Multiplexing))
            {
                errors.Add("Headroom:Postgres:Replicas must name one Host in each entry, and neither Target Session Attributes nor Multiplexing: Host=replica-1.");
            }
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException or KeyNotFoundException)
        {
            if (replica is not null)
            {
                errors.Add("Headroom:Postgres:Replicas has an entry that cannot be read; write what differs from ConnectionString, such as Host=replica-1.");
            }
        }
    }

    [GeneratedRegex("^[a-z_][a-z0-9_]{0,62}$")]
    private static partial Regex SchemaName();
}
