using Headroom.App.Shared;
using Headroom.App.Shared.Control;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Headroom.App.Access;

public static class AccessServices
{
    /// <summary>Signing in, read keys and the policies of <see cref="Policies"/>; also <see cref="Accounts"/>.</summary>
    public static IServiceCollection AddAccess(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddControl(configuration);
        services.AddOptions<AccessOptions>().Bind(configuration.GetSection(AccessOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<AccessOptions>, AccessOptionsValidator>();
        services.AddSingleton(static provider => new Accounts(
            provider.GetRequiredService<ControlDatabase>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<Accounts>>(),
            provider.GetRequiredService<IOptions<AccessOptions>>()));
        services.AddSingleton<Sessions>();
        services.AddSingleton(static provider => new Invitations(
            provider.GetRequiredService<ControlDatabase>(),
            provider.GetRequiredService<ControlDirectory>(),
            provider.GetRequiredService<Accounts>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<Invitations>>(),
            provider.GetRequiredService<IOptions<AccessOptions>>()));
        services.AddSingleton(static provider => new Members(
            provider.GetRequiredService<ControlDatabase>(),
            provider.GetRequiredService<ControlDirectory>(),
            provider.GetRequiredService<Accounts>(),
            provider.GetRequiredService<Invitations>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<Members>>()));
        services.AddSingleton<SignInThrottle>();
        services.AddSingleton<SignIns>();
        services.AddAuthentication(AccessSchemes.Default)
            .AddPolicyScheme(AccessSchemes.Default, null, static scheme => scheme.ForwardDefaultSelector = static http =>
                http.Request.Headers.Authorization.Count > 0 ? AccessSchemes.ReadKey : AccessSchemes.Session)
            .AddScheme<AuthenticationSchemeOptions, SessionAuthenticationHandler>(AccessSchemes.Session, null)
            .AddScheme<AuthenticationSchemeOptions, ReadKeyAuthenticationHandler>(AccessSchemes.ReadKey, null);
        services.AddAuthorizationBuilder()
            .AddPolicy(Policies.SignedIn, static policy => policy.RequireAuthenticatedUser().AddRequirements(new SignedInRequirement()))
            .AddPolicy(Policies.Operator, static policy => policy.RequireAuthenticatedUser().AddRequirements(new OperatorRequirement()))
            .AddPolicy(Policies.ProjectRead, static policy => Needs(policy, ProjectRole.Viewer, keys: true))
            .AddPolicy(Policies.ProjectEdit, static policy => Needs(policy, ProjectRole.Editor))
            .AddPolicy(Policies.ProjectAdmin, static policy => Needs(policy, ProjectRole.Admin));
        services.AddRateLimits(configuration);
        services.AddSingleton<IAuthorizationHandler, AccessPolicy>();
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, AccessAnswers>();
        services.ConfigureHttpJsonOptions(static json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, AccessJson.Default));
        return services;
    }

    private static void Needs(AuthorizationPolicyBuilder policy, ProjectRole role, bool keys = false) =>
        policy.RequireAuthenticatedUser().AddRequirements(new ProjectRequirement(role, keys));
}
