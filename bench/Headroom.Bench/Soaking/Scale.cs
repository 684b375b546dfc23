using System.Globalization;

namespace Headroom.Bench.Soaking;

/// <summary>A range of values on a range of pixels, with ticks at round numbers.</summary>
internal sealed class Scale
{
    private readonly Func<double, double> _transform;
    private readonly double _from;
    private readonly double _to;
    private readonly double _pixelFrom;
    private readonly double _pixelTo;

    private Scale(double from, double to, double pixelFrom, double pixelTo, IReadOnlyList<double> ticks, Func<double, double> transform)
    {
        (_transform, _pixelFrom, _pixelTo, Ticks) = (transform, pixelFrom, pixelTo, ticks);
        (_from, _to) = (transform(from), transform(to));
    }

    public IReadOnlyList<double> Ticks { get; }

    /// <summary>From 0 to the tick above the highest value.</summary>
    public static Scale Linear(double highest, double pixelFrom, double pixelTo, int ticks = 4)
    {
        highest = highest > 0 && double.IsFinite(highest) ? highest : 1;
        var step = Nice(highest / ticks);
        var count = (int)Math.Ceiling((highest / step) - 1e-9);
        return new Scale(0, count * step, pixelFrom, pixelTo, [.. Enumerable.Range(0, count + 1).Select(i => i * step)], static value => value);
    }

    /// <summary>From 0 to the highest value itself.</summary>
    public static Scale Hours(double highest, double pixelFrom, double pixelTo)
    {
        highest = highest > 0 ? highest : 1.0 / 60;
        var minutes = highest * 60;
        double[] steps = [0.25, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 720, 1440];
        var step = steps.FirstOrDefault(step => minutes / step <= 8, steps[^1]) / 60;
        return new Scale(0, highest, pixelFrom, pixelTo, [.. Enumerable.Range(0, (int)((highest / step) + 1e-9) + 1).Select(i => i * step)], static value => value);
    }

    /// <summary>Powers of ten that hold all values, with 2 and 5 between where they are few.</summary>
    public static Scale Logarithmic(double lowest, double highest, double pixelFrom, double pixelTo)
    {
        lowest = lowest > 0 && double.IsFinite(lowest) ? lowest : 0.1;
        highest = highest > lowest && double.IsFinite(highest) ? highest : lowest * 10;
        var from = (int)Math.Floor(Math.Log10(lowest) + 1e-9);
        var to = (int)Math.Ceiling(Math.Log10(highest) - 1e-9);
        double[] between = to - from <= 2 ? [1, 2, 5] : [1];
        var ticks = Enumerable.Range(from, to - from).SelectMany(power => between.Select(digit => digit * Math.Pow(10, power))).Append(Math.Pow(10, to));
        var bottom = Math.Pow(10, from);
        return new Scale(bottom, Math.Pow(10, to), pixelFrom, pixelTo, [.. ticks], value => Math.Log10(Math.Max(value, bottom)));
    }

    public double Pixel(double value) => _pixelFrom + ((_transform(value) - _from) / (_to - _from) * (_pixelTo - _pixelFrom));

    /// <summary>A number as a tick or a label shows it: three digits are enough.</summary>
    public static string Text(double value)
    {
        var size = Math.Abs(value);
        return value.ToString(size switch { >= 100 => "#,0", >= 10 => "0.#", >= 1 => "0.##", 0 => "0", _ => "0.###" }, CultureInfo.InvariantCulture);
    }

    private static double Nice(double step)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(step)));
        double[] digits = [1, 2, 2.5, 5, 10];
        return digits.First(digit => digit * power >= step * (1 - 1e-9)) * power;
    }
}
