using System.Collections.Frozen;
using System.Globalization;

namespace Headroom.Log;

/// <summary>The places of damage that the operator has allowed to be stepped over.</summary>
internal sealed class CorruptionSkips(IEnumerable<string> places)
{
    private readonly FrozenSet<string> _places = places.ToFrozenSet(StringComparer.Ordinal);

    public bool Contains(string name, long position) =>
        _places.Count > 0 && _places.Contains(string.Create(CultureInfo.InvariantCulture, $"{name}@{position}"));
}
