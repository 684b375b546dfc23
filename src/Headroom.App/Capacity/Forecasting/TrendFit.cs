using MathNet.Numerics;
using MathNet.Numerics.LinearAlgebra;
using Lanes = System.Numerics.Vector<double>;

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

    private const int DaysBesideBend = 14;

    /// <summary>Which of these days it was that growth changed on, no history tells.</summary>
    private const int DaysOfBend = 7;

    /// <summary>e to the minus this is as good as nothing.</summary>
    private const double Negligible = 9;

    /// <summary>A step begins on one day in 200 and at most doubles the level or so: its size has density ½.</summary>
    private static readonly double _logStep = Math.Log(0.5 / 200);

    /// <summary>Growth changes on one day in 400, by at most 5 % a week either way or so: density 10. One place stands for a week.</summary>
    private static readonly double _logBend = Math.Log(DaysOfBend * 10.0 / 400);

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
        List<Search> searches = [new(this, TrendShape.Linear, onlyLinear ? 1 : 0.25, unit: null, Structure.None)];
        if (!onlyLinear)
        {
            searches.Add(new(this, TrendShape.ProportionalLinear, 0.25, LocalLevels(), Structure.None));
            searches.Add(new(this, TrendShape.Exponential, 0.5, unit: null, Structure.None));
        }

        // The most promising first: when it is done, others need not be followed to a poor end. What it found to have happened is
        // tried with the others too, as it happened whatever the shape; a bend may only make up for the wrong one.
        var shapes = searches.Count;
        while (searches.Where(search => !search.Done).MaxBy(search => search.Best) is { } next)
        {
            next.Advance();
            if (next.Done && searches.Count == shapes && shapes > 1)
            {
                var happened = next.Structure with { Bends = [] };
                searches.AddRange(searches.Where(search => search != next && happened.Count > 0).Select(search => search.From(happened)).ToList());
                shapes = 0;
            }

            var best = searches.Where(search => search.Started).Max(search => search.Best);
            foreach (var search in searches)
            {
                search.GiveUp(best);
            }
        }

        // Two searches may have come to the same end, which is one candidate all the same.
        var least = searches.Max(search => search.Best) - Negligible;
        foreach (var search in searches.Where(search => search.Best > least).DistinctBy(search => (search.Shape, search.Structure.Key)).ToList())
        {
            search.SpreadBends();
        }

        return
        [
            .. searches.SelectMany(search => search.Fits)
                .Where(fit => fit.LogEvidence > least)
                .DistinctBy(fit => (fit.Shape, fit.Structure.Key, fit.Phi, fit.Season)),
        ];
    }

    /// <summary>The level around each day: the mean of three weeks without the two highest and lowest days, at least a twentieth of the whole mean.</summary>
    private double[] LocalLevels()
    {
        var levels = new double[_days.Length];
        for (var i = 0; i < levels.Length; i++)
        {
            // Each place is a day or more, so that no more than ten on either side are near.
            var from = Math.Max(0, i - 10);
            var near = Enumerable.Range(from, Math.Min(levels.Length, i + 11) - from).Where(other => Math.Abs(_days[other] - _days[i]) <= 10)
                .Select(other => _loads[other]).Order().ToList();
            levels[i] = Math.Max(near.Count > 6 ? near[2..^2].Average() : near.Average(), 0.05);
        }

        return levels;
    }

    /// <summary>Until the history's last day, so that it is no more than 0.</summary>
    private double Weeks(int place) => (_days[place] - _days[^1]) / 7.0;

    /// <summary>A bend's column: 0 from the bend on, so that level and growth stay those of today.</summary>
    private double BendAt(int place, int bend) => place >= bend ? 0 : (_days[place] - _days[bend]) / 7.0;

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

    /// <summary>The evidence of a regression with flat priors on its parameters and on log σ: all but the determinant.</summary>
    private static double Evidence(int freedom, double squares) =>
        SpecialFunctions.GammaLn(freedom / 2.0) - (freedom / 2.0 * Math.Log(Math.PI * squares));

    /// <summary>Adds steps, bends and incidents one by one as long as that makes the history more probable; each stage is a candidate.</summary>
    private sealed class Search(TrendFitter of, TrendShape shape, double prior, double[]? unit, Structure start)
    {
        /// <summary>Stages of which each brings as much as the last: none is known to bring more.</summary>
        private const int StagesToHopeFor = 8;

        /// <summary>Bends that are less probable than e to the minus this are not tried.</summary>
        private const double NoHope = 6;

        private const int MostPlaces = 12;

        /// <summary>A strength of the season that is behind by this does not catch up by what else is found.</summary>
        private const double Hopeless = 25;

        private readonly List<TrendFit> _fits = [];
        private readonly double[] _evidenceOfSeasons = new double[_seasons.Length];
        private readonly bool[] _seasonsInUse = [.. _seasons.Select(_ => true)];
        private double _brought = double.PositiveInfinity;
        private int _phi = Array.FindIndex(_phis, phi => phi.Value == 0);

        public TrendShape Shape => shape;

        public IReadOnlyList<TrendFit> Fits => _fits;

        public Structure Structure { get; private set; } = start;

        public bool Started => _fits.Count > 0;

        public bool Done { get; private set; }

        /// <summary>The highest evidence so far; before the first stage above all.</summary>
        public double Best { get; private set; } = double.PositiveInfinity;

        public Search From(Structure structure) => new(of, shape, prior, unit, structure);

        /// <summary>Ends where even many more stages would not come near the best of all shapes.</summary>
        public void GiveUp(double bestOfAll) => Done |= Best + (StagesToHopeFor * _brought) < bestOfAll - Negligible;

        /// <summary>Fits the present structure with all strengths of memory and season, and looks for what to add to it.</summary>
        public void Advance()
        {
            var design = new Design(of, shape, unit, Structure);
            var price = Price(Structure);
            Array.Fill(_evidenceOfSeasons, double.NegativeInfinity);
            var stage = (Evidence: double.NegativeInfinity, Phi: _phi);
            var found = (Gain: double.NegativeInfinity, Kind: Happening.Incident, Place: -1);

            // Both have one top over the strengths of memory: each side is left where they have fallen far.
            for (var i = _phi; i < _phis.Length && Weigh(i); i++)
            {
            }

            for (var i = _phi - 1; i >= 0 && Weigh(i); i--)
            {
            }

            Best = Started && double.IsFinite(Best) ? Math.Max(Best, stage.Evidence) : stage.Evidence;
            Done = found.Place < 0 || found.Gain <= Best;
            _phi = stage.Phi;
            for (var i = 0; i < _seasons.Length; i++)
            {
                _seasonsInUse[i] &= _evidenceOfSeasons[i] >= stage.Evidence - Hopeless;
            }

            if (Done)
            {
                return;
            }

            _brought = found.Gain - Best;
            Structure = Structure.With(found.Kind, found.Place);

            bool Weigh(int number)
            {
                if (Solve(design, price, number) is not { } top)
                {
                    return false;
                }

                var next = design.Scan(top);
                var far = top.LogEvidence < stage.Evidence - Negligible && next.Gain < found.Gain - Negligible;
                stage = top.LogEvidence > stage.Evidence ? (top.LogEvidence, number) : stage;
                found = next.Gain > found.Gain ? next : found;
                return !far;
            }
        }

        /// <summary>The best fit of one strength of memory.</summary>
        private TrendFit? Solve(Design design, double price, int number, bool asCandidate = true)
        {
            var (phi, phiPrior) = _phis[number];
            design.Whiten(phi);
            TrendFit? top = null;
            for (var i = 0; i < _seasons.Length; i++)
            {
                if (!_seasonsInUse[i])
                {
                    continue;
                }

                var (season, seasonPrior) = _seasons[i];
                var fit = design.Solve(season, price + Math.Log(phiPrior * seasonPrior));
                if (fit is not null)
                {
                    _evidenceOfSeasons[i] = Math.Max(_evidenceOfSeasons[i], fit.LogEvidence);
                    if (asCandidate)
                    {
                        _fits.Add(fit);
                    }

                    top = top is null || fit.LogEvidence > top.LogEvidence ? fit : top;
                }
            }

            return top;
        }

        /// <summary>
        /// When growth changed, and whether, is known to some weeks only, and where it goes depends on that. So each bend at other places, and one bend more,
        /// are candidates too, one for each week in which it may have been.
        /// </summary>
        public void SpreadBends()
        {
            Spread(Structure, taken: -1);
            foreach (var bend in Structure.Bends)
            {
                Spread(Structure with { Bends = [.. Structure.Bends.Where(other => other != bend)] }, bend);
            }

            void Spread(Structure without, int taken)
            {
                var design = new Design(of, shape, unit, without);
                var fit = Solve(design, Price(without), _phi, asCandidate: false);
                var places = fit is null ? [] : design.ScanBends(fit).Where(bend => bend.Gain > Best - NoHope).OrderByDescending(bend => bend.Gain).Take(MostPlaces);
                foreach (var (_, place) in places.ToList())
                {
                    if (place == taken)
                    {
                        continue;
                    }

                    var structure = without.With(Happening.Bend, place);
                    var moved = new Design(of, shape, unit, structure);
                    for (var number = Math.Max(_phi - 1, 0); number <= Math.Min(_phi + 1, _phis.Length - 1); number++)
                    {
                        Solve(moved, Price(structure), number);
                    }
                }
            }
        }

        /// <summary>Logarithm of the prior probability of the shape with a structure.</summary>
        private double Price(Structure structure) =>
            Math.Log(prior) + (structure.Steps.Count * _logStep) + (structure.Bends.Count * _logBend) + (structure.Incidents.Count * _logIncident);
    }

    /// <summary>The regression of one shape and structure, whitened for one strength of the noise's memory. Columns are arrays of their own, so that sums over days run in vectors.</summary>
    private sealed class Design
    {
        private readonly TrendFitter _of;
        private readonly TrendShape _shape;
        private readonly Structure _structure;
        private readonly int[] _places;
        private readonly double[][] _x;
        private readonly double[] _y;
        private readonly double[][] _whiteX;
        private readonly double[] _whiteY;
        private readonly double[] _weights;
        private readonly double[] _backs;
        private readonly double[] _gram;
        private readonly double[] _right;
        private readonly double[][] _z;
        private readonly double[] _steps;
        private readonly double[] _bends;
        private readonly double[] _incidents;
        private readonly double _logUnits;
        private readonly List<(double Gain, int Place)> _bendGains = [];
        private double _phi;
        private double _squareY;
        private double _logWeights;

        public Design(TrendFitter of, TrendShape shape, double[]? unit, Structure structure)
        {
            _of = of;
            _shape = shape;
            _structure = structure;
            _places = [.. Enumerable.Range(0, of._days.Length).Except(structure.Incidents)];
            var columns = Fixed + structure.Steps.Count + structure.Bends.Count;
            var rows = _places.Length;
            _x = Columns(columns, rows);
            _y = new double[rows];
            _whiteX = Columns(columns, rows);
            _whiteY = new double[rows];
            _weights = new double[rows];
            _backs = new double[rows];
            _gram = new double[columns * columns];
            _right = new double[columns];
            _z = Columns(columns + 1, rows);
            _steps = new double[rows];
            _bends = new double[rows];
            _incidents = new double[rows];
            for (var row = 0; row < rows; row++)
            {
                var place = _places[row];
                var scale = unit is null ? 1 : 1 / unit[place];
                _y[row] = shape == TrendShape.Exponential ? Math.Log(of._loads[place]) : of._loads[place] * scale;
                _logUnits += shape == TrendShape.Exponential ? -_y[row] : Math.Log(scale);
                _x[0][row] = scale;
                _x[1][row] = scale * of.Weeks(place);
                var contrast = Contrast(of._days[place]);
                for (var k = 0; k < contrast.Length; k++)
                {
                    _x[2 + k][row] = contrast[k];
                }

                var column = Fixed;
                foreach (var step in structure.Steps)
                {
                    _x[column++][row] = place >= step ? 0 : -scale;
                }

                foreach (var bend in structure.Bends)
                {
                    _x[column++][row] = scale * of.BendAt(place, bend);
                }
            }
        }

        /// <summary>Takes from each row what the row before lets expect of its noise; days that are missing let expect less (Prais and Winsten, 1954).</summary>
        public void Whiten(double phi)
        {
            _phi = phi;
            _logWeights = 0;
            for (var row = 0; row < _places.Length; row++)
            {
                if (row == 0)
                {
                    _weights[row] = Math.Sqrt(1 - (phi * phi));
                }
                else
                {
                    var gap = _of._days[_places[row]] - _of._days[_places[row - 1]];
                    var carry = gap == 1 ? phi : Math.Pow(phi, gap);
                    _weights[row] = gap == 1 ? 1 : Math.Sqrt((1 - (phi * phi)) / (1 - (carry * carry)));
                    _backs[row] = carry * _weights[row];
                }

                _logWeights += Math.Log(_weights[row]);
            }

            Whiten(_y, _whiteY);
            _squareY = Dot(_whiteY, _whiteY);
            for (var i = 0; i < _x.Length; i++)
            {
                Whiten(_x[i], _whiteX[i]);
                _right[i] = Dot(_whiteX[i], _whiteY);
                for (var j = 0; j <= i; j++)
                {
                    _gram[(i * _x.Length) + j] = _gram[(j * _x.Length) + i] = Dot(_whiteX[i], _whiteX[j]);
                }
            }
        }

        /// <summary>Null where there is too little to fit so much.</summary>
        public TrendFit? Solve(double season, double logPrior)
        {
            var freedom = _places.Length - (_x.Length - 6);
            if (freedom < 3)
            {
                return null;
            }

            var normal = Matrix<double>.Build.Dense(_x.Length, _x.Length, [.. _gram]);
            for (var i = 2; i < Fixed; i++)
            {
                normal[i, i] += 1 / (season * season);
            }

            var cholesky = normal.Cholesky();
            var right = Vector<double>.Build.DenseOfArray(_right);
            var beta = cholesky.Solve(right);
            // A load that never strays from its line still gets noise of a ten-thousandth.
            var squares = Math.Max(_squareY - beta.DotProduct(right), _places.Length * 1e-8);
            var evidence = Evidence(freedom, squares) - (0.5 * cholesky.DeterminantLn) - (6 * Math.Log(season)) + _logWeights + _logUnits;
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
            var columns = _x.Length;
            Project(fit);
            Array.Clear(_steps);
            Array.Clear(_bends);
            Array.Clear(_incidents);
            for (var column = 0; column < columns; column++)
            {
                AddSquares(_z[column]);
            }

            // From here on the projections' squares are known, and _z's last column is what is left of y.
            var (levels, mixed, growths) = (0.0, 0.0, 0.0);
            var (leftLevel, leftGrowth) = (0.0, 0.0);
            var left = _z[columns];
            var (a, b) = (_whiteX[0], _whiteX[1]);
            var start = fit.LogEvidence - Evidence(fit.Freedom, fit.Squares) + SpecialFunctions.GammaLn(freedom / 2.0) - (freedom / 2.0 * Math.Log(Math.PI));
            var changes = _structure.Steps.Count + _structure.Bends.Count < MostChanges;
            var leavesOut = _structure.Incidents.Count < Math.Max(1, _of._days.Length / 10);

            void Try(Happening kind, int row, double whole, double projected, double product, double logPrice)
            {
                var square = whole - projected;
                // What other columns say already.
                if (square <= whole * 1e-6)
                {
                    return;
                }

                var squares = Math.Max(fit.Squares - (product * product / square), rows * 1e-8);
                var gain = start - (freedom / 2.0 * Math.Log(squares)) - (0.5 * Math.Log(square)) + logPrice;
                if (kind == Happening.Bend)
                {
                    _bendGains.Add((gain, _places[row]));
                }

                if (gain > best.Gain && !_structure.Has(kind, _places[row]))
                {
                    best = (gain, kind, _places[row]);
                }
            }

            _bendGains.Clear();
            for (var row = rows - 1; row >= 0; row--)
            {
                var weight = _weights[row];
                var back = row + 1 < rows ? _backs[row + 1] : 0;
                if (leavesOut)
                {
                    var product = (weight * left[row]) - (back * (row + 1 < rows ? left[row + 1] : 0));
                    Try(Happening.Incident, row, (weight * weight) + (back * back), _incidents[row], product, _logIncident);
                }

                if (changes && row >= DaysBesideStep && rows - row >= DaysBesideStep)
                {
                    var first = weight * _x[0][row];
                    Try(Happening.Step, row, levels + (first * first), _steps[row], leftLevel + (first * left[row]), _logStep);
                }

                if (changes && MayBend(row))
                {
                    var since = _of.Weeks(_places[row]);
                    var whole = growths - (2 * since * mixed) + (since * since * levels);
                    Try(Happening.Bend, row, whole, _bends[row], leftGrowth - (since * leftLevel), _logBend);
                }

                levels += a[row] * a[row];
                mixed += a[row] * b[row];
                growths += b[row] * b[row];
                leftLevel += a[row] * left[row];
                leftGrowth += b[row] * left[row];
            }

            return best;
        }

        /// <summary>The evidence with one bend more, for all places that it may have.</summary>
        public List<(double Gain, int Place)> ScanBends(TrendFit fit)
        {
            Scan(fit);
            return _bendGains;
        }

        private bool MayBend(int row) =>
            _places[row] % DaysOfBend == 0 && row >= DaysBesideBend && _places.Length - row >= DaysBesideBend && !_structure.Has(Happening.Bend, _places[row]);

        private static double[][] Columns(int columns, int rows)
        {
            var result = new double[columns][];
            for (var i = 0; i < columns; i++)
            {
                result[i] = new double[rows];
            }

            return result;
        }

        private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
        {
            var width = Lanes.Count;
            var sums = Lanes.Zero;
            var i = 0;
            for (; i <= a.Length - width; i += width)
            {
                sums += new Lanes(a[i..]) * new Lanes(b[i..]);
            }

            var sum = System.Numerics.Vector.Sum(sums);
            for (; i < a.Length; i++)
            {
                sum += a[i] * b[i];
            }

            return sum;
        }

        /// <summary>Adds <paramref name="factor"/> times <paramref name="from"/>.</summary>
        private static void Add(Span<double> to, double factor, ReadOnlySpan<double> from)
        {
            var width = Lanes.Count;
            var i = 0;
            for (; i <= to.Length - width; i += width)
            {
                (new Lanes(to[i..]) + (factor * new Lanes(from[i..]))).CopyTo(to[i..]);
            }

            for (; i < to.Length; i++)
            {
                to[i] += factor * from[i];
            }
        }

        private void Whiten(double[] from, double[] to)
        {
            to[0] = _weights[0] * from[0];
            for (var row = 1; row < from.Length; row++)
            {
                to[row] = (_weights[row] * from[row]) - (_backs[row] * from[row - 1]);
            }
        }

        /// <summary>Sets _z to X L⁻ᵀ, whose columns are orthonormal but for the season's prior, and its last column to what is left of y.</summary>
        private void Project(TrendFit fit)
        {
            var columns = _x.Length;
            var left = _z[columns];
            _whiteY.CopyTo(left, 0);
            for (var i = 0; i < columns; i++)
            {
                Add(left, -fit.Beta[i], _whiteX[i]);
                _whiteX[i].CopyTo(_z[i], 0);
                for (var j = 0; j < i; j++)
                {
                    Add(_z[i], -fit.Factor.At(i, j), _z[j]);
                }

                var scale = 1 / fit.Factor.At(i, i);
                foreach (ref var value in _z[i].AsSpan())
                {
                    value *= scale;
                }
            }
        }

        /// <summary>Adds the squares of a projected column's products with the columns of a step, a bend and an incident at each row.</summary>
        private void AddSquares(double[] z)
        {
            var (a, b) = (_whiteX[0], _whiteX[1]);
            var (level, growth, next) = (0.0, 0.0, 0.0);
            for (var row = z.Length - 1; row >= 0; row--)
            {
                var here = z[row];
                var weight = _weights[row];
                var incident = (weight * here) - next;
                _incidents[row] += incident * incident;
                var step = level + (weight * _x[0][row] * here);
                _steps[row] += step * step;
                var bend = growth - (_of.Weeks(_places[row]) * level);
                _bends[row] += bend * bend;
                level += a[row] * here;
                growth += b[row] * here;
                next = _backs[row] * here;
            }
        }
    }
}
