using System.Globalization;

namespace Headroom.Core.Queries;

/// <summary>
/// Arithmetic over series: <c>sum = product { (+|-) product }</c>, <c>product = factor { (*|/) factor }</c>,
/// <c>factor = - factor | ( sum ) | number | letter</c>. A letter is a series in the query's order, in either case; a number has
/// digits and at most one point. Kept as a postfix program, so that its evaluation neither recurses nor allocates much.
/// </summary>
public sealed class Formula
{
    private const char Negate = '~';
    private readonly List<Instruction> _program;
    private readonly double?[] _stack;

    private Formula(List<Instruction> program)
    {
        _program = program;
        _stack = new double?[program.Count];
        Series = [.. program.Where(i => i.Operator is 'v').Select(i => i.Series).Distinct().Order()];
    }

    /// <summary>Indexes of the series that it uses.</summary>
    public IReadOnlyList<int> Series { get; }

    /// <summary>Null where <paramref name="problem"/> says what is wrong, and at which character, counted from 1.</summary>
    /// <param name="series">How many there are.</param>
    public static Formula? Parse(string expression, int series, out string? problem)
    {
        if (expression.Length > QueryLimits.FormulaLength)
        {
            problem = string.Create(CultureInfo.InvariantCulture, $"Must have at most {QueryLimits.FormulaLength} characters.");
            return null;
        }

        var parser = new Parser(expression, series);
        problem = parser.Sum(0) ? parser.Rest() : parser.Problem;
        if (problem is null && !parser.Program.Exists(i => i.Operator is 'v'))
        {
            problem = "Uses no series: A is the first one.";
        }

        return problem is null ? new Formula(parser.Program) : null;
    }

    /// <summary>Null where an operand is, and where the result is not a number or too large: a division by zero.</summary>
    /// <param name="values">Of each series of the query. Not safe for concurrent use.</param>
    public double? Of(ReadOnlySpan<double?> values)
    {
        var top = 0;
        foreach (var (op, number, series) in _program)
        {
            if (op is 'n' or 'v')
            {
                _stack[top++] = op is 'n' ? number : values[series];
                continue;
            }

            if (op is Negate)
            {
                _stack[top - 1] = -_stack[top - 1];
                continue;
            }

            var right = _stack[--top];
            ref var left = ref _stack[top - 1];
            left = op switch
            {
                '+' => left + right,
                '-' => left - right,
                '*' => left * right,
                _ => right == 0 ? null : left / right,
            };
        }

        return _stack[0] is { } result && double.IsFinite(result) ? result : null;
    }

    private readonly record struct Instruction(char Operator, double Number, int Series);

    /// <summary>Each rule appends to the program and is false where it has set the problem.</summary>
    private sealed class Parser(string text, int series)
    {
        private int _at;

        public List<Instruction> Program { get; } = [];

        public string? Problem { get; private set; }

        /// <summary>What is wrong with what follows a whole expression.</summary>
        public string? Rest()
        {
            if (Peek() is not null)
            {
                Fail("+, -, *, / or the end");
            }

            return Problem;
        }

        public bool Sum(int depth)
        {
            if (!Product(depth))
            {
                return false;
            }

            while (Peek() is '+' or '-')
            {
                var op = text[_at++];
                if (!Product(depth))
                {
                    return false;
                }

                Program.Add(new Instruction(op, 0, 0));
            }

            return true;
        }

        private bool Product(int depth)
        {
            if (!Factor(depth))
            {
                return false;
            }

            while (Peek() is '*' or '/')
            {
                var op = text[_at++];
                if (!Factor(depth))
                {
                    return false;
                }

                Program.Add(new Instruction(op, 0, 0));
            }

            return true;
        }

        private bool Factor(int depth)
        {
            var next = Peek();
            if (depth > QueryLimits.FormulaDepth)
            {
                Problem = At("nests too deep");
                return false;
            }

            if (next is '-')
            {
                _at++;
                if (!Factor(depth + 1))
                {
                    return false;
                }

                Program.Add(new Instruction(Negate, 0, 0));
                return true;
            }

            if (next is '(')
            {
                _at++;
                return Sum(depth + 1) && (Skip(')') || Fail("+, -, *, / or )"));
            }

            return next switch
            {
                >= '0' and <= '9' or '.' => Number(),
                >= 'A' and <= 'Z' or >= 'a' and <= 'z' => Letter(),
                _ => Fail("a series (A is the first), a number or ("),
            };
        }

        private bool Number()
        {
            var end = _at;
            while (end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] == '.'))
            {
                end++;
            }

            if (!double.TryParse(text.AsSpan(_at, end - _at), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) || !double.IsFinite(number))
            {
                Problem = At("is not a number");
                return false;
            }

            _at = end;
            Program.Add(new Instruction('n', number, 0));
            return true;
        }

        private bool Letter()
        {
            if (_at + 1 < text.Length && char.IsAsciiLetter(text[_at + 1]))
            {
                Problem = At("must be one letter, of a series");
                return false;
            }

            var index = char.ToUpperInvariant(text[_at]) - 'A';
            if (index >= series)
            {
                Problem = At(string.Create(CultureInfo.InvariantCulture, $"is no series: the query has {series}, A is the first"));
                return false;
            }

            _at++;
            Program.Add(new Instruction('v', 0, index));
            return true;
        }

        private char? Peek()
        {
            while (_at < text.Length && text[_at] is ' ' or '\t' or '\r' or '\n')
            {
                _at++;
            }

            return _at < text.Length ? text[_at] : null;
        }

        private bool Skip(char expected)
        {
            if (Peek() != expected)
            {
                return false;
            }

            _at++;
            return true;
        }

        private bool Fail(string wanted)
        {
            Problem = At((Peek() is { } found ? $"is '{found}'" : "is the end") + $", where {wanted} is expected");
            return false;
        }

        private string At(string what) => string.Create(CultureInfo.InvariantCulture, $"Position {_at + 1} {what}.");
    }
}
