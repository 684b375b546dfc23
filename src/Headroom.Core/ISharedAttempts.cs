namespace Headroom.Core;

/// <summary>Who tries to sign in, as far as it is known.</summary>
/// <param name="Email">Normalised.</param>
/// <param name="Network">The address, or the /64 of IPv6 that it is of.</param>
public readonly record struct SignInAttempt(string Email, UInt128 Network);

/// <summary>Attempts that are heard within a window, which begins with the first of them.</summary>
/// <param name="OfBoth">From one network for one e-mail.</param>
/// <param name="OfNetwork">From one network for all e-mails.</param>
/// <param name="OfEmail">For one e-mail from all networks but those that are known for it.</param>
public readonly record struct AttemptLimits(int OfBoth, int OfNetwork, int OfEmail, TimeSpan Window);

/// <param name="Wait">Null where the attempt was counted and is heard; else the time until one is, and it was not counted.</param>
/// <param name="KnownFor">How long the network goes on being known for the e-mail; zero where it is not.</param>
/// <param name="LastRight">The moment of the last right attempt of e-mail and network in any process, by a clock of its own; zero where none is known.</param>
/// <param name="OfBoth">What is left of the window of e-mail and network, where the attempt was counted; likewise the other two.</param>
/// <param name="OfEmail">Zero where the network is known.</param>
public readonly record struct AttemptAnswer(TimeSpan? Wait, TimeSpan KnownFor, long LastRight, TimeSpan OfBoth, TimeSpan OfNetwork, TimeSpan OfEmail);

/// <summary>
/// Counts attempts to sign in over all processes of one installation. It may lose what it has counted, at any time. Safe for concurrent use.
/// </summary>
public interface ISharedAttempts
{
    /// <summary>Counts an attempt, in one step with looking whether it may be. Null where that cannot be said in time: it may be counted or not.</summary>
    /// <param name="isKnown">The network is known for the e-mail, whatever is known here.</param>
    ValueTask<AttemptAnswer?> BeginAsync(SignInAttempt attempt, AttemptLimits limits, bool isKnown, CancellationToken cancellationToken);

    /// <summary>
    /// The attempt was right: those of e-mail and network are forgotten, it is taken back from the other counts, and the network is known for
    /// the e-mail. Waits no longer than beginning does; where it cannot be told in time, the counts stay until their windows end.
    /// </summary>
    /// <param name="isKnown">As when it began.</param>
    ValueTask SucceededAsync(SignInAttempt attempt, bool isKnown, TimeSpan knownFor);
}
