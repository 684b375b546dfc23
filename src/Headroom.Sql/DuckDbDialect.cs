using System.Globalization;
using System.Text;
using Headroom.Core;

namespace Headroom.Sql;

/// <summary>DuckDB, with nothing but its core and JSON functions: no ICU, so no time zones.</summary>
public sealed class DuckDbDialect : SqlDialect
{
    public static readonly DuckDbDialect Instance = new();

    private DuckDbDialect()
    {
    }

    public override string Column(PropertyColumnKey key) =>
        "\"" + key.ColumnName.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";

    public override string ColumnByValue(PropertyColumnKey key)
    {
        var text = new StringBuilder("COLUMNS(c -> c = '");
        foreach (var c in key.ColumnName)
        {
            text.Append(c switch
            {
                '\'' => "''",
                '{' => "{' || '",
                _ => c.ToString(),
            });
        }

        return text.Append("')").ToString();
    }

    public override string Micros(string timestamp) => $"epoch_us({timestamp})";

    /// <summary>Microseconds are what it holds: asking for them would only copy each.</summary>
    public override string ScannedMicros(string timestamp) => timestamp;

    public override string Divide(string number, long by) => string.Create(CultureInfo.InvariantCulture, $"({number} // {by})");

    public override string NumberText(string number) =>
        $"CASE WHEN abs({number}) < 1e16 AND {number} = trunc({number}) THEN CAST(CAST({number} AS BIGINT) AS VARCHAR) ELSE CAST({number} AS VARCHAR) END";

    public override string BooleanText(string boolean) => $"CAST({boolean} AS VARCHAR)";

    public override string ContainsFolded(string text, string part) => $"contains(lower({text}), lower({part}))";

    public override string Matches(string text, string pattern) => $"regexp_matches({text}, {pattern})";

    public override string Left(string text, int characters) => string.Create(CultureInfo.InvariantCulture, $"left({text}, {characters})");

    public override string Quantile(string number, string fraction) => $"quantile_cont({number}, {fraction})";

    public override string First(string text, string micros, string condition, string taken) => Ordered("arg_min", text, micros, condition, taken);

    public override string Last(string text, string micros, string condition, string taken) => Ordered("arg_max", text, micros, condition, taken);

    public override string TextRank(string text) => $"hash({text})";

    public override string Newest(string value, params IReadOnlyList<string> order) => $"arg_max({value}, row({string.Join(", ", order)}))";

    public override PropertySql JsonMember(string json, string nameParameter)
    {
        var type = $"json_type({json}, {nameParameter})";
        var text = $"json_extract_string({json}, {nameParameter})";
        return new PropertySql(
            $"CASE WHEN {type} = 'VARCHAR' THEN {text} END",
            $"CASE WHEN {type} IN ('BIGINT', 'UBIGINT', 'HUGEINT', 'DOUBLE') THEN TRY_CAST({text} AS DOUBLE) END",
            $"CASE WHEN {type} = 'BOOLEAN' THEN {text} = 'true' END",
            $"CASE WHEN {type} IN ('ARRAY', 'OBJECT') THEN {text} END");
    }

    /// <summary>A JSON pointer: unlike a path it takes any name.</summary>
    public override string JsonMemberPath(string name) =>
        "/" + name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    public override string JsonMemberPathOf(string name) => $"'/' || replace(replace({name}, '~', '~0'), '/', '~1')";

    public override string Keys(string text) => $"(SELECT CAST(unnest(string_split({text}, ',')) AS BIGINT) AS k)";

    public override string Texts(string json) => $"(SELECT unnest(from_json({json}, '[\"VARCHAR\"]')) AS k)";

    public override string Uuids(string text) => $"(SELECT CAST(unnest(string_split({text}, ',')) AS UUID) AS k)";

    public override string JsonNames(string json) => $"json_keys({json})";

    /// <summary>By one number, the hash behind the instant: twice as fast as the smallest of pairs.</summary>
    private static string Ordered(string aggregate, string text, string micros, string condition, string taken) =>
        $"{aggregate}({taken}, CAST({micros} AS HUGEINT) * 18446744073709551616 + {Instance.TextRank(text)}) FILTER (WHERE {text} <> '' AND {condition})";
}
