using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Headroom.App.Shared.Control.Postgres;

/// <summary>The PostgreSQL (or Aurora) of the control data; section <c>Headroom:Postgres</c>. Read only where <c>Headroom:Catalog</c> is <c>postgres</c>.</summary>
public sealed class PostgresOptions
{
    public const string Section = "Headroom:Postgres";

    /// <summary>
    /// Where the database is and who signs in, as Npgsql writes it: <c>Host=…;Port=5432;Database=…;Username=…;Password=…;SSL Mode=VerifyFull</c>.
    /// It may name several hosts. The settings below take precedence over the same in here. No default.
    /// </summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>
    /// Connections that one process opens at most. Default: 20. More lets more requests ask at once and takes more of the server's
    /// connections; all processes together must stay below its max_connections.
    /// </summary>
    public int MaxPoolSize { get; set; } = 20;

    /// <summary>Seconds to wait for a connection, of the pool or a new one. Default: 5. Longer rides over a slow server, and lets requests hang for as long.</summary>
    public int ConnectTimeoutSeconds { get; set; } = 5;

    /// <summary>Seconds to wait for a statement. Default: 15.</summary>
    public int CommandTimeoutSeconds { get; set; } = 15;

    /// <summary>Seconds that the start waits for a server that is not there yet. Default: 60. Commands other than serve do not wait.</summary>
    public int StartWaitSeconds { get; set; } = 60;
}

internal sealed class PostgresOptionsValidator(IOptions<ControlOptions> control) : IValidateOptions<PostgresOptions>
{
    public ValidateOptionsResult Validate(string? name, PostgresOptions options)
    {
        if (control.Value.Catalog != ControlOptions.Postgres)
        {
            return ValidateOptionsResult.Skip;
        }

        List<string> errors = [];
        if (Problem(options.ConnectionString) is { } problem)
        {
            errors.Add($"{PostgresOptions.Section}:{nameof(options.ConnectionString)} {problem}");
        }

        Require(nameof(options.MaxPoolSize), options.MaxPoolSize, 2, 1000);
        Require(nameof(options.ConnectTimeoutSeconds), options.ConnectTimeoutSeconds, 1, 300);
        Require(nameof(options.CommandTimeoutSeconds), options.CommandTimeoutSeconds, 1, 300);
        Require(nameof(options.StartWaitSeconds), options.StartWaitSeconds, 0, 3600);
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);

        void Require(string key, int value, int least, int most)
        {
            if (value < least || value > most)
            {
                errors.Add($"{PostgresOptions.Section}:{key} is {value}; it is {least} to {most}.");
            }
        }
    }

    // Not inlined: with it Npgsql would be loaded where nobody needs it. What the parser says is not told: it may quote a piece of the password.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static string? Problem(string connectionString)
    {
        if (string.IsNullOrWhiteSpace(connectionString))
        {
            return $"is empty; Headroom:Catalog is \"{ControlOptions.Postgres}\" and needs it, as in Host=db.example.com;Database=headroom;Username=headroom;Password=….";
        }

        try
        {
            var settings = new NpgsqlConnectionStringBuilder(connectionString);
            if (string.IsNullOrEmpty(settings.Host) || string.IsNullOrEmpty(settings.Database) || string.IsNullOrEmpty(settings.Username))
            {
                return "names no host, no database or no user (Host=…;Database=…;Username=…).";
            }

            // Migrations look for their own history in the schema public, and a session keeps what it has set and locked.
            return !string.IsNullOrEmpty(settings.SearchPath) ? "sets Search Path; the tables are in the schema public of a database of their own."
                : settings.Multiplexing ? "sets Multiplexing, which takes a session's statements apart."
                : null;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or NotSupportedException or KeyNotFoundException)
        {
            return "is not a connection string as Npgsql reads it (Host=…;Database=…;Username=…;Password=…). A value with a semicolon stands in quotation marks.";
        }
    }
}
