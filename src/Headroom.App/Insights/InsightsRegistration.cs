using System.Text.Json.Serialization;
using Headroom.App.Shared;
using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Sql;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Headroom.App.Insights;

public static class InsightsRegistration
{
    /// <summary>Needs an IEventReader and the control data. Another SqlDialect registered before goes with another store.</summary>
    public static IServiceCollection AddInsights(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<InsightsOptions>().Bind(configuration.GetSection(InsightsOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<InsightsOptions>, InsightsOptionsValidator>();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<SqlDialect>(DuckDbDialect.Instance);
        services.AddSingleton(static provider => Make<InsightsService>(provider));
        services.AddSingleton(static provider => Make<InsightsCache>(provider));
        services.AddSingleton<IInsightAnswers, InsightAnswers>();
        services.AddSingleton(static provider => Make<EventsExplorer>(provider));
        services.AddSingleton(static provider => Make<EventsExport>(provider));
        services.AddSingleton<DefinitionNotes>();
        services.AddSingleton(static provider => Make<Definitions>(provider));
        services.AddSingleton(static provider => Make<Cohorts>(provider));
        services.AddSingleton(static provider => Make<PersonsExplorer>(provider));
        services.ConfigureHttpJsonOptions(json =>
        {
            // Else the generated document says that a number may also be a text.
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, QueryJson.Resolver);
            json.SerializerOptions.TypeInfoResolverChain.Insert(1, InsightsJsonContext.Default);
            json.SerializerOptions.TypeInfoResolverChain.Insert(2, SqlJsonContext.Default);
        });
        return services;
    }

    /// <summary>With a reader that knows the cohorts, where the control data has any.</summary>
    private static T Make<T>(IServiceProvider provider)
        where T : class
    {
        var store = provider.GetRequiredService<IEventReader>();
        return ActivatorUtilities.CreateInstance<T>(provider, provider.GetService<ICohorts>() is { } cohorts
            ? new CohortReader(store, cohorts, provider.GetRequiredService<IProjectDirectory>(), provider.GetRequiredService<TimeProvider>())
            : store);
    }
}
