namespace Headroom.Core;

/// <param name="Wait">Until there is a token again; zero where one was taken.</param>
public readonly record struct TokenAnswer(bool IsTaken, TimeSpan Wait);

/// <summary>Token buckets that all processes of one installation draw from. Safe for concurrent use.</summary>
public interface ISharedBuckets
{
    /// <summary>Takes a token. Null where it cannot be said in time: the caller then counts by itself.</summary>
    /// <param name="bucket">Whose it is; kept as a hash only.</param>
    /// <param name="perSecond">Tokens that come in a second, at least 1.</param>
    /// <param name="burst">The most that there are, at least 1.</param>
    ValueTask<TokenAnswer?> TakeAsync(string bucket, int perSecond, int burst, CancellationToken cancellationToken);
}
