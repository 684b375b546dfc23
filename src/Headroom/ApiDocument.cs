using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Scalar.AspNetCore;

namespace Headroom;

/// <summary>The OpenAPI document at /openapi/v1.json, and the page at /docs to browse it, which loads nothing from elsewhere.</summary>
internal static class ApiDocument
{
    public static void AddApiDocument(this IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(static json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, HealthJson.Default));
        services.AddOpenApi(static options =>
        {
            options.AddDocumentTransformer(static (document, _, _) =>
            {
                // The address depends on who asks, and the version on the build; neither belongs to the contract.
                document.Servers = [];
                document.Info.Title = "Headroom";
                document.Info.Version = "v1";
                return Task.CompletedTask;
            });
            options.AddSchemaTransformer(DescribeAsync);
        });
    }

    public static void MapApiDocument(this IEndpointRouteBuilder routes)
    {
        routes.MapOpenApi().AlsoForHead();
        routes.MapScalarApiReference("/docs", static options => options
                .WithTitle("Headroom's HTTP API")
                .DisableDefaultFonts()
                .DisableTelemetry()
                .DisableAgent()
                .DisableMcp()
                .HideDeveloperTools()
                .WithNonce())
            .AddEndpointFilter(static (context, next) =>
            {
                context.HttpContext.Response.OnStarting(static state => AddPolicy((HttpContext)state), context.HttpContext);
                return next(context);
            })
            .AlsoForHead();
    }

    // Link checkers and load balancers ask with HEAD; the web server leaves the body out by itself.
    private static void AlsoForHead(this IEndpointConventionBuilder routes) => routes.Add(static endpoint =>
    {
        for (var i = 0; i < endpoint.Metadata.Count; i++)
        {
            if (endpoint.Metadata[i] is IHttpMethodMetadata { HttpMethods: ["GET"] })
            {
                endpoint.Metadata[i] = new HttpMethodMetadata([HttpMethods.Get, HttpMethods.Head]);
            }
        }
    });

    // Scalar puts its styles into the page while it runs, so styles alone may be inline.
    private static Task AddPolicy(HttpContext context)
    {
        if (context.Items[ScalarOptions.NonceHttpContextItemKey] is string nonce)
        {
            context.Response.Headers.ContentSecurityPolicy =
                $"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
                "font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
        }

        return Task.CompletedTask;
    }

    private static async Task DescribeAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        if (context.JsonTypeInfo.Type == typeof(IReadOnlyDictionary<string, JsonElement>))
        {
            schema.AdditionalProperties = new OpenApiSchema();
        }

        // The generator leaves a list empty in the second and later kinds of a condition that is made of conditions.
        if (schema is { Type: null, Items: null } && context.JsonPropertyInfo?.PropertyType is { IsGenericType: true } list &&
            list.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
        {
            schema.Type = JsonSchemaType.Array;
            schema.Items = await context.GetOrCreateSchemaAsync(list.GetGenericArguments()[0], null, cancellationToken);
        }

        if (context.JsonPropertyInfo?.AttributeProvider?.GetCustomAttributes(typeof(AllowedValuesAttribute), inherit: false) is [AllowedValuesAttribute allowed])
        {
            schema.Enum = [.. allowed.Values.Select(static value => value is null ? JsonNullSentinel.JsonNull : JsonValue.Create((string)value))];
        }
    }
}
