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

        if (!SchemaName().IsMatch(options.CatalogSchema) || options.CatalogSchema.StartsWith("pg_", StringComparison.Ordinal))
        {
            errors.Add("Headroom:Postgres:CatalogSchema must be a name of a-z, 0-9 and _, at most 63 characters, not beginning with a digit or pg_.");
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    [GeneratedRegex("^[a-z_][a-z0-9_]{0,62}$")]
    private static partial Regex SchemaName();
}
