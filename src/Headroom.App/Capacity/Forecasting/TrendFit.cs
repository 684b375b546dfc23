using MathNet.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace Headroom.App.Capacity.Forecasting;

/// <summary>
/// One fit of a history, as one of many candidates: a regression on level, growth, season and structure whose noise is an AR(1).
/// </summary>
/// <param name="Phi">How much of a day's noise is left on the next, -1 to 1.</param>
/// <param name="Season">Standard deviation of the weekdays' effects over that of the noise.</param>
/// <param name="Beta">Level on the last day, growth a week, six contrasts of the season, then steps and bends.</param>
/// <param name="Factor">L of LLᵀ = X'X in the whitened regression: the parameters' covariance is σ²(LLᵀ)⁻¹.</param>
/// <param name="Squares">Sum of squares that is left.</param>
/// <param name="Freedom">Degrees of freedom of the noise.</param>
/// <param name="LogEvidence">Logarithm of the history's probability density under this candidate, parameters integrated out, times the candidate's prior.</param>
internal sealed record TrendFit(
    TrendShape Shape,
    Structure Structure,
    double Phi,
    double Season,
    double[] Beta,
    Matrix<double> Factor,
    double Squares,
    int Freedom,
    double LogEvidence);

/// <summary>
/// Fits a history in all ways that could be true, each with its probability. With a flat prior on level, growth, steps and the logarithm of
/// σ, and a normal one on the season (σ × <see cref="TrendFit.Season"/>), the evidence of a linear model has a closed form (Gelman et al., "Bayesian Data
/// Analysis", 3rd ed., ch. 14; Zellner, "An Introduction to Bayesian Inference in Econometrics", ch. 4 for AR(1) noise): what is left, the strength of noise
/// and season, is summed over grids. The load is divided by its geometric mean first, so that all shapes are densities of the same quantity.
/// </summary>
internal sealed class TrendFitter
{
    /// <summary>Columns of a design before its steps and bends: level, growth, season.</summary>
    internal const int Fixed = 8;

    /// <summary>Steps and bends of one history, together, and incidents: more than one day in ten is no incident.</summary>
    private const int MostChanges = 6;

    /// <summary>A step is told from an incident by the days on its far side.</summary>
    private const int DaysBesideStep = 4;

    private const int DaysBesideBend = 21;

    /// <summary>A step begins on one day in 200 and at most doubles the level or so: its size has density ½.</summary>
    private static readonly double _logStep = Math.Log(0.5 / 200);

    /// <summary>Growth changes on one day in 400, by at most 5 % a week either way or so: density 10.</summary>
    private static readonly double _logBend = Math.Log(10.0 / 400);

    /// <summary>One day in 100 is an incident, with a load anywhere in a range of four times the mean.</summary>
    private static readonly double _logIncident = Math.Log(0.25 / 100);

    private static readonly (double Value, double Prior)[] _phis =
        [(-0.4, 0.04), (-0.2, 0.1), (0, 0.24), (0.2, 0.18), (0.4, 0.14), (0.6, 0.12), (0.75, 0.08), (0.87, 0.06), (0.95, 0.04)];

    private static readonly (double Value, double Prior)[] _seasons = [(NoSeason, 0.4), (1, 0.2), (3, 0.2), (10, 0.2)];

    private static readonly double[][] _contrasts = Contrasts();

    private readonly int[] _days;
    private readonly double[] _loads;

    /// <param name="days">Days since the first, increasing.</param>
    /// <param name="loads">Divided by the geometric mean; may be negative where only <see cref="TrendShape.Linear"/> is asked for.</param>
    public TrendFitter(int[] days, double[] loads)
    {
        _days = days;
        _loads = loads;
    }

    /// <summary>The strength of a season that is none: small enough to change nothing.</summary>
    internal const double NoSeason = 1e-4;

    /// <summary>The season's share of one weekday, counted from the first day of the history, is this times the six contrasts.</summary>
    internal static ReadOnlySpan<double> Contrast(int day) => _contrasts[day % 7];

    /// <summary>All candidates of the shapes asked for, the unlikely left out.</summary>
    public List<TrendFit> Fit(bool onlyLinear)
    {
        var fits = new List<TrendFit>();
        Search(TrendShape.Linear, unit: null, fits);
        if (!onlyLinear)
        {
            Search(TrendShape.ProportionalLinear, LevelBy(fits.MaxBy(fit => fit.LogEvidence)!), fits);
            Search(TrendShape.Exponential, unit: null, fits);
        }

        var best = fits.Max(fit => fit.LogEvidence);
        fits.RemoveAll(fit => fit.LogEvidence < best - 9);
        return fits;
    }

