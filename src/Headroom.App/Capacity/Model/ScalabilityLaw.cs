namespace Headroom.App.Capacity.Model;

/// <summary>
/// The Universal Scalability Law, X(N) = λN / (1 + σ(N−1) + κN(N−1)) (Gunther, "A Simple Capacity Model of Massively Parallel Transaction Systems", CMG 1993,
/// and "Guerrilla Capacity Planning", 2007).
/// </summary>
/// <param name="Lambda">Throughput of one, in the unit of the points; above 0.</param>
/// <param name="Sigma">Contention: the share that only one can do at a time; 0 or more.</param>
/// <param name="Kappa">Coherency: the cost of agreeing, for each pair; 0 or more. Above 0 throughput falls again past the peak.</param>
internal sealed record ScalabilityLaw(double Lambda, double Sigma, double Kappa)
{
    private const int MaxRounds = 100;

    /// <summary>The concurrency at which throughput is highest, 1 or more; null where it never falls.</summary>
    public double? PeakConcurrency => Kappa <= 0 ? null : Math.Max(1, Math.Sqrt(Math.Max(0, 1 - Sigma) / Kappa));

    /// <summary>The highest throughput at any concurrency; null where it grows without end.</summary>
    public double? PeakThroughput => PeakConcurrency is { } peak ? Throughput(peak) : Sigma > 0 ? Lambda / Sigma : null;

    public double Throughput(double n) => Lambda * n / (1 + (Sigma * (n - 1)) + (Kappa * n * (n - 1)));

    /// <summary>
    /// The law with the least sum of squared differences in throughput, σ and κ not negative. N/X is linear in (1/λ, σ/λ, κ/λ), so Gauss and Newton's steps
    /// are linear least squares in these three, with bounds; the first step weighs as if the points were on the curve.
    /// </summary>
    /// <param name="points">At three different concurrencies or more, 1 or more each; throughputs above 0.</param>
    /// <returns>Null where the points do not determine a law.</returns>
    public static ScalabilityLaw? Fit(IReadOnlyList<(double Concurrency, double Throughput)> points)
    {
        var usable = points.Where(static p => p.Concurrency >= 1 && double.IsFinite(p.Concurrency) && p.Throughput > 0 && double.IsFinite(p.Throughput)).ToArray();
        if (usable.Select(static p => p.Concurrency).Distinct().Count() < 3)
        {
            return null;
        }

        // Scaled by the largest throughput, so that the sums below are of one order whatever the unit is.
        var unit = usable.Max(static p => p.Throughput);
        var rows = Array.ConvertAll(usable, p => new Row(p.Concurrency, p.Throughput / unit));
        if (Bounded(rows, static row => (row.N / row.X, row.X * row.X / row.N)) is not { } best)
        {
            return null;
        }

        var error = Error(rows, best);
        for (var round = 0; round < MaxRounds; round++)
        {
            // At the present curve g, X − N/g is (N/g²)·(target − g'), with this target for the new curve g'.
            var present = best;
            if (Bounded(rows, row => (Target(row, present), row.N / (Curve(row.N, present) * Curve(row.N, present)))) is not { } full)
            {
                break;
            }

            var step = 1.0;
            var next = full;
            var nextError = Error(rows, next);
            while (nextError > error && step > 1e-6)
            {
                step /= 2;
                next = (present.A + (step * (full.A - present.A)), present.B + (step * (full.B - present.B)), present.C + (step * (full.C - present.C)));
                nextError = Error(rows, next);
            }

            if (nextError > error)
            {
                break;
            }

            var gained = error - nextError;
            (best, error) = (next, nextError);
            if (gained <= error * 1e-12)
            {
                break;
            }
        }

        return best.A > 0 && double.IsFinite(1 / best.A) ? new ScalabilityLaw(unit / best.A, best.B / best.A, best.C / best.A) : null;
    }

    private static double Curve(double n, (double A, double B, double C) law) => law.A + (law.B * (n - 1)) + (law.C * n * (n - 1));

    private static double Target(Row row, (double A, double B, double C) law)
    {
        var g = Curve(row.N, law);
        return g + (((row.N / g) - row.X) * g * g / row.N);
    }

    private static double Error(Row[] rows, (double A, double B, double C) law)
    {
        double sum = 0;
        foreach (var row in rows)
        {
            var g = Curve(row.N, law);
            if (g <= 0)
            {
                return double.PositiveInfinity;
            }

            var difference = row.X - (row.N / g);
            sum += difference * difference;
        }

        return sum;
    }

    /// <summary>Weighted least squares with A above 0, B and C 0 or more: of the four sets of bounds that may hold, the one with the least error.</summary>
    private static (double A, double B, double C)? Bounded(Row[] rows, Func<Row, (double Target, double Weight)> at)
    {
        (double A, double B, double C)? best = null;
        var least = double.PositiveInfinity;
        for (var free = 0; free < 4; free++)
        {
            var columns = (int[])[0, .. (free & 1) != 0 ? (int[])[1] : [], .. (free & 2) != 0 ? (int[])[2] : []];
            if (Solve(rows, columns, at) is not { } found || found[0] <= 0 || found[1] < 0 || found[2] < 0)
            {
                continue;
            }

            double error = 0;
            foreach (var row in rows)
            {
                var (target, weight) = at(row);
                var difference = weight * (target - Curve(row.N, (found[0], found[1], found[2])));
                error += difference * difference;
            }

            if (error < least)
            {
                (least, best) = (error, (found[0], found[1], found[2]));
            }
        }

        return best;
    }

    private static double[]? Solve(Row[] rows, int[] columns, Func<Row, (double Target, double Weight)> at)
    {
        var size = columns.Length;
        var matrix = Array.ConvertAll(columns, _ => new double[size + 1]);
        foreach (var row in rows)
        {
            var (target, weight) = at(row);
            ReadOnlySpan<double> features = [1, row.N - 1, row.N * (row.N - 1)];
            for (var i = 0; i < size; i++)
            {
                for (var j = 0; j < size; j++)
                {
                    matrix[i][j] += weight * weight * features[columns[i]] * features[columns[j]];
                }

                matrix[i][size] += weight * weight * features[columns[i]] * target;
            }
        }

        for (var i = 0; i < size; i++)
        {
            if (matrix[i][i] <= 0 || !double.IsFinite(matrix[i][i]))
            {
                return null;
            }

            for (var below = i + 1; below < size; below++)
            {
                var factor = matrix[below][i] / matrix[i][i];
                for (var j = i; j <= size; j++)
                {
                    matrix[below][j] -= factor * matrix[i][j];
                }
            }
        }

        var result = new double[3];
        for (var i = size - 1; i >= 0; i--)
        {
            var value = matrix[i][size];
            for (var j = i + 1; j < size; j++)
            {
                value -= matrix[i][j] * result[columns[j]];
            }

            result[columns[i]] = value / matrix[i][i];
        }

        return result;
    }

    /// <param name="N">Concurrency.</param>
    /// <param name="X">Throughput.</param>
    private readonly record struct Row(double N, double X);
}
