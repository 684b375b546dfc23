using Headroom.App.Shared;
using Headroom.App.Shared.Control;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Headroom.App.Projects;

public static class ProjectsServices
{
    /// <summary>Projects and keys: <see cref="ProjectCatalog"/>, and the directory and the visitor salts for the data path.</summary>
    public static IServiceCollection AddProjects(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddControl(configuration);
        services.AddOptions<ProjectsOptions>().Bind(configuration.GetSection(ProjectsOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ProjectsOptions>, ProjectsOptionsValidator>();
        services.AddSingleton(static provider => new ProjectCatalog(
            provider.GetRequiredService<ControlDatabase>(),
            provider.GetRequiredService<ControlDirectory>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<ProjectCatalog>>(),
            provider.GetRequiredService<IOptions<ProjectsOptions>>()));
        services.AddSingleton<ISystemProjects, SystemProjects>();
        services.AddSingleton<Annotations>();
        services.ConfigureHttpJsonOptions(static json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, ProjectsJson.Default));
        return services;
    }
}
