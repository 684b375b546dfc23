using Microsoft.Extensions.Options;

namespace Headroom.App.Shared.Control;

/// <summary>Where the control data (projects, keys, people, sessions) is kept; section <c>Headroom</c>.</summary>
public sealed class ControlOptions
{
    public const string Section = "Headroom";

    /// <summary>The data directory; the control data is its file control.db. Made when it is missing. Default: data.</summary>
    public string DataDirectory { get; set; } = "data";

    /// <summary>
    /// The provider of the control data. Only <c>sqlite</c>, the default: one file, no server, many reading processes
    /// and one writer at a time, which suits data that changes by hand.
    /// </summary>
    public string Catalog { get; set; } = "sqlite";
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

        if (!string.Equals(options.Catalog, "sqlite", StringComparison.Ordinal))
        {
            errors.Add($"Headroom:Catalog is \"{options.Catalog}\", which is not supported; supported: sqlite.");
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}
