using System.Collections.Immutable;

namespace Headroom.Store;

/// <summary>
/// Which person the events under a key count for now. Few keys are merged, so that a bit for each key, at most, says of
/// most that they stay. Immutable.
/// </summary>
internal sealed class Merges
{
    public static readonly Merges None = new([]);

    private readonly Dictionary<long, long> _to;
    private readonly ulong[] _merged;

    private Merges(Dictionary<long, long> to)
    {
        _to = to;
        _merged = new ulong[to.Count == 0 ? 0 : (to.Keys.Max() >> 6) + 1];
        foreach (var from in to.Keys)
        {
            _merged[from >> 6] |= 1UL << (int)from;
        }
    }

    /// <summary>What the files together say.</summary>
    public static Merges Read(IReadOnlyList<OverrideFile> files) => files.Count == 0 ? None : new Merges(OverrideFiles.Latest(files).ToDictionary(static o => o.Key, static o => o.Value.To));

    /// <summary>Writes the person of each key. What stands in a NULL's place may be any number.</summary>
    public void Apply(ReadOnlySpan<long> keys, Span<long> persons)
    {
        keys.CopyTo(persons);
        var merged = _merged;
        for (var i = 0; i < keys.Length; i++)
        {
            var key = (ulong)keys[i];
            var word = key >> 6;
            if (word < (ulong)merged.Length && (merged[word] & (1UL << (int)key)) != 0)
            {
                persons[i] = _to[(long)key];
            }
        }
    }
}

/// <summary>The merges of projects as queries last needed them, so that the files are read once. Safe for concurrent use.</summary>
internal sealed class MergesCache
{
    private readonly Dictionary<Headroom.Core.ProjectId, (ImmutableArray<OverrideFile> Files, Lazy<Merges> Merges)> _known = [];
    private readonly Lock _gate = new();

    /// <summary>The caller keeps the files from being deleted.</summary>
    public Merges Of(ProjectState state)
    {
        if (state.Overrides.IsEmpty)
        {
            return Merges.None;
        }

        Lazy<Merges> merges;
        lock (_gate)
        {
            if (!_known.TryGetValue(state.Project, out var known) || !known.Files.SequenceEqual(state.Overrides))
            {
                var files = state.Overrides;
                known = (files, new Lazy<Merges>(() => Merges.Read(files)));
                _known[state.Project] = known;
            }

            merges = known.Merges;
        }

        return merges.Value;
    }
}
