using System.Diagnostics.CodeAnalysis;
using System.IO.Hashing;

namespace Headroom.App.Writing;

/// <summary>A dictionary by UTF-8 text that is asked with spans, so that a hit allocates nothing.</summary>
internal sealed class Utf8Map<T>
{
    private readonly Dictionary<byte[], T> _map;
    private readonly Dictionary<byte[], T>.AlternateLookup<ReadOnlySpan<byte>> _lookup;

    public Utf8Map()
    {
        _map = new(Utf8Comparer.Instance);
        _lookup = _map.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    public int Count => _map.Count;

    public Dictionary<byte[], T>.Enumerator GetEnumerator() => _map.GetEnumerator();

    public bool TryGet(ReadOnlySpan<byte> key, [MaybeNullWhen(false)] out T value) => _lookup.TryGetValue(key, out value);

    public void Set(ReadOnlySpan<byte> key, T value) => _lookup[key] = value;

    public bool Remove(ReadOnlySpan<byte> key) => _lookup.Remove(key);

    public void Clear() => _map.Clear();
}

/// <summary>Clients choose the keys, so the hash has a seed that they cannot know.</summary>
internal sealed class Utf8Comparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
{
    public static readonly Utf8Comparer Instance = new();

    internal static readonly long Seed = Random.Shared.NextInt64();

    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

    public int GetHashCode(byte[] obj) => Hash(obj);

    public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

    public int GetHashCode(ReadOnlySpan<byte> alternate) => Hash(alternate);

    public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

    private static int Hash(ReadOnlySpan<byte> text) => (int)XxHash3.HashToUInt64(text, Seed);
}