    /// <summary>The level without season and noise on each day, at least a twentieth of the mean.</summary>
    private double[] LevelBy(TrendFit fit)
    {
        var last = _days[^1];
        var level = new double[_days.Length];
        for (var i = 0; i < level.Length; i++)
        {
            var value = fit.Beta[0] + (fit.Beta[1] * (_days[i] - last) / 7.0);
            var column = Fixed;
            foreach (var step in fit.Structure.Steps)
            {
                value += i >= step ? 0 : -fit.Beta[column];
                column++;
            }

            foreach (var bend in fit.Structure.Bends)
            {
                value += fit.Beta[column] * BendAt(i, bend);
                column++;
            }

            level[i] = Math.Max(value, 0.05);
        }

        return level;
    }

    /// <summary>A bend's column: 0 from the bend on, so that level and growth stay those of today.</summary>
    private double BendAt(int place, int bend) => place >= bend ? 0 : (_days[place] - _days[bend]) / 7.0;

    /// <summary>Adds steps, bends and incidents one by one as long as that makes the history more probable; each stage is a candidate.</summary>
    private void Search(TrendShape shape, double[]? unit, List<TrendFit> fits)
    {
        var structure = Structure.None;
        var price = shape == TrendShape.Exponential ? Math.Log(0.5) : Math.Log(0.25);
        var best = double.NegativeInfinity;
        while (true)
        {
            var design = new Design(this, shape, unit, structure);
            var found = (Gain: double.NegativeInfinity, Kind: Happening.Incident, Place: -1);
            var stage = double.NegativeInfinity;
            foreach (var (phi, phiPrior) in _phis)
            {
                design.Whiten(phi);
                TrendFit? top = null;
                foreach (var (season, seasonPrior) in _seasons)
                {
                    var fit = design.Solve(season, price + Math.Log(phiPrior * seasonPrior));
                    if (fit is null)
                    {
                        continue;
                    }

                    fits.Add(fit);
                    if (top is null || fit.LogEvidence > top.LogEvidence)
                    {
                        top = fit;
                    }
                }

                if (top is null)
                {
                    continue;
                }

                stage = Math.Max(stage, top.LogEvidence);
                var next = design.Scan(top);
                if (next.Gain > found.Gain)
                {
                    found = next;
                }
            }

            best = Math.Max(best, stage);
            if (found.Place < 0 || found.Gain <= best)
            {
                return;
            }

            structure = structure.With(found.Kind, found.Place);
            price += found.Kind switch { Happening.Step => _logStep, Happening.Bend => _logBend, _ => _logIncident };
        }
    }

    /// <summary>Six orthonormal contrasts of seven weekdays (Helmert), so that all weekdays have the same prior.</summary>
    private static double[][] Contrasts()
    {
        var rows = new double[7][];
        for (var day = 0; day < 7; day++)
        {
            rows[day] = new double[6];
            for (var k = 0; k < 6; k++)
            {
                var norm = Math.Sqrt((k + 1.0) * (k + 2.0));
                rows[day][k] = day <= k ? 1 / norm : day == k + 1 ? -(k + 1) / norm : 0;
            }
        }

        return rows;
    }

    /// <summary>(n-p)/2 and so on: the evidence of a regression with flat priors on p parameters and on log σ.</summary>
    private static double Evidence(int freedom, double squares, double logDeterminant) =>
        SpecialFunctions.GammaLn(freedom / 2.0) - (freedom / 2.0 * Math.Log(Math.PI * squares)) - (0.5 * logDeterminant);

    /// <summary>The regression of one shape and structure, whitened for one strength of the noise's memory.</summary>
    private sealed class Design
    {
        private readonly TrendFitter _of;
        private readonly TrendShape _shape;
        private readonly Structure _structure;
        private readonly int[] _places;
        private readonly int _columns;
        private readonly double[] _x;
        private readonly double[] _y;
        private readonly double[] _units;
        private readonly double[] _whiteX;
        private readonly double[] _whiteY;
        private readonly double[] _weights;
        private readonly double[] _carries;
        private readonly double[] _gram;
        private readonly double[] _right;
        private readonly double _logUnits;
        private double _phi;
        private double _squareY;
        private double _logWeights;

