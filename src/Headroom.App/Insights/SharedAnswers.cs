// Answers that processes of one installation share, as ISharedCache keeps them:
//
//   4 bytes   HRA1
//   16 bytes  XXH128 of the rest
//   the rest  JSON: key, version, reads, addsUp, hasBreakdown, tag, result
//
// Their keys are answer:{build}:{InsightKey}. The build is that of the code that computes answers, so that no two that may count
// differently ever share one, nor read what the other has written in another form. Which moment an answer is known to be right for is
// not part of it: clocks of two processes are not to be compared, and only the store of the one who reads says whether it still holds.
// Parts of trends stay where they are, too: they are larger than answers, and each process makes its own at its second computation.

using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Sql;

namespace Headroom.App.Insights;

/// <summary>An answer with what it depends on, without anything that only one process can know.</summary>
internal sealed record SharedAnswer
{
    /// <summary>That of the question, so that what came under another one is not taken for it.</summary>
    public required string Key { get; init; }

    public required long Version { get; init; }

    public AnswerReads? Reads { get; init; }

    public bool AddsUp { get; init; }

    /// <summary>Of series, which do not say it themselves in JSON.</summary>
    public bool HasBreakdown { get; init; }

    /// <summary>What the result's own is when it is read again, or something of it was lost on the way.</summary>
    public required string Tag { get; init; }

    public required InsightResult Result { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SharedAnswer))]
internal sealed partial class SharedAnswersJson : JsonSerializerContext;

/// <summary>Finds and keeps answers beside this process. Safe for concurrent use.</summary>
internal sealed class SharedAnswers(ISharedCache cache)
{
    private const int HeadBytes = 20;
    private static readonly JsonSerializerOptions Json = new(QueryJson.Options)
    {
        // A result nests one deeper here.
        MaxDepth = 32,
        TypeInfoResolver = JsonTypeInfoResolver.Combine(QueryJson.Resolver, SharedAnswersJson.Default),
    };

    private static readonly string Prefix = $"answer:{Build()}:";

    private static ReadOnlySpan<byte> Magic => "HRA1"u8;

    public void Watch(Action<string> keptElsewhere) => cache.Watch(key =>
    {
        if (key.StartsWith(Prefix, StringComparison.Ordinal))
        {
            keptElsewhere(key[Prefix.Length..]);
        }
    });

    /// <summary>Null where there is none, or not one that can be read.</summary>
    public async ValueTask<SharedAnswer?> FindAsync(string key, CancellationToken cancellationToken)
    {
        if (await cache.FindAsync(Prefix + key, cancellationToken) is not { } bytes)
        {
            InsightsMetrics.Shared("absent");
            return null;
        }

        if (Read(bytes.Span) is { } answer && answer.Key == key)
        {
            return answer;
        }

        InsightsMetrics.Shared("unreadable");
        return null;
    }

    public void Keep(SharedAnswer answer) => cache.Keep(Prefix + answer.Key, Write(answer));

    internal static byte[] Write(SharedAnswer answer)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(answer, Json);
        var bytes = new byte[HeadBytes + json.Length];
        Magic.CopyTo(bytes);
        XxHash128.Hash(json, bytes.AsSpan(Magic.Length));
        json.CopyTo(bytes, HeadBytes);
        return bytes;
    }

    /// <summary>Null where the bytes are not what <see cref="Write"/> makes.</summary>
    internal static SharedAnswer? Read(ReadOnlySpan<byte> bytes)
    {
        Span<byte> sum = stackalloc byte[HeadBytes - Magic.Length];
        if (bytes.Length <= HeadBytes || !bytes.StartsWith(Magic))
        {
            return null;
        }

        XxHash128.Hash(bytes[HeadBytes..], sum);
        if (!sum.SequenceEqual(bytes[Magic.Length..HeadBytes]))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize<SharedAnswer>(bytes[HeadBytes..], Json) is { } answer
                ? answer.HasBreakdown ? answer with { Result = WithBreakdown(answer.Result) } : answer
                : null;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            return null;
        }
    }

    internal static bool HasBreakdown(InsightResult result) => result switch
    {
        TrendsResult trends => trends.Series.Any(static s => s.HasBreakdown),
        FunnelResult funnel => funnel.Series.Any(static s => s.HasBreakdown),
        RetentionResult retention => retention.Series.Any(static s => s.HasBreakdown),
        SessionsResult sessions => sessions.Series.Any(static s => s.HasBreakdown),
        StickinessResult stickiness => stickiness.Series.Any(static s => s.HasBreakdown),
        _ => false,
    };

    private static InsightResult WithBreakdown(InsightResult result) => result switch
    {
        TrendsResult trends => trends with { Series = [.. trends.Series.Select(static s => s with { HasBreakdown = true })] },
        FunnelResult funnel => funnel with { Series = [.. funnel.Series.Select(static s => s with { HasBreakdown = true })] },
        RetentionResult retention => retention with { Series = [.. retention.Series.Select(static s => s with { HasBreakdown = true })] },
        SessionsResult sessions => sessions with { Series = [.. sessions.Series.Select(static s => s with { HasBreakdown = true })] },
        StickinessResult stickiness => stickiness with { Series = [.. stickiness.Series.Select(static s => s with { HasBreakdown = true })] },
        _ => result,
    };

    private static string Build()
    {
        Span<byte> modules = stackalloc byte[48];
        typeof(SharedAnswers).Module.ModuleVersionId.TryWriteBytes(modules);
        typeof(InsightResult).Module.ModuleVersionId.TryWriteBytes(modules[16..]);
        typeof(SqlDialect).Module.ModuleVersionId.TryWriteBytes(modules[32..]);
        return Convert.ToHexStringLower(SHA256.HashData(modules).AsSpan(0, 8));
    }
}
