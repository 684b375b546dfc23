using Headroom.Core;

namespace Headroom.Scale.Redis;

/// <summary>
/// A bucket is a hash of two fields, the tokens (t) and the microsecond up to which they have come (at), by Redis' own clock; it goes
/// once it would be full. One script, so one round trip, and two that take at once never get the same token.
/// </summary>
internal sealed class RedisBuckets(RedisLink link) : ISharedBuckets
{
    // Numbers in Lua are doubles, exact for microseconds until the year 2255; written without a format they lose digits.
    private const string Take = """
        local time = redis.call('TIME')
        local now = time[1] * 1000000 + time[2]
        local rate = tonumber(ARGV[1])
        local burst = tonumber(ARGV[2])
        local kept = redis.call('HMGET', KEYS[1], 't', 'at')
        local tokens = math.min(tonumber(kept[1]) or burst, burst)
        local at = math.min(tonumber(kept[2]) or now, now)
        local come = math.floor((now - at) * rate / 1000000)
        if tokens + come >= burst then
          tokens = burst
          at = now
        else
          tokens = tokens + come
          at = at + come * 1000000 / rate
        end
        if tokens < 1 then
          return {0, math.max(1, math.ceil(at + 1000000 / rate - now))}
        end
        redis.call('HSET', KEYS[1], 't', string.format('%.0f', tokens - 1), 'at', string.format('%.3f', at))
        redis.call('PEXPIRE', KEYS[1], math.ceil(burst * 1000 / rate) + 1000)
        return {1, 0}
        """;

    public async ValueTask<TokenAnswer?> TakeAsync(string bucket, int perSecond, int burst, CancellationToken cancellationToken)
    {
        var (isAnswered, answer) = await link.AskAsync(
            "take", db => db.ScriptEvaluateAsync(Take, [link.Hashed("b:", bucket)], [perSecond, burst]), cancellationToken);
        return isAnswered && answer is { Length: 2 }
            ? new TokenAnswer((long)answer[0] == 1, TimeSpan.FromMicroseconds((long)answer[1]))
            : null;
    }
}
