using System.Net;
using Microsoft.Extensions.Options;

namespace Headroom.App.Access;

/// <summary>
/// Counts attempts to sign in by e-mail and address, by address, and by e-mail from wherever they come. An attempt counts when it
/// begins and is taken back when it succeeds, so that many at once gain nothing. Whoever guesses from many addresses locks an
/// e-mail for all addresses but those from which its owner signed in lately. Kept in memory and bounded; safe for concurrent use.
/// </summary>
internal sealed class SignInThrottle(TimeProvider time, IOptions<AccessOptions> options)
{
    internal const int MaxCounted = 20_000;
    internal const int MaxKnown = 5_000;
    private const int AddressFactor = 10;
    private const int EmailFactor = 20;
    private static readonly TimeSpan KnownFor = TimeSpan.FromDays(30);
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Email, UInt128? Network), (int Attempts, DateTimeOffset Until)> _counts = [];
    private readonly Dictionary<(string Email, UInt128 Network), DateTimeOffset> _known = [];

    /// <summary>Counts and known addresses that are kept now.</summary>
    internal int Counted
    {
        get
        {
            lock (_lock)
            {
                return _counts.Count + _known.Count;
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
            var isKnown = _known.TryGetValue((normalizedEmail, network), out var until) && until > now;
            var wait = Longer(Wait((normalizedEmail, network), options.Value.SignInFailures, now), Wait(("", network), options.Value.SignInFailures * AddressFactor, now));
            if (!isKnown)
            {
                wait = Longer(wait, Wait((normalizedEmail, null), options.Value.SignInFailures * EmailFactor, now));
            }

            if (wait is null)
            {
                Count((normalizedEmail, network), now);
                Count(("", network), now);
                if (!isKnown)
                {
                    Count((normalizedEmail, null), now);
                }
            }

            return wait;
        }
    }

    /// <summary>The attempt was right: the count for this e-mail and address is forgotten, and the address is one of its owner's.</summary>
    public void Succeeded(string normalizedEmail, IPAddress? address)
    {
        var network = NetworkAddress.Of(address);
        var now = time.GetUtcNow();
        lock (_lock)
        {
            _counts.Remove((normalizedEmail, network));
            TakeBack(("", network));
            if (!_known.TryGetValue((normalizedEmail, network), out var until) || until <= now)
            {
                TakeBack((normalizedEmail, null));
            }

            if (_known.Count >= MaxKnown)
            {
                foreach (var key in _known.OrderBy(static entry => entry.Value).Take(MaxKnown / 2).Select(static entry => entry.Key).ToList())
                {
                    _known.Remove(key);
                }
            }

            _known[(normalizedEmail, network)] = now + KnownFor;
        }
    }

    private void TakeBack((string, UInt128?) key)
    {
        if (_counts.TryGetValue(key, out var count))
        {
            _counts[key] = count with { Attempts = Math.Max(0, count.Attempts - 1) };
        }
    }

    private static TimeSpan? Longer(TimeSpan? a, TimeSpan? b) => a is null || b > a ? b : a;

    private TimeSpan? Wait((string, UInt128?) key, int limit, DateTimeOffset now) =>
        _counts.TryGetValue(key, out var count) && count.Until > now && count.Attempts >= limit ? count.Until - now : null;

    private void Count((string, UInt128?) key, DateTimeOffset now)
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
