using Microsoft.Extensions.Options;

namespace Headroom.App.Projects;

/// <summary>Bounds of the control data; section <c>Headroom:Projects</c>.</summary>
public sealed class ProjectsOptions
{
    public const string Section = "Headroom:Projects";

    /// <summary>Projects at most. Default 1,000. Each is a row in the snapshot that every process keeps in memory.</summary>
    public int MaxProjects { get; set; } = 1_000;

    /// <summary>Keys of one project at most. Default 100.</summary>
    public int MaxKeys { get; set; } = 100;

    /// <summary>Domains of one project at most. Default 50.</summary>
    public int MaxDomains { get; set; } = 50;
}

internal sealed class ProjectsOptionsValidator : IValidateOptions<ProjectsOptions>
{
    public ValidateOptionsResult Validate(string? name, ProjectsOptions options)
    {
        List<string> errors = [];
        AtLeastOne(nameof(options.MaxProjects), options.MaxProjects);
        AtLeastOne(nameof(options.MaxKeys), options.MaxKeys);
        AtLeastOne(nameof(options.MaxDomains), options.MaxDomains);
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);

        void AtLeastOne(string key, int value)
        {
            if (value < 1)
            {
                errors.Add($"{ProjectsOptions.Section}:{key} must be at least 1.");
            }
        }
    }
}
