using System.Globalization;
using System.Text;
using Headroom.Core;

namespace Headroom.Sql;

/// <summary>
/// ClickHouse, with the settings that the store sets for each statement: joins and groups that have NULLs, and aggregates of
/// nothing that are NULL.
/// </summary>
public sealed class ClickHouseDialect : SqlDialect
{
    public static readonly ClickHouseDialect Instance = new();

    private ClickHouseDialect()
    {
    }

    public override StoreEngine Engine => StoreEngine.ClickHouse;

    public override bool HasWindowsOverGroups => false;

    /// <summary>
    /// The name of a property's column in the tables: a kind letter, '_', and the property with '_' written twice and every other
    /// byte that is no ASCII letter or digit as '_' and its two hexadecimal digits. Dots would make parts of nested columns.
    /// </summary>
    public static string Name(PropertyColumnKey key)
    {
        var text = new StringBuilder(key.Name.Length + 2).Append(key.ColumnName[0]).Append('_');
        foreach (var b in Encoding.UTF8.GetBytes(key.Name))
        {
            if (char.IsAsciiLetterOrDigit((char)b))
            {
                text.Append((char)b);
            }
            else if (b == (byte)'_')
            {
                text.Append("__");
            }
            else
            {
                text.Append(CultureInfo.InvariantCulture, $"_{b:x2}");
            }
        }

        return text.ToString();
    }

    public override string Column(PropertyColumnKey key) => "\"" + Name(key) + "\"";

    /// <summary>Its names have no braces.</summary>
    public override string ColumnByValue(PropertyColumnKey key) => Column(key);

    public override string Micros(string timestamp) => $"toUnixTimestamp64Micro({timestamp})";

    public override string ScannedMicros(string timestamp) => timestamp;

    public override string Divide(string number, long by) => string.Create(CultureInfo.InvariantCulture, $"intDiv({number}, {by})");

    public override string NumberText(string number) =>
        $"CASE WHEN abs({number}) < 1e16 AND {number} = trunc({number}) THEN CAST(CAST({number} AS Int64) AS String) ELSE CAST({number} AS String) END";

    /// <summary>Of conditions too, which are numbers.</summary>
    public override string BooleanText(string boolean) => $"CASE WHEN {boolean} THEN 'true' WHEN NOT {boolean} THEN 'false' END";

    public override string ContainsFolded(string text, string part) => $"(position(lowerUTF8({text}), lowerUTF8({part})) > 0)";

    /// <summary>A dot is no line's end, as in the other stores.</summary>
    public override string Matches(string text, string pattern) => $"match({text}, concat('(?-s)', {pattern}))";

    public override string Left(string text, int characters) => string.Create(CultureInfo.InvariantCulture, $"leftUTF8({text}, {characters})");

    public override string Quantile(string number, string fraction) => $"quantileExactInclusive({fraction})({number})";

    public override string First(string text, string micros, string condition, string taken) => Ordered("argMin", text, micros, condition, taken);

    public override string Last(string text, string micros, string condition, string taken) => Ordered("argMax", text, micros, condition, taken);

    public override string Newest(string value, params IReadOnlyList<string> order) => $"argMax({value}, tuple({string.Join(", ", order)}))";

    public override PropertySql JsonMember(string json, string nameParameter)
    {
        var (of, raw) = ($"ifNull({json}, '')", $"JSONExtractRaw(ifNull({json}, ''), {nameParameter})");
        var type = $"JSONType({of}, {nameParameter})";
        return new PropertySql(
            $"if({type} = 'String', JSONExtractString({of}, {nameParameter}), NULL)",
            $"if({type} IN ('Int64', 'UInt64', 'Double'), toFloat64OrNull({raw}), NULL)",
            $"if({type} = 'Bool', {raw} = 'true', NULL)",
            $"if({type} IN ('Array', 'Object'), {raw}, NULL)");
    }

    public override string JsonMemberPath(string name) => name;

    public override string JsonMemberPathOf(string name) => name;

    public override string Keys(string text) => $"(SELECT toInt64(arrayJoin(splitByChar(',', {text}))) AS k)";

    public override string Texts(string json) => $"(SELECT arrayJoin(JSONExtract({json}, 'Array(String)')) AS k)";

    public override string Uuids(string text) => $"(SELECT toUUID(arrayJoin(splitByChar(',', {text}))) AS k)";

    public override string JsonNames(string json) => $"JSONExtractKeys(ifNull({json}, ''))";

    /// <summary>It has no NOT MATERIALIZED; what is named is put in the place of its name anyway.</summary>
    public override string Materialized(bool once) => "";

    public override string Unnest(string list) => $"arrayJoin({list})";

    /// <summary>Joined twice with an array a row comes twice, unless it is the same expression.</summary>
    public override (string First, string Second) Unnest(string first, string second)
    {
        var both = $"arrayJoin(arrayZip({first}, {second}))";
        return ($"tupleElement({both}, 1)", $"tupleElement({both}, 2)");
    }

    /// <summary>What is ambiguous would be called with its relation's name before its own.</summary>
    public override string AllOf(string alias, string shared) => $"{alias}.* REPLACE ({alias}.{shared} AS {shared})";

    public override string Signed(string count) => $"toInt64({count})";

    /// <summary>What is not nullable would be 0 before the first row.</summary>
    public override string Lag(string number) => $"lag(toNullable({number}))";

    public override string Truth(string condition) => $"CAST({condition} AS Bool)";

    /// <summary>Uuids by themselves are ordered by their second half first.</summary>
    public override string UuidOrder(string uuid) => $"UUIDStringToNum(CAST({uuid} AS String))";

    /// <summary>A number this large without quotes would be a double.</summary>
    public override string Bits(string number, bool wide) => $"CAST('{number}' AS {BitsType(wide)})";

    public override string ShiftLeft(string bits, string by, bool wide) => $"bitShiftLeft({bits}, CAST({by} AS UInt8))";

    public override string Meets(string bits, string other) => $"bitAnd({bits}, {other}) <> 0";

    private static string BitsType(bool wide) => wide ? "Int128" : "Int64";

    private static string Ordered(string aggregate, string text, string micros, string condition, string taken) =>
        $"{aggregate}({taken}, tuple({micros}, ifNull({text}, ''))) FILTER (WHERE {text} <> '' AND {condition})";
}
