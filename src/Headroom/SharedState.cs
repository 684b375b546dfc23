using Headroom.App.Shared;
using Headroom.Scale.Redis;

namespace Headroom;

/// <summary>What the processes of one installation share beside log, store and control data: Headroom:Cache.</summary>
internal static class SharedState
{
    private const string Key = "Headroom:Cache";

    public static void AddSharedState(this IServiceCollection services, IConfiguration configuration)
    {
        switch (configuration[Key] ?? "memory")
        {
            case "memory":
                break;
            case "redis":
                AddRedis(services, configuration);
                break;
            case var other:
                throw new InvalidOperationException($"{Key} is {other}; it is memory or redis.");
        }
    }

    /// <summary>Of its own, so that nothing of Redis is loaded where it is not used.</summary>
    private static void AddRedis(IServiceCollection services, IConfiguration configuration)
    {
        services.AddRedis(configuration);
        services.AddSingleton<IHealthSource, CacheHealthSource>();
    }
}

/// <summary>Short absences are not told: an answer that took too long once is one.</summary>
internal sealed class CacheHealthSource(IRedisStatus redis, TimeProvider time) : IHealthSource
{
    internal static readonly TimeSpan Told = TimeSpan.FromSeconds(2);

    public PartHealth Health
    {
        get
        {
            var state = redis.State;
            return state.AwaySince is { } since && time.GetUtcNow() - since >= Told
                ? new PartHealth(
                    "cache", false,
                    $"Redis is away. {state.Reason} Everything works: each process computes answers by itself, so that they take longer, and limits rates for itself, so that all together let more through.",
                    since) { IsDegraded = true }
                : new PartHealth("cache", true, null, null);
        }
    }
}
