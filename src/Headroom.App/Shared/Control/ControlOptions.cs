using Microsoft.Extensions.Options;

namespace Headroom.App.Shared.Control;

/// <summary>Where the control data (projects, keys, people, sessions) is kept; section <c>Headroom</c>.</summary>
public sealed class ControlOptions
{
    public const string Section = "Headroom";
    internal const string Sqlite = "sqlite";
    internal const string Postgres = "postgres";

    /// <summary>The data directory; the control data is its file control.db. Made when it is missing. Default: data.</summary>
    public string DataDirectory { get; set; } = "data";

    /// <summary>
    /// What holds the control data. <c>sqlite</c>, the default: one file, no server, many reading processes and one writer at a
    /// time, which suits data that changes by hand, on one machine. <c>postgres</c>: a PostgreSQL or Aurora that processes on
    /// several machines share; it takes a server, and <c>Headroom:Postgres:ConnectionString</c>.
    /// </summary>
    public string Catalog { get; set; } = Sqlite;
}

internal sealed class ControlOptionsValidator : IValidateOptions<ControlOptions>
{
    public ValidateOptionsResult Validate(string? name, ControlOptions options)
    {
        List<string> errors = [];
        if (string.IsNullOrWhiteSpace(options.DataDirectory))
        {
            errors.Add("Headroom:DataDirectory is empty; name a directory.");
        }

        if (options.Catalog is not (ControlOptions.Sqlite or ControlOptions.Postgres))
        {
            errors.Add($"Headroom:Catalog is \"{options.Catalog}\", which is not supported; supported: {ControlOptions.Sqlite}, {ControlOptions.Postgres}.");
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}
