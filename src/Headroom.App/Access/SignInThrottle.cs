using System.Net;
using Microsoft.Extensions.Options;

namespace Headroom.App.Access;

/// <summary>
/// Counts attempts to sign in by e-mail and address, and by address. An attempt counts when it begins and is taken back
/// when it succeeds, so that many at once gain nothing. Kept in memory and bounded; safe for concurrent use.
/// </summary>
internal sealed class SignInThrottle(TimeProvider time, IOptions<AccessOptions> options)
{
    internal const int MaxCounted = 20_000;
    private const int AddressFactor = 10;
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Email, UInt128 Network), (int Attempts, DateTimeOffset Until)> _counts = [];

    /// <summary>Counts that are kept now.</summary>
    internal int Counted
    {
        get
        {
            lock (_lock)
            {
                return _counts.Count;
            }
        }
    }

    /// <summary>Counts an attempt and returns null, or says how long no more are heard.</summary>
    public TimeSpan? TryBegin(string normalizedEmail, IPAddress? address)
    {
        var network = NetworkAddress.Of(address);
        var now = time.GetUtcNow();
        lock (_lock)
        {
            var wait = Longer(Wait((normalizedEmail, network), options.Value.SignInFailures, now), Wait(("", network), AddressLimit, now));
            if (wait is null)
            {
                Count((normalizedEmail, network), now);
                Count(("", network), now);
            }

            return wait;
        }
    }

    /// <summary>The attempt was right: the count for this e-mail and address is forgotten.</summary>
    public void Succeeded(string normalizedEmail, IPAddress? address)
    {
        var network = NetworkAddress.Of(address);
        lock (_lock)
        {
            _counts.Remove((normalizedEmail, network));
            if (_counts.TryGetValue(("", network), out var all))
            {
                _counts[("", network)] = all with { Attempts = Math.Max(0, all.Attempts - 1) };
            }
        }
    }

    private int AddressLimit => options.Value.SignInFailures * AddressFactor;

    private static TimeSpan? Longer(TimeSpan? a, TimeSpan? b) => a is null || b > a ? b : a;

    private TimeSpan? Wait((string, UInt128) key, int limit, DateTimeOffset now) =>
        _counts.TryGetValue(key, out var count) && count.Until > now && count.Attempts >= limit ? count.Until - now : null;

    private void Count((string, UInt128) key, DateTimeOffset now)
    {
        if (_counts.TryGetValue(key, out var count) && count.Until > now)
        {
            _counts[key] = count with { Attempts = count.Attempts + 1 };
            return;
        }

        if (_counts.Count >= MaxCounted)
        {
            Sweep(now);
        }

        _counts[key] = (1, now.AddMinutes(options.Value.SignInWindowMinutes));
    }

    // What has run out goes; if that is nothing, the half that runs out first, so that this stays rare.
    private void Sweep(DateTimeOffset now)
    {
        foreach (var (key, count) in _counts)
        {
            if (count.Until <= now)
            {
                _counts.Remove(key);
            }
        }

        if (_counts.Count >= MaxCounted)
        {
            foreach (var key in _counts.OrderBy(static entry => entry.Value.Until).Take(MaxCounted / 2).Select(static entry => entry.Key).ToList())
            {
                _counts.Remove(key);
            }
        }
    }
}
