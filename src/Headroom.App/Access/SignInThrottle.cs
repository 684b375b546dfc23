using System.Net;
using Headroom.Core;
using Microsoft.Extensions.Options;

namespace Headroom.App.Access;

/// <summary>
/// Counts attempts to sign in by e-mail and address, by address, and by e-mail from wherever they come. An attempt counts when it
/// begins and is taken back when it succeeds, so that many at once gain nothing. Whoever guesses from many addresses locks an
/// e-mail for all addresses but those from which its owner signed in lately. Kept in memory and bounded; safe for concurrent use.
/// Where processes share counts an attempt needs to be let through by both, theirs and this process's own, which so hold when what is
/// shared is away or has lost something. What only the shared counts let through they have counted all the same.
/// </summary>
/// <param name="shared">Of all processes; null where each counts for itself.</param>
internal sealed class SignInThrottle(TimeProvider time, IOptions<AccessOptions> options, ISharedAttempts? shared = null)
{
    internal const int MaxCounted = 20_000;
    internal const int MaxKnown = 5_000;
    private const int AddressFactor = 10;
    private const int EmailFactor = 20;
    private static readonly TimeSpan KnownFor = TimeSpan.FromDays(30);
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Email, UInt128? Network), Counting> _counts = [];
    private readonly Dictionary<SignInAttempt, DateTimeOffset> _known = [];

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
    public async ValueTask<TimeSpan?> TryBeginAsync(string normalizedEmail, IPAddress? address, CancellationToken cancellationToken)
    {
        var attempt = new SignInAttempt(normalizedEmail, NetworkAddress.Of(address));
        var limits = Limits();
        var answer = shared is null ? null : await shared.BeginAsync(attempt, limits, IsKnown(attempt), cancellationToken);
        return answer?.Wait ?? TryBegin(attempt, limits, answer);
    }

    /// <summary>The attempt was right: the count for this e-mail and address is forgotten, and the address is one of its owner's.</summary>
    public async ValueTask SucceededAsync(string normalizedEmail, IPAddress? address)
    {
        var attempt = new SignInAttempt(normalizedEmail, NetworkAddress.Of(address));
        bool isKnown;
        lock (_lock)
        {
            var now = time.GetUtcNow();
            isKnown = IsKnown(attempt, now);
            _counts.Remove(Both(attempt));
            TakeBack(Network(attempt));
            if (!isKnown)
            {
                TakeBack(Email(attempt));
            }

            Know(attempt, now + KnownFor);
        }

        if (shared is not null)
        {
            await shared.SucceededAsync(attempt, isKnown, KnownFor);
        }
    }

    private static (string, UInt128?) Both(SignInAttempt attempt) => (attempt.Email, attempt.Network);

    private static (string, UInt128?) Network(SignInAttempt attempt) => ("", attempt.Network);

    private static (string, UInt128?) Email(SignInAttempt attempt) => (attempt.Email, null);

    /// <param name="answer">What is shared let the attempt through, and said this; null where it was not asked or gave no answer.</param>
    private TimeSpan? TryBegin(SignInAttempt attempt, AttemptLimits limits, AttemptAnswer? answer)
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            if (answer is { } told)
            {
                if (told.KnownFor > TimeSpan.Zero && !IsKnown(attempt, now))
                {
                    Know(attempt, now + told.KnownFor);
                }

                // A right attempt in another process forgets those before it in this one too.
                if (_counts.TryGetValue(Both(attempt), out var count) && count.After < told.LastRight)
                {
                    _counts.Remove(Both(attempt));
                }
            }

            var isKnown = IsKnown(attempt, now);
            var wait = Longer(Wait(Both(attempt), limits.OfBoth, now), Wait(Network(attempt), limits.OfNetwork, now));
            if (!isKnown)
            {
                wait = Longer(wait, Wait(Email(attempt), limits.OfEmail, now));
            }

            if (wait is null)
            {
                Count(Both(attempt), now, answer?.OfBoth ?? limits.Window, answer?.LastRight ?? long.MaxValue);
                Count(Network(attempt), now, answer?.OfNetwork ?? limits.Window);
                if (!isKnown)
                {
                    Count(Email(attempt), now, answer?.OfEmail ?? limits.Window);
                }
            }

            return wait;
        }
    }

    private AttemptLimits Limits()
    {
        var failures = options.Value.SignInFailures;
        return new AttemptLimits(failures, failures * AddressFactor, failures * EmailFactor, TimeSpan.FromMinutes(options.Value.SignInWindowMinutes));
    }

    private bool IsKnown(SignInAttempt attempt)
    {
        lock (_lock)
        {
            return IsKnown(attempt, time.GetUtcNow());
        }
    }

    private bool IsKnown(SignInAttempt attempt, DateTimeOffset now) => _known.TryGetValue(attempt, out var until) && until > now;

    private void Know(SignInAttempt attempt, DateTimeOffset until)
    {
        if (_known.Count >= MaxKnown)
        {
            foreach (var key in _known.OrderBy(static entry => entry.Value).Take(MaxKnown / 2).Select(static entry => entry.Key).ToList())
            {
                _known.Remove(key);
            }
        }

        _known[attempt] = until;
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

    /// <param name="window">Until when it counts, where it is the first: what is shared may have begun before.</param>
    private void Count((string, UInt128?) key, DateTimeOffset now, TimeSpan window, long after = long.MaxValue)
    {
        if (_counts.TryGetValue(key, out var count) && count.Until > now)
        {
            _counts[key] = count with { Attempts = count.Attempts + 1, After = Math.Max(count.After, after) };
            return;
        }

        if (_counts.Count >= MaxCounted)
        {
            Sweep(now);
        }

        _counts[key] = new Counting(1, now + window, after);
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

    /// <param name="After">
    /// The last right attempt in any process that was known when it was counted: a later one forgets it. What was counted without an answer is
    /// forgotten by this process only.
    /// </param>
    private readonly record struct Counting(int Attempts, DateTimeOffset Until, long After);
}
