namespace Headroom.Store.Sql;

/// <summary>
/// Names as DuckDB compares them: ASCII letters without their case, all others exactly. .NET's own comparison without case
/// would take ſ for s, and so a name that is not a relation for one that is.
/// </summary>
internal sealed class SqlNames : IEqualityComparer<string>
{
    public static readonly SqlNames Comparer = new();

    private SqlNames()
    {
    }

    public static string Fold(string name) =>
        string.Create(name.Length, name, static (span, text) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = char.IsAsciiLetterUpper(text[i]) ? (char)(text[i] | 0x20) : text[i];
            }
        });

    public bool Equals(string? x, string? y) =>
        ReferenceEquals(x, y) || (x is not null && y is not null && string.Equals(Fold(x), Fold(y), StringComparison.Ordinal));

    public int GetHashCode(string obj) => string.GetHashCode(Fold(obj), StringComparison.Ordinal);
}