        public Design(TrendFitter of, TrendShape shape, double[]? unit, Structure structure)
        {
            _of = of;
            _shape = shape;
            _structure = structure;
            _places = [.. Enumerable.Range(0, of._days.Length).Except(structure.Incidents)];
            _columns = Fixed + structure.Steps.Count + structure.Bends.Count;
            var rows = _places.Length;
            _x = new double[rows * _columns];
            _y = new double[rows];
            _units = new double[rows];
            _whiteX = new double[_x.Length];
            _whiteY = new double[rows];
            _weights = new double[rows];
            _carries = new double[rows];
            _gram = new double[_columns * _columns];
            _right = new double[_columns];
            var last = of._days[^1];
            for (var row = 0; row < rows; row++)
            {
                var place = _places[row];
                var scale = unit is null ? 1 : 1 / unit[place];
                _units[row] = scale;
                _y[row] = shape == TrendShape.Exponential ? Math.Log(of._loads[place]) : of._loads[place] * scale;
                _logUnits += shape == TrendShape.Exponential ? -_y[row] : Math.Log(scale);
                var x = _x.AsSpan(row * _columns, _columns);
                x[0] = scale;
                x[1] = scale * (of._days[place] - last) / 7.0;
                Contrast(of._days[place]).CopyTo(x[2..Fixed]);
                var column = Fixed;
                foreach (var step in structure.Steps)
                {
                    x[column++] = place >= step ? 0 : -scale;
                }

                foreach (var bend in structure.Bends)
                {
                    x[column++] = scale * of.BendAt(place, bend);
                }
            }
        }

        /// <summary>Takes from each row what the row before lets expect of its noise; days that are missing let expect less (Prais and Winsten, 1954).</summary>
        public void Whiten(double phi)
        {
            _phi = phi;
            _logWeights = 0;
            var rows = _places.Length;
            for (var row = 0; row < rows; row++)
            {
                if (row == 0)
                {
                    _weights[row] = Math.Sqrt(1 - (phi * phi));
                    _carries[row] = 0;
                }
                else
                {
                    var gap = _of._days[_places[row]] - _of._days[_places[row - 1]];
                    var carry = gap == 1 ? phi : Math.Pow(phi, gap);
                    _carries[row] = carry;
                    _weights[row] = gap == 1 ? 1 : Math.Sqrt((1 - (phi * phi)) / (1 - (carry * carry)));
                }

                _logWeights += Math.Log(_weights[row]);
                var weight = _weights[row];
                var back = _carries[row] * weight;
                var at = row * _columns;
                var before = row == 0 ? 0 : at - _columns;
                for (var column = 0; column < _columns; column++)
                {
                    _whiteX[at + column] = (weight * _x[at + column]) - (back * _x[before + column]);
                }

                _whiteY[row] = (weight * _y[row]) - (back * _y[Math.Max(0, row - 1)]);
            }

            Array.Clear(_gram);
            Array.Clear(_right);
            _squareY = 0;
            for (var row = 0; row < rows; row++)
            {
                var x = _whiteX.AsSpan(row * _columns, _columns);
                var y = _whiteY[row];
                _squareY += y * y;
                for (var i = 0; i < x.Length; i++)
                {
                    var value = x[i];
                    _right[i] += value * y;
                    var gram = _gram.AsSpan(i * _columns, i + 1);
                    for (var j = 0; j < gram.Length; j++)
                    {
                        gram[j] += value * x[j];
                    }
                }
            }
        }

        /// <summary>Null where there is too little to fit so much.</summary>
        public TrendFit? Solve(double season, double logPrior)
        {
            var freedom = _places.Length - (_columns - 6);
            if (freedom < 3)
            {
                return null;
            }

            var normal = Matrix<double>.Build.Dense(_columns, _columns, (i, j) => i >= j ? _gram[(i * _columns) + j] : _gram[(j * _columns) + i]);
            for (var i = 2; i < Fixed; i++)
            {
                normal[i, i] += 1 / (season * season);
            }

            var cholesky = normal.Cholesky();
            var right = Vector<double>.Build.Dense(_right);
            var beta = cholesky.Solve(right);
            // A load that never strays from its line still gets noise of a ten-thousandth.
            var squares = Math.Max(_squareY - beta.DotProduct(right), _places.Length * 1e-8);
            var evidence = Evidence(freedom, squares, cholesky.DeterminantLn) - (6 * Math.Log(season)) + _logWeights + _logUnits;
            return new TrendFit(_shape, _structure, _phi, season, beta.AsArray(), cholesky.Factor, squares, freedom, evidence + logPrior);
        }

