namespace Headroom.App.Capacity.Ceilings;

/// <summary>
/// Least squares with coefficients that are not negative (Lawson and Hanson, "Solving Least Squares Problems", 1974, chapter 23). With few
/// columns every set of them that may be above zero is tried, which is exact and needs no iteration.
/// </summary>
internal static class NonNegativeFit
{
    /// <summary>The coefficients c that make Σ weight·(y − Σ c·x)² + Σ ridge·c² least; null where nothing was measured.</summary>
    /// <param name="rows">Of each observation the values of the columns and then y. At most 4 columns.</param>
    /// <param name="ridge">For each column, 0 for none: where the data do not tell columns apart it goes to those without.</param>
    public static double[]? Solve(IReadOnlyList<(double[] Row, double Weight)> rows, ReadOnlySpan<double> ridge)
    {
        var n = ridge.Length;
        var (normal, right, scale) = (Matrix(n, n), new double[n], new double[n]);
        double squares = 0;
        foreach (var (row, weight) in rows)
        {
            squares += weight * row[n] * row[n];
            for (var i = 0; i < n; i++)
            {
                right[i] += weight * row[i] * row[n];
                for (var j = 0; j < n; j++)
                {
                    normal[i][j] += weight * row[i] * row[j];
                }
            }
        }

        if (squares == 0)
        {
            return null;
        }

        // Columns of the same size, or the sizes of the units would decide what counts as zero.
        for (var i = 0; i < n; i++)
        {
            normal[i][i] += ridge[i];
            scale[i] = normal[i][i] > 0 ? 1 / Math.Sqrt(normal[i][i]) : 0;
        }

        double[] best = new double[n];
        var least = squares;
        for (var set = 1; set < 1 << n; set++)
        {
            if (Within(set, normal, right, scale) is { } found)
            {
                var rest = squares - Explained(found, normal, right);
                if (rest < least - (1e-12 * squares))
                {
                    (best, least) = (found, rest);
                }
            }
        }

        return best;
    }

    private static double[][] Matrix(int rows, int columns)
    {
        var matrix = new double[rows][];
        for (var i = 0; i < rows; i++)
        {
            matrix[i] = new double[columns];
        }

        return matrix;
    }

    private static double Explained(double[] c, double[][] normal, double[] right)
    {
        double sum = 0;
        for (var i = 0; i < c.Length; i++)
        {
            sum += 2 * c[i] * right[i];
            for (var j = 0; j < c.Length; j++)
            {
                sum -= c[i] * c[j] * normal[i][j];
            }
        }

        return sum;
    }

    /// <summary>The solution with the columns of a set alone; null where it has none or one below zero.</summary>
    private static double[]? Within(int set, double[][] normal, double[] right, double[] scale)
    {
        var n = right.Length;
        var columns = new List<int>(n);
        for (var i = 0; i < n; i++)
        {
            if ((set & (1 << i)) != 0)
            {
                if (scale[i] == 0)
                {
                    return null;
                }

                columns.Add(i);
            }
        }

        var size = columns.Count;
        var matrix = Matrix(size, size + 1);
        for (var i = 0; i < size; i++)
        {
            for (var j = 0; j < size; j++)
            {
                matrix[i][j] = normal[columns[i]][columns[j]] * scale[columns[i]] * scale[columns[j]];
            }

            matrix[i][size] = right[columns[i]] * scale[columns[i]];
        }

        // Gauss without exchange of rows: the matrix is symmetric and not negative, with ones on its diagonal.
        for (var k = 0; k < size; k++)
        {
            if (matrix[k][k] < 1e-9)
            {
                return null;
            }

            for (var i = 0; i < size; i++)
            {
                if (i != k)
                {
                    var factor = matrix[i][k] / matrix[k][k];
                    for (var j = k; j <= size; j++)
                    {
                        matrix[i][j] -= factor * matrix[k][j];
                    }
                }
            }
        }

        var found = new double[n];
        for (var i = 0; i < size; i++)
        {
            var value = matrix[i][size] / matrix[i][i];
            if (value < 0)
            {
                return null;
            }

            found[columns[i]] = value * scale[columns[i]];
        }

        return found;
    }
}
