using System.Collections;
using System.Globalization;
using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.Sql;

/// <summary>Persons by key with a number each, to be kept: those of a person in several of them add up. Immutable.</summary>
internal sealed class PersonNumbers
{
    public static readonly PersonNumbers None = new([], []);

    /// <summary>Ascending, none twice.</summary>
    private readonly uint[] _keys;
    private readonly double[] _numbers;

    private PersonNumbers(uint[] keys, double[] numbers) => (_keys, _numbers) = (keys, numbers);

    /// <summary>Memory held, roughly.</summary>
    public long Bytes => 64 + (12L * _keys.Length);

    /// <summary>Null where a key is past the highest.</summary>
    /// <param name="keys">Ascending, none twice.</param>
    public static PersonNumbers? Of(IList keys, IList numbers)
    {
        var (ofKeys, ofNumbers) = (new uint[keys.Count], new double[keys.Count]);
        for (var i = 0; i < ofKeys.Length; i++)
        {
            if (Convert.ToInt64(keys[i], CultureInfo.InvariantCulture) is not (>= 0 and <= uint.MaxValue and var key))
            {
                return null;
            }

            (ofKeys[i], ofNumbers[i]) = ((uint)key, Convert.ToDouble(numbers[i], CultureInfo.InvariantCulture));
        }

        return new PersonNumbers(ofKeys, ofNumbers);
    }

    /// <summary>With some persons in place of others, whose numbers they have then, too: itself where none of those is here, null where a key is past the highest.</summary>
    public PersonNumbers? With(IReadOnlyList<MergedPerson> merged)
    {
        SortedDictionary<uint, double>? numbers = null;
        foreach (var (from, to) in merged)
        {
            if (from > uint.MaxValue || !(numbers?.ContainsKey((uint)from) ?? Array.BinarySearch(_keys, (uint)from) >= 0))
            {
                continue;
            }

            if (to > uint.MaxValue)
            {
                return null;
            }

            numbers ??= new SortedDictionary<uint, double>(_keys.Zip(_numbers).ToDictionary(static p => p.First, static p => p.Second));
            var number = numbers[(uint)from];
            numbers.Remove((uint)from);
            numbers[(uint)to] = numbers.GetValueOrDefault((uint)to) + number;
        }

        return numbers is null ? this : new PersonNumbers([.. numbers.Keys], [.. numbers.Values]);
    }

    /// <summary>A math over the numbers of all persons, of each those of all parts together; null where there is nobody.</summary>
    /// <param name="math">An average, an extreme or a percentile.</param>
    public static double? Over(TrendsMath math, IReadOnlyList<PersonNumbers> parts)
    {
        var numbers = Together(parts, 0, parts.Count)._numbers;
        if (numbers.Length == 0)
        {
            return null;
        }

        switch (math)
        {
            case TrendsMath.Average:
                return numbers.Sum() / numbers.Length;
            case TrendsMath.Min:
                return numbers.Min();
            case TrendsMath.Max:
                return numbers.Max();
            default:
                double[] sorted = [.. numbers];
                Array.Sort(sorted);
                return NumberCounts.Percentile(math, sorted);
        }
    }

    private static PersonNumbers Together(IReadOnlyList<PersonNumbers> parts, int first, int end)
    {
        if (end - first <= 1)
        {
            return first == end ? None : parts[first];
        }

        var middle = (first + end) / 2;
        var (one, other) = (Together(parts, first, middle), Together(parts, middle, end));
        var (keys, numbers) = (new uint[one._keys.Length + other._keys.Length], new double[one._keys.Length + other._keys.Length]);
        var (i, j, n) = (0, 0, 0);
        while (i < one._keys.Length || j < other._keys.Length)
        {
            var takes = j == other._keys.Length || (i < one._keys.Length && one._keys[i] <= other._keys[j]);
            var also = i == one._keys.Length || (j < other._keys.Length && other._keys[j] <= one._keys[i]);
            keys[n] = takes ? one._keys[i] : other._keys[j];
            numbers[n++] = (takes ? one._numbers[i++] : 0) + (also ? other._numbers[j++] : 0);
        }

        return new PersonNumbers(keys[..n], numbers[..n]);
    }
}
