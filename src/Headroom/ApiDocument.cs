using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;
using Headroom.App.Shared;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Scalar.AspNetCore;

namespace Headroom;

/// <summary>The OpenAPI document at /openapi/v1.json, and the page at /docs to browse it, which loads nothing from elsewhere.</summary>
internal static class ApiDocument
{
    private const string Session = "session";
    private const string CsrfToken = "csrfToken";
    private const string ReadKey = "readKey";

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
                document.Components ??= new OpenApiComponents();
                document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
                {
                    [Session] = new OpenApiSecurityScheme
                    {
                        Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Cookie, Name = "headroom_session",
                        Description = "Of a person who is signed in; over TLS __Host-headroom_session.",
                    },
                    [CsrfToken] = new OpenApiSecurityScheme
                    {
                        Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = "X-CSRF-Token",
                        Description = "The csrfToken of GET /api/session, with everything that changes something.",
                    },
                    [ReadKey] = new OpenApiSecurityScheme
                    {
                        Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "A project's read key, hrr_…: reads that project, and changes nothing.",
                    },
                };
                return Task.CompletedTask;
            });
            options.AddOperationTransformer(static (operation, context, _) =>
            {
                operation.Security = Secured(context);
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

    /// <summary>What an endpoint asks of its caller, as the policies of access do; null where it asks for nothing.</summary>
    private static List<OpenApiSecurityRequirement>? Secured(OpenApiOperationTransformerContext context)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var policies = metadata.OfType<IAuthorizeData>().Select(static a => a.Policy).ToList();
        if (policies.Count == 0 || metadata.OfType<IAllowAnonymous>().Any())
        {
            return null;
        }

        var reads = context.Description.HttpMethod == HttpMethods.Get || metadata.OfType<ReadsOnlyAttribute>().Any();
        OpenApiSecurityRequirement person = new() { [Scheme(Session)] = [] };
        if (!reads)
        {
            person[Scheme(CsrfToken)] = [];
        }

        return reads && policies.TrueForAll(static p => p == Policies.ProjectRead) ? [person, new OpenApiSecurityRequirement { [Scheme(ReadKey)] = [] }] : [person];

        OpenApiSecuritySchemeReference Scheme(string name) => new(name, context.Document);
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
