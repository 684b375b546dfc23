namespace Headroom.App.Capacity.Forecasting;

/// <summary>
/// Numbers by chance, the same for the same seed on every machine and version; made in a few nanoseconds, as there is one for each future.
/// SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
/// </summary>
internal struct Chance(int seed, int number)
{
    private ulong _state = Mix(((ulong)(uint)seed << 32) | (uint)number);
    private double _spare;
    private bool _hasSpare;

    /// <summary>0 up to but not 1.</summary>
    public double Uniform()
    {
        _state += 0x9E3779B97F4A7C15;
        return (Mix(_state) >> 11) * (1.0 / (1UL << 53));
    }

    /// <summary>A number of the standard normal distribution, by Marsaglia's polar method, which makes two at once.</summary>
    public double Gauss()
    {
        if (_hasSpare)
        {
            _hasSpare = false;
            return _spare;
        }

        double a, b, square;
        do
        {
            a = (2 * Uniform()) - 1;
            b = (2 * Uniform()) - 1;
            square = (a * a) + (b * b);
        }
        while (square is >= 1 or 0);
        var stretch = Math.Sqrt(-2 * Math.Log(square) / square);
        _spare = b * stretch;
        _hasSpare = true;
        return a * stretch;
    }

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
