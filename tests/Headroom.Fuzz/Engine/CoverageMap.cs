using System.Numerics;
using System.Runtime.InteropServices;
using SharpFuzz.Common;

namespace Headroom.Fuzz.Engine;

/// <summary>
/// Which branches of the instrumented assemblies an input took, and how often to a power of two: the map that AFL made usual. The
/// instrumented code counts into it through <see cref="Trace"/>, which is one for the process.
/// </summary>
internal sealed unsafe class CoverageMap : IDisposable
{
    public const int Size = 1 << 16;
    private static readonly byte* Nowhere = (byte*)NativeMemory.AllocZeroed(Size);
    private static readonly byte[] Buckets = MakeBuckets();
    private readonly byte* _hits = (byte*)NativeMemory.AllocZeroed(Size);

    /// <summary>For each branch a bit for each power of two that was seen.</summary>
    private readonly byte[] _seen = new byte[Size];

    public CoverageMap() => Trace.SharedMem = _hits;

    /// <summary>Branches taken by any input so far.</summary>
    public int Edges { get; private set; }

    public void Begin()
    {
        new Span<byte>(_hits, Size).Clear();
        Trace.PrevLocation = 0;
    }

    /// <summary>Adds what was counted since <see cref="Begin"/>. Whether something is new, and whether that is a branch.</summary>
    public (bool Any, bool Edge) Add()
    {
        var (any, edge) = (false, false);
        var words = new Span<ulong>(_hits, Size / 8);
        for (var i = words.IndexOfAnyExcept(0UL); i >= 0;)
        {
            for (var at = i * 8; at < (i * 8) + 8; at++)
            {
                var bucket = Buckets[_hits[at]];
                if ((bucket & ~_seen[at]) != 0)
                {
                    any = true;
                    if (_seen[at] == 0)
                    {
                        edge = true;
                        Edges++;
                    }

                    _seen[at] |= bucket;
                }
            }

            var next = words[(i + 1)..].IndexOfAnyExcept(0UL);
            i = next < 0 ? -1 : i + 1 + next;
        }

        return (any, edge);
    }

    /// <summary>Instrumented code counts always: where nobody looks it must have somewhere to.</summary>
    public static void CountNowhere() => Trace.SharedMem = Nowhere;

    public void Dispose()
    {
        CountNowhere();
        NativeMemory.Free(_hits);
    }

    /// <summary>1, 2, 3, 4–7, 8–15, 16–31, 32–127, 128–255, as AFL has them.</summary>
    private static byte[] MakeBuckets()
    {
        var buckets = new byte[256];
        for (var hits = 1; hits < buckets.Length; hits++)
        {
            buckets[hits] = (byte)(1 << (hits <= 3 ? hits - 1 : Math.Min(7, BitOperations.Log2((uint)hits) + (hits >= 64 ? 0 : 1))));
        }

        return buckets;
    }
}
