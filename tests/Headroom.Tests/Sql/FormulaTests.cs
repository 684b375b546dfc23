using System.Globalization;
using CsCheck;
using Headroom.Core.Queries;
using Xunit;

namespace Headroom.Tests.Sql;

public sealed class FormulaTests
{
    /// <summary>A formula as a tree: its text, with what it needs of parentheses and some that it does not, and what it comes to.</summary>
    private sealed record Tree(string Text, int Precedence, Func<double?[], double?> Value)
    {
        public string Within(int precedence) => Precedence < precedence ? $"({Text})" : Text;
    }

    private static readonly Gen<Tree> Leaf = Gen.OneOf(
        Gen.Int[0, 3].Select(i => new Tree(((char)('A' + i)).ToString(), 4, v => v[i])),
        Gen.Int[0, 3].Select(i => new Tree(((char)('a' + i)).ToString(), 4, v => v[i])),
        Gen.Int[0, 2_000].Select(n => new Tree((n / 8d).ToString(CultureInfo.InvariantCulture), 4, _ => n / 8d)));

    private static readonly Gen<Tree> AnyTree = Gen.Recursive<Tree>((depth, inner) => depth > 5 ? Leaf : Gen.OneOf(
        Leaf,
        inner.Select(t => new Tree("-" + t.Within(3), 3, v => -t.Value(v))),
        inner.Select(t => new Tree($"( {t.Text} )", 4, t.Value)),
        Gen.Select(inner, inner, Gen.OneOfConst('+', '-', '*', '/'), Gen.OneOfConst("", " ", "\t ")).Select((left, right, op, space) =>
        {
            var precedence = op is '+' or '-' ? 1 : 2;
            return new Tree($"{left.Within(precedence)}{space}{op}{space}{right.Within(precedence + 1)}", precedence, v => (left.Value(v), right.Value(v)) switch
            {
                (null, _) or (_, null) => null,
                var (a, b) => op switch { '+' => a + b, '-' => a - b, '*' => a * b, _ => b == 0 ? null : a / b },
            });
        })));

    [Fact]
    public void Any_tree_written_down_means_the_tree() =>
        Gen.Select(AnyTree, Gen.OneOfConst<double?>(null, 0, 1, -2, 0.5, 1e300, 12).Array[4, 4]).Sample(
            (tree, values) =>
            {
                var text = "A - A + " + tree.Within(2);
                if (text.Length > QueryLimits.FormulaLength)
                {
                    return;
                }

                var formula = Formula.Parse(text, 4, out var problem);
                Assert.True(formula is not null, $"{text}: {problem}");
                var expected = values[0] - values[0] + tree.Value(values);
                Assert.Equal(expected is { } finite && !double.IsFinite(finite) ? null : expected, formula.Of(values));
            },
            iter: 5_000);

    [Fact]
    public void Whatever_is_written_is_taken_or_refused_with_a_place_in_it() =>
        Gen.Char["ABCZ019.+-*/() eñ\0"].Array[0, 30].Sample(
            chars =>
            {
                var formula = Formula.Parse(new string(chars), 3, out var problem);
                Assert.Equal(formula is null, problem is not null);
                if (problem is not null && problem != "Uses no series: A is the first one.")
                {
                    Assert.StartsWith("Position ", problem, StringComparison.Ordinal);
                    Assert.InRange(int.Parse(problem.Split(' ')[1], CultureInfo.InvariantCulture), 1, chars.Length + 1);
                }
            },
            iter: 5_000);

    [Theory]
    [InlineData("2 + 3 * A", 3d, 11d)]
    [InlineData("(2 + 3) * A", 3d, 15d)]
    [InlineData("-A - -A", 3d, 0d)]
    [InlineData("--A", 3d, 3d)]
    [InlineData("8 / 4 / A", 2d, 1d)]
    [InlineData("8 - 4 - A", 2d, 2d)]
    [InlineData("A / 0", 3d, null)]
    [InlineData("0 / (A - 3)", 3d, null)]
    [InlineData("1 / (A / 0)", 3d, null)]
    [InlineData("A * 2", null, null)]
    [InlineData("A * A", 1e200, null)]
    public void It_is_what_school_taught(string expression, double? a, double? expected) =>
        Assert.Equal(expected, Formula.Parse(expression, 1, out _)!.Of([a]));

    [Theory]
    [InlineData("", "Position 1 is the end, where a series (A is the first), a number or ( is expected.")]
    [InlineData("A +", "Position 4 is the end, where a series (A is the first), a number or ( is expected.")]
    [InlineData("A B", "Position 3 is 'B', where +, -, *, / or the end is expected.")]
    [InlineData("(A", "Position 3 is the end, where +, -, *, / or ) is expected.")]
    [InlineData("A)", "Position 2 is ')', where +, -, *, / or the end is expected.")]
    [InlineData("A ^ 2", "Position 3 is '^', where +, -, *, / or the end is expected.")]
    [InlineData("A + C", "Position 5 is no series: the query has 2, A is the first.")]
    [InlineData("A + sum", "Position 5 must be one letter, of a series.")]
    [InlineData("A * 1.2.3", "Position 5 is not a number.")]
    [InlineData("1 + 2", "Uses no series: A is the first one.")]
    public void What_is_wrong_is_said_with_its_place(string expression, string problem)
    {
        Assert.Null(Formula.Parse(expression, 2, out var said));
        Assert.Equal(problem, said);
    }

    [Fact]
    public void Length_and_depth_are_bounded()
    {
        Assert.Null(Formula.Parse(new string('A', QueryLimits.FormulaLength + 1), 1, out var problem));
        Assert.Contains("500 characters", problem, StringComparison.Ordinal);
        Assert.Null(Formula.Parse(new string('-', 400) + "A", 1, out problem));
        Assert.Contains("too deep", problem, StringComparison.Ordinal);
        Assert.NotNull(Formula.Parse(new string('(', 40) + "A" + new string(')', 40), 1, out _));
    }
}
