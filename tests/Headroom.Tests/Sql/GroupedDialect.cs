using Headroom.Core;
using Headroom.Sql;

namespace Headroom.Tests.Sql;

/// <summary>DuckDB's words, but texts have no rank: so sessions are grouped in SQL, and not put together by a scan.</summary>
internal sealed class GroupedDialect : SqlDialect
{
    public static readonly GroupedDialect Instance = new();
    private static readonly SqlDialect Words = DuckDbDialect.Instance;

    public override string Column(PropertyColumnKey key) => Words.Column(key);

    public override string ColumnByValue(PropertyColumnKey key) => Words.ColumnByValue(key);

    public override string Micros(string timestamp) => Words.Micros(timestamp);

    public override string ScannedMicros(string timestamp) => Words.ScannedMicros(timestamp);

    public override string Divide(string number, long by) => Words.Divide(number, by);

    public override string NumberText(string number) => Words.NumberText(number);

    public override string BooleanText(string boolean) => Words.BooleanText(boolean);

    public override string ContainsFolded(string text, string part) => Words.ContainsFolded(text, part);

    public override string Matches(string text, string pattern) => Words.Matches(text, pattern);

    public override string Left(string text, int characters) => Words.Left(text, characters);

    public override string Quantile(string number, string fraction) => Words.Quantile(number, fraction);

    public override string First(string text, string micros, string condition, string taken) => Words.First(text, micros, condition, taken);

    public override string Last(string text, string micros, string condition, string taken) => Words.Last(text, micros, condition, taken);

    public override string Newest(string value, params IReadOnlyList<string> order) => Words.Newest(value, order);

    public override PropertySql JsonMember(string json, string nameParameter) => Words.JsonMember(json, nameParameter);

    public override string JsonMemberPath(string name) => Words.JsonMemberPath(name);

    public override string JsonMemberPathOf(string name) => Words.JsonMemberPathOf(name);

    public override string Keys(string text) => Words.Keys(text);

    public override string Texts(string json) => Words.Texts(json);

    public override string Uuids(string text) => Words.Uuids(text);

    public override string JsonNames(string json) => Words.JsonNames(json);
}
