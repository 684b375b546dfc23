using System.IO.Hashing;
using System.Text.Json;
using Headroom.Core.Queries;
using Headroom.Sql;

namespace Headroom.App.Insights;

/// <summary>What an answer has read: events in [From, To), merges of persons, persons.</summary>
internal sealed record AnswerReads(long From, long To, bool Merges, bool Persons);

/// <summary>An answer with what it depends on.</summary>
internal sealed class KeptAnswer
{
    private readonly long _json;
    private long _version;
    private long _heldAt;
    private int _catchingUp;
    private bool _isNewerElsewhere;

    /// <param name="heldAt">When it was begun.</param>
    public KeptAnswer(InsightResult result, long version, long heldAt)
    {
        (Result, _version, _heldAt) = (result, version, heldAt);
        var json = JsonSerializer.SerializeToUtf8Bytes(
            result with { DataVersion = 0, ComputedAt = default, ElapsedMs = 0 }, QueryJson.Options);
        _json = json.Length;
        Tag = Convert.ToHexStringLower(XxHash128.Hash(json));
    }

    public InsightResult Result { get; }

    public string Tag { get; }

    /// <summary>The version up to which it is known to hold.</summary>
    public long Version => Volatile.Read(ref _version);

    /// <summary>When it was last known to be right, a timestamp of the clock.</summary>
    public long HeldAt
    {
        get => Volatile.Read(ref _heldAt);
        set => Volatile.Write(ref _heldAt, value);
    }

    /// <summary>Null where they are unknown.</summary>
    public AnswerReads? Reads { get; init; }

    public bool AddsUp { get; set; }

    public TrendsParts? Parts { get; init; }

    /// <summary>The version that the parts are of.</summary>
    public long? PartsVersion
    {
        get => field ?? (Parts is null ? null : Version);
        init;
    }

    /// <summary>Another process has kept an answer since this one was looked for there.</summary>
    public bool IsNewerElsewhere
    {
        get => Volatile.Read(ref _isNewerElsewhere);
        set => Volatile.Write(ref _isNewerElsewhere, value);
    }

    /// <summary>Numbers as objects take about three times their text.</summary>
    public long Bytes => 1_024 + (3 * _json) + (Parts?.Bytes ?? 0);

    /// <summary>For one at a time.</summary>
    public bool TryCatchUp() => Interlocked.Exchange(ref _catchingUp, 1) == 0;

    public void CaughtUp() => Volatile.Write(ref _catchingUp, 0);

    public void Advance(long version)
    {
        var known = Version;
        while (known < version && Interlocked.CompareExchange(ref _version, version, known) is var seen && seen != known)
        {
            known = seen;
        }
    }
}
