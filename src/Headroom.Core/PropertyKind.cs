using System.Text;

namespace Headroom.Core;

/// <summary>What a property's value was in JSON. A property that arrives in two kinds has two columns.</summary>
public enum PropertyKind : byte
{
    Text = 0,

    /// <summary>A double. Integers beyond 2^53 lose their last digits; send such ids as text.</summary>
    Number = 1,
    Boolean = 2,

    /// <summary>Arrays and objects, as their JSON text.</summary>
    Json = 3,
}

/// <summary>One property column of a project: the property as sent, and its kind.</summary>
public readonly record struct PropertyColumnKey(string Name, PropertyKind Kind)
{
    /// <summary>
    /// The column's name in segments: a kind letter (t, n, b, j), a colon, and the property with each ASCII capital
    /// written as '^' and its small letter, and '^' as '^^'. DuckDB folds the case of column names, so "Plan" and
    /// "plan" must differ in more than case; the name stays readable in any Parquet tool.
    /// </summary>
    public string ColumnName
    {
        get
        {
            var text = new StringBuilder(Name.Length + 2).Append(Letter(Kind)).Append(':');
            foreach (var c in Name)
            {
                if (char.IsAsciiLetterUpper(c))
                {
                    text.Append('^').Append(char.ToLowerInvariant(c));
                }
                else
                {
                    text.Append(c is '^' ? "^^" : c.ToString());
                }
            }

            return text.ToString();
        }
    }

    /// <summary>The inverse of <see cref="ColumnName"/>; false for the fixed columns, which have no colon in second place.</summary>
    public static bool TryParse(string columnName, out PropertyColumnKey key)
    {
        key = default;
        if (columnName.Length < 2 || columnName[1] != ':')
        {
            return false;
        }

        PropertyKind? kind = columnName[0] switch
        {
            't' => PropertyKind.Text,
            'n' => PropertyKind.Number,
            'b' => PropertyKind.Boolean,
            'j' => PropertyKind.Json,
            _ => null,
        };
        if (kind is null)
        {
            return false;
        }

        var name = new StringBuilder(columnName.Length);
        for (var i = 2; i < columnName.Length; i++)
        {
            if (columnName[i] == '^' && i + 1 < columnName.Length)
            {
                i++;
                name.Append(columnName[i] == '^' ? '^' : char.ToUpperInvariant(columnName[i]));
            }
            else
            {
                name.Append(columnName[i]);
            }
        }

        key = new PropertyColumnKey(name.ToString(), kind.Value);
        return true;
    }

    private static char Letter(PropertyKind kind) => kind switch
    {
        PropertyKind.Text => 't',
        PropertyKind.Number => 'n',
        PropertyKind.Boolean => 'b',
        _ => 'j',
    };
}
