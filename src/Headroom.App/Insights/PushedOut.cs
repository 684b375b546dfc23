using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Headroom.App.Insights;

/// <summary>The last keys of answers for which there was no room any more, by their hashes: who asks for one again would have been answered by a larger cache. Safe for concurrent use.</summary>
internal sealed class PushedOut
{
    private const int Most = 10_000;
    private readonly HashSet<ulong> _keys = [];
    private readonly Queue<ulong> _order = [];
    private readonly Lock _gate = new();

    public void Add(string key)
    {
        var hash = Hash(key);
        lock (_gate)
        {
            if (!_keys.Add(hash))
            {
                return;
            }

            _order.Enqueue(hash);
            if (_order.Count > Most)
            {
                _keys.Remove(_order.Dequeue());
            }
        }
    }

    public bool Holds(string key)
    {
        lock (_gate)
        {
            return _keys.Contains(Hash(key));
        }
    }

    private static ulong Hash(string key) => XxHash3.HashToUInt64(MemoryMarshal.AsBytes(key.AsSpan()));
}
