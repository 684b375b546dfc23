using Headroom.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Headroom.Scale.Redis;

public static class RedisServices
{
    /// <summary>
    /// Registers Redis as <see cref="ISharedCache"/>, <see cref="ISharedBuckets"/> and <see cref="ISharedAttempts"/>. It is reached in the
    /// background: the start neither waits for it nor fails without it.
    /// </summary>
    public static IServiceCollection AddRedis(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<RedisOptions>().Bind(configuration.GetSection(RedisOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<RedisOptions>, RedisOptionsRanges>();
        services.AddSingleton<IValidateOptions<RedisOptions>, RedisOptionsValidator>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider =>
        {
            var options = provider.GetRequiredService<IOptions<RedisOptions>>();
            return new RedisLink(
                options,
                options.Value.Installation ?? Installation.Of(configuration["Headroom:DataDirectory"] ?? "data"),
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<RedisLink>>());
        });
        services.AddSingleton<RedisCache>();
        services.AddSingleton<ISharedCache>(static provider => provider.GetRequiredService<RedisCache>());
        services.AddSingleton<ISharedBuckets, RedisBuckets>();
        services.AddSingleton<ISharedAttempts, RedisAttempts>();
        services.AddSingleton<IRedisStatus>(static provider => provider.GetRequiredService<RedisLink>());

        // The cache first: it tells the link what to listen to before that is started.
        services.AddSingleton<IHostedService>(static provider => provider.GetRequiredService<RedisCache>());
        services.AddSingleton<IHostedService>(static provider => provider.GetRequiredService<RedisLink>());
        return services;
    }
}
