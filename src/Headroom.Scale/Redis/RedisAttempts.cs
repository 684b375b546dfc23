// Keys are {prefix}{installation}:{sign-in}:{kind}:{hash}, all with one hash tag, because a script of Redis Cluster may touch one slot only:
//
//   b  e-mail and network   attempts of the window
//   n  network              attempts of the window
//   e  e-mail               attempts of the window
//   k  e-mail and network   the microsecond of the last right attempt, for as long as the network is known
//
// A window is the key's time to live: it begins with the first attempt, and neither another attempt nor one that is taken back moves its end.

using System.Globalization;
using Headroom.Core;
using StackExchange.Redis;

namespace Headroom.Scale.Redis;

/// <summary>Attempts to sign in, each decided and counted by one script, so that many at once, in any process, gain nothing.</summary>
internal sealed class RedisAttempts(RedisLink link) : ISharedAttempts
{
    private const string Begin = """
        local knownFor = math.max(redis.call('PTTL', KEYS[4]), 0)
        local right = tonumber(redis.call('GET', KEYS[4])) or 0
        local counted = (knownFor > 0 or ARGV[5] == '1') and 2 or 3
        local wait = 0
        local left = {0, 0, 0}
        for i = 1, counted do
          if (tonumber(redis.call('GET', KEYS[i])) or 0) >= tonumber(ARGV[i]) then
            wait = math.max(wait, redis.call('PTTL', KEYS[i]), 1)
          end
        end
        if wait == 0 then
          for i = 1, counted do
            redis.call('SET', KEYS[i], 0, 'PX', ARGV[4], 'NX')
            redis.call('INCR', KEYS[i])
            left[i] = redis.call('PTTL', KEYS[i])
          end
        end
        return {wait, knownFor, right, left[1], left[2], left[3]}
        """;

    private const string Succeed = """
        redis.call('DEL', KEYS[1])
        local counted = (redis.call('EXISTS', KEYS[4]) == 1 or ARGV[2] == '1') and 2 or 3
        for i = 2, counted do
          if (tonumber(redis.call('GET', KEYS[i])) or 0) > 0 then
            redis.call('DECR', KEYS[i])
          end
        end
        local time = redis.call('TIME')
        redis.call('SET', KEYS[4], string.format('%.0f', time[1] * 1000000 + time[2]), 'PX', ARGV[1])
        return 1
        """;

    public async ValueTask<AttemptAnswer?> BeginAsync(SignInAttempt attempt, AttemptLimits limits, bool isKnown, CancellationToken cancellationToken)
    {
        var (isAnswered, answer) = await link.AskAsync(
            "attempt",
            db => db.ScriptEvaluateAsync(
                Begin, Keys(attempt), [limits.OfBoth, limits.OfNetwork, limits.OfEmail, Milliseconds(limits.Window), isKnown ? 1 : 0]),
            cancellationToken);
        return isAnswered && answer is { Length: 6 }
            ? new AttemptAnswer(
                (long)answer[0] == 0 ? null : Time(answer[0]), Time(answer[1]), (long)answer[2], Time(answer[3]), Time(answer[4]), Time(answer[5]))
            : null;
    }

    // Whoever has signed in may be gone already; it counts all the same.
    public async ValueTask SucceededAsync(SignInAttempt attempt, bool isKnown, TimeSpan knownFor) => await link.AskAsync(
        "forget", db => db.ScriptEvaluateAsync(Succeed, Keys(attempt), [Milliseconds(knownFor), isKnown ? 1 : 0]), CancellationToken.None);

    private static long Milliseconds(TimeSpan time) => (long)time.TotalMilliseconds;

    private static TimeSpan Time(RedisResult milliseconds) => TimeSpan.FromMilliseconds((long)milliseconds);

    private RedisKey[] Keys(SignInAttempt attempt)
    {
        var network = attempt.Network.ToString("x", CultureInfo.InvariantCulture);
        var both = $"{network}|{attempt.Email}";
        return [Key("b", both), Key("n", network), Key("e", attempt.Email), Key("k", both)];
    }

    private RedisKey Key(string kind, string name) => link.Hashed($"{{sign-in}}:{kind}:", name);
}
