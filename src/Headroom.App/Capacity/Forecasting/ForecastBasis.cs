using System.Globalization;

namespace Headroom.App.Capacity.Forecasting;

/// <summary>Says as a sentence what a forecast rests on.</summary>
/// <param name="days">The days that were fitted.</param>
internal sealed class ForecastBasis(List<TrendFit> fits, DateOnly[] days)
{
    /// <summary>Between this and its opposite nothing is said for certain.</summary>
    private const double Doubt = 0.1;

    private readonly TrendFit _best = fits.MaxBy(fit => fit.LogEvidence)!;

    /// <param name="growth">Share a week.</param>
    /// <param name="rising">Share of the futures that grow.</param>
    public string OfLoad(double growth, double rising)
    {
        var exponential = ShareOf(fit => fit.Shape == TrendShape.Exponential);
        var shape = exponential > 1 - Doubt ? "exponential " : exponential < Doubt ? "linear " : "";
        var parts = new List<string> { Text($"{days.Length} days of history") };
        if (rising is > 0.05 and < 0.95)
        {
            parts.Add(Text($"no growth that can be told from chance ({100 * growth:0.0} % a week)"));
        }
        else
        {
            parts.Add(growth > 0 ? Text($"{shape}growth of {100 * growth:0.0} % a week") : Text($"{shape}fall of {-100 * growth:0.0} % a week"));
            if (shape.Length == 0)
            {
                parts.Add("linear or exponential, which cannot be told yet");
            }
        }

        AddSeason(parts);
        AddStructure(parts);
        return string.Join(", ", parts);
    }

    /// <param name="count">Days of history.</param>
    /// <param name="growth">Share of the bytes, a week.</param>
    /// <param name="rising">Share of the futures that grow.</param>
    /// <param name="removed">Days on which much was removed.</param>
    public string OfStorage(int count, double growth, double rising, DateOnly[] removed)
    {
        var parts = new List<string>
        {
            Text($"{count} days of history"),
            rising is > 0.05 and < 0.95
                ? Text($"no growth that can be told from chance ({100 * growth:0.0} % a week)")
                : growth > 0 ? Text($"growth of {100 * growth:0.0} % a week") : Text($"fall of {-100 * growth:0.0} % a week"),
        };
        if (removed.Length == 1)
        {
            parts.Add("one removal on " + Name(removed) + ", not expected again");
        }
        else if (removed.Length > 1)
        {
            parts.Add(Text($"{removed.Length} removals, expected to go on at that rate"));
        }

        AddSeason(parts);
        AddStructure(parts);
        return string.Join(", ", parts);
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);

    private static string Name(IEnumerable<DateOnly> days) =>
        string.Join(" and ", days.Order().Select(day => day.ToString("O", CultureInfo.InvariantCulture)));

    private void AddSeason(List<string> parts) =>
        parts.Add(days.Length >= 2 * 7 && ShareOf(fit => fit.Season > TrendFitter.NoSeason) > 0.5 ? "weekly season" : "no weekly season seen");

    private void AddStructure(List<string> parts)
    {
        Add(_best.Structure.Steps, "one step on ", "steps");
        Add(_best.Structure.Bends, "other growth from ", "changes of growth");
        Add(_best.Structure.Incidents, "left out as unlike all others: ", "days left out as unlike all others");

        void Add(IReadOnlyList<int> places, string one, string more)
        {
            if (places.Count is 1 or 2)
            {
                parts.Add((places.Count == 1 ? one : Text($"2 {more}: ")) + Name(places.Select(place => days[place])));
            }
            else if (places.Count > 2)
            {
                parts.Add(Text($"{places.Count} {more}"));
            }
        }
    }

    private double ShareOf(Func<TrendFit, bool> which) =>
        fits.Where(which).Sum(fit => Math.Exp(fit.LogEvidence - _best.LogEvidence)) / fits.Sum(fit => Math.Exp(fit.LogEvidence - _best.LogEvidence));
}