        /// <summary>
        /// The one step, bend or incident that makes the history most probable, and the evidence with it. Adding a column c to a regression takes
        /// (c'r)²/m from the squares and multiplies the determinant by m = c'c − c'X(X'X)⁻¹X'c; for steps and bends c'X is a sum over the rows
        /// from there on, so that all places together cost as much as one fit. An incident is a column of its own for one day.
        /// </summary>
        public (double Gain, Happening Kind, int Place) Scan(TrendFit fit)
        {
            var best = (Gain: double.NegativeInfinity, Kind: Happening.Incident, Place: -1);
            var freedom = fit.Freedom - 1;
            if (freedom < 3)
            {
                return best;
            }

            var rows = _places.Length;
            var columns = _columns;
            // Last column of each row: what is left of y. The others: rows of X L⁻ᵀ, so that m is a difference of squares.
            var width = columns + 1;
            var z = new double[rows * width];
            var factor = fit.Factor.AsColumnMajorArray() ?? fit.Factor.ToColumnMajorArray();
            for (var row = 0; row < rows; row++)
            {
                var x = _whiteX.AsSpan(row * columns, columns);
                var to = z.AsSpan(row * width, width);
                var left = _whiteY[row];
                for (var i = 0; i < columns; i++)
                {
                    left -= x[i] * fit.Beta[i];
                    var sum = x[i];
                    for (var j = 0; j < i; j++)
                    {
                        sum -= factor[(j * columns) + i] * to[j];
                    }

                    to[i] = sum / factor[(i * columns) + i];
                }

                to[columns] = left;
            }

            var logDeterminant = 0.0;
            for (var i = 0; i < columns; i++)
            {
                logDeterminant += 2 * Math.Log(factor[(i * columns) + i]);
            }

            var present = Evidence(fit.Freedom, fit.Squares, logDeterminant);
            var mayChange = _structure.Steps.Count + _structure.Bends.Count < MostChanges;
            var mayLeaveOut = _structure.Incidents.Count < Math.Max(1, _of._days.Length / 10);
            var level = new double[width];
            var growth = new double[width];
            var column = new double[width];
            double levels = 0, mixed = 0, growths = 0;

            void Try(Happening kind, int row, double square, double logPrice)
            {
                var whole = square;
                for (var i = 0; i < columns; i++)
                {
                    square -= column[i] * column[i];
                }

                // What other columns say already.
                if (square <= whole * 1e-6)
                {
                    return;
                }

                var squares = Math.Max(fit.Squares - (column[columns] * column[columns] / square), rows * 1e-8);
                var gain = fit.LogEvidence + Evidence(freedom, squares, logDeterminant + Math.Log(square)) - present + logPrice;
                if (gain > best.Gain && !_structure.Has(kind, _places[row]))
                {
                    best = (gain, kind, _places[row]);
                }
            }

            for (var row = rows - 1; row >= 0; row--)
            {
                var here = z.AsSpan(row * width, width);
                var weight = _weights[row];
                if (mayLeaveOut)
                {
                    var next = row + 1 < rows ? z.AsSpan((row + 1) * width, width) : here;
                    var back = row + 1 < rows ? _weights[row + 1] * _carries[row + 1] : 0;
                    for (var i = 0; i < width; i++)
                    {
                        column[i] = (weight * here[i]) - (back * next[i]);
                    }

                    Try(Happening.Incident, row, (weight * weight) + (back * back), _logIncident);
                }

                if (mayChange && row >= DaysBesideStep && rows - row >= DaysBesideStep)
                {
                    var first = weight * _units[row];
                    for (var i = 0; i < width; i++)
                    {
                        column[i] = level[i] + (first * here[i]);
                    }

                    Try(Happening.Step, row, levels + (first * first), _logStep);
                }

                var since = (_of._days[_places[row]] - _of._days[^1]) / 7.0;
                if (mayChange && row >= DaysBesideBend && rows - row >= DaysBesideBend)
                {
                    for (var i = 0; i < width; i++)
                    {
                        column[i] = growth[i] - (since * level[i]);
                    }

                    Try(Happening.Bend, row, growths - (2 * since * mixed) + (since * since * levels), _logBend);
                }

                var a = _whiteX[row * columns];
                var b = _whiteX[(row * columns) + 1];
                levels += a * a;
                mixed += a * b;
                growths += b * b;
                for (var i = 0; i < width; i++)
                {
                    level[i] += a * here[i];
                    growth[i] += b * here[i];
                }
            }

            return best;
        }
    }
}
