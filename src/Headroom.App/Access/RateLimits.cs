using System.Globalization;
using System.Security.Claims;
using System.Threading.RateLimiting;
using Headroom.App.Shared;
using Headroom.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Headroom.App.Access;

/// <summary>
/// The policies <see cref="Policies.RateLimited"/>, a token bucket for each read key and each person, and
/// <see cref="Policies.SharedRateLimited"/>, one for each network address.
/// </summary>
internal static class RateLimits
{
    public static void AddRateLimits(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<RateLimitsOptions>().Bind(configuration.GetSection(RateLimitsOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<RateLimitsOptions>, RateLimitsOptionsValidator>();
        services.AddRateLimiter(static _ => { });
        services.AddOptions<RateLimiterOptions>().Configure<IServiceProvider>(static (limiter, provider) =>
        {
            var buckets = new Buckets(provider.GetService<ISharedBuckets>());
            limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            limiter.OnRejected = AnswerAsync;
            limiter.AddPolicy(Policies.RateLimited, buckets.OfName);
            limiter.AddPolicy(Policies.SharedRateLimited, buckets.OfAddress);
        });
    }

    internal static TokenBucketRateLimiterOptions Tokens(int perSecond, int burst) => new()
    {
        TokenLimit = burst,
        TokensPerPeriod = perSecond,
        ReplenishmentPeriod = TimeSpan.FromSeconds(1),
        QueueLimit = 0,
    };

    private static async ValueTask AnswerAsync(OnRejectedContext context, CancellationToken cancellationToken)
    {
        var http = context.HttpContext;
        var shared = http.GetEndpoint()?.Metadata.GetMetadata<EnableRateLimitingAttribute>()?.PolicyName == Policies.SharedRateLimited;
        var person = http.User.IsSession();
        AccessMetrics.Limit(shared ? "address" : person ? "person" : "read_key");
        var wait = context.Lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : TimeSpan.FromSeconds(1);
        var seconds = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds));
        http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        var limits = http.RequestServices.GetRequiredService<IOptions<RateLimitsOptions>>().Value;
        await TypedResults.Problem(
            shared
                ? string.Create(CultureInfo.InvariantCulture,
                    $"This address asks for what is shared by links more than {limits.SharedRequestsPerSecond} times a second. Try again in {seconds} s.")
                : string.Create(CultureInfo.InvariantCulture,
                $"{(person ? "You ask" : "This read key asks")} more than {limits.RequestsPerSecond} times a second ({RateLimitsOptions.Section}:RequestsPerSecond). Try again in {seconds} s."),
            statusCode: StatusCodes.Status429TooManyRequests,
            title: "Too many requests.").ExecuteAsync(http);
    }

    /// <param name="shared">Of all processes; null where each has its own.</param>
    private sealed class Buckets(ISharedBuckets? shared)
    {
        /// <summary>Authorisation has turned away everybody without a name before.</summary>
        public RateLimitPartition<string> OfName(HttpContext http)
        {
            var options = http.RequestServices.GetRequiredService<IOptions<RateLimitsOptions>>().Value;
            var name = http.User.FindFirstValue(ClaimTypes.NameIdentifier);
            return options.RequestsPerSecond == 0 || name is null
                ? RateLimitPartition.GetNoLimiter("")
                : Of($"{(http.User.IsSession() ? "person" : "key")}:{name}", options.RequestsPerSecond, options.Burst);
        }

        /// <summary>By address, not by link: many may look at one link, and who tries links has none.</summary>
        public RateLimitPartition<UInt128> OfAddress(HttpContext http)
        {
            var options = http.RequestServices.GetRequiredService<IOptions<RateLimitsOptions>>().Value;
            return options.SharedRequestsPerSecond == 0
                ? RateLimitPartition.GetNoLimiter(UInt128.Zero)
                : Of(NetworkAddress.Of(http.Connection.RemoteIpAddress), options.SharedRequestsPerSecond, options.SharedBurst);
        }

        private RateLimitPartition<TKey> Of<TKey>(TKey bucket, int perSecond, int burst) => shared is null
            ? RateLimitPartition.GetTokenBucketLimiter(bucket, _ => Tokens(perSecond, burst))
            : RateLimitPartition.Get(bucket, key => new SharedBucketLimiter(shared, $"{key}", perSecond, burst));
    }
}
